//! The organization's Detective administrator in each Region, and its configuration.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page::{page, with_token};
use crate::protocol::time::iso;
use crate::resources::account::Account;
use crate::resources::graph::Graph;
use crate::resources::organization::{DETECTIVE, FeatureSet};
use crate::services::detective::graph;
use crate::world::state::State;

fn management_only(state: &State, caller: &Caller) -> Result<(), AwsError> {
    match &state.organization {
        Some(organization) if organization.management == caller.account => Ok(()),
        _ => Err(AwsError::access_denied("Only the management account of an organization can call this operation")),
    }
}

pub(super) fn enable(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    management_only(state, caller)?;
    let account = text(input, "AccountId");
    if !state.is_in_organization(&account) {
        return Err(AwsError::validation(format!("Account {account} is not a member of the organization")));
    }
    let is_active = state.accounts.get(&account).is_some_and(Account::is_active);
    if !is_active {
        return Err(AwsError::validation(format!("Account {account} is not active")));
    }
    if let Some(other) = state.detective_administrators.get(&caller.region).filter(|other| other.account != account) {
        let message = format!("Account {} is the Detective administrator in this Region already", other.account);
        return Err(AwsError::validation(message));
    }
    let organization = state.organization.as_mut().expect("the management account has an organization");
    if organization.feature_set != FeatureSet::All {
        // Detective cannot enable its trusted access there.
        return Err(AwsError::validation("The organization does not have all features enabled"));
    }
    let delegated = organization.delegated.iter().find(|delegated| delegated.service == DETECTIVE);
    let is_management = account == organization.management;
    match delegated {
        Some(other) if other.account != account && !is_management => {
            let message = format!("Account {} is the delegated administrator for Detective", other.account);
            return Err(AwsError::validation(message));
        }
        None if !is_management => {
            let now = state.clock.now();
            organization.delegate(&account, DETECTIVE, now);
        }
        _ => {}
    }
    if !state.detective_administrators.contains_key(&caller.region) {
        state.designate(&account, &caller.region);
    }
    Ok(json!({}))
}

pub(super) fn disable(state: &mut State, caller: &Caller) -> Result<Value, AwsError> {
    management_only(state, caller)?;
    // The organization's graph is deleted with its administrator.
    if let Some(administrator) = state.detective_administrators.remove(&caller.region) {
        state.delete_graph(&administrator.graph);
    }
    Ok(json!({}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    management_only(state, caller)?;
    let administrators = state.detective_administrators.get(&caller.region).into_iter().collect::<Vec<_>>();
    let (administrators, token) = page(administrators, |administrator| administrator.account.clone(), input, 200)?;
    let administrators: Vec<Value> = administrators
        .into_iter()
        .map(|one| json!({"AccountId": one.account, "GraphArn": one.graph, "DelegationTime": iso(one.since)}))
        .collect();
    Ok(with_token(json!({"Administrators": administrators}), token))
}

/// The graph that the input names, if it is the organization's and the caller's.
fn organization_graph<'a>(state: &'a mut State, caller: &Caller, input: &Value) -> Result<&'a mut Graph, AwsError> {
    let arn = graph::named(caller, input, "GraphArn");
    let administrator = state.detective_administrators.get(&caller.region);
    let own = administrator.filter(|administrator| administrator.account == caller.account);
    let is_invitation_graph =
        |arn: &str| state.graphs.get(arn).is_some_and(|graph| graph.administrator == caller.account);
    // These operations model no ResourceNotFoundException. AWS does not document the answer for a graph that is not the
    // organization's.
    match (own, arn) {
        (Some(own), Ok(arn)) if own.graph == arn => {
            Ok(state.graphs.get_mut(arn).expect("an administrator has its graph"))
        }
        (None, Ok(arn)) if is_invitation_graph(arn) => {
            Err(AwsError::invalid_graph("The behavior graph is not the organization's in this Region"))
        }
        (Some(_), _) => Err(AwsError::invalid_graph("The behavior graph is not the organization's in this Region")),
        (None, _) => {
            Err(AwsError::access_denied("Only the organization's Detective administrator can call this operation"))
        }
    }
}

pub(super) fn describe_configuration(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    Ok(json!({"AutoEnable": organization_graph(state, caller, input)?.auto_enable}))
}

pub(super) fn update_configuration(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = organization_graph(state, caller, input)?;
    graph.auto_enable = input["AutoEnable"].as_bool().unwrap_or(graph.auto_enable);
    Ok(json!({}))
}
