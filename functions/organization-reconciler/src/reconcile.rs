//! Reads the organization and all members, plans every graph, and applies the plans.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use aws_sdk_detective::types::MemberStatus;
use aws_smithy_types::DateTime;
use detective_onboarding::account::{AccountId, AccountState, OrganizationAccount};
use detective_onboarding::apply::Apply;
use detective_onboarding::aws::{self, DetectiveRegion};
use detective_onboarding::config::{self, ConfigError, Environment};
use detective_onboarding::detective::{self, InvitationOptions};
use detective_onboarding::error::CallError;
use detective_onboarding::held::HeldReason;
use detective_onboarding::outcome::{AccountReport, Outcome};
use detective_onboarding::plan::Step;
use detective_onboarding::policy::{Policy, Scope, Traits};
use detective_onboarding::reconcile::{self, Organization, PLACES, Reconciliation, Removals};
use detective_onboarding::report::{Coverage, RegionReport, Report};
use detective_onboarding::{function, organizations};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

const FUNCTION: &str = "organization-reconciler";

/// Reads of Organizations in flight at once; the service throttles early.
const CONCURRENT_READS: usize = 4;

/// What the function works with.
pub(crate) struct Reconciler {
    organizations: aws_sdk_organizations::Client,
    regions: Vec<DetectiveRegion>,
    policy: Policy,
    removals: Removals,
    warn_at_percent: usize,
    invitation: InvitationOptions,
    concurrent_starts: NonZeroUsize,
    dry_run: bool,
}

