//! The removals of a plan that may be made today. Each is recorded before it is made, so that neither many small runs nor two
//! functions remove more in a day than one run may.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_smithy_types::DateTime;

use crate::aws::history_store::Remembered;
use crate::aws::removal_record::{Begun, RemovalRecord};
use crate::deadline::Deadline;
use crate::error::{Failure, OutOfTime};
use crate::model::account::AccountId;
use crate::model::history::History;
use crate::model::member::Member;
use crate::model::recent_removals::RecentRemovals;
use crate::model::region::Region;
use crate::model::time::format_time;
use crate::plan::removal_limit::{Removals, hold_unknown, limit, removed};
use crate::plan::step::Plan;

/// How long one reading or writing of the record may take, its retries among it.
const SHARE: Duration = Duration::from_secs(10);

/// How often the record is read again because another function has written it meanwhile.
const TRIES: usize = 4;

/// How many members are removed in a day, and where it is recorded.
#[derive(Debug)]
pub struct DailyLimit {
    removals: Removals,
    record: Option<RemovalRecord>,
}

/// What is removed in a Region, and when.
#[derive(Debug, Clone, Copy)]
pub struct Removing<'a> {
    /// The Region.
    pub region: &'a Region,
    /// Whether its record was begun: one that is missing is lost then.
    pub begun: Begun,
    /// What earlier runs left, if that is known: a record that leaves out whom they removed is lost as well.
    pub history: Option<&'a History>,
    /// The graph's members.
    pub members: &'a BTreeMap<AccountId, Member>,
    /// The time, by AWS's clocks.
    pub now: DateTime,
    /// When no more work is started.
    pub deadline: Deadline,
    /// Whether nothing is changed, the record among it.
    pub dry_run: bool,
}

/// What went wrong with a plan's removals.
#[derive(Debug, Default)]
pub struct Kept {
    /// Why none is made, where that is a failure.
    pub failure: Option<Failure>,
    /// Why it is not known who was removed in the last day, as a sentence: somebody else may have seen to it.
    pub lost: Option<String>,
}

impl DailyLimit {
    /// So many a day, by the record of them; without one, none.
    pub fn new(removals: Removals, record: Option<RemovalRecord>) -> Self {
        Self { removals, record }
    }

    /// How many members are removed.
    pub fn removals(&self) -> Removals {
        self.removals
    }

    /// Begins a Region's record, so that one that is missing in a later run is known to be lost. Returns whether it is begun, now or
    /// before.
    ///
    /// # Errors
    /// It could not be written.
    pub async fn begin(&self, remembered: &Remembered, removing: Removing<'_>) -> Result<Begun, Failure> {
        let Removing { region, now, deadline, dry_run, .. } = removing;
        let record = self.record.as_ref().filter(|_| self.removals.allowed && !dry_run);
        let (record, recent, begun) = match (remembered, record) {
            (Remembered::Unread(_), _) => return Ok(Begun::Unknown),
            (Remembered::Known(history), _) if history.removals_begun => return Ok(Begun::Yes),
            (_, None) | (Remembered::Nowhere, _) => return Ok(Begun::No),
            (Remembered::FirstRun | Remembered::Known(_), Some(record)) => {
                (record, RecentRemovals::default(), Begun::Now)
            }
            (Remembered::Lost(_), Some(record)) => (record, RecentRemovals::unknown_before(now), Begun::Yes),
        };
        deadline.share(SHARE, record.begin(region, &recent)).await.ok_or(OutOfTime::Bucket)??;
        Ok(begun)
    }

    /// Holds the removals of a plan that may not be made, and records the others.
    pub async fn keep(&self, plan: &mut Plan, removing: Removing<'_>) -> Kept {
        let mut lost = None;
        let failure = self.keep_recorded(plan, removing, &mut lost).await;
        Kept { failure, lost }
    }

