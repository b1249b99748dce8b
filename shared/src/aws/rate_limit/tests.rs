//! Calls of the SDK, with its retries, to services that take so many calls a second, in virtual time.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_detective::types::Account;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::limiter::Limiter;
use super::virtual_services::{Services, least};
use super::{RateLimiters, limiter, limiter_key};
use crate::aws::waits::Waits;
use crate::error::{CallCause, CallError};

/// Every rate with every latency.
fn services() -> impl Iterator<Item = Services> {
    const LATENCIES: [u64; 3] = [5, 20, 100];
    let of = |rate| LATENCIES.map(|latency| Services::new(rate, Duration::from_millis(latency)));
    [5.0, 20.0, 100.0].into_iter().flat_map(of)
}

#[tokio::test(start_paused = true)]
async fn starting_1200_members_takes_hardly_longer_than_the_rate_allows() {
    for services in services() {
        let (rate, latency) = services.limits();
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
        let (rate, latency) = services.limits();
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

/// Makes calls at once. How many fail.
async fn starting(calls: usize, detective: &aws_sdk_detective::Client) -> usize {
    let request = || detective.start_monitoring_member().graph_arn("graph").account_id("333333333333");
    let starts = (0..calls).map(async |_| usize::from(request().send().await.is_err()));
    join_all(starts).await.into_iter().sum()
}

#[tokio::test(start_paused = true)]
async fn time_without_anything_to_do_shows_nothing_of_the_rate() {
    let services = Services::new(20.0, Duration::from_millis(20));
    let detective = aws_sdk_detective::Client::new(&services.sdk_config());
    for round in 0..5 {
        let start = Instant::now();
        let failed = starting(60, &detective).await;
        let ratio = start.elapsed().as_secs_f64() / (60.0 / 20.0);
        assert!(failed == 0 && ratio < 1.5, "round {round}: {ratio} of what the rate allows, {failed} failed");
        sleep(Duration::from_secs(50)).await;
    }
    assert!(services.throttled() < 0.05, "{} throttled", services.throttled());
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_was_learned_from_few_calls_while_others_used_it_up_is_soon_left_behind() {
    let services = Services::new(20.0, Duration::from_millis(20));
    let detective = aws_sdk_detective::Client::new(&services.sdk_config());
    for _ in 0..3 {
        for _ in 0..6 {
            starting(1, &detective).await;
            sleep(Duration::from_millis(1_500)).await;
        }
        services.use_up(2.0);
    }
    let start = Instant::now();
    assert_eq!(starting(60, &detective).await, 0);
    // At the rate that the service takes, it would be three seconds.
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_begins_with_the_rate_of_another_one_measures_its_own() {
    let limiters = RateLimiters::default();
    let of = |operation| limiter(&limiters, &format!("eu-west-1/detective {operation}"), Waits::whole());
    let answer_a_hundred = |limiter: &mut Limiter, _| (0..100).for_each(|_| limiter.answered());
    let read = of("GetMembers");
    read.with(answer_a_hundred);
    read.with(Limiter::throttled);
    read.with(answer_a_hundred);
    let create = of("CreateMembers");
    assert_eq!(create.with(|limiter, _| limiter.rate()), Some(100.0));
    sleep(Duration::from_secs(1)).await;
    create.with(Limiter::throttled);
    assert_eq!(create.with(|limiter, _| limiter.rate()), Some(0.5), "none of its own calls was answered");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_one_call_a_second_is_waited_for() {
    let services = Services::new(1.0, Duration::from_millis(20));
    let detective = aws_sdk_detective::Client::new(&services.sdk_config());
    assert_eq!(starting(60, &detective).await, 0);
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
