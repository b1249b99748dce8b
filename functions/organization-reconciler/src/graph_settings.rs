//! What a graph needs besides its members: to exist, Detective's own settings, and its data sources.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_detective::types::DatasourcePackage;
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::{detective, organizations};
use detective_onboarding::config::GraphSettings;
use detective_onboarding::error::{AwsCode, CallError, Failure};
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::member::Member;
use detective_onboarding::report::drift::{Correction, Drift};

/// The graphs, and how they should be.
#[derive(Debug)]
pub(crate) struct Graphs {
    pub(crate) settings: GraphSettings,
    pub(crate) dry_run: bool,
}

impl Graphs {
    /// The Region's graph; `None` if it is missing and is to be made.
    ///
    /// A graph that is made is one by invitation: a designation creates the organization's. In an organization, such a graph
    /// would invite accounts that the true administrator covers, so it is made only where that is asked for by name.
    ///
    /// # Errors
    /// ListGraphs failed, or there is no graph and none is made.
    pub(crate) async fn find(
        &self,
        detective: &DetectiveRegion,
        organizations: &aws_sdk_organizations::Client,
        account: Option<AccountId>,
    ) -> Result<Option<GraphArn>, Failure> {
        match detective.graph().await {
            Err(Failure::NoBehaviorGraph(region)) if self.settings.create_missing => {
                if self.settings.invitation_regions.contains(&region) {
                    return Ok(None);
                }
                // It only makes the sentence clearer: without an answer, the failure is the same.
                let administrator = organizations::detective_administrator(organizations).await.ok().flatten();
                Err(Failure::NotDesignated(region, administrator.filter(|id| Some(*id) != account)))
            }
            found => found.map(Some),
        }
    }

    /// Makes the Region's graph.
    pub(crate) async fn create(&self, detective: &DetectiveRegion) -> Result<GraphArn, CallError> {
        detective::create_graph(&detective.client, &self.settings.tags).await
    }

    /// Compares Detective's settings in the Region with what they should be, and corrects them if it may.
    ///
    /// `leaves_out`: whether the policy leaves accounts out: AutoEnable would add such accounts too. `members` show whether it is
    /// an invitation graph.
    pub(crate) async fn check(
        &self,
        detective: &DetectiveRegion,
        graph: &GraphArn,
        members: &BTreeMap<AccountId, Member>,
        leaves_out: bool,
    ) -> Result<Vec<Drift>, CallError> {
        let mut drift = Vec::new();
        let wanted = self.settings.auto_enable.or_else(|| leaves_out.then_some(false));
        match detective::auto_enable(&detective.client, graph).await {
            Ok(on) => {
                if let Some(wanted) = wanted.filter(|wanted| *wanted != on) {
                    let correction = Correction::of(self.settings.correct_drift, self.dry_run);
                    if correction == Correction::Done {
                        detective::set_auto_enable(&detective.client, graph, wanted).await?;
                    }
                    drift.push(Drift::auto_enable(wanted, correction));
                }
            }
            // An invitation graph has no such setting, which is no drift unless one is asked for.
            Err(error) if self.settings.auto_enable.is_none() && is_of_invitations(members, &error) => {}
            // Only the organization's Detective administrator may ask.
            Err(error) if error.is_refusal() => drift.push(Drift::administrator(graph.administrator(), &error)),
            Err(error) => return Err(error),
        }
        if !self.settings.packages.is_empty() {
            let started = &detective::packages(&detective.client, graph).await?;
            let differing = |wanted: bool| {
                let packages = self.settings.packages.iter().filter(move |(_, is_wanted)| **is_wanted == wanted);
                let packages = packages.map(|(package, _)| package);
                packages.filter(move |package| started.contains(*package) != wanted).cloned()
            };
            let missing: BTreeSet<DatasourcePackage> = differing(true).collect();
            // The API has no operation that stops a package.
            drift.extend(differing(false).map(|package| Drift::unwanted_package(package.as_str())));
            if !missing.is_empty() {
                // They were asked for by name: starting them is no correction of somebody else's choice.
                let correction = Correction::of(true, self.dry_run);
                if correction == Correction::Done {
                    detective::start_packages(&detective.client, graph, &missing).await?;
                }
                drift.extend(missing.iter().map(|package| Drift::package(package.as_str(), correction)));
            }
        }
        Ok(drift)
    }
}

/// Whether an error is one that an invitation graph answers. AWS does not publish which: ValidationException is expected, and a
/// graph whose members were all invited is taken for one with AccessDeniedException as well. On any other graph that means
/// that the administrator is another account, or that a service control policy is in the way.
fn is_of_invitations(members: &BTreeMap<AccountId, Member>, error: &CallError) -> bool {
    let all_invited = !members.is_empty() && members.values().all(|member| !member.of_organization);
    error.is(&AwsCode::ValidationException) || (error.is_access_denied() && all_invited)
}
