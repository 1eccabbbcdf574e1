//! The accept loop: connections in, requests to the router, every wait and number bounded.
//!
//! With TLS, a plain request on the same port is sent to the same address by
//! https, so that a typed address works.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::http::trust;
use crate::meter::{Arrived, Meter};
use crate::tls::acme::CHALLENGE;

/// The longest that a TLS handshake may take, first byte included.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest request head, in bytes.
pub const MAX_HEAD: usize = 16 * 1024;
/// The longest that a peer may take nothing of what was written to it; on Linux alone.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause after the system refused a connection, so that a full table does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The first byte of a TLS handshake record.
const TLS_HANDSHAKE: u8 = 0x16;

/// A connection's place among all and among its address's: kept by whoever has the connection, sockets included.
#[derive(Clone)]
pub struct Place {
    _kept: Arc<(OwnedSemaphorePermit, Option<Arrived>)>,
}

/// What a handler may know of the connection: an extension of every request.
#[derive(Clone)]
pub struct Connection {
    /// Its place, to be kept by a socket that outlives the request.
    pub place: Place,
    /// Who is at the other end: the client, or a proxy.
    pub peer: IpAddr,
    /// Whether there is no TLS between us and the peer, so that the connection itself can be handed on.
    pub plain: bool,
}

/// Serves until shutdown, then lets the open connections finish on `connections`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    meter: Arc<Meter>,
    connections: TaskTracker,
    shutdown: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(meter.limits.connections()));
    loop {
        let Some(accepted) = shutdown.run_until_cancelled(accept(&listener, &places, &meter)).await else { return };
        match accepted {
            // One too many of its address: closed without a word.
            Ok(None) => {}
            Ok(Some((stream, place, peer))) => {
                let connection = Connection { place, peer, plain: tls.is_none() };
                let service = Service { router: router.clone(), connection, head_time: meter.limits.head_time };
                connections.spawn(serve_one(stream, service, tls.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The next connection; none if its address has too many.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    meter: &Meter,
) -> std::io::Result<Option<(TcpStream, Place, IpAddr)>> {
    let permit = places.clone().acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    let peer = peer.ip().to_canonical();
    let Some(arrived) = meter.arrive(peer) else { return Ok(None) };
    stream.set_nodelay(true)?;
    end_stalled(&stream)?;
    Ok(Some((stream, Place { _kept: Arc::new((permit, arrived)) }, peer)))
}

/// The system ends the connection of a peer that takes nothing of what was written to it.
fn end_stalled(stream: &TcpStream) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(STALL_TIMEOUT))?;
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
    Ok(())
}

/// The router, and what it may know of one connection.
#[derive(Clone)]
struct Service {
    router: Router,
    connection: Connection,
    head_time: Duration,
}

async fn serve_one(stream: TcpStream, service: Service, tls: Option<TlsAcceptor>, shutdown: CancellationToken) {
    let Some(tls) = tls else { return http(TokioIo::new(stream), service, shutdown).await };
    let mut first = [0];
    match timeout(HANDSHAKE_TIMEOUT, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0] == TLS_HANDSHAKE => {
            // A peer that breaks the handshake off is its own affair.
            if let Ok(Ok(stream)) = timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await
                // An authority that looked at the certificate has seen what it came for.
                && stream.get_ref().1.alpn_protocol() != Some(CHALLENGE)
            {
                http(TokioIo::new(stream), service, shutdown).await;
            }
        }
        Ok(Ok(1)) => {
            let Service { router, mut connection, head_time } = service;
            connection.plain = false;
            let plain =
                service_fn(move |request: Request<Incoming>| plain(request, router.clone(), connection.clone()));
            let _ = builder(head_time).keep_alive(false).serve_connection(TokioIo::new(stream), plain).await;
        }
        _ => {}
    }
}

async fn http<S: Read + Write + Unpin + Send + 'static>(stream: S, service: Service, shutdown: CancellationToken) {
    let Service { router, connection, head_time } = service;
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(connection.clone());
        router.clone().oneshot(request)
    });
    let connection = builder(head_time).serve_connection(stream, answer).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Broken connections are the peer's affair; what matters of them is in the books.
        _ = &mut connection => return,
        () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

fn builder(head_time: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_time).max_buf_size(MAX_HEAD);
    builder
}

/// Without TLS on a port that has it: what a device needs to trust us, and the way to https for all else.
async fn plain(
    mut request: Request<Incoming>,
    router: Router,
    connection: Connection,
) -> Result<Response<Body>, Infallible> {
    if request.method() == Method::GET && trust::is_plain(request.uri().path()) {
        request.extensions_mut().insert(connection);
        return router.oneshot(request).await;
    }
    Ok(to_https(&request))
}

fn to_https(request: &Request<Incoming>) -> Response<Body> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut response = Response::new(Body::empty());
    match HeaderValue::from_str(&format!("https://{host}{path}")) {
        Ok(location) if !host.is_empty() => {
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
            response.headers_mut().insert(header::LOCATION, location);
        }
        _ => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}
