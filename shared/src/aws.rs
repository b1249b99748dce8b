//! Clients for AWS: one HTTP client and one credentials cache for all of them.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_account::types::RegionOptStatus;
use aws_sdk_detective::config::Credentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::account::AccountId;
use crate::detective;
use crate::error::CallError;
use crate::graph::{GraphArn, Region};
use crate::invocation::Deadline;
use crate::member::Member;
use crate::pace::paced;

/// Which certificates are trusted: Amazon's own roots, which all services of AWS use and which are compiled in, because
/// reading a machine's hundreds of roots takes longer than all else that a function does to start. A bundle of another kind
/// is honoured where the environment names one (`AWS_CA_BUNDLE`, `SSL_CERT_FILE`, `SSL_CERT_DIR`).
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>
fn tls() -> TlsContext {
    let bundle = std::env::var_os("AWS_CA_BUNDLE").and_then(|path| std::fs::read(path).ok());
    let system = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some());
    let roots = match (bundle, system) {
        (Some(bundle), _) => TrustStore::empty().with_pem_certificate(bundle),
        (None, true) => TrustStore::default(),
        (None, false) => TrustStore::empty().with_pem_certificate(&include_bytes!("amazon-roots.pem")[..]),
    };
    TlsContext::builder().with_trust_store(roots).build().expect("a trust store is all it needs")
}

/// The HTTP client of all functions: one connection pool, and every call at the rate that its service takes. It gives up
/// calls that hang.
pub fn http_client() -> SharedHttpClient {
    paced(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls()).build_https())
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
    /// Whether it may be without a graph.
    pub is_optional: bool,
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

    /// The Region's behavior graph and its members; `None` if there was no time to read them.
    ///
    /// # Errors
    /// ListGraphs or ListMembers failed, or there is no graph.
    pub async fn members(
        &self,
        deadline: Deadline,
    ) -> Result<Option<(GraphArn, BTreeMap<AccountId, Member>)>, CallError> {
        let read = async {
            let graph = self.graph().await?;
            let members = detective::list_members(&self.client, &graph).await?;
            Ok((graph, members))
        };
        deadline.call(read).await.transpose()
    }
}

/// Detective in a Region. Where it is `optional`, the Region need not have a graph.
pub fn detective_region(
    config: &SdkConfig,
    configured: Option<GraphArn>,
    region: Region,
    is_optional: bool,
) -> DetectiveRegion {
    let client = aws_sdk_detective::Client::from_conf(detective_settings(config, &region).build());
    DetectiveRegion { region, client, is_optional, configured }
}

/// The Regions that the caller's account has enabled, whatever services they have.
///
/// # Errors
/// The first page's error that fails.
pub async fn enabled_regions(client: &aws_sdk_account::Client) -> Result<Vec<Region>, CallError> {
    let request = client
        .list_regions()
        .region_opt_status_contains(RegionOptStatus::Enabled)
        .region_opt_status_contains(RegionOptStatus::EnabledByDefault);
    let mut pages = request.into_paginator().page_size(50).send();
    let mut regions = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListRegions"))?;
        regions.extend(page.regions().iter().filter_map(|region| region.region_name()?.parse().ok()));
    }
    Ok(regions)
}
