//! The emulated organization as the page shows it, and what of it has changed since a page asked for it the last time.

mod column;
mod kind;
mod part;

use std::collections::{BTreeMap, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::protocol::time::iso_seconds;
use crate::resources::organization::Organization;
use crate::world::journal::Call;
use crate::world::state::State;
use column::Column;
use kind::Kind;
use part::{Part, newer};

/// The unit of accounts outside the organization.
const OUTSIDE: &str = "(outside the organization)";
/// The unit of accounts that are in the root itself.
const ROOT: &str = "(root)";

/// How many calls an answer has at most.
const CALLS: usize = 200;

/// The emulated organization, each part with the version in which it changed last.
#[derive(Debug)]
pub(crate) struct View {
    /// Tells views apart: those of other processes, and of what there was before a reset.
    id: String,
    /// What of the state it was made from.
    made_from: Option<(u64, u64, u64)>,
    version: u64,
    /// The organization's id and management account.
    organization: Part<Value>,
    units: Vec<Part<String>>,
    /// The place of each unit.
    unit_places: HashMap<String, usize>,
    /// Names and units.
    accounts: Vec<Part<(String, String, usize)>>,
    /// The place of each account.
    places: BTreeMap<String, usize>,
    kinds: Vec<Part<Kind>>,
    /// By Region, administrator and ARN.
    columns: BTreeMap<(String, String, String), Column>,
    order: Part<Vec<String>>,
    faults: Part<Value>,
}

impl View {
    pub(crate) fn new() -> Self {
        let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Self {
            id: format!("{nanoseconds:x}"),
            made_from: None,
            version: 0,
            organization: Part::default(),
            units: Vec::new(),
            unit_places: HashMap::new(),
            accounts: Vec::new(),
            places: BTreeMap::new(),
            kinds: Vec::new(),
            columns: BTreeMap::new(),
            order: Part::default(),
            faults: Part::default(),
        }
    }

    /// What has changed since the answer with a cursor: all, if the cursor is none of this view's.
    pub(crate) fn answer(&mut self, state: &State, cursor: &str) -> Value {
        self.update(state);
        let known = self.since(cursor, state);
        let (since, after) = known.unwrap_or_default();
        let last = state.journal.last();
        let mut answer = json!({
            "cursor": format!("{}.{}.{last}", self.id, self.version),
            "now": iso_seconds(state.now()), "rate": state.clock.rate(), "calls": last,
        });
        let mut add = |name: &str, part: Option<Value>| {
            if let Some(part) = part {
                answer[name] = part;
            }
        };
        add("anew", known.is_none().then(|| true.into()));
        add("organization", (self.organization.version > since).then(|| self.organization.value.clone()));
        add("units", list(newer(&self.units, since)));
        add("accounts", list(newer(&self.accounts, since)));
        add("kinds", list(newer(&self.kinds, since)));
        add("graphs", list(self.columns.values().filter_map(|column| column.changes(since))));
        add("order", (self.order.version > since).then(|| json!(self.order.value)));
        add("faults", (self.faults.version > since).then(|| self.faults.value.clone()));
        let mut calls: Vec<Value> = state.journal.since(after).rev().take(CALLS).map(line).collect();
        calls.reverse();
        add("journal", list(calls.into_iter()));
        answer
    }

    /// The version and the call that a cursor stands for.
    fn since(&self, cursor: &str, state: &State) -> Option<(u64, u64)> {
        let (version, call) = cursor.strip_prefix(&self.id)?.strip_prefix('.')?.split_once('.')?;
        let (version, call) = (version.parse().ok()?, call.parse().ok()?);
        (version <= self.version && call <= state.journal.last()).then_some((version, call))
    }

    /// Brings it up to date. Without a call or a transition since the last time, there is nothing to do but for faults.
    fn update(&mut self, state: &State) {
        let made_from = (state.generation, state.happened, state.journal.last());
        if self.made_from.is_some_and(|(generation, ..)| generation != state.generation) {
            *self = Self::new();
        }
        let faults: Value =
            state.faults.applied().map(|(fault, applied)| json!({"fault": fault, "applied": applied})).collect();
        let version = self.version + 1;
        if self.faults.set(faults, version) {
            self.version = version;
        }
        if self.made_from.replace(made_from) == Some(made_from) {
            return;
        }
        self.version = version;
        let organization = state.organization.as_ref();
        let organization = organization.map(|found| json!({"id": found.id, "managementAccountId": found.management}));
        self.organization.set(json!(organization), version);
        self.update_accounts(state);
        self.update_graphs(state);
    }

    fn update_accounts(&mut self, state: &State) {
        let version = self.version;
        let mut units: HashMap<&str, usize> = HashMap::new();
        for (id, account) in &state.accounts {
            let organization = state.organization.as_ref();
            let parent = organization.and_then(|organization| organization.memberships.get(id));
            let parent = parent.map_or("", |membership| &membership.parent);
            let unit = *units.entry(parent).or_insert_with(|| self.unit(path(organization, parent)));
            let value = || (id.clone(), account.name.clone(), unit);
            match self.places.get(id) {
                None => {
                    self.places.insert(id.clone(), self.accounts.len());
                    self.accounts.push(Part::new(value(), version));
                }
                Some(place) => {
                    let part = &mut self.accounts[*place];
                    if part.value.1 != account.name || part.value.2 != unit {
                        *part = Part::new(value(), version);
                    }
                }
            }
        }
    }

    /// The place of a unit.
    fn unit(&mut self, path: String) -> usize {
        *self.unit_places.entry(path).or_insert_with_key(|path| {
            self.units.push(Part::new(path.clone(), self.version));
            self.units.len() - 1
        })
    }

    fn update_graphs(&mut self, state: &State) {
        let Self { version, columns, kinds, places, .. } = self;
        columns.retain(|(.., arn), _| state.graphs.contains_key(arn));
        for graph in state.graphs.values() {
            let is_alone = state.graphs.values().filter(|other| other.region == graph.region).count() == 1;
            let name = match is_alone {
                true => graph.region.clone(),
                false => format!("{} of {}", graph.region, graph.administrator),
            };
            let key = (graph.region.clone(), graph.administrator.clone(), graph.arn.clone());
            let column = columns.entry(key).or_insert_with(|| Column::new(*version));
            column.update(state, graph, name, places, kinds, *version);
        }
        let order = self.columns.keys().map(|(.., arn)| arn.clone()).collect();
        self.order.set(order, self.version);
    }
}

/// The names of the OUs from the root to a parent.
fn path(organization: Option<&Organization>, parent: &str) -> String {
    let Some(organization) = organization.filter(|_| !parent.is_empty()) else { return OUTSIDE.to_owned() };
    let mut names = Vec::new();
    let mut next = parent;
    while let Some(unit) = organization.units.get(next) {
        names.insert(0, unit.name.as_str());
        next = &unit.parent;
    }
    if names.is_empty() { ROOT.to_owned() } else { names.join("/") }
}

/// A list, if it has entries.
fn list<T: serde::Serialize>(entries: impl Iterator<Item = T>) -> Option<Value> {
    let entries: Vec<T> = entries.collect();
    (!entries.is_empty()).then(|| json!(entries))
}

/// A call as a line of the journal: without its request, which may be long.
pub(crate) fn line(call: &Call) -> Value {
    let operation = format!("{}:{}", call.service, call.operation);
    let error = call.error_code.as_deref().unwrap_or_default();
    json!([call.sequence, iso_seconds(call.time), call.account, call.region, operation, call.status, error, call.fault])
}
