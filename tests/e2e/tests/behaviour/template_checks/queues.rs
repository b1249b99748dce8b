//! A message is worked on in time, as often as it needs, and is a dead letter before it is deleted.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig> and
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>

use std::collections::BTreeSet;

use chrono::TimeDelta;
use detective_emulator::QueueSettings;
use end_to_end::deployed_template::DeployedTemplate;
use local_cloud::stack::EventSource;

use super::Template;

const DAY: TimeDelta = TimeDelta::days(1);

pub(super) fn gaps(template: &Template) -> Vec<String> {
    template.doubtful().flat_map(|(_, stack)| of_stack(stack)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn of_stack(stack: &DeployedTemplate) -> Vec<String> {
    let plan = &stack.deployment;
    let mut gaps = Vec::new();
    for (arn, (_, queue)) in &plan.queues {
        let source = plan.sources.iter().find(|source| source.queue == *arn);
        let mut check = |holds: bool, what: &str| {
            if !holds {
                gaps.push(format!("{arn}: {what}"));
            }
        };
        check(queue.visibility <= TimeDelta::hours(12) && queue.retention <= DAY * 14, "SQS takes no longer times");
        match source {
            Some(source) => of_source(stack, source, queue, &mut check),
            None if arn.contains("-Departures-") => departures(queue, &mut check),
            // docs/runbook.md promises that messages stay for fourteen days.
            None => {
                check(queue.retention == DAY * 14 && queue.redrive.is_none(), "dead letters stay for fourteen days");
            }
        }
        if let Some(alarm) = stack.resolved.resources.get("DeadLettersAgeAlarm").filter(|_| source.is_none()) {
            let threshold = alarm.properties["Threshold"].as_f64().unwrap_or_default();
            check(
                threshold == (queue.retention - DAY * 2).num_seconds() as f64,
                "it is announced two days before it is deleted",
            );
        }
    }
    gaps
}

/// A queue that Lambda polls.
fn of_source(stack: &DeployedTemplate, source: &EventSource, queue: &QueueSettings, check: &mut dyn FnMut(bool, &str)) {
    let Some(function) = stack.deployment.functions.iter().find(|one| one.arn == source.function) else {
        return check(false, "there is no such function");
    };
    let timeout = TimeDelta::from_std(function.timeout).unwrap();
    let needed = timeout * 6 + source.window;
    let Some((receives, _)) = queue.redrive else {
        return check(false, "a message that always fails is received for ever");
    };
    let receives = i32::try_from(receives).unwrap_or(i32::MAX);
    check(queue.visibility >= needed, "a message may be received again while its function still works on it");
    check(queue.visibility <= needed * 2, "a message whose function ended waits longer than it has to");
    // Lambda's advice; throttled polls count as well.
    check(receives >= 5, "it is a dead letter after a few failures that pass by themselves");
    check(source.partial, "one message that fails has all of its batch retried");
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
    check(
        source.batch_size <= 10 || source.window >= TimeDelta::seconds(1),
        "Lambda takes so large a batch with a window alone",
    );
    check(source.window <= TimeDelta::seconds(60), "a message waits too long before anything is done");
    check(source.batch_size <= 10_000 && source.concurrency >= 2, "Lambda does not take it");
    // A new account has ten executions, and each function and its schedule need some.
    check(source.concurrency <= 3, "a small account has no executions left");
    if function.logical_id == "AccountOnboarder" {
        // docs/functions.md: a message is retried every 15 minutes at last, for fourteen hours.
        let retried = TimeDelta::minutes(15) * receives;
        check(retried >= TimeDelta::hours(14), "an account that is only late is given up");
        check(retried <= queue.retention, "a message is deleted before it is a dead letter");
        check(source.batch_size >= 1000, "a thousand events are one run");
        check(source.window >= TimeDelta::seconds(10), "the events of an account are one run");
    } else {
        check(queue.visibility * receives <= queue.retention, "a message is deleted before it is a dead letter");
        // A run continues with a message for each Region: https://docs.aws.amazon.com/general/latest/gr/detective.html has thirty.
        check(source.batch_size >= 30, "what a run left in all Regions is one run");
        check(source.window >= TimeDelta::seconds(5), "what a run left in all Regions is one run");
    }
}

/// The queue of departures, which account-offboarder reads on its schedule.
fn departures(queue: &QueueSettings, check: &mut dyn FnMut(bool, &str)) {
    let Some((readings, _)) = queue.redrive else {
        return check(false, "a message that always fails is read for ever");
    };
    let readings = i32::try_from(readings).unwrap_or(i32::MAX);
    let longest_grace = TimeDelta::hours(240);
    check(queue.visibility < TimeDelta::hours(1), "an hourly run does not see every departure");
    check(queue.visibility > TimeDelta::minutes(15), "a run may see a departure twice");
    check(queue.visibility * readings > longest_grace, "a departure is a dead letter before its grace period is over");
    check(TimeDelta::hours(1) * readings < queue.retention, "a departure is deleted before it is a dead letter");
}
