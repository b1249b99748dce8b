//! The path of an event: from the management account's bus to the administrator's, and from there to a function or a queue.

use aws_sdk_eventbridge::Client;
use detective_onboarding::model::region::Region;

use super::context::Context;
use super::events::{self, CONTROL_TOWER};
use super::finding::Finding;
use super::rules::{self, Rule};

const FORWARDING: &str = "forwarding-rule";
const ONBOARDING: &str = "onboarding-rules";
const DEPARTURE: &str = "departure-rule";
const WHY: &str = "What happens to accounts is then noticed only when the schedule runs.";

/// In the management account, where the events arrive: are they forwarded? Control Tower's arrive in its home Region.
pub(super) async fn forwarding(context: &Context) -> Vec<Finding> {
    let mut required = events::arrivals(context);
    required.extend(events::departures(context));
    let tower = context.control_tower.as_ref().filter(|region| **region != context.home);
    if tower.is_none() {
        required.push(CONTROL_TOWER);
    }
    let mut findings = vec![forwarding_in(context, &context.home, &required).await];
    if let Some(region) = tower {
        findings.push(forwarding_in(context, region, &[CONTROL_TOWER]).await);
    }
    findings
}

async fn forwarding_in(context: &Context, region: &Region, required: &[&'static str]) -> Finding {
    if !context.is_management() {
        let finding = context.only_management(FORWARDING, "The rule that forwards events").within(region);
        return match context.management() {
            Some(management) => finding.of(management),
            None => finding,
        };
    }
    let bus = context.bus_arn();
    // A rule on the administrator's own bus serves in its place, where that is the bus on which the events arrive.
    let finding = if bus.contains(&format!(":{region}:{}:event-bus/default", context.caller)) {
        Finding::ok(FORWARDING, "The events arrive on the administrator's own bus.")
    } else {
        match rules::read(context, &Client::new(&context.at(region)), "default").await {
            Ok(rules) => forwards(context, &rules, region, required),
            Err(finding) => Finding { id: FORWARDING, ..finding },
        }
    };
    finding.of(context.caller).within(region)
}

fn forwards(context: &Context, rules: &[Rule], region: &Region, required: &[&'static str]) -> Finding {
    let bus = &context.bus_arn();
    let deploy = format!(
        "Deploy template.yaml with Place=ManagementAccount AdministratorAccountId={} AdministratorRegion={} in {region}.",
        context.administrator, context.stack_region
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
        let why = "EventBridge needs a role to send to another account's bus.";
        return Finding::problem(FORWARDING, what, why, deploy);
    }
    RuleCheck { context, id: FORWARDING, done: "forwarded", region, deploy }.finding(&forwarding, required)
}

/// In the administrator account: do the events reach a function, and departures, where members are removed, a queue?
pub(super) async fn arriving(context: &Context) -> Vec<Finding> {
    let region = &context.stack_region;
    let departures = events::departures(context);
    let ids = [ONBOARDING, DEPARTURE];
    let ids = if departures.is_empty() { &ids[..1] } else { &ids };
    let of_all = |finding: &dyn Fn(&'static str) -> Finding| -> Vec<Finding> {
        ids.iter().map(|id| finding(id).of(context.administrator).within(region)).collect()
    };
    if !context.is_administrator() {
        return of_all(&|id| context.only_administrator(id, "The rules that events take there"));
    }
    let rules = match rules::read(context, &Client::new(&context.at(region)), &context.bus).await {
        Ok(rules) => rules,
        Err(finding) => return of_all(&|id| Finding { id, ..finding.clone() }),
    };
    of_all(&|id| match id {
        DEPARTURE => {
            let (done, services, parameters) =
                ("taken by a rule that queues them", &["sqs"][..], " RemoveMembers=true");
            taken(context, &rules, id, (done, services, parameters), &departures)
        }
        _ => {
            let required: Vec<_> = events::arrivals(context).into_iter().chain([CONTROL_TOWER]).collect();
            taken(
                context,
                &rules,
                id,
                ("taken by a rule that starts a function or queues them for one", &["sqs", "lambda"], ""),
                &required,
            )
        }
    })
}

/// Whether rules take every event to one of some services.
fn taken(
    context: &Context,
    rules: &[Rule],
    id: &'static str,
    (done, services, parameters): (&'static str, &[&str], &str),
    required: &[&'static str],
) -> Finding {
    let deploy =
        format!("Deploy template.yaml with Place=AdministratorAccount{parameters} in this account and Region.");
    let taking: Vec<&Rule> = rules.iter().filter(|rule| rule.reaches(services)).collect();
    let missing = missing(&taking, required);
    let idle = |rule: &&Rule| rule.enabled && rule.targets.is_empty() && missing.iter().any(|name| rule.takes(name));
    if let Some(rule) = rules.iter().find(idle) {
        return Finding::problem(id, format!("Rule {} has no target.", rule.name), WHY, deploy);
    }
    RuleCheck { context, id, done, region: &context.stack_region, deploy }.finding(&taking, required)
}

/// The events that no rule takes that is on.
fn missing(rules: &[&Rule], required: &[&'static str]) -> Vec<&'static str> {
    let taken = |name: &&'static str| rules.iter().any(|rule| rule.enabled && rule.takes(name));
    required.iter().filter(|name| !taken(name)).copied().collect()
}

struct RuleCheck<'a> {
    context: &'a Context,
    id: &'static str,
    /// What rules do with the events.
    done: &'static str,
    region: &'a Region,
    /// How to fix it.
    deploy: String,
}

impl RuleCheck<'_> {
    /// Whether the rules that are on take every event.
    fn finding(self, rules: &[&Rule], required: &[&'static str]) -> Finding {
        let Self { context, id, done, region, deploy } = self;
        let missing = missing(rules, required);
        let unclear = rules.iter().find(|rule| rule.enabled && !rule.is_understood());
        if let (Some(rule), false) = (unclear, missing.is_empty()) {
            let what = format!("The pattern of rule {} is not understood here.", rule.name);
            let fix = format!("See that it takes {}, as the rules of template.yaml do.", missing.join(", "));
            return Finding::unknown(id, what, fix);
        }
        let off = rules.iter().find(|rule| !rule.enabled && missing.iter().any(|name| rule.takes(name)));
        if let Some(rule) = off {
            let fix = format!("aws events enable-rule --name {} --region {region}", rule.name);
            return Finding::problem(id, format!("Rule {} is switched off.", rule.name), WHY, fix);
        }
        match missing[..] {
            [] => Finding::ok(id, format!("These events are {done}: {}.", required.join(", "))),
            // Only a named Region states that there is Control Tower.
            [CONTROL_TOWER] if context.control_tower.is_none() => {
                let what = format!("Control Tower's {CONTROL_TOWER} is not {done} in {region}.");
                let why = "With Control Tower, it reports when an account is ready. Name its home Region with --control-tower-region.";
                Finding::warning(id, what, why, deploy)
            }
            _ => Finding::problem(id, format!("These events are not {done}: {}.", missing.join(", ")), WHY, deploy),
        }
    }
}
