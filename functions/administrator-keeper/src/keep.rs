//! Compares the organization's Detective administrator in every Region with the one that it should be.

use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::{clients, detective, settings};
use detective_onboarding::config;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::Failure;
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::report::Report;
use detective_onboarding::report::drift::{Correction, Drift};
use detective_onboarding::report::region::RegionReport;

use crate::preconditions::{self, Preconditions};

const FUNCTION: &str = "administrator-keeper";

/// What the function works with.
pub(crate) struct Keeper {
    organizations: aws_sdk_organizations::Client,
    regions: CoveredRegions,
    administrator: AccountId,
    correct: bool,
    dry_run: bool,
}

impl Keeper {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let administrator = config::administrator(environment)?;
        let correct = config::correct_drift(environment)?;
        let dry_run = config::dry_run(environment)?;
        let config = settings::sdk_config(environment)?;
        let organizations = clients::organizations(&config);
        let regions = CoveredRegions::new(config, environment)?;
        Ok(Self { organizations, regions, administrator, correct, dry_run })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let read = preconditions::read(&self.organizations, self.administrator);
        let read = invocation.deadline.call(read).await.unwrap_or_else(|| Ok(Preconditions::default()));
        // Without an answer, Detective itself is asked.
        let (preconditions, error) =
            read.map_or_else(|error| (Preconditions::default(), Some(error)), |read| (read, None));
        let work = async |detective: &DetectiveRegion, _: &Run| self.keep(detective, &preconditions).await;
        let mut report = self.regions.run(FUNCTION, invocation, work).await;
        report.error = report.error.or_else(|| error.map(Failure::from));
        report
    }

    /// Designates the administrator where there is none. Another one is never taken away: its behavior graph would be
    /// deleted with all that it has seen.
    ///
    /// <https://docs.aws.amazon.com/detective/latest/APIReference/API_DisableOrganizationAdminAccount.html>
    async fn keep(&self, detective: &DetectiveRegion, preconditions: &Preconditions) -> Result<RegionReport, Failure> {
        let found = detective::organization_administrator(&detective.client).await?;
        let mut report = RegionReport::new(detective.region.clone(), None, Vec::new());
        if found == Some(self.administrator) {
            return preconditions.unusable.clone().map_or(Ok(report), Err);
        }
        if let (None, Some(refused)) = (found, &preconditions.refused) {
            return Err(refused.clone());
        }
        let correction = Correction::of(self.correct && found.is_none(), self.dry_run);
        if correction == Correction::Done {
            detective::designate(&detective.client, self.administrator).await?;
        }
        report.drift = vec![Drift::designation(self.administrator, found, correction)];
        Ok(report)
    }
}
