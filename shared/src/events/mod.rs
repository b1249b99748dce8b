//! EventBridge events, read from and written to queues and buses.
//!
//! An event is a hint: it names an account to read the state of, and nothing else in it is believed.

mod accounts;
pub mod arrival;
pub mod cloudtrail;
pub mod departure;
