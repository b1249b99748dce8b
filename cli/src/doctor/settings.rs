//! The settings of clients, as a person's own AWS tools have them.

use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use detective_onboarding::aws::http::http_client;
use detective_onboarding::aws::rate_limit::Pacing;
use detective_onboarding::environment::ConfigError;

/// How long a connection may take to be made. How long a call may take is the HTTP client's matter.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Reads the environment, profiles, and whatever else the SDK knows.
///
/// # Errors
/// `AWS_CA_BUNDLE` does not name a bundle of certificates.
pub(super) async fn sdk_config() -> Result<SdkConfig, ConfigError> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(Pacing::Searching)?)
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).build())
        // To the SDK, a call that waits for its turn is one whose request does not get through.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .load()
        .await;
    Ok(config)
}
