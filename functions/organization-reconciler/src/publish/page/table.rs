//! What the coverage page shows, as a table for a spreadsheet.

use detective_onboarding::model::account::AccountId;
use detective_onboarding::plan::needs::Needs;

use super::{Described, RegionPart};
use crate::publish::spreadsheet::Spreadsheet;

/// Every account in every Region, those first that need a person. The reasons' sentences are left out: ten thousand accounts in
/// seventeen Regions would take thirty megabytes more.
pub(super) fn table<'a>(describe: impl Fn(AccountId) -> Described<'a>, parts: &[&RegionPart]) -> Vec<u8> {
    let mut file = Spreadsheet::new(&[
        "accountId",
        "name",
        "unit",
        "region",
        "time",
        "needs",
        "outcome",
        "status",
        "action",
        "reason",
    ]);
    for needs in [Needs::Person, Needs::Time, Needs::Nobody] {
        for part in parts {
            for (id, state) in part.states().filter(|(_, state)| state.needs == needs) {
                let ((name, unit), summary) = (describe(id), &part.summary);
                let (unit, region, time) = (unit.unwrap_or_default(), summary.region.as_str(), summary.time.as_str());
                file.row(
                    id,
                    [
                        &name,
                        &unit,
                        region,
                        time,
                        needs.as_str(),
                        &state.outcome,
                        &state.status,
                        &state.action,
                        &state.reason,
                    ],
                );
            }
        }
    }
    file.finish()
}
