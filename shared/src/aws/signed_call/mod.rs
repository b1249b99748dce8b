//! Calls to services of which one or two operations are needed: signed, sent and retried by the SDK's own runtime.
//!
//! The SDK's own clients would make packages larger and cold starts a little slower. Zipped packages of release builds, and
//! the quickest of 150 cold starts that call GetParameter once, in turns on a busy machine (2026-11-26, Rust 1.95, x86-64):
//!
//! |  | organization-reconciler | | account-onboarder | |
//! |---|---:|---:|---:|---:|
//! | this module | 2,483 kB | 2.92 ms | 2,228 kB | 2.69 ms |
//! | with the endpoint rules of both crates | 2,642 kB | | 2,276 kB | |
//! | the clients of both crates | 3,527 kB | 3.07 ms | 2,355 kB | 2.96 ms |
//!
//! The crates are aws-sdk-s3 1.157 and aws-sdk-ssm 1.133, without default features. They bring 14 crates in all.

mod call;
mod endpoint;
mod service;

pub(super) use self::call::{Answer, Call, call};
pub(super) use self::endpoint::{Endpoint, endpoint};
pub(super) use self::service::{Service, misconfigured};
