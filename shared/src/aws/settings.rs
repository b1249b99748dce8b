//! The AWS SDK's settings, from where Lambda puts them: environment variables. There are no profiles, no metadata services
//! and no other sources of credentials to look for, and none of the SDK's code that would is in the packages.

use std::num::NonZeroU32;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::aws::http::{http_client, stalled_streams, timeouts};
use crate::aws::waits::Waits;
use crate::environment::{ConfigError, Environment};

/// Reads the variables that all of AWS's SDKs know: `AWS_ACCESS_KEY_ID` and its like, `AWS_REGION`, `AWS_ENDPOINT_URL` (also
/// for a service, as `AWS_ENDPOINT_URL_DETECTIVE`), `AWS_MAX_ATTEMPTS`, `AWS_RETRY_MODE`, `AWS_USE_FIPS_ENDPOINT`,
/// `AWS_USE_DUALSTACK_ENDPOINT` and `AWS_SDK_UA_APP_ID`; and `WAITS_DIVIDED_BY`, for tests against an emulated cloud.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html>
///
/// # Errors
/// A variable does not hold what it should.
pub fn sdk_config(environment: &Environment<'_>) -> Result<SdkConfig, ConfigError> {
    const ATTEMPTS: NonZeroU32 = NonZeroU32::new(3).expect("three is not zero");
    let attempts = environment.parsed("AWS_MAX_ATTEMPTS", ATTEMPTS, "a whole number from 1 on")?;
    let mode = environment.parsed("AWS_RETRY_MODE", RetryMode::Standard, "standard or adaptive")?;
    let retries = RetryConfig::standard().with_retry_mode(mode).with_max_attempts(attempts.get());
    // Calls that were throttled are paced besides.
    let waits = Waits::of(environment)?;
    let (first, longest) = (waits.real(Duration::from_millis(250)), waits.real(retries.max_backoff()));
    let retries = retries.with_initial_backoff(first).with_max_backoff(longest);
    let is_on = |variable| environment.parsed(variable, false, "true or false");
    let app = environment.text("AWS_SDK_UA_APP_ID").map(AppName::new).transpose().map_err(|error| {
        ConfigError::new("AWS_SDK_UA_APP_ID", format!("is wrong ({error})"), "letters, digits and hyphens")
    })?;
    let mut settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .identity_cache(IdentityCache::lazy().build())
        .region(environment.text("AWS_REGION").map(Region::new))
        .service_config(EndpointOfService)
        .retry_config(retries)
        .timeout_config(timeouts())
        .stalled_stream_protection(stalled_streams())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .http_client(http_client(waits)?)
        .use_fips(is_on("AWS_USE_FIPS_ENDPOINT")?)
        .use_dual_stack(is_on("AWS_USE_DUALSTACK_ENDPOINT")?);
    settings.set_endpoint_url(environment.text("AWS_ENDPOINT_URL")).set_app_name(app);
    Ok(settings.build())
}

/// Reads the endpoint of one service.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
#[derive(Debug)]
struct EndpointOfService;

impl LoadServiceConfig for EndpointOfService {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        std::env::var(format!("{}_{service}", key.env())).ok().filter(|value| !value.is_empty())
    }
}
