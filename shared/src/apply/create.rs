//! Makes accounts members, and reads what became of those that Detective did not take.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use crate::apply::halving::{self, Attempt};
use crate::apply::{Apply, Outcomes, late};
use crate::aws::detective::{self, BATCH, Created, GraphUsage, ServerErrors};
use crate::error::{CallCause, CallError};
use crate::model::account::{AccountId, Email};
use crate::model::graph::MEMBER_LIMIT;
use crate::model::member::Member;
use crate::plan::held::Held;
use crate::plan::step::{self, Step};
use crate::report::outcome::{Action, Outcome};

/// CreateMembers calls in flight at once in a Region.
const CONCURRENT_BATCHES: usize = 16;

/// An account that becomes a member, with its root email address.
type New<'e> = (AccountId, &'e Email);

/// How accounts ended that were to become members.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) outcomes: Outcomes,
    /// Those that turned out to be members already, and are to be started.
    pub(super) to_start: BTreeMap<AccountId, Member>,
    /// Those that Detective refused for a quota. Whose trouble that is, the graph's state shows.
    refused: BTreeMap<AccountId, CallError>,
}

impl Apply<'_> {
    /// Makes accounts members.
    pub(super) async fn create(&self, accounts: &BTreeMap<AccountId, Email>) -> Settled {
        let accounts: Vec<New<'_>> = accounts.iter().map(|(id, email)| (*id, email)).collect();
        let capacity = Capacity::default();
        let late = |part: &[New<'_>]| Settled { outcomes: late(part.iter().map(|(id, _)| *id)), ..Settled::default() };
        let create = async |batch: &[New<'_>]| {
            halving::settle(
                batch,
                self.deadline,
                async |part, again| self.try_to_create(part, again, &capacity).await,
                late,
            )
            .await
        };
        let mut batches = stream::iter(accounts.chunks(BATCH)).map(create).buffer_unordered(CONCURRENT_BATCHES);
        let mut all = Settled::default();
        while let Some(settled) = batches.next().await {
            for part in settled {
                all.outcomes.extend(part.outcomes);
                all.to_start.extend(part.to_start);
                all.refused.extend(part.refused);
            }
        }
        drop(batches);
        let refused = std::mem::take(&mut all.refused);
        all.outcomes.extend(self.explain(refused, &capacity).await);
        all
    }

    /// Makes some accounts members by one call, for some of them `again`.
    async fn try_to_create<'e>(
        &self,
        batch: &[New<'e>],
        again: bool,
        capacity: &Capacity,
    ) -> Attempt<New<'e>, Settled> {
        if let Some(error) = capacity.refusal.borrow().as_ref().filter(|_| again && capacity.takes_nobody()) {
            let refused = batch.iter().map(|(id, _)| (*id, error.clone())).collect();
            return Attempt::Failed(Settled { refused, ..Settled::default() });
        }
        let retries = match again || batch.len() > 1 {
            true => ServerErrors::AreReturned,
            false => ServerErrors::AreRetried,
        };
        let answer = detective::create_members(self.client, self.graph, batch, self.invitation, retries).await;
        let error = match answer {
            Ok(created) => {
                capacity.taken.set(capacity.taken.get() + created.members.len());
                return Attempt::Answered(self.settle(batch, created).await);
            }
            Err(error) => error,
        };
        let mut is_divisible = batch.len() > 1 && error.may_be_about_one_account();
        if error.is_quota() {
            capacity.refused(batch.len(), &error);
            is_divisible = is_divisible && !self.has_no_capacity(capacity).await && !capacity.takes_nobody();
        }
        if is_divisible && !error.is_unanswered() {
            return Attempt::Divisible { settled: Settled::default(), left: batch.to_vec(), error };
        }
        // A call without an answer may have had its effect: the accounts' own state shows it.
        let (mut settled, left) = self.read_back(batch.iter().copied()).await;
        match left {
            Ok(left) if is_divisible => return Attempt::Divisible { settled, left, error },
            Ok(left) | Err((left, _)) if error.is_quota() => {
                settled.refused.extend(left.iter().map(|(id, _)| (*id, error.clone())));
            }
            Ok(left) | Err((left, _)) => {
                let failed = left.iter().map(|(id, _)| (*id, Outcome::failed(Some(Action::Created), error.clone())));
                settled.outcomes.extend(failed);
            }
        }
        Attempt::Failed(settled)
    }

    /// How accounts ended by Detective's answer. What it did not take may be a member already.
    async fn settle(&self, batch: &[New<'_>], created: Created) -> Settled {
        let Created { members, unprocessed } = created;
        let open = batch.iter().copied().filter(|(id, _)| !members.contains_key(id));
        let (mut settled, left) = self.read_back(open).await;
        settled.outcomes.extend(members.into_values().map(|member| (member.id, self.after_create(&member))));
        let (left, unreadable) = match left {
            Ok(left) => (left, None),
            Err((left, error)) => (left, Some(error)),
        };
        for (id, _) in left {
            let error = unreadable.clone().unwrap_or_else(|| {
                let reason = unprocessed.get(&id).map_or("Detective's answer left the account out", String::as_str);
                CallError::new("CreateMembers", CallCause::UnprocessedAccount, reason)
            });
            settled.outcomes.insert(id, Outcome::failed(Some(Action::Created), error));
        }
        settled
    }

    /// Settles the accounts that are members. Returns the others beside, with the error if they cannot be read.
    async fn read_back<'e>(
        &self,
        accounts: impl Iterator<Item = New<'e>>,
    ) -> (Settled, Result<Vec<New<'e>>, (Vec<New<'e>>, CallError)>) {
        let mut settled = Settled::default();
        let mut left: BTreeMap<AccountId, &Email> = accounts.collect();
        if left.is_empty() {
            return (settled, Ok(Vec::new()));
        }
        let ids: BTreeSet<AccountId> = left.keys().copied().collect();
        let members = match detective::read_members(self.client, self.graph, &ids).await {
            Ok(members) => members,
            Err(error) => return (settled, Err((left.into_iter().collect(), error))),
        };
        for (id, member) in members {
            left.remove(&id);
            let step = match member.is_invited() {
                // It was no member when the plan was made, so it has just been invited.
                true => Step::Keep(member.status),
                false => step::existing(&member),
            };
            match step {
                Step::Start(member) => {
                    settled.to_start.insert(id, member);
                }
                Step::Hold(held) => {
                    settled.outcomes.insert(id, Outcome::Held(held));
                }
                Step::Keep(status) => {
                    settled.outcomes.insert(id, Outcome::Done { action: Action::None, status });
                }
                Step::Create(_) | Step::TryCreate(_) | Step::Reinvite(_) | Step::Remove(_) => {}
            }
        }
        (settled, Ok(left.into_iter().collect()))
    }

    fn after_create(&self, member: &Member) -> Outcome {
        match step::existing(member) {
            Step::Hold(held) if !member.is_invited() => Outcome::Held(held),
            // Detective has just checked it: checking again at once would find the same. member-monitor does it later.
            Step::Start(member) => Outcome::Held(Held::disabled(&member, self.now)),
            _ => Outcome::Done { action: Action::Created, status: member.status.clone() },
        }
    }

    /// Whose trouble a refusal for a quota is: the graph's if it has no capacity, and else that of the account alone. The error
    /// does not state it, and where the graph cannot be read, neither is known.
    async fn explain(&self, refused: BTreeMap<AccountId, CallError>, capacity: &Capacity) -> Outcomes {
        if refused.is_empty() {
            return Outcomes::new();
        }
        let is_full = self.has_no_capacity(capacity).await || capacity.may_be_full();
        let is_read = capacity.usage.borrow().is_some();
        let held = |error: &CallError| match (is_read, is_full) {
            (false, _) => Held::capacity_unread(error, capacity.unread.borrow().as_ref()),
            (true, true) => Held::graph_quota(error),
            (true, false) => Held::volume_unverified(error),
        };
        refused.iter().map(|(id, error)| (*id, Outcome::Held(held(error)))).collect()
    }

    /// Whether the graph has no capacity for certain. It is read again when accounts were taken since it was read.
    async fn has_no_capacity(&self, capacity: &Capacity) -> bool {
        let taken = capacity.taken.get();
        if capacity.usage.borrow().as_ref().is_none_or(|(then, _)| *then != taken) {
            let usage = self.deadline.call(detective::graph_usage(self.client, self.graph)).await;
            match usage {
                Some(Ok(usage)) => drop(capacity.usage.replace(Some((taken, usage)))),
                unread => drop(capacity.unread.replace(unread.and_then(Result::err))),
            }
        }
        capacity.usage.borrow().as_ref().is_some_and(|(_, usage)| usage.is_full())
    }
}

