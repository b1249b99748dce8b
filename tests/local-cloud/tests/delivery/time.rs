//! How virtual time passes, and what happens in it.

use chrono::TimeDelta;
use serde_json::json;

use crate::double::{ACCOUNT, cloud, put};

#[tokio::test]
async fn a_schedule_fires_when_it_is_due_with_its_input() {
    let cloud = cloud(&[]).await;
    let start = cloud.emulator().cloud().now();
    cloud.run_for(TimeDelta::minutes(150)).await;
    let times: Vec<_> = cloud.invocations().iter().map(|run| run.event["at"].as_str().unwrap().to_owned()).collect();
    let expected =
        [1, 2].map(|hours| (start + TimeDelta::hours(hours)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    assert_eq!(times, expected);
    assert_eq!(cloud.emulator().cloud().now(), start + TimeDelta::minutes(150));
}

#[tokio::test]
async fn a_tick_fires_the_schedule_at_once() {
    let cloud = cloud(&[]).await;
    let runs = cloud.tick(ACCOUNT, "Double").await;
    assert_eq!(runs.len(), 1);
    assert!(runs[0].event["at"].is_string());
}

#[tokio::test]
async fn settling_does_not_fire_schedules() {
    let cloud = cloud(&[]).await;
    cloud.settle().await;
    assert!(cloud.invocations().is_empty());
}

#[tokio::test]
async fn the_same_steps_have_the_same_timeline() {
    let mut timelines = Vec::new();
    for _ in 0..2 {
        let cloud = cloud(&[]).await;
        put(&cloud, &json!({"do": "fail"}));
        put(&cloud, &json!({"do": "headers-not", "source": "other"}));
        cloud.settle().await;
        cloud.run_for(TimeDelta::hours(1)).await;
        let timeline = serde_json::to_string(&cloud.timeline()).unwrap();
        let pids = |text: &str| {
            text.split("\"pid\":").map(|part| part.trim_start_matches(char::is_numeric).to_owned()).collect::<Vec<_>>()
        };
        timelines.push(pids(&timeline));
    }
    assert_eq!(timelines[0], timelines[1]);
}
