//! Where accounts stand: whether they are in the organization, and in which Regions they may call.

use std::collections::BTreeSet;

use crate::world::state::State;

impl State {
    /// Whether an account is in the organization.
    pub(crate) fn is_in_organization(&self, account: &str) -> bool {
        self.organization.as_ref().is_some_and(|organization| organization.contains(account))
    }

    /// The ids of the organization's accounts; empty without an organization.
    pub(crate) fn organization_accounts(&self) -> BTreeSet<String> {
        self.organization
            .as_ref()
            .map(|organization| organization.memberships.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Whether an account has switched a Region off.
    pub(crate) fn is_region_disabled(&self, account: &str, region: &str) -> bool {
        self.disabled_regions.get(account).is_some_and(|regions| regions.contains(region))
    }
}
