//! AWS Lambda: functions that run as processes, and call an emulated Runtime API.

mod instance;
pub(crate) mod limits;
mod log;
mod pool;
mod record;
mod runtime_api;

pub(crate) use instance::Invocation;
pub use instance::environment;
pub(crate) use pool::Pool;
pub use record::{FunctionError, InvocationRecord};
