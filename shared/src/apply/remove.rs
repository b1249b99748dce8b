//! Removes members.

use std::collections::BTreeSet;

use crate::apply::halving::{self, Attempt};
use crate::apply::{Apply, Outcomes, late};
use crate::aws::detective;
use crate::error::{CallCause, CallError};
use crate::model::account::AccountId;
use crate::report::outcome::{Action, Outcome};

impl Apply<'_> {
    /// Removes a batch of members.
    pub(super) async fn remove(&self, batch: &[AccountId]) -> Outcomes {
        let late = |ids: &[AccountId], error| late(ids.iter().copied(), Action::Removed, error);
        let settled = halving::settle(batch, self.deadline, async |part, _| self.try_to_remove(part).await, late).await;
        settled.into_iter().flatten().collect()
    }

    /// Removes some members by one call. One that cannot be processed may be gone already: the graph's members show it.
    async fn try_to_remove(&self, batch: &[AccountId]) -> Attempt<AccountId, Outcomes> {
        let answer = detective::delete_members(self.client, self.graph, batch).await;
        let is_divisible = batch.len() > 1 && answer.as_ref().is_err_and(CallError::may_be_about_one_account);
        let removed = answer.as_ref().map(|answer| answer.removed.clone()).unwrap_or_default();
        let open: BTreeSet<AccountId> = batch.iter().copied().filter(|id| !removed.contains(id)).collect();
        let mut outcomes: Outcomes = removed.into_iter().map(|id| (id, Outcome::Removed)).collect();
        if open.is_empty() {
            return Attempt::Answered(outcomes);
        }
        // Only the list of members proves that an account is none.
        let found = detective::list_members(self.client, self.graph).await;
        if let (Err(error), Ok(found), true) = (&answer, &found, is_divisible) {
            let (left, gone): (Vec<_>, Vec<_>) = open.into_iter().partition(|id| found.contains_key(id));
            outcomes.extend(gone.into_iter().map(|id| (id, Outcome::Removed)));
            return Attempt::Divisible { settled: outcomes, left, error: error.clone() };
        }
        for id in open {
            let outcome = match (&answer, &found) {
                (_, Ok(found)) if !found.contains_key(&id) => Outcome::Removed,
                (Err(error), _) | (Ok(_), Err(error)) => Outcome::failed(Some(Action::Removed), error.clone()),
                (Ok(answer), Ok(_)) => {
                    let reason = answer.unprocessed.get(&id);
                    let reason = reason.map_or("Detective's answer left the account out", String::as_str);
                    let error = CallError::new("DeleteMembers", CallCause::UnprocessedAccount, reason);
                    Outcome::failed(Some(Action::Removed), error)
                }
            };
            outcomes.insert(id, outcome);
        }
        match answer {
            Ok(_) => Attempt::Answered(outcomes),
            Err(_) => Attempt::Failed(outcomes),
        }
    }
}
