//! How long a report is at most: whatever happens, it has to fit into a response, an error, a message and a log.

use serde::Serialize;

use crate::error::cut;
use crate::report::Report;
use crate::report::outcome::{AccountReport, Outcome};
use crate::report::region::RegionReport;

/// How many characters of what an event states are repeated.
const MAX_STATED: usize = 200;

/// How many characters the warning of a run has: a document that somebody else wrote may be in it.
const MAX_WARNING: usize = 1_500;

/// How many warnings a Region has.
const MAX_WARNINGS: usize = 10;

/// What is left free for `fullRecord`, the commas, and the counts of what is cut, in bytes.
const RESERVE: usize = 2_000;
const RESERVE_PER_REGION: usize = 60;

impl Report {
    /// The report without more failed and held accounts than have log lines of their own, and with short texts.
    pub fn shortened(mut self) -> Self {
        self.regions.iter_mut().for_each(RegionReport::list_first);
        self.regions.iter_mut().for_each(|region| region.warnings.truncate(MAX_WARNINGS));
        let short = |text: &mut Option<String>| *text = text.take().map(|text| cut(&text, MAX_STATED));
        short(&mut self.ignored);
        self.warning = self.warning.map(|text| cut(&text, MAX_WARNING));
        if let Some(trigger) = &mut self.trigger {
            short(&mut trigger.event_id);
            short(&mut trigger.event_name);
        }
        self
    }

    /// Cuts lists until the report, as JSON, has at most `bytes`: each Region lists as much as the others, what failed
    /// first. Messages that are to be retried are never cut. `place` states where the accounts are that are left out.
    pub fn limit(&mut self, bytes: usize, place: impl FnOnce() -> String) {
        self.regions.iter_mut().for_each(|region| region.is_cut |= region.lists.cut());
        let regions = std::mem::take(&mut self.regions);
        let mut remaining = bytes.saturating_sub(size(self) + RESERVE);
        let mut lists: Vec<_> = regions.into_iter().enumerate().map(RegionList::new).collect();
        // Without accounts, Regions fit but for an absurd number of them: then those stay that failed.
        lists.sort_by_key(|list| (!list.region.has_failed(), list.index));
        let all = lists.len();
        lists.retain(|list| {
            let fits = list.frame <= remaining;
            remaining -= if fits { list.frame } else { 0 };
            fits
        });
        self.regions_not_listed = all - lists.len();
        // Those that need less than their share leave it to the others.
        lists.sort_by_key(|list| list.needs);
        let mut left = lists.len();
        for list in &mut lists {
            remaining -= list.fill(remaining / left);
            left -= 1;
        }
        lists.sort_by_key(|list| list.index);
        self.regions = lists.into_iter().map(|list| list.region).collect();
        if self.regions_not_listed > 0 || self.regions.iter().any(|region| region.is_cut) {
            self.full_record = Some(place());
        }
    }
}

/// A Region and the bytes that it takes.
struct RegionList {
    index: usize,
    region: RegionReport,
    /// Without its accounts.
    frame: usize,
    /// Of each of its accounts.
    lines: Vec<usize>,
    /// Of all of them.
    needs: usize,
}

impl RegionList {
    fn new((index, mut region): (usize, RegionReport)) -> Self {
        let accounts = std::mem::take(&mut region.accounts);
        let frame = size(&region) + RESERVE_PER_REGION;
        let lines: Vec<usize> = accounts.iter().map(|account| size(account) + 1).collect();
        region.accounts = accounts;
        Self { index, region, frame, needs: lines.iter().sum(), lines }
    }

    /// Lists no more accounts than fit into `share` bytes. Returns how many bytes they take.
    fn fill(&mut self, share: usize) -> usize {
        if self.needs <= share {
            return self.needs;
        }
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by_key(|index| rank(&self.region.accounts[*index]));
        let (mut taken, mut is_listed) = (0, vec![false; self.lines.len()]);
        for index in order {
            if taken + self.lines[index] > share {
                break;
            }
            taken += self.lines[index];
            is_listed[index] = true;
        }
        let mut is_listed = is_listed.into_iter();
        self.region.list_only(|_| is_listed.next().unwrap_or_default());
        taken
    }
}

/// What is listed first if not all can be. What would be done is what a dry run is for.
fn rank(account: &AccountReport) -> u8 {
    match account.outcome {
        Outcome::Failed { .. } => 0,
        Outcome::Planned { .. } => 1,
        Outcome::Held(_) => 2,
        Outcome::Done { .. } | Outcome::Removed => 3,
    }
}

