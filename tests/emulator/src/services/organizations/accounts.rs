//! Reading accounts.

use std::ops::Bound;

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page::{self, with_token};
use crate::protocol::time::epoch;
use crate::resources::account::Account;
use crate::resources::organization::{AccountStateField, FeatureSet, Organization};
use crate::services::organizations::access::{account_not_found, bad_token, member_of, reader};
use crate::services::organizations::model::is_email_address;
use crate::world::state::State;

/// At most 20 accounts a page.
const PAGE: usize = 20;
/// Marks the token of an empty page; no account id begins with it.
const EMPTY: char = '~';

pub(super) fn describe_organization(state: &mut State, caller: &Caller) -> Result<Value, AwsError> {
    let management = member_of(state, caller)?.management.clone();
    let email = state.accounts[&management].email.clone();
    Ok(json!({"Organization": described(member_of(state, caller)?, email)}))
}

/// The organization, with the management account's email address.
pub(super) fn described(organization: &Organization, email: Option<String>) -> Value {
    let Organization { management, id, .. } = organization;
    let features = match organization.feature_set {
        FeatureSet::All => "ALL",
        FeatureSet::ConsolidatedBilling => "CONSOLIDATED_BILLING",
    };
    let mut described = json!({
        "Id": id,
        "Arn": format!("arn:aws:organizations::{management}:organization/{id}"),
        "FeatureSet": features,
        "MasterAccountArn": format!("arn:aws:organizations::{management}:account/{id}/{management}"),
        "MasterAccountId": management,
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    });
    if let Some(email) = email {
        described["MasterAccountEmail"] = json!(email);
    }
    described
}

/// An account, as most operations describe it.
pub(super) fn detail(organization: &Organization, account: &Account) -> Value {
    let membership = &organization.memberships[&account.id];
    let mut detail = json!({
        "Id": account.id,
        "Arn": organization.arn("account", &account.id),
        "Name": account.name,
        "JoinedMethod": membership.method,
        "JoinedTimestamp": epoch(membership.joined),
    });
    // An account outside the organization may have been invited by Detective with an address that only Detective takes.
    if let Some(email) = account.email.as_ref().filter(|email| is_email_address(email)) {
        detail["Email"] = json!(email);
    }
    if organization.state_field != AccountStateField::Status {
        detail["State"] = json!(account.state);
    }
    if organization.state_field != AccountStateField::State {
        // Status has three values: none for an account before its activation, and none for one that is closed for good.
        let status = match account.state.as_str() {
            "PENDING_ACTIVATION" => "ACTIVE",
            "CLOSED" => "SUSPENDED",
            other => other,
        };
        detail["Status"] = json!(status);
    }
    detail
}

pub(super) fn describe(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "AccountId");
    if !reader(state, caller)?.memberships.contains_key(&id) {
        return Err(account_not_found());
    }
    let organization = state.organization.as_ref().expect("it was just read");
    Ok(json!({"Account": detail(organization, &state.accounts[&id])}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    reader(state, caller)?;
    pages(state, input, |_, _| true)
}

pub(super) fn list_for_parent(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let parent = text(input, "ParentId");
    let organization = reader(state, caller)?;
    if !organization.is_parent(&parent) {
        let message = "We can't find a root or OU with the ParentId that you specified.";
        return Err(AwsError::new("ParentNotFoundException", 400, message));
    }
    pages(state, input, |organization, id| organization.memberships[id].parent == parent)
}

/// A page of accounts. After some pages there is an empty one that has a token nevertheless, as AWS documents:
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>.
fn pages(state: &State, input: &Value, wanted: impl Fn(&Organization, &str) -> bool) -> Result<Value, AwsError> {
    let organization = state.organization.as_ref().expect("the caller was checked against it");
    let after = page::start(input).map_err(bad_token)?;
    if let Some(key) = after.as_deref().and_then(|key| key.strip_prefix(EMPTY)) {
        return Ok(with_token(json!({"Accounts": []}), Some(page::token(key))));
    }
    // A key is the last account's id and the number of pages before.
    let (last, number) = match after.as_deref().and_then(|key| key.split_once('/')) {
        Some((last, number)) => (Bound::Excluded(last.to_owned()), number.parse().unwrap_or(0)),
        None => (Bound::Unbounded, 0_usize),
    };
    let mut rest = organization.memberships.range((last, Bound::Unbounded)).filter(|(id, _)| wanted(organization, id));
    let size = page::size(input, PAGE);
    let ids: Vec<&String> = rest.by_ref().take(size).map(|(id, _)| id).collect();
    let number = number + 1;
    let token = rest.next().and_then(|_| ids.last()).map(|last| {
        let empty = organization.empty_page_after > 0 && number % organization.empty_page_after == 0;
        let key = format!("{last}/{number}");
        page::token(&if empty { format!("{EMPTY}{key}") } else { key })
    });
    let accounts: Vec<Value> = ids.iter().map(|id| detail(organization, &state.accounts[*id])).collect();
    Ok(with_token(json!({"Accounts": accounts}), token))
}
