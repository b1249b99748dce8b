//! Behavior graphs and their members.

use crate::resources::member::Member;
use crate::resources::packages;
use crate::resources::volume::Volume;
use crate::world::scenario::error::ScenarioError;
use crate::world::scenario::graph::{GraphScenario, MemberScenario};
use crate::world::setup::checks::{check_id, check_region};
use crate::world::state::State;
use crate::world::transition::Transition;

const STATUSES: [&str; 5] =
    ["INVITED", "VERIFICATION_IN_PROGRESS", "VERIFICATION_FAILED", "ENABLED", "ACCEPTED_BUT_DISABLED"];

/// Adds a graph in each of its Regions.
pub(super) fn add(state: &mut State, scenario: &GraphScenario) -> Result<(), ScenarioError> {
    check_id(&scenario.administrator)?;
    if state.accounts.get(&scenario.administrator).is_some_and(|account| account.state == "CLOSED") {
        let message = format!("account {} is CLOSED, and has no graph any more", scenario.administrator);
        return Err(ScenarioError(message));
    }
    let organization = state.organization_accounts();
    for region in &scenario.regions {
        check_region(region)?;
        let arn = if scenario.organization {
            if !organization.contains(&scenario.administrator) {
                return Err(ScenarioError(format!(
                    "Detective administrator {} is not in the organization",
                    scenario.administrator
                )));
            }
            let other = state.detective_administrators.get(region);
            if let Some(other) = other.filter(|other| other.account != scenario.administrator) {
                return Err(ScenarioError(format!(
                    "accounts {} and {} are both the organization's Detective administrator in {region}",
                    other.account, scenario.administrator
                )));
            }
            state.designate(&scenario.administrator, region)
        } else {
            state.ensure_graph(&scenario.administrator, region)
        };
        let graph = state.graphs.get_mut(&arn).expect("it was just made");
        graph.auto_enable = scenario.auto_enable;
        packages::set(&mut graph.packages, &scenario.packages, graph.created);
        for member in &scenario.members {
            let of_organization = scenario.organization && organization.contains(&member.account);
            add_member(state, &arn, member, of_organization)?;
        }
        let more: Vec<String> = organization
            .iter()
            .filter(|id| **id != scenario.administrator && !state.graphs[&arn].members.contains_key(*id))
            .take(scenario.enabled_accounts)
            .cloned()
            .collect();
        for account in more {
            let member =
                MemberScenario { account, status: None, disabled_reason: None, email: None, age: Default::default() };
            add_member(state, &arn, &member, scenario.organization)?;
        }
    }
    Ok(())
}

fn add_member(
    state: &mut State,
    arn: &str,
    scenario: &MemberScenario,
    of_organization: bool,
) -> Result<(), ScenarioError> {
    check_id(&scenario.account)?;
    let id = &scenario.account;
    let status = scenario.status.as_deref().unwrap_or("ENABLED");
    if !STATUSES.contains(&status) {
        return Err(ScenarioError(format!(
            "member {id} has the status {status:?}; it should be one of {}",
            STATUSES.join(", ")
        )));
    }
    if of_organization && status == "INVITED" {
        return Err(ScenarioError(format!(
            "member {id} has the status INVITED, and is an organization account in the organization's graph: those are \
             enabled without an invitation"
        )));
    }
    let since = state.now() - scenario.age.0;
    let account = state.account(id);
    let email = scenario.email.clone().or_else(|| account.email.clone()).unwrap_or_else(|| format!("{id}@example.com"));
    account.email.get_or_insert_with(|| email.clone());
    let volume = match account.volume {
        Volume::Known(bytes) if status == "ENABLED" => bytes,
        _ => 0,
    };
    let member = Member {
        account: id.clone(),
        email,
        status: status.to_owned(),
        disabled_reason: scenario
            .disabled_reason
            .clone()
            .or_else(|| (status == "ACCEPTED_BUT_DISABLED").then(|| "VOLUME_UNKNOWN".to_owned())),
        of_organization,
        invited: since,
        updated: since,
        volume,
        past: Vec::new(),
    };
    let graph = state.graphs.get_mut(arn).expect("it was just made");
    if id == &graph.administrator {
        return Err(ScenarioError(format!("account {id} administers {arn}, and cannot be a member of it")));
    }
    if graph.members.insert(member).is_some() {
        return Err(ScenarioError(format!("account {id} is a member of {arn} twice")));
    }
    if status == "VERIFICATION_IN_PROGRESS" {
        let transition = Transition::Verified { graph: arn.to_owned(), account: id.clone(), since };
        state.after(state.timing.verification.0, transition);
    }
    Ok(())
}
