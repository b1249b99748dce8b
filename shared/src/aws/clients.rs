//! Clients of services with one endpoint: they share the HTTP client and the credentials of the settings.

use aws_config::SdkConfig;

/// The Organizations client. The service has one endpoint in each partition.
pub fn organizations(config: &SdkConfig) -> aws_sdk_organizations::Client {
    aws_sdk_organizations::Client::new(config)
}

/// The STS client, for the Region of the settings.
pub fn sts(config: &SdkConfig) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::new(config)
}
