//! An emulator of Amazon Detective, and of what its users need of Organizations, STS, EventBridge, SQS, SNS, S3, CloudTrail,
//! Systems Manager, Account Management, Lambda, CloudWatch Logs, EventBridge Scheduler and CloudFormation.
//!
//! [`Cloud`] is the whole emulated state: many accounts, many Regions, one virtual clock. [`Emulator`] serves it over
//! HTTP on one port, to any AWS SDK or CLI. A [`Scenario`] describes what it holds at the start.
//!
//! The caller's account comes from the access key that signs a request: twelve digits *are* the account id, with any
//! secret. What is not emulated answers 501 and names the operation.
//!
//! A folder is a layer, and imports only those below it: `server` takes requests, `cloud` is the handle for programs,
//! `services` has the operations of each service of AWS, `protocol` is how these services talk, `world` is all state and
//! its clock, `resources` are the things that accounts have, and `iam` evaluates policies.

mod cloud;
mod iam;
mod protocol;
mod resources;
mod server;
mod services;
mod world;

pub use cloud::handle::Cloud;
pub use cloud::roles::SessionKeys;
pub use iam::policy;
pub use resources::bucket::{BucketScenario, BucketSettings};
pub use resources::event_bus::{BusEvent, EventBus, EventRule, EventTarget};
pub use resources::member::Joining;
pub use resources::member_limit::MemberLimitCounts;
pub use resources::organization::{AccountStateField, FeatureSet};
pub use resources::packages::{OptionalPackage, PackageState};
pub use resources::queue::{QueueMessage, QueueSettings, Receipt};
pub use resources::span::Span;
pub use resources::stack::{FunctionDescription, ScheduleDescription, StackDescription};
pub use resources::too_much_data::TooMuchData;
pub use resources::topic::Notice;
pub use resources::trail::{ManagementEvents, TrailScenario};
pub use resources::volume::Volume;
pub use server::http::Emulator;
pub use services::logs::check_query;
pub use world::fault::{AfterEffect, Effect, ErrorEffect, Fault, HELD, Throttle};
pub use world::invocations::{InvocationAnswer, InvocationRequest, InvocationResult};
pub use world::journal::Call;
pub use world::keys::KeyUse;
pub use world::scenario::account::{AccountScenario, GeneratedAccounts};
pub use world::scenario::error::ScenarioError;
pub use world::scenario::file::Scenario;
pub use world::scenario::graph::{GraphScenario, MemberScenario};
pub use world::scenario::identity::{AccessKeyScenario, RoleScenario};
pub use world::scenario::organization::{DelegatedAdministrator, OrganizationScenario};
pub use world::snapshot::{AccountView, GraphView, MemberView, OrganizationView, Snapshot};
pub use world::timing::Timing;
