//! Each alarm is on when what its text states is the case, and then alone: it is evaluated as CloudWatch does, on what is measured
//! then. That the metrics are those that the functions write is the check of [`crate::alarms`].

use std::collections::BTreeSet;

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::metric_math::{Series, Stat, states, stats, values};
use serde_json::Value;

use super::settings::value;
use super::symptoms::{Measured, Symptom, symptoms};
use super::{Template, in_each};

/// What a metric's statistic is in each period, until some minute.
fn series(stat: &Stat, measured: &[Measured], until: usize) -> Series {
    let is_asked = |one: &&Measured| {
        one.namespace == stat.namespace
            && one.name == stat.name
            && stat
                .dimensions
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .eq([(one.dimension, one.of.as_str())])
    };
    let samples: Vec<(usize, f64)> =
        measured.iter().filter(is_asked).flat_map(|one| one.samples.iter().copied()).collect();
    let period = usize::try_from(stat.period).unwrap() / 60;
    let value = |number: usize| {
        let within = number * period..(number + 1) * period;
        let values: Vec<f64> =
            samples.iter().filter(|(minute, _)| within.contains(minute)).map(|(_, value)| *value).collect();
        let sum = values.iter().sum::<f64>();
        let value = match stat.statistic.as_str() {
            "Sum" => sum,
            "SampleCount" => values.len() as f64,
            "Average" => sum / values.len() as f64,
            "Maximum" => values.iter().copied().reduce(f64::max)?,
            "Minimum" => values.iter().copied().reduce(f64::min)?,
            other => panic!("there is no statistic {other}"),
        };
        (!values.is_empty()).then_some(value)
    };
    (0..until.div_ceil(period)).map(value).collect()
}

/// What is wrong with an alarm, where something is the case or not.
fn misjudged(alarm: &Value, symptom: &Symptom) -> Option<String> {
    let last = symptom.on.iter().chain(symptom.off).copied().max()?;
    let period = stats(alarm).values().map(|stat| usize::try_from(stat.period).unwrap() / 60).max()?;
    let values = values(alarm, |stat| series(stat, &symptom.measured, last));
    let states = states(alarm, &values);
    // CloudWatch evaluates what a period was when it is over.
    let at = |minute: usize| (minute / period).checked_sub(1);
    let is_on = |minute: &usize| at(*minute).is_some_and(|period| states[period]);
    if let Some(minute) = symptom.on.iter().find(|minute| !is_on(minute)) {
        return Some(format!("is off after {minute} minutes: {values:?}"));
    }
    if let Some(minute) = symptom.off.iter().find(|minute| is_on(minute)) {
        return Some(format!("is on after {minute} minutes: {values:?}"));
    }
    // The mail shows it.
    let (minute, shown) = symptom.shows?;
    let found = at(minute).and_then(|period| values[period]);
    (found != Some(shown)).then(|| format!("shows {found:?}, and not {shown}"))
}

/// Whether CloudWatch takes it:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html>.
fn is_taken(alarm: &Value) -> bool {
    let entries = alarm["Metrics"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_id = |id: &str| {
        id.starts_with(|first: char| first.is_ascii_lowercase())
            && id.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
    };
    let results = entries.iter().filter(|entry| entry["ReturnData"] != false).count();
    (entries.is_empty() || results == 1)
        && entries.iter().all(|entry| entry["Id"].as_str().is_some_and(is_id))
        && (alarm["Threshold"].is_number() || alarm["Threshold"].is_string())
        // AWS's metrics and those of a log have one value a minute at most.
        && stats(alarm).values().all(|stat| stat.period >= 60 && stat.period % 60 == 0)
        && alarm["EvaluationPeriods"].as_i64().is_some_and(|periods| periods >= alarm["DatapointsToAlarm"].as_i64().unwrap_or(1).max(1))
}

pub(super) fn gaps(template: &Template) -> Vec<String> {
    in_each(template, |stack| of_stack(stack, &symptoms(stack, &|name| value(stack, name).parse().unwrap())))
}

fn of_stack(stack: &DeployedTemplate, symptoms: &[Symptom]) -> Vec<String> {
    let is_alarm = |id: &str| stack.resolved.resources.get(id).filter(|one| one.kind == "AWS::CloudWatch::Alarm");
    let mut gaps = Vec::new();
    for symptom in symptoms {
        match is_alarm(&symptom.alarm) {
            Some(alarm) if !is_taken(&alarm.properties) => {
                gaps.push(format!("CloudWatch does not take {}", symptom.alarm));
            }
            // Without data, it would be neither on nor off, and nobody hears that it is over.
            Some(alarm)
                if ["missing", ""].contains(&alarm.properties["TreatMissingData"].as_str().unwrap_or_default()) =>
            {
                gaps.push(format!("{} does not end while nothing is measured", symptom.alarm));
            }
            Some(alarm) => {
                let problem = misjudged(&alarm.properties, symptom);
                gaps.extend(problem.map(|problem| format!("{}, while {}: it {problem}", symptom.alarm, symptom.what)));
            }
            None => gaps.push(format!("there is no {}: {} is not noticed", symptom.alarm, symptom.what)),
        }
    }
    let known: BTreeSet<&str> = symptoms.iter().map(|symptom| symptom.alarm.as_str()).collect();
    let alarms = stack.resolved.resources.keys().filter(|id| is_alarm(id).is_some());
    gaps.extend(
        alarms
            .filter(|id| !known.contains(id.as_str()))
            .map(|id| format!("symptoms.rs does not say when {id} is to be on")),
    );
    gaps
}
