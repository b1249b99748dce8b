//! What a run would do, with every account.

use std::cell::RefCell;
use std::rc::Rc;

use detective_onboarding::aws::{clients, clock};
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;
use detective_onboarding::model::time::format_time;
use detective_onboarding::report::Report;
use detective_onboarding::report::drift::Correction;
use detective_onboarding::report::region::{GraphState, RegionReport};

use super::collected::{Account, Collected};
use super::options::Options;
use super::source::Source;
use super::totals::Totals;
use super::units::Units;
use super::variables::variables;
use crate::failure::Failure;
use crate::progress;

/// What a run would do.
pub(super) struct Plan {
    /// The organization's id.
    pub(super) organization: String,
    pub(super) administrator: AccountId,
    /// When it was made, by the clock of AWS, in UTC.
    pub(super) made: String,
    pub(super) report: Report,
    pub(super) collected: Collected,
    units: Units,
    /// Why the OUs are not known.
    pub(super) units_problem: Option<String>,
}

impl Plan {
    /// Reads what a run would read, and plans it.
    ///
    /// # Errors
    /// A setting is wrong. What cannot be read is part of the plan.
    pub(super) async fn make(source: &Source, options: &Options, quiet: bool) -> Result<Self, Failure> {
        let variables = variables(options, &source.place())?;
        let collected = Rc::<RefCell<Collected>>::default();
        let observed = Rc::clone(&collected);
        let observer = Box::new(move |region: &Region, organization: &_, rows: &mut dyn Iterator<Item = _>| {
            observed.borrow_mut().add(region, organization, rows);
        });
        let (config, administrator) = (source.config.clone(), source.administrator);
        let work = async {
            let report = organization_reconciler::preview(&variables, config, administrator, observer).await?;
            let is_without_unit = |account: &Account| account.unit.is_none();
            let (is_empty, with_accounts) = {
                let accounts = &collected.borrow().accounts;
                (accounts.is_empty(), accounts.values().any(is_without_unit))
            };
            // A plan that could not be made has no accounts.
            let units = match is_empty {
                true => Ok(Units::default()),
                false => Units::read(&clients::organizations(&source.config), with_accounts).await,
            };
            Ok::<_, Failure>((report, units))
        };
        let (report, units) =
            progress::shown("Reading the organization and its members", &source.calls, quiet, work).await?;
        let (units, units_problem) = match units {
            Ok(units) => (units, None),
            Err(error) => (Units::default(), Some(error.to_string())),
        };
        let (organization, collected) = (source.organization.clone(), collected.take());
        let made = format_time(clock::now());
        Ok(Self { organization, administrator, made, report, collected, units, units_problem })
    }

    /// How many accounts would end in which way in a Region.
    pub(super) fn totals_of(&self, region: &Region) -> Totals {
        Totals::of(self.collected.region(region).map(|(_, ending)| ending))
    }

    /// How many accounts would end in which way.
    pub(super) fn totals(&self) -> Totals {
        let regions = self.report.regions.iter().map(|report| &report.region);
        Totals::of(regions.flat_map(|region| self.collected.region(region)).map(|(_, ending)| ending))
    }

    /// Whether the run would change anything.
    pub(super) fn changes(&self) -> bool {
        let of_graph = self.report.regions.iter().any(|region| {
            let is_corrected = region.drift.iter().any(|drift| drift.correction == Correction::Planned);
            region.graph == GraphState::WouldBeCreated || is_corrected
        });
        of_graph || self.totals().changes() > 0
    }

    /// Whether the account has no graph in any of the Regions, as far as that is known.
    pub(super) fn has_no_graph(&self) -> bool {
        let is_without = |region: &RegionReport| match &region.error {
            _ if region.graph == GraphState::Missing => true,
            Some(failure) => failure.code() == "NoBehaviorGraph",
            None => false,
        };
        !self.report.regions.is_empty() && self.report.regions.iter().all(is_without)
    }

    /// An account's name; empty if it is not known.
    pub(super) fn name(&self, id: AccountId) -> &str {
        self.collected.accounts.get(&id).map_or("", |account| &account.name)
    }

    /// Where an account is: the path of its OU.
    pub(super) fn unit(&self, id: AccountId) -> &str {
        let Some(account) = self.collected.accounts.get(&id) else { return "(outside the organization)" };
        let unit = account.unit.as_ref().or_else(|| self.units.of_accounts.get(&id));
        unit.map_or("(OU not known)", |unit| self.units.paths.get(unit).unwrap_or(unit))
    }
}
