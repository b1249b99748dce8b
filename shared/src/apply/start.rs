//! Starts members that Detective accepted and does not monitor, and reads back what became of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use aws_sdk_detective::types::{MemberDisabledReason, MemberStatus};
use aws_smithy_types::DateTime;
use futures_util::{StreamExt, stream};

use crate::apply::Apply;
use crate::aws::detective;
use crate::error::CallError;
use crate::model::account::AccountId;
use crate::model::member::Member;
use crate::plan::held::Held;
use crate::plan::step::{self, Step};
use crate::report::outcome::{Action, Outcome};

/// What became of one StartMonitoringMember.
enum Start {
    /// Detective answered, or the call failed.
    Made(Result<(), CallError>),
    /// It was not made, because the graph had no capacity for a member before it.
    NoCapacity,
    /// There was no time for it, or for its answer.
    OutOfTime,
}

impl Apply<'_> {
    /// Starts members, and returns how each of them ended.
    ///
    /// Those with too much data come last. The first of them that Detective refuses for want of capacity ends their turn, and
    /// nobody else's: a volume that was unknown when the graph was read may be a small one.
    pub(crate) async fn start(&self, members: BTreeMap<AccountId, Member>) -> BTreeMap<AccountId, Outcome> {
        if members.is_empty() {
            return BTreeMap::new();
        }
        let (mut high, others): (Vec<&Member>, Vec<&Member>) = members.values().partition(|member| is_too_high(member));
        high.sort_by_cached_key(|member| turn(member.id, self.now));
        let mut starts = self.start_each(&others, None).await;
        let no_capacity = RefCell::new(None);
        starts.extend(self.start_each(&high, Some(&no_capacity)).await);
        let made = |(id, start): (&AccountId, &Start)| matches!(start, Start::Made(_)).then_some(*id);
        let started = starts.iter().filter_map(made).collect();
        let readback = self.deadline.readback(detective::read_members(self.client, self.graph, &started)).await;
        let no_capacity = no_capacity.into_inner();
        let is_refused = |start: &Start| matches!(start, Start::Made(Err(error)) if error.is_quota());
        let is_full =
            others.iter().any(|member| starts.get(&member.id).is_some_and(is_refused)) && self.is_full().await;
        let outcome = |member: &Member| match (starts.get(&member.id), &readback, &no_capacity) {
            (Some(Start::Made(result)), Some(Ok(found)), _) => self.after_start(found.get(&member.id), result, is_full),
            (Some(Start::Made(Err(error))), _, _) if error.is_quota() => self.after_refusal(member, error, is_full),
            (Some(Start::Made(Err(error))), _, _) | (Some(Start::Made(Ok(()))), Some(Err(error)), _) => {
                Outcome::failed(Some(Action::Started), error.clone())
            }
            (Some(Start::NoCapacity), _, Some(error)) => Outcome::Held(Held::not_started(member, self.now, error)),
            _ => Outcome::Held(Held::out_of_time()),
        };
        members.values().map(|member| (member.id, outcome(member))).collect()
    }

    /// Starts members in this order, some at once. Where a refusal for want of capacity is to be noted, none is started after
    /// the first one.
    async fn start_each(
        &self,
        members: &[&Member],
        no_capacity: Option<&RefCell<Option<CallError>>>,
    ) -> BTreeMap<AccountId, Start> {
        let start = async |member: &&Member| {
            if no_capacity.is_some_and(|refusal| refusal.borrow().is_some()) {
                return (member.id, Start::NoCapacity);
            }
            let call = detective::start_monitoring(self.client, self.graph, member.id);
            let Some(result) = self.deadline.call(call).await else { return (member.id, Start::OutOfTime) };
            if let (Err(error), Some(refusal)) = (&result, no_capacity)
                && error.is_quota()
            {
                refusal.borrow_mut().get_or_insert_with(|| error.clone());
            }
            (member.id, Start::Made(result))
        };
        stream::iter(members).map(start).buffer_unordered(self.concurrent_starts.get()).collect().await
    }

    /// Whether the graph has no capacity for anybody. If it cannot be read, each member's own state decides.
    async fn is_full(&self) -> bool {
        let usage = self.deadline.call(detective::graph_usage(self.client, self.graph)).await;
        usage.and_then(Result::ok).is_some_and(|usage| usage.is_full())
    }

    /// The quota's error does not tell whether the graph has no capacity, for anybody or for the member's data, or Detective does
    /// not know how much data it has: the graph's state and the member's do.
    fn after_refusal(&self, member: &Member, error: &CallError, is_full: bool) -> Outcome {
        Outcome::Held(match is_full || is_too_high(member) {
            true => Held::graph_quota(error),
            false => Held::refused(member, self.now, error),
        })
    }

    fn after_start(&self, found: Option<&Member>, started: &Result<(), CallError>, is_full: bool) -> Outcome {
        match (found, started) {
            (None, _) => Outcome::Held(Held::no_longer_member()),
            // A start that failed may have had its effect, or Detective may have enabled the member by itself.
            (Some(member), started) if member.status == MemberStatus::Enabled => Outcome::Done {
                action: if started.is_ok() { Action::Started } else { Action::None },
                status: MemberStatus::Enabled,
            },
            (Some(member), Err(error)) if error.is_quota() => self.after_refusal(member, error, is_full),
            (Some(_), Err(error)) => Outcome::failed(Some(Action::Started), error.clone()),
            (Some(member), Ok(())) => match step::existing(member) {
                Step::Start(member) => Outcome::Held(Held::disabled(&member, self.now)),
                Step::Hold(held) => Outcome::Held(held),
                _ => Outcome::Done { action: Action::Started, status: member.status.clone() },
            },
        }
    }
}

fn is_too_high(member: &Member) -> bool {
    member.disabled_reason == Some(MemberDisabledReason::VolumeTooHigh)
}

/// When it is an account's turn in a run: another order in each run, so that one that is always refused does not keep the
/// others from being tried.
fn turn(id: AccountId, now: DateTime) -> u64 {
    let mut hasher = DefaultHasher::new();
    (id, now.secs()).hash(&mut hasher);
    hasher.finish()
}
