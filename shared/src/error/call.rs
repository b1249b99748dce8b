//! Errors of AWS calls, in the terms that a report needs.

use std::borrow::Cow;
use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::code::AwsCode;
use super::text::excerpt;

/// A call to AWS that failed, after the retries that the SDK makes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} failed: {}: {message}", .cause.code())]
pub struct CallError {
    /// The operation, as AWS names it.
    pub operation: &'static str,
    /// How it failed.
    pub cause: CallCause,
    /// AWS's message, or what went wrong in a call that was not answered. Email addresses are left
    /// out, and it is cut if it is long.
    pub message: String,
}

/// How a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallCause {
    /// AWS answered with an error.
    Aws(AwsCode),
    /// AWS answered with this HTTP status, and named no error.
    HttpStatus(u16),
    /// There was no answer in time.
    Timeout,
    /// There was no connection, or it broke.
    ConnectionFailure,
    /// The settings of the SDK do not allow the call.
    InvalidConfiguration,
    /// The request could not be made.
    InvalidRequest,
    /// The answer is not what the service answers with.
    InvalidResponse,
    /// The answer lacks something that it must have.
    IncompleteAnswer,
    /// The answer left this account unprocessed.
    UnprocessedAccount,
}

impl CallCause {
    /// AWS's error code, or the name of the cause.
    pub(super) fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Aws(code) => return Cow::Owned(code.to_string()),
            Self::HttpStatus(status) => return Cow::Owned(format!("Http{status}")),
            Self::Timeout => "Timeout",
            Self::ConnectionFailure => "ConnectionFailure",
            Self::InvalidConfiguration => "InvalidConfiguration",
            Self::InvalidRequest => "InvalidRequest",
            Self::InvalidResponse => "InvalidResponse",
            Self::IncompleteAnswer => "IncompleteAnswer",
            Self::UnprocessedAccount => "UnprocessedAccount",
        })
    }
}

/// What the codes have in common that services throttle with.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
pub const THROTTLING: [&str; 4] = ["Throttl", "TooManyRequests", "SlowDown", "RequestLimitExceeded"];

/// What the codes have in common of faults of a service, and of calls that met another one.
const PASSING: [&str; 6] =
    ["Internal", "Unavailable", "ServiceException", "Timeout", "ConcurrentModification", "Conflict"];

/// Detective may refuse an account for some minutes after it joined, because it "is not a member of an organization" yet.
fn is_about_joining(message: &str) -> bool {
    message.to_ascii_lowercase().contains("not a member of an organization")
}

impl CallError {
    /// A call that failed in a way. Email addresses are left out of the message, and a long one is cut.
    pub fn new(operation: &'static str, cause: CallCause, message: &str) -> Self {
        Self { operation, cause, message: excerpt(message) }
    }

    /// A call that AWS answered with an error code.
    pub fn answered(operation: &'static str, code: &str, message: &str) -> Self {
        Self::new(operation, CallCause::Aws(AwsCode::from(code)), message)
    }

    /// A call whose answer lacks something, which `message` names.
    pub fn incomplete_answer(operation: &'static str, message: &str) -> Self {
        Self::new(operation, CallCause::IncompleteAnswer, message)
    }

