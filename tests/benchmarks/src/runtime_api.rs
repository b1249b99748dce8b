//! The Lambda Runtime API of one process, which reports each call and its time.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// A call that the process made, and when.
#[derive(Debug)]
pub(crate) enum RuntimeCall {
    /// It polled for the next event.
    Next(Instant),
    /// It posted the result of an event: `Ok` with the response, or `Err` with the error.
    Result(Instant, Result<Bytes, Bytes>),
}

/// A server for one process. It stops when it is dropped.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    /// What the process gets as its next events.
    pub(crate) events: mpsc::UnboundedSender<Bytes>,
    /// What the process called.
    pub(crate) calls: mpsc::UnboundedReceiver<RuntimeCall>,
    _server: JoinSet<()>,
}

struct Shared {
    events: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    calls: mpsc::UnboundedSender<RuntimeCall>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, queued) = mpsc::unbounded_channel();
        let (sender, calls) = mpsc::unbounded_channel();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, Arc::new(Shared { events: Mutex::new(queued), calls: sender })));
        Ok(Self { address, events, calls, _server: server })
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(async |request| Ok::<_, Infallible>(respond(request, &shared).await));
            // A connection breaks when the process ends, which the caller that waits for it observes.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let received = Instant::now();
    let (parts, body) = request.into_parts();
    let status = |code| {
        let mut response = Response::new(Full::new(Bytes::from_static(b"{}")));
        *response.status_mut() = code;
        response
    };
    if parts.method == Method::GET {
        let _ = shared.calls.send(RuntimeCall::Next(received));
        return match shared.events.lock().await.recv().await {
            Some(event) => invocation(event),
            None => status(StatusCode::GONE),
        };
    }
    let Ok(body) = body.collect().await else { return status(StatusCode::BAD_REQUEST) };
    let body = body.to_bytes();
    let result = if parts.uri.path().ends_with("/response") { Ok(body) } else { Err(body) };
    let _ = shared.calls.send(RuntimeCall::Result(Instant::now(), result));
    status(StatusCode::ACCEPTED)
}

/// How long each invocation may take: the longest timeout that Lambda allows.
const TIMEOUT: Duration = Duration::from_secs(900);

fn invocation(event: Bytes) -> Response<Full<Bytes>> {
    let deadline = (SystemTime::now() + TIMEOUT).duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut response = Response::new(Full::new(event));
    for (name, value) in [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", "00000000-0000-4000-8000-000000000000".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:222222222222:function:benchmark".to_owned()),
        (
            "lambda-runtime-trace-id",
            "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0".to_owned(),
        ),
    ] {
        let value = value.parse().expect("header values have no line ends");
        response.headers_mut().insert(name, value);
    }
    response
}
