//! AWS Lambda: functions that run as processes, and call an emulated Runtime API.

mod instance;
pub(crate) mod limits;
mod log;
mod log_events;
mod pool;
mod record;
mod runtime_api;

pub(crate) use instance::Invocation;
pub use instance::environment;
pub(crate) use log_events::{LOG_STREAM, log_events};
pub(crate) use pool::Pool;
pub use record::{FunctionError, InvocationRecord};
