//! Accounts.

use chrono::TimeDelta;

use crate::resources::account::{Account, PENDING};
use crate::resources::region;
use crate::resources::volume::Volume;
use crate::world::scenario::account::{AccountScenario, GeneratedAccounts};
use crate::world::scenario::error::ScenarioError;
use crate::world::setup::checks::{check_id, check_region};
use crate::world::state::State;

const STATES: [&str; 5] = [PENDING, "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"];

/// More accounts than any organization may have.
const MAXIMUM_GENERATED: u64 = 100_000;

/// Adds an account to the cloud.
pub(super) fn add(state: &mut State, scenario: &AccountScenario) -> Result<(), ScenarioError> {
    check_id(&scenario.id)?;
    let status = scenario.state.as_deref().unwrap_or("ACTIVE");
    if !STATES.contains(&status) {
        return Err(ScenarioError(format!(
            "account {} has the state {status:?}; it should be one of {}",
            scenario.id,
            STATES.join(", ")
        )));
    }
    scenario.disabled_regions.iter().try_for_each(|region| check_region(region))?;
    if let Some(region) = scenario.disabled_regions.iter().find(|id| !region::can_be_off(id)) {
        return Err(ScenarioError(format!("account {} cannot be without the Region {region:?}", scenario.id)));
    }
    if !scenario.disabled_regions.is_empty() {
        state.disabled_regions.insert(scenario.id.clone(), scenario.disabled_regions.clone());
    }
    // The times until the volume is known and until it is active start with the scenario.
    let is_new = matches!(scenario.volume, Volume::UnknownUntil(_)) || status == PENDING;
    let age = if is_new { TimeDelta::zero() } else { TimeDelta::days(365) };
    let account = Account {
        id: scenario.id.clone(),
        email: Some(scenario.email.clone()).filter(|email| !email.is_empty()),
        name: scenario.name.clone().unwrap_or_else(|| scenario.id.clone()),
        state: status.to_owned(),
        volume: scenario.volume,
        fails_verification: scenario.fails_verification,
        created: state.now() - scenario.age.map_or(age, |age| age.0),
    };
    if state.accounts.insert(scenario.id.clone(), account).is_some() {
        return Err(ScenarioError(format!("account {} is listed twice", scenario.id)));
    }
    state.activate_later(&scenario.id);
    Ok(())
}

/// Accounts that are made up.
pub(super) fn generated(generated: &GeneratedAccounts) -> Result<impl Iterator<Item = AccountScenario>, ScenarioError> {
    check_id(&generated.first_id)?;
    if generated.count > MAXIMUM_GENERATED {
        return Err(ScenarioError(format!(
            "{} accounts are too many to generate: no more than {MAXIMUM_GENERATED}",
            generated.count
        )));
    }
    let first: u64 = generated.first_id.parse().expect("twelve digits are a number");
    Ok((0..generated.count).map(move |index| AccountScenario {
        id: format!("{:012}", first + index),
        email: format!("account-{index}@{}", generated.email_domain),
        name: Some(format!("account-{index}")),
        ou: generated.ou.clone(),
        volume: generated.volume,
        ..AccountScenario::default()
    }))
}