/// What a run learns about a graph's capacity while it creates members.
#[derive(Debug, Default)]
struct Capacity {
    /// How many accounts Detective took.
    taken: Cell<usize>,
    /// How many it refused for a quota that stood alone.
    refused_alone: Cell<usize>,
    /// The last refusal for a quota.
    refusal: RefCell<Option<CallError>>,
    /// How much of the graph's capacity was in use, when so many accounts were taken.
    usage: RefCell<Option<(usize, GraphUsage)>>,
    /// Why it could not be read, if the call failed.
    unread: RefCell<Option<CallError>>,
}

impl Capacity {
    fn refused(&self, accounts: usize, error: &CallError) {
        self.refused_alone.set(self.refused_alone.get() + usize::from(accounts == 1));
        self.refusal.replace(Some(error.clone()));
    }

    /// Whether the graph may be full: Detective took nobody, and the graph is filled; or what it took filled the graph up to the
    /// limit, and not beyond.
    fn may_be_full(&self) -> bool {
        let took_nobody = self.taken.get() == 0;
        let may_be_full = |usage: &GraphUsage| usage.is_filled() && (took_nobody || usage.members == MEMBER_LIMIT);
        self.usage.borrow().as_ref().is_some_and(|(_, usage)| may_be_full(usage))
    }

    /// Whether accounts that are not ENABLED fill the graph, and Detective counts them: then it takes nobody, and two that it
    /// refused alone show it.
    fn takes_nobody(&self) -> bool {
        let is_filled = self.usage.borrow().as_ref().is_some_and(|(_, usage)| usage.is_filled());
        is_filled && self.taken.get() == 0 && self.refused_alone.get() >= 2
    }
}
