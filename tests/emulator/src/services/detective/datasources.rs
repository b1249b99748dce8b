//! Data source packages: what a graph takes in beside its core data.

use serde_json::{Map, Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::texts;
use crate::protocol::page::{page, with_token};
use crate::protocol::time::iso;
use crate::resources::graph::Graph;
use crate::resources::packages::{Package, PackageState, Packages};
use crate::services::detective::graph;
use crate::world::state::State;

/// When a package entered each of its states.
fn history(package: &Package) -> Value {
    let change = |(state, at): (&&str, &_)| ((*state).to_owned(), json!({"Timestamp": iso(*at)}));
    package.changes.iter().map(change).collect::<Map<_, _>>().into()
}

fn histories(packages: &Packages) -> Value {
    packages.iter().map(|(name, package)| ((*name).to_owned(), history(package))).collect::<Map<_, _>>().into()
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let (packages, token) = page(graph.packages.iter().collect(), |(name, _)| (**name).to_owned(), input, 200)?;
    let details: Map<String, Value> = packages
        .into_iter()
        .map(|(name, package)| {
            let detail =
                json!({"DatasourcePackageIngestState": package.state, "LastIngestStateChange": history(package)});
            ((*name).to_owned(), detail)
        })
        .collect();
    Ok(with_token(json!({"DatasourcePackages": details}), token))
}

pub(super) fn update(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    let graph = graph::administered(state, caller, input)?;
    for name in texts(input, "DatasourcePackages") {
        if let Some(package) = graph.packages.get_mut(name) {
            package.enter(PackageState::Started, now);
        }
    }
    Ok(json!({}))
}

fn membership(graph: &Graph, account: &str) -> Value {
    json!({"AccountId": account, "GraphArn": graph.arn, "DatasourcePackageIngestHistory": histories(&graph.packages)})
}

pub(super) fn of_members(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let (mut found, mut unprocessed) = (Vec::new(), Vec::new());
    for id in texts(input, "AccountIds") {
        match graph.members.get(id) {
            Some(_) => found.push(membership(graph, id)),
            None => unprocessed
                .push(json!({"AccountId": id, "Reason": "The account is not a member of the behavior graph"})),
        }
    }
    Ok(json!({"MemberDatasources": found, "UnprocessedAccounts": unprocessed}))
}

pub(super) fn of_memberships(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (mut found, mut unprocessed) = (Vec::new(), Vec::new());
    for arn in texts(input, "GraphArns") {
        let graph = state.graphs.get(arn).filter(|graph| graph.region == caller.region);
        match graph.filter(|graph| graph.members.contains_key(&caller.account)) {
            Some(graph) => found.push(membership(graph, &caller.account)),
            None => unprocessed
                .push(json!({"GraphArn": arn, "Reason": "The account is not a member of the behavior graph"})),
        }
    }
    Ok(json!({"MembershipDatasources": found, "UnprocessedGraphs": unprocessed}))
}
