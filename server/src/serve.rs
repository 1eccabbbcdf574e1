//! The accept loop: connections in, requests to the router, every wait and number bounded.
//!
//! With TLS, a plain request on the same port is sent to the same address by
//! https, so that a typed address works.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections at the same time.
pub const MAX_CONNECTIONS: usize = 20_000;
/// The longest that a request's head may take, and that an idle connection is kept.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
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

/// Serves until shutdown, then lets the open connections finish on `connections`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    connections: TaskTracker,
    shutdown: CancellationToken,
) {
    let seats = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Some(accepted) = shutdown.run_until_cancelled(accept(&listener, &seats)).await else { return };
        match accepted {
            Ok((stream, seat)) => {
                let connection = connection(stream, router.clone(), tls.clone(), shutdown.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(seat);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn accept(listener: &TcpListener, seats: &Arc<Semaphore>) -> std::io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let seat = seats.clone().acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    end_stalled(&stream)?;
    Ok((stream, seat))
}

/// The system ends the connection of a peer that takes nothing of what was written to it.
fn end_stalled(stream: &TcpStream) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(STALL_TIMEOUT))?;
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
    Ok(())
}

async fn connection(stream: TcpStream, router: Router, tls: Option<TlsAcceptor>, shutdown: CancellationToken) {
    let Some(tls) = tls else { return http(TokioIo::new(stream), router, shutdown).await };
    let mut first = [0];
    match timeout(HANDSHAKE_TIMEOUT, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0] == TLS_HANDSHAKE => {
            // A peer that breaks the handshake off is its own affair.
            if let Ok(Ok(stream)) = timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                http(TokioIo::new(stream), router, shutdown).await;
            }
        }
        Ok(Ok(1)) => {
            let to_https = service_fn(|request| async move { Ok::<_, Infallible>(to_https(&request)) });
            let _ = builder().keep_alive(false).serve_connection(TokioIo::new(stream), to_https).await;
        }
        _ => {}
    }
}

async fn http<S: Read + Write + Unpin + Send + 'static>(stream: S, router: Router, shutdown: CancellationToken) {
    let connection = builder().serve_connection(stream, TowerToHyperService::new(router)).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Broken connections are the peer's affair; what matters of them is in the books.
        _ = &mut connection => return,
        () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    builder
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
