//! CloudWatch alarms, evaluated on time series as CloudWatch does: a metric, or an expression of several.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>

use std::collections::BTreeMap;

use serde_json::Value;

/// The values of a metric, one for each period; `None` where it has none.
pub type Series = Vec<Option<f64>>;

/// A metric as an alarm asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stat {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// The length of a period in seconds.
    pub period: u64,
    /// Which statistic of what was measured in a period.
    pub statistic: String,
}

impl Stat {
    fn new(metric: &Value, period: &Value, statistic: &Value) -> Self {
        let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
        Self {
            namespace: text(&metric["Namespace"]),
            name: text(&metric["MetricName"]),
            dimensions: dimensions.map(|entry| (text(&entry["Name"]), text(&entry["Value"]))).collect(),
            period: number(period).unwrap_or_default() as u64,
            statistic: text(statistic),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// The metrics of an alarm, by their ids; the only one of an alarm without expressions has the id "".
pub fn stats(alarm: &Value) -> BTreeMap<String, Stat> {
    let Some(entries) = alarm["Metrics"].as_array() else {
        return [(String::new(), Stat::new(alarm, &alarm["Period"], &alarm["Statistic"]))].into();
    };
    let stats = entries.iter().filter(|entry| !entry["MetricStat"].is_null());
    stats
        .map(|entry| (text(&entry["Id"]), &entry["MetricStat"]))
        .map(|(id, stat)| (id, Stat::new(&stat["Metric"], &stat["Period"], &stat["Stat"])))
        .collect()
}

/// In which periods an alarm is on. `series` gives the values of a metric, by its namespace and name.
///
/// # Panics
/// The alarm uses something that is not understood here.
pub fn alarm_states(alarm: &Value, series: impl Fn(&str, &str) -> Series) -> Vec<bool> {
    states(alarm, &values(alarm, |stat| series(&stat.namespace, &stat.name)))
}

/// What an alarm compares with its threshold, in each period.
///
/// # Panics
/// The alarm uses something that is not understood here.
pub fn values(alarm: &Value, series: impl Fn(&Stat) -> Series) -> Series {
    let metrics: BTreeMap<String, Series> = stats(alarm).iter().map(|(id, stat)| (id.clone(), series(stat))).collect();
    let Some(entries) = alarm["Metrics"].as_array() else { return metrics[""].clone() };
    let result = entries.iter().find(|entry| entry["ReturnData"] != false).expect("an alarm has a result");
    match result["Expression"].as_str() {
        Some(expression) => evaluate(expression, &metrics),
        None => metrics[&text(&result["Id"])].clone(),
    }
}

/// In which periods an alarm is on that compares these values.
///
/// # Panics
/// The alarm uses something that is not understood here.
pub fn states(alarm: &Value, values: &Series) -> Vec<bool> {
    let number = |name: &str, default: f64| number(&alarm[name]).unwrap_or(default);
    let (window, needed) = (number("EvaluationPeriods", 1.0) as usize, number("DatapointsToAlarm", 0.0) as usize);
    let needed = if needed == 0 { window } else { needed };
    let threshold = number("Threshold", 0.0);
    let breaches = |value: &Option<f64>| match (value, alarm["ComparisonOperator"].as_str()) {
        (None, _) => alarm["TreatMissingData"] == "breaching",
        (Some(value), Some("GreaterThanThreshold")) => *value > threshold,
        (Some(value), Some("GreaterThanOrEqualToThreshold")) => *value >= threshold,
        (Some(value), Some("LessThanThreshold")) => *value < threshold,
        (Some(value), Some("LessThanOrEqualToThreshold")) => *value <= threshold,
        (_, other) => panic!("{other:?} is not understood"),
    };
    let breaching: Vec<bool> = values.iter().map(breaches).collect();
    let mut states = Vec::<bool>::new();
    for end in 0..breaching.len() {
        let start = (end + 1).saturating_sub(window);
        // Too little is measured to evaluate it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        let is_kept = alarm["TreatMissingData"] == "ignore" && values[start..=end].iter().any(Option::is_none);
        let breaching = breaching[start..=end].iter().filter(|breaches| **breaches).count() >= needed;
        states.push(if is_kept { states.last() == Some(&true) } else { breaching });
    }
    states
}

/// The value of an expression: numbers, metrics, `+`, `-`, `*`, `/`, and the functions that alarms here use.
fn evaluate(expression: &str, metrics: &BTreeMap<String, Series>) -> Series {
    let mut parser = Parser { rest: expression, metrics };
    let value = parser.sum();
    assert_eq!(parser.rest.trim(), "", "{expression} is not understood");
    value.remove_only(expression)
}

/// A value: one time series, or an array of them.
struct Values(Vec<Series>);

impl Values {
    fn remove_only(mut self, expression: &str) -> Series {
        assert_eq!(self.0.len(), 1, "{expression} is not one time series");
        self.0.remove(0)
    }
}

struct Parser<'a> {
    rest: &'a str,
    metrics: &'a BTreeMap<String, Series>,
}

impl Parser<'_> {
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let taken = rest.strip_prefix(token);
        self.rest = taken.unwrap_or(rest);
        taken.is_some()
    }

