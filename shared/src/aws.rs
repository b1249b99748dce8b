//! Clients for AWS: one HTTP client and one credentials cache for all of them.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_detective::config::Credentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::config::{self, ConfigError, Environment};
use crate::detective;
use crate::error::CallError;
use crate::graph::{GraphArn, Region};

/// Reads the SDK's own settings from the environment: credentials, Region, endpoint, `AWS_MAX_ATTEMPTS` and the like.
pub async fn sdk_config() -> SdkConfig {
    // An attempt that hangs must not use up the invocation: it is given up and tried again.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(30))
        .build();
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeouts).load().await
}

/// The Organizations client. The service has one endpoint in each partition.
pub fn organizations(config: &SdkConfig) -> aws_sdk_organizations::Client {
    aws_sdk_organizations::Client::new(config)
}

/// The STS client, for the Region of the settings.
pub fn sts(config: &SdkConfig) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::new(config)
}

/// Detective in one Region, with credentials of another account.
pub fn detective_as(config: &SdkConfig, region: &Region, credentials: Credentials) -> aws_sdk_detective::Client {
    let settings = detective_settings(config, region).credentials_provider(credentials);
    aws_sdk_detective::Client::from_conf(settings.build())
}

fn detective_settings(config: &SdkConfig, region: &Region) -> aws_sdk_detective::config::Builder {
    let code = aws_sdk_detective::config::Region::new(region.as_str().to_owned());
    aws_sdk_detective::config::Builder::from(config).region(code)
}

/// Detective in one Region. A graph is reached only in its own Region.
#[derive(Debug)]
pub struct DetectiveRegion {
    /// The Region.
    pub region: Region,
    /// A client in that Region.
    pub client: aws_sdk_detective::Client,
    configured: Option<GraphArn>,
}

impl DetectiveRegion {
    /// The Region's behavior graph: the configured one, or else the one that the caller administers.
    ///
    /// # Errors
    /// ListGraphs failed, or there is no graph.
    pub async fn graph(&self) -> Result<GraphArn, CallError> {
        match &self.configured {
            Some(arn) => Ok(arn.clone()),
            None => detective::find_graph(&self.client, &self.region).await,
        }
    }
}

/// Detective in every configured Region (`DETECTIVE_REGIONS`, `DETECTIVE_GRAPH_ARNS`), in the order of configuration.
///
/// # Errors
/// A variable is wrong.
pub fn detective_regions(
    config: &SdkConfig,
    environment: &Environment<'_>,
) -> Result<Vec<DetectiveRegion>, ConfigError> {
    let regions = config::regions(environment)?;
    let mut graphs = config::graphs(environment, &regions)?;
    let detective = |region: Region| {
        let settings = detective_settings(config, &region).build();
        DetectiveRegion {
            client: aws_sdk_detective::Client::from_conf(settings),
            configured: graphs.remove(&region),
            region,
        }
    };
    Ok(regions.into_iter().map(detective).collect())
}
