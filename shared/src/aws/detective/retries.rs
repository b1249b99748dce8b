//! Which answers the SDK retries.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};

/// What the SDK does about errors with HTTP status 500, such as `InternalServerException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerErrors {
    /// It makes the call again, as it does by default.
    AreRetried,
    /// It returns them at once: the caller repeats the call for some of its accounts, because Detective answers so for a batch that
    /// has one account that it cannot take yet.
    AreReturned,
}

impl ClassifyRetry for ServerErrors {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let status = context.response().map(|response| response.status().as_u16());
        match (self, status) {
            (Self::AreReturned, Some(500)) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "server errors"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
