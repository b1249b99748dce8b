//! Each stack has what it needs, and nothing that nobody asked for.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use detective_emulator::check_query;
use end_to_end::deployed_template::DeployedTemplate;
use serde_json::Value;

use super::Template;
use super::stacks::CASES;

/// Everything that is there and should not be, or the other way round.
pub(super) fn gaps(template: &Template) -> Vec<String> {
    let mut gaps = Vec::new();
    for case in CASES.iter().filter(|case| template.doubtful.contains(case.name)) {
        let given = |name: &str| case.parameters.iter().find(|(one, _)| *one == name).map_or("", |(_, value)| *value);
        gaps.extend(
            of_stack(&template.stacks[case.name], &given).into_iter().map(|gap| format!("{}: {gap}", case.name)),
        );
    }
    gaps
}

fn of_stack(stack: &DeployedTemplate, given: &dyn Fn(&str) -> &'static str) -> Vec<String> {
    let resources = &stack.resolved.resources;
    let ids = |kind: &str| -> BTreeSet<&str> {
        resources.values().filter(|one| one.kind == kind).map(|one| one.logical_id.as_str()).collect()
    };
    let plan = &stack.deployment;
    let account = plan.target.account.as_str();
    let in_administrator = ["", "AdministratorAccount"].contains(&given("Place"));
    let in_management =
        given("Place") == "ManagementAccount" || (in_administrator && given("ManagementAccountId") == account);
    let is_role = given("Place") == "MemberAccount" && !given("MemberRoleName").is_empty();
    let region = match given("AdministratorRegion") {
        "" => "us-east-1",
        region => region,
    };
    let here = given("AdministratorAccountId") == account && region == plan.target.region;
    let forwards = given("Place") == "ManagementAccount" && !here;
    let functions = plan.functions.len();
    let on_schedule = plan.functions.iter().filter(|one| one.logical_id != "AccountOnboarder").count();
    let removes = usize::from(in_administrator && given("RemoveMembers") == "true");
    let makes_bucket = usize::from(in_administrator && given("ReportBucket").is_empty());
    let spreads =
        in_management && !given("MemberRoleName").is_empty() && !given("MemberRoleOrganizationalUnitIds").is_empty();
    let some = |holds: bool| usize::from(holds);
    // A resource type, how many of it there are, and what they are for.
    let expected = [
        ("AWS::Logs::LogGroup", functions, "a log group for each function"),
        ("AWS::Scheduler::Schedule", on_schedule, "a schedule for each function but account-onboarder"),
        ("AWS::Scheduler::ScheduleGroup", some(functions > 0), "a group of the schedules"),
        ("AWS::Logs::QueryDefinition", 3 * some(functions > 0), "queries of the functions' logs"),
        ("AWS::CloudWatch::Dashboard", some(in_administrator), "a dashboard of coverage"),
        ("AWS::SNS::Topic", some(!is_role), "a topic"),
        ("AWS::SNS::TopicPolicy", some(!is_role), "the topic's policy"),
        ("AWS::SNS::Subscription", some(!is_role && !given("AlertEmail").is_empty()), "the address's subscription"),
        ("AWS::S3::Bucket", makes_bucket, "a bucket, where none is named"),
        ("AWS::S3::BucketPolicy", makes_bucket, "the bucket's policy"),
        ("AWS::SSM::Parameter", some(in_administrator && !given("CoveragePolicy").is_empty()), "the policy"),
        ("AWS::CloudFormation::StackSet", some(spreads), "the member role's StackSet"),
        ("AWS::Events::EventBusPolicy", some(in_administrator), "the bus's policy"),
    ];
    let wrong = |(kind, count, what): &(&str, usize, &str)| {
        let found = ids(kind);
        (found.len() != *count).then(|| format!("{what}: {count} expected, {found:?}"))
    };
    let mut gaps: Vec<String> = expected.iter().filter_map(wrong).collect();
    let arriving = plan.rules.iter().filter(|rule| rule.logical_id.starts_with("AccountOnboarder")).count();
    let forwarding =
        plan.rules.iter().filter(|rule| rule.targets.iter().any(|one| one.arn.contains(":event-bus/"))).count();
    let departing = plan.rules.iter().filter(|rule| rule.logical_id == "AccountDeparted").count();
    for (holds, what) in [
        ((arriving > 0) == in_administrator, "rules of arrivals"),
        (forwarding == some(forwards), "a rule that forwards events"),
        (departing == removes, "a rule of departures"),
    ] {
        if !holds {
            gaps.push(what.to_owned());
        }
    }
    if is_role && !resources.keys().eq(["MemberRole"]) {
        gaps.push(format!("the member role is to be all: {:?}", resources.keys()));
    }
    gaps.extend(unused(stack));
    gaps
}

/// What the queries answer, by the questions of docs/observability.md: `**What failed?**` is `what-failed`.
static QUESTIONS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/observability.md")).unwrap();
    let questions = page.lines().filter_map(|line| line.strip_prefix("**")?.split_once("?**"));
    let name = |question: &str| {
        let words = question.split(' ').filter(|word| !word.starts_with(|first: char| first.is_ascii_digit()));
        words.collect::<Vec<_>>().join("-").to_lowercase()
    };
    questions.map(|(question, _)| name(question)).collect()
});

/// Roles, queues and log groups that nothing uses.
fn unused(stack: &DeployedTemplate) -> Vec<String> {
    let plan = &stack.deployment;
    let resources = &stack.resolved.resources;
    let mut used: BTreeSet<&str> =
        plan.functions.iter().flat_map(|one| [one.role.as_str(), one.log_group.as_str()]).collect();
    used.extend(plan.schedules.iter().map(|one| one.role.as_str()));
    used.extend(plan.sources.iter().map(|one| one.queue.as_str()));
    let targets = plan.rules.iter().flat_map(|rule| &rule.targets);
    used.extend(targets.flat_map(|target| [Some(target.arn.as_str()), target.role.as_deref()].into_iter().flatten()));
    let mut unused = Vec::new();
    for one in resources.values() {
        let name = match one.kind.as_str() {
            "AWS::Logs::LogGroup" => &one.physical_id,
            "AWS::IAM::Role" | "AWS::SQS::Queue" => &one.arn,
            _ => continue,
        };
        // Others use these two: the administrator account, and whoever fails.
        if !used.contains(name.as_str()) && !["MemberRole", "DeadLetters"].contains(&one.logical_id.as_str()) {
            unused.push(format!("nothing uses {}", one.logical_id));
        }
    }
    // An alarm watches what is there, and each query reads the logs of all functions.
    let groups: BTreeSet<&str> = plan.functions.iter().map(|one| one.log_group.as_str()).collect();
    for query in resources.values().filter(|one| one.kind == "AWS::Logs::QueryDefinition") {
        let names = query.properties["LogGroupNames"].as_array().into_iter().flatten();
        let read: BTreeSet<&str> = names.filter_map(Value::as_str).collect();
        let name = query.properties["Name"].as_str().and_then(|name| name.strip_prefix("detective-onboarding/"));
        let named = name.is_some_and(|name| QUESTIONS.contains(name));
        let text = query.properties["QueryString"].as_str().unwrap_or_default();
        let refused = check_query(text).err();
        if read != groups || !named || refused.is_some() {
            unused.push(format!(
                "{} reads {read:?} and not {groups:?}, or is not named as documented, or is refused: {refused:?}",
                query.logical_id
            ));
        }
    }
    unused
}
