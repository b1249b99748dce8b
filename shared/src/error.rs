//! Errors of AWS calls, in the terms that a report needs.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Serialize;

/// A call to AWS that failed, after the retries that the SDK makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{operation} failed: {code}: {message}")]
pub struct CallError {
    /// The operation, as AWS names it.
    pub operation: &'static str,
    /// AWS's error code; for a call that got no answer from the service, what became of it.
    pub code: String,
    /// AWS's message, or the cause of a call that got no answer.
    pub message: String,
}

impl CallError {
    /// A failure with AWS's words, or ours where AWS's answer cannot be used. Email addresses are left out.
    pub fn new(operation: &'static str, code: impl Into<String>, message: &str) -> Self {
        Self { operation, code: code.into(), message: without_emails(message) }
    }

    /// Returns a closure for `map_err` that notes which operation failed.
    pub fn of<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        move |error| {
            let (code, message) = match &error {
                SdkError::ServiceError(failure) => {
                    let meta = failure.err().meta();
                    let status = failure.raw().status().as_u16();
                    (
                        meta.code().map_or_else(|| format!("Http{status}"), str::to_owned),
                        meta.message().map_or_else(|| format!("AWS answered with HTTP status {status}"), str::to_owned),
                    )
                }
                SdkError::TimeoutError(_) => ("Timeout".to_owned(), chain(&error)),
                SdkError::DispatchFailure(failure) if failure.is_timeout() => ("Timeout".to_owned(), chain(&error)),
                SdkError::DispatchFailure(_) => ("ConnectionFailure".to_owned(), chain(&error)),
                SdkError::ResponseError(_) => ("InvalidResponse".to_owned(), chain(&error)),
                _ => ("InvalidRequest".to_owned(), chain(&error)),
            };
            Self::new(operation, code, &message)
        }
    }

    /// More members would have been removed than a run may remove, so none was.
    pub fn removals_stopped(count: usize) -> Self {
        let message = format!(
            "{count} members would have been removed at once, more than a run may remove (MAX_REMOVALS, \
             MAX_REMOVALS_PERCENT): none was"
        );
        Self::new("DeleteMembers", "RemovalsStopped", &message)
    }

    /// What Organizations listed is not the whole organization.
    pub fn incomplete_organization(operation: &'static str, message: &str) -> Self {
        Self::new(operation, "IncompleteOrganization", message)
    }

    /// Whether what Organizations listed is not the whole organization.
    pub fn is_incomplete_organization(&self) -> bool {
        self.code == "IncompleteOrganization"
    }

    /// Whether the graph has no room, for members or for data.
    ///
    /// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
    pub fn is_quota(&self) -> bool {
        self.code == "ServiceQuotaExceededException"
    }

    /// Whether there is no behavior graph.
    pub fn is_missing_graph(&self) -> bool {
        self.code == "NoBehaviorGraph"
    }

    /// Whether the caller may not do it. STS has another code for it than the services.
    pub fn is_access_denied(&self) -> bool {
        matches!(self.code.as_str(), "AccessDenied" | "AccessDeniedException")
    }

    /// Whether the service refused for what the caller is or asked for, and not for a fault of its own.
    pub fn is_refusal(&self) -> bool {
        self.is_access_denied() || self.code == "ValidationException"
    }

    /// Whether Organizations does not know the account.
    pub fn is_account_not_found(&self) -> bool {
        self.code == "AccountNotFoundException"
    }
}

/// The error's own text and its causes, without the HTTP response that the SDK's formatter would print.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// AWS repeats input in some messages. Words that look like an email address are left out.
fn without_emails(message: &str) -> String {
    if !message.contains('@') {
        return message.to_owned();
    }
    message
        .split(' ')
        .map(|word| if word.contains('@') { "(email address)" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses_are_left_out_of_messages() {
        assert_eq!(without_emails("email root@example.com is not valid"), "email (email address) is not valid");
    }
}
