//! EventBridge: events, rules and targets.

use std::collections::BTreeMap;

use detective_emulator::{BusEvent, Notice};
use serde_json::{Value, json};

use super::access::Actor;
use super::state::Engine;
use crate::stack::{Input, Rule, RuleTarget};
use crate::timeline::What;

const SERVICE: &str = "events.amazonaws.com";

/// EventBridge does not send an event round in circles.
const MOST_HOPS: usize = 4;

/// What a rule that matched has to do for an event.
struct Match {
    rule: String,
    rule_arn: String,
    targets: Vec<RuleTarget>,
}

impl Match {
    fn new(rule: &Rule) -> Self {
        Self { rule: rule.logical_id.clone(), rule_arn: rule.arn.clone(), targets: rule.targets.clone() }
    }
}

impl Input {
    /// What is sent for an event.
    fn of(&self, event: &Value) -> Value {
        match self {
            Self::Event => event.clone(),
            Self::Constant(value) => value.clone(),
            Self::Transformed(paths, template) => {
                let part = |path: &str| {
                    let steps = path.trim_start_matches('$').split('.').filter(|step| !step.is_empty());
                    steps.fold(event, |value, step| &value[step])
                };
                let filled = paths.iter().fold(template.clone(), |text, (name, path)| {
                    let part = part(path);
                    let shown = part.as_str().map_or_else(|| part.to_string(), str::to_owned);
                    text.replace(&format!("<{name}>"), &shown)
                });
                serde_json::from_str(&filled).unwrap_or(Value::String(filled))
            }
        }
    }
}

impl Engine {
    /// Delivers every event that arrived since the last time to where the rules send it, and notes what callers published to topics.
    pub(crate) fn deliver_events(&mut self) {
        for event in self.cloud.take_events() {
            self.deliver(&event, 0);
        }
        for Notice { topic, message, .. } in self.cloud.take_notices() {
            let of = topic.clone();
            let mut parts = of.split(':').skip(3);
            let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            self.note(account, region, What::Notified { topic, message });
        }
    }

    fn deliver(&mut self, event: &BusEvent, hops: usize) {
        let (account, region) = (event.account.as_str(), event.region.as_str());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let event_id = text(&event.event["id"]);
        let arrived = What::Event {
            event_id: event_id.clone(),
            bus: event.bus.clone(),
            source: text(&event.event["source"]),
            detail_type: text(&event.event["detail-type"]),
            event_name: event.event["detail"]["eventName"].as_str().map(str::to_owned),
        };
        self.note(account, region, arrived);
        let here = self
            .deployed
            .iter()
            .filter(|deployed| deployed.plan.target.account == account && deployed.plan.target.region == region);
        let rules: Vec<&Rule> =
            here.flat_map(|deployed| &deployed.plan.rules).filter(|rule| rule.bus == event.bus).collect();
        let count = rules.len();
        let takes =
            |rule: &&&Rule| rule.enabled && rule.pattern.as_ref().is_some_and(|pattern| pattern.matches(&event.event));
        let matches: Vec<Match> = rules.iter().filter(takes).map(|rule| Match::new(rule)).collect();
        if matches.is_empty() {
            self.note(account, region, What::NotMatched { event_id, rules: count });
            return;
        }
        for matched in matches {
            self.note(account, region, What::RuleMatched { event_id: event_id.clone(), rule: matched.rule.clone() });
            for target in &matched.targets {
                self.send(event, &matched, target, hops);
            }
        }
    }

    /// Sends an event that a rule on a schedule made.
    pub(super) fn send_scheduled(&mut self, account: &str, region: &str, rule: &Rule) {
        let event = BusEvent {
            account: account.to_owned(),
            region: region.to_owned(),
            bus: rule.bus.clone(),
            event: json!({
                "version": "0", "id": self.request_id(), "detail-type": "Scheduled Event", "source": "aws.events",
                "account": account, "time": self.cloud.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                "region": region, "resources": [rule.arn], "detail": {}
            }),
        };
        let matched = Match::new(rule);
        for target in &matched.targets {
            self.send(&event, &matched, target, 0);
        }
    }

