//! Carries out a plan. No decision is made here that the plan could have made; what AWS answers is read, not guessed.

mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use aws_sdk_detective::Client;
use aws_smithy_types::DateTime;
use futures_util::{StreamExt, stream};

use crate::aws::detective::{self, BATCH, InvitationOptions};
use crate::deadline::Deadline;
use crate::error::{CallCause, CallError};
use crate::model::account::{AccountId, Email};
use crate::model::graph::GraphArn;
use crate::model::member::Member;
use crate::plan::held::Held;
use crate::plan::step::{self, Plan, Step};
use crate::report::outcome::{Action, Outcome};

/// CreateMembers calls in flight at once in a Region.
const CONCURRENT_BATCHES: usize = 16;

/// One graph, and how to work on it.
#[derive(Debug)]
pub struct Apply<'a> {
    /// A client in the graph's Region.
    pub client: &'a Client,
    /// The graph.
    pub graph: &'a GraphArn,
    /// How accounts are invited.
    pub invitation: &'a InvitationOptions,
    /// How many StartMonitoringMember calls are in flight at once.
    pub concurrent_starts: NonZeroUsize,
    /// The time of the run, for ages.
    pub now: DateTime,
    /// When no more work is started.
    pub deadline: Deadline,
    /// Whether nothing is changed, and only what would be is returned.
    pub dry_run: bool,
}

type Outcomes = BTreeMap<AccountId, Outcome>;

