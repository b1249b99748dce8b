//! How long messages that were received stay hidden, and what refuses to change it.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry as Entry, ChangeMessageVisibilityBatchResultEntry as Changed, Message,
};
use chrono::TimeDelta;
use detective_emulator::Emulator;

use crate::setup::{ADMINISTRATOR, SCENARIO, account, code, config, start};

const URL: &str = "https://sqs.us-east-1.amazonaws.com/222222222222/work";
const QUEUE: &str = "arn:aws:sqs:us-east-1:222222222222:work";
/// Twelve hours.
const LONGEST: i32 = 43_200;

async fn queue(messages: usize) -> (Emulator, Client) {
    let emulator = start(&format!("{SCENARIO}queues: [\"{QUEUE}\"]\n")).await;
    let client = Client::new(&config(&emulator, account(ADMINISTRATOR), "us-east-1"));
    for number in 0..messages {
        client.send_message().queue_url(URL).message_body(number.to_string()).send().await.unwrap();
    }
    (emulator, client)
}

/// The messages that can be received now; they are hidden for thirty seconds from now on.
async fn receive(client: &Client) -> Vec<Message> {
    client
        .receive_message()
        .queue_url(URL)
        .max_number_of_messages(10)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
}

async fn handle(client: &Client) -> String {
    receive(client).await.swap_remove(0).receipt_handle.unwrap()
}

/// Changes a message's visibility timeout. Gives AWS's code if it is refused.
async fn change(client: &Client, handle: &str, seconds: i32) -> Result<(), String> {
    let request = client.change_message_visibility().queue_url(URL).receipt_handle(handle);
    match request.visibility_timeout(seconds).send().await {
        Ok(_) => Ok(()),
        refused => Err(code(refused)),
    }
}

fn pass(emulator: &Emulator, seconds: i32) {
    emulator.cloud().advance(TimeDelta::seconds(seconds.into()));
}

#[tokio::test]
async fn a_message_is_hidden_for_the_time_that_it_was_given_last_counted_from_the_change() {
    let (emulator, client) = queue(1).await;
    let received = handle(&client).await;
    pass(&emulator, 20);
    change(&client, &received, 900).await.unwrap();
    pass(&emulator, 899);
    assert!(receive(&client).await.is_empty());
    pass(&emulator, 1);
    assert_eq!(receive(&client).await.len(), 1);
    // The next receipt begins with the queue's own timeout.
    pass(&emulator, 30);
    assert_eq!(receive(&client).await.len(), 1);
}

#[tokio::test]
async fn a_timeout_of_zero_makes_a_message_visible_at_once() {
    let (_emulator, client) = queue(1).await;
    let received = handle(&client).await;
    change(&client, &received, 0).await.unwrap();
    assert_eq!(receive(&client).await.len(), 1);
}

#[tokio::test]
async fn timeouts_are_from_zero_to_twelve_hours_and_twelve_hours_after_the_receipt_at_the_most() {
    let (emulator, client) = queue(1).await;
    let received = handle(&client).await;
    for seconds in [-1, LONGEST + 1, i32::MAX] {
        assert_eq!(change(&client, &received, seconds).await.unwrap_err(), "InvalidParameterValue", "{seconds}");
    }
    change(&client, &received, LONGEST).await.unwrap();
    pass(&emulator, 60);
    assert_eq!(change(&client, &received, LONGEST).await.unwrap_err(), "InvalidParameterValue");
    change(&client, &received, LONGEST - 60).await.unwrap();
    pass(&emulator, LONGEST - 61);
    assert!(receive(&client).await.is_empty());
    pass(&emulator, 1);
    assert_eq!(receive(&client).await.len(), 1);
}

#[tokio::test]
async fn a_handle_that_was_never_given_or_is_not_the_newest_is_not_valid() {
    let (emulator, client) = queue(1).await;
    assert_eq!(change(&client, "unknown", 60).await.unwrap_err(), "ReceiptHandleIsInvalid");
    let first = handle(&client).await;
    pass(&emulator, 30);
    let second = handle(&client).await;
    assert_ne!(first, second);
    assert_eq!(change(&client, &first, 60).await.unwrap_err(), "ReceiptHandleIsInvalid");
    client.delete_message().queue_url(URL).receipt_handle(&second).send().await.unwrap();
    assert_eq!(change(&client, &second, 60).await.unwrap_err(), "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn a_message_whose_timeout_is_over_is_not_in_flight() {
    let (emulator, client) = queue(1).await;
    let received = handle(&client).await;
    pass(&emulator, 30);
    assert_eq!(change(&client, &received, 60).await.unwrap_err(), "MessageNotInflight");
}

#[tokio::test]
async fn a_queue_that_does_not_exist_has_no_messages_to_hide() {
    let (_emulator, client) = queue(0).await;
    let other = client.change_message_visibility().queue_url(format!("{URL}-other")).receipt_handle("any");
    assert_eq!(code(other.visibility_timeout(1).send().await), "QueueDoesNotExist");
}

fn entry(id: &str, handle: &str, seconds: i32) -> Entry {
    Entry::builder().id(id).receipt_handle(handle).visibility_timeout(seconds).build().unwrap()
}

#[tokio::test]
async fn in_a_batch_a_message_that_cannot_be_changed_stops_no_other() {
    let (emulator, client) = queue(3).await;
    let handles: Vec<String> =
        receive(&client).await.into_iter().filter_map(|message| message.receipt_handle).collect();
    let entries = [
        entry("changed", &handles[0], 900),
        entry("unknown", "unknown", 900),
        entry("too-long", &handles[1], LONGEST + 1),
        entry("changed_too", &handles[2], 600),
    ];
    let request = client.change_message_visibility_batch().queue_url(URL);
    let answer = request.set_entries(Some(entries.to_vec())).send().await.unwrap();
    let changed: Vec<&str> = answer.successful().iter().map(Changed::id).collect();
    assert_eq!(changed, ["changed", "changed_too"]);
    let failed: Vec<_> = answer.failed().iter().map(|entry| (entry.id(), entry.code(), entry.sender_fault())).collect();
    assert_eq!(failed, [("unknown", "ReceiptHandleIsInvalid", true), ("too-long", "InvalidParameterValue", true)]);
    // Each time, those that were received before are visible again as well.
    for (seconds, visible) in [(30, 1), (570, 2), (300, 3)] {
        pass(&emulator, seconds);
        assert_eq!(receive(&client).await.len(), visible, "{seconds}");
    }
}

#[tokio::test]
async fn a_batch_is_refused_as_a_whole_for_its_size_and_its_ids() {
    let (_emulator, client) = queue(1).await;
    let received = handle(&client).await;
    let long = "i".repeat(81);
    let batch = |ids: Vec<String>| ids.iter().map(|id| entry(id, &received, 60)).collect::<Vec<_>>();
    for (entries, expected) in [
        (Vec::new(), "EmptyBatchRequest"),
        (batch((0..11).map(|id| id.to_string()).collect()), "TooManyEntriesInBatchRequest"),
        (batch(vec!["same".to_owned(), "same".to_owned()]), "BatchEntryIdsNotDistinct"),
        (batch(vec!["with space".to_owned()]), "InvalidBatchEntryId"),
        (batch(vec![long]), "InvalidBatchEntryId"),
    ] {
        let request = client.change_message_visibility_batch().queue_url(URL).set_entries(Some(entries));
        assert_eq!(code(request.send().await), expected);
    }
}
