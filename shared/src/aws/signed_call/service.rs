//! What calls to a service have in common, and what they need of the settings.

use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;

use crate::error::{CallCause, CallError};

/// What all calls to a service have in common.
#[derive(Debug)]
pub(crate) struct Service {
    /// The service's id, by which settings name it: `SSM` in `AWS_ENDPOINT_URL_SSM`.
    pub(crate) id: &'static str,
    /// The name that requests are signed for.
    pub(crate) signing_name: &'static str,
    /// How requests are signed.
    pub(crate) signing_options: fn() -> SigningOptions,
}

/// The Region of the settings.
pub(crate) fn region<'a>(config: &'a SdkConfig, operation: &'static str) -> Result<&'a aws_config::Region, CallError> {
    config.region().ok_or_else(|| misconfigured(operation, "no Region is set (AWS_REGION)"))
}

/// An error of the settings.
pub(crate) fn misconfigured(operation: &'static str, problem: &str) -> CallError {
    CallError::new(operation, CallCause::InvalidConfiguration, problem)
}
