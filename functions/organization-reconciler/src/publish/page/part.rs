//! What the coverage page has of one Region.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::time::format_time;
use detective_onboarding::plan::needs::Needs;
use serde::{Deserialize, Serialize};

use crate::publish::findings::{Findings, GraphRun};
use crate::publish::rows::Row;

/// How many runs the plot goes back: ten days of hourly ones.
const RUNS: usize = 240;

/// A Region, without its accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegionSummary {
    /// The Region's code.
    pub region: String,
    /// When it was observed, in UTC.
    pub time: String,
    /// Whether this is what would be done, and not what was done.
    pub dry_run: bool,
    /// The behavior graph; empty where there is none yet.
    pub graph_arn: String,
    /// How many accounts are in scope.
    pub in_scope: usize,
    /// How many of them are ENABLED.
    pub enabled: usize,
    /// The same in percent.
    pub percent: f64,
    /// The last runs, oldest first: when, and coverage in percent.
    pub runs: Vec<(String, f64)>,
}

/// What several accounts have in common in a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The membership's status, as Detective names it; empty for an account that is no member.
    pub status: Cow<'static, str>,
    /// `done`, `planned`, `blocked`, `waiting`, `excluded`, `failed` or `administrator`.
    pub outcome: Cow<'static, str>,
    /// What was done, or would be; empty for nothing.
    pub action: Cow<'static, str>,
    /// Why it is held, or AWS's code where it failed.
    pub reason: Cow<'static, str>,
    /// The same as a sentence.
    pub message: Cow<'static, str>,
    /// Whom it needs.
    pub needs: Needs,
}

impl From<Row> for State {
    fn from(row: Row) -> Self {
        let action = row.action.map_or(Cow::Borrowed(""), |action| action.to_string().into());
        let Row { status, outcome, reason, message, needs, .. } = row;
        Self {
            status: status.into(),
            outcome: outcome.into(),
            action,
            reason: reason.into(),
            message: message.into(),
            needs,
        }
    }
}

/// A Region with its accounts, as it is kept in the bucket between runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegionPart {
    /// The Region itself.
    #[serde(flatten)]
    pub summary: RegionSummary,
    /// Its accounts, ascending.
    pub(super) accounts: Vec<AccountId>,
    /// For each of them, its state's place in `kinds`.
    pub(super) states: Vec<u32>,
    pub(super) kinds: Vec<State>,
}

impl RegionPart {
    /// What a run observed in a Region.
    pub(crate) fn of(graph_run: &GraphRun<'_>, findings: &Findings<'_>) -> Self {
        let summary = RegionSummary {
            region: graph_run.region.as_str().to_owned(),
            time: format_time(findings.now),
            dry_run: false,
            graph_arn: graph_run.graph.as_str().to_owned(),
            in_scope: findings.coverage.in_scope,
            enabled: findings.coverage.enabled,
            percent: findings.coverage.percent,
            runs: Vec::new(),
        };
        Self::new(summary, findings.rows().map(|row| (row.account_id, row.into())))
    }

    /// A Region with the state of every account, in the order of their ids.
    pub fn new(summary: RegionSummary, states_of_accounts: impl Iterator<Item = (AccountId, State)>) -> Self {
        let (mut accounts, mut states, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        let mut places: BTreeMap<State, u32> = BTreeMap::new();
        for (account, state) in states_of_accounts {
            accounts.push(account);
            let next = places.len() as u32;
            states.push(*places.entry(state).or_insert_with_key(|state| {
                kinds.push(state.clone());
                next
            }));
        }
        Self { summary, accounts, states, kinds }
    }

    /// Its accounts, each with its state.
    pub(crate) fn states(&self) -> impl Iterator<Item = (AccountId, &State)> {
        let states = self.accounts.iter().zip(&self.states);
        states.filter_map(|(id, state)| Some((*id, self.kinds.get(*state as usize)?)))
    }

    /// Every member that was covered, in scope or not.
    pub(crate) fn covered(&self) -> BTreeSet<AccountId> {
        self.states().filter(|(_, state)| state.status == "ENABLED").map(|(id, _)| id).collect()
    }

    /// The same without the reasons' sentences.
    #[must_use]
    pub(super) fn without_sentences(&self) -> Self {
        let state = |(id, state): (AccountId, &State)| (id, State { message: Cow::Borrowed(""), ..state.clone() });
        Self::new(self.summary.clone(), self.states().map(state))
    }

    /// The same with the outcomes of this version: an earlier one had `held` for three of them.
    #[must_use]
    pub(crate) fn upgraded(mut self) -> Self {
        for kind in self.kinds.iter_mut().filter(|kind| kind.outcome == "held") {
            kind.outcome = kind.needs.held_outcome().into();
        }
        self
    }

    /// The same after the runs that an earlier one lists.
    #[must_use]
    pub(crate) fn after(mut self, earlier: Option<&Self>) -> Self {
        let this = (self.summary.time.clone(), self.summary.percent);
        let runs = earlier.map_or(&[][..], |earlier| &earlier.summary.runs);
        let before = runs.iter().filter(|run| run.0 < this.0);
        let mut runs: Vec<(String, f64)> = before.cloned().chain([this.clone()]).collect();
        runs.drain(..runs.len().saturating_sub(RUNS));
        self.summary.runs = runs;
        self
    }
}
