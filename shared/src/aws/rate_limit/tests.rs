//! Calls of the SDK, with its retries, to services that take so many calls a second, in virtual time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_detective::types::Account;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::*;
use crate::aws::settings;
use crate::environment::Environment;
use crate::error::{CallCause, CallError};

/// Detective and Organizations: each answers late, and takes so many calls a second, a second's calls at once.
#[derive(Debug, Clone)]
struct Services(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    latency: Duration,
    rate: f64,
    /// What is in the name of every key whose rate is limited.
    limited: &'static str,
    /// The tokens that are left in a bucket, and when they were counted.
    buckets: Mutex<[(f64, Instant); 2]>,
    calls: AtomicUsize,
    throttled: AtomicUsize,
}

impl Services {
    fn new(rate: f64, latency: Duration) -> Self {
        Self::limiting("", rate, latency)
    }

    fn limiting(limited: &'static str, rate: f64, latency: Duration) -> Self {
        let buckets = Mutex::new([(rate, Instant::now()); 2]);
        let (calls, throttled) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self(Arc::new(Shared { latency, rate, limited, buckets, calls, throttled }))
    }

    fn takes(&self, request: &HttpRequest) -> bool {
        let key = limiter_key(request);
        if !key.contains(self.0.limited) {
            return true;
        }
        let is_detective = key.contains("/detective ");
        let (tokens, counted) = &mut locked(&self.0.buckets)[usize::from(is_detective)];
        *tokens = self.0.rate.min(*tokens + counted.elapsed().as_secs_f64() * self.0.rate);
        *counted = Instant::now();
        let takes = *tokens >= 1.0;
        *tokens -= f64::from(u8::from(takes));
        takes
    }

    /// The share of calls that were throttled.
    fn throttled(&self) -> f64 {
        self.0.throttled.load(Ordering::Relaxed) as f64 / self.0.calls.load(Ordering::Relaxed) as f64
    }

    /// The settings of the functions, with these services in virtual time.
    fn sdk_config(&self) -> SdkConfig {
        let connector = SharedHttpConnector::new(self.clone());
        let client = http_client_fn(move |_, _| connector.clone());
        let variables = [("AWS_REGION", "us-east-1"), ("AWS_MAX_ATTEMPTS", "6")];
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let settings = settings::sdk_config(&Environment::new(&variable)).expect("the variables are right");
        settings
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys("ID", "SECRET", None)))
            .time_source(SharedTimeSource::new(VirtualTime(Instant::now())))
            .http_client(rate_limited(client, Pacing::Searching, Waits::whole()))
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

/// Every rate with every latency.
fn services() -> impl Iterator<Item = Services> {
    const LATENCIES: [u64; 3] = [5, 20, 100];
    let of = |rate| LATENCIES.map(|latency| Services::new(rate, Duration::from_millis(latency)));
    [5.0, 20.0, 100.0].into_iter().flat_map(of)
}

/// The least seconds for calls of which each needs the answer of the one before, and then calls that need nothing but the
/// first ones' answers.
fn least(rate: f64, latency: Duration, in_turn: usize, at_once: usize) -> f64 {
    let wait = |calls: usize| ((calls as f64 - rate) / rate).max(0.0);
    let latency = latency.as_secs_f64();
    (in_turn as f64 * latency).max(wait(in_turn) + latency) + wait(at_once) + latency
}

