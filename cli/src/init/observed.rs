//! What AWS shows of the organization to these credentials.

use aws_config::SdkConfig;
use aws_sdk_detective::Client;
use detective_onboarding::aws::account::enabled_regions;
use detective_onboarding::aws::detective::{find_graph, organization_administrator};
use detective_onboarding::aws::organizations::detective_administrator;
use detective_onboarding::error::CallError;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;
use futures_util::future::join_all;

use crate::caller::{Caller, Organization};
use crate::failure::Failure;
use crate::settings::at;

/// What AWS shows of the organization to these credentials.
pub(super) struct Observed {
    pub(super) caller: Caller,
    pub(super) organization: Organization,
    /// The organization's Detective administrator, if it has one and these credentials may see it.
    pub(super) administrator: Option<AccountId>,
    /// The Regions in which it is designated, from the management account; or that have its graph, from its own.
    pub(super) regions: Vec<Region>,
    /// The home Region of Control Tower's trail.
    pub(super) control_tower: Option<Region>,
    /// What these credentials may not see, a sentence each.
    pub(super) unseen: Vec<String>,
}

impl Observed {
    /// Reads all of it. `region` is any Region of the credentials' partition.
    ///
    /// # Errors
    /// The credentials do not work, or the organization cannot be read.
    pub(super) async fn read(config: &SdkConfig, region: &Region) -> Result<Self, Failure> {
        let caller = Caller::identify(config, region).await?;
        let home = at(config, &caller.home);
        let organization = Organization::read(&home).await.map_err(|error| {
            format!("the organization cannot be read: {error}. Use credentials of its management account, or of the account that \
                     administers Detective")
        })?;
        let mut unseen = Vec::new();
        let mut see = |what: &str, error: &CallError| unseen.push(format!("{what} could not be read: {error}"));
        let delegated = detective_administrator(&aws_sdk_organizations::Client::new(&home)).await;
        let administrator = delegated.unwrap_or_else(|error| {
            see("Detective's delegated administrator", &error);
            None
        });
        let enabled = enabled_regions(&aws_sdk_account::Client::new(&home)).await.unwrap_or_else(|error| {
            see("the account's Regions", &error);
            Vec::new()
        });
        let is_management = caller.account == organization.management;
        let with_detective = enabled.into_iter().filter(Region::has_detective);
        let found = join_all(with_detective.map(async |region| {
            let found = administrator_in(config, &region, &caller, is_management).await;
            (region, found)
        }));
        let (mut regions, mut administrator) = (Vec::new(), administrator);
        for (region, found) in found.await {
            match found {
                Ok(Some(id)) => {
                    administrator.get_or_insert(id);
                    if administrator == Some(id) {
                        regions.push(region);
                    }
                }
                Ok(None) => {}
                Err(error) => see(&format!("Detective in {region}"), &error),
            }
        }
        let control_tower = match is_management {
            true => control_tower(&home).await.unwrap_or_else(|error| {
                see("the management account's trails", &error);
                None
            }),
            false => None,
        };
        Ok(Self { caller, organization, administrator, regions, control_tower, unseen })
    }
}

/// Who administers Detective in a Region: whom the organization designated, seen from the management account, or the caller, if it
/// has a graph.
async fn administrator_in(
    config: &SdkConfig,
    region: &Region,
    caller: &Caller,
    is_management: bool,
) -> Result<Option<AccountId>, CallError> {
    let client = Client::new(&at(config, region));
    if is_management && let Some(designated) = organization_administrator(&client).await? {
        return Ok(Some(designated));
    }
    let own = find_graph(&client).await?.map(|graph| graph.administrator());
    // The management account may administer its own graph.
    Ok(own.filter(|id| !is_management || *id == caller.account))
}

/// The home Region of Control Tower's trail, which Control Tower makes in its own. A landing zone may be without one.
///
/// <https://docs.aws.amazon.com/controltower/latest/userguide/shared-account-resources.html>
async fn control_tower(config: &SdkConfig) -> Result<Option<Region>, CallError> {
    let client = aws_sdk_cloudtrail::Client::new(config);
    let answer = client.describe_trails().include_shadow_trails(true).send().await;
    let trails = answer.map_err(CallError::of("DescribeTrails"))?.trail_list.unwrap_or_default();
    let of_tower = trails.iter().find(|trail| trail.name().is_some_and(|name| name.starts_with("aws-controltower-")));
    Ok(of_tower.and_then(|trail| trail.home_region()?.parse().ok()))
}
