//! From the administrator account: accepts its own invitations in every invited member account, by a role there.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_detective::types::MemberStatus;
use detective_onboarding::aws::detective_region::{DetectiveRegion, detective_as};
use detective_onboarding::aws::sts::{self, MemberRole};
use detective_onboarding::aws::{clients, detective, settings};
use detective_onboarding::config;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::{CallError, Failure};
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::invitation::Invitation;
use detective_onboarding::plan::accept::{AllowList, Answer, answer};
use detective_onboarding::plan::held::Held;
use detective_onboarding::report::Report;
use detective_onboarding::report::outcome::{AccountReport, Action, Outcome};
use detective_onboarding::report::region::RegionReport;
use futures_util::{StreamExt, stream};

use crate::accept::{FUNCTION, accepted};

/// Accounts in which a Region works at once.
const CONCURRENT_ACCOUNTS: usize = 5;

/// What the function works with.
pub(crate) struct Central {
    sts: aws_sdk_sts::Client,
    regions: CoveredRegions,
    role: MemberRole,
    dry_run: bool,
}

impl Central {
    pub(crate) fn new(environment: &Environment<'_>, role: MemberRole) -> Result<Self, ConfigError> {
        let dry_run = config::dry_run(environment)?;
        let config = settings::sdk_config(environment)?;
        let (sts, bucket) = (clients::sts(&config), config::state_bucket(environment)?);
        let regions = CoveredRegions::new(config, environment)?.merging_runs();
        let regions = regions.remembering_failures(FUNCTION, bucket.filter(|_| !dry_run));
        Ok(Self { sts, regions, role, dry_run })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let work = async |detective: &DetectiveRegion, _: &Run| self.accept(detective, invocation.deadline).await;
        self.regions.run(FUNCTION, invocation, work).await
    }

    async fn accept(&self, detective: &DetectiveRegion, deadline: Deadline) -> Result<RegionReport, Failure> {
        let Some((graph, members)) = detective.members(deadline).await? else {
            return Ok(RegionReport::out_of_time(detective.region.clone()));
        };
        let invited = members.into_values().filter(|member| member.status == MemberStatus::Invited);
        let accounts = async |id: AccountId| {
            let late = || vec![AccountReport::new(id, Outcome::Held(Held::out_of_time()))];
            let accounts = deadline.call(self.accept_in(detective, &graph, id)).await.unwrap_or_else(late);
            (id, accounts)
        };
        let accounts = stream::iter(invited.map(|member| member.id)).map(accounts);
        let accounts: BTreeMap<AccountId, Vec<AccountReport>> =
            accounts.buffer_unordered(CONCURRENT_ACCOUNTS).collect().await;
        let accounts = accounts.into_values().flatten().collect();
        Ok(RegionReport::new(detective.region.clone(), Some(graph), accounts))
    }

    /// Accepts the invitation to the administrator's own graph, and to no other, in one account. What others invited the
    /// account to is left alone, and reported.
    async fn accept_in(&self, detective: &DetectiveRegion, graph: &GraphArn, id: AccountId) -> Vec<AccountReport> {
        if self.dry_run {
            return vec![AccountReport::new(id, Outcome::Planned { action: Action::Accepted })];
        }
        let client = match self.client_in(detective, graph, id).await {
            Ok(client) => client,
            Err(outcome) => return vec![AccountReport::new(id, outcome)],
        };
        let result = detective::accept_invitation(&client, graph).await;
        if detective.region.is_opt_in() && result.as_ref().is_err_and(CallError::is_of_unknown_credentials) {
            return vec![AccountReport::new(id, Outcome::Held(Held::region_not_enabled(&detective.region)))];
        }
        let readback = detective::list_invitations(&client).await;
        // Whoever owns the account decides what the role may do there: that is the account's state, and no failure of the run.
        let denial = [result.as_ref().err(), readback.as_ref().err()]
            .into_iter()
            .flatten()
            .find(|error| error.is_access_denied());
        let denied = denial.map(|error| Held::member_role_denied(&self.role.name, error));
        let outcome = denied.map_or_else(|| accepted(graph, result, &readback), Outcome::Held);
        let own = AccountReport::new(id, outcome);
        let others = readback.into_iter().flatten().filter(|invitation| invitation.graph != *graph);
        let held = others.filter_map(|invitation| Self::held(id, graph, &invitation));
        [own].into_iter().chain(held).collect()
    }

    /// Another invitation than the administrator's own: why it is left alone, if it waits for an answer.
    fn held(id: AccountId, graph: &GraphArn, invitation: &Invitation) -> Option<AccountReport> {
        // Rejecting is up to the account itself.
        let allowed = AllowList {
            administrators: BTreeSet::from([graph.administrator()]),
            graphs: BTreeSet::from([graph.clone()]),
            reject_others: false,
        };
        let Answer::Hold(held) = answer(invitation, &allowed) else { return None };
        Some(AccountReport {
            administrator_id: Some(invitation.graph.administrator()),
            graph_arn: Some(invitation.graph.clone()),
            ..AccountReport::new(id, Outcome::Held(held))
        })
    }

    /// Detective in the account, by the role there.
    async fn client_in(
        &self,
        detective: &DetectiveRegion,
        graph: &GraphArn,
        id: AccountId,
    ) -> Result<aws_sdk_detective::Client, Outcome> {
        match sts::assume_member_role(&self.sts, id, &self.role, graph).await {
            Ok(credentials) => Ok(detective_as(self.regions.config(), &detective.region, credentials)),
            // An invited account need not have the role: it may accept by itself.
            Err(error) if error.is_access_denied() => {
                Err(Outcome::Held(Held::member_role_unavailable(&self.role.name, &error)))
            }
            Err(error) => Err(Outcome::failed(Some(Action::Accepted), error)),
        }
    }
}
