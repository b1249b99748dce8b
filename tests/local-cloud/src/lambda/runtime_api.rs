//! The Lambda Runtime API of one instance: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::limits::RESPONSE;
use super::record::FunctionError;

/// What the instance is to work on.
pub(super) struct Work {
    pub(super) request_id: String,
    pub(super) deadline_ms: i64,
    pub(super) function_arn: String,
    pub(super) trace_id: String,
    pub(super) event: Vec<u8>,
}

/// What the instance sends back.
#[derive(Debug)]
pub(super) enum Reply {
    /// The response to an invocation.
    Response(Value),
    /// An invocation failed.
    Failed(FunctionError),
    /// The runtime could not start.
    InitFailed(FunctionError),
}

/// A server for one instance. It stops when dropped.
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    pub(super) work: mpsc::Sender<Work>,
    pub(super) replies: mpsc::Receiver<Reply>,
    /// Notified when the instance asks for work.
    pub(super) idle: Arc<Notify>,
    _server: JoinSet<()>,
}

struct Shared {
    work: tokio::sync::Mutex<mpsc::Receiver<Work>>,
    replies: mpsc::Sender<Reply>,
    /// The invocation that the instance works on.
    current: Mutex<Option<String>>,
    idle: Arc<Notify>,
}

impl RuntimeApi {
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (work, work_receiver) = mpsc::channel(1);
        let (reply_sender, replies) = mpsc::channel(8);
        let shared = Arc::new(Shared {
            work: tokio::sync::Mutex::new(work_receiver),
            replies: reply_sender,
            current: Mutex::new(None),
            idle: Arc::default(),
        });
        let idle = Arc::clone(&shared.idle);
        let mut server = JoinSet::new();
        server.spawn(serve(listener, shared));
        Ok(Self { address, work, replies, idle, _server: server })
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(answer(request, &shared).await) }
            });
            // A connection that breaks is the instance's end; whoever waits for it sees that the process has exited.
            // Without a timer it is never closed for being idle: it is, as long as an invocation takes.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let error_type = request.headers().get("lambda-runtime-function-error-type").cloned();
    let Ok(body) = request.into_body().collect().await else {
        return error(StatusCode::BAD_REQUEST, "InvalidRequest", "the body cannot be read");
    };
    let body = body.to_bytes();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        (Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => next(shared).await,
        (Method::POST, ["2018-06-01", "runtime", "init", "error"]) => {
            let failure = function_error(&body, error_type.as_ref());
            let _ = shared.replies.send(Reply::InitFailed(failure)).await;
            accepted()
        }
        (Method::POST, ["2018-06-01", "runtime", "invocation", id, what @ ("response" | "error")]) => {
            {
                let mut current = shared.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if current.as_deref() != Some(id) {
                    return error(StatusCode::BAD_REQUEST, "InvalidRequestID", "this is not the invocation at hand");
                }
                *current = None;
            }
            if body.len() > RESPONSE {
                let failure = FunctionError {
                    error_type: "Function.ResponseSizeTooLarge".to_owned(),
                    error_message: format!(
                        "Response payload size ({} bytes) exceeded maximum allowed payload size ({RESPONSE} bytes).",
                        body.len()
                    ),
                };
                let _ = shared.replies.send(Reply::Failed(failure)).await;
                let message = format!("Exceeded maximum allowed payload size ({RESPONSE} bytes).");
                return error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message);
            }
            let reply = match *what {
                "response" => serde_json::from_slice(&body).map_or_else(
                    |_| Reply::Response(String::from_utf8_lossy(&body).into_owned().into()),
                    Reply::Response,
                ),
                _ => Reply::Failed(function_error(&body, error_type.as_ref())),
            };
            let _ = shared.replies.send(reply).await;
            accepted()
        }
        (_, ["2018-06-01", "runtime", ..]) => {
            error(StatusCode::NOT_FOUND, "NotFound", "the Runtime API has no such path")
        }
        _ => error(StatusCode::FORBIDDEN, "Forbidden", "this is the Lambda Runtime API, version 2018-06-01"),
    }
}

async fn next(shared: &Shared) -> Response<Full<Bytes>> {
    shared.idle.notify_one();
    let Some(work) = shared.work.lock().await.recv().await else {
        return error(StatusCode::GONE, "Shutdown", "the instance is being stopped");
    };
    *shared.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(work.request_id.clone());
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", work.request_id)
        .header("lambda-runtime-deadline-ms", work.deadline_ms)
        .header("lambda-runtime-invoked-function-arn", work.function_arn)
        .header("lambda-runtime-trace-id", work.trace_id)
        .body(Full::new(work.event.into()))
        .expect("the headers are texts without line ends")
}

fn function_error(body: &[u8], error_type: Option<&http::HeaderValue>) -> FunctionError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    let header = error_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    FunctionError {
        error_type: text("errorType").or(header).unwrap_or_else(|| "Runtime.UnknownError".to_owned()),
        error_message: text("errorMessage").unwrap_or_default(),
    }
}

fn accepted() -> Response<Full<Bytes>> {
    respond(StatusCode::ACCEPTED, &json!({"status": "OK"}))
}

fn error(status: StatusCode, kind: &str, message: &str) -> Response<Full<Bytes>> {
    respond(status, &json!({"errorType": kind, "errorMessage": message}))
}

fn respond(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.to_string().into()));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}
