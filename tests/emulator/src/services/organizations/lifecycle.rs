//! Accounts come and go: created, closed, removed, leaving.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Organization, Place, account_not_found, bad_token, epoch, manager, member_of, reader};
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::{page, with_token};
use crate::services::detective::members::text;
use crate::services::events::put_events::{call_event, prose, service_event};
use crate::services::sts::operations::{ACCESS_ROLE, management_trust};
use crate::world::scenario::Volume;
use crate::world::state::{Account, State, Transition};

/// A request to create an account.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    id: String,
    name: String,
    email: String,
    state: &'static str,
    account: Option<String>,
    failure: Option<&'static str>,
    requested: DateTime<Utc>,
    completed: Option<DateTime<Utc>>,
    tags: Value,
    /// The role that the management account can assume in the account.
    role: String,
}

impl Request {
    fn status(&self) -> Value {
        let mut status = json!({
            "Id": self.id, "AccountName": self.name, "State": self.state, "RequestedTimestamp": epoch(self.requested),
        });
        if let Some(account) = &self.account {
            status["AccountId"] = json!(account);
        }
        if let Some(failure) = self.failure {
            status["FailureReason"] = json!(failure);
        }
        if let Some(completed) = self.completed {
            status["CompletedTimestamp"] = epoch(completed);
        }
        status
    }
}

pub(super) fn create(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    manager(state, caller)?;
    let request = Request {
        id: format!("car-{}", state.fresh_hex(32)),
        name: text(input, "AccountName"),
        email: text(input, "Email"),
        state: "IN_PROGRESS",
        account: None,
        failure: None,
        requested: state.now(),
        completed: None,
        tags: input["Tags"].clone(),
        role: input["RoleName"].as_str().unwrap_or(ACCESS_ROLE).to_owned(),
    };
    let status = request.status();
    let id = request.id.clone();
    manager(state, caller)?.requests.insert(id.clone(), request);
    let hidden = json!({"tags": [], "email": "****", "accountName": "****"});
    let response = json!({"createAccountStatus": {"id": id, "state": "IN_PROGRESS", "accountName": "****"}});
    call_event(state, caller, "CreateAccount", &hidden, &response);
    state.after(state.timing.account_creation.0, Transition::AccountCreated { request: id });
    Ok(json!({"CreateAccountStatus": status}))
}

