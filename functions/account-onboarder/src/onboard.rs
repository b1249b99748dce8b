//! From an event to a membership in every Region: read the account and its memberships, plan, apply.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use aws_smithy_types::DateTime;
use detective_onboarding::account::{AccountId, OrganizationAccount};
use detective_onboarding::apply::Apply;
use detective_onboarding::aws::{self, DetectiveRegion};
use detective_onboarding::config::{self, ConfigError, Environment};
use detective_onboarding::detective::{self, InvitationOptions};
use detective_onboarding::error::CallError;
use detective_onboarding::outcome::{AccountReport, Outcome};
use detective_onboarding::policy::{Policy, Scope};
use detective_onboarding::report::{RegionReport, Report};
use detective_onboarding::trigger::{self, Request};
use detective_onboarding::{function, organizations, plan};
use futures_util::future::join_all;
use serde_json::Value;

const FUNCTION: &str = "account-onboarder";

/// What the function works with.
pub(crate) struct Onboarder {
    organizations: aws_sdk_organizations::Client,
    regions: Vec<DetectiveRegion>,
    policy: Policy,
    invitation: InvitationOptions,
    dry_run: bool,
}

impl Onboarder {
    pub(crate) async fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let policy = config::policy(environment)?;
        let invitation = config::invitation(environment)?;
        let dry_run = config::dry_run(environment)?;
        let config = aws::sdk_config().await;
        let regions = aws::detective_regions(&config, environment)?;
        Ok(Self { organizations: aws::organizations(&config), regions, policy, invitation, dry_run })
    }

    pub(crate) async fn handle(&self, payload: Value) -> Report {
        let now = function::time_of(&payload);
        let (trigger, request) = trigger::read(payload);
        let id = match request {
            Request::Enroll(id) => id,
            Request::Nothing(reason) => return Report::ignored(FUNCTION, trigger, reason),
        };
        let account = self.account(id).await;
        let regions = self.regions.iter().map(|detective| self.enroll(detective, id, &account, now));
        Report::new(FUNCTION, Some(trigger), join_all(regions).await)
    }

    /// What Organizations and the policy say of the account.
    async fn account(&self, id: AccountId) -> Result<Option<(OrganizationAccount, Scope)>, CallError> {
        let Some(account) = organizations::describe_account(&self.organizations, id).await? else { return Ok(None) };
        let traits = organizations::traits(&self.organizations, &self.policy, &account).await?;
        Ok(Some((account, self.policy.scope(id, &traits))))
    }

    async fn enroll(
        &self,
        detective: &DetectiveRegion,
        id: AccountId,
        account: &Result<Option<(OrganizationAccount, Scope)>, CallError>,
        now: DateTime,
    ) -> RegionReport {
        let mut graph_arn = None;
        let work = async {
            let account = account.clone()?;
            let graph = &*graph_arn.insert(detective.graph().await?);
            let members = detective::get_members(&detective.client, graph, &BTreeSet::from([id])).await?;
            let plan = plan::enroll(graph.administrator(), &BTreeMap::from([(id, account)]), &members);
            let (invitation, dry_run, concurrent_starts) = (&self.invitation, self.dry_run, NonZeroUsize::MIN);
            Ok(Apply { client: &detective.client, graph, invitation, concurrent_starts, now, dry_run }.run(plan).await)
        };
        let outcomes = work.await.unwrap_or_else(|error| BTreeMap::from([(id, Outcome::Failed(error))]));
        RegionReport::new(detective.region.clone(), graph_arn, AccountReport::of(outcomes))
    }
}