impl Apply<'_> {
    /// Applies every step and returns how every account of the plan ended; in a dry run, what would be done.
    pub async fn run(&self, plan: Plan) -> Outcomes {
        if self.dry_run {
            return planned(plan);
        }
        let mut outcomes = Outcomes::new();
        let (mut removals, mut reinvited) = (Vec::new(), BTreeMap::new());
        let (mut creates, mut tries) = (BTreeMap::new(), BTreeMap::new());
        let mut starts = BTreeMap::new();
        for (id, step) in plan {
            match step {
                Step::Create(email) => {
                    creates.insert(id, email);
                }
                Step::TryCreate(email) => {
                    tries.insert(id, email);
                }
                Step::Reinvite(email) => {
                    removals.push(id);
                    reinvited.insert(id, email);
                }
                Step::Remove(_) => removals.push(id),
                Step::Start(member) => {
                    starts.insert(id, member);
                }
                Step::Keep(_) | Step::Hold(_) => {
                    outcomes.insert(id, planned_step(step));
                }
            }
        }
        // Removals come first: they free capacity.
        for batch in removals.chunks(BATCH) {
            let removed = self.deadline.call(self.remove(batch)).await;
            outcomes.extend(removed.unwrap_or_else(|| out_of_time(batch.iter().copied())));
        }
        for (id, email) in reinvited {
            if matches!(outcomes.get(&id), Some(Outcome::Removed)) {
                creates.insert(id, email);
            }
        }
        // A batch that Detective may refuse for want of capacity takes none from one that fits.
        for accounts in [creates, tries] {
            let (created, to_start) = self.create_all(&accounts).await;
            outcomes.extend(created);
            starts.extend(to_start);
        }
        outcomes.extend(self.start(starts).await);
        outcomes
    }

    /// Removes a batch of members. One that cannot be processed may be gone already: its state shows it.
    async fn remove(&self, batch: &[AccountId]) -> Outcomes {
        let answer = detective::delete_members(self.client, self.graph, batch).await;
        let removed = answer.as_ref().map(|answer| answer.removed.clone()).unwrap_or_default();
        let open: BTreeSet<AccountId> = batch.iter().copied().filter(|id| !removed.contains(id)).collect();
        let mut outcomes: Outcomes = removed.into_iter().map(|id| (id, Outcome::Removed)).collect();
        if open.is_empty() {
            return outcomes;
        }
        let found = detective::get_members(self.client, self.graph, &open).await;
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
        outcomes
    }

    /// Makes accounts members, in batches. Gives what [`Apply::create`] gives for each batch.
    async fn create_all(&self, accounts: &BTreeMap<AccountId, Email>) -> (Outcomes, BTreeMap<AccountId, Member>) {
        let accounts: Vec<(AccountId, &Email)> = accounts.iter().map(|(id, email)| (*id, email)).collect();
        let create = async |batch: &[(AccountId, &Email)]| {
            let late = || (out_of_time(batch.iter().map(|(id, _)| *id)), BTreeMap::new());
            self.deadline.call(self.create(batch)).await.unwrap_or_else(late)
        };
        let mut batches = stream::iter(accounts.chunks(BATCH)).map(create).buffer_unordered(CONCURRENT_BATCHES);
        let (mut outcomes, mut starts) = (Outcomes::new(), BTreeMap::new());
        while let Some((created, to_start)) = batches.next().await {
            outcomes.extend(created);
            starts.extend(to_start);
        }
        (outcomes, starts)
    }

    /// Makes a batch of accounts members. Accounts that turn out to be members already, and are to be started, are
    /// returned beside the outcomes.
    async fn create(&self, batch: &[(AccountId, &Email)]) -> (Outcomes, BTreeMap<AccountId, Member>) {
        let answer = detective::create_members(self.client, self.graph, batch, self.invitation).await;
        let (created, reasons, error) = match answer {
            Ok(created) => (created.members, created.unprocessed, None),
            Err(error) => (BTreeMap::new(), BTreeMap::new(), Some(error)),
        };
        let mut outcomes: Outcomes =
            created.into_values().map(|member| (member.id, self.after_create(&member))).collect();
        // What was not taken may be a member already, and a call without an answer may have had its effect: the
        // accounts' own state shows it.
        let open: BTreeSet<AccountId> =
            batch.iter().map(|(id, _)| *id).filter(|id| !outcomes.contains_key(id)).collect();
        let mut to_start = BTreeMap::new();
        if open.is_empty() {
            return (outcomes, to_start);
        }
        let (found, unreadable) = match detective::get_members(self.client, self.graph, &open).await {
            Ok(found) => (found, None),
            Err(unreadable) => (BTreeMap::new(), Some(unreadable)),
        };
        for id in open {
            let step = found.get(&id).map(|member| match member.is_invited() {
                // It was no member when the plan was made, so it has just been invited.
                true => Step::Keep(member.status.clone()),
                false => step::existing(member),
            });
            let outcome = match (step, &error) {
                (Some(Step::Start(member)), _) => {
                    to_start.insert(id, member);
                    continue;
                }
                (Some(Step::Keep(status)), _) => Outcome::Done { action: Action::None, status },
                (Some(Step::Hold(held)), _) => Outcome::Held(held),
                (_, Some(error)) if error.is_quota() => Outcome::Held(Held::graph_quota(error)),
                (_, Some(error)) => Outcome::failed(Some(Action::Created), error.clone()),
                (_, None) => {
                    let unprocessed = || {
                        let reason = reasons.get(&id).map_or("Detective's answer left the account out", String::as_str);
                        CallError::new("CreateMembers", CallCause::UnprocessedAccount, reason)
                    };
                    Outcome::failed(Some(Action::Created), unreadable.clone().unwrap_or_else(unprocessed))
                }
            };
            outcomes.insert(id, outcome);
        }
        (outcomes, to_start)
    }

    fn after_create(&self, member: &Member) -> Outcome {
        match step::existing(member) {
            Step::Hold(held) if !member.is_invited() => Outcome::Held(held),
            // Detective has just checked it: checking again at once would find the same. member-monitor does it later.
            Step::Start(member) => Outcome::Held(Held::disabled(&member, self.now)),
            _ => Outcome::Done { action: Action::Created, status: member.status.clone() },
        }
    }
}

/// Accounts whose turn has not come.
fn out_of_time(ids: impl Iterator<Item = AccountId>) -> Outcomes {
    ids.map(|id| (id, Outcome::Held(Held::out_of_time()))).collect()
}

/// What a plan comes to if nothing is changed.
pub fn planned(plan: Plan) -> Outcomes {
    plan.into_iter().map(|(id, step)| (id, planned_step(step))).collect()
}

fn planned_step(step: Step) -> Outcome {
    match step {
        Step::Create(_) | Step::TryCreate(_) => Outcome::Planned { action: Action::Created },
        Step::Start(_) => Outcome::Planned { action: Action::Started },
        Step::Reinvite(_) => Outcome::Planned { action: Action::Reinvited },
        Step::Remove(_) => Outcome::Planned { action: Action::Removed },
        Step::Keep(status) => Outcome::Done { action: Action::None, status },
        Step::Hold(held) => Outcome::Held(held),
    }
}
