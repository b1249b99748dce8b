//! Why something could not be done: a call to AWS failed, or the project noticed by itself.

mod call;
mod code;
mod failure;
mod out_of_time;
mod text;

pub use self::call::{CallCause, CallError, THROTTLING};
pub use self::code::AwsCode;
pub use self::failure::Failure;
pub use self::out_of_time::OutOfTime;
pub(crate) use self::text::{cut, excerpt, label};
