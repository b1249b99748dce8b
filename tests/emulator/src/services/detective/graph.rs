//! Behavior graphs and their tags.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::page;
use crate::services::detective::datasources::Packages;
use crate::services::detective::investigations::Investigation;
use crate::services::detective::members::Member;
use crate::world::state::{State, hex, iso};

/// A graph takes in at most 10 TB a day, and has at most 1,200 member accounts.
///
/// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
pub(crate) const MAXIMUM_VOLUME: u64 = 10_000_000_000_000;
/// See [`MAXIMUM_VOLUME`]. Every account in the member list counts, whatever its status: AWS does not say otherwise.
pub(crate) const MAXIMUM_MEMBERS: usize = 1_200;
/// How many tags a graph may have.
const MAXIMUM_TAGS: usize = 50;

/// A behavior graph.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) arn: String,
    pub(crate) region: String,
    pub(crate) administrator: String,
    pub(crate) created: DateTime<Utc>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) members: BTreeMap<String, Member>,
    /// What reads still show of accounts that were written to not long ago, and until when.
    stale: BTreeMap<String, (Option<Member>, DateTime<Utc>)>,
    /// Whether accounts that join the organization are enabled by themselves.
    pub(crate) auto_enable: bool,
    pub(crate) packages: Packages,
    /// Newest last.
    pub(crate) investigations: Vec<Investigation>,
}

impl Graph {
    /// The member as a read shows it.
    pub(crate) fn seen(&self, account: &str, now: DateTime<Utc>) -> Option<&Member> {
        match self.stale.get(account) {
            Some((before, until)) if now < *until => before.as_ref(),
            _ => self.members.get(account),
        }
    }

    /// The members as a list shows them, from an account on.
    pub(crate) fn seen_after(
        &self,
        start: Bound<String>,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = (&String, &Member)> {
        let range = (start, Bound::Unbounded);
        // Members that are gone, and still shown, stand between the others.
        let gone = self.stale.range(range.clone()).map(|(id, _)| id).filter(|id| !self.members.contains_key(*id));
        let mut gone = gone.peekable();
        let mut present = self.members.range(range).map(|(id, _)| id).peekable();
        let next = move || match (gone.peek(), present.peek()) {
            (Some(left), Some(right)) if left < right => gone.next(),
            (_, Some(_)) => present.next(),
            _ => gone.next(),
        };
        std::iter::from_fn(next).filter_map(move |id| Some((id, self.seen(id, now)?)))
    }

    /// Lets reads show the members that have changed as they were before, until some time.
    pub(super) fn hide_changes(&mut self, before: &BTreeMap<String, Member>, until: DateTime<Utc>) {
        let accounts: BTreeSet<&String> = before.keys().chain(self.members.keys()).collect();
        let changed = accounts.into_iter().filter(|id| before.get(*id) != self.members.get(*id));
        let stale: Vec<_> = changed.map(|id| (id.clone(), (before.get(id).cloned(), until))).collect();
        self.stale.extend(stale);
    }

    /// The data that the enabled members send, in bytes a day.
    pub(crate) fn volume(&self) -> u64 {
        self.members.values().filter(|member| member.status == "ENABLED").map(|member| member.volume).sum()
    }
}

/// The partition that a Region is in.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("us-gov-") { "aws-us-gov" } else { "aws" }
}

/// The ARN of an account's graph in a Region. It depends on the seed, the account and the Region alone, so that a
/// scenario's graphs have the same ARNs whenever they are made.
pub(crate) fn arn(seed: u64, account: &str, region: &str) -> String {
    let id = hex(&format!("graph/{seed}/{account}/{region}"), 32);
    format!("arn:{}:detective:{region}:{account}:graph:{id}", partition(region))
}

/// Makes the account's graph in the Region, unless it is there.
pub(crate) fn ensure(state: &mut State, account: &str, region: &str) -> String {
    let arn = arn(state.seed, account, region);
    let now = state.now();
    state.graphs.entry(arn.clone()).or_insert_with(|| Graph {
        arn: arn.clone(),
        region: region.to_owned(),
        administrator: account.to_owned(),
        created: now,
        tags: BTreeMap::new(),
        members: BTreeMap::new(),
        stale: BTreeMap::new(),
        auto_enable: false,
        packages: Packages::started(now),
        investigations: Vec::new(),
    });
    arn
}

