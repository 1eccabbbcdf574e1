//! The terminal's socket: entries, lamps, who is online; and, by its living or not, whether there is a server.
//!
//! The socket is a hint, the books are the truth: where it is blocked (a proxy), the till works without it.
//! Reconnects with back-off and jitter, and asks for what it missed by its cursor.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

use super::Link;
use crate::board::SHOWN;
use crate::till::Message;
use crate::wire::{Failed, LinkState, Operator, ShopAnswer};

/// To connect, TLS and the upgrade included.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The server pings every 25 s: a socket silent for so long is dead.
const SILENCE_LIMIT: Duration = Duration::from_mins(1);
/// Between two tries, growing from the first to the second.
const PAUSE_MS: (u64, u64) = (250, 10_000);
/// A connection that lived for so long begins the pauses anew.
const STABLE_AFTER: Duration = Duration::from_secs(10);
/// No frame from the server is larger.
const FRAME_LIMIT_BYTES: usize = 256 << 10;
/// The default of 128 KiB a socket is for servers of films.
const READ_BUFFER_BYTES: usize = 8 << 10;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the line has to say.
#[derive(Debug)]
pub enum News {
    /// Whether the server can be reached.
    Link(LinkState),
    /// The shop and who may stand at its tills, after each connect.
    Shop(Box<ShopAnswer>, Vec<Operator>),
    /// A message of the socket.
    Message(Message),
}

/// Up to where we have heard.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    after: u64,
    epoch: String,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the cursor changed")]
    Cursor,
    #[error("nobody listens any more")]
    Unheard,
    #[error("no connection in {} s", CONNECT_LIMIT.as_secs())]
    TooSlow,
    #[error("silent for {} s", SILENCE_LIMIT.as_secs())]
    Silent,
    #[error("the server does not say which shop this is")]
    NoShop,
    #[error("closed by the server")]
    Closed,
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Socket(#[from] Box<tungstenite::Error>),
}

/// Keeps a socket open until `stop`; `news` takes what it says, or answers `false` to end it.
pub async fn listen<F, N>(link: Link, stop: CancellationToken, mut news: F)
where
    F: FnMut(News) -> N,
    N: Future<Output = bool>,
{
    stop.run_until_cancelled_owned(async move {
        let mut cursor = None;
        let mut failures = 0;
        loop {
            let begun = tokio::time::Instant::now();
            let ended = converse(&link, &mut cursor, &mut news).await;
            if matches!(ended, Ended::Cursor) {
                continue;
            }
            tracing::debug!(%ended, "the terminal's socket ended");
            failures = if begun.elapsed() > STABLE_AFTER { 0 } else { failures + 1 };
            if matches!(ended, Ended::Unheard) || !probe(&link, &mut news).await {
                return;
            }
            tokio::time::sleep(pause(failures, getrandom::u32().unwrap_or(0))).await;
        }
    })
    .await;
}

/// Without a socket: does the server answer at all?
async fn probe<F, N>(link: &Link, news: &mut F) -> bool
where
    F: FnMut(News) -> N,
    N: Future<Output = bool>,
{
    match look(link).await {
        Ok(shop) => news(shop).await && news(News::Link(LinkState::Online)).await,
        Err(failed) => {
            tracing::warn!(code = failed.code, "the server cannot be used");
            let revoked = failed.code == "token_invalid";
            news(News::Link(if revoked { LinkState::Revoked } else { LinkState::Offline })).await
        }
    }
}

/// The shop as it is now.
pub(crate) async fn look(link: &Link) -> Result<News, Failed> {
    let (shop, operators) = tokio::try_join!(link.shop(), link.operators())?;
    Ok(News::Shop(Box::new(shop), operators))
}

