//! The handshake of a socket, and where it goes from there.
//!
//! A phone's plain socket is handed to the [`park`](crate::park); every other one gets a task.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::{IntoResponse as _, Response as AnyResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use sha1::{Digest as _, Sha1};
use tokio::net::TcpStream;

use super::App;
use super::auth::PROTOCOL;
use crate::park::{Arrival, Speech};
use crate::serve::{Connection, Place};
use crate::session::MAX_CLIENT_FRAME;
use crate::store::phone::Phone;

/// tungstenite's default is 128 KiB for each socket, and touches it.
const READ_BUFFER: usize = 1024;
/// Bytes that may wait unsent; an event has about 400.
const MAX_WRITE_BUFFER: usize = 64 * 1024;
/// What RFC 6455, section 1.3, has behind the client's key.
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A right handshake that waits for its answer.
pub struct Upgrade {
    to_task: WebSocketUpgrade,
    plain: Option<Plain>,
    connection: Option<Connection>,
}

/// What it takes to answer ourselves.
struct Plain {
    upgraded: OnUpgrade,
    accept: HeaderValue,
    ours: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = WebSocketUpgradeRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let connection = parts.extensions.get::<Connection>().cloned();
        let upgraded = parts.extensions.get::<OnUpgrade>().cloned();
        // Every check of the handshake is in here.
        let to_task = WebSocketUpgrade::from_request_parts(parts, state).await?;
        let is_plain = connection.as_ref().is_some_and(|connection| connection.plain);
        let plain = upgraded.filter(|_| is_plain).zip(accept(&parts.headers));
        let plain = plain.map(|(upgraded, accept)| Plain { upgraded, accept, ours: offers_ours(&parts.headers) });
        Ok(Self { to_task, plain, connection })
    }
}

impl Upgrade {
    /// Answers, and runs the socket in a task: with small buffers, and so that a stop waits for it.
    pub fn on_task<F, S>(self, app: &App, session: F) -> AnyResponse
    where
        F: FnOnce(WebSocket) -> S + Send + 'static,
        S: Future<Output = ()> + Send,
    {
        let kept = (app.sockets.token(), self.connection);
        self.to_task
            .protocols([PROTOCOL])
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(MAX_WRITE_BUFFER)
            .max_frame_size(MAX_CLIENT_FRAME)
            .max_message_size(MAX_CLIENT_FRAME)
            .on_upgrade(move |socket| async move {
                session(socket).await;
                drop(kept);
            })
    }

    /// Answers a phone: a plain connection goes to the park, another one to a task that runs `session`.
    pub fn on_phone<F, S>(self, app: &App, phone: &Phone, speech: Speech, session: F) -> AnyResponse
    where
        F: FnOnce(WebSocket) -> S + Send + 'static,
        S: Future<Output = ()> + Send,
    {
        match (self.plain, self.connection) {
            (Some(plain), Some(connection)) => plain.park(app, phone.clone(), speech, connection.place),
            (plain, connection) => Self { plain, connection, ..self }.on_task(app, session),
        }
    }
}

impl Plain {
    /// Answers, and hands the connection over once the answer has left.
    fn park(self, app: &App, phone: Phone, speech: Speech, place: Place) -> AnyResponse {
        let Self { upgraded, accept, ours } = self;
        let park = app.park.clone();
        app.sockets.spawn(async move {
            // A client that hung up meanwhile is its own affair.
            let Ok(upgraded) = upgraded.await else { return };
            match descriptor(upgraded) {
                Ok((stream, early)) => park.admit(Arrival { stream, early, phone, speech, place }),
                Err(error) => tracing::error!(%error, "a plain connection could not be taken over"),
            }
        });
        let mut answer = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_ACCEPT, accept);
        if ours {
            answer = answer.header(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
        }
        answer.body(Body::empty()).expect("these headers are of these types").into_response()
    }
}

/// Takes the connection out of the hands of hyper and tokio, with what was read of it already.
fn descriptor(upgraded: Upgraded) -> std::io::Result<(std::net::TcpStream, bytes::Bytes)> {
    let parts = upgraded
        .downcast::<TokioIo<TcpStream>>()
        .map_err(|_| std::io::Error::other("the connection is of another kind"))?;
    Ok((parts.io.into_inner().into_std()?, parts.read_buf))
}

/// The answer to the client's key.
fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    let hash = Sha1::new().chain_update(key.as_bytes()).chain_update(KEY_SUFFIX).finalize();
    HeaderValue::try_from(STANDARD.encode(hash)).ok()
}

/// Whether the client offers our protocol.
fn offers_ours(headers: &HeaderMap) -> bool {
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    offered.is_some_and(|offered| offered.split(',').any(|one| one.trim() == PROTOCOL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_answered_as_the_standard_has_it() {
        let mut headers = HeaderMap::new();
        headers.insert(header::SEC_WEBSOCKET_KEY, HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="));
        assert_eq!(accept(&headers).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(!offers_ours(&headers));
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("tillbeam.v1, bearer.x"));
        assert!(offers_ours(&headers));
    }
}
