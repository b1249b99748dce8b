//! What accounts have at AWS: plain data with its own rules. A resource depends neither on the clock nor on callers.

pub(crate) mod account;
pub(crate) mod account_request;
pub(crate) mod bucket;
pub(crate) mod event_bus;
pub(crate) mod graph;
pub(crate) mod handshake;
pub(crate) mod id;
pub(crate) mod identity;
pub(crate) mod investigation;
pub(crate) mod log_group;
pub(crate) mod member;
pub(crate) mod member_limit;
pub(crate) mod members;
pub(crate) mod organization;
pub(crate) mod packages;
pub(crate) mod parameter;
pub(crate) mod queue;
pub(crate) mod region;
pub(crate) mod span;
pub(crate) mod stack;
pub(crate) mod too_much_data;
pub(crate) mod topic;
pub(crate) mod trail;
pub(crate) mod volume;