/// One connection from beginning to end.
async fn converse<F, N>(link: &Link, cursor: &mut Option<Cursor>, news: &mut F) -> Ended
where
    F: FnMut(News) -> N,
    N: Future<Output = bool>,
{
    let mut socket = match timeout(CONNECT_LIMIT, connect(link, cursor.as_ref())).await {
        Ok(Ok(socket)) => socket,
        Ok(Err(ended)) => return ended,
        Err(_) => return Ended::TooSlow,
    };
    let Ok(shop) = look(link).await else { return Ended::NoShop };
    if !(news(shop).await && news(News::Link(LinkState::Online)).await) {
        return Ended::Unheard;
    }
    loop {
        let frame = match timeout(SILENCE_LIMIT, socket.next()).await {
            Err(_) => return Ended::Silent,
            Ok(None | Some(Ok(Frame::Close(_)))) => return Ended::Closed,
            Ok(Some(Err(error))) => return Box::new(error).into(),
            Ok(Some(Ok(frame))) => frame,
        };
        let Frame::Text(text) = frame else { continue };
        let Ok(message) = serde_json::from_str::<Message>(&text) else { continue };
        let moved = advance(cursor, &message);
        if moved == Advance::ConnectAgain && !matches!(message, Message::Hello { reset: true, .. }) {
            return Ended::Cursor;
        }
        if !news(News::Message(message)).await {
            return Ended::Unheard;
        }
        if moved == Advance::ConnectAgain {
            return Ended::Cursor;
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Advance {
    GoOn,
    /// From the last ten on.
    ConnectAgain,
}

/// Moves the cursor. The first hello only tells where the books end: we want the last ten entries, too.
fn advance(cursor: &mut Option<Cursor>, message: &Message) -> Advance {
    match (message, cursor) {
        (Message::Hello { epoch, seq, reset }, cursor) if cursor.is_none() || *reset => {
            *cursor = Some(Cursor { after: seq.saturating_sub(SHOWN as u64), epoch: epoch.clone() });
            Advance::ConnectAgain
        }
        (Message::Entry(entry), Some(cursor)) => {
            cursor.after = cursor.after.max(entry.number);
            Advance::GoOn
        }
        _ => Advance::GoOn,
    }
}

async fn connect(link: &Link, cursor: Option<&Cursor>) -> Result<Socket, Ended> {
    let mut url = link.url("terminal/ws");
    if let Some(Cursor { after, epoch }) = cursor {
        url.query_pairs_mut().append_pair("after", &after.to_string()).append_pair("epoch", epoch);
    }
    dial(link, url).await
}

/// Opens a socket of the server with the line's token; also the demo's phones do.
pub(crate) async fn dial(link: &Link, url: Url) -> Result<Socket, Ended> {
    let secure = url.scheme() == "https";
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let stream = match link.connect {
        Some(address) => TcpStream::connect(address).await?,
        None => TcpStream::connect((host, port)).await?,
    };
    stream.set_nodelay(true)?;
    let mut request = websocket_url(url, secure).as_str().into_client_request().map_err(Box::new)?;
    request.headers_mut().insert(tungstenite::http::header::AUTHORIZATION, link.token.0.clone());
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(FRAME_LIMIT_BYTES))
        .max_frame_size(Some(FRAME_LIMIT_BYTES));
    let connector = if secure { Connector::Rustls(link.tls.clone()) } else { Connector::Plain };
    let connected =
        tokio_tungstenite::client_async_tls_with_config(request, stream, Some(config), Some(connector)).await;
    Ok(connected.map_err(Box::new)?.0)
}

fn websocket_url(mut url: Url, secure: bool) -> Url {
    // `set_scheme` refuses only a change between special and other schemes; these four are all special.
    let _ = url.set_scheme(if secure { "wss" } else { "ws" });
    url
}

/// Half fixed, half random, so that many terminals do not come back in step.
fn pause(failures: u32, random: u32) -> Duration {
    let (first, longest) = PAUSE_MS;
    let whole = first.saturating_mul(1 << failures.min(10)).min(longest);
    Duration::from_millis(whole / 2 + u64::from(random) % (whole / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_are_never_in_step() {
        for failures in 0..40 {
            let (low, high) = (pause(failures, 0), pause(failures, u32::MAX));
            assert!(low >= Duration::from_millis(125) && high <= Duration::from_secs(10), "{low:?} {high:?}");
        }
        assert!(pause(6, 0) >= Duration::from_secs(5));
        assert_ne!(pause(3, 1), pause(3, 900));
    }

    #[test]
    fn the_first_hello_leads_back_ten_entries_and_a_reset_does_so_again() {
        let hello = |epoch: &str, seq, reset| Message::Hello { epoch: epoch.to_owned(), seq, reset };
        let mut cursor = None;
        assert_eq!(advance(&mut cursor, &hello("a", 25, false)), Advance::ConnectAgain);
        assert_eq!(cursor, Some(Cursor { after: 15, epoch: "a".to_owned() }));
        assert_eq!(advance(&mut cursor, &hello("a", 26, false)), Advance::GoOn);
        assert_eq!(advance(&mut cursor, &hello("b", 4, true)), Advance::ConnectAgain);
        assert_eq!(cursor, Some(Cursor { after: 0, epoch: "b".to_owned() }));
    }
}
