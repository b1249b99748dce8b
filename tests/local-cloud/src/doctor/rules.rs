//! The rules that events take: from the management account's bus to the administrator's, and from there to the functions.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{RuleState, Target};
use detective_onboarding::error::CallError;
use detective_onboarding::graph::Region;
use serde_json::Value;

use super::context::Context;
use super::finding::Finding;
use crate::pattern::Pattern;

const FORWARDING: &str = "forwarding-rule";
const ONBOARDING: &str = "onboarding-rules";
const WHY: &str = "New accounts are then noticed only when the schedule runs.";

/// An event of each kind that makes an account a member. Control Tower's come only where there is one.
const EVENTS: [(&str, &str); 4] = [
    ("CreateAccountResult", include_str!("../../../../events/create-account-succeeded.json")),
    ("AccountJoinedOrganization", include_str!("../../../../events/account-joined-created.json")),
    ("AcceptHandshake", include_str!("../../../../events/accept-handshake-all-features.json")),
    (CONTROL_TOWER, include_str!("../../../../events/control-tower-create-managed-account-succeeded.json")),
];
const CONTROL_TOWER: &str = "CreateManagedAccount";

/// A rule that takes at least one of those events, as far as is known.
struct Rule {
    name: String,
    enabled: bool,
    /// Which of them; none if its pattern has something that is not understood here.
    takes: Option<Vec<&'static str>>,
    targets: Vec<Target>,
}

/// In the management account, where Organizations' events come: are they sent on?
pub(super) async fn forwarding(context: &Context) -> Finding {
    if !context.is_management() {
        let finding = context.only_management(FORWARDING, "The rule that forwards events").within(&context.home);
        return match context.management() {
            Some(management) => finding.of(management),
            None => finding,
        };
    }
    let bus = context.bus_arn();
    // A rule on the administrator's own bus serves in its place, where that is the bus on which the events come.
    let finding = if bus.contains(&format!(":{}:{}:event-bus/default", context.home, context.caller)) {
        Finding::ok(FORWARDING, "The events come on the administrator's own bus.")
    } else {
        match rules(context, &Client::new(&context.at_home()), "default").await {
            Ok(rules) => forwards(context, &rules, &bus),
            Err(finding) => Finding { id: FORWARDING, ..finding },
        }
    };
    finding.of(context.caller).within(&context.home)
}

fn forwards(context: &Context, rules: &[Rule], bus: &str) -> Finding {
    let deploy = format!(
        "Deploy template.yaml with Place=ManagementAccount AdministratorAccountId={} AdministratorRegion={} in {}.",
        context.administrator, context.stack_region, context.home
    );
    let to_bus = |rule: &&Rule| rule.targets.iter().any(|target| target.arn() == bus);
    let forwarding: Vec<&Rule> = rules.iter().filter(to_bus).collect();
    if forwarding.is_empty() {
        let buses = rules.iter().flat_map(|rule| rule.targets.iter().map(move |target| (&rule.name, target.arn())));
        let elsewhere =
            buses.filter(|(_, arn)| arn.contains(":event-bus/")).map(|(name, arn)| format!("; {name} sends to {arn}"));
        let what = format!("No rule sends account events to {bus}{}.", elsewhere.collect::<String>());
        return Finding::problem(FORWARDING, what, WHY, deploy);
    }
    let roleless = |rule: &&Rule| rule.targets.iter().all(|target| target.arn() != bus || target.role_arn().is_none());
    let (without_role, forwarding): (Vec<&Rule>, Vec<&Rule>) = forwarding.into_iter().partition(|rule| roleless(rule));
    if let (Some(rule), true) = (without_role.first(), forwarding.is_empty()) {
        let what = format!("Rule {} sends to {bus} without a role.", rule.name);
        return Finding::problem(
            FORWARDING,
            what,
            "EventBridge needs a role to send to another account's bus.",
            deploy,
        );
    }
    judged(FORWARDING, "forwarded", &forwarding, &context.home, deploy)
}

/// In the administrator account: do the events reach a function?
pub(super) async fn onboarding(context: &Context) -> Finding {
    let region = &context.stack_region;
    if !context.is_administrator() {
        let finding = context.only_administrator(ONBOARDING, "The rules that start the functions");
        return finding.of(context.administrator).within(region);
    }
    let finding = match rules(context, &Client::new(&context.at(region)), &context.bus).await {
        Ok(rules) => starts(&rules, region),
        Err(finding) => Finding { id: ONBOARDING, ..finding },
    };
    finding.of(context.administrator).within(region)
}

