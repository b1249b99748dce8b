//! How large the entries of PutEvents may be together: AWS's documents have two limits.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use detective_emulator::Emulator;

use crate::setup::{ADMINISTRATOR, SCENARIO, account, config, start};

async fn put(emulator: &Emulator, sizes: &[usize]) -> Result<i32, String> {
    let client = Client::new(&config(emulator, account(ADMINISTRATOR), "us-east-1"));
    let entry = |size: &usize| {
        // Source, detail type and detail count, and nothing else is there.
        let detail = format!("{{\"a\":\"{}\"}}", "x".repeat(size - 10));
        PutEventsRequestEntry::builder().source("s").detail_type("t").detail(detail).build()
    };
    let answer = client.put_events().set_entries(Some(sizes.iter().map(entry).collect())).send().await;
    answer.map(|answer| answer.failed_entry_count()).map_err(|error| error.into_service_error().to_string())
}

#[tokio::test]
async fn entries_that_are_too_large_together_are_refused_with_the_whole_call() {
    const SMALL: usize = 256 * 1024;
    const LARGE: usize = 1024 * 1024;
    for (scenario, limit) in [
        (SCENARIO.to_owned(), SMALL),
        (SCENARIO.replace("seed: 7", &format!("seed: 7\neventEntryBytes: {LARGE}")), LARGE),
    ] {
        let emulator = start(&scenario).await;
        assert_eq!(put(&emulator, &[limit - 1]).await, Ok(0));
        assert_eq!(put(&emulator, &[limit / 2, limit / 2 - 1]).await, Ok(0));
        for sizes in [&[limit][..], &[limit / 2, limit / 2]] {
            put(&emulator, sizes).await.unwrap_err();
        }
        assert_eq!(emulator.cloud().take_events().len(), 3, "nothing of a refused call is on the bus");
    }
}
