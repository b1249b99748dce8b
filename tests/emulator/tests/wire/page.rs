//! The page for people, and what of the admin API it uses.

use detective_emulator::Emulator;
use serde_json::{Value, json};

use crate::server::{send, send_from};
use crate::setup::{ADMINISTRATOR, APP, SCENARIO, detective, graph, invitee, start};

async fn get(emulator: &Emulator, path: &str) -> Value {
    let (status, body) = send(emulator, "GET", &format!("/_emulator/{path}"), "").await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

async fn view(emulator: &Emulator, after: &Value) -> Value {
    let cursor = after["cursor"].as_str().unwrap_or_default();
    get(emulator, &format!("view?since={cursor}")).await
}

/// The changes of a graph.
fn graph_of<'a>(view: &'a Value, arn: &str) -> &'a Value {
    let graphs = view["graphs"].as_array().unwrap();
    graphs.iter().find(|graph| graph["summary"]["graphArn"] == arn).unwrap()
}

/// What an account is in a graph of a view of everything.
fn standing<'a>(view: &'a Value, arn: &str, account: &str) -> &'a Value {
    let accounts = view["accounts"].as_array().unwrap();
    let account = accounts.iter().find(|entry| entry[1][0] == account).unwrap();
    let kind = &graph_of(view, arn)["states"][account[0].as_u64().unwrap() as usize];
    &view["kinds"][kind.as_u64().unwrap() as usize][1]
}

#[tokio::test]
async fn the_page_admits_nothing_but_its_own_style_and_script_and_is_not_framed() {
    let emulator = start(SCENARIO).await;
    let (_, page) = send(&emulator, "GET", "/", "").await;
    let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(policy.matches("'sha256-").count(), 4, "{policy}");
    let headers = crate::server::headers(&emulator, "/").await;
    assert_eq!(headers["content-security-policy"], "frame-ancestors 'none'");
    assert_eq!(crate::server::headers(&emulator, "/favicon.ico").await["content-type"], "image/svg+xml");
}

#[tokio::test]
async fn a_page_gets_everything_once_and_then_only_what_has_changed() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let first = view(&emulator, &Value::Null).await;
    assert_eq!((&first["anew"], standing(&first, &arn, APP)["reason"].as_str()), (&json!(true), Some("not a member")));
    assert_eq!(standing(&first, &arn, ADMINISTRATOR)["outcome"], "administrator");
    assert_eq!(first["journal"].as_array().unwrap().len(), 1, "ListGraphs");
    let same = view(&emulator, &first).await;
    assert_eq!(same.as_object().unwrap().keys().collect::<Vec<_>>(), ["calls", "cursor", "now", "rate"]);

    client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    let next = view(&emulator, &same).await;
    assert!(next["anew"].is_null() && next["accounts"].is_null() && next["units"].is_null(), "{next}");
    assert_eq!(graph_of(&next, &arn)["changed"].as_array().unwrap().len(), 1, "{next}");
    assert_eq!(next["journal"][0][4], "detective:CreateMembers");
    assert!(next.to_string().len() < 1000, "{next}");
    assert_eq!(standing(&view(&emulator, &Value::Null).await, &arn, APP)["status"], "ENABLED");

    assert_eq!(send(&emulator, "POST", "/_emulator/reset", "").await.0, 200);
    let reset = view(&emulator, &next).await;
    assert!(reset["anew"] == true && reset["accounts"].is_null() && reset["organization"].is_null(), "{reset}");
    let other = start(SCENARIO).await;
    assert_eq!(view(&other, &first).await["anew"], true, "another process has another view");
    for cursor in ["", "1", "a.b.c", "0.0.0", "%"] {
        assert_eq!(get(&emulator, &format!("view?since={cursor}")).await["anew"], true, "{cursor}");
    }
}

#[tokio::test]
async fn a_graph_that_is_deleted_and_one_that_is_made_are_changes_as_well() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, APP, "eu-west-1");
    let first = view(&emulator, &Value::Null).await;
    let arn = client.create_graph().send().await.unwrap().graph_arn.unwrap();
    let made = view(&emulator, &first).await;
    assert!(graph_of(&made, &arn)["states"].is_array(), "{made}");
    assert!(made["order"].as_array().unwrap().contains(&json!(arn)), "{made}");
    client.delete_graph().graph_arn(&arn).send().await.unwrap();
    let deleted = view(&emulator, &made).await;
    assert_eq!(deleted["order"], first["order"]);
}

