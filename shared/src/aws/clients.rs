//! Clients for AWS: one HTTP client and one credentials cache for all of them.

use aws_config::{BehaviorVersion, SdkConfig};

use crate::aws::http::{http_client, stalled_streams, timeouts};

/// Reads the settings of a person's own AWS tools: environment, profiles, and whatever else the SDK knows.
pub async fn sdk_config_of_user() -> SdkConfig {
    let settings = aws_config::defaults(BehaviorVersion::latest());
    let settings = settings.http_client(http_client()).timeout_config(timeouts());
    settings.stalled_stream_protection(stalled_streams()).load().await
}

/// The Organizations client. The service has one endpoint in each partition.
pub fn organizations(config: &SdkConfig) -> aws_sdk_organizations::Client {
    aws_sdk_organizations::Client::new(config)
}

/// The STS client, for the Region of the settings.
pub fn sts(config: &SdkConfig) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::new(config)
}
