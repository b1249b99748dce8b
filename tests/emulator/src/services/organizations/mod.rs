//! AWS Organizations: what each operation does, by
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html>.

pub(crate) mod accounts;
pub(crate) mod delegation;
pub(crate) mod handshakes;
pub(crate) mod lifecycle;
pub(crate) mod tree;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::world::scenario::{AccountStateField, FeatureSet};
use crate::world::state::State;

/// Detective's service principal.
pub(crate) const DETECTIVE: &str = "detective.amazonaws.com";

/// The organization.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) management: String,
    pub(crate) root: String,
    pub(crate) units: BTreeMap<String, Unit>,
    /// Where each account is: the id of its parent, and how and when it joined.
    pub(crate) places: BTreeMap<String, Place>,
    pub(crate) tags: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) delegated: Vec<Delegated>,
    pub(crate) trusted_services: BTreeSet<String>,
    pub(crate) requests: BTreeMap<String, lifecycle::Request>,
    pub(crate) handshakes: BTreeMap<String, handshakes::Handshake>,
    pub(crate) feature_set: FeatureSet,
    pub(crate) state_field: AccountStateField,
    pub(crate) empty_page_after: usize,
}

/// An organizational unit.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) parent: String,
}

/// An account's place in the organization.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) parent: String,
    pub(crate) method: &'static str,
    pub(crate) joined: DateTime<Utc>,
}

/// An account that administers a service for the organization.
#[derive(Debug)]
pub(crate) struct Delegated {
    pub(crate) account: String,
    pub(crate) service: String,
    pub(crate) since: DateTime<Utc>,
}

impl Organization {
    pub(crate) fn delegate(&mut self, account: &str, service: &str, since: DateTime<Utc>) {
        self.trusted_services.insert(service.to_owned());
        self.delegated.push(Delegated { account: account.to_owned(), service: service.to_owned(), since });
    }

    /// Whether an account is below one of these roots and OUs.
    pub(crate) fn is_in(&self, account: &str, units: &[String]) -> bool {
        let mut parent = self.places.get(account).map(|place| &place.parent);
        while let Some(id) = parent {
            if units.contains(id) {
                return true;
            }
            parent = self.units.get(id).map(|unit| &unit.parent);
        }
        false
    }

    pub(crate) fn arn(&self, kind: &str, id: &str) -> String {
        format!("arn:aws:organizations::{}:{kind}/{}/{id}", self.management, self.id)
    }
}

/// Answers an operation whose input is valid by the model.
pub(crate) fn answer(state: &mut State, caller: &Caller, operation: &str, input: &Value) -> Result<Value, AwsError> {
    match operation {
        "AcceptHandshake" => handshakes::accept(state, caller, input),
        "CloseAccount" => lifecycle::close(state, caller, input),
        "CreateAccount" => lifecycle::create(state, caller, input),
        "CreateOrganizationalUnit" => tree::create_unit(state, caller, input),
        "DeregisterDelegatedAdministrator" => delegation::deregister(state, caller, input),
        "DescribeAccount" => accounts::describe(state, caller, input),
        "DescribeCreateAccountStatus" => lifecycle::describe(state, caller, input),
        "DescribeHandshake" => handshakes::describe(state, caller, input),
        "DescribeOrganization" => accounts::describe_organization(state, caller),
        "DescribeOrganizationalUnit" => tree::describe_unit(state, caller, input),
        "EnableAWSServiceAccess" => delegation::enable_service(state, caller, input),
        "InviteAccountToOrganization" => handshakes::invite(state, caller, input),
        "LeaveOrganization" => lifecycle::leave(state, caller),
        "ListAWSServiceAccessForOrganization" => delegation::list_services(state, caller, input),
        "ListAccounts" => accounts::list(state, caller, input),
        "ListAccountsForParent" => accounts::list_for_parent(state, caller, input),
        "ListChildren" => tree::children(state, caller, input),
        "ListCreateAccountStatus" => lifecycle::list(state, caller, input),
        "ListDelegatedAdministrators" => delegation::list(state, caller, input),
        "ListDelegatedServicesForAccount" => delegation::list_for_account(state, caller, input),
        "ListOrganizationalUnitsForParent" => tree::units(state, caller, input),
        "ListParents" => tree::parents(state, caller, input),
        "ListRoots" => tree::roots(state, caller),
        "ListTagsForResource" => tree::tags(state, caller, input),
        "MoveAccount" => tree::move_account(state, caller, input),
        "RegisterDelegatedAdministrator" => delegation::register(state, caller, input),
        "RemoveAccountFromOrganization" => lifecycle::remove(state, caller, input),
        "TagResource" => tree::tag(state, caller, input),
        "UntagResource" => tree::untag(state, caller, input),
        other => Err(AwsError::not_implemented(&format!("organizations:{other}"))),
    }
}

fn not_in_use() -> AwsError {
    let message = "Your account is not a member of an organization.";
    AwsError::new("AWSOrganizationsNotInUseException", 400, message)
}

fn denied() -> AwsError {
    AwsError::new("AccessDeniedException", 400, "You don't have permissions to access this resource.")
}

fn account_not_found() -> AwsError {
    let message = "You specified an account that doesn't exist.";
    AwsError::new("AccountNotFoundException", 400, message)
}

/// A page token that is none, as Organizations refuses it.
fn bad_token(error: AwsError) -> AwsError {
    AwsError::new("InvalidInputException", 400, error.message).with("Reason", "INVALID_NEXT_TOKEN")
}

/// The organization, for any of its accounts.
fn member_of<'a>(state: &'a mut State, caller: &Caller) -> Result<&'a mut Organization, AwsError> {
    let organization = state.organization.as_mut();
    organization.filter(|organization| organization.places.contains_key(&caller.account)).ok_or_else(not_in_use)
}

/// The organization, for those that may read it: the management account and delegated administrators.
fn reader<'a>(state: &'a mut State, caller: &Caller) -> Result<&'a mut Organization, AwsError> {
    let organization = member_of(state, caller)?;
    let delegated = organization.delegated.iter().any(|delegated| delegated.account == caller.account);
    if delegated || organization.management == caller.account { Ok(organization) } else { Err(denied()) }
}

/// The organization, for its management account.
fn manager<'a>(state: &'a mut State, caller: &Caller) -> Result<&'a mut Organization, AwsError> {
    let organization = member_of(state, caller)?;
    if organization.management == caller.account { Ok(organization) } else { Err(denied()) }
}

/// A time as the JSON 1.1 protocol writes it: seconds since the epoch.
fn epoch(time: DateTime<Utc>) -> Value {
    serde_json::json!(time.timestamp_millis() as f64 / 1000.0)
}
