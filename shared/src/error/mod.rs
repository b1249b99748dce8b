//! Why something could not be done: a call to AWS failed, or the project noticed by itself.

mod call;
mod failure;

pub(crate) use self::call::without_emails;
pub use self::call::{AwsCode, CallCause, CallError};
pub use self::failure::{Failure, OutOfTime};