fn size(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::error::CallError;
    use crate::model::account::AccountId;
    use crate::plan::held::{Held, HeldReason};
    use crate::report::drift::Drift;
    use crate::report::outcome::Action;

    fn accounts(count: u64) -> impl Iterator<Item = AccountId> {
        (0..count).map(|number| (300_000_000_000 + number).to_string().parse().unwrap())
    }

    fn report(regions: usize, count: u64, outcome: impl Fn(u64) -> Outcome) -> Report {
        let region = |_| {
            let accounts = (0..).zip(accounts(count)).map(|(number, id)| AccountReport::new(id, outcome(number)));
            RegionReport::new("ap-northeast-1".parse().unwrap(), None, accounts.collect())
        };
        Report::new("organization-reconciler", None, (0..regions).map(region).collect())
    }

    fn denied(message: &str) -> CallError {
        CallError::answered("StartMonitoringMember", "AccessDeniedException", message)
    }

    fn limited(report: Report, bytes: usize) -> serde_json::Value {
        let mut report = report.shortened();
        report.limit(bytes, || "elsewhere".to_owned());
        let size = size(&report);
        assert!(size <= bytes, "{size} bytes");
        serde_json::to_value(report).unwrap()
    }

    #[test]
    fn a_report_in_which_everything_fails_counts_all_and_lists_the_first_in_every_region() {
        let everything = report(17, 10_000, |_| Outcome::failed(Some(Action::Started), denied(&"\"".repeat(9_000))));
        let report = limited(everything, 190_000);
        assert_eq!((&report["totals"]["failed"], &report["fullRecord"]), (&170_000.into(), &"elsewhere".into()));
        for region in report["regions"].as_array().unwrap() {
            let count = serde_json::json!([{"operation": "StartMonitoringMember", "code": "AccessDeniedException",
                "accounts": 10_000}]);
            assert_eq!(region["failures"], count);
            let listed = region["accounts"].as_array().unwrap();
            assert!((5..=20).contains(&listed.len()), "{}", listed.len());
            assert_eq!(listed[0]["accountId"], "300000000000");
            assert_eq!(listed.len() as u64 + region["notListed"].as_u64().unwrap(), 10_000);
        }
    }

    #[test]
    fn a_report_of_any_outcomes_and_any_number_of_regions_is_short() {
        let outcomes: [&dyn Fn(u64) -> Outcome; 4] = [
            &|number| {
                let code = format!("{}{number}", "Code".repeat(30));
                Outcome::failed(None, CallError::answered("CreateMembers", &code, "no"))
            },
            &|_| Outcome::Held(Held { reason: HeldReason::GraphQuota, message: "x".repeat(300).into() }),
            &|_| Outcome::Planned { action: Action::Created },
            &|_| Outcome::Done { action: Action::None, status: MemberStatus::Enabled },
        ];
        for outcome in outcomes {
            for (regions, count) in [(17, 10_000), (2_000, 3)] {
                let mut report = report(regions, count, outcome);
                for region in &mut report.regions {
                    region.lists.stuck = accounts(1_200).collect();
                    region.lists.no_longer_covered = accounts(1_200).collect();
                    region.drift = vec![Drift::administrator("222222222222".parse().unwrap(), &denied("x"))];
                }
                limited(report, 90_000);
            }
        }
    }

    #[test]
    fn a_warning_that_somebody_else_wrote_leaves_room_for_the_failures() {
        let failing = report(1, 20, |_| Outcome::failed(None, denied("no")));
        let mut report = Report { warning: Some("x".repeat(1_000_000)), ..failing }.shortened();
        report.limit(90_000, || "the logs".to_owned());
        assert_eq!((report.regions_not_listed, report.regions[0].accounts.len()), (0, 20));
    }

    #[test]
    fn a_short_report_stays_as_it_is() {
        let everything = report(2, 20, |_| Outcome::failed(None, denied("no")));
        let before = serde_json::to_value(&everything).unwrap();
        assert_eq!(limited(everything, 90_000), before);
    }

    #[test]
    fn a_region_lists_what_fits_beside_the_others_and_failures_first() {
        let mut mixed = report(2, 1_000, |number| match number {
            999 => Outcome::failed(None, denied("no")),
            _ => Outcome::Done { action: Action::Created, status: MemberStatus::Enabled },
        });
        mixed.regions[0].accounts.truncate(1);
        let report = limited(mixed, 60_000);
        let listed = report["regions"][1]["accounts"].as_array().unwrap();
        assert!(listed.len() > 600, "{}", listed.len());
        assert_eq!(listed.iter().filter(|account| account["outcome"] == "failed").count(), 1);
    }
}
