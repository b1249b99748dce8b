//! The messages of a queue that a function is invoked with.

use serde_json::Value;

/// A message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id by which it is reported as failed. If it is empty, Lambda takes the whole batch as failed.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
    pub id: String,
    /// Its text.
    pub body: String,
    /// What its visibility timeout is changed by.
    pub receipt_handle: String,
    /// How often it was received, this time included. SQS calls it approximate.
    pub receives: u32,
}

/// The messages that a payload consists of; `None` if it is not a batch of SQS messages.
pub(super) fn messages(payload: &Value) -> Option<Vec<Message>> {
    let records = records(payload)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let message = |record: &Value| Message {
        id: text(&record["messageId"]),
        body: text(&record["body"]),
        receipt_handle: text(&record["receiptHandle"]),
        receives: record["attributes"]["ApproximateReceiveCount"].as_str().and_then(|n| n.parse().ok()).unwrap_or(1),
    };
    Some(records.iter().map(message).collect())
}

/// The event that all messages of a batch hold, if it is one.
pub(super) fn only_event(payload: &Value) -> Option<Value> {
    let mut events = records(payload)?.iter().map(|record| serde_json::from_str(record["body"].as_str()?).ok());
    let first: Value = events.next()??;
    let is_same = |event: Option<Value>| event.is_some_and(|event| event["id"] == first["id"]);
    (first["id"].is_string() && events.all(is_same)).then_some(first)
}

fn records(payload: &Value) -> Option<&Vec<Value>> {
    let records = payload["Records"].as_array()?;
    records.iter().any(|record| record["eventSource"] == "aws:sqs").then_some(records)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_without_sqs_messages_is_not_a_batch() {
        for payload in [json!(null), json!({"Records": "none"}), json!({"Records": []}), json!({"Records": [{}]})] {
            assert_eq!(messages(&payload), None, "{payload}");
        }
    }

    #[test]
    fn a_message_is_read_with_what_it_takes_to_let_it_wait() {
        let record = json!({"messageId": "m1", "body": "text", "receiptHandle": "h1", "eventSource": "aws:sqs",
            "attributes": {"ApproximateReceiveCount": "7"}});
        let expected = Message { id: "m1".into(), body: "text".into(), receipt_handle: "h1".into(), receives: 7 };
        assert_eq!(messages(&json!({ "Records": [record] })), Some(vec![expected]));
        let bare = messages(&json!({"Records": [{"eventSource": "aws:sqs"}]})).unwrap();
        assert_eq!((bare[0].id.as_str(), bare[0].receives), ("", 1));
    }

    #[test]
    fn duplicates_of_one_event_are_one_event_and_others_are_not() {
        let batch = |ids: &[&str]| {
            let record = |id: &&str| json!({"eventSource": "aws:sqs", "body": json!({ "id": id }).to_string()});
            json!({"Records": ids.iter().map(record).collect::<Vec<_>>()})
        };
        assert_eq!(only_event(&batch(&["a", "a"])).unwrap()["id"], "a");
        assert_eq!(only_event(&batch(&["a", "b"])), None);
        assert_eq!(only_event(&json!({"Records": [{"eventSource": "aws:sqs", "body": "text"}]})), None);
    }
}
