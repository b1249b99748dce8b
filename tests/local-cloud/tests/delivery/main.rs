//! What a template needs so that an event is delivered (permissions, roles and policies), where it goes if it is not, and how
//! Lambda runs a function on it.

mod double;
mod environment;
mod forwarding;
mod instances;
mod limits;
mod mappings;
mod retries;
mod rules;
mod schedules;
mod time;
mod updates;