impl Reconciler {
    pub(crate) async fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let policy = config::policy(environment)?;
        let removals = config::removals(environment)?;
        let warn_at_percent = environment.parsed("WARN_AT_PERCENT_OF_LIMIT", 90, "a whole number from 1 to 100")?;
        let invitation = config::invitation(environment)?;
        let concurrent_starts = config::concurrent_starts(environment)?;
        let dry_run = config::dry_run(environment)?;
        let config = aws::sdk_config().await;
        let regions = aws::detective_regions(&config, environment)?;
        let organizations = aws::organizations(&config);
        Ok(Self { organizations, regions, policy, removals, warn_at_percent, invitation, concurrent_starts, dry_run })
    }

    pub(crate) async fn handle(&self, payload: Value) -> Report {
        let now = function::time_of(&payload);
        let organization = self.organization().await;
        let work = async |detective: &DetectiveRegion| {
            self.reconcile(detective, organization.as_ref().map_err(Clone::clone)?, now).await
        };
        Report::new(FUNCTION, None, function::in_every_region(&self.regions, work).await)
    }

    /// All accounts, each with what the policy says of it.
    async fn organization(&self) -> Result<Organization, CallError> {
        let accounts = organizations::list_accounts(&self.organizations).await?;
        let mut below = BTreeMap::new();
        for unit in self.policy.units() {
            // Organizations may tell each account's OUs with it; a unit that no account is in must still exist.
            let known = accounts.iter().any(|account| in_unit(account, unit));
            if !known || accounts.iter().any(|account| account.units.is_none()) {
                below.insert(unit, organizations::accounts_below(&self.organizations, unit).await?);
            }
        }
        let mut tags = BTreeMap::new();
        if self.policy.reads_tags() {
            let read = async |id| Ok((id, organizations::tags(&self.organizations, id).await?));
            let reads =
                stream::iter(accounts.iter().map(|account| account.id)).map(read).buffer_unordered(CONCURRENT_READS);
            tags = reads.try_collect().await?;
        }
        let scoped = accounts.into_iter().map(|account| {
            let listed =
                |unit: &&str| below.get(unit).is_some_and(|ids: &BTreeSet<AccountId>| ids.contains(&account.id));
            let units = self.policy.units().into_iter().filter(|unit| in_unit(&account, unit) || listed(unit));
            let traits = Traits {
                units: units.map(str::to_owned).collect(),
                tags: tags.remove(&account.id).unwrap_or_default(),
            };
            let scope = self.policy.scope(account.id, &traits);
            (account.id, (account, scope))
        });
        Ok(scoped.collect())
    }

    async fn reconcile(
        &self,
        detective: &DetectiveRegion,
        organization: &Organization,
        now: DateTime,
    ) -> Result<RegionReport, CallError> {
        let graph = detective.graph().await?;
        let administrator = graph.administrator();
        if !organization.contains_key(&administrator) {
            // Whatever this list is, it is not the organization.
            let message = format!(
                "Organizations listed {} accounts without {administrator}, the administrator",
                organization.len()
            );
            return Err(CallError::new("ListAccounts", "IncompleteOrganization", &message));
        }
        let members = detective::list_members(&detective.client, &graph).await?;
        let mut result = reconcile::reconcile(administrator, organization, &members, self.removals);
        let unconfirmed = self.confirm_removals(&mut result, organization).await;
        let apply = Apply {
            client: &detective.client,
            graph: &graph,
            invitation: &self.invitation,
            concurrent_starts: self.concurrent_starts,
            now,
            dry_run: self.dry_run,
        };
        let outcomes = apply.run(result.plan).await;
        if result.members * 100 >= PLACES * self.warn_at_percent {
            tracing::warn!(region = %detective.region, members = result.members, member_limit = PLACES,
                "the behavior graph is nearly full: narrow the policy, or say by priority who gets the last places");
        }
        let coverage = coverage(administrator, organization, &outcomes, result.out_of_scope, result.members);
        let accounts = AccountReport::of(outcomes);
        let report = RegionReport::of_organization(detective.region.clone(), graph, coverage, accounts);
        let stopped = (result.removals_stopped > 0).then(|| {
            let message = format!(
                "{} members would have been removed at once, more than a run may remove (MAX_REMOVALS, \
                 MAX_REMOVALS_PERCENT): none was",
                result.removals_stopped
            );
            CallError::new("DeleteMembers", "RemovalsStopped", &message)
        });
        Ok(match unconfirmed.or(stopped) {
            Some(error) => report.with_error(error),
            None => report,
        })
    }

    /// Asks Organizations about every account that is to be removed because the organization's list does not have it:
    /// a list can be incomplete. If one of them is there after all, none is removed.
    async fn confirm_removals(&self, result: &mut Reconciliation, organization: &Organization) -> Option<CallError> {
        let gone = |step: &Step| matches!(step, Step::Remove(held) if held.reason == HeldReason::NotInOrganization);
        let gone: Vec<AccountId> = result.plan.iter().filter(|(_, step)| gone(step)).map(|(id, _)| *id).collect();
        for id in &gone {
            let error = match organizations::describe_account(&self.organizations, *id).await {
                Ok(None) => continue,
                Err(error) => error,
                Ok(Some(_)) => {
                    let message = format!(
                        "Organizations listed {} accounts and left out {id}, which it has: nothing is removed",
                        organization.len()
                    );
                    CallError::new("ListAccounts", "IncompleteOrganization", &message)
                }
            };
            for id in gone {
                result.plan.remove(&id);
            }
            return Some(error);
        }
        None
    }
}

fn in_unit(account: &OrganizationAccount, unit: &str) -> bool {
    account.units.as_ref().is_some_and(|units| units.iter().any(|found| found == unit))
}

fn coverage(
    administrator: AccountId,
    organization: &Organization,
    outcomes: &BTreeMap<AccountId, Outcome>,
    out_of_scope: usize,
    members: usize,
) -> Coverage {
    let wanted = organization.iter().filter(|(id, (account, scope))| {
        **id != administrator && account.state == AccountState::Active && matches!(scope, Scope::In { .. })
    });
    let (mut in_scope, mut enabled) = (0, 0);
    for (id, _) in wanted {
        in_scope += 1;
        let outcome = outcomes.get(id);
        enabled += usize::from(matches!(outcome, Some(Outcome::Done { status: MemberStatus::Enabled, .. })));
    }
    let percent = (enabled * 10_000).checked_div(in_scope).unwrap_or(10_000) as f64 / 100.0;
    Coverage { in_scope, enabled, percent, out_of_scope, members, member_limit: PLACES }
}
