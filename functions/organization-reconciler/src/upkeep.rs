//! What a graph needs besides its members: to exist, Detective's own settings, and its data sources.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_detective::types::DatasourcePackage;
use detective_onboarding::account::AccountId;
use detective_onboarding::aws::DetectiveRegion;
use detective_onboarding::config::{ConfigError, Environment};
use detective_onboarding::detective;
use detective_onboarding::drift::{Correction, Drift};
use detective_onboarding::error::CallError;
use detective_onboarding::graph::GraphArn;
use detective_onboarding::member::Member;

/// How graphs should be.
#[derive(Debug)]
pub(crate) struct Upkeep {
    create_graphs: bool,
    tags: BTreeMap<String, String>,
    auto_enable: Option<bool>,
    packages: BTreeSet<DatasourcePackage>,
    correct: bool,
    dry_run: bool,
}

impl Upkeep {
    pub(crate) fn new(environment: &Environment<'_>, dry_run: bool) -> Result<Self, ConfigError> {
        Ok(Self {
            create_graphs: environment.parsed("CREATE_MISSING_GRAPHS", false, "true or false")?,
            tags: tags(environment)?,
            auto_enable: auto_enable(environment)?,
            packages: packages(environment)?,
            correct: environment.parsed("CORRECT_DRIFT", false, "true or false")?,
            dry_run,
        })
    }

    /// The Region's graph; `None` if it is missing and is to be made.
    pub(crate) async fn find(&self, detective: &DetectiveRegion) -> Result<Option<GraphArn>, CallError> {
        match detective.graph().await {
            Err(error) if error.is_missing_graph() && self.create_graphs => Ok(None),
            found => found.map(Some),
        }
    }

    /// Makes the Region's graph.
    pub(crate) async fn create(&self, detective: &DetectiveRegion) -> Result<GraphArn, CallError> {
        detective::create_graph(&detective.client, &self.tags).await
    }

    /// Compares Detective's settings in the Region with what they should be, and corrects them if it may.
    ///
    /// `policy_is_restricted` says whether accounts are left out: AutoEnable would add those too. `members` tell whether it
    /// is an invitation graph.
    pub(crate) async fn check(
        &self,
        detective: &DetectiveRegion,
        graph: &GraphArn,
        members: &BTreeMap<AccountId, Member>,
        policy_is_restricted: bool,
    ) -> Result<Vec<Drift>, CallError> {
        let mut drift = Vec::new();
        let wanted = self.auto_enable.or_else(|| policy_is_restricted.then_some(false));
        match detective::auto_enable(&detective.client, graph).await {
            Ok(on) => {
                if let Some(wanted) = wanted.filter(|wanted| *wanted != on) {
                    let correction = Correction::of(self.correct, self.dry_run);
                    if correction == Correction::Done {
                        detective::set_auto_enable(&detective.client, graph, wanted).await?;
                    }
                    drift.push(Drift::auto_enable(wanted, correction));
                }
            }
            // An invitation graph has no such setting, which is no drift unless one is asked for.
            Err(error) if self.auto_enable.is_none() && is_of_invitations(members, &error) => {}
            // Only the organization's Detective administrator may ask.
            Err(error) if error.is_refusal() => drift.push(Drift::administrator(graph.administrator(), &error)),
            Err(error) => return Err(error),
        }
        if !self.packages.is_empty() {
            let started = detective::packages(&detective.client, graph).await?;
            let missing: BTreeSet<DatasourcePackage> = self.packages.difference(&started).cloned().collect();
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
    error.code == "ValidationException" || (error.is_access_denied() && all_invited)
}

fn auto_enable(environment: &Environment<'_>) -> Result<Option<bool>, ConfigError> {
    match environment.text("AUTO_ENABLE").as_deref() {
        None => Ok(None),
        Some("on") => Ok(Some(true)),
        Some("off") => Ok(Some(false)),
        Some(other) => Err(ConfigError::new("AUTO_ENABLE", format!("is {other:?}"), "on, off, or nothing")),
    }
}

fn packages(environment: &Environment<'_>) -> Result<BTreeSet<DatasourcePackage>, ConfigError> {
    const VARIABLE: &str = "DATASOURCE_PACKAGES";
    const EXPECTED: &str = "EKS_AUDIT and ASFF_SECURITYHUB_FINDING, separated by commas, or one of them, or nothing";
    let names: Vec<String> = environment.list(VARIABLE, EXPECTED)?;
    let package = |name: String| match DatasourcePackage::from(name.as_str()) {
        known @ (DatasourcePackage::EksAudit | DatasourcePackage::AsffSecurityhubFinding) => Ok(known),
        _ => Err(ConfigError::new(VARIABLE, format!("names {name:?}"), EXPECTED)),
    };
    names.into_iter().map(package).collect()
}

fn tags(environment: &Environment<'_>) -> Result<BTreeMap<String, String>, ConfigError> {
    const VARIABLE: &str = "GRAPH_TAGS";
    const EXPECTED: &str = "tags such as team=security,stage=prod, or nothing";
    let pairs: Vec<String> = environment.list(VARIABLE, EXPECTED)?;
    let tag = |pair: String| match pair.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err(ConfigError::new(VARIABLE, format!("has {pair:?}"), EXPECTED)),
    };
    pairs.into_iter().map(tag).collect()
}
