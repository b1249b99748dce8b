//! What happens to an asynchronous invocation that fails.

use local_cloud::What;
use serde_json::json;

use crate::double::{cloud, put};

#[tokio::test]
async fn an_event_is_tried_three_times_after_one_and_two_minutes_and_then_kept() {
    let cloud = cloud(&[]).await;
    let start = cloud.emulator().cloud().now();
    put(&cloud, &json!({"do": "fail"}));
    cloud.settle().await;
    let runs = cloud.invocations();
    let attempts: Vec<_> = runs.iter().map(|run| (run.attempt, (run.time - start).num_minutes())).collect();
    assert_eq!(attempts, [(1, 0), (2, 1), (3, 3)]);
    assert!(runs.iter().all(|run| run.request_id == runs[0].request_id));

    let letters = cloud.dead_letters();
    assert_eq!(letters.len(), 2, "the on-failure destination and the dead-letter queue");
    let record = &letters[0].body;
    assert_eq!(letters[0].queue, "arn:aws:sqs:eu-west-1:111111111111:records");
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["requestPayload"]["do"], "fail");
    assert_eq!(record["responsePayload"], json!({"errorType": "Double.Failed", "errorMessage": "as the event asks"}));
    assert_eq!(letters[1].queue, "arn:aws:sqs:eu-west-1:111111111111:events");
    assert_eq!(letters[1].body["do"], "fail");
    assert_eq!(letters[1].attributes["ErrorMessage"], "as the event asks");
}

#[tokio::test]
async fn an_event_that_succeeds_at_the_second_attempt_is_not_kept() {
    let cloud = cloud(&[]).await;
    put(&cloud, &json!({"do": "fail-at-first", "times": 1}));
    cloud.settle().await;
    assert_eq!(cloud.invocations().len(), 2);
    assert!(cloud.dead_letters().is_empty());
}

#[tokio::test]
async fn an_event_that_is_too_old_is_not_tried_again() {
    let cloud = cloud(&[("LongestAge", "60")]).await;
    put(&cloud, &json!({"do": "fail"}));
    cloud.settle().await;
    assert_eq!(cloud.invocations().len(), 2);
    assert_eq!(cloud.dead_letters()[0].body["requestContext"]["condition"], "EventAgeExceeded");
}

#[tokio::test]
async fn no_retries_means_one_attempt() {
    let cloud = cloud(&[("Retries", "0")]).await;
    put(&cloud, &json!({"do": "exit"}));
    cloud.settle().await;
    assert_eq!(cloud.invocations().len(), 1);
    assert_eq!(cloud.dead_letters().len(), 2);
}

#[tokio::test]
async fn an_event_is_lost_where_the_function_may_not_send_to_its_queue() {
    let cloud = cloud(&[("MaySend", "sqs:ReceiveMessage"), ("Retries", "0")]).await;
    put(&cloud, &json!({"do": "fail"}));
    cloud.settle().await;
    assert!(cloud.dead_letters().is_empty());
    let lost = cloud.timeline().into_iter().filter(|entry| matches!(entry.what, What::Lost { .. })).count();
    assert_eq!(lost, 2);
}
