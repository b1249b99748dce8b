//! The removals of a plan that may be made today. Each is recorded before it is made, so that neither many small runs nor two
//! functions remove more in a day than one run may.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_smithy_types::DateTime;

use crate::aws::removal_record::RemovalRecord;
use crate::deadline::Deadline;
use crate::error::{Failure, OutOfTime};
use crate::model::account::AccountId;
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
    /// The graph's members.
    pub members: &'a BTreeMap<AccountId, Member>,
    /// The time, by AWS's clocks.
    pub now: DateTime,
    /// When no more work is started.
    pub deadline: Deadline,
    /// Whether nothing is changed, the record among it.
    pub dry_run: bool,
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

    /// Holds the removals of a plan that may not be made, and records the others. Gives what went wrong, if anything did: then none is
    /// made.
    pub async fn keep(&self, plan: &mut Plan, removing: Removing<'_>) -> Option<Failure> {
        let removed = removed(plan);
        if removed.is_empty() {
            return None;
        }
        let Removing { region, members, now, deadline, dry_run } = removing;
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
            let stored = match deadline.share(SHARE, record.read(region, now)).await {
                Some(Ok(stored)) => stored,
                Some(Err(error)) => return hold(plan, error.into()),
                None => return hold(plan, OutOfTime::Bucket.into()),
            };
            if let Some(problem) = &stored.problem {
                tracing::warn!(%region, "which members were removed in the last day is not known: {problem}");
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
