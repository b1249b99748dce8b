//! Whether the organization of a scenario is one that the model allows.

use serde_json::{Value, json};

use crate::resources::organization::Organization;
use crate::services::organizations::accounts::{self, detail};
use crate::services::organizations::model::{MODEL, is_email_address};
use crate::services::organizations::tree::unit;
use crate::world::state::State;

/// Checks the organization, its accounts, OUs, tags and delegations.
pub(super) fn check(state: &State) -> Result<(), String> {
    // Accounts outside the organization can join it.
    for account in state.accounts.values() {
        if account.email.as_deref().is_some_and(|email| !is_email_address(email)) {
            return Err(format!("the email address of account {} is not one that Organizations takes", account.id));
        }
    }
    let Some(organization) = &state.organization else { return Ok(()) };
    let check = |what: String, shape: &str, value: &Value| {
        MODEL.check_shape(shape, value).map_err(|violation| format!("{what}: {}", violation.message))
    };
    let id = &organization.id;
    let described = accounts::described(organization, None);
    check(format!("organization {id}"), "Organization", &described)?;
    for account in organization.memberships.keys() {
        check(format!("account {account}"), "Account", &detail(organization, &state.accounts[account]))?;
    }
    for id in organization.units.keys() {
        check(format!("OU {}", organization.units[id].name), "OrganizationalUnit", &unit(organization, id))?;
    }
    for (resource, tags) in &organization.tags {
        for (key, value) in tags {
            check(format!("tag {key} of {resource}"), "Tag", &json!({"Key": key, "Value": value}))?;
        }
    }
    services(organization)
        .try_for_each(|service| check(format!("service {service}"), "ServicePrincipal", &json!(service)))
}

fn services(organization: &Organization) -> impl Iterator<Item = &String> {
    organization.trusted_services.keys().chain(organization.delegated.iter().map(|delegated| &delegated.service))
}
