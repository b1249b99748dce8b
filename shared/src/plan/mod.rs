//! Decisions, made from state alone: without a client, a clock or the environment.

pub mod accept;
pub mod capacity;
pub mod cool_off;
pub mod departure;
pub mod held;
mod held_reason;
pub mod invitation_pace;
pub mod monitor;
pub mod needs;
pub mod offboard;
pub mod onboard;
pub mod reconcile;
pub mod removal;
pub mod removal_limit;
pub mod step;
pub mod verification;
mod waiting;
