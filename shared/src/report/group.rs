//! Accounts that ended in the same way: how many they are, and which of them have no line of their own.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::error::cut;
use crate::model::account::AccountId;
use crate::model::region::Region;
use crate::plan::held::HeldReason;
use crate::plan::needs::Needs;
use crate::report::outcome::{AccountReport, Outcome};

/// How many ways to fail a Region's report distinguishes. AWS may answer with any code.
const MAX_WAYS: usize = 10;

/// How many characters of a message a log line has. It may repeat a message of AWS, which is cut, and what AWS calls a state.
pub(super) const MAX_MESSAGE: usize = 1_000;

/// How many account ids a log line has at most. CloudWatch takes a megabyte, and an id has twelve digits.
const IDS_PER_LINE: usize = 5_000;

/// A Region's accounts by how they ended, as far as they are held or failed.
#[derive(Debug, Default, Serialize)]
pub(super) struct Groups {
    /// By operation and code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", serialize_with = "as_list")]
    failures: BTreeMap<Way, Group>,
    /// By reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", serialize_with = "as_list")]
    held: BTreeMap<Reason, Group>,
}

/// How an account failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Way {
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    code: String,
}

/// Why an account is held. What needs a person comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Reason {
    #[serde(rename = "outcome", serialize_with = "as_outcome")]
    needs: Needs,
    reason: HeldReason,
}

/// Accounts that ended in the same way.
#[derive(Debug, Clone, Default)]
struct Group {
    count: usize,
    /// Those of them that are not listed by themselves.
    unlisted: Vec<AccountId>,
    /// The message of the first of those.
    message: String,
}

impl Groups {
    /// Counts the accounts, which are all listed so far.
    pub(super) fn of(accounts: &[AccountReport]) -> Self {
        let mut groups = Self::default();
        for account in accounts {
            if let Some((group, _)) = groups.group(&account.outcome) {
                group.count += 1;
            }
        }
        groups
    }

    /// The account, which is counted, is listed no more.
    pub(super) fn unlist(&mut self, account: &AccountReport) {
        let Some((group, message)) = self.group(&account.outcome) else { return };
        if group.unlisted.is_empty() {
            group.message = cut(&message, MAX_MESSAGE);
        }
        group.unlisted.push(account.account_id);
    }

    fn group<'a>(&mut self, outcome: &'a Outcome) -> Option<(&mut Group, Cow<'a, str>)> {
        match outcome {
            Outcome::Failed { failure, .. } => {
                let way = Way { operation: failure.operation(), code: failure.code().into_owned() };
                let is_new = !self.failures.contains_key(&way);
                let way = if is_new && self.failures.len() >= MAX_WAYS { Way::other() } else { way };
                Some((self.failures.entry(way).or_default(), failure.message()))
            }
            Outcome::Held(held) => {
                let group = self.held.entry(Reason { needs: held.reason.needs(), reason: held.reason }).or_default();
                Some((group, held.message.as_ref().into()))
            }
            Outcome::Done { .. } | Outcome::Removed | Outcome::Planned { .. } => None,
        }
    }

    /// Logs the accounts that have no line of their own, those that ended in the same way together.
    pub(super) fn log(&self, region: &Region) {
        for (Way { operation, code }, group) in &self.failures {
            group.each_line(|accounts, ids| {
                tracing::error!(%region, aws.operation = operation, failure.code = code, accounts, account.ids = ids,
                    "more accounts failed: {}", group.message);
            });
        }
        for (Reason { needs, reason }, group) in &self.held {
            let outcome = needs.held_outcome();
            group.each_line(|accounts, ids| {
                tracing::warn!(%region, %reason, accounts, account.ids = ids, "more accounts {outcome}: {}", group.message);
            });
        }
    }
}

impl Way {
    /// What is not distinguished.
    fn other() -> Self {
        Self { operation: None, code: "Other".to_owned() }
    }
}

impl Group {
    fn each_line(&self, mut line: impl FnMut(usize, &str)) {
        for ids in self.unlisted.chunks(IDS_PER_LINE) {
            line(ids.len(), &listed(ids));
        }
    }
}

/// The ids, separated by spaces.
pub(super) fn listed(ids: &[AccountId]) -> String {
    ids.iter().map(AccountId::to_string).collect::<Vec<_>>().join(" ")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn as_outcome<S: Serializer>(needs: &Needs, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(needs.held_outcome())
}

/// What several accounts have in common.
trait Common: Serialize {
    /// Whom they need.
    fn needs(&self) -> Needs;
}

impl Common for Way {
    fn needs(&self) -> Needs {
        Needs::Person
    }
}

impl Common for Reason {
    fn needs(&self) -> Needs {
        self.needs
    }
}

/// Groups as a list: first those that need a person, and of these the greatest first.
fn as_list<K: Common, S: Serializer>(groups: &BTreeMap<K, Group>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Counted<'a, K> {
        #[serde(flatten)]
        key: &'a K,
        accounts: usize,
    }
    let mut list: Vec<_> = groups.iter().map(|(key, group)| Counted { key, accounts: group.count }).collect();
    list.sort_by_key(|counted| (counted.key.needs(), Reverse(counted.accounts)));
    serializer.collect_seq(list)
}
