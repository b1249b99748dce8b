//! An emulator of Amazon Detective, and of what its users need of Organizations, STS, EventBridge, SQS, S3, CloudTrail,
//! Systems Manager and Account Management.
//!
//! [`Cloud`] is the whole emulated state: many accounts, many Regions, one virtual clock. [`Emulator`] serves it over
//! HTTP on one port, to any AWS SDK or CLI. A [`Scenario`] says what it holds at the start.
//!
//! The caller's account comes from the access key that signs a request: twelve digits *are* the account id, with any
//! secret. What is not emulated answers 501 and names the operation.

mod cloud;
mod iam;
mod protocol;
mod server;
mod services;
mod world;

pub use cloud::handle::{BusEvent, Cloud, SessionKeys};
pub use iam::policy;
pub use server::http::Emulator;
pub use services::cloudtrail::operations::{ManagementEvents, TrailScenario};
pub use services::events::rules::{EventBus, EventRule, EventTarget};
pub use services::sqs::operations::{QueueMessage, QueueSettings, Receipt};
pub use world::faults::{AfterEffect, Effect, ErrorEffect, Fault, HELD, Throttle};
pub use world::journal::Call;
pub use world::scenario::{
    AccessKeyScenario, AccountScenario, AccountStateField, DelegatedAdministrator, FeatureSet, GeneratedAccounts,
    GraphScenario, MemberScenario, OrganizationScenario, RoleScenario, Scenario, ScenarioError, Span, Timing, Volume,
};
pub use world::snapshot::{AccountView, GraphView, MemberView, OrganizationView, Snapshot};
