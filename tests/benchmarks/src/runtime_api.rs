//! The Lambda Runtime API of one process, which notes when it was asked for what.

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

/// What the process did, and when.
#[derive(Debug)]
pub(crate) enum Heard {
    /// It asked for an event.
    Polled(Instant),
    /// It answered one: `Ok` with its response, or `Err` with its error.
    Answered(Instant, Result<Bytes, Bytes>),
}

/// A server for one process. It stops when it is dropped.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    pub(crate) events: mpsc::UnboundedSender<Bytes>,
    pub(crate) heard: mpsc::UnboundedReceiver<Heard>,
    _server: JoinSet<()>,
}

struct Shared {
    events: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    heard: mpsc::UnboundedSender<Heard>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, given) = mpsc::unbounded_channel();
        let (said, heard) = mpsc::unbounded_channel();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, Arc::new(Shared { events: Mutex::new(given), heard: said })));
        Ok(Self { address, events, heard, _server: server })
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(async |request| Ok::<_, Infallible>(answer(request, &shared).await));
            // A connection that breaks is the process's end, which whoever waits for it sees.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let asked = Instant::now();
    let (parts, body) = request.into_parts();
    let status = |code| {
        let mut response = Response::new(Full::new(Bytes::from_static(b"{}")));
        *response.status_mut() = code;
        response
    };
    if parts.method == Method::GET {
        let _ = shared.heard.send(Heard::Polled(asked));
        return match shared.events.lock().await.recv().await {
            Some(event) => invocation(event),
            None => status(StatusCode::GONE),
        };
    }
    let Ok(body) = body.collect().await else { return status(StatusCode::BAD_REQUEST) };
    let body = body.to_bytes();
    let result = if parts.uri.path().ends_with("/response") { Ok(body) } else { Err(body) };
    let _ = shared.heard.send(Heard::Answered(Instant::now(), result));
    status(StatusCode::ACCEPTED)
}

/// How long a function is told that it may take: as long as Lambda allows.
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
        let value = value.parse().expect("the headers are texts without line ends");
        response.headers_mut().insert(name, value);
    }
    response
}
