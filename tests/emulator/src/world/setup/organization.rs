//! The organization.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::resources::identity::{ACCESS_ROLE, management_trust};
use crate::resources::organization::{DETECTIVE, Membership, Organization};
use crate::world::scenario::error::ScenarioError;
use crate::world::scenario::organization::OrganizationScenario;
use crate::world::setup::accounts;
use crate::world::state::State;

/// Adds the organization and its accounts.
pub(super) fn add(state: &mut State, scenario: &OrganizationScenario) -> Result<(), ScenarioError> {
    let joined = state.now() - TimeDelta::days(365);
    let mut organization = Organization {
        trusted_services: scenario.trusted_services.iter().map(|service| (service.clone(), joined)).collect(),
        feature_set: scenario.feature_set,
        state_field: scenario.account_state_field,
        empty_page_after: scenario.empty_page_after,
        ..Organization::new(&scenario.id, &scenario.management_account.id)
    };
    let mut all = vec![scenario.management_account.clone()];
    all.extend(scenario.accounts.iter().cloned());
    for generated in &scenario.generate {
        all.extend(accounts::generated(generated)?);
    }
    let trust = management_trust(&organization.management);
    for account in &all {
        accounts::add(state, account)?;
        if account.id != organization.management {
            state.identities.add_role(ACCESS_ROLE, Some(&account.id), Arc::clone(&trust), joined);
        }
        let parent = organization.unit_at(account.ou.as_deref().unwrap_or_default());
        organization.memberships.insert(account.id.clone(), Membership { parent, method: "CREATED", joined });
        if !account.tags.is_empty() {
            organization.tags.insert(account.id.clone(), account.tags.clone());
        }
    }
    for delegated in &scenario.delegated_administrators {
        if !organization.contains(&delegated.account) {
            return Err(ScenarioError(format!(
                "delegated administrator {} is not in the organization",
                delegated.account
            )));
        }
        if delegated.service == DETECTIVE && organization.delegated.iter().any(|other| other.service == DETECTIVE) {
            return Err(ScenarioError("Detective has more than one delegated administrator".to_owned()));
        }
        organization.delegate(&delegated.account, &delegated.service, joined);
    }
    state.organization = Some(organization);
    Ok(())
}
