//! What the end-to-end tests are made of. The tests are in `tests/behaviour`, one module for each behaviour.
//!
//! From the ground up, each layer using those before it:
//! - inputs: [`edit`], [`template`], [`events`], [`faults`], [`scenario`], [`samconfig`], and how to read a [`report`]
//! - [`environment`]: an emulated AWS in which the stacks of template.yaml are deployed
//! - what some tests share on top of it: [`deployed_template`], [`fixture`] with [`effects`], [`history`] with its
//!   [`step`]s, and [`full_environment`] with [`exercise`]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alert_schema;
pub mod cases;
mod departures;
pub mod deployed_template;
pub mod edit;
pub mod effects;
pub mod environment;
pub mod events;
pub mod exercise;
pub mod faults;
pub mod fixture;
pub mod full_environment;
pub mod history;
pub mod metric_math;
pub mod published;
pub mod readings;
pub mod report;
pub mod samconfig;
pub mod scenario;
pub mod step;
pub mod template;
