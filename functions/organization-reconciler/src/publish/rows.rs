//! The coverage report of a Region: one row for every account.

use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::time::format_time;
use detective_onboarding::plan::held::Held;
use detective_onboarding::plan::needs::Needs;
use detective_onboarding::report::outcome::{Action, Outcome};
use serde::Serialize;

use super::findings::Findings;

/// An account in a Region.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The account.
    pub account_id: AccountId,
    /// The membership's status, as Detective names it; empty for an account that is no member.
    pub status: String,
    /// When the membership last changed; a status that this run changed counts from this run.
    pub since: String,
    /// `done`, `planned`, `blocked`, `waiting`, `excluded`, `failed` or, for the account that cannot be a member, `administrator`.
    pub outcome: &'static str,
    /// What was done, or would be.
    pub action: Option<Action>,
    /// Why it is held, or AWS's code where it failed.
    pub reason: String,
    /// The same as a sentence.
    pub message: String,
    /// Whom it needs that the account becomes covered, or that what is left of it is settled.
    pub needs: Needs,
}

impl Findings<'_> {
    /// A row for every account of the organization and every other member, by account id.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> {
        self.ids().into_iter().map(|id| self.row(id))
    }

    /// The same, those first that need a person, and then those that need time.
    pub(super) fn rows_by_need(&self) -> impl Iterator<Item = Row> {
        let mut ids = self.ids();
        ids.sort_by_cached_key(|id| self.needs(*id));
        ids.into_iter().map(|id| self.row(id))
    }

    /// How many accounts need a person after the run.
    pub(super) fn need_person(&self) -> usize {
        self.outcomes.keys().filter(|id| self.needs(**id) == Needs::Person).count()
    }

    fn ids(&self) -> Vec<AccountId> {
        let mut ids: Vec<AccountId> = self.organization.keys().chain(self.members.keys()).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whom an account needs after the run.
    pub(super) fn needs(&self, id: AccountId) -> Needs {
        let is_stuck = self.stuck.binary_search(&id).is_ok();
        self.outcomes.get(&id).map_or(Needs::Nobody, |outcome| outcome.needs(is_stuck))
    }

    /// What the report has of an account.
    pub(super) fn row(&self, account_id: AccountId) -> Row {
        let member = self.members.get(&account_id);
        let outcome = self.outcomes.get(&account_id);
        let before = member.map(|member| &member.status);
        let status = outcome.map_or_else(|| before.cloned(), |outcome| outcome.membership(before));
        let updated = member.and_then(|member| member.updated).map_or_else(String::new, format_time);
        let row = Row {
            account_id,
            since: if status.as_ref() == before { updated } else { self.now() },
            status: status.map_or_else(String::new, |status| status.as_str().to_owned()),
            outcome: "done",
            action: None,
            reason: String::new(),
            message: String::new(),
            needs: self.needs(account_id),
        };
        let held = |row: Row, held: &Held| Row {
            outcome: held.reason.outcome(),
            reason: held.reason.to_string(),
            message: held.message.clone().into_owned(),
            ..row
        };
        match outcome {
            Some(Outcome::Done { action, .. }) => Row { action: Some(*action), ..row },
            Some(Outcome::Removed) => Row { action: Some(Action::Removed), ..row },
            Some(Outcome::Planned { action }) => Row { outcome: "planned", action: Some(*action), ..row },
            Some(Outcome::Held(because)) => held(row, because),
            Some(Outcome::Failed { failure, .. }) => {
                Row { outcome: "failed", reason: failure.code().into_owned(), message: failure.to_string(), ..row }
            }
            None if account_id == self.administrator => Row { outcome: "administrator", ..row },
            None => match self.organization.get(&account_id) {
                Some((_, scope)) => held(row, &Held::out_of_scope(*scope)),
                // It was planned as every member is; a plan that was given up shows nothing of it.
                None => row,
            },
        }
    }

    fn now(&self) -> String {
        format_time(self.now)
    }
}
