//! The accounts that the policy covers in the organization.

use std::collections::BTreeSet;

use aws_sdk_organizations::Client;
use detective_onboarding::aws::organization_reader::Reading;
use detective_onboarding::error::CallError;
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::model::account::{AccountId, AccountState};
use detective_onboarding::model::policy::{Policy, Scope};

/// The accounts of an organization.
pub(super) struct AccountScope {
    /// How many there are.
    pub(super) all: usize,
    /// The active ones that the policy covers, without the administrator.
    pub(super) in_scope: BTreeSet<AccountId>,
    /// Those that are closed, being closed or suspended.
    pub(super) gone: BTreeSet<AccountId>,
    /// The OUs that the policy names and that do not exist.
    pub(super) missing_units: BTreeSet<String>,
}

/// Reads the organization as organization-reconciler does, and evaluates the policy for each account.
///
/// # Errors
/// The first call's error.
pub(super) async fn read(
    client: &Client,
    policy: &Policy,
    administrator: AccountId,
) -> Result<AccountScope, CallError> {
    let mut reading = Reading::default();
    // There is as much time as it takes.
    while !reading.read_on(client, policy, Invocation::by_hand(administrator).deadline).await? {}
    let organization = reading.finish(policy);
    let accounts = organization.accounts.values();
    let gone = accounts.clone().filter(|(account, _)| account.state.is_gone()).map(|(account, _)| account.id).collect();
    let in_scope = accounts.filter(|(account, scope)| {
        account.id != administrator && account.state == AccountState::Active && matches!(scope, Scope::In { .. })
    });
    Ok(AccountScope {
        all: organization.accounts.len(),
        in_scope: in_scope.map(|(account, _)| account.id).collect(),
        gone,
        missing_units: organization.gaps.missing_units,
    })
}
