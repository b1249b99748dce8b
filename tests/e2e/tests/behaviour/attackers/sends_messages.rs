//! Departures that nobody made: who can send a message to the queue of departures, or has an event with a time of its own, removes
//! nobody by it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::events::account_removed;
use end_to_end::report::{line, report};
use end_to_end::scenario::{
    ADMINISTRATOR, MANAGEMENT, account, invitation_graph, member, organization, organization_graph, span,
};
use end_to_end::template::template;

/// An account outside the organization, which was invited on purpose.
const OUTSIDER: &str = "999999999999";
const EMPLOYED: &str = "333333333333";

async fn environment() -> Environment {
    let scenario = organization()
        .timing(|timing| timing.departure = span("365days"))
        .generated(4, EMPLOYED)
        .standalone(account(OUTSIDER))
        .graph(organization_graph("us-east-1").members([EMPLOYED, OUTSIDER].map(member)))
        .graph(invitation_graph("eu-west-1").members([EMPLOYED, OUTSIDER].map(|id| member(id).age("7days"))));
    let parameters = [("RemoveMembers", "true"), ("MaxRemovalsPercent", "100")];
    Environment::start_with(scenario, &template(), &[&parameters[..], &MEMBER_ROLE].concat()).await
}

/// An event of two days ago by which an account left.
fn back_dated(id: &str) -> Value {
    let mut event = account_removed(id);
    event["time"] = json!("2026-01-03T09:00:00Z");
    event["detail"]["eventTime"] = event["time"].clone();
    event
}

/// Puts a message in the queue of departures, past its policy.
fn forge(environment: &Environment, body: &Value) {
    environment.aws().send_message(&environment.departures_queue(), "AIDAEXAMPLE", &body.to_string()).unwrap();
}

#[tokio::test]
async fn a_back_dated_message_removes_neither_an_invited_outsider_nor_an_account_of_the_organization() {
    let environment = environment().await;
    let events = [back_dated(OUTSIDER), back_dated(EMPLOYED)];
    events.iter().for_each(|event| forge(&environment, event));
    let first = report(environment.offboard().await);
    for id in [OUTSIDER, EMPLOYED] {
        assert_eq!(line(&first, "eu-west-1", id)["reason"], "grace-period", "{first:#}");
    }
    // Whatever time passes: nothing shows that the one was ever in the organization, and the other one is.
    for _ in 0..2 {
        environment.aws().advance(TimeDelta::hours(25));
        events.iter().for_each(|event| forge(&environment, event));
        environment.aws().advance(TimeDelta::hours(25));
        let later = report(environment.offboard().await);
        for region in ["us-east-1", "eu-west-1"] {
            assert_eq!(line(&later, region, OUTSIDER)["reason"], "outside-organization", "{later:#}");
            assert_eq!(line(&later, region, EMPLOYED)["reason"], "still-active", "{later:#}");
        }
    }
    assert_eq!(environment.calls("DeleteMembers"), 0);
}

#[tokio::test]
async fn the_grace_period_counts_from_when_the_queue_has_the_departure_and_not_from_what_the_event_states() {
    let environment = environment().await;
    environment.remove_from_organization(EMPLOYED).await;
    environment.aws().take_events();
    environment.cloud.put_event(MANAGEMENT, "us-east-1", back_dated(EMPLOYED));
    environment.cloud.settle_now().await;
    environment.aws().advance(TimeDelta::hours(1));
    let early = report(environment.offboard().await);
    assert_eq!(line(&early, "us-east-1", EMPLOYED)["reason"], "grace-period", "{early:#}");
    assert!(line(&early, "us-east-1", EMPLOYED)["message"].as_str().unwrap().contains("2026-01-06T09:00:00Z"));
    environment.aws().advance(TimeDelta::hours(24));
    report(environment.offboard().await);
    assert_eq!(environment.status("us-east-1", EMPLOYED), None);
}

#[tokio::test]
async fn an_event_from_the_future_does_not_keep_a_member_for_ever() {
    let environment = environment().await;
    environment.remove_from_organization(EMPLOYED).await;
    let mut event = back_dated(EMPLOYED);
    event["time"] = json!("2099-01-01T00:00:00Z");
    forge(&environment, &event);
    environment.aws().advance(TimeDelta::hours(25));
    report(environment.offboard().await);
    assert_eq!(environment.status("us-east-1", EMPLOYED), None);
}

#[tokio::test]
async fn only_the_rules_and_the_functions_roles_send_to_the_queues_that_functions_read() {
    let environment = environment().await;
    let client = aws_sdk_sqs::Client::new(&environment.sdk(ADMINISTRATOR, "us-east-1").await);
    let queues = environment.cloud.queues();
    let of_functions: Vec<&String> = queues.iter().filter(|queue| !queue.contains("DeadLetters")).collect();
    assert!(of_functions.len() >= 4, "{queues:?}");
    for queue in of_functions {
        let name = queue.rsplit(':').next().unwrap();
        let url = format!("https://sqs.us-east-1.amazonaws.com/{ADMINISTRATOR}/{name}");
        let body = back_dated(OUTSIDER).to_string();
        let error = client.send_message().queue_url(url).message_body(body).send().await.unwrap_err();
        assert!(format!("{error:?}").contains("explicit deny"), "{queue}: {error:?}");
    }
}
