//! What Lambda, CloudWatch Logs and SQS do not take.

use detective_emulator::{Cloud, QueueSettings};
use local_cloud::{Options, What};
use serde_json::json;

use crate::double::{ACCOUNT, REGION, TEMPLATE, cloud, deployed, put};

/// Lambda's largest response, in bytes.
const RESPONSE: usize = 6_291_556;

#[tokio::test]
async fn a_response_that_is_too_large_is_a_failure_and_the_function_lives_on() {
    let cloud = cloud(&[]).await;
    let respond = async |bytes: usize| cloud.invoke(ACCOUNT, "double", json!({"do": "respond", "bytes": bytes})).await;
    assert!(respond(RESPONSE).await.outcome.is_ok());
    let error = respond(RESPONSE + 1).await.outcome.unwrap_err();
    assert_eq!(error.error_type, "Function.ResponseSizeTooLarge");
    assert!(error.error_message.contains("6291557 bytes"), "{}", error.error_message);
    assert!(respond(100).await.outcome.is_ok());
}

#[tokio::test]
async fn an_error_that_is_too_large_is_another_error() {
    let cloud = cloud(&[]).await;
    for (bytes, expected) in [(RESPONSE - 100, "Double.Failed"), (RESPONSE, "Function.ResponseSizeTooLarge")] {
        let run = cloud.invoke(ACCOUNT, "double", json!({"do": "fail-at-length", "bytes": bytes})).await;
        assert_eq!(run.outcome.unwrap_err().error_type, expected, "{bytes}");
    }
}

#[tokio::test]
async fn a_line_of_the_log_that_is_too_long_is_cut() {
    let cloud = cloud(&[]).await;
    const MOST: usize = 1024 * 1024;
    for (bytes, is_whole) in [(MOST, true), (MOST + 1, false)] {
        let run = cloud.invoke(ACCOUNT, "double", json!({"do": "log", "bytes": bytes})).await;
        let longest = run.log.iter().map(|line| line.to_string().len()).max().unwrap();
        let whole = run.log.iter().any(|line| line["text"].is_string());
        assert_eq!(whole, is_whole, "{longest}");
    }
}

#[tokio::test]
async fn an_event_that_is_too_large_to_be_queued_goes_to_the_rules_dead_letters_or_is_lost() {
    for (largest, runs) in [(Options::default().largest_event, 1), (256 * 1024, 0)] {
        let options = Options { largest_event: largest, ..Options::default() };
        let cloud = deployed(TEMPLATE, options, &[]).await;
        put(&cloud, &json!({"text": "x".repeat(300_000)}));
        cloud.settle().await;
        assert_eq!(cloud.invocations().len(), runs);
        let lost = cloud.timeline().into_iter().filter(|entry| matches!(&entry.what, What::Lost { .. })).count();
        assert_eq!(lost, 1 - runs);
    }
}

#[tokio::test]
async fn a_dead_letter_that_its_queue_does_not_take_is_lost_and_none_that_was_sent() {
    let cloud = cloud(&[("Retries", "0")]).await;
    let emulated: &Cloud = cloud.emulator().cloud();
    let records = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:records");
    // The record of an invocation has the event in it, and more.
    emulated.put_queue(&records, QueueSettings { largest: 1100, ..QueueSettings::default() });
    put(&cloud, &json!({"do": "fail", "text": "x".repeat(1000)}));
    cloud.settle().await;
    let letters: Vec<_> = cloud.dead_letters().into_iter().map(|letter| letter.queue).collect();
    assert_eq!(letters, [records.replace("records", "events")]);
    assert!(emulated.messages(&records).is_empty());
    let lost = |what: &What| matches!(what, What::Lost { reason, .. } if reason.contains("shorter than 1100 bytes"));
    assert_eq!(cloud.timeline().iter().filter(|entry| lost(&entry.what)).count(), 1);
}

#[tokio::test]
async fn variables_have_four_kilobytes_together() {
    let long = "AT_START: !Ref AtStart, LONG: \"LENGTH\"";
    for (length, fits) in [(3900, true), (4200, false)] {
        let template = TEMPLATE.replace("AT_START: !Ref AtStart", &long.replace("LENGTH", &"x".repeat(length)));
        let stack = local_cloud::Stack {
            name: "lambda".to_owned(),
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            template,
            parameters: std::collections::BTreeMap::new(),
        };
        let plan = stack.plan();
        assert_eq!(plan.is_ok(), fits);
        if let Err(error) = plan {
            assert!(error.to_string().contains("Lambda takes 4096 together"), "{error}");
        }
    }
}
