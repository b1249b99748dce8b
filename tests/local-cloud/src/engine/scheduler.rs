//! EventBridge Scheduler, and rules on schedules.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::access::Actor;
use super::state::Engine;
use crate::stack::Schedule;
use crate::timeline::What;

const SERVICE: &str = "scheduler.amazonaws.com";

/// A schedule or a rule on a schedule, by the deployment's index and its own.
#[derive(Debug, Clone, Copy)]
enum Which {
    Schedule(usize, usize),
    Rule(usize, usize),
}

impl Engine {
    /// When the next schedule fires after `after`.
    pub(crate) fn next_fire(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.fires(after).map(|(at, _)| at).min()
    }

    /// Fires everything that is due after `after` and not after now, in time order.
    pub(crate) fn fire_due(&mut self, after: DateTime<Utc>) {
        let now = self.cloud.now();
        let mut due: Vec<_> = self.fires(after).filter(|(at, _)| *at <= now).collect();
        due.sort_by_key(|(at, _)| *at);
        for (_, which) in due {
            self.fire(which);
        }
    }

    /// Fires the schedules of one function. Gives the request ids of what they started.
    pub(crate) fn fire_schedules_of(&mut self, function: &str) -> Vec<String> {
        let which: Vec<_> = self
            .all()
            .filter(|which| match *which {
                Which::Schedule(stack, index) => self.deployed[stack].plan.schedules[index].target == function,
                Which::Rule(stack, index) => {
                    self.deployed[stack].plan.rules[index].targets.iter().any(|target| target.arn == function)
                }
            })
            .collect();
        let before: Vec<_> = self.pending.keys().copied().collect();
        for which in which {
            self.fire(which);
        }
        let new = self.pending.iter().filter(|(key, _)| !before.contains(key));
        new.map(|(_, pending)| pending.request_id.clone()).collect()
    }

    fn all(&self) -> impl Iterator<Item = Which> {
        self.deployed.iter().enumerate().flat_map(|(stack, deployed)| {
            let schedules = deployed.plan.schedules.iter().enumerate();
            let schedules = schedules.filter(|(_, schedule)| schedule.enabled);
            let rules = deployed.plan.rules.iter().enumerate();
            let rules = rules.filter(|(_, rule)| rule.enabled && rule.schedule.is_some());
            schedules
                .map(move |(index, _)| Which::Schedule(stack, index))
                .chain(rules.map(move |(index, _)| Which::Rule(stack, index)))
        })
    }

    fn fires(&self, after: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, Which)> {
        self.all().filter_map(move |which| {
            let (stack, expression) = match which {
                Which::Schedule(stack, index) => (stack, Some(&self.deployed[stack].plan.schedules[index].expression)),
                Which::Rule(stack, index) => (stack, self.deployed[stack].plan.rules[index].schedule.as_ref()),
            };
            let since = self.deployed[stack].since;
            expression?.next(since, after.max(since)).map(|at| (at, which))
        })
    }

    fn fire(&mut self, which: Which) {
        match which {
            Which::Schedule(stack, index) => {
                let target = self.deployed[stack].plan.target.clone();
                let schedule = self.deployed[stack].plan.schedules[index].clone();
                self.note(
                    &target.account,
                    &target.region,
                    What::ScheduleFired { schedule: schedule.logical_id.clone() },
                );
                self.start(&target.account, &target.region, &schedule);
            }
            Which::Rule(stack, index) => {
                let target = self.deployed[stack].plan.target.clone();
                // The rule is put back where it was: sending needs the whole engine.
                let rule = self.deployed[stack].plan.rules.remove(index);
                self.note(&target.account, &target.region, What::ScheduleFired { schedule: rule.logical_id.clone() });
                self.send_scheduled(&target.account, &target.region, &rule);
                self.deployed[stack].plan.rules.insert(index, rule);
            }
        }
    }

    fn start(&mut self, account: &str, region: &str, schedule: &Schedule) {
        let execution = self.request_id();
        let input = self.input(account, region, schedule, &execution);
        // Scheduler names the group for which it acts, and not the schedule:
        // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        let (group, _) = schedule.arn.rsplit_once('/').unwrap_or_default();
        let group = group.replacen(":schedule/", ":schedule-group/", 1);
        let actor = Actor { service: SERVICE, source: &group, account };
        let allowed = self.role_allows(&schedule.role, &actor, "lambda:InvokeFunction", &schedule.target);
        let started = allowed.and_then(|()| {
            self.function_by_arn(&schedule.target).ok_or_else(|| format!("there is no function {}", schedule.target))
        });
        match started.and_then(|function| self.enqueue(function, input.clone())) {
            Ok(()) => {}
            Err(reason) => {
                let from = schedule.logical_id.clone();
                let failed = What::DeliveryFailed { from, target: schedule.target.clone(), reason: reason.clone() };
                self.note(account, region, failed);
                let attributes = BTreeMap::from([
                    ("SCHEDULE_ARN".to_owned(), schedule.arn.clone()),
                    ("TARGET_ARN".to_owned(), schedule.target.clone()),
                    ("ERROR_CODE".to_owned(), "AccessDeniedException".to_owned()),
                    ("ERROR_MESSAGE".to_owned(), reason.clone()),
                ]);
                let queue = schedule.dead_letters.as_deref().map(|queue| {
                    let exists = self.queue_exists(queue);
                    (queue, exists.and_then(|()| self.role_allows(&schedule.role, &actor, "sqs:SendMessage", queue)))
                });
                self.send_dead_letter(account, region, &schedule.logical_id, queue, reason, input, attributes);
            }
        }
    }

    /// The schedule's input with Scheduler's own words filled in; without one, Scheduler's own event.
    fn input(&self, account: &str, region: &str, schedule: &Schedule, execution: &str) -> Value {
        let time = self.cloud.now().to_rfc3339_opts(SecondsFormat::Secs, true);
        match &schedule.input {
            Some(input) => {
                let filled = input
                    .replace("<aws.scheduler.scheduled-time>", &time)
                    .replace("<aws.scheduler.schedule-arn>", &schedule.arn)
                    .replace("<aws.scheduler.execution-id>", execution)
                    .replace("<aws.scheduler.attempt-number>", "1");
                serde_json::from_str(&filled).unwrap_or(Value::String(filled))
            }
            None => json!({
                "version": "0", "id": execution, "detail-type": "Scheduled Event", "source": "aws.scheduler",
                "account": account, "time": time, "region": region, "resources": [schedule.arn], "detail": "{}"
            }),
        }
    }
}
