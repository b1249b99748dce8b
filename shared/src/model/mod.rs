//! The state: accounts, graphs, members, invitations, the organization and the policy; and what is remembered of it.

pub mod account;
pub mod graph;
pub mod history;
pub mod invitation;
pub mod known_failures;
pub mod member;
pub mod organization;
pub mod policy;
mod policy_text;
pub mod recent_removals;
pub mod region;
pub mod time;
