//! What happens when a transition is due.

use chrono::{DateTime, Utc};

use crate::services::detective::{investigations, transitions as members};
use crate::services::organizations::{closure, creation};
use crate::world::state::State;
use crate::world::transition::Transition;

/// Makes the change of a transition that is due at a time.
pub(crate) fn happen(state: &mut State, transition: Transition, at: DateTime<Utc>) {
    match transition {
        Transition::AccountCreated { request } => creation::completed(state, &request),
        Transition::AccountActivated { account } => creation::activated(state, &account),
        Transition::AccountSuspended { account } => closure::suspended(state, &account),
        Transition::AccountPurged { account } => closure::purged(state, &account),
        Transition::Verified { graph, account, since } => {
            if members::has_been(state, &graph, &account, "VERIFICATION_IN_PROGRESS", since) {
                members::verified(state, &graph, &account, at);
            }
        }
        Transition::Checked { graph, account, since } => {
            if members::has_been(state, &graph, &account, "ACCEPTED_BUT_DISABLED", since) {
                members::checked(state, &graph, &account, at);
            }
        }
        Transition::HourlyCheck => members::check_all(state, at),
        Transition::AutoEnabled { graph, account } => members::auto_enabled(state, &graph, &account, at),
        Transition::OfOrganization { graph, account } => members::taken_over(state, &graph, &account, at),
        Transition::Departed { graph, account } => members::departed(state, &graph, &account, at),
        Transition::Terminated { account } => members::terminated(state, &account, at),
        Transition::Investigated { graph, investigation } => {
            investigations::finished(state, &graph, &investigation);
        }
    }
}
