//! Each output is there where what it names is, and has the value with which people and scripts find it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::Template;
use super::stacks::CASES;

/// An output, and the resource whose name it is.
const NAMES: [(&str, &str); 8] = [
    ("DeadLetterQueue", "DeadLetters"),
    ("AccountOnboarderFunction", "AccountOnboarder"),
    ("OrganizationReconcilerFunction", "OrganizationReconciler"),
    ("MemberMonitorFunction", "MemberMonitor"),
    ("InvitationAcceptorFunction", "InvitationAcceptor"),
    ("AccountOffboarderFunction", "AccountOffboarder"),
    ("AlertsTopic", "Alerts"),
    ("ReportBucketName", "Reports"),
];

pub(super) fn gaps(template: &Template) -> Vec<String> {
    let mut gaps = Vec::new();
    for case in CASES.iter().filter(|case| template.doubtful.contains(case.name)) {
        let stack = &template.stacks[case.name];
        let resources = &stack.resolved.resources;
        let region = stack.deployment.target.region.as_str();
        let dry = case.parameters.contains(&("DryRun", "true")) && !stack.deployment.functions.is_empty();
        let dashboard = resources.get("Dashboard").map(|one| one.physical_id.as_str());
        let url = |name: &str| {
            json!(format!(
                "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards:name={name}"
            ))
        };
        let mut expected: Vec<(&str, Option<Value>)> = vec![
            ("DryRunIsOn", dry.then(|| json!("Deploy with DryRun=false to have them do it."))),
            ("CoverageDashboard", dashboard.map(url)),
        ];
        expected.extend(NAMES.map(|(output, id)| (output, resources.get(id).map(|one| json!(one.physical_id)))));
        for (output, expected) in &expected {
            let found = stack.resolved.outputs.get(*output);
            if found != expected.as_ref() {
                gaps.push(format!("{}: the output {output} is {found:?}, and not {expected:?}", case.name));
            }
        }
        let unknown = stack.resolved.outputs.keys().filter(|name| !expected.iter().any(|(known, _)| known == name));
        gaps.extend(unknown.map(|name| format!("{}: nothing is known of the output {name}", case.name)));
    }
    gaps.extend(queried(template));
    gaps
}

/// The outputs that commands of the documents ask for.
static QUERIED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    let pages = ["deploying.md", "runbook.md"].map(|page| std::fs::read_to_string(format!("{folder}/{page}")).unwrap());
    let asked = pages.iter().flat_map(|page| page.split("OutputKey=='").skip(1));
    let asked: BTreeSet<String> = asked.filter_map(|rest| rest.split('\'').next()).map(str::to_owned).collect();
    assert!(asked.len() >= 2, "{asked:?}");
    asked
});

fn queried(template: &Template) -> Vec<String> {
    let missing = QUERIED.iter().filter(|name| template.json["Outputs"][name].is_null());
    missing.map(|name| format!("docs/ asks for the output {name}")).collect()
}