/// Ends a request to create an account: with an account, or because the email address has one already.
pub(crate) fn account_created(state: &mut State, id: &str) {
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
        state.accounts.insert(
            account.clone(),
            Account {
                id: account.clone(),
                email: Some(request.email.clone()),
                name: request.name.clone(),
                state: "ACTIVE".to_owned(),
                volume: Volume::default(),
                fails_verification: false,
                created: now,
            },
        );
        let organization = state.organization.as_mut().expect("it was just read");
        super::tree::add_tags(organization, &account, &request.tags);
        let trust = management_trust(&organization.management);
        state.identities.add_role(&request.role, Some(&account), trust);
    }
    event["state"] = json!(request.state);
    let account = request.account.clone();
    let organization = state.organization.as_mut().expect("it was just read");
    organization.requests.insert(id.to_owned(), request);
    service_event(state, "CreateAccountResult", &json!({"createAccountStatus": event}));
    if let Some(account) = account {
        join(state, &account, "CREATED");
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

/// Puts an account into the organization's root.
pub(crate) fn join(state: &mut State, account: &str, method: &'static str) {
    let joined = state.now();
    let Some(organization) = state.organization.as_mut() else { return };
    let parent = organization.root.clone();
    organization.places.insert(account.to_owned(), Place { parent, method, joined });
    service_event(
        state,
        "AccountJoinedOrganization",
        &json!({"accountId": account, "joinedMethod": method, "joinedTime": prose(joined)}),
    );
    // Whether AutoEnable is on is asked when it is due.
    let graphs: Vec<String> = state.detective_administrators.values().map(|found| found.graph.clone()).collect();
    for graph in graphs {
        state.after(state.timing.enabling.0, Transition::AutoEnabled { graph, account: account.to_owned() });
    }
}

fn depart(state: &mut State, account: &str, method: &str) {
    let now = state.now();
    let Some(organization) = state.organization.as_mut() else { return };
    organization.places.remove(account);
    organization.tags.remove(account);
    service_event(
        state,
        "AccountDepartedOrganization",
        &json!({"accountId": account, "departureMethod": method, "departureTime": prose(now)}),
    );
    let graphs: Vec<String> = state.detective_administrators.values().map(|found| found.graph.clone()).collect();
    for graph in graphs {
        state.after(state.timing.departure.0, Transition::Departed { graph, account: account.to_owned() });
    }
}

pub(super) fn close(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let account = text(input, "AccountId");
    let organization = manager(state, caller)?;
    if organization.management == account {
        let message = "You can't close the management account of an organization.";
        return Err(constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", message));
    }
    if !organization.places.contains_key(&account) {
        return Err(account_not_found());
    }
    if state.accounts[&account].state != "ACTIVE" {
        return Err(AwsError::new(
            "AccountAlreadyClosedException",
            400,
            "You attempted to close an account that is already closed.",
        ));
    }
    state.account(&account).state = "PENDING_CLOSURE".to_owned();
    call_event(state, caller, "CloseAccount", &json!({"accountId": account}), &Value::Null);
    state.after(state.timing.account_closure.0, Transition::AccountSuspended { account });
    Ok(json!({}))
}

/// Ends the closing of an account.
pub(crate) fn account_suspended(state: &mut State, account: &str) {
    state.account(account).state = "SUSPENDED".to_owned();
    let now = prose(state.now());
    let status =
        json!({"accountId": account, "state": "SUCCEEDED", "requestedTimestamp": now, "completedTimestamp": now});
    service_event(state, "CloseAccountResult", &json!({"closeAccountStatus": status}));
    state.after(state.timing.account_purge.0, Transition::AccountPurged { account: account.to_owned() });
}

/// Ends the time in which a closed account can be reopened.
pub(crate) fn account_purged(state: &mut State, account: &str) {
    state.account(account).state = "CLOSED".to_owned();
    if state.is_in_organization(account) {
        depart(state, account, "CLEANED");
    }
}

/// An account that can leave the organization: neither its management account nor a delegated administrator.
fn check_can_leave(organization: &Organization, account: &str) -> Result<(), AwsError> {
    if !organization.places.contains_key(account) {
        return Err(account_not_found());
    }
    if organization.management == account {
        let message = "You can't remove a management account from an organization.";
        return Err(AwsError::new("MasterCannotLeaveOrganizationException", 400, message));
    }
    if organization.delegated.iter().any(|delegated| delegated.account == account) {
        let message =
            "You can't remove an account that is a delegated administrator of a service: deregister it first.";
        return Err(constraint("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", message));
    }
    Ok(())
}

fn constraint(reason: &str, message: &str) -> AwsError {
    AwsError::new("ConstraintViolationException", 400, message).with("Reason", reason)
}

pub(super) fn remove(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let account = text(input, "AccountId");
    check_can_leave(manager(state, caller)?, &account)?;
    call_event(state, caller, "RemoveAccountFromOrganization", &json!({"accountId": account}), &Value::Null);
    depart(state, &account, "REMOVED");
    Ok(json!({}))
}

pub(super) fn leave(state: &mut State, caller: &Caller) -> Result<Value, AwsError> {
    check_can_leave(member_of(state, caller)?, &caller.account)?;
    call_event(state, caller, "LeaveOrganization", &Value::Null, &Value::Null);
    depart(state, &caller.account, "LEFT");
    Ok(json!({}))
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
    Ok(json!({"CreateAccountStatus": request.ok_or_else(missing)?.status()}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let organization = reader(state, caller)?;
    let wanted: Vec<&str> = input["States"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fits = |request: &&Request| wanted.is_empty() || wanted.contains(&request.state);
    let requests: Vec<&Request> = organization.requests.values().filter(fits).collect();
    let (requests, token) = page(requests, |request| request.id.clone(), input, 20).map_err(bad_token)?;
    let statuses: Vec<Value> = requests.into_iter().map(Request::status).collect();
    Ok(with_token(json!({"CreateAccountStatuses": statuses}), token))
}
