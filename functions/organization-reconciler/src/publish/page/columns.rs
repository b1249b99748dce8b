//! A Region's accounts in one column: each account stands once, and each Region has a number for it.

use detective_onboarding::model::account::AccountId;
use serde::Serialize;

use super::part::{RegionPart, RegionSummary, State};

/// A Region as the page has it.
#[derive(Serialize)]
pub(super) struct Region<'a> {
    #[serde(flatten)]
    summary: &'a RegionSummary,
    kinds: &'a [State],
    /// For each account of the page, its state's place in `kinds`; -1 for an account that the Region does not have.
    states: Vec<i64>,
}

/// A Region's column beside these accounts, ascending.
pub(super) fn region<'a>(part: &'a RegionPart, ids: &[AccountId]) -> Region<'a> {
    let mut states = part.accounts.iter().zip(&part.states).peekable();
    let state = |id: &AccountId| match states.next_if(|(account, _)| *account == id) {
        Some((_, state)) => i64::from(*state),
        None => -1,
    };
    Region { summary: &part.summary, kinds: &part.kinds, states: ids.iter().map(state).collect() }
}