/// The graph that an input names, for its administrator.
pub(crate) fn administered<'a>(
    state: &'a mut State,
    caller: &Caller,
    input: &Value,
) -> Result<&'a mut Graph, AwsError> {
    let arn = named(caller, input, "GraphArn")?;
    let graph = state.graphs.get_mut(arn).ok_or_else(|| unknown(arn))?;
    if graph.administrator != caller.account {
        return Err(AwsError::access_denied(format!(
            "User: {} is not authorized: account {} is not the administrator of behavior graph {arn}",
            caller.arn, caller.account
        )));
    }
    Ok(graph)
}

/// The ARN in an input, which must be one of the caller's Region: a graph is reached only in its own.
pub(crate) fn named<'a>(caller: &Caller, input: &'a Value, member: &str) -> Result<&'a str, AwsError> {
    let arn = input[member].as_str().expect("the model requires the ARN");
    if arn.split(':').nth(3) == Some(caller.region.as_str()) { Ok(arn) } else { Err(unknown(arn)) }
}

pub(crate) fn unknown(arn: &str) -> AwsError {
    AwsError::not_found(format!("The behavior graph {arn} does not exist in this Region"))
}

pub(super) fn create(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let arn = arn(state.seed, &caller.account, &caller.region);
    // The same account gets the same graph again; its tags stay as they are.
    if !state.graphs.contains_key(&arn) {
        ensure(state, &caller.account, &caller.region);
        let graph = state.graphs.get_mut(&arn).expect("it was just made");
        add_tags(graph, input)?;
    }
    Ok(json!({"GraphArn": arn}))
}

pub(super) fn delete(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let arn = administered(state, caller, input)?.arn.clone();
    state.graphs.remove(&arn);
    // AWS does not say what becomes of the organization's administrator whose graph is deleted. Here the designation
    // goes with the graph, as it does the other way round, so that nothing names a graph that is gone.
    state.detective_administrators.retain(|_, administrator| administrator.graph != arn);
    Ok(json!({}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let own = |graph: &&Graph| graph.administrator == caller.account && graph.region == caller.region;
    let graphs: Vec<&Graph> = state.graphs.values().filter(own).collect();
    let (graphs, token) = page(graphs, |graph| graph.arn.clone(), input, 200)?;
    let graphs: Vec<Value> =
        graphs.into_iter().map(|graph| json!({"Arn": graph.arn, "CreatedTime": iso(graph.created)})).collect();
    Ok(crate::protocol::page::with_token(json!({"GraphList": graphs}), token))
}

pub(super) fn tags(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = tagged(state, caller, input)?;
    if graph.tags.is_empty() {
        // The model's tag map has at least one entry.
        return Ok(json!({}));
    }
    Ok(json!({"Tags": graph.tags}))
}

pub(super) fn tag(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    add_tags(tagged(state, caller, input)?, input)?;
    Ok(json!({}))
}

pub(super) fn untag(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = tagged(state, caller, input)?;
    for key in input["TagKeys"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        graph.tags.remove(key);
    }
    Ok(json!({}))
}

fn tagged<'a>(state: &'a mut State, caller: &Caller, input: &Value) -> Result<&'a mut Graph, AwsError> {
    let arn = json!({"GraphArn": input["ResourceArn"]});
    administered(state, caller, &arn)
}

fn add_tags(graph: &mut Graph, input: &Value) -> Result<(), AwsError> {
    let mut tags = graph.tags.clone();
    let added = input["Tags"].as_object().into_iter().flat_map(Map::iter);
    tags.extend(added.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())));
    if tags.len() > MAXIMUM_TAGS {
        return Err(AwsError::validation(format!("A behavior graph can have at most {MAXIMUM_TAGS} tags")));
    }
    graph.tags = tags;
    Ok(())
}
