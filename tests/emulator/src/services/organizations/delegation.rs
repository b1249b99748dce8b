//! Trusted services, and the accounts that administer them for the organization.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page::{page, with_token};
use crate::protocol::time::epoch;
use crate::resources::account::Account;
use crate::resources::organization::{DETECTIVE, Delegated, FeatureSet, Organization};
use crate::services::organizations::access::{account_not_found, bad_token, constraint_violation, manager, reader};
use crate::services::organizations::accounts::detail;
use crate::services::organizations::principals;
use crate::world::state::State;

const PAGE: usize = 20;

/// An organization that has nothing but one bill shares no service.
fn check_all_features(organization: &Organization) -> Result<(), AwsError> {
    if organization.feature_set == FeatureSet::All {
        return Ok(());
    }
    let message = "You can't perform this operation until the organization has all features enabled.";
    Err(constraint_violation("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", message))
}

pub(super) fn register(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (account, service) = (text(input, "AccountId"), text(input, "ServicePrincipal"));
    let now = state.now();
    let is_active = state.accounts.get(&account).is_some_and(Account::is_active);
    let organization = manager(state, caller)?;
    principals::check(&service)?;
    if !organization.contains(&account) {
        return Err(account_not_found());
    }
    check_all_features(organization)?;
    if organization.management == account {
        let message = "You can't register the management account as a delegated administrator.";
        return Err(constraint_violation("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", message));
    }
    if !is_active {
        let message = "You can't register a suspended account as a delegated administrator.";
        return Err(constraint_violation("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR", message));
    }
    if !organization.trusted_services.contains_key(&service) {
        let message = "You must first enable service access for this service principal.";
        return Err(constraint_violation("SERVICE_ACCESS_NOT_ENABLED", message));
    }
    if organization.delegated.iter().any(|delegated| delegated.account == account && delegated.service == service) {
        let message = "The account is already a delegated administrator for this AWS service.";
        return Err(AwsError::new("AccountAlreadyRegisteredException", 400, message));
    }
    // How many administrators other services have is not known here.
    if service == DETECTIVE && organization.delegated.iter().any(|delegated| delegated.service == service) {
        let message = "You have reached the maximum number of delegated administrators for this service.";
        return Err(constraint_violation("MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED", message));
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
                state.delete_graph(&administrator.graph);
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
    let found: Vec<(String, Value)> =
        found.into_iter().map(|found| (found.account.clone(), epoch(found.since))).collect();
    let organization = state.organization.as_ref().expect("it was just read");
    let administrator = |(id, since): (String, Value)| {
        let mut administrator = detail(organization, &state.accounts[&id]);
        administrator["DelegationEnabledDate"] = since;
        administrator
    };
    let administrators: Vec<Value> = found.into_iter().map(administrator).collect();
    Ok(with_token(json!({"DelegatedAdministrators": administrators}), token))
}

pub(super) fn list_for_account(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let account = text(input, "AccountId");
    let organization = reader(state, caller)?;
    let mut services: Vec<_> = organization.delegated.iter().filter(|found| found.account == account).collect();
    services.sort_by(|left, right| left.service.cmp(&right.service));
    if services.is_empty() {
        let message = "The specified account is not a delegated administrator.";
        return Err(AwsError::new("AccountNotRegisteredException", 400, message));
    }
    let (services, token) = page(services, |found| found.service.clone(), input, PAGE).map_err(bad_token)?;
    let shown =
        |found: &Delegated| json!({"ServicePrincipal": found.service, "DelegationEnabledDate": epoch(found.since)});
    let services: Vec<Value> = services.into_iter().map(shown).collect();
    Ok(with_token(json!({"DelegatedServices": services}), token))
}

pub(super) fn enable_service(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (service, now) = (text(input, "ServicePrincipal"), state.now());
    let organization = manager(state, caller)?;
    check_all_features(organization)?;
    principals::check(&service)?;
    organization.trusted_services.entry(service).or_insert(now);
    Ok(json!({}))
}

/// Ends the trusted access of a service. What becomes of its delegated administrators, AWS does not document: here they stay.
pub(super) fn disable_service(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let service = text(input, "ServicePrincipal");
    let organization = manager(state, caller)?;
    principals::check(&service)?;
    organization.trusted_services.remove(&service);
    Ok(json!({}))
}

pub(super) fn list_services(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let organization = reader(state, caller)?;
    let services: Vec<_> = organization.trusted_services.iter().collect();
    let (services, token) = page(services, |(service, _)| (*service).clone(), input, PAGE).map_err(bad_token)?;
    let services = services.into_iter();
    let services: Vec<Value> =
        services.map(|(service, since)| json!({"ServicePrincipal": service, "DateEnabled": epoch(*since)})).collect();
    Ok(with_token(json!({"EnabledServicePrincipals": services}), token))
}
