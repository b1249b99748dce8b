//! The state: accounts, graphs, members, invitations, the organization and the policy.

pub mod account;
pub mod graph;
pub mod invitation;
pub mod member;
pub mod organization;
pub mod policy;
mod policy_text;
pub mod region;
pub mod time;
