//! The server itself: isolation, the admin API, the page.

use detective_emulator::{BusEvent, Cloud, Emulator, Scenario};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::setup::{ADMINISTRATOR, APP, OUTSIDER, SCENARIO, detective, graph, invitee, start};

pub(crate) async fn send(emulator: &Emulator, method: &str, path: &str, body: &str) -> (u16, String) {
    send_from(emulator, method, path, body, &[]).await
}

pub(crate) async fn send_from(
    emulator: &Emulator,
    method: &str,
    path: &str,
    body: &str,
    headers: &[(&str, &str)],
) -> (u16, String) {
    let client: Client<_, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let uri = format!("{}{path}", emulator.endpoint_url());
    let builder = http::Request::builder().method(method).uri(uri);
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
    let request = builder.body(body.to_owned().into()).unwrap();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// The headers of a page's answer.
pub(crate) async fn headers(emulator: &Emulator, path: &str) -> http::HeaderMap {
    let client: Client<_, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.get(format!("{}{path}", emulator.endpoint_url()).parse().unwrap()).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.headers().clone()
}

#[tokio::test]
async fn a_hundred_emulators_in_one_process_are_isolated() {
    let mut emulators = Vec::new();
    for _ in 0..100 {
        emulators.push(start(SCENARIO).await);
    }
    for (number, emulator) in emulators.iter().enumerate() {
        let client = detective(emulator, OUTSIDER, "us-east-1");
        if number % 2 == 0 {
            client.create_graph().send().await.unwrap();
        }
    }
    for (number, emulator) in emulators.iter().enumerate() {
        let graphs = detective(emulator, OUTSIDER, "us-east-1").list_graphs().send().await.unwrap();
        assert_eq!(graphs.graph_list().len(), usize::from(number % 2 == 0));
        assert_eq!(emulator.cloud().journal().len(), 1 + usize::from(number % 2 == 0));
    }
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
    let emulator = start(SCENARIO).await;
    let (status, body) = send(&emulator, "POST", "/graphs/list", "{}").await;
    assert_eq!((status, body.contains("Missing Authentication Token")), (403, true), "{body}");
}

#[tokio::test]
async fn a_page_of_another_origin_may_not_use_the_admin_api() {
    let emulator = start(SCENARIO).await;
    let own = emulator.endpoint_url();
    let advance = async |headers: &[(&str, &str)]| {
        send_from(&emulator, "POST", "/_emulator/clock", r#"{"advance": "90s"}"#, headers).await.0
    };
    assert_eq!(advance(&[("origin", "https://example.com")]).await, 403);
    assert_eq!(advance(&[("origin", "null")]).await, 403);
    // A name that somebody else lets point to this machine is the page's own origin, and still not ours.
    assert_eq!(advance(&[("origin", "http://rebound.example.com"), ("host", "rebound.example.com")]).await, 403);
    assert_eq!(emulator.cloud().now().to_string(), "2026-01-05 09:00:00 UTC");
    assert_eq!(advance(&[("origin", own.trim_end_matches('/'))]).await, 200);
}

#[tokio::test]
async fn the_admin_api_sets_clock_and_faults_and_reads_the_journal() {
    let emulator = start(SCENARIO).await;
    let (_, clock) = send(&emulator, "POST", "/_emulator/clock", r#"{"advance": "90s"}"#).await;
    let clock: Value = serde_json::from_str(&clock).unwrap();
    assert_eq!(clock["now"], "2026-01-05T09:01:30Z");
    let fault =
        json!([{"operation": "ListGraphs", "times": 1, "effect": {"error": {"code": "InternalServerException"}}}]);
    assert_eq!(send(&emulator, "PUT", "/_emulator/faults", &fault.to_string()).await.0, 200);
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    client.list_graphs().send().await.unwrap_err();
    client.list_graphs().send().await.unwrap();
    let (_, journal) = send(&emulator, "GET", "/_emulator/journal?since=1", "").await;
    let journal: Value = serde_json::from_str(&journal).unwrap();
    assert_eq!(journal.as_array().unwrap().len(), 1);
    assert_eq!(journal[0]["operation"], "ListGraphs");
    for (method, path, body, status) in [
        ("POST", "clock", "{}", 400),
        ("PUT", "faults", "[{}]", 400),
        ("GET", "nothing", "", 404),
        ("DELETE", "clock", "", 405),
        ("POST", "reset", "organization: 7", 400),
    ] {
        let (answered, text) = send(&emulator, method, &format!("/_emulator/{path}"), body).await;
        assert_eq!(answered, status, "{method} {path}: {text}");
    }
    assert_eq!(send(&emulator, "POST", "/_emulator/reset", "").await.0, 200);
    let (_, state) = send(&emulator, "GET", "/_emulator/state", "").await;
    assert_eq!(serde_json::from_str::<Value>(&state).unwrap()["graphs"], json!([]));
}

#[tokio::test]
async fn the_journal_has_no_email_addresses() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    let (_, journal) = send(&emulator, "GET", "/_emulator/journal", "").await;
    assert!(journal.contains(APP) && !journal.contains("app@example.com"), "{journal}");
}

#[tokio::test]
async fn the_page_for_people_needs_no_network() {
    let emulator = start(SCENARIO).await;
    let (status, page) = send(&emulator, "GET", "/", "").await;
    assert_eq!(status, 200);
    assert!(page.contains("<title>Detective emulator</title>"));
    // A namespace of XML is a name, and nothing is loaded from it.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!page.contains("http://") && !page.contains("https://"), "the page loads something from elsewhere");
}

#[tokio::test]
async fn a_flowing_clock_moves_by_itself() {
    let emulator = start(SCENARIO).await;
    let before = emulator.cloud().now();
    emulator.cloud().flow(1e6);
    while emulator.cloud().now() == before {
        tokio::task::yield_now().await;
    }
    emulator.cloud().flow(0.0);
    let stopped = emulator.cloud().now();
    assert_eq!(emulator.cloud().now(), stopped);
}

#[tokio::test]
async fn an_event_on_a_bus_notifies_a_waiter_that_starts_to_wait_later() {
    let emulator = start(SCENARIO).await;
    let cloud = emulator.cloud();
    let (account, region) = (APP.to_owned(), "eu-west-1".to_owned());
    cloud.put_event(BusEvent { account, region, bus: "default".to_owned(), event: json!({}) });
    cloud.changed().await;
    assert_eq!(cloud.take_events().len(), 1);
}

#[tokio::test]
async fn put_events_reaches_the_bus_that_it_names() {
    let policy = "eventBuses: [{account: \"333333333333\", region: eu-west-1, name: orders, policy: {Statement: {Effect: Allow, \
        Principal: {AWS: \"222222222222\"}, Action: \"events:PutEvents\", Resource: \"*\"}}}]";
    let emulator = start(&format!("{SCENARIO}{policy}\n")).await;
    let entry = |bus: Option<&str>, source: &str| json!({"EventBusName": bus, "Source": source, "DetailType": "t", "Detail": "{\"a\":1}"});
    let elsewhere = "arn:aws:events:eu-west-1:333333333333:event-bus/orders";
    let entries =
        [entry(None, "mine"), entry(Some("own"), "mine"), entry(Some(elsewhere), "mine"), entry(None, "aws.ec2")];
    let authorization = "AWS4-HMAC-SHA256 Credential=222222222222/20260105/us-east-1/events/aws4_request, \
        SignedHeaders=host;x-amz-date, Signature=any";
    let put = async |entries: &[Value]| {
        let headers = [
            ("authorization", authorization),
            ("x-amz-date", "20260105T090000Z"),
            ("x-amz-target", "AWSEvents.PutEvents"),
        ];
        let body = json!({ "Entries": entries }).to_string();
        let (status, body) = send_from(&emulator, "POST", "/", &body, &headers).await;
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let refused = put(&[entry(Some("arn:aws:events:eu-west-1:333333333333:event-bus/default"), "mine")]).await;
    assert!(refused.0 >= 400 && refused.1["message"].to_string().contains("no resource-based policy"), "{refused:?}");
    let (_, answer) = put(&entries).await;
    assert_eq!(answer["FailedEntryCount"], 1);
    assert_eq!(answer["Entries"][3]["ErrorCode"], "NotAuthorizedForSourceException");
    let events = emulator.cloud().take_events();
    let buses: Vec<_> = events.iter().map(|event| (&*event.account, &*event.region, &*event.bus)).collect();
    let here = |bus| (ADMINISTRATOR, "us-east-1", bus);
    assert_eq!(buses, [here("default"), here("own"), (APP, "eu-west-1", "orders")]);
    assert_eq!(events[0].event["detail"], json!({"a": 1}));
}

#[test]
fn a_scenario_that_cannot_be_used_is_refused_with_a_reason() {
    for (scenario, part) in [
        ("organisation: {}", "organisation"),
        ("timing: {verification: soon}", "\"soon\" is not a span"),
        ("standalone: [{id: \"1\", email: a@example.com}]", "\"1\" is not an account id of twelve digits"),
        ("standalone: [{id: \"111111111111\", email: a@example.com, volume: big}]", "\"big\" is not"),
        (
            "graphs: [{administrator: \"111111111111\", regions: [us-east-1], organization: true}]",
            "is not in the organization",
        ),
    ] {
        let error = Scenario::from_yaml(scenario).and_then(|scenario| Cloud::new(&scenario)).unwrap_err();
        assert!(error.to_string().contains(part), "{scenario}: {error}");
    }
}

#[test]
fn the_published_schema_is_the_one_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenario.schema.json");
    let current = format!("{:#}\n", Scenario::json_schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(published == current, "scenario.schema.json is old: run the test with UPDATE_SCHEMA=1");
}
