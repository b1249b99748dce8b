//! A behavior graph, as the coverage page has it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::kind::{Kind, Standing};
use super::part::{Part, newer};
use crate::protocol::time::iso_seconds;
use crate::resources::graph::Graph;
use crate::world::state::State;

/// How many changes of its coverage are kept.
const RUNS: usize = 240;

/// Not an account of the graph.
const NOTHING: i32 = -1;

/// A behavior graph, and what every account is in it.
#[derive(Debug)]
pub(super) struct Column {
    summary: Part<Summary>,
    /// For each account, its place in the kinds.
    states: Vec<Part<i32>>,
    /// Its coverage in percent since a time, oldest first.
    runs: Vec<Part<(String, f64)>>,
    /// The version in which it was new.
    version: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    region: String,
    graph_arn: String,
    administrator: String,
    /// Whether it is the organization's graph in its Region.
    organization: bool,
    in_scope: usize,
    enabled: usize,
    percent: f64,
}

impl Column {
    pub(super) fn new(version: u64) -> Self {
        Self { summary: Part::default(), states: Vec::new(), runs: Vec::new(), version }
    }

    /// Brings it up to date. `places` are all accounts by id, and `name` is how the page names the graph.
    pub(super) fn update(
        &mut self,
        state: &State,
        graph: &Graph,
        name: String,
        places: &BTreeMap<String, usize>,
        kinds: &mut Vec<Part<Kind>>,
        version: u64,
    ) {
        let organization = state.organization.as_ref().filter(|found| found.contains(&graph.administrator));
        let (mut in_scope, mut enabled) = (0, 0);
        self.states.resize_with(places.len(), || Part::new(NOTHING, version));
        let mut members = graph.members.iter().peekable();
        for (id, place) in places {
            while members.next_if(|(member, _)| *member < id).is_some() {}
            let member = members.next_if(|(member, _)| *member == id).map(|(_, member)| member);
            let standing = match (member, organization) {
                _ if *id == graph.administrator => Some(Standing::Administrator),
                (Some(member), _) => Some(Standing::Member(&member.status, member.disabled_reason.as_deref())),
                (None, Some(found)) if found.contains(id) => Some(Standing::NoMember(&state.accounts[id].state)),
                _ => None,
            };
            let kind = standing.map(|standing| kind_of(standing, kinds, version));
            in_scope += usize::from(match standing {
                Some(Standing::Member(..)) => true,
                Some(Standing::NoMember(state)) => state == "ACTIVE",
                _ => false,
            });
            enabled += usize::from(kind.is_some_and(|kind| kinds[kind].value.is_enabled()));
            self.states[*place].set(kind.map_or(NOTHING, |kind| kind as i32), version);
        }
        let percent = if in_scope == 0 { 100.0 } else { (enabled as f64 / in_scope as f64 * 1e4).round() / 100.0 };
        if self.runs.last().is_none_or(|run| run.value.1 != percent) {
            self.add_run(state.now(), percent, version);
        }
        let summary = Summary {
            region: name,
            graph_arn: graph.arn.clone(),
            administrator: graph.administrator.clone(),
            organization: state.is_organization_graph(&graph.arn),
            in_scope,
            enabled,
            percent,
        };
        self.summary.set(summary, version);
    }

    fn add_run(&mut self, now: DateTime<Utc>, percent: f64, version: u64) {
        self.runs.drain(..(self.runs.len() + 1).saturating_sub(RUNS));
        self.runs.push(Part::new((iso_seconds(now), percent), version));
    }

    /// What has changed since a version: all of it, if that is shorter.
    pub(super) fn changes(&self, since: u64) -> Option<Value> {
        let changed: Vec<_> = newer(&self.states, since).collect();
        if changed.is_empty() && self.summary.version <= since && self.version <= since {
            return None;
        }
        let runs: Vec<_> = newer(&self.runs, since).map(|(_, run)| run).collect();
        let mut changes = json!({"summary": self.summary.value, "runs": runs});
        if self.version > since || changed.len() > self.states.len() / 3 {
            changes["states"] = self.states.iter().map(|state| state.value).collect();
        } else {
            changes["changed"] = json!(changed);
        }
        Some(changes)
    }
}

/// The place of a standing's kind, which is added if it is the first of it.
fn kind_of(standing: Standing<'_>, kinds: &mut Vec<Part<Kind>>, version: u64) -> usize {
    kinds.iter().position(|kind| kind.value.is_of(standing)).unwrap_or_else(|| {
        kinds.push(Part::new(standing.into(), version));
        kinds.len() - 1
    })
}