fn starts(rules: &[Rule], region: &Region) -> Finding {
    let deploy = "Deploy template.yaml with Place=AdministratorAccount in this account and Region.".to_owned();
    let of_function = |rule: &&Rule| rule.targets.iter().any(|target| target.arn().contains(":lambda:"));
    let starting: Vec<&Rule> = rules.iter().filter(of_function).collect();
    let missing = missing(&starting);
    let idle = |rule: &&Rule| rule.enabled && rule.targets.is_empty() && missing.iter().any(|name| rule.takes(name));
    if let Some(rule) = rules.iter().find(idle) {
        return Finding::problem(ONBOARDING, format!("Rule {} has no target.", rule.name), WHY, deploy);
    }
    judged(ONBOARDING, "taken by a rule that starts a function", &starting, region, deploy)
}

impl Rule {
    fn takes(&self, event: &str) -> bool {
        self.takes.as_ref().is_some_and(|takes| takes.contains(&event))
    }
}

/// The events that no rule takes that is on.
fn missing(rules: &[&Rule]) -> Vec<&'static str> {
    let names = EVENTS.iter().map(|(name, _)| *name);
    names.filter(|name| !rules.iter().any(|rule| rule.enabled && rule.takes(name))).collect()
}

/// Whether the rules that are on take every event.
fn judged(id: &'static str, done: &str, rules: &[&Rule], region: &Region, deploy: String) -> Finding {
    let missing = missing(rules);
    let unclear = rules.iter().find(|rule| rule.enabled && rule.takes.is_none());
    if let (Some(rule), false) = (unclear, missing.is_empty()) {
        let what = format!("The pattern of rule {} is not understood here.", rule.name);
        let mend = format!("See that it takes {}, as the rules of template.yaml do.", missing.join(", "));
        return Finding::unknown(id, what, mend);
    }
    let off = rules.iter().find(|rule| !rule.enabled && missing.iter().any(|name| rule.takes(name)));
    if let Some(rule) = off {
        let mend = format!("aws events enable-rule --name {} --region {region}", rule.name);
        return Finding::problem(id, format!("Rule {} is switched off.", rule.name), WHY, mend);
    }
    match missing[..] {
        [] => Finding::ok(id, format!("Events of new accounts are {done}.")),
        [CONTROL_TOWER] => {
            let what = format!("Control Tower's {CONTROL_TOWER} is not {done} in {region}.");
            Finding::warning(id, what, "With Control Tower, it tells when an account is ready.", deploy)
        }
        _ => Finding::problem(id, format!("These events are not {done}: {}.", missing.join(", ")), WHY, deploy),
    }
}

/// The rules on a bus that take one of the events at least.
async fn rules(context: &Context, client: &Client, bus: &str) -> Result<Vec<Rule>, Finding> {
    let management = context.management().map(|id| id.to_string());
    let events = EVENTS.map(|(name, text)| {
        let mut event: Value = serde_json::from_str(text).expect("the example events are JSON");
        if let Some(management) = &management {
            event["account"] = Value::String(management.clone());
        }
        (name, event)
    });
    let mut rules = Vec::new();
    let mut next = None;
    loop {
        let request = client.list_rules().event_bus_name(bus).set_next_token(next.take());
        let page = match request.send().await.map_err(CallError::of("ListRules")) {
            Ok(page) => page,
            // That the bus is missing is told with its policy.
            Err(error) if error.code == "ResourceNotFoundException" => return Ok(rules),
            Err(error) => return Err(Finding::unanswered("rules", &error, "events:ListRules")),
        };
        for rule in page.rules() {
            let pattern: Option<Value> = rule.event_pattern().and_then(|text| serde_json::from_str(text).ok());
            let (Some(name), Some(pattern)) = (rule.name(), pattern) else { continue };
            let takes = Pattern::new(&pattern).ok().map(|pattern| {
                let taken = events.iter().filter(|(_, event)| pattern.matches(event));
                taken.map(|(name, _)| *name).collect::<Vec<_>>()
            });
            if takes.as_ref().is_none_or(|takes| !takes.is_empty()) {
                let enabled = rule.state() != Some(&RuleState::Disabled);
                rules.push(Rule { name: name.to_owned(), enabled, takes, targets: targets(client, bus, name).await? });
            }
        }
        match page.next_token {
            Some(token) => next = Some(token),
            None => return Ok(rules),
        }
    }
}

async fn targets(client: &Client, bus: &str, rule: &str) -> Result<Vec<Target>, Finding> {
    let mut targets = Vec::new();
    let mut next = None;
    loop {
        let request = client.list_targets_by_rule().event_bus_name(bus).rule(rule).set_next_token(next.take());
        let page = request.send().await.map_err(CallError::of("ListTargetsByRule"));
        let page = page.map_err(|error| Finding::unanswered("rules", &error, "events:ListTargetsByRule"))?;
        targets.extend(page.targets.unwrap_or_default());
        match page.next_token {
            Some(token) => next = Some(token),
            None => return Ok(targets),
        }
    }
}
