//! What a run left to do in a Region: a message to the function itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::label;
use crate::lambda::run::Run;
use crate::model::region::Region;
use crate::model::time::{format_time, parse_time};

/// What a run left to do in a Region when its time was up.
#[derive(Debug, Clone, PartialEq)]
pub struct Continuation {
    /// The Region.
    pub region: Region,
    /// The run.
    pub run: Run,
}

/// A message of the function's own queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The id by which it is reported as failed. If it is empty, Lambda takes the whole batch as failed.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
    pub id: String,
    /// What it holds, or why it cannot be read.
    pub continuation: Result<Continuation, String>,
}

/// A continuation as it is sent.
#[derive(Serialize, Deserialize)]
struct Body {
    region: Region,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    correlation: String,
    #[serde(default)]
    invocations: u32,
}

impl Continuation {
    /// The message's body.
    pub fn to_body(&self) -> String {
        let Self { region, run } = self;
        let (time, correlation) = (run.stated.map(format_time), run.correlation.clone());
        let body = Body { region: region.clone(), time, correlation, invocations: run.invocations };
        serde_json::to_string(&body).unwrap_or_default()
    }

    fn parse(body: &str) -> Result<Self, String> {
        let Body { region, time, correlation, invocations } =
            serde_json::from_str(body).map_err(|error| error.to_string())?;
        let parse = |time: String| parse_time(&time).ok_or("its time is not one such as 2026-01-05T09:00:00Z");
        let stated = time.map(parse).transpose()?;
        Ok(Self { region, run: Run { stated, correlation: label(&correlation), invocations } })
    }
}

/// The messages that a payload consists of; `None` if it is not a batch of SQS messages.
pub(super) fn messages(payload: &Value) -> Option<Vec<Message>> {
    let records = payload["Records"].as_array()?;
    let is_from_sqs = records.iter().any(|record| record["eventSource"] == "aws:sqs");
    is_from_sqs.then(|| records.iter().map(message).collect())
}

fn message(record: &Value) -> Message {
    let id = record["messageId"].as_str().unwrap_or_default().to_owned();
    Message { id, continuation: Continuation::parse(record["body"].as_str().unwrap_or_default()) }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use serde_json::json;

    use super::*;

    fn batch(bodies: &[&str]) -> Vec<Message> {
        let record = |(index, body): (usize, &&str)| json!({"messageId": format!("m{index}"), "body": body, "eventSource": "aws:sqs"});
        let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
        messages(&json!({ "Records": records })).unwrap()
    }

    #[test]
    fn every_continuation_of_a_batch_keeps_the_time_the_correlation_id_and_the_count_of_its_own_run() {
        let continuation = |region: &str, correlation: &str, seconds, invocations| Continuation {
            region: region.parse().unwrap(),
            run: Run { stated: Some(DateTime::from_secs(seconds)), correlation: correlation.to_owned(), invocations },
        };
        let sent = [continuation("eu-west-1", "first", 60, 1), continuation("us-east-1", "second", 120, u32::MAX)];
        let bodies = sent.clone().map(|continuation| continuation.to_body());
        let read = batch(&[&bodies[0], &bodies[1]]);
        assert_eq!(read.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ["m0", "m1"]);
        assert_eq!(read.into_iter().map(|message| message.continuation.unwrap()).collect::<Vec<_>>(), sent);
    }

    #[test]
    fn a_message_that_is_not_a_continuation_is_read_as_one_that_cannot_be_read() {
        let time = r#"{"region": "eu-west-1", "time": "yesterday", "correlation": "c"}"#;
        let region = r#"{"region": "Ireland", "time": "2026-01-05T09:00:00Z", "correlation": "c"}"#;
        let good = r#"{"region": "eu-west-1", "time": "2026-01-05T09:00:00Z", "correlation": "c"}"#;
        let read = batch(&["{}", "", "text", time, region, good]);
        assert_eq!(read.iter().filter(|message| message.continuation.is_err()).count(), 5);
        assert!(read[5].continuation.is_ok());
    }

    #[test]
    fn a_payload_without_sqs_messages_is_not_a_batch() {
        for payload in [json!(null), json!({"Records": "none"}), json!({"Records": []}), json!({"Records": [{}]})] {
            assert_eq!(messages(&payload), None, "{payload}");
        }
    }
}
