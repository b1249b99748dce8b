//! Who reads an alarm's own text learns which function or Region it is about and what to do, and finds its heading in the runbook.

use std::sync::LazyLock;

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::metric_math::{Series, alarm_states};
use end_to_end::template::template;
use serde_json::Value;

/// What is measured in the end where something is wrong: much, nothing at all, or suddenly more.
const WRONG: [[Option<f64>; 4]; 4] = [
    [Some(0.0), Some(0.0), Some(0.0), Some(2e9)],
    [Some(1.0), Some(1.0), None, None],
    [Some(100.0), Some(100.0), Some(0.0), Some(0.0)],
    [Some(1.0), Some(1.0), Some(1.0), Some(1.0)],
];

/// Alarms on all functions of a stack, of which some stacks have one.
const OF_ALL: [&str; 2] = ["ThrottlesAlarm", "UndeliveredRecordsAlarm"];

/// Whether an alarm is on while one of the series is measured, each value for as long as an alarm looks back.
fn fires(alarm: &Value) -> bool {
    WRONG.iter().any(|wrong| {
        let series: Series = wrong.iter().flat_map(|value| [*value; 7]).collect();
        alarm_states(alarm, |_, _| series.clone()).contains(&true)
    })
}

/// The headings of the runbook, as anchors.
static ANCHORS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let runbook = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/runbook.md");
    let text = std::fs::read_to_string(runbook).unwrap();
    let headings = text.lines().filter_map(|line| line.strip_prefix("### "));
    headings.map(|heading| heading.to_lowercase().replace(' ', "-")).collect()
});

/// What is wrong with the text of an alarm.
pub(crate) fn gaps(template: &str) -> Vec<String> {
    let mut gaps = Vec::new();
    for deployed in DeployedTemplate::all(template) {
        let names: Vec<&str> = deployed.deployment.functions.iter().map(|function| function.name.as_str()).collect();
        for (id, resource) in &deployed.resolved.resources {
            if resource.kind != "AWS::CloudWatch::Alarm" {
                continue;
            }
            let text = resource.properties["AlarmDescription"].as_str().unwrap();
            let watched = resource.properties.to_string().replace(text, "");
            let functions: Vec<_> = names.iter().filter(|name| watched.contains(**name)).collect();
            let (sentences, link) = text.rsplit_once(' ').unwrap();
            // In brackets, whom it is about: a function, or all of the stack.
            let about = sentences.rsplit_once('(').map_or("", |(_, about)| about);
            let (about, _) = about.split_once(", ").unwrap_or_default();
            let anchor = link.strip_prefix("docs/runbook.md#").unwrap_or_default();
            for (holds, problem) in [
                (fires(&resource.properties), "it is never on"),
                (text.contains("us-east-1"), "it names no Region"),
                (
                    names.contains(&about) || about == deployed.resolved.target.stack_name,
                    "it names neither a function nor the stack",
                ),
                (
                    functions.len() != 1 || text.contains(functions[0]) || OF_ALL.contains(&id.as_str()),
                    "it is about one function, and does not name it",
                ),
                (sentences.matches(". ").count() >= 2, "it does not say what to do"),
                (anchor == id.to_lowercase() && ANCHORS.iter().any(|known| known == anchor), "it leads to no heading"),
                (text.len() <= 1024, "it is too long"),
            ] {
                if !holds {
                    gaps.push(format!("{id}: {problem}: {text}"));
                }
            }
        }
    }
    gaps
}

#[test]
fn each_alarm_that_is_on_leads_by_its_own_text_to_its_heading_in_the_runbook() {
    assert_eq!(gaps(&template()), [""; 0]);
    let alarms: usize = DeployedTemplate::all(&template())
        .iter()
        .map(|it| it.resolved.resources.values().filter(|resource| resource.kind == "AWS::CloudWatch::Alarm").count())
        .sum();
    assert!(alarms > 30, "{alarms}");
}

#[test]
fn an_alarm_that_does_not_is_noticed() {
    for (from, to) in [
        ("${RunbookUrl}#stuckalarm", "${RunbookUrl}"),
        ("(${MemberMonitor}, ${AWS::Region}) ${RunbookUrl}#monitorsilentalarm", "${RunbookUrl}#monitorsilentalarm"),
        ("${RunbookUrl}#limitalarm", "${RunbookUrl}#limit"),
    ] {
        assert!(!gaps(&end_to_end::edit::edit(&template(), from, to)).is_empty(), "{to}");
    }
}
