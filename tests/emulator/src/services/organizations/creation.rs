//! Creating accounts in the organization.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::{text, texts};
use crate::protocol::page::{page, with_token};
use crate::protocol::time::{epoch, prose};
use crate::resources::account::{Account, PENDING};
use crate::resources::account_request::AccountRequest;
use crate::resources::identity::{ACCESS_ROLE, management_trust};
use crate::resources::volume::Volume;
use crate::services::organizations::access::{bad_token, manager, reader};
use crate::services::organizations::events::{call_event, service_event};
use crate::services::organizations::{membership, tags};
use crate::world::state::State;
use crate::world::transition::Transition;

fn status(request: &AccountRequest) -> Value {
    let mut status = json!({
        "Id": request.id, "AccountName": request.name, "State": request.state, "RequestedTimestamp": epoch(request.requested),
    });
    if let Some(account) = &request.account {
        status["AccountId"] = json!(account);
    }
    if let Some(failure) = request.failure {
        status["FailureReason"] = json!(failure);
    }
    if let Some(completed) = request.completed {
        status["CompletedTimestamp"] = epoch(completed);
    }
    status
}

pub(super) fn create(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    manager(state, caller)?;
    let request = AccountRequest {
        id: format!("car-{}", state.fresh_hex(32)),
        name: text(input, "AccountName"),
        email: text(input, "Email"),
        state: "IN_PROGRESS",
        account: None,
        failure: None,
        requested: state.now(),
        completed: None,
        tags: tags::read(input),
        role: input["RoleName"].as_str().unwrap_or(ACCESS_ROLE).to_owned(),
    };
    let status = status(&request);
    let id = request.id.clone();
    manager(state, caller)?.requests.insert(id.clone(), request);
    let hidden = json!({"tags": [], "email": "****", "accountName": "****"});
    let response = json!({"createAccountStatus": {"id": id, "state": "IN_PROGRESS", "accountName": "****"}});
    call_event(state, caller, "CreateAccount", &hidden, &response);
    state.after(state.timing.account_creation.0, Transition::AccountCreated { request: id });
    Ok(json!({"CreateAccountStatus": status}))
}

/// Completes a request to create an account. It fails if an account has the email address already.
pub(crate) fn completed(state: &mut State, id: &str) {
    let now = state.now();
    let Some(mut request) = state.organization.as_ref().and_then(|found| found.requests.get(id).cloned()) else {
        return;
    };
    let taken = state
        .accounts
        .values()
        .any(|account| account.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(&request.email)));
    request.completed = Some(now);
    let mut event = json!({"id": id, "accountName": "****", "requestedTimestamp": prose(request.requested),
        "completedTimestamp": prose(now)});
    if taken {
        request.state = "FAILED";
        request.failure = Some("EMAIL_ALREADY_EXISTS");
        event["failureReason"] = json!("EMAIL_ALREADY_EXISTS");
    } else {
        request.state = "SUCCEEDED";
        let account = fresh_account_id(state);
        event["accountId"] = json!(account);
        request.account = Some(account.clone());
        let is_active = state.timing.account_activation.0.is_zero();
        state.accounts.insert(
            account.clone(),
            Account {
                id: account.clone(),
                email: Some(request.email.clone()),
                name: request.name.clone(),
                state: if is_active { "ACTIVE" } else { PENDING }.to_owned(),
                volume: Volume::default(),
                fails_verification: false,
                created: now,
            },
        );
        state.activate_later(&account);
        let organization = state.organization.as_mut().expect("it was just read");
        organization.add_tags(&account, request.tags.clone());
        let trust = management_trust(&organization.management);
        state.identities.add_role(&request.role, Some(&account), trust, now);
    }
    event["state"] = json!(request.state);
    let account = request.account.clone();
    let organization = state.organization.as_mut().expect("it was just read");
    organization.requests.insert(id.to_owned(), request);
    service_event(state, "CreateAccountResult", &json!({"createAccountStatus": event}));
    if let Some(account) = account {
        membership::join(state, &account, "CREATED");
    }
}

/// Activates an account that waits for it.
pub(crate) fn activated(state: &mut State, account: &str) {
    let account = state.account(account);
    if account.state == PENDING {
        account.state = "ACTIVE".to_owned();
    }
}

/// A number of twelve digits that no account has.
fn fresh_account_id(state: &mut State) -> String {
    loop {
        let number = u64::from_str_radix(&state.fresh_hex(15), 16).expect("fresh_hex makes hexadecimal digits");
        let id = format!("{:012}", 100_000_000_000 + number % 900_000_000_000);
        if !state.accounts.contains_key(&id) {
            return id;
        }
    }
}

pub(super) fn describe(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let organization = reader(state, caller)?;
    let request = organization.requests.get(&text(input, "CreateAccountRequestId"));
    let missing = || {
        AwsError::new(
            "CreateAccountStatusNotFoundException",
            400,
            "We can't find a create account request with that ID.",
        )
    };
    Ok(json!({"CreateAccountStatus": status(request.ok_or_else(missing)?)}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let organization = reader(state, caller)?;
    let wanted: Vec<&str> = texts(input, "States").collect();
    let fits = |request: &&AccountRequest| wanted.is_empty() || wanted.contains(&request.state);
    let requests: Vec<&AccountRequest> = organization.requests.values().filter(fits).collect();
    let (requests, token) = page(requests, |request| request.id.clone(), input, 20).map_err(bad_token)?;
    let statuses: Vec<Value> = requests.into_iter().map(status).collect();
    Ok(with_token(json!({"CreateAccountStatuses": statuses}), token))
}
