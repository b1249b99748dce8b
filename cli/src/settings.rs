//! The settings of clients, as a person's own AWS tools have them, and how many calls they made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use detective_onboarding::aws::http::{http_client, stalled_streams, timeouts};
use detective_onboarding::aws::waits::Waits;
use detective_onboarding::environment::ConfigError;
use detective_onboarding::model::region::Region;

/// Reads the environment, profiles, and whatever else the SDK knows. `calls` counts what is answered.
///
/// # Errors
/// `AWS_CA_BUNDLE` does not name a bundle of certificates.
pub(crate) async fn sdk_config(calls: &Calls) -> Result<SdkConfig, ConfigError> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(counted(http_client(Waits::whole())?, calls))
        .timeout_config(timeouts())
        .stalled_stream_protection(stalled_streams())
        .load()
        .await;
    Ok(config)
}

/// The same for an account of the emulated cloud. Nothing is read from the environment, which may mean another endpoint.
///
/// # Errors
/// `AWS_CA_BUNDLE` does not name a bundle of certificates.
pub(crate) fn emulated(endpoint: String, account: &str, calls: &Calls) -> Result<SdkConfig, ConfigError> {
    let key = Credentials::new(account, "any", None, None, "scenario");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(key))
        .endpoint_url(endpoint)
        .region(aws_config::Region::new("us-east-1"))
        .http_client(counted(http_client(Waits::whole())?, calls))
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts())
        .stalled_stream_protection(stalled_streams())
        .build();
    Ok(config)
}

/// The same settings for a Region.
pub(crate) fn at(config: &SdkConfig, region: &Region) -> SdkConfig {
    config.to_builder().region(aws_config::Region::new(region.as_str().to_owned())).build()
}

/// How many calls were answered, by the name under which a service signs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<BTreeMap<String, usize>>>);

impl Calls {
    /// The counts, such as `detective 40, organizations 512`.
    pub(crate) fn text(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(service, count)| format!("{service} {count}")).collect::<Vec<_>>().join(", ")
    }

    fn add(&self, service: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(service).or_default() += 1;
    }
}

fn counted(inner: SharedHttpClient, calls: &Calls) -> SharedHttpClient {
    let calls = calls.clone();
    http_client_fn(move |settings, components| {
        let connector = inner.http_connector(settings, components);
        SharedHttpConnector::new(Counted { connector, calls: calls.clone() })
    })
}

#[derive(Debug)]
struct Counted {
    connector: SharedHttpConnector,
    calls: Calls,
}

impl HttpConnector for Counted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // Credential=<key>/<date>/<region>/<service>/aws4_request
        let scope = request.headers().get("authorization").unwrap_or_default();
        let service = scope.split('/').nth(3).unwrap_or("credentials").to_owned();
        let (answer, calls) = (self.connector.call(request), self.calls.clone());
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            calls.add(service);
            answer
        })
    }
}