    fn sum(&mut self) -> Values {
        let mut value = self.product();
        loop {
            let operator: fn(f64, f64) -> f64 = match () {
                () if self.takes("+") => |left, right| left + right,
                () if self.takes("-") => |left, right| left - right,
                () => return value,
            };
            value = combine(value, self.product(), operator);
        }
    }

    fn product(&mut self) -> Values {
        let mut value = self.atom();
        loop {
            let operator: fn(f64, f64) -> f64 = match () {
                () if self.takes("*") => |left, right| left * right,
                () if self.takes("/") => |left, right| left / right,
                () => return value,
            };
            value = combine(value, self.atom(), operator);
        }
    }

    fn atom(&mut self) -> Values {
        if self.takes("(") {
            let value = self.sum();
            assert!(self.takes(")"), "{} should be )", self.rest);
            return value;
        }
        if self.takes("[") {
            return Values(self.arguments("]").into_iter().flat_map(|value| value.0).collect());
        }
        let end = self
            .rest
            .find(|character: char| !character.is_ascii_alphanumeric() && character != '_' && character != '.');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        if let Ok(number) = word.parse::<f64>() {
            let length = self.metrics.values().map(Vec::len).max().unwrap_or(0);
            return Values(vec![vec![Some(number); length]]);
        }
        if !self.takes("(") {
            return Values(vec![self.metrics.get(word).unwrap_or_else(|| panic!("there is no metric {word}")).clone()]);
        }
        let arguments = self.arguments(")");
        call(word, arguments, self.metrics)
    }

    fn arguments(&mut self, end: &str) -> Vec<Values> {
        let mut arguments = Vec::new();
        while !self.takes(end) {
            if self.takes("REPEAT") {
                continue;
            }
            arguments.push(self.sum());
            self.takes(",");
        }
        arguments
    }
}

fn combine(left: Values, right: Values, operator: fn(f64, f64) -> f64) -> Values {
    let (left, right) = (left.remove_only("the left side"), right.remove_only("the right side"));
    Values(vec![left.iter().zip(&right).map(|(left, right)| Some(operator((*left)?, (*right)?))).collect()])
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list>
fn call(function: &str, mut arguments: Vec<Values>, metrics: &BTreeMap<String, Series>) -> Values {
    match function {
        "METRICS" => Values(metrics.values().cloned().collect()),
        "SUM" | "MAX" => {
            let all = arguments.remove(0).0;
            let fold = |values: Vec<f64>| match function {
                "SUM" => values.into_iter().reduce(|one, other| one + other),
                _ => values.into_iter().reduce(f64::max),
            };
            let length = all.iter().map(Vec::len).max().unwrap_or(0);
            Values(vec![(0..length).map(|index| fold(all.iter().filter_map(|one| one[index]).collect())).collect()])
        }
        "FILL" => {
            let filled = arguments.remove(0).remove_only("FILL");
            let Some(with) = arguments.pop() else { return Values(vec![repeated(&filled)]) };
            let with = with.remove_only("FILL");
            Values(vec![filled.iter().zip(with).map(|(value, with)| value.or(with)).collect()])
        }
        "DIFF" => {
            let of = arguments.remove(0).remove_only("DIFF");
            let difference = |index: usize| Some(of[index]? - of[index.checked_sub(1)?]?);
            Values(vec![(0..of.len()).map(difference).collect()])
        }
        other => panic!("the function {other} is not understood"),
    }
}

/// The series with the last value where it has none.
fn repeated(series: &Series) -> Series {
    let last = |last: &mut Option<f64>, value: &Option<f64>| {
        *last = value.or(*last);
        Some(*last)
    };
    series.iter().scan(None, last).collect()
}
