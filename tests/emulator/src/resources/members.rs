//! The members of a behavior graph, by account, and how much those that are ENABLED are together: each check of a member
//! asks for that, and counting a thousand of them for each of the fifty that a call creates takes longer than its rest.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::resources::member::Member;

/// The members by account.
#[derive(Debug, Default)]
pub(crate) struct Members {
    by_account: BTreeMap<String, Member>,
    enabled: Enabled,
}

/// Members that are ENABLED.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Enabled {
    pub(crate) count: usize,
    /// The data that they send, in bytes a day.
    pub(crate) volume: u64,
}

impl Enabled {
    fn of(member: &Member) -> Self {
        if member.status == "ENABLED" { Self { count: 1, volume: member.volume } } else { Self::default() }
    }

    fn add(&mut self, member: &Member) {
        let Self { count, volume } = Self::of(member);
        *self = Self { count: self.count + count, volume: self.volume + volume };
    }

    fn take(&mut self, member: &Member) {
        let Self { count, volume } = Self::of(member);
        *self = Self { count: self.count - count, volume: self.volume - volume };
    }
}

impl Members {
    /// Those that are ENABLED.
    pub(crate) fn enabled(&self) -> Enabled {
        self.enabled
    }

    /// Adds a member, or replaces the one that its account is.
    pub(crate) fn insert(&mut self, member: Member) -> Option<Member> {
        let replaced = self.remove(&member.account);
        self.enabled.add(&member);
        self.by_account.insert(member.account.clone(), member);
        replaced
    }

    /// Removes a member, if the account is one.
    pub(crate) fn remove(&mut self, account: &str) -> Option<Member> {
        let member = self.by_account.remove(account)?;
        self.enabled.take(&member);
        Some(member)
    }

    /// Changes a member, if the account is one.
    pub(crate) fn change<T>(&mut self, account: &str, change: impl FnOnce(&mut Member) -> T) -> Option<T> {
        let member = self.by_account.get_mut(account)?;
        self.enabled.take(member);
        let result = change(member);
        self.enabled.add(member);
        Some(result)
    }
}

impl Deref for Members {
    type Target = BTreeMap<String, Member>;

    fn deref(&self) -> &Self::Target {
        &self.by_account
    }
}
