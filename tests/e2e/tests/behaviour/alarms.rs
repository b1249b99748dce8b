//! Every alarm and the dashboard use metrics that exist: those that a run of the reconciler writes, and AWS's own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::Value;

use end_to_end::deployed_template::{DeployedTemplate, MEMBER};
use end_to_end::edit::edit_all;
use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::denied;
use end_to_end::full_environment::{FUNCTIONS, FullOrganization, run};
use end_to_end::scenario::{ADMINISTRATOR, account, partly_covered};
use end_to_end::template::template;

/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html> and
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html>
const OF_AWS: [(&str, &str, &[&str]); 3] = [
    ("AWS/Lambda", "FunctionName", &["Invocations", "Errors", "Throttles", "Duration", "DestinationDeliveryFailures"]),
    (
        "AWS/SQS",
        "QueueName",
        &["ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "NumberOfMessagesSent"],
    ),
    ("AWS/Scheduler", "ScheduleGroup", &["InvocationDroppedCount", "InvocationsFailedToBeSentToDeadLetterCount"]),
];

type Dimensions = BTreeMap<String, String>;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Metric {
    namespace: String,
    name: String,
    dimensions: Dimensions,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The metrics that two runs of the reconciler write, the second of which finds members, and one of the onboarder that fails.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub(crate) async fn written() -> BTreeSet<Metric> {
    let regions = [("DetectiveRegions", "us-east-1")];
    let environment = Environment::start_with(
        // Some accounts need time, and one a person.
        partly_covered().account(account("555555555555").email("root@xn--e1afmkfd.xn--p1ai")),
        &template(),
        &regions,
    )
    .await;
    let mut log = environment.reconcile().await.log;
    log.extend(environment.reconcile().await.log);
    // An event whose account fails.
    environment.aws().set_faults(vec![denied("DescribeAccount")]);
    environment.cloud.put_event(ADMINISTRATOR, "us-east-1", account_created("333333333333"));
    environment.cloud.run_for(TimeDelta::seconds(30)).await;
    let onboarder = environment.cloud.invocations().into_iter().filter(|run| run.function == "AccountOnboarder");
    log.extend(onboarder.flat_map(|run| run.log));
    let everything = FullOrganization::new().await.deploy().await;
    let acceptor = [("TrustedAdministratorIds", ADMINISTRATOR), ("DetectiveRegions", "us-east-1")];
    everything.deploy(&template(), "MemberAccount", MEMBER, &acceptor);
    for (account, function) in FUNCTIONS.into_iter().chain([(MEMBER, "InvitationAcceptor")]) {
        run(&everything, account, function).await;
    }
    log.extend(everything.cloud.invocations().into_iter().flat_map(|run| run.log));
    let mut metrics = BTreeSet::new();
    for line in &log {
        for directive in items(&line["_aws"]["CloudWatchMetrics"]) {
            for names in items(&directive["Dimensions"]) {
                let dimensions: Dimensions =
                    items(names).map(text).map(|name| (name.clone(), text(&line[name]))).collect();
                for metric in items(&directive["Metrics"]) {
                    let (namespace, name) = (text(&directive["Namespace"]), text(&metric["Name"]));
                    metrics.insert(Metric { namespace, name, dimensions: dimensions.clone() });
                }
            }
        }
    }
    metrics
}

/// The alarms by logical id: the metrics of each, and its properties.
fn alarms(deployed: &DeployedTemplate) -> BTreeMap<&str, (Vec<Metric>, &Value)> {
    let metric = |value: &Value| Metric {
        namespace: text(&value["Namespace"]),
        name: text(&value["MetricName"]),
        dimensions: items(&value["Dimensions"]).map(|entry| (text(&entry["Name"]), text(&entry["Value"]))).collect(),
    };
    let mut alarms = BTreeMap::new();
    for (id, resource) in &deployed.resolved.resources {
        if resource.kind == "AWS::CloudWatch::Alarm" {
            let stats = items(&resource.properties["Metrics"]).map(|entry| &entry["MetricStat"]["Metric"]);
            let mut metrics: Vec<Metric> = stats.filter(|stat| !stat.is_null()).map(metric).collect();
            if metrics.is_empty() {
                metrics.push(metric(&resource.properties));
            }
            alarms.insert(id.as_str(), (metrics, &resource.properties));
        }
    }
    alarms
}

fn schedule_groups(deployed: &DeployedTemplate) -> impl Iterator<Item = &str> {
    let groups =
        deployed.resolved.resources.values().filter(|resource| resource.kind == "AWS::Scheduler::ScheduleGroup");
    groups.map(|group| group.physical_id.as_str())
}

/// Whether AWS itself writes the metric for a resource of the stack.
fn is_of_aws(deployed: &DeployedTemplate, metric: &Metric) -> bool {
    let functions = deployed.deployment.functions.iter().map(|function| function.name.as_str());
    let queues = deployed.deployment.queues.keys().filter_map(|arn| arn.rsplit(':').next());
    let made: BTreeSet<&str> = functions.chain(queues).chain(schedule_groups(deployed)).collect();
    OF_AWS.iter().any(|(namespace, dimension, names)| {
        metric.namespace == *namespace
            && names.contains(&metric.name.as_str())
            && metric.dimensions.len() == 1
            && metric.dimensions.get(*dimension).is_some_and(|value| made.contains(value.as_str()))
    })
}

/// Metrics of the dashboard that nothing writes.
fn dashboard(deployed: &DeployedTemplate, written: &BTreeSet<Metric>) -> Vec<String> {
    let Some(dashboard) = deployed.resolved.resources.get("Dashboard") else { return Vec::new() };
    let body: Value = serde_json::from_str(dashboard.properties["DashboardBody"].as_str().unwrap()).unwrap();
    let mut gaps = Vec::new();
    let mut shown = 0;
    for line in items(&body["widgets"]).flat_map(|widget| items(&widget["properties"]["metrics"])) {
        shown += 1;
        let found = match line[0]["expression"].as_str() {
            Some(expression) => is_found(expression, written),
            None => {
                let dimensions = [(text(&line[2]), text(&line[3]))].into();
                is_of_aws(deployed, &Metric { namespace: text(&line[0]), name: text(&line[1]), dimensions })
            }
        };
        if !found {
            gaps.push(format!("the dashboard: {line}"));
        }
    }
    assert!(shown > 5, "the dashboard shows {shown} metrics");
    gaps
}

/// Whether an expression such as `SEARCH('{Namespace,Dimension} MetricName="Name" Dimension="value"', ...)` finds a metric.
fn is_found(expression: &str, written: &BTreeSet<Metric>) -> bool {
    let Some((schema, terms)) = expression.strip_prefix("SEARCH('{").and_then(|rest| rest.split_once("} ")) else {
        return false;
    };
    let (namespace, dimensions) = schema.split_once(',').unwrap();
    let dimensions: BTreeSet<&str> = dimensions.split(',').collect();
    let terms = terms.split_once('\'').unwrap().0;
    let terms: BTreeMap<&str, &str> = terms.split(' ').map(|term| term.split_once('=').unwrap()).collect();
    written.iter().any(|metric| {
        let holds = |(key, value): (&&str, &&str)| match *key {
            "MetricName" => metric.name == value.trim_matches('"'),
            key => metric.dimensions.get(key).is_some_and(|found| found == value.trim_matches('"')),
        };
        metric.namespace == namespace
            && metric.dimensions.keys().map(String::as_str).collect::<BTreeSet<_>>() == dimensions
            && terms.iter().all(holds)
    })
}

/// Functions, queues and schedules without an alarm that they need.
fn unwatched(deployed: &DeployedTemplate) -> Vec<String> {
    let alarms = alarms(deployed);
    // An invocation may have nothing to do: what counts is what only a run writes that has done its work.
    let named = |metric: &Metric, name: &str| match name {
        "Runs" => ["Runs", "CoveragePercent"].contains(&metric.name.as_str()),
        _ => metric.name == name,
    };
    let watched = |function: &str, name: &str, silence: bool| {
        alarms.values().any(|(metrics, properties)| {
            let on_silence = properties["TreatMissingData"] == "breaching";
            metrics
                .iter()
                .any(|metric| named(metric, name) && metric.dimensions.values().any(|value| value == function))
                && on_silence == silence
        })
    };
    let mut gaps = Vec::new();
    for function in &deployed.deployment.functions {
        let scheduled = deployed.deployment.schedules.iter().any(|schedule| schedule.target == function.arn);
        for (name, silence) in
            [("Errors", false), ("Throttles", false), ("DestinationDeliveryFailures", false), ("Runs", true)]
        {
            if !watched(&function.name, name, silence) && (scheduled || !silence) {
                gaps.push(format!("no alarm for {name} of {}", function.logical_id));
            }
        }
    }
    let queues = deployed.deployment.queues.keys().filter_map(|arn| arn.rsplit(':').next());
    let of_queues = queues.map(|queue| (queue, "ApproximateAgeOfOldestMessage"));
    for (resource, name) in of_queues.chain(schedule_groups(deployed).map(|group| (group, "InvocationDroppedCount"))) {
        if !watched(resource, name, false) {
            gaps.push(format!("no alarm for {name} of {resource}"));
        }
    }
    gaps
}

/// Everything that is wrong in a template.
pub(crate) fn gaps(template: &str, written: &BTreeSet<Metric>) -> Vec<String> {
    let mut gaps = Vec::new();
    for deployed in DeployedTemplate::all(template) {
        let topic = &deployed.resolved.resources["Alerts"].physical_id;
        for (id, (metrics, properties)) in alarms(&deployed) {
            let missing = metrics.iter().filter(|metric| !written.contains(metric) && !is_of_aws(&deployed, metric));
            gaps.extend(missing.map(|metric| format!("{id}: {metric:?}")));
            if [&properties["AlarmActions"], &properties["OKActions"]].iter().any(|actions| actions[0] != **topic) {
                gaps.push(format!("{id} notifies nobody"));
            }
        }
        gaps.extend(dashboard(&deployed, written));
        gaps.extend(unwatched(&deployed));
    }
    gaps
}

#[tokio::test]
async fn alarms_and_the_dashboard_use_metrics_that_exist() {
    let written = written().await;
    assert_eq!(gaps(&template(), &written), [""; 0], "{written:#?}");
    for (from, to) in [
        ("MetricName: CoveragePercent", "MetricName: CoveragePercents"),
        ("MetricName: FailedAccounts", "MetricName: Failed"),
        ("MetricName: OldestDisabledHours", "MetricName: OldestHours"),
        ("MetricName: MembersPercentOfLimit", "MetricName: Members"),
        ("Namespace: DetectiveOnboarding", "Namespace: Detective"),
        ("MetricName: ApproximateNumberOfMessagesVisible", "MetricName: NumberOfMessagesVisible"),
        ("MetricName: Runs", "MetricName: Invocations"),
        ("MetricName: SilentRegions", "MetricName: Silent"),
        ("MetricName: OutOfScope", "MetricName: OutOfPolicy"),
        ("MetricName: DryRun", "MetricName: Dry"),
        ("MetricName: RegionsWithoutCoverage", "MetricName: Regions"),
        ("MetricName: NumberOfMessagesSent", "MetricName: MessagesSent"),
        (
            "Metric: {Namespace: AWS/SQS, MetricName: ApproximateAgeOfOldestMessage",
            "Metric: {Namespace: AWS/SQS, MetricName: Age",
        ),
        ("MetricName: DestinationDeliveryFailures", "MetricName: Errors"),
        ("MetricName: InvocationDroppedCount", "MetricName: TargetErrorCount"),
        (
            "MetricName: Throttles, Dimensions: [{Name: FunctionName",
            "MetricName: Throttles, Dimensions: [{Name: Function",
        ),
        (
            "MetricName: Errors\n      Dimensions:\n        - {Name: FunctionName, Value: !Ref AdministratorKeeper}",
            "MetricName: Duration\n      Dimensions:\n        - {Name: FunctionName, Value: !Ref AdministratorKeeper}",
        ),
        ("AlarmActions: [!Ref Alerts]", "AlarmActions: []"),
        (r#"MetricName=\"CoveragePercent\""#, r#"MetricName=\"Coverage\""#),
        (r#"MetricName=\"Blocked\""#, r#"MetricName=\"BlockedAccounts\""#),
        (r#"MetricName=\"Waiting\""#, r#"MetricName=\"WaitingAccounts\""#),
        ("{DetectiveOnboarding,FunctionName,Region,Status}", "{DetectiveOnboarding,FunctionName,Region}"),
        (r#"FunctionName=\"${OrganizationReconciler}\""#, r#"FunctionName=\"${MemberMonitor}\""#),
        (r#"["AWS/Lambda", "Errors""#, r#"["AWS/Lambda", "Failures""#),
        (
            r#"["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName""#,
            r#"["AWS/SQS", "ApproximateNumberOfMessagesVisible", "Queue""#,
        ),
    ] {
        assert!(!gaps(&edit_all(&template(), from, to), &written).is_empty(), "{to:?} is not noticed");
    }
}