    fn send(&mut self, event: &BusEvent, matched: &Match, target: &RuleTarget, hops: usize) {
        let actor = Actor { service: SERVICE, source: &matched.rule_arn, account: &event.account };
        let mut parts = target.arn.split(':').skip(2);
        let sent = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("lambda"), ..) => self.send_to_function(event, target, &actor),
            (Some("sqs"), ..) => self.send_to_queue(event, target, &actor),
            (Some("sns"), ..) => self.send_to_topic(event, target, &actor),
            (Some("events"), Some(region), Some(account), Some(resource)) if resource.starts_with("event-bus/") => {
                let forwarded = BusEvent {
                    account: account.to_owned(),
                    region: region.to_owned(),
                    bus: resource.trim_start_matches("event-bus/").to_owned(),
                    event: event.event.clone(),
                };
                self.send_to_bus(event, &forwarded, matched, target, &actor, hops)
            }
            _ => Err("targets of this kind are not emulated".to_owned()),
        };
        if let Err(reason) = sent {
            let failed =
                What::DeliveryFailed { from: matched.rule.clone(), target: target.arn.clone(), reason: reason.clone() };
            self.note(&event.account, &event.region, failed);
            let attributes = BTreeMap::from([
                ("RULE_ARN".to_owned(), matched.rule_arn.clone()),
                ("TARGET_ARN".to_owned(), target.arn.clone()),
                ("ERROR_CODE".to_owned(), "NO_PERMISSIONS".to_owned()),
                ("ERROR_MESSAGE".to_owned(), reason.clone()),
            ]);
            let queue = target.dead_letters.as_deref().map(|queue| (queue, self.may_send(queue, &actor)));
            self.send_dead_letter(
                &event.account,
                &event.region,
                &matched.rule,
                queue,
                reason,
                event.event.clone(),
                attributes,
            );
        }
    }

    fn send_to_function(&mut self, event: &BusEvent, target: &RuleTarget, actor: &Actor<'_>) -> Result<(), String> {
        let function =
            self.function_by_arn(&target.arn).ok_or_else(|| format!("there is no function {}", target.arn))?;
        self.may_invoke(&target.arn, actor)?;
        self.enqueue(function, target.input.of(&event.event))
    }

    fn send_to_queue(&mut self, event: &BusEvent, target: &RuleTarget, actor: &Actor<'_>) -> Result<(), String> {
        self.may_send(&target.arn, actor)?;
        self.cloud.send_message(&target.arn, SERVICE, &target.input.of(&event.event).to_string())?;
        self.note(&event.account, &event.region, What::Queued { queue: target.arn.clone() });
        Ok(())
    }

    fn send_to_topic(&mut self, event: &BusEvent, target: &RuleTarget, actor: &Actor<'_>) -> Result<(), String> {
        self.may_publish(&target.arn, actor)?;
        let message = match target.input.of(&event.event) {
            Value::String(text) => text,
            other => other.to_string(),
        };
        self.note(&event.account, &event.region, What::Notified { topic: target.arn.clone(), message });
        Ok(())
    }

    fn send_to_bus(
        &mut self,
        event: &BusEvent,
        forwarded: &BusEvent,
        matched: &Match,
        target: &RuleTarget,
        actor: &Actor<'_>,
        hops: usize,
    ) -> Result<(), String> {
        if hops >= MOST_HOPS {
            return Err("the event has been forwarded too often".to_owned());
        }
        let role = target.role.as_deref().ok_or("a bus as target needs RoleArn")?;
        self.role_allows(role, actor, "events:PutEvents", &target.arn)?;
        if forwarded.account != event.account {
            self.bus_admits(&target.arn, &event.account, role)?;
        }
        let event_id = event.event["id"].as_str().unwrap_or_default().to_owned();
        let what = What::Forwarded { event_id, rule: matched.rule.clone(), to: target.arn.clone() };
        self.note(&event.account, &event.region, what);
        self.deliver(forwarded, hops + 1);
        Ok(())
    }
}
