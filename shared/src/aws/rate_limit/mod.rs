//! Keeps calls at the rate that a service takes, so that it need not refuse them.
//!
//! The rates of Detective and Organizations are not published. Each operation in each Region has a lane: with every answer
//! one more call may be under way, until the service throttles; from then on calls go at the rate at which they got through,
//! and try a little more from time to time. A lane that begins when another one has a rate begins with that rate, as a guess.
//! Calls one after another, as those for pages are, are not held back before they are throttled: they wait for each other's
//! answers. Every attempt is paced, the SDK's retries as well.

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

use self::limiter::{Entry, Lane};

/// After so much time without a call, what was known of the service's rate is old.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// A call that hangs must not use up the invocation: it is given up and tried again. Waiting to be let in does not count.
const LONGEST: Duration = Duration::from_secs(30);

/// A client whose calls go through `inner` at the rate that the services take.
pub(crate) fn paced(inner: SharedHttpClient) -> SharedHttpClient {
    let lanes = Arc::<Lanes>::default();
    http_client_fn(move |settings, components| {
        let connector = inner.http_connector(settings, components);
        SharedHttpConnector::new(Paced { connector, lanes: Arc::clone(&lanes) })
    })
}

type Lanes = Mutex<BTreeMap<String, Arc<Gate>>>;

#[derive(Debug)]
struct Paced {
    connector: SharedHttpConnector,
    lanes: Arc<Lanes>,
}

impl HttpConnector for Paced {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let name = lane_of(&request);
        let (connector, gate) = (self.connector.clone(), gate(&self.lanes, &name));
        HttpConnectorFuture::new(async move {
            let under_way = gate.enter().await;
            let response = answer(&connector, request).await?;
            drop(under_way);
            said(&name, &response);
            gate.with(|lane, now| if is_throttled(&response) { lane.throttled(now) } else { lane.answered() });
            Ok(response)
        })
    }
}

/// Where the calls of a lane wait.
#[derive(Debug)]
struct Gate {
    lane: Mutex<Lane>,
    /// Whoever has it is the next to enter: calls enter in the order in which they came.
    turn: tokio::sync::Mutex<()>,
    /// A call has left.
    left: Notify,
}

impl Gate {
    fn with<T>(&self, act: impl FnOnce(&mut Lane, Instant) -> T) -> T {
        act(&mut locked(&self.lane), Instant::now())
    }

    async fn enter(&self) -> UnderWay<'_> {
        let _turn = self.turn.lock().await;
        loop {
            match self.with(Lane::enter) {
                Entry::Now => return UnderWay(self),
                Entry::In(wait) => tokio::time::sleep(wait).await,
                Entry::AfterAnother => self.left.notified().await,
            }
        }
    }
}

/// A call that has entered its lane. It leaves also if nobody waits for it any longer.
struct UnderWay<'a>(&'a Gate);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.with(|lane, _| lane.leave());
        self.0.left.notify_one();
    }
}

/// The gate of a lane. If the lane is new, or old, the lowest rate of the others is its guess.
fn gate(lanes: &Lanes, name: &str) -> Arc<Gate> {
    let now = Instant::now();
    let mut lanes = locked(lanes);
    lanes.retain(|_, gate| now.duration_since(locked(&gate.lane).used) < FORGOTTEN);
    if let Some(gate) = lanes.get(name) {
        return Arc::clone(gate);
    }
    let guess = lanes.values().filter_map(|gate| locked(&gate.lane).rate(now)).min_by(f64::total_cmp);
    let service = |name: &str| name.split(' ').next().map(str::to_owned);
    let others = lanes.iter().filter(|(other, _)| service(other) == service(name));
    let answered = others.map(|(_, gate)| locked(&gate.lane).answered_lately(now)).sum();
    let lane = Mutex::new(Lane::new(now, guess, answered));
    let gate = Arc::new(Gate { lane, turn: tokio::sync::Mutex::default(), left: Notify::new() });
    lanes.insert(name.to_owned(), Arc::clone(&gate));
    gate
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Makes a call, and waits for the whole answer.
async fn answer(connector: &SharedHttpConnector, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let attempt = async {
        let mut response = connector.call(request).await?;
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        *response.body_mut() = body.collect().await.map_err(ConnectorError::io)?.to_bytes().into();
        Ok(response)
    };
    timeout(LONGEST, attempt).await.map_err(|late| ConnectorError::timeout(late.into()))?
}

/// Whether an answer says that there were too many calls. The JSON protocols say so in the body.
fn is_throttled(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    let named = response.headers().get("x-amzn-errortype").unwrap_or_default();
    let text = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let says = |word: &str| named.contains(word) || text.contains(word);
    let words = ["Throttling", "TooManyRequests", "SlowDown", "RequestLimitExceeded"];
    status == 429 || matches!(status, 400 | 503) && words.into_iter().any(says)
}

#[cfg(test)]
mod tests;
