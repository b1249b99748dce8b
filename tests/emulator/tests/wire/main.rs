//! The emulator over HTTP, called with the AWS SDK for Rust.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod administration;
mod closed_accounts;
mod event_sizes;
mod faults;
mod govcloud;
mod graphs;
mod hourly_check;
mod investigations;
mod member_limit;
mod members;
mod new_accounts;
mod organization;
mod organization_members;
mod page;
mod preconditions;
mod queues;
mod quotas;
mod reads;
mod scenario_contents;
mod scenario_files;
mod sentences;
mod server;
mod setup;
mod transition;
mod validation;