    /// Returns a closure for `map_err` that notes which operation failed.
    pub fn of<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        move |error| {
            let cause = match &error {
                SdkError::ServiceError(failure) => {
                    let (meta, status) = (failure.err().meta(), failure.raw().status().as_u16());
                    let message = meta.message().map_or_else(|| no_message(status), str::to_owned);
                    let code = meta.code().map(|code| CallCause::Aws(AwsCode::from(code)));
                    return Self::new(operation, code.unwrap_or(CallCause::HttpStatus(status)), &message);
                }
                SdkError::TimeoutError(_) => CallCause::Timeout,
                SdkError::DispatchFailure(failure) if failure.is_timeout() => CallCause::Timeout,
                SdkError::DispatchFailure(_) => CallCause::ConnectionFailure,
                SdkError::ResponseError(_) => CallCause::InvalidResponse,
                _ => CallCause::InvalidRequest,
            };
            Self::new(operation, cause, &chain(&error))
        }
    }

    /// Whether AWS answered with this error code.
    pub fn is(&self, code: &AwsCode) -> bool {
        matches!(&self.cause, CallCause::Aws(answered) if answered == code)
    }

    /// Whether an object of S3 is not the one that a write expected: another write came before, or came at the same time, or it was
    /// deleted.
    pub fn is_failed_precondition(&self) -> bool {
        const CODES: [&str; 2] = ["PreconditionFailed", "ConditionalRequestConflict"];
        self.is(&AwsCode::NoSuchKey)
            || matches!(&self.cause, CallCause::Aws(AwsCode::Other(code)) if CODES.contains(&code.as_str()))
    }

    /// Whether the graph has no capacity, for members or for data.
    pub fn is_quota(&self) -> bool {
        self.is(&AwsCode::ServiceQuotaExceededException)
    }

    /// Whether the caller may not do it.
    pub fn is_access_denied(&self) -> bool {
        self.is(&AwsCode::AccessDenied) || self.is(&AwsCode::AccessDeniedException)
    }

    /// Whether AWS does not know the caller's credentials: so services answer in a Region that the account has not enabled.
    pub fn is_of_unknown_credentials(&self) -> bool {
        const CODES: [&str; 4] =
            ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired"];
        matches!(&self.cause, CallCause::Aws(AwsCode::Other(code)) if CODES.contains(&code.as_str()))
    }

    /// Whether one of the accounts that a call was for may have made it fail for all: not if the caller may not make it at all
    /// or not now, if the graph is gone, or if the service is not there. Nor if it timed out: calls that time out leave no time
    /// for others.
    pub fn may_be_about_one_account(&self) -> bool {
        let is_about_the_call = match &self.cause {
            CallCause::Timeout | CallCause::InvalidConfiguration | CallCause::InvalidRequest => true,
            CallCause::HttpStatus(status) => matches!(status, 403 | 502..=504),
            CallCause::Aws(code) => *code == AwsCode::ResourceNotFoundException,
            _ => false,
        };
        !is_about_the_call && !self.is_access_denied() && !self.is_throttling()
    }

    /// Whether there was no answer that could be read: the call may have had its effect.
    pub fn is_unanswered(&self) -> bool {
        matches!(self.cause, CallCause::Timeout | CallCause::ConnectionFailure | CallCause::InvalidResponse)
    }

    /// Whether the service takes no more calls for now.
    pub fn is_throttling(&self) -> bool {
        match &self.cause {
            CallCause::HttpStatus(status) => *status == 429,
            CallCause::Aws(AwsCode::Other(code)) => THROTTLING.iter().any(|word| code.contains(word)),
            _ => false,
        }
    }

    /// Whether the same call may succeed later, though nobody does anything about it: the service was not there, had a fault of
    /// its own or was changing something, or does not know yet that the account has joined. What else it answers is final until
    /// somebody acts. It does not document which accounts it leaves unprocessed: that may pass as well.
    pub fn may_pass(&self) -> bool {
        match &self.cause {
            CallCause::HttpStatus(status) => *status >= 500 || self.is_throttling(),
            CallCause::InvalidConfiguration | CallCause::InvalidRequest => false,
            CallCause::Timeout
            | CallCause::ConnectionFailure
            | CallCause::InvalidResponse
            | CallCause::IncompleteAnswer
            | CallCause::UnprocessedAccount => true,
            CallCause::Aws(AwsCode::ValidationException) => is_about_joining(&self.message),
            CallCause::Aws(AwsCode::Other(code)) => {
                self.is_throttling() || PASSING.iter().any(|word| code.contains(word))
            }
            CallCause::Aws(_) => false,
        }
    }

    /// Whether the service refused for what the caller is or asked for, and not for a fault of its own.
    pub fn is_refusal(&self) -> bool {
        self.is_access_denied() || self.is(&AwsCode::ValidationException)
    }
}

/// The message of an answer that has none.
fn no_message(status: u16) -> String {
    format!("AWS answered with HTTP status {status}")
}

/// The error's own text and its causes, without the HTTP response that the SDK's formatter would print.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
