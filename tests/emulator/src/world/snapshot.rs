//! A snapshot of what the cloud holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::resources::graph::Graph;
use crate::resources::member::Member;
use crate::world::state::State;

/// What the cloud holds at a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The virtual time.
    pub now: DateTime<Utc>,
    /// The organization.
    pub organization: Option<OrganizationView>,
    /// Accounts outside the organization that a scenario or a call has named.
    pub standalone: Vec<AccountView>,
    /// Behavior graphs, by Region and administrator.
    pub graphs: Vec<GraphView>,
}

/// The organization.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    /// Its id.
    pub id: String,
    /// The account that manages it.
    pub management_account_id: String,
    /// Its accounts, by id.
    pub accounts: Vec<AccountView>,
}

/// An account. Email addresses are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: String,
    /// The names of the OUs from the root to it; empty outside an organization and in the root.
    pub path: Vec<String>,
}

/// A behavior graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphView {
    /// Its ARN.
    pub arn: String,
    /// Its Region.
    pub region: String,
    /// The administrator account.
    pub administrator: String,
    /// Whether it is the organization's graph in its Region.
    pub organization: bool,
    /// Its members, by account id.
    pub members: Vec<MemberView>,
}

/// A member of a behavior graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// The member account.
    pub account_id: String,
    /// Its status.
    pub status: String,
    /// Why it is ACCEPTED_BUT_DISABLED.
    pub disabled_reason: Option<String>,
    /// INVITATION or ORGANIZATION.
    pub invitation_type: String,
    /// When its status last changed.
    pub updated_time: DateTime<Utc>,
}

impl Snapshot {
    pub(crate) fn of(state: &State) -> Self {
        let inside = state.organization_accounts();
        let outside = state.accounts.keys().filter(|id| !inside.contains(*id));
        let mut graphs: Vec<GraphView> = state.graphs.values().map(|graph| graph_view(state, graph)).collect();
        graphs.sort_by(|left, right| (&left.region, &left.administrator).cmp(&(&right.region, &right.administrator)));
        Self {
            now: state.now(),
            organization: state.organization.as_ref().map(|organization| OrganizationView {
                id: organization.id.clone(),
                management_account_id: organization.management.clone(),
                accounts: inside.iter().map(|id| account_view(state, id)).collect(),
            }),
            standalone: outside.map(|id| account_view(state, id)).collect(),
            graphs,
        }
    }
}

fn account_view(state: &State, id: &str) -> AccountView {
    let account = &state.accounts[id];
    let mut path = Vec::new();
    if let Some(organization) = &state.organization {
        let units: &BTreeMap<_, _> = &organization.units;
        let mut parent = organization.memberships.get(id).map(|membership| &membership.parent);
        while let Some(unit) = parent.and_then(|id| units.get(id)) {
            path.insert(0, unit.name.clone());
            parent = Some(&unit.parent);
        }
    }
    AccountView { id: account.id.clone(), name: account.name.clone(), state: account.state.clone(), path }
}

fn graph_view(state: &State, graph: &Graph) -> GraphView {
    let member = |member: &Member| MemberView {
        account_id: member.account.clone(),
        status: member.status.clone(),
        disabled_reason: member.disabled_reason.clone(),
        invitation_type: member.invitation_type().to_owned(),
        updated_time: member.updated,
    };
    GraphView {
        arn: graph.arn.clone(),
        region: graph.region.clone(),
        administrator: graph.administrator.clone(),
        organization: state.is_organization_graph(&graph.arn),
        members: graph.members.values().map(member).collect(),
    }
}
