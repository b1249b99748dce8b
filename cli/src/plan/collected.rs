//! What a run would do with every account, as small as it can be kept: ten thousand accounts in seventeen Regions end in a few ways.

use std::collections::BTreeMap;

use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::region::Region;
use detective_onboarding::plan::needs::Needs;
use detective_onboarding::report::outcome::Action;
use organization_reconciler::Row;
use serde::Serialize;

/// An account of the organization.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Its name, without characters that a terminal would act upon.
    pub(super) name: String,
    /// The root or OU that it is in, where Organizations returned it with the account.
    pub(super) unit: Option<String>,
}

/// How an account ends in a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ending {
    /// The membership's status before, as Detective names it; empty for an account that is no member.
    pub(super) status: String,
    /// `done`, `planned`, `blocked`, `waiting`, `excluded`, `failed` or `administrator`.
    pub(super) outcome: &'static str,
    /// What would be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) change: Option<Change>,
    /// Why it is held, or AWS's code where it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) message: String,
    /// Whom it needs that the account becomes covered, or that what is left of it is settled.
    pub(super) needs: Needs,
}

/// What would be done with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    Add,
    Start,
    /// It is removed and invited with its current address.
    Reinvite,
    Remove,
}

impl Ending {
    /// Whether the account is left alone on purpose.
    pub(super) fn is_held(&self) -> bool {
        matches!(self.outcome, "blocked" | "waiting" | "excluded")
    }
}

impl Change {
    /// The same when it is done, as reports have it.
    pub(super) fn done(self) -> &'static str {
        match self {
            Self::Add => "created",
            Self::Start => "started",
            Self::Reinvite => "reinvited",
            Self::Remove => "removed",
        }
    }
}

/// Every account in every Region that could be planned.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    regions: BTreeMap<Region, Vec<(AccountId, u32)>>,
    endings: Vec<Ending>,
    indices: BTreeMap<Ending, u32>,
}

impl Collected {
    /// Takes a Region as the reconciler planned it.
    pub(super) fn add(&mut self, region: &Region, organization: &Organization, rows: &mut dyn Iterator<Item = Row>) {
        if self.accounts.is_empty() {
            let account = |account: &detective_onboarding::model::account::OrganizationAccount| Account {
                name: account.name.as_deref().map(clean).unwrap_or_default(),
                unit: account.units.as_ref().and_then(|units| units.last().cloned()),
            };
            self.accounts = organization.iter().map(|(id, (read, _))| (*id, account(read))).collect();
        }
        let rows = rows.map(|row| (row.account_id, self.index(row))).collect();
        self.regions.insert(region.clone(), rows);
    }

    fn index(&mut self, row: Row) -> u32 {
        let change = match (row.outcome, row.action) {
            ("planned", Some(Action::Created)) => Some(Change::Add),
            ("planned", Some(Action::Started)) => Some(Change::Start),
            ("planned", Some(Action::Reinvited)) => Some(Change::Reinvite),
            ("planned", Some(Action::Removed)) => Some(Change::Remove),
            _ => None,
        };
        let Row { status, outcome, reason, message, needs, .. } = row;
        let ending = Ending { status, outcome, change, reason, message, needs };
        if let Some(index) = self.indices.get(&ending) {
            return *index;
        }
        let index = u32::try_from(self.endings.len()).unwrap_or(u32::MAX);
        self.endings.push(ending.clone());
        self.indices.insert(ending, index);
        index
    }

    /// How every account ends in a Region, in the order of their ids; nothing for a Region that could not be planned.
    pub(super) fn region(&self, region: &Region) -> impl Iterator<Item = (AccountId, &Ending)> {
        let rows = self.regions.get(region).into_iter().flatten();
        rows.map(|(id, index)| (*id, &self.endings[*index as usize]))
    }
}

/// A text that somebody else chose, without what a terminal would act upon or show in another place.
pub(super) fn clean(text: &str) -> String {
    let acts = |character: char| {
        character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|character| if acts(character) { '\u{fffd}' } else { character }).collect()
}

#[test]
fn a_name_has_nothing_that_a_terminal_acts_upon() {
    assert_eq!(clean("a\u{1b}[2Jb\nc\u{202e}d é"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d é");
}
