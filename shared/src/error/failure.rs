//! Why a run, a Region or an account failed.

use std::borrow::Cow;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::call::CallError;
use crate::model::region::Region;

/// Why a run, a Region or an account failed.
///
/// As JSON it is one object: `code`, `message` and, if a call to AWS failed, its `operation`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A call to AWS failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The Region has no behavior graph of the caller.
    #[error(
        "there is no behavior graph in {0}: enable Detective there, let the reconciler do so (CREATE_MISSING_GRAPHS), or take \
         the Region out of DETECTIVE_REGIONS"
    )]
    NoBehaviorGraph(Region),
    /// What Organizations listed is not the whole organization.
    #[error("{0}")]
    IncompleteOrganization(String),
    /// More members would have been removed than a run may remove, so none was.
    #[error(
        "{0} members would have been removed at once, more than a run may remove (MAX_REMOVALS, MAX_REMOVALS_PERCENT): none \
         was"
    )]
    RemovalsStopped(usize),
    /// The parameter that holds the coverage policy holds something else.
    #[error(
        "the parameter {parameter} does not hold a valid policy ({problem}): make it a JSON object with include, exclude and \
         priority"
    )]
    InvalidPolicy {
        /// The parameter's name.
        parameter: String,
        /// What is wrong with its value.
        problem: String,
    },
    /// There was no time for something that a run must do.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
    /// A message of the function's queue is not a continuation.
    #[error("the message is not a continuation of a run ({0}): it goes to the dead-letter queue")]
    InvalidContinuation(String),
    /// Lambda did not name the account that the function is in.
    #[error("Lambda did not name the account that the function is in")]
    UnknownFunctionAccount,
}

/// What there was no time for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutOfTime {
    /// To read what there is to do.
    #[error("the function's time was up before it had read what there is to do: give it more time")]
    Reading,
    /// To read Detective's settings.
    #[error("Detective did not return its settings in time: they are checked in the next run")]
    Settings,
    /// To do all, and there is no queue for continuations.
    #[error(
        "the time is up, and there is no queue for continuations: set CONTINUATION_QUEUE_URL, or give the function more time"
    )]
    NoContinuationQueue,
    /// To do all, in so many invocations.
    #[error("{0} invocations did not have enough time: give the function more time")]
    Invocations(u32),
}

impl Failure {
    /// AWS's error code, or the name of the failure.
    pub fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Call(error) => return error.cause.code(),
            Self::NoBehaviorGraph(_) => "NoBehaviorGraph",
            Self::IncompleteOrganization(_) => "IncompleteOrganization",
            Self::RemovalsStopped(_) => "RemovalsStopped",
            Self::InvalidPolicy { .. } => "InvalidPolicy",
            Self::OutOfTime(_) => "OutOfTime",
            Self::InvalidContinuation(_) => "InvalidContinuation",
            Self::UnknownFunctionAccount => "UnknownFunctionAccount",
        })
    }

    /// The operation that failed, if one was called.
    pub fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Call(error) => Some(error.operation),
            _ => None,
        }
    }

    /// What went wrong, without the operation and the code.
    pub fn message(&self) -> Cow<'_, str> {
        match self {
            Self::Call(error) => Cow::Borrowed(&error.message),
            other => Cow::Owned(other.to_string()),
        }
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let operation = self.operation();
        let mut object = serializer.serialize_struct("Failure", 2 + usize::from(operation.is_some()))?;
        if let Some(operation) = operation {
            object.serialize_field("operation", operation)?;
        }
        object.serialize_field("code", &self.code())?;
        object.serialize_field("message", &self.message())?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_one_json_form_and_names_an_operation_only_if_it_was_called() {
        let json = |failure: Failure| serde_json::to_value(failure).unwrap();
        let denied = CallError::answered("CreateMembers", "AccessDeniedException", "no");
        assert_eq!(
            json(denied.into()),
            serde_json::json!({"operation": "CreateMembers", "code": "AccessDeniedException", "message": "no"})
        );
        assert_eq!(
            json(OutOfTime::Settings.into()),
            serde_json::json!({"code": "OutOfTime", "message": "Detective did not return its settings in time: they are checked in \
                the next run"})
        );
    }
}
