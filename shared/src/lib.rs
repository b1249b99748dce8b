//! The core that every function shares, in layers: a folder imports only from those below it.
//!
//! | Layer | Contents |
//! |---|---|
//! | [`lambda`] | runs a handler under Lambda: what invoked it, in which Regions it works, what continues later |
//! | [`apply`] | carries out a plan |
//! | [`report`], [`config`] | what a run did; how a function is configured |
//! | [`events`], [`plan`], [`aws`] | reads events; decides, without a client, a clock or the environment; calls AWS |
//! | [`error`], [`deadline`], [`environment`] | failures, time, and environment variables |
//! | [`model`] | the state and its types, which know nothing else |

pub mod apply;
pub mod aws;
pub mod config;
pub mod deadline;
pub mod environment;
pub mod error;
pub mod events;
pub mod lambda;
pub mod model;
pub mod plan;
pub mod report;
