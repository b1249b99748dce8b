//! One account: making it, and what has become of it.

use http::{Request, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::handle::Cloud;
use crate::protocol::time::iso_seconds;
use crate::server::answer::Delivery;
use crate::server::dispatch;
use crate::server::view::line;
use crate::world::faults::names;
use crate::world::state::State;

/// How many calls about an account are listed: the newest.
const CALLS: usize = 200;

/// An account that is to be created.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    /// Its name.
    name: String,
    /// Its email address; made up, if it does not matter.
    #[serde(default)]
    email: Option<String>,
}

/// Creates an account in the organization, as a call of its management account does: it is in the journal, and faults apply.
///
/// # Errors
/// A sentence: there is no organization, or what the call answers.
pub(super) fn create(cloud: &Cloud, account: &NewAccount) -> Result<Value, String> {
    let (management, next) = {
        let state = cloud.lock();
        let management = state.organization.as_ref().map(|organization| organization.management.clone());
        (management.ok_or("there is no organization to create an account in")?, state.journal.last() + 1)
    };
    let letters = account.name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    let made_up = || format!("{}-{next}@example.com", letters.take(40).collect::<String>());
    let email = account.email.clone().unwrap_or_else(made_up);
    let input = json!({"AccountName": account.name, "Email": email});
    let scope = format!("{management}/20260105/us-east-1/organizations/aws4_request");
    let (parts, ()) = Request::post("/")
        .header(header::CONTENT_TYPE, "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSOrganizationsV20161128.CreateAccount")
        .header(
            header::AUTHORIZATION,
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=any"),
        )
        .body(())
        .expect("an account id is a header's value")
        .into_parts();
    let answer = dispatch::answer(cloud, &parts, input.to_string().as_bytes());
    let body: Value = serde_json::from_slice(answer.response.body()).unwrap_or_default();
    if answer.delivery != Delivery::Whole || body.is_null() {
        return Err("a fault cut the answer".to_owned());
    }
    if !answer.response.status().is_success() {
        let message = body["Message"].as_str().or(body["message"].as_str()).unwrap_or_default();
        return Err(format!("{}: {message}", body["__type"].as_str().unwrap_or("the call failed")));
    }
    Ok(body["CreateAccountStatus"].clone())
}

/// What has become of an account: its statuses in each graph, and the calls that name it or that it made, oldest first.
pub(super) fn history(state: &State, id: &str) -> Option<Value> {
    let account = state.accounts.get(id)?;
    let membership = state.organization.as_ref().and_then(|organization| organization.memberships.get(id));
    let mut changes = Vec::new();
    for graph in state.graphs.values() {
        changes.extend(graph.history(id).into_iter().map(|past| {
            json!({
                "time": iso_seconds(past.since), "region": graph.region, "administrator": graph.administrator,
                "status": past.status, "disabledReason": past.disabled_reason,
            })
        }));
    }
    changes.sort_by(|left, right| left["time"].as_str().cmp(&right["time"].as_str()));
    let about = state.journal.since(0).rev().filter(|call| call.account == id || names(&call.request, id));
    let mut calls: Vec<Value> = about.take(CALLS).map(line).collect();
    calls.reverse();
    Some(json!({
        "id": id, "name": account.name, "state": account.state, "created": iso_seconds(account.created),
        "joined": membership.map(|membership| iso_seconds(membership.joined)), "changes": changes, "calls": calls,
    }))
}
