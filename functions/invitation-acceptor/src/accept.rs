//! Reads the account's invitations in every Region, and accepts those of trusted administrators.

use std::collections::BTreeMap;

use aws_sdk_detective::Client;
use aws_sdk_detective::types::MemberStatus;
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::{detective, settings};
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

pub(crate) const FUNCTION: &str = "invitation-acceptor";

/// What the function works with.
pub(crate) struct Acceptor {
    regions: CoveredRegions,
    allowed: AllowList,
    dry_run: bool,
}

impl Acceptor {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let allowed = config::allow_list(environment)?;
        let regions = CoveredRegions::new(settings::sdk_config(environment)?, environment)?;
        Ok(Self { regions, allowed, dry_run: config::dry_run(environment)? })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let work = async |detective: &DetectiveRegion, _: &Run| self.accept(detective, invocation.deadline).await;
        self.regions.run(FUNCTION, invocation, work).await
    }

    async fn accept(&self, detective: &DetectiveRegion, deadline: Deadline) -> Result<RegionReport, Failure> {
        let client = &detective.client;
        let mut outcomes = BTreeMap::new();
        let (mut attempts, mut strangers) = (Vec::new(), Vec::new());
        for invitation in detective::list_invitations(client).await? {
            let outcome = match answer(&invitation, &self.allowed) {
                Answer::Keep => Outcome::Done { action: Action::None, status: invitation.status },
                Answer::Hold(held) => Outcome::Held(held),
                Answer::Reject => {
                    strangers.push(invitation);
                    continue;
                }
                Answer::Accept if self.dry_run => Outcome::Planned { action: Action::Accepted },
                Answer::Accept => {
                    let result = detective::accept_invitation(client, &invitation.graph).await;
                    attempts.push((invitation.graph, invitation.account, result));
                    continue;
                }
            };
            outcomes.insert(invitation.graph, (invitation.account, outcome));
        }
        if !attempts.is_empty() {
            let readback = detective::list_invitations(client).await;
            for (graph, account, result) in attempts {
                let outcome = accepted(&graph, result, &readback);
                outcomes.insert(graph, (account, outcome));
            }
        }
        // However many strangers invite the account, they delay no invitation that is to be accepted.
        for stranger in strangers {
            let outcome = self.reject(client, &stranger, deadline).await;
            outcomes.insert(stranger.graph, (stranger.account, outcome));
        }
        let account = |(graph, (account_id, outcome)): (GraphArn, (AccountId, Outcome))| AccountReport {
            administrator_id: Some(graph.administrator()),
            graph_arn: Some(graph),
            ..AccountReport::new(account_id, outcome)
        };
        let accounts = outcomes.into_iter().map(account).collect();
        Ok(RegionReport::new(detective.region.clone(), None, accounts))
    }

    /// Rejects a stranger's invitation while there is time.
    async fn reject(&self, client: &Client, invitation: &Invitation, deadline: Deadline) -> Outcome {
        if self.dry_run {
            return Outcome::Planned { action: Action::Rejected };
        }
        match deadline.call(detective::reject_invitation(client, &invitation.graph)).await {
            Some(Ok(())) => Outcome::Done { action: Action::Rejected, status: invitation.status.clone() },
            Some(Err(error)) => Outcome::failed(Some(Action::Rejected), error),
            None => Outcome::Held(Held::rejected_later(invitation.graph.administrator())),
        }
    }
}

/// What became of an invitation that was to be accepted, by what the account's invitations are afterwards: a call that
/// failed may have had its effect, one that succeeded none, or another run may have accepted first.
pub(crate) fn accepted(
    graph: &GraphArn,
    result: Result<(), CallError>,
    readback: &Result<Vec<Invitation>, CallError>,
) -> Outcome {
    let found = match readback {
        Ok(invitations) => invitations.iter().find(|invitation| invitation.graph == *graph),
        Err(error) => {
            return Outcome::failed(Some(Action::Accepted), result.err().unwrap_or_else(|| error.clone()));
        }
    };
    match (result, found.map(|found| &found.status)) {
        (result, Some(status @ (MemberStatus::Enabled | MemberStatus::AcceptedButDisabled))) => Outcome::Done {
            action: if result.is_ok() { Action::Accepted } else { Action::None },
            status: status.clone(),
        },
        (Err(error), None | Some(MemberStatus::Invited)) => Outcome::failed(Some(Action::Accepted), error),
        (Ok(()), Some(MemberStatus::Invited)) => Outcome::Held(Held::accepted_without_effect()),
        (_, Some(status)) => Outcome::Held(Held::unknown_status(status)),
        (Ok(()), None) => Outcome::Held(Held::no_longer_member()),
    }
}
