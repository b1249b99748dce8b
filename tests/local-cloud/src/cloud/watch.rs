//! Which accounts and memberships changed, for the timeline.

use std::collections::{BTreeMap, BTreeSet};

use detective_emulator::{Cloud, Snapshot};

use crate::timeline::What;

/// The accounts and memberships of the emulated cloud, as last observed.
pub(crate) struct Watch {
    on: bool,
    /// Id and name.
    accounts: BTreeSet<(String, String)>,
    members: BTreeMap<Member, Status>,
}

/// Region, administrator, account.
type Member = (String, String, String);
/// The status, and why it is disabled.
type Status = (String, Option<String>);

impl Watch {
    /// Takes the first observation, if changes are to be watched.
    pub(crate) fn new(cloud: &Cloud, on: bool) -> Self {
        let (accounts, members) = if on { observe(&cloud.snapshot()) } else { Default::default() };
        Self { on, accounts, members }
    }

    /// What has changed since the last observation: account, Region, and what.
    pub(crate) fn changes(&mut self, cloud: &Cloud) -> Vec<(String, String, What)> {
        if !self.on {
            return Vec::new();
        }
        let snapshot = cloud.snapshot();
        let management = snapshot.organization.as_ref().map(|organization| organization.management_account_id.clone());
        let (accounts, members) = observe(&snapshot);
        let mut changes = Vec::new();
        for (account_id, name) in accounts.difference(&self.accounts).cloned() {
            let what = What::AccountAppeared { account_id, name };
            changes.push((management.clone().unwrap_or_default(), "us-east-1".to_owned(), what));
        }
        let keys: BTreeSet<&Member> = members.keys().chain(self.members.keys()).collect();
        for key in keys {
            let (before, after) = (self.members.get(key), members.get(key));
            if before != after {
                let (region, administrator, account_id) = key.clone();
                let what = What::Member {
                    account_id,
                    administrator: administrator.clone(),
                    before: before.map(|(status, _)| status.clone()),
                    after: after.map(|(status, _)| status.clone()),
                    reason: after.and_then(|(_, reason)| reason.clone()),
                };
                changes.push((administrator, region, what));
            }
        }
        (self.accounts, self.members) = (accounts, members);
        changes
    }
}

fn observe(snapshot: &Snapshot) -> (BTreeSet<(String, String)>, BTreeMap<Member, Status>) {
    let accounts = snapshot.organization.iter().flat_map(|organization| &organization.accounts);
    let accounts = accounts.map(|account| (account.id.clone(), account.name.clone())).collect();
    let members = snapshot.graphs.iter().flat_map(|graph| {
        graph.members.iter().map(|member| {
            let key = (graph.region.clone(), graph.administrator.clone(), member.account_id.clone());
            (key, (member.status.clone(), member.disabled_reason.clone()))
        })
    });
    (accounts, members.collect())
}
