//! The HTTP server.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::cloud::handle::Cloud;
use crate::server::admin;
use crate::server::answer::Delivery;
use crate::server::dispatch;
use crate::server::timers::wait_until;
use crate::server::view::View;
use crate::world::fault::HELD;

/// An emulated cloud that is served over HTTP. It stops when it is dropped.
#[derive(Debug)]
pub struct Emulator {
    cloud: Cloud,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Emulator {
    /// Serves a cloud on a free port of the loopback interface.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(cloud: Cloud) -> io::Result<Self> {
        Self::serve(cloud, TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?)
    }

    /// Serves a cloud on a listener.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn serve(cloud: Cloud, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let server = tokio::spawn(accept(cloud.clone(), listener));
        Ok(Self { cloud, address, server })
    }

    /// The URL that clients take as the endpoint of every service (`AWS_ENDPOINT_URL`).
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The cloud that is served.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(cloud: Cloud, listener: TcpListener) {
    // Connections end with the set, and the set with the server.
    let mut connections = JoinSet::new();
    let view = Arc::new(Mutex::new(View::new()));
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connection(cloud.clone(), Arc::clone(&view), stream));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(cloud: Cloud, view: Arc<Mutex<View>>, stream: TcpStream) {
    // Answers are small, and clients wait for them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(&cloud, &view, request));
    // An error here is a client that disconnected, or a connection that a fault cut. The client sees it for itself.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Why hyper is to close a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault cut the connection")]
struct Cut;

async fn answer(cloud: &Cloud, view: &Mutex<View>, request: Request<Incoming>) -> Result<Response<Sent>, Cut> {
    let arrived = Instant::now();
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    if let Some(response) = admin::answer(cloud, view, &parts, &body) {
        return Ok(response.map(|body| Sent::whole(body.into())));
    }
    let mut releases = cloud.releases();
    let mut answer = dispatch::answer(cloud, &parts, &body);
    if let Some(mut awaited) = answer.awaited.take() {
        let ran = (&mut awaited.later.answer).await.ok();
        answer.response = awaited.response(cloud, ran);
    }
    match answer.delay_ms {
        0 => {}
        HELD => releases.changed().await.map_err(|_| Cut)?,
        late => wait_until(arrived + Duration::from_millis(late)).await,
    }
    match answer.delivery {
        Delivery::Whole => Ok(answer.response.map(|body| Sent::whole(body.into()))),
        Delivery::Reset => Err(Cut),
        Delivery::Truncated => {
            let mut response = answer.response;
            let length = response.body().len().max(2);
            response.headers_mut().insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
            Ok(response.map(|mut body| {
                body.truncate(length / 2);
                Sent { bytes: Some(body.into()), cut: true }
            }))
        }
    }
}

/// A body that is sent whole, or cut after its one piece.
struct Sent {
    bytes: Option<Bytes>,
    cut: bool,
}

impl Sent {
    fn whole(bytes: Bytes) -> Self {
        Self { bytes: Some(bytes), cut: false }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.bytes.take() {
            Some(bytes) if !bytes.is_empty() => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            _ if self.cut => Poll::Ready(Some(Err(Cut))),
            _ => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.bytes {
            Some(bytes) if !self.cut => SizeHint::with_exact(bytes.len() as u64),
            None if !self.cut => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}
