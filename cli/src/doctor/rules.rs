//! The rules on an event bus, and which of the events they take.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{RuleState, Target};
use detective_onboarding::error::{AwsCode, CallError};
use local_cloud::pattern::Pattern;
use serde_json::Value;

use super::context::Context;
use super::events;
use super::finding::Finding;

/// A rule that takes at least one of the events, as far as its pattern is understood.
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) enabled: bool,
    /// Which of them; none if its pattern has something that is not understood here.
    takes: Option<Vec<&'static str>>,
    pub(super) targets: Vec<Target>,
}

impl Rule {
    pub(super) fn takes(&self, event: &str) -> bool {
        self.takes.as_ref().is_some_and(|takes| takes.contains(&event))
    }

    pub(super) fn is_understood(&self) -> bool {
        self.takes.is_some()
    }

    /// Whether a target is of one of these services.
    pub(super) fn reaches(&self, services: &[&str]) -> bool {
        let is_of = |arn: &str| arn.split(':').nth(2).is_some_and(|service| services.contains(&service));
        self.targets.iter().any(|target| is_of(target.arn()))
    }
}

/// The rules on a bus that take at least one of the events.
pub(super) async fn read(context: &Context, client: &Client, bus: &str) -> Result<Vec<Rule>, Finding> {
    let events = events::examples(context);
    let mut rules = Vec::new();
    let mut next = None;
    loop {
        let request = client.list_rules().event_bus_name(bus).set_next_token(next.take());
        let page = match request.send().await.map_err(CallError::of("ListRules")) {
            Ok(page) => page,
            // A missing bus is reported with its policy.
            Err(error) if error.is(&AwsCode::ResourceNotFoundException) => return Ok(rules),
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
