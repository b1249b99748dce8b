//! Keeps calls at the rate that a service takes, so that it need not refuse them.
//!
//! The rates of Detective and Organizations are not published, nor how many calls they take at once, nor whether operations share
//! that. Each operation in each Region has a rate limiter. It makes a few calls at once, and the more at once the more are answered,
//! until the service throttles; from then on calls go at the rate at which they got through, and try a little more from time to
//! time. An operation that begins when another one of its service has a rate begins with that rate. Calls one after another, as
//! those for pages are, are not held back before they are throttled: they wait for each other's answers. Every attempt is paced,
//! the SDK's retries as well.

mod limiter;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use self::limiter::{Decision, Limiter};
use crate::aws::clock;
use crate::aws::waits::Waits;
use crate::error::THROTTLING;

/// After so much time without a call, what was known of the service's rate is old.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// A call that hangs must not use up the invocation: it is given up and tried again. Waiting for a permit does not count.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A client whose calls go through `inner` at the rate that the services take.
pub(crate) fn rate_limited(inner: SharedHttpClient, waits: Waits) -> SharedHttpClient {
    let limiters = Arc::<RateLimiters>::default();
    http_client_fn(move |settings, components| {
        let connector = inner.http_connector(settings, components);
        SharedHttpConnector::new(RateLimited { connector, limiters: Arc::clone(&limiters), waits })
    })
}

type RateLimiters = Mutex<BTreeMap<String, Arc<RateLimiter>>>;

#[derive(Debug)]
struct RateLimited {
    connector: SharedHttpConnector,
    limiters: Arc<RateLimiters>,
    waits: Waits,
}

impl HttpConnector for RateLimited {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let name = limiter_key(&request);
        let (connector, limiter) = (self.connector.clone(), limiter(&self.limiters, &name, self.waits));
        HttpConnectorFuture::new(async move {
            let permit = limiter.acquire().await;
            let response = answer(&connector, request).await?;
            drop(permit);
            clock::observe(&response);
            log_response(&name, &response);
            limiter
                .with(|limiter, now| if is_throttled(&response) { limiter.throttled(now) } else { limiter.answered() });
            Ok(response)
        })
    }
}

/// Where the calls of one operation in one Region wait for their permits.
#[derive(Debug)]
struct RateLimiter {
    state: Mutex<Limiter>,
    waits: Waits,
    /// Whoever has it is the next to get a permit: calls get theirs in the order in which they arrived.
    turn: tokio::sync::Mutex<()>,
    /// A call has ended.
    ended: Notify,
}

impl RateLimiter {
    fn with<T>(&self, act: impl FnOnce(&mut Limiter, Instant) -> T) -> T {
        act(&mut locked(&self.state), self.waits.now())
    }

    async fn acquire(&self) -> Permit<'_> {
        let _turn = self.turn.lock().await;
        loop {
            match self.with(Limiter::acquire) {
                Decision::Granted => return Permit(self),
                Decision::Wait(wait) => self.waits.wait(wait).await,
                Decision::WaitForAnother => self.ended.notified().await,
            }
        }
    }
}

/// The permit of a call. It is released also if nobody waits for the call any longer.
struct Permit<'a>(&'a RateLimiter);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.with(|limiter, _| limiter.release());
        self.0.ended.notify_one();
    }
}

/// The limiter of a key. If it is new, or old, it knows what those of the same service have learned: the lowest of their rates, or, where
/// none is known, how many calls were just answered.
fn limiter(limiters: &RateLimiters, name: &str, waits: Waits) -> Arc<RateLimiter> {
    let now = waits.now();
    let mut limiters = locked(limiters);
    limiters.retain(|_, limiter| now.duration_since(locked(&limiter.state).used) < MAX_IDLE);
    if let Some(limiter) = limiters.get(name) {
        return Arc::clone(limiter);
    }
    let others = || limiters.iter().filter(|(other, _)| service(other) == service(name)).map(|(_, other)| other);
    let rate = others().filter_map(|other| locked(&other.state).rate()).min_by(f64::total_cmp);
    let answered = match rate {
        // It is measured by the operation's own calls.
        Some(_) => 0,
        None => others().map(|other| locked(&other.state).answered_lately(now)).sum(),
    };
    let state = Mutex::new(Limiter::new(now, rate, answered));
    let limiter = Arc::new(RateLimiter { state, waits, turn: tokio::sync::Mutex::default(), ended: Notify::new() });
    limiters.insert(name.to_owned(), Arc::clone(&limiter));
    limiter
}

/// The Region and service of a key.
fn service(name: &str) -> &str {
    name.split(' ').next().unwrap_or_default()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The Region and service that a request was signed for, and its operation: the target of the JSON protocols, or the path.
fn limiter_key(request: &HttpRequest) -> String {
    let header = |name: &str| request.headers().get(name).unwrap_or_default();
    let scope = header("authorization").split(['/', ',']).skip(2).take(2).collect::<Vec<_>>().join("/");
    let path = request.uri().split("://").last().and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path);
    // A bucket's objects have one limiter.
    let path = if scope.ends_with("/s3") { path.split('/').next().unwrap_or_default() } else { path };
    format!("{scope} {} {} {}", request.method(), header("x-amz-target"), path.split('?').next().unwrap_or_default())
}

/// Mutating operations of Detective, by their paths.
const MUTATING: [&str; 9] = [
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
fn log_response(call: &str, response: &HttpResponse) {
    let header = |name: &str| response.headers().get(name);
    let id = header("x-amzn-requestid").or_else(|| header("x-amz-request-id"));
    let status = response.status().as_u16();
    let path = call.rsplit(' ').next().unwrap_or_default();
    if call.contains("/detective ") && MUTATING.contains(&path) {
        tracing::info!(call, http.status = status, aws.request_id = id, "mutating call");
    } else {
        tracing::debug!(call, http.status = status, aws.request_id = id, "call");
    }
}

/// Makes a call, and waits for the whole answer.
async fn answer(connector: &SharedHttpConnector, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let attempt = async {
        let mut response = connector.call(request).await?;
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        *response.body_mut() = body.collect().await.map_err(ConnectorError::io)?.to_bytes().into();
        Ok(response)
    };
    timeout(CALL_TIMEOUT, attempt).await.map_err(|late| ConnectorError::timeout(late.into()))?
}

/// Whether the service throttled. The JSON protocols state it in the body.
fn is_throttled(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    let named = response.headers().get("x-amzn-errortype").unwrap_or_default();
    let text = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let names = |word: &str| named.contains(word) || text.contains(word);
    status == 429 || matches!(status, 400 | 503) && THROTTLING.into_iter().any(names)
}

#[cfg(test)]
mod storm_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod virtual_services;
