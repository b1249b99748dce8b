//! Why something could not be done: a call to AWS failed, or the project noticed by itself.

mod call;
mod failure;
mod text;

pub use self::call::{AwsCode, CallCause, CallError, THROTTLING};
pub use self::failure::{Failure, OutOfTime};
pub(crate) use self::text::{cut, excerpt, label};
