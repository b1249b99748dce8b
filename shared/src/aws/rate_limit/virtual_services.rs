//! Services that take so many calls a second, in virtual time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use tokio::time::{Instant, sleep};

use super::{limiter_key, locked, rate_limited, service};
use crate::aws::settings;
use crate::aws::waits::Waits;
use crate::environment::Environment;

/// Detective in every Region, and Organizations: each answers late, and takes so many calls a second, a second's calls at once.
#[derive(Debug, Clone)]
pub(super) struct Services(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    latency: Duration,
    rate: f64,
    /// What is in the name of every key whose rate is limited.
    limited: &'static str,
    /// The tokens that are left for a service in a Region, and when they were counted.
    buckets: Mutex<BTreeMap<String, (f64, Instant)>>,
    calls: AtomicUsize,
    throttled: AtomicUsize,
}

impl Services {
    pub(super) fn new(rate: f64, latency: Duration) -> Self {
        Self::limiting("", rate, latency)
    }

    pub(super) fn limiting(limited: &'static str, rate: f64, latency: Duration) -> Self {
        let (buckets, calls, throttled) = (Mutex::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        Self(Arc::new(Shared { latency, rate, limited, buckets, calls, throttled }))
    }

    fn takes(&self, request: &HttpRequest) -> bool {
        let key = limiter_key(request);
        if !key.contains(self.0.limited) {
            return true;
        }
        let mut buckets = locked(&self.0.buckets);
        let full = (self.0.rate, Instant::now());
        let (tokens, counted) = buckets.entry(service(&key).to_owned()).or_insert(full);
        *tokens = self.0.rate.min(*tokens + counted.elapsed().as_secs_f64() * self.0.rate);
        *counted = Instant::now();
        let takes = *tokens >= 1.0;
        *tokens -= f64::from(u8::from(takes));
        takes
    }

    /// Others call the services, and use up the rate of so many seconds.
    pub(super) fn use_up(&self, seconds: f64) {
        for (tokens, _) in locked(&self.0.buckets).values_mut() {
            *tokens -= seconds * self.0.rate;
        }
    }

    /// The calls a second, and how late answers come.
    pub(super) fn limits(&self) -> (f64, Duration) {
        (self.0.rate, self.0.latency)
    }

    /// How many calls there were.
    pub(super) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// The share of calls that were throttled.
    pub(super) fn throttled(&self) -> f64 {
        self.0.throttled.load(Ordering::Relaxed) as f64 / self.calls() as f64
    }

    /// The settings of the functions, with these services in virtual time.
    pub(super) fn sdk_config(&self) -> SdkConfig {
        self.sdk_config_in("standard", |client| rate_limited(client, Waits::whole()))
    }

    /// The same without the rate limiters, in the SDK's adaptive retry mode.
    pub(super) fn adaptive_sdk_config(&self) -> SdkConfig {
        self.sdk_config_in("adaptive", |client| client)
    }

    fn sdk_config_in(&self, mode: &str, paced: impl Fn(SharedHttpClient) -> SharedHttpClient) -> SdkConfig {
        let connector = SharedHttpConnector::new(self.clone());
        let client = http_client_fn(move |_, _| connector.clone());
        let variables = [("AWS_REGION", "us-east-1"), ("AWS_MAX_ATTEMPTS", "6"), ("AWS_RETRY_MODE", mode)];
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let settings = settings::sdk_config(&Environment::new(&variable)).expect("the variables are right");
        settings
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys("ID", "SECRET", None)))
            .time_source(SharedTimeSource::new(VirtualTime(Instant::now())))
            .http_client(paced(client))
            .build()
    }
}

/// The SDK's clock, which goes as the services' does.
#[derive(Debug)]
struct VirtualTime(Instant);

impl TimeSource for VirtualTime {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_600_000) + self.0.elapsed()
    }
}

impl HttpConnector for Services {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let services = self.clone();
        HttpConnectorFuture::new(async move {
            services.0.calls.fetch_add(1, Ordering::Relaxed);
            let takes = services.takes(&request);
            sleep(services.0.latency).await;
            let status = if takes { 200_u16 } else { 400 };
            let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from("{}"));
            if !takes {
                services.0.throttled.fetch_add(1, Ordering::Relaxed);
                response.headers_mut().insert("x-amzn-errortype", "ThrottlingException");
            }
            Ok(response)
        })
    }
}

/// The least seconds for calls of which each needs the answer of the one before, and then calls that need nothing but the
/// first ones' answers.
pub(super) fn least(rate: f64, latency: Duration, in_turn: usize, at_once: usize) -> f64 {
    let wait = |calls: usize| ((calls as f64 - rate) / rate).max(0.0);
    let latency = latency.as_secs_f64();
    (in_turn as f64 * latency).max(wait(in_turn) + latency) + wait(at_once) + latency
}
