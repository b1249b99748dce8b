//! Runs queries of Logs Insights.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::services::logs::query_commands::{Aggregate, Command, Condition};

/// An event, or a row of results: values by field.
pub(super) type Row = BTreeMap<String, String>;

/// How many results a query has without a limit.
const LIMIT: usize = 10_000;

/// The results of a query, and how many events its filters let through.
pub(super) struct Results {
    pub(super) fields: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) matched: usize,
}

/// Adds the members of a JSON object to a row, those of objects in it with dots in their names.
pub(super) fn discover(row: &mut Row, prefix: &str, value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(_) => discover(row, &name, value),
            Value::String(text) => drop(row.insert(name, text.clone())),
            Value::Bool(flag) => drop(row.insert(name, u8::from(*flag).to_string())),
            Value::Null => {}
            other => drop(row.insert(name, other.to_string())),
        }
    }
}

/// Runs commands over events, of which the newest come first.
pub(super) fn run(commands: &[Command], events: Vec<Row>, limit: Option<usize>) -> Results {
    let (mut rows, mut fields, mut matched) = (events, Vec::new(), None);
    let mut most = limit.unwrap_or(LIMIT);
    for command in commands {
        match command {
            Command::Fields(names) => fields.extend(names.clone()),
            Command::Filter(condition) => rows.retain(|row| holds(condition, row)),
            Command::Parse(field, regex) => {
                let names: Vec<&str> = regex.capture_names().flatten().collect();
                for row in &mut rows {
                    let Some(text) = row.get(field).cloned() else { continue };
                    let Ok(Some(captures)) = regex.captures(&text) else { continue };
                    let found = names.iter().filter_map(|name| Some((*name, captures.name(name)?.as_str())));
                    row.extend(found.map(|(name, text)| (name.to_owned(), text.to_owned())));
                }
                fields.extend(names.into_iter().map(str::to_owned));
            }
            Command::Sort(by) => rows.sort_by(|one, other| order(by, one, other)),
            Command::Limit(number) => most = *number,
            Command::Stats { aggregates, by } => {
                matched.get_or_insert(rows.len());
                rows = grouped(&rows, aggregates, by);
                let results = aggregates.iter().map(|aggregate| aggregate.name.clone());
                fields = by.iter().cloned().chain(results).collect();
            }
        }
    }
    let matched = matched.unwrap_or(rows.len());
    rows.truncate(most);
    if fields.is_empty() {
        fields = vec!["@timestamp".to_owned(), "@message".to_owned()];
    }
    Results { fields, rows, matched }
}

fn order(by: &[(String, bool)], one: &Row, other: &Row) -> Ordering {
    let orders = by.iter().map(|(field, is_descending)| {
        let order = match (one.get(field), other.get(field)) {
            (Some(one), Some(other)) => compare(one, other),
            // Rows without the field come last when the smallest come first.
            (one, other) => one.is_none().cmp(&other.is_none()),
        };
        if *is_descending { order.reverse() } else { order }
    });
    orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Numbers by their size, and everything else by its letters.
fn compare(one: &str, other: &str) -> Ordering {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        _ => one.cmp(other),
    }
}

fn holds(condition: &Condition, row: &Row) -> bool {
    let value = |field: &String| row.get(field).map(String::as_str);
    match condition {
        Condition::All(all) => all.iter().all(|condition| holds(condition, row)),
        Condition::Any(any) => any.iter().any(|condition| holds(condition, row)),
        Condition::Not(condition) => !holds(condition, row),
        Condition::Compare(field, operator, expected) => value(field).is_some_and(|value| {
            let order = compare(value, expected);
            match *operator {
                "=" => order.is_eq(),
                "!=" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            }
        }),
        Condition::Matches(field, regex) => value(field).is_some_and(|value| regex.is_match(value).unwrap_or(false)),
        Condition::Contains(field, part) => value(field).is_some_and(|value| value.contains(part.as_str())),
        Condition::In(field, values) => value(field).is_some_and(|value| values.iter().any(|one| one == value)),
        Condition::IsPresent(field) => value(field).is_some(),
    }
}

fn grouped(rows: &[Row], aggregates: &[Aggregate], by: &[String]) -> Vec<Row> {
    let mut groups: BTreeMap<Vec<Option<&String>>, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(by.iter().map(|field| row.get(field)).collect()).or_default().push(row);
    }
    let result = |(key, rows): (Vec<Option<&String>>, Vec<&Row>)| {
        let named = by.iter().zip(key).filter_map(|(field, value)| Some((field.clone(), value?.clone())));
        let computed = aggregates.iter().filter_map(|one| Some((one.name.clone(), aggregate(one, &rows)?)));
        named.chain(computed).collect()
    };
    groups.into_iter().map(result).collect()
}

/// The value of an aggregate over the rows of a group; nothing if none of them has the field.
fn aggregate(aggregate: &Aggregate, rows: &[&Row]) -> Option<String> {
    let field = &aggregate.field;
    let values = || rows.iter().filter_map(|row| row.get(field));
    let numbers = || values().filter_map(|value| value.parse::<f64>().ok());
    let by_time = |row: &&&Row| row.get("@timestamp").cloned();
    let with_field = || rows.iter().filter(|row| row.contains_key(field));
    match aggregate.function.as_str() {
        "count" if field == "*" => Some(rows.len().to_string()),
        "count" => Some(values().count().to_string()),
        "count_distinct" => Some(values().collect::<std::collections::BTreeSet<_>>().len().to_string()),
        "sum" => Some(numbers().sum::<f64>().to_string()),
        "avg" => numbers().next().map(|_| (numbers().sum::<f64>() / numbers().count() as f64).to_string()),
        "max" => values().max_by(|one, other| compare(one, other)).cloned(),
        "min" => values().min_by(|one, other| compare(one, other)).cloned(),
        "latest" => with_field().max_by_key(by_time).and_then(|row| row.get(field)).cloned(),
        _ => with_field().min_by_key(by_time).and_then(|row| row.get(field)).cloned(),
    }
}