#[tokio::test]
async fn an_account_has_its_statuses_and_the_calls_about_it_as_its_history() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    for _ in 0..2 {
        client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
        emulator.cloud().advance(chrono::TimeDelta::hours(1));
        client.delete_members().graph_arn(&arn).account_ids(APP).send().await.unwrap();
    }
    let history = get(&emulator, &format!("accounts/{APP}")).await;
    let statuses: Vec<_> = history["changes"].as_array().unwrap().iter().map(|change| &change["status"]).collect();
    let once = [json!("VERIFICATION_IN_PROGRESS"), json!("ENABLED"), Value::Null];
    assert_eq!(statuses, [&once[..], &once[..]].concat().iter().collect::<Vec<_>>(), "{history}");
    let calls: Vec<_> = history["calls"].as_array().unwrap().iter().map(|call| &call[4]).collect();
    let once = ["detective:CreateMembers", "detective:DeleteMembers"];
    assert_eq!(calls, [once, once].concat());
    assert!(!history.to_string().contains('@'), "{history}");
    assert_eq!(send(&emulator, "GET", "/_emulator/accounts/123456789012", "").await.0, 404);
}

#[tokio::test]
async fn the_admin_api_creates_an_account_as_the_management_account_does() {
    let emulator = start(SCENARIO).await;
    let create = async |body: Value| send(&emulator, "POST", "/_emulator/accounts", &body.to_string()).await;
    let (status, body) = create(json!({"name": "</script><b>web"})).await;
    assert_eq!(status, 200, "{body}");
    emulator.cloud().advance(chrono::TimeDelta::minutes(1));
    let created = |name: &str| {
        let accounts = emulator.cloud().snapshot().organization.unwrap().accounts;
        accounts.iter().any(|account| account.name == name)
    };
    assert!(created("</script><b>web"));
    assert_eq!(emulator.cloud().journal()[0].operation, "CreateAccount");
    assert_eq!(create(json!({"name": "web", "email": "a@b.example.com"})).await.0, 200);
    for refused in [json!({}), json!({"name": ""}), json!({"name": "x".repeat(51)}), json!({"name": "web", "id": "1"})]
    {
        let (status, body) = create(refused.clone()).await;
        assert_eq!(status, 400, "{refused}: {body}");
    }
    // A fault is one of the call, which is made as any other.
    let denied =
        json!({"operation": "CreateAccount", "times": 1, "effect": {"error": {"code": "AccessDeniedException"}}});
    assert_eq!(send(&emulator, "POST", "/_emulator/faults", &denied.to_string()).await.0, 200);
    let (status, body) = create(json!({"name": "data"})).await;
    assert!(status == 400 && body.contains("AccessDeniedException"), "{status} {body}");
    let empty = start("{}").await;
    let (status, body) = send(&empty, "POST", "/_emulator/accounts", r#"{"name": "web"}"#).await;
    assert!(status == 400 && body.contains("no organization"), "{status} {body}");
}

#[tokio::test]
async fn a_fault_is_added_to_those_that_there_are_and_they_go_on_counting() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let add = async |operation: &str| {
        let fault =
            json!({"operation": operation, "times": 1, "effect": {"error": {"code": "InternalServerException"}}});
        send(&emulator, "POST", "/_emulator/faults", &fault.to_string()).await.0
    };
    assert_eq!(add("ListGraphs").await, 200);
    client.list_graphs().send().await.unwrap_err();
    let before = view(&emulator, &Value::Null).await;
    assert_eq!(before["faults"][0]["applied"], 1);
    assert_eq!(add("ListMembers").await, 200);
    client.list_graphs().send().await.unwrap();
    assert_eq!(view(&emulator, &before).await["faults"].as_array().unwrap().len(), 2);
    assert_eq!(send(&emulator, "POST", "/_emulator/faults", "{}").await.0, 400);
    assert_eq!(
        send(&emulator, "POST", "/_emulator/faults", r#"{"probability": 2, "effect": {"delayMs": 1}}"#).await.0,
        400
    );
}

#[tokio::test]
async fn a_page_of_another_origin_may_not_use_what_the_page_uses() {
    let emulator = start(SCENARIO).await;
    let foreign = [("origin", "https://example.com")];
    for (method, path) in [("GET", "view"), ("GET", "accounts/111111111111"), ("POST", "accounts"), ("POST", "faults")]
    {
        let body = r#"{"name": "web"}"#;
        let (status, _) = send_from(&emulator, method, &format!("/_emulator/{path}"), body, &foreign).await;
        assert_eq!(status, 403, "{method} {path}");
    }
    assert!(emulator.cloud().journal().is_empty());
}
