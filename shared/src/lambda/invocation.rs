//! What a function is invoked with, and how much time it has.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use lambda_runtime::LambdaEvent;
use serde_json::Value;

use crate::deadline::Deadline;
use crate::error::CallError;
use crate::lambda::continuation::{Rest, rests};
use crate::model::account::AccountId;
use crate::model::time::parse_time;

/// One invocation.
#[derive(Debug)]
pub struct Invocation {
    /// What it was given.
    pub payload: Value,
    /// The time that it stands for: what the schedule (`scheduledTime`), the event (`time`) or the run that it goes on
    /// with says, so that a run that is repeated judges ages as the first one did; without either, the clock's.
    pub now: DateTime,
    /// When it must end.
    pub deadline: Deadline,
    /// The id that everything which comes of one cause has in common: the event's id, or the request id of the run
    /// that a schedule started.
    pub correlation: String,
    /// The account that the function is in.
    account: Option<AccountId>,
}

impl Invocation {
    /// Reads what Lambda gives.
    pub fn new(event: LambdaEvent<Value>) -> Self {
        let LambdaEvent { payload, context } = event;
        let rest = rests(&payload);
        let of_rest = rest.first().map(|(_, rest)| rest);
        let now = of_rest.and_then(|rest| parse_time(&rest.time)).or_else(|| stated_time(&payload));
        let correlation = match (of_rest, payload["id"].as_str()) {
            (Some(rest), _) => rest.correlation.clone(),
            (None, Some(id)) => id.to_owned(),
            (None, None) => context.request_id.clone(),
        };
        // arn:aws:lambda:us-east-1:222222222222:function:name
        let account = context.invoked_function_arn.split(':').nth(4).and_then(|id| id.parse().ok());
        Self { now: now.unwrap_or_else(clock), deadline: Deadline::of(&context), correlation, account, payload }
    }

    /// The account that the function is in, and that its calls are of.
    ///
    /// # Errors
    /// `IncompleteAnswer`, if Lambda did not say it.
    pub fn account(&self) -> Result<AccountId, CallError> {
        let missing =
            || CallError::new("Invoke", "IncompleteAnswer", "Lambda did not say which account the function is in");
        self.account.ok_or_else(missing)
    }

    /// What earlier runs left to do, where the invocation is for that: each with the id of its message.
    pub fn rests(&self) -> Vec<(String, Rest)> {
        rests(&self.payload)
    }

    /// Whether it comes from a queue, whose messages are answered one by one.
    pub fn is_of_queue(&self) -> bool {
        self.payload["Records"][0]["eventSource"] == "aws:sqs"
    }
}

fn stated_time(payload: &Value) -> Option<DateTime> {
    ["scheduledTime", "time"].iter().find_map(|field| parse_time(payload.get(field)?.as_str()?))
}

fn clock() -> DateTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    DateTime::from_secs_f64(now.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Context;
    use serde_json::json;

    use super::*;

    fn invocation(payload: Value) -> Invocation {
        Invocation::new(LambdaEvent { payload, context: Context::default() })
    }

    #[test]
    fn a_run_goes_on_with_the_time_and_the_correlation_id_of_the_first() {
        let body = json!({"region": "eu-west-1", "time": "2026-01-05T09:00:00Z", "correlation": "first"}).to_string();
        let record = json!({"messageId": "m1", "body": body, "eventSource": "aws:sqs"});
        let invocation = invocation(json!({ "Records": [record] }));
        assert_eq!((invocation.now.secs(), invocation.correlation.as_str()), (1_767_603_600, "first"));
        assert!(invocation.is_of_queue());
        assert_eq!(invocation.rests()[0].1.region.as_str(), "eu-west-1");
    }

    #[test]
    fn a_message_that_is_no_rest_of_a_run_names_no_region() {
        let records = json!({"Records": [{"messageId": "m1", "body": "{}", "eventSource": "aws:sqs"}]});
        assert!(invocation(records).rests().is_empty());
        assert!(invocation(json!({"Records": "none"})).rests().is_empty());
    }

    #[test]
    fn an_event_gives_its_own_time_and_id() {
        let invocation = invocation(json!({"id": "e1", "time": "1970-01-01T00:01:00Z"}));
        assert_eq!((invocation.now.secs(), invocation.correlation.as_str()), (60, "e1"));
    }
}
