//! Trusted services, and the accounts that administer them for the organization.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page::{page, with_token};
use crate::protocol::time::epoch;
use crate::resources::organization::DETECTIVE;
use crate::services::organizations::access::{account_not_found, bad_token, manager, reader};
use crate::world::state::State;

const PAGE: usize = 20;

pub(super) fn register(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (account, service) = (text(input, "AccountId"), text(input, "ServicePrincipal"));
    let now = state.now();
    let organization = manager(state, caller)?;
    if !organization.contains(&account) {
        return Err(account_not_found());
    }
    if organization.management == account {
        let message = "You can't register the management account as a delegated administrator.";
        let error = AwsError::new("ConstraintViolationException", 400, message);
        return Err(error.with("Reason", "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"));
    }
    if organization.delegated.iter().any(|delegated| delegated.account == account && delegated.service == service) {
        let message = "The account is already a delegated administrator for this AWS service.";
        return Err(AwsError::new("AccountAlreadyRegisteredException", 400, message));
    }
    organization.delegate(&account, &service, now);
    Ok(json!({}))
}

pub(super) fn deregister(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (account, service) = (text(input, "AccountId"), text(input, "ServicePrincipal"));
    let organization = manager(state, caller)?;
    let before = organization.delegated.len();
    organization.delegated.retain(|delegated| !(delegated.account == account && delegated.service == service));
    if organization.delegated.len() == before {
        let message = "The specified account is not a delegated administrator for this AWS service.";
        return Err(AwsError::new("AccountNotRegisteredException", 400, message));
    }
    // Without its delegation, an account is Detective's administrator in no Region, and its graphs are deleted.
    if service == DETECTIVE {
        let regions: Vec<String> = state
            .detective_administrators
            .iter()
            .filter(|(_, administrator)| administrator.account == account)
            .map(|(region, _)| region.clone())
            .collect();
        for region in regions {
            if let Some(administrator) = state.detective_administrators.remove(&region) {
                state.graphs.remove(&administrator.graph);
            }
        }
    }
    Ok(json!({}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let wanted = input["ServicePrincipal"].as_str();
    let organization = reader(state, caller)?;
    let delegated = organization.delegated.iter();
    let mut found: Vec<_> = delegated.filter(|found| wanted.is_none_or(|wanted| wanted == found.service)).collect();
    found.sort_by(|left, right| left.account.cmp(&right.account));
    found.dedup_by(|left, right| left.account == right.account);
    let (found, token) = page(found, |found| found.account.clone(), input, PAGE).map_err(bad_token)?;
    let found: Vec<(String, Value, Value)> = found
        .into_iter()
        .map(|found| (found.account.clone(), json!(organization.arn("account", &found.account)), epoch(found.since)))
        .collect();
    let administrators: Vec<Value> = found
        .into_iter()
        .map(|(id, arn, since)| {
            let account = &state.accounts[&id];
            let membership = &state.organization.as_ref().expect("it was just read").memberships[&id];
            json!({"Id": id, "Arn": arn, "Email": account.email, "Name": account.name, "Status": "ACTIVE", "State": "ACTIVE",
                "JoinedMethod": membership.method, "JoinedTimestamp": epoch(membership.joined), "DelegationEnabledDate": since})
        })
        .collect();
    Ok(with_token(json!({"DelegatedAdministrators": administrators}), token))
}

pub(super) fn list_for_account(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let account = text(input, "AccountId");
    let organization = reader(state, caller)?;
    let services: Vec<Value> = organization
        .delegated
        .iter()
        .filter(|delegated| delegated.account == account)
        .map(|found| json!({"ServicePrincipal": found.service, "DelegationEnabledDate": epoch(found.since)}))
        .collect();
    if services.is_empty() {
        let message = "The specified account is not a delegated administrator.";
        return Err(AwsError::new("AccountNotRegisteredException", 400, message));
    }
    Ok(json!({"DelegatedServices": services}))
}

pub(super) fn enable_service(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let service = text(input, "ServicePrincipal");
    manager(state, caller)?.trusted_services.insert(service);
    Ok(json!({}))
}

pub(super) fn list_services(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let organization = reader(state, caller)?;
    let services: Vec<String> = organization.trusted_services.iter().cloned().collect();
    let (services, token) = page(services, Clone::clone, input, PAGE).map_err(bad_token)?;
    let services: Vec<Value> = services.into_iter().map(|service| json!({"ServicePrincipal": service})).collect();
    Ok(with_token(json!({"EnabledServicePrincipals": services}), token))
}
