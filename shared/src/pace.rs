//! Keeps calls at the rate that a service takes, so that it need not refuse them.
//!
//! The rates of Detective and Organizations are not published. Each operation in each Region has a lane: it starts fast
//! and becomes faster until the service throttles; from then on it goes at the rate at which calls got through, and tries a
//! little more from time to time. Calls one after another, as those for pages are, are not held back before that: they wait
//! for each other's answers. Every attempt is paced, the SDK's retries as well.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use governor::clock::{Clock, MonotonicClock};
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http_body_util::BodyExt;

/// Calls that a lane makes before it looks at its rate.
const BURST: NonZeroU32 = NonZeroU32::new(8).expect("eight is not zero");

/// Calls a second at the start, and how long it takes to double them.
const FIRST_RATE: f64 = 20.0;
const DOUBLING: f64 = 0.25;

/// The most calls a second that are tried, and the least.
const FASTEST: f64 = 2_000.0;
const SLOWEST: f64 = 0.5;

/// After so much time without a call, what was known of the service's rate is old.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// A client whose calls go through `inner` at the rate that the services take.
pub(crate) fn paced(inner: SharedHttpClient) -> SharedHttpClient {
    let lanes = Arc::<Lanes>::default();
    http_client_fn(move |settings, components| {
        let connector = inner.http_connector(settings, components);
        SharedHttpConnector::new(Paced { connector, lanes: Arc::clone(&lanes) })
    })
}

type Lanes = Mutex<BTreeMap<String, Lane>>;

#[derive(Debug)]
struct Paced {
    connector: SharedHttpConnector,
    lanes: Arc<Lanes>,
}

impl HttpConnector for Paced {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, lanes, name) = (self.connector.clone(), Arc::clone(&self.lanes), lane_of(&request));
        HttpConnectorFuture::new(async move {
            while let Some(wait) = with(&lanes, &name, Lane::enter) {
                tokio::time::sleep(wait).await;
            }
            let under_way = UnderWay { lanes: &lanes, name: &name };
            let (response, throttled) = look(connector.call(request).await?).await?;
            drop(under_way);
            said(&name, &response);
            with(&lanes, &name, |lane, now| if throttled { lane.throttled(now) } else { lane.answered() });
            Ok(response)
        })
    }
}

/// A call that has entered its lane. It leaves also if nobody waits for it any longer.
struct UnderWay<'a> {
    lanes: &'a Lanes,
    name: &'a str,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        with(self.lanes, self.name, |lane, _| lane.under_way = lane.under_way.saturating_sub(1));
    }
}

fn with<T>(lanes: &Lanes, name: &str, act: impl FnOnce(&mut Lane, Instant) -> T) -> T {
    let now = Instant::now();
    let mut lanes = lanes.lock().unwrap_or_else(PoisonError::into_inner);
    if lanes.get(name).is_none_or(|lane| now.duration_since(lane.used) >= FORGOTTEN) {
        lanes.insert(name.to_owned(), Lane::new(now));
    }
    let lane = lanes.get_mut(name).expect("it was made if it was missing");
    lane.used = now;
    act(lane, now)
}

/// The Region and service that a request was signed for, and its operation: the target of the JSON protocols, or the path.
fn lane_of(request: &HttpRequest) -> String {
    let header = |name: &str| request.headers().get(name).unwrap_or_default();
    let scope = header("authorization").split(['/', ',']).skip(2).take(2).collect::<Vec<_>>().join("/");
    let path = request.uri().split("://").last().and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path);
    // A bucket's objects are one lane.
    let path = if scope.ends_with("/s3") { path.split('/').next().unwrap_or_default() } else { path };
    format!("{scope} {} {} {}", request.method(), header("x-amz-target"), path.split('?').next().unwrap_or_default())
}

/// Operations of Detective that change something, by their paths.
const CHANGES: [&str; 9] = [
    "graph",
    "graph/datasources/update",
    "graph/member/monitoringstate",
    "graph/members",
    "graph/members/removal",
    "invitation",
    "invitation/removal",
    "orgs/enableAdminAccount",
    "orgs/updateOrganizationConfiguration",
];

/// Logs the request id of a call, by which CloudTrail finds it.
fn said(lane: &str, response: &HttpResponse) {
    let header = |name: &str| response.headers().get(name);
    let id = header("x-amzn-requestid").or_else(|| header("x-amz-request-id"));
    let status = response.status().as_u16();
    let path = lane.rsplit(' ').next().unwrap_or_default();
    if lane.contains("/detective ") && CHANGES.contains(&path) {
        tracing::info!(call = lane, http.status = status, aws.request_id = id, "call that changes something");
    } else {
        tracing::debug!(call = lane, http.status = status, aws.request_id = id, "call");
    }
}

/// Whether an answer says that there were too many calls. The JSON protocols say so in the body.
async fn look(response: HttpResponse) -> Result<(HttpResponse, bool), ConnectorError> {
    let status = response.status().as_u16();
    if status == 429 {
        return Ok((response, true));
    }
    if status != 400 && status != 503 {
        return Ok((response, false));
    }
    let mut response = response;
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    let named = response.headers().get("x-amzn-errortype").unwrap_or_default().to_owned();
    let text = String::from_utf8_lossy(&body);
    let says = |word: &str| named.contains(word) || text.contains(word);
    let throttled = ["Throttling", "TooManyRequests", "SlowDown", "RequestLimitExceeded"].into_iter().any(says);
    *response.body_mut() = SdkBody::from(body);
    Ok((response, throttled))
}

