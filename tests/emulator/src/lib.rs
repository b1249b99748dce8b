//! An emulator of Amazon Detective, and of what its users need of Organizations, STS, EventBridge, SQS, S3, CloudTrail,
//! Systems Manager and Account Management.
//!
//! [`Cloud`] is the whole emulated state: many accounts, many Regions, one virtual clock. [`Emulator`] serves it over
//! HTTP on one port, to any AWS SDK or CLI. A [`Scenario`] says what it holds at the start.
//!
//! The caller's account comes from the access key that signs a request: twelve digits *are* the account id, with any
//! secret. What is not emulated answers 501 and names the operation.

mod admin;
mod auth;
mod authorize;
mod clock;
mod cloud;
mod cloudtrail;
mod detective;
mod dispatch;
mod error;
mod eventbridge;
mod events;
mod faults;
mod journal;
mod model;
mod objects;
mod organizations;
mod page;
mod parameters;
pub mod policy;
mod queues;
mod regions;
mod scenario;
mod server;
mod setup;
mod snapshot;
mod state;
mod sts;

pub use cloud::{BusEvent, Cloud, SessionKeys};
pub use cloudtrail::{ManagementEvents, TrailScenario};
pub use eventbridge::{EventBus, EventRule, EventTarget};
pub use faults::{AfterEffect, Effect, ErrorEffect, Fault, HELD, Throttle};
pub use journal::Call;
pub use queues::{QueueMessage, QueueSettings, Receipt};
pub use scenario::{
    AccessKeyScenario, AccountScenario, AccountStateField, DelegatedAdministrator, FeatureSet, GeneratedAccounts,
    GraphScenario, MemberScenario, OrganizationScenario, RoleScenario, Scenario, ScenarioError, Span, Timing, Volume,
};
pub use server::Emulator;
pub use snapshot::{AccountView, GraphView, MemberView, OrganizationView, Snapshot};
