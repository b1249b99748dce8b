//! The emulator over HTTP, asked by the AWS SDK for Rust.

mod access;
mod administration;
mod faults;
mod graphs;
mod investigations;
mod members;
mod organization;
mod server;
mod setup;
mod validation;