#[tokio::test(start_paused = true)]
async fn starting_1200_members_takes_hardly_longer_than_the_rate_allows() {
    for services in services() {
        let Shared { rate, latency, .. } = *services.0;
        let detective = aws_sdk_detective::Client::new(&services.sdk_config());
        let start = Instant::now();
        for _ in 0..7 {
            detective.list_members().graph_arn("graph").send().await.expect("an answer");
        }
        let starts = stream::iter(0..1200).map(async |_| {
            detective.start_monitoring_member().graph_arn("graph").account_id("333333333333").send().await.is_err()
        });
        let failed = starts.buffer_unordered(32).filter(|failed| std::future::ready(*failed)).count().await;
        let ratio = start.elapsed().as_secs_f64() / least(rate, latency, 7, 1200);
        let throttled = services.throttled();
        assert_eq!(failed, 0, "{rate}/s, {latency:?}");
        assert!(
            ratio < 1.15 && throttled < 0.05,
            "{rate}/s, {latency:?}: {ratio} of the least time, {throttled} throttled"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn listing_an_organization_and_creating_1200_members_takes_hardly_longer_than_the_rate_allows() {
    for services in services() {
        let Shared { rate, latency, .. } = *services.0;
        let config = services.sdk_config();
        let detective = aws_sdk_detective::Client::new(&config);
        let organizations = aws_sdk_organizations::Client::new(&config);
        let start = Instant::now();
        let list = async {
            for _ in 0..61 {
                organizations.list_accounts().send().await.expect("an answer");
            }
        };
        let read = async { detective.list_members().graph_arn("graph").send().await.expect("an answer") };
        join(list, read).await;
        let creates = stream::iter(0..24).map(async |_| {
            let account = Account::builder().account_id("333333333333").email_address("app@example.com").build();
            let request = detective.create_members().graph_arn("graph").accounts(account.expect("an account"));
            request.send().await.expect("an answer");
        });
        creates.buffer_unordered(8).collect::<Vec<()>>().await;
        let ratio = start.elapsed().as_secs_f64() / least(rate, latency, 61, 24);
        let throttled = services.throttled();
        assert!(
            ratio < 1.15 && throttled < 0.05,
            "{rate}/s, {latency:?}: {ratio} of the least time, {throttled} throttled"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn reading_many_tags_loses_none_where_their_rate_is_far_below_that_of_the_calls_before() {
    for _ in 0..20 {
        let services = Services::limiting("ListTagsForResource", 20.0, Duration::from_millis(1));
        let organizations = aws_sdk_organizations::Client::new(&services.sdk_config());
        for _ in 0..16 {
            organizations.list_accounts().send().await.expect("an answer");
        }
        let reads = stream::iter(0..100)
            .map(async |_| organizations.list_tags_for_resource().resource_id("333333333333").send().await.is_err());
        let failed = reads.buffer_unordered(4).filter(|failed| std::future::ready(*failed)).count().await;
        assert_eq!(failed, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_one_call_a_second_is_waited_for() {
    let services = Services::new(1.0, Duration::from_millis(20));
    let detective = aws_sdk_detective::Client::new(&services.sdk_config());
    let starts = (0..60).map(async |_| {
        detective.start_monitoring_member().graph_arn("graph").account_id("333333333333").send().await.is_err()
    });
    let failed = join_all(starts).await.into_iter().filter(|failed| *failed).count();
    assert_eq!(failed, 0);
    assert!(services.throttled() < 0.3, "{} throttled", services.throttled());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_is_given_up() {
    let services = Services::new(1.0, Duration::MAX);
    let config = services.sdk_config().into_builder().retry_config(RetryConfig::disabled()).build();
    let detective = aws_sdk_detective::Client::new(&config);
    let start = Instant::now();
    let answer = detective.list_graphs().send().await.map_err(CallError::of("ListGraphs"));
    assert_eq!((answer.expect_err("no answer came").cause, start.elapsed().as_secs()), (CallCause::Timeout, 30));
}

#[test]
fn a_limiter_is_an_operation_in_a_region() {
    let key = |region: &str, path: &str| {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(format!("https://api.detective.{region}.amazonaws.com{path}")).expect("a URI");
        let authorization = format!("AWS4-HMAC-SHA256 Credential=KEY/20260105/{region}/detective/aws4_request, Sig=1");
        request.headers_mut().insert("authorization", authorization);
        limiter_key(&request)
    };
    assert_eq!(key("eu-west-1", "/graphs/list"), "eu-west-1/detective GET  graphs/list");
    assert_ne!(key("eu-west-1", "/graphs/list"), key("us-east-1", "/graphs/list"));
    assert_ne!(key("eu-west-1", "/graphs/list"), key("eu-west-1", "/graph/members"));
}
