//! The core that every function shares.
//!
//! The functional core is typed and pure: [`account`], [`graph`] and [`member`] are the state, [`trigger`] reads events,
//! [`policy`] says which accounts are in scope, [`plan`], [`cool_off`], [`reconcile`], [`removals`] and [`departures`] decide,
//! [`outcome`], [`held`], [`drift`] and [`report`] say what came of it. The shell around it is thin: [`config`] and
//! [`scoping`] read how it is set up, [`aws`] makes clients, whose calls are paced, [`organizations`], [`detective`], [`sts`],
//! [`queue`] and [`storage`] call AWS, [`apply`] carries a plan out, [`regional`] works in all Regions, and [`function`] runs
//! a handler under Lambda on an [`invocation`].

pub mod account;
pub mod apply;
pub mod aws;
pub mod config;
pub mod cool_off;
pub mod departures;
pub mod detective;
pub mod drift;
pub mod error;
pub mod function;
pub mod graph;
pub mod held;
pub mod invocation;
pub mod member;
pub mod organizations;
pub mod outcome;
mod pace;
pub mod plan;
pub mod policy;
pub mod queue;
pub mod reconcile;
pub mod region_report;
pub mod regional;
pub mod removals;
pub mod report;
pub mod scoping;
pub mod settings;
mod starting;
pub mod storage;
pub mod sts;
pub mod trigger;
mod waiting;
mod wire;
