//! The organization that is planned for: the caller's own, or a scenario's.

use std::path::PathBuf;

use aws_config::SdkConfig;
use detective_emulator::Emulator;
use detective_onboarding::error::AwsCode;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;

use super::variables::Place;
use crate::caller::{Caller, Organization};
use crate::environment::{self, Accounts};
use crate::failure::Failure;
use crate::settings::{self, Calls, at};

/// The organization, and how it is read.
pub(super) struct Source {
    pub(super) config: SdkConfig,
    pub(super) administrator: AccountId,
    /// Its id.
    pub(super) organization: String,
    management: String,
    region: Region,
    regions: String,
    pub(super) calls: Calls,
    /// It is there as long as it is read.
    _emulator: Option<Emulator>,
}

impl Source {
    /// The caller's own organization.
    ///
    /// # Errors
    /// The credentials do not work, or their account is in no organization.
    pub(super) async fn live() -> Result<Self, Failure> {
        let calls = Calls::default();
        let config = settings::sdk_config(&calls).await?;
        let of_profile = config.region().and_then(|region| region.as_ref().parse().ok());
        let region: Region = of_profile.map_or_else(|| "us-east-1".parse(), Ok)?;
        let caller = Caller::identify(&config, &region).await?;
        let config = at(&config, &region);
        let organization = Organization::read(&at(&config, &caller.home)).await.map_err(|error| {
            match error.is(&AwsCode::AWSOrganizationsNotInUseException) {
                true => format!(
                    "account {} is in no organization: use credentials of the account that administers Detective \
                                 (AWS_PROFILE)",
                    caller.account
                ),
                false => format!("{error}. It needs organizations:DescribeOrganization"),
            }
        })?;
        Ok(Self {
            config,
            administrator: caller.account,
            organization: organization.id,
            management: organization.management.to_string(),
            region,
            regions: "all".to_owned(),
            calls,
            _emulator: None,
        })
    }

    /// The organization of a scenario file, or the example.
    ///
    /// # Errors
    /// The scenario is wrong, or has no organization or no graph.
    pub(super) async fn scenario(file: Option<PathBuf>) -> Result<Self, Failure> {
        let emulator = Emulator::start(environment::cloud(file)?).await?;
        let Accounts { organization, management, administrator, regions, .. } = Accounts::of(emulator.cloud())?;
        let mut regions: Vec<&str> = regions.split(',').collect();
        regions.sort_unstable();
        let calls = Calls::default();
        let config = settings::emulated(emulator.endpoint_url(), &administrator, &calls)?;
        Ok(Self {
            administrator: administrator.parse()?,
            organization,
            management,
            region: "us-east-1".parse()?,
            regions: regions.join(","),
            calls,
            config,
            _emulator: Some(emulator),
        })
    }

    /// Where the stack would be.
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            administrator: self.administrator,
            region: &self.region,
            organization: &self.organization,
            management: &self.management,
            regions: self.regions.clone(),
        }
    }
}
