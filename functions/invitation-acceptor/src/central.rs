//! From the administrator account: accepts its own invitations in every invited member account, by a role there.

use std::collections::BTreeMap;

use aws_sdk_detective::types::MemberStatus;
use detective_onboarding::account::AccountId;
use detective_onboarding::aws::{self, DetectiveRegion};
use detective_onboarding::config::{self, ConfigError, Environment};
use detective_onboarding::detective;
use detective_onboarding::error::CallError;
use detective_onboarding::graph::GraphArn;
use detective_onboarding::held::Held;
use detective_onboarding::invocation::{Deadline, Invocation};
use detective_onboarding::outcome::{AccountReport, Action, Outcome};
use detective_onboarding::region_report::RegionReport;
use detective_onboarding::regional::Regional;
use detective_onboarding::report::Report;
use detective_onboarding::settings;
use detective_onboarding::sts::{self, MemberRole};
use futures_util::{StreamExt, stream};

use crate::accept::{FUNCTION, accepted};

/// Accounts in which a Region works at once.
const CONCURRENT_ACCOUNTS: usize = 5;

/// What the function works with.
pub(crate) struct Central {
    sts: aws_sdk_sts::Client,
    regional: Regional,
    role: MemberRole,
    dry_run: bool,
}

impl Central {
    pub(crate) fn new(environment: &Environment<'_>, role: MemberRole) -> Result<Self, ConfigError> {
        let dry_run = config::dry_run(environment)?;
        let config = settings::sdk_config(environment)?;
        let sts = aws::sts(&config);
        Ok(Self { sts, regional: Regional::new(config, environment)?, role, dry_run })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let work = async |detective: &DetectiveRegion| self.accept(detective, invocation.deadline).await;
        self.regional.run(FUNCTION, invocation, work).await
    }

    async fn accept(&self, detective: &DetectiveRegion, deadline: Deadline) -> Result<RegionReport, CallError> {
        let graph = detective.graph().await?;
        let members = detective::list_members(&detective.client, &graph).await?;
        let invited = members.into_values().filter(|member| member.status == MemberStatus::Invited);
        let outcome = async |id: AccountId| {
            let outcome = match deadline.has_come() {
                true => Outcome::Held(Held::out_of_time()),
                false => self.accept_in(detective, &graph, id).await.unwrap_or_else(Outcome::Failed),
            };
            (id, outcome)
        };
        let outcomes = stream::iter(invited.map(|member| member.id)).map(outcome).buffer_unordered(CONCURRENT_ACCOUNTS);
        let outcomes: BTreeMap<AccountId, Outcome> = outcomes.collect().await;
        Ok(RegionReport::new(detective.region.clone(), Some(graph), AccountReport::of(outcomes)))
    }

    /// Accepts the invitation to the administrator's own graph, and to no other, in one account.
    async fn accept_in(
        &self,
        detective: &DetectiveRegion,
        graph: &GraphArn,
        id: AccountId,
    ) -> Result<Outcome, CallError> {
        if self.dry_run {
            return Ok(Outcome::Planned { action: Action::Accepted });
        }
        let credentials = match sts::assume_member_role(&self.sts, id, &self.role, graph).await {
            Ok(credentials) => credentials,
            // An invited account need not have the role: it may accept by itself.
            Err(error) if error.is_access_denied() => {
                return Ok(Outcome::Held(Held::member_role_unavailable(&self.role.name, &error)));
            }
            Err(error) => return Err(error),
        };
        let client = aws::detective_as(self.regional.config(), &detective.region, credentials);
        let result = detective::accept_invitation(&client, graph).await;
        Ok(accepted(graph, result, &detective::list_invitations(&client).await))
    }
}
