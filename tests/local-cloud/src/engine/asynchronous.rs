//! Lambda's asynchronous invocation: a queue, retries after one and two minutes, then the on-failure destination and
//! the dead-letter queue. <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};

use super::access::Actor;
use super::lineage::Lineage;
use super::state::{Engine, Pending, Source};
use crate::lambda::{FunctionError, InvocationRecord};
use crate::stack::Function;
use crate::timeline::{DeadLetter, What};

const SERVICE: &str = "lambda.amazonaws.com";

impl Engine {
    /// Lambda accepts an event, unless it is too large.
    pub(super) fn enqueue(&mut self, function: Arc<Function>, event: Value) -> Result<(), String> {
        let (bytes, most) = (event.to_string().len(), self.largest_event);
        if bytes > most {
            return Err(format!(
                "{bytes} byte payload is too large for the Event invocation type (limit {most} bytes)"
            ));
        }
        let request_id = self.request_id();
        let accepted = self.cloud.now();
        let key = (accepted, self.next());
        let (source, lineage) = (Source::Asynchronous, Lineage::default());
        self.pending.insert(key, Pending { accepted, function, request_id, event, attempt: 1, source, lineage });
        Ok(())
    }

    /// Whether the function's role lets Lambda write its logs and traces; what it does not allow is recorded.
    pub(crate) fn check_logging(&mut self, function: &Function) {
        let actor = Actor { service: SERVICE, source: &function.arn, account: &function.account };
        let (region, account) = (&function.region, &function.account);
        let logs = format!("arn:aws:logs:{region}:{account}:log-group:{}:log-stream:any", function.log_group);
        let mut needs = vec![("logs:CreateLogStream", logs.as_str()), ("logs:PutLogEvents", &logs)];
        if function.tracing {
            needs.extend([("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")]);
        }
        for (action, resource) in needs {
            if let Err(reason) = self.role_allows(&function.role, &actor, action, resource) {
                let (from, target) = (function.logical_id.clone(), resource.to_owned());
                self.note(account, region, What::DeliveryFailed { from, target, reason });
            }
        }
    }

    /// Records the result of an attempt.
    pub(crate) fn ran(&mut self, record: InvocationRecord) {
        let (response, error) = match &record.outcome {
            Ok(response) => (Some(response.clone()), None),
            Err(error) => (None, Some(error.clone())),
        };
        let what = What::Ran {
            function: record.function.clone(),
            request_id: record.request_id.clone(),
            attempt: record.attempt,
            response,
            error,
        };
        self.note(&record.account, &record.region, what);
        self.invocations.push(record);
    }

    /// An asynchronous attempt failed: it is retried later, or given up.
    pub(crate) fn failed(&mut self, mut pending: Pending, error: &FunctionError) {
        let function = Arc::clone(&pending.function);
        let due = self.cloud.now() + TimeDelta::minutes(pending.attempt.min(2).into());
        let condition = if pending.attempt > function.retries {
            "RetriesExhausted"
        } else if due - pending.accepted > function.longest_age {
            "EventAgeExceeded"
        } else {
            pending.attempt += 1;
            let (name, request_id) = (function.logical_id.clone(), pending.request_id.clone());
            self.note(&function.account, &function.region, What::Retry { function: name, request_id, at: due });
            let key = (due, self.next());
            self.pending.insert(key, pending);
            return;
        };
        let actor = Actor { service: SERVICE, source: &function.arn, account: &function.account };
        let may_send = |engine: &Self, queue: &str| {
            engine.queue_exists(queue)?;
            engine.role_allows(&function.role, &actor, "sqs:SendMessage", queue)
        };
        if function.on_failure.is_none() && function.dead_letters.is_none() {
            let (event, name) = (pending.event.clone(), function.logical_id.as_str());
            self.send_dead_letter(
                &function.account,
                &function.region,
                name,
                None,
                condition.to_owned(),
                event,
                BTreeMap::new(),
            );
        }
        if let Some(queue) = &function.on_failure {
            let allowed = may_send(self, queue);
            let record = self.failure_record(&pending, error, condition);
            let name = &function.logical_id;
            let reason = condition.to_owned();
            self.send_dead_letter(
                &function.account,
                &function.region,
                name,
                Some((queue, allowed)),
                reason,
                record,
                BTreeMap::new(),
            );
        }
        if let Some(queue) = &function.dead_letters {
            let allowed = may_send(self, queue);
            let attributes = BTreeMap::from([
                ("RequestID".to_owned(), pending.request_id.clone()),
                ("ErrorCode".to_owned(), "200".to_owned()),
                ("ErrorMessage".to_owned(), error.error_message.chars().take(1024).collect()),
            ]);
            let (event, name) = (pending.event.clone(), function.logical_id.as_str());
            let reason = condition.to_owned();
            self.send_dead_letter(
                &function.account,
                &function.region,
                name,
                Some((queue, allowed)),
                reason,
                event,
                attributes,
            );
        }
    }

    fn failure_record(&self, pending: &Pending, error: &FunctionError, condition: &str) -> Value {
        json!({
            "version": "1.0",
            "timestamp": self.cloud.now().to_rfc3339_opts(SecondsFormat::Millis, true),
            "requestContext": {
                "requestId": pending.request_id,
                "functionArn": format!("{}:$LATEST", pending.function.arn),
                "condition": condition,
                "approximateInvokeCount": pending.attempt,
            },
            "requestPayload": pending.event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": error,
        })
    }

    /// Puts a message in a dead-letter queue, if there is one and it may be sent to; otherwise it is lost.
    #[expect(clippy::too_many_arguments, reason = "a message has as many parts, and they are only passed on")]
    pub(super) fn send_dead_letter(
        &mut self,
        account: &str,
        region: &str,
        from: &str,
        queue: Option<(&str, Result<(), String>)>,
        reason: String,
        body: Value,
        attributes: BTreeMap<String, String>,
    ) {
        let from = from.to_owned();
        let sent = match queue {
            Some((queue, Ok(()))) => self.cloud.send_message(queue, &from, &body.to_string()).map(|_| queue.to_owned()),
            Some((_, Err(refused))) => Err(refused),
            None => Err("there is no dead-letter queue".to_owned()),
        };
        match sent {
            Ok(queue) => {
                let time = self.cloud.now();
                let letter = DeadLetter { queue, time, from, reason, body, attributes };
                self.record_dead_letter(account, region, letter);
            }
            Err(why) => self.note(account, region, What::Lost { from, reason: format!("{reason}; and {why}") }),
        }
    }

    /// Records a message that is in a dead-letter queue.
    pub(super) fn record_dead_letter(&mut self, account: &str, region: &str, letter: DeadLetter) {
        let DeadLetter { queue, from, reason, .. } = letter.clone();
        self.note(account, region, What::DeadLetter { queue, from, reason });
        self.dead_letters.push(letter);
    }
}