    async fn keep_recorded(
        &self,
        plan: &mut Plan,
        removing: Removing<'_>,
        lost: &mut Option<String>,
    ) -> Option<Failure> {
        let removed = removed(plan);
        if removed.is_empty() {
            return None;
        }
        let Removing { region, begun, history, members, now, deadline, dry_run } = removing;
        // A dry run may have no bucket.
        if !self.removals.allowed || (dry_run && self.record.is_none()) {
            let stopped = limit(plan, members, &RecentRemovals::default(), now, self.removals);
            return (stopped > 0).then_some(Failure::RemovalsStopped(stopped));
        }
        let Some(record) = &self.record else {
            hold_unknown(plan, "there is no bucket in which removals are recorded (REPORT_BUCKET, STATE_BUCKET)");
            return None;
        };
        for _ in 0..TRIES {
            let mut stored = match deadline.share(SHARE, record.read(region, begun, now)).await {
                Some(Ok(stored)) => stored,
                Some(Err(error)) => return hold(plan, error.into()),
                None => return hold(plan, OutOfTime::Bucket.into()),
            };
            if stored.is_unclear {
                hold_unknown(
                    plan,
                    "what runs remember cannot be read, by which a record of removals is known to be missing",
                );
                return None;
            }
            let mut removed_lately = history.into_iter().flat_map(|history| history.removed_lately(now));
            if stored.recent.complete_from(now).is_none() && removed_lately.any(|id| !stored.recent.names(id, now)) {
                stored.distrust(region, "leaves out members that were removed", now);
            }
            if let Some(problem) = &stored.problem {
                *lost =
                    Some(format!("who was removed in the last day is not known, and nobody is for a day: {problem}"));
            }
            let known_from = stored.recent.complete_from(now);
            let mut limited = plan.clone();
            let stopped = limit(&mut limited, members, &stored.recent, now, self.removals);
            // Where it is not known how many were removed, none is; and from now on it is recorded.
            let made = if stopped > 0 || known_from.is_some() { &[] } else { &removed[..] };
            let recent = stored.recent.with(made.iter().filter_map(|id| members.get(id)), now);
            let is_written = (made.is_empty() && stored.problem.is_none()) || dry_run;
            if !is_written {
                match deadline.share(SHARE, record.write(region, &stored, &recent)).await {
                    Some(Ok(true)) => {}
                    Some(Ok(false)) => continue,
                    Some(Err(error)) => return hold(plan, error.into()),
                    None => return hold(plan, OutOfTime::Bucket.into()),
                }
            }
            if let Some(from) = known_from {
                let why = format!("it is not known until {} how many were removed in a day", format_time(from));
                hold_unknown(plan, &why);
                return None;
            }
            *plan = limited;
            return (stopped > 0).then_some(Failure::RemovalsStopped(stopped));
        }
        hold_unknown(plan, "other functions recorded removals all the time: the next run tries again");
        None
    }
}

/// Holds all removals, because it failed to record them.
fn hold(plan: &mut Plan, failure: Failure) -> Option<Failure> {
    hold_unknown(plan, &format!("its removal could not be recorded ({failure})"));
    Some(failure)
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::plan::held::HeldReason;
    use crate::plan::step::{RemovalCause, Step};

    fn removing<'a>(region: &'a Region, members: &'a BTreeMap<AccountId, Member>, dry_run: bool) -> Removing<'a> {
        Removing {
            region,
            begun: Begun::No,
            history: None,
            members,
            now: DateTime::from_secs(1_767_603_600),
            deadline: Deadline::never(),
            dry_run,
        }
    }

    /// A template may name no bucket, and a function may have lost the variable: then it removes nobody, and says why.
    #[tokio::test]
    async fn where_there_is_no_bucket_nobody_is_removed() {
        let id: AccountId = "333333333333".parse().unwrap();
        let members: BTreeMap<_, _> = [(id, Member::with_status(id, MemberStatus::Enabled))].into();
        let planned: Plan = [(id, Step::Remove(RemovalCause::NotInOrganization))].into();
        let region = "us-east-1".parse().unwrap();
        let removals = |allowed| Removals { allowed, most: 9, most_percent: 100 };
        for (allowed, dry_run, expected, why) in [
            (true, false, Some(HeldReason::RemovalUnconfirmed), "there is no bucket in which removals are recorded"),
            (false, false, Some(HeldReason::RemovalNotAllowed), "removing members is not allowed"),
            (true, true, None, ""),
        ] {
            let (limit, mut plan) = (DailyLimit::new(removals(allowed), None), planned.clone());
            let kept = limit.keep(&mut plan, removing(&region, &members, dry_run)).await;
            assert!(kept.failure.is_none() && kept.lost.is_none(), "{kept:?}");
            match (&plan[&id], expected) {
                (Step::Hold(held), Some(reason)) => {
                    assert_eq!(held.reason, reason);
                    assert!(held.message.contains(why), "{}", held.message);
                }
                (Step::Remove(_), None) => {}
                (step, _) => panic!("{step:?}"),
            }
        }
    }

    #[tokio::test]
    async fn without_a_bucket_no_record_is_begun_and_one_that_was_begun_stays_so() {
        let (region, members) = ("us-east-1".parse().unwrap(), BTreeMap::new());
        let graph = "arn:aws:detective:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdef".parse().unwrap();
        let known = Remembered::Known(Box::new(History { removals_begun: true, ..History::begun(graph, 0) }));
        let limit = DailyLimit::new(Removals { allowed: true, most: 9, most_percent: 100 }, None);
        for (remembered, expected) in
            [(Remembered::Nowhere, Begun::No), (Remembered::FirstRun, Begun::No), (known, Begun::Yes)]
        {
            assert_eq!(limit.begin(&remembered, removing(&region, &members, false)).await, Ok(expected));
        }
    }
}
