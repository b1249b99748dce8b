//! Data source packages: what a graph takes in beside its core data.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::{page, with_token};
use crate::services::detective::graph::{self, Graph};
use crate::world::state::{State, iso};

const CORE: &str = "DETECTIVE_CORE";
const OPTIONAL: [&str; 2] = ["ASFF_SECURITYHUB_FINDING", "EKS_AUDIT"];

/// The states of a graph's packages, and when each state was last entered.
#[derive(Debug)]
pub(crate) struct Packages(BTreeMap<&'static str, Package>);

#[derive(Debug)]
struct Package {
    state: &'static str,
    changes: BTreeMap<&'static str, DateTime<Utc>>,
}

impl Packages {
    /// A new graph's packages: the core is started, the others are disabled.
    pub(crate) fn started(now: DateTime<Utc>) -> Self {
        let package = |state| Package { state, changes: BTreeMap::from([(state, now)]) };
        let mut packages = BTreeMap::from(OPTIONAL.map(|name| (name, package("DISABLED"))));
        packages.insert(CORE, package("STARTED"));
        Self(packages)
    }

    /// Each package's state.
    pub(crate) fn states(&self) -> Value {
        self.0.iter().map(|(name, package)| ((*name).to_owned(), json!(package.state))).collect::<Map<_, _>>().into()
    }

    fn history(&self) -> Value {
        self.0.iter().map(|(name, package)| ((*name).to_owned(), package.history())).collect::<Map<_, _>>().into()
    }
}

impl Package {
    fn history(&self) -> Value {
        let change = |(state, at): (&&str, &DateTime<Utc>)| ((*state).to_owned(), json!({"Timestamp": iso(*at)}));
        self.changes.iter().map(change).collect::<Map<_, _>>().into()
    }
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let (packages, token) = page(graph.packages.0.iter().collect(), |(name, _)| (**name).to_owned(), input, 200)?;
    let details: Map<String, Value> = packages
        .into_iter()
        .map(|(name, package)| {
            let detail =
                json!({"DatasourcePackageIngestState": package.state, "LastIngestStateChange": package.history()});
            ((*name).to_owned(), detail)
        })
        .collect();
    Ok(with_token(json!({"DatasourcePackages": details}), token))
}

pub(super) fn update(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    let graph = graph::administered(state, caller, input)?;
    for name in input["DatasourcePackages"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some(package) = graph.packages.0.get_mut(name).filter(|package| package.state != "STARTED") {
            package.state = "STARTED";
            package.changes.insert("STARTED", now);
        }
    }
    Ok(json!({}))
}

fn membership(graph: &Graph, account: &str) -> Value {
    json!({"AccountId": account, "GraphArn": graph.arn, "DatasourcePackageIngestHistory": graph.packages.history()})
}

pub(super) fn of_members(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let (mut found, mut unprocessed) = (Vec::new(), Vec::new());
    for id in input["AccountIds"].as_array().into_iter().flatten().filter_map(Value::as_str) {
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
    for arn in input["GraphArns"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let graph = state.graphs.get(arn).filter(|graph| graph.region == caller.region);
        match graph.filter(|graph| graph.members.contains_key(&caller.account)) {
            Some(graph) => found.push(membership(graph, &caller.account)),
            None => unprocessed
                .push(json!({"GraphArn": arn, "Reason": "The account is not a member of the behavior graph"})),
        }
    }
    Ok(json!({"MembershipDatasources": found, "UnprocessedGraphs": unprocessed}))
}
