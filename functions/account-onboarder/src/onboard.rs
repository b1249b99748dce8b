//! From an event to a membership in every Region: read the account and its memberships, plan, apply.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::rc::Rc;

use detective_onboarding::apply::Apply;
use detective_onboarding::aws::detective::{self, InvitationOptions};
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::{clients, organizations, settings};
use detective_onboarding::config::{self, PolicySource};
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::CallError;
use detective_onboarding::events::arrival::{self, Request};
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::Regional;
use detective_onboarding::model::account::{AccountId, OrganizationAccount};
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::member::Member;
use detective_onboarding::model::policy::Scope;
use detective_onboarding::plan::onboard::enroll;
use detective_onboarding::report::Report;
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::RegionReport;
use futures_util::FutureExt;
use futures_util::future::join;

const FUNCTION: &str = "account-onboarder";

/// What the function works with.
pub(crate) struct Onboarder {
    organizations: aws_sdk_organizations::Client,
    regional: Regional,
    policy: PolicySource,
    invitation: InvitationOptions,
    dry_run: bool,
}

/// What Organizations and the policy say of an account; `None` if Organizations does not know it.
type Found = Result<Option<(OrganizationAccount, Scope)>, CallError>;

/// The members of that id that a graph has: one or none.
type Members = Result<BTreeMap<AccountId, Member>, CallError>;

/// Reads a Region's graph, and the account's membership in it.
async fn look(detective: &DetectiveRegion, id: AccountId) -> (Result<GraphArn, CallError>, Members) {
    let graph = detective.graph().await;
    let members = match &graph {
        Ok(graph) => detective::get_members(&detective.client, graph, &BTreeSet::from([id])).await,
        Err(error) => Err(error.clone()),
    };
    (graph, members)
}

impl Onboarder {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let policy = config::policy_source(environment)?;
        let invitation = config::invitation(environment)?;
        let dry_run = config::dry_run(environment)?;
        let config = settings::sdk_config(environment)?;
        let organizations = clients::organizations(&config);
        Ok(Self { organizations, regional: Regional::new(config, environment)?, policy, invitation, dry_run })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let (trigger, request) = arrival::read(&invocation.payload);
        let id = match request {
            Request::Enroll(id) => id,
            Request::Nothing(reason) => return Report::ignored(FUNCTION, trigger, reason),
        };
        // The account is read once, while every Region reads its graph and its member.
        let account = self.account(id).map(Rc::new).shared();
        let work = async |detective: &DetectiveRegion| {
            let (account, (graph, members)) = join(account.clone(), look(detective, id)).await;
            if let Err(error) = &graph
                && error.is_missing_graph()
                && detective.is_optional
            {
                return Err(error.clone());
            }
            let outcomes = self.enroll(detective, &graph, id, &account, members, invocation).await;
            let outcomes = outcomes.unwrap_or_else(|error| BTreeMap::from([(id, Outcome::Failed(error))]));
            Ok(RegionReport::new(detective.region.clone(), graph.ok(), AccountReport::of(outcomes)))
        };
        let report = self.regional.run(FUNCTION, invocation, work).await;
        Report { trigger: Some(trigger), ..report }
    }

    async fn account(&self, id: AccountId) -> Found {
        let policy = self.policy.read(self.regional.config()).await?;
        let Some(account) = organizations::describe_account(&self.organizations, id).await? else { return Ok(None) };
        let traits = organizations::traits(&self.organizations, &policy, &account).await?;
        Ok(Some((account, policy.scope(id, &traits))))
    }

    async fn enroll(
        &self,
        detective: &DetectiveRegion,
        graph: &Result<GraphArn, CallError>,
        id: AccountId,
        account: &Found,
        members: Members,
        invocation: &Invocation,
    ) -> Result<BTreeMap<AccountId, Outcome>, CallError> {
        let account = account.clone()?;
        let graph = graph.as_ref().map_err(Clone::clone)?;
        let plan = enroll(graph.administrator(), &BTreeMap::from([(id, account)]), &members?);
        let apply = Apply {
            client: &detective.client,
            graph,
            invitation: &self.invitation,
            concurrent_starts: NonZeroUsize::MIN,
            now: invocation.now,
            deadline: invocation.deadline,
            dry_run: self.dry_run,
        };
        Ok(apply.run(plan).await)
    }
}