/// What is known of one operation in one Region.
#[derive(Debug)]
struct Lane {
    used: Instant,
    under_way: u32,
    /// Since when calls are counted: the start, or the last time that the rate was set.
    since: Instant,
    /// Calls that got through since then.
    answered: u32,
    /// The rate that was set; none before the service throttled.
    rate: Option<f64>,
    /// The rate of the limiter.
    limited: f64,
    limiter: Limiter,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, MonotonicClock>;

impl Lane {
    fn new(now: Instant) -> Self {
        let limiter = limiter(FIRST_RATE, BURST);
        Self { used: now, under_way: 0, since: now, answered: 0, rate: None, limited: FIRST_RATE, limiter }
    }

    /// How long a call is to wait before it asks again; with `None` it has entered.
    fn enter(&mut self, now: Instant) -> Option<Duration> {
        let follows = self.rate.is_none() && self.under_way == 0;
        let wait = if follows { None } else { self.wait(now) };
        self.under_way += u32::from(wait.is_none());
        wait
    }

    fn wait(&mut self, now: Instant) -> Option<Duration> {
        let wanted = self.wanted(now);
        // The limiter keeps a rate: another one needs another limiter.
        if (wanted / self.limited - 1.0).abs() > 0.01 {
            self.limited = wanted;
            self.limiter = limiter(wanted, NonZeroU32::MIN);
        }
        let clock = MonotonicClock;
        self.limiter.check().err().map(|not_until| not_until.wait_time_from(clock.now()))
    }

    fn wanted(&self, now: Instant) -> f64 {
        let seconds = now.duration_since(self.since).as_secs_f64();
        match self.rate {
            None => (FIRST_RATE * 2_f64.powf((seconds / DOUBLING).floor())).min(FASTEST),
            Some(rate) => (rate * (1.0 + 0.01 * seconds + 0.005 * seconds * seconds)).min(FASTEST),
        }
    }

    fn answered(&mut self) {
        self.answered += 1;
    }

    fn throttled(&mut self, now: Instant) {
        let seconds = now.duration_since(self.since).as_secs_f64();
        let got_through = f64::from(self.answered);
        let rate = match self.rate {
            // Services let through a second's calls at once, and that rate afterwards.
            None => got_through / (seconds + 1.0),
            // Calls that were under way when the rate was set say nothing of it.
            Some(_) if seconds < 1.0 => return,
            Some(_) => got_through / seconds * 0.98,
        };
        self.rate = Some(rate.max(SLOWEST));
        (self.since, self.answered) = (now, 0);
    }
}

fn limiter(rate: f64, burst: NonZeroU32) -> Limiter {
    let period = Quota::with_period(Duration::from_secs_f64(1.0 / rate)).expect("a rate has a period");
    RateLimiter::direct_with_clock(period.allow_burst(burst), MonotonicClock)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_lane_becomes_faster_until_it_is_throttled() {
        let start = Instant::now();
        let lane = Lane::new(start);
        assert_eq!((lane.wanted(start), lane.wanted(start + SECOND)), (20.0, 320.0));
        assert_eq!(lane.wanted(start + 60 * SECOND), FASTEST);
    }

    #[test]
    fn a_lane_that_is_throttled_goes_at_the_rate_at_which_calls_got_through() {
        let start = Instant::now();
        let mut lane = Lane::new(start);
        (0..30).for_each(|_| lane.answered());
        lane.throttled(start + 2 * SECOND);
        assert_eq!(lane.wanted(start + 2 * SECOND), 10.0);
        // More of the same burst changes nothing.
        lane.throttled(start + 2 * SECOND);
        assert_eq!(lane.wanted(start + 2 * SECOND), 10.0);
        (0..50).for_each(|_| lane.answered());
        lane.throttled(start + 12 * SECOND);
        assert_eq!(lane.wanted(start + 12 * SECOND), 4.9);
    }

    #[test]
    fn calls_one_after_another_are_held_back_only_after_throttling() {
        let start = Instant::now();
        let mut lane = Lane::new(start);
        for _ in 0..1_000 {
            assert_eq!(lane.enter(start), None);
            lane.under_way -= 1;
            lane.answered();
        }
        lane.throttled(start);
        while lane.enter(start).is_none() {
            lane.under_way -= 1;
        }
        assert_eq!(lane.under_way, 0, "the loop ends with a call that is held back");
    }

    #[test]
    fn calls_at_once_are_held_back_from_the_start() {
        let start = Instant::now();
        let mut lane = Lane::new(start);
        let entered = (0..1_000).filter(|_| lane.enter(start).is_none()).count();
        assert!((8..=20).contains(&entered), "{entered} calls entered at once");
    }

    #[test]
    fn a_lane_is_an_operation_in_a_region() {
        let lane = |region: &str, path: &str| {
            let mut request = HttpRequest::new(SdkBody::empty());
            request.set_uri(format!("https://api.detective.{region}.amazonaws.com{path}")).expect("a URI");
            let authorization =
                format!("AWS4-HMAC-SHA256 Credential=KEY/20260105/{region}/detective/aws4_request, Sig=1");
            request.headers_mut().insert("authorization", authorization);
            lane_of(&request)
        };
        assert_eq!(lane("eu-west-1", "/graphs/list"), "eu-west-1/detective GET  graphs/list");
        assert_ne!(lane("eu-west-1", "/graphs/list"), lane("us-east-1", "/graphs/list"));
        assert_ne!(lane("eu-west-1", "/graphs/list"), lane("eu-west-1", "/graph/members"));
    }
}
