//! The sockets of phones and terminals that have a task: shells around `session`.
//!
//! A loop takes input, a pure function decides, the loop sends. A bad token
//! is upgraded and closed with a code, because browsers hide a status. A
//! phone's plain socket goes to the park and speaks the same there.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::App;
use super::auth::Token;
use super::error::ApiError;
use super::limited::Stranger;
use super::me;
use super::parts::Query;
use super::upgrade::Upgrade;
use crate::event::{Told, json};
use crate::hub::{Cut, Listener, Notice, online_json};
use crate::line;
use crate::park::Speech;
use crate::park::lot::{GOING_AWAY, SLOW};
use crate::session::{Cursor, Do, Session};
use crate::store::phone::{self, Phone};
use crate::store::terminal::TerminalRow;
use crate::store::{self, entry, shop};

/// The longest that one send may take before the peer counts as slow.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that a goodbye may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a session looks at the clock.
const TICK: Duration = Duration::from_secs(5);

const TOKEN_INVALID: u16 = 4001;
/// The client sent a frame over `session::MAX_CLIENT_FRAME`.
pub const TOO_BIG: u16 = 1009;

/// `GET /ws`
pub async fn phone(
    State(app): State<App>,
    Query(cursor): Query<Cursor>,
    headers: HeaderMap,
    uri: Uri,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let token = Token::of(&headers, &uri);
    if let Some(token) = &token {
        token.check_origin(&app, &headers)?;
    }
    let caller = match token {
        Some(token) => token.phone(&app).await,
        None => Err(ApiError::TokenInvalid),
    };
    match caller {
        Ok(caller) => {
            let speech = Speech::Events(cursor.clone());
            let (state, phone) = (app.clone(), caller.clone());
            Ok(upgrade.on_phone(&state, &phone, speech, |socket| phone_session(app, caller, cursor, socket)))
        }
        Err(ApiError::TokenInvalid) => Ok(turned_away(upgrade, &app)),
        Err(other) => Err(other),
    }
}

/// `GET /api/v1/terminal/ws`
pub async fn terminal(
    State(app): State<App>,
    Query(cursor): Query<Cursor>,
    headers: HeaderMap,
    uri: Uri,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let caller = match Token::of(&headers, &uri) {
        Some(token) => token.terminal(&app).await,
        None => Err(ApiError::TokenInvalid),
    };
    match caller {
        Ok(caller) => Ok(upgrade.on_task(&app.clone(), |socket| terminal_session(app, caller, cursor, socket))),
        Err(ApiError::TokenInvalid) => Ok(turned_away(upgrade, &app)),
        Err(other) => Err(other),
    }
}

fn turned_away(upgrade: Upgrade, app: &App) -> Response {
    let mut response = upgrade.on_task(app, async |mut socket: WebSocket| close(&mut socket, TOKEN_INVALID).await);
    response.extensions_mut().insert(Stranger);
    response
}

/// Counts a cut; its close code.
pub fn cut_off(app: &App, cut: Cut) -> u16 {
    app.metrics.cut(cut);
    cut.close_code()
}

/// Says goodbye with a code, without waiting long for an answer.
pub async fn close(socket: &mut WebSocket, code: u16) {
    let frame = CloseFrame { code, reason: "".into() };
    let goodbye = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
}

/// How a session ended: with a close code, or because the peer is gone.
type End = Result<std::convert::Infallible, Option<u16>>;

async fn phone_session(app: App, caller: Phone, cursor: Cursor, mut socket: WebSocket) {
    // Listening before looking, so that nothing falls between the two.
    let listener = app.hub.listen(caller.customer, caller.credential, Some(caller.shop));
    let Err(code) = run_phone(&app, &caller, &cursor, listener, &mut socket).await;
    if let Some(code) = code {
        close(&mut socket, code).await;
    }
}

async fn run_phone(
    app: &App,
    caller: &Phone,
    cursor: &Cursor,
    mut listener: Listener<Told>,
    socket: &mut WebSocket,
) -> End {
    let (epoch, last) = app.reader.stands(caller.customer).await.map_err(|error| Some(unreadable(&error)))?;
    let (mut session, hello) = Session::open(cursor, &epoch, last, (app.clock)());
    send(socket, hello).await?;
    replay_events(app, caller, &mut session, socket).await?;
    let mut seen = 0;
    let mut tick = ticks();
    loop {
        let next = tokio::select! {
            told = listener.next() => {
                let told = told.map_err(|cut| Some(cut_off(app, cut)))?;
                let next = session.on_numbered(told.seq, &told.json);
                if let Do::Send(text) = next {
                    send(socket, text).await?;
                    app.metrics.pushed(&told);
                    continue;
                }
                next
            }
            message = socket.recv() => from_peer(&mut session, message, (app.clock)())?,
            _ = tick.tick() => session.on_tick((app.clock)()),
            () = app.shutdown.cancelled() => return Err(Some(GOING_AWAY)),
        };
        match next {
            Do::Replay(_) => replay_events(app, caller, &mut session, socket).await?,
            Do::Ack { received, seen: now_seen } => {
                me::note(app, caller, received, now_seen, seen);
                seen = now_seen;
            }
            other => perform(socket, other).await?,
        }
    }
}

async fn replay_events(
    app: &App,
    caller: &Phone,
    session: &mut Session,
    socket: &mut WebSocket,
) -> Result<(), Option<u16>> {
    loop {
        let told =
            app.reader.events(caller.customer, session.sent()).await.map_err(|error| Some(unreadable(&error)))?;
        if told.is_empty() {
            return Ok(());
        }
        for told in told {
            perform(socket, session.on_replayed(told.seq, &told.json)).await?;
        }
    }
}

async fn terminal_session(app: App, caller: TerminalRow, cursor: Cursor, mut socket: WebSocket) {
    let listener = app.hub.listen_terminal(caller.shop_id, caller.terminal_id);
    let Err(code) = run_terminal(&app, &caller, &cursor, listener, &mut socket).await;
    if let Some(code) = code {
        close(&mut socket, code).await;
    }
}

async fn run_terminal(
    app: &App,
    caller: &TerminalRow,
    cursor: &Cursor,
    mut listener: Listener<Notice>,
    socket: &mut WebSocket,
) -> End {
    let (epoch, last) = async {
        let mut conn = app.store.read().await?;
        Ok((shop::epoch(&mut conn).await?, entry::last_number(&mut conn, caller.shop_id).await?))
    }
    .await
    .map_err(|error| Some(unreadable(&error)))?;
    let (mut session, hello) = Session::open(cursor, &epoch, last, (app.clock)());
    send(socket, hello).await?;
    replay_entries(app, caller, &mut session, socket).await?;
    send(socket, lamps(app, caller).await.map_err(|error| Some(unreadable(&error)))?).await?;
    let mut online = app.hub.online(caller.shop_id);
    online.mark_changed();
    let mut tick = ticks();
    loop {
        let next = tokio::select! {
            notice = listener.next() => {
                let notice: Arc<Notice> = notice.map_err(|cut| Some(cut_off(app, cut)))?;
                match &*notice {
                    Notice::Entry(number, text) => session.on_numbered(*number, text),
                    Notice::State(text) => Do::Send(text.clone()),
                }
            }
            Ok(()) = online.changed() => Do::Send(online_json(*online.borrow_and_update())),
            message = socket.recv() => from_peer(&mut session, message, (app.clock)())?,
            _ = tick.tick() => session.on_tick((app.clock)()),
            () = app.shutdown.cancelled() => return Err(Some(GOING_AWAY)),
        };
        match next {
            Do::Replay(_) => replay_entries(app, caller, &mut session, socket).await?,
            other => perform(socket, other).await?,
        }
    }
}

async fn replay_entries(
    app: &App,
    caller: &TerminalRow,
    session: &mut Session,
    socket: &mut WebSocket,
) -> Result<(), Option<u16>> {
    loop {
        let read = async { entry::entries(&mut *app.store.read().await?, caller.shop_id, session.sent()).await };
        let entries = read.await.map_err(|error| Some(unreadable(&error)))?;
        if entries.is_empty() {
            return Ok(());
        }
        for shown in entries {
            let text = line::of_entry(&shown);
            perform(socket, session.on_replayed(shown.entry.number, &text)).await?;
        }
    }
}

async fn lamps(app: &App, caller: &TerminalRow) -> Result<String, store::Error> {
    let lamps = phone::lamps_of_shop(&mut *app.store.read().await?, caller.shop_id).await?;
    Ok(json(&serde_json::json!({ "type": "lamps", "lamps": lamps })))
}

/// When a session looks at the clock.
pub fn ticks() -> tokio::time::Interval {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}

/// What a peer's message means; an error ends the session.
fn from_peer(
    session: &mut Session,
    message: Option<Result<Message, axum::Error>>,
    now: i64,
) -> Result<Do, Option<u16>> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(session.on_client(&text, now)),
        Some(Ok(Message::Close(_))) | None => Err(None),
        Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {
            session.on_alive(now);
            Ok(Do::Nothing)
        }
        Some(Err(error)) => {
            // The library names the limit in its text alone.
            let too_big = error.to_string().to_ascii_lowercase().contains("too long");
            Err(too_big.then_some(TOO_BIG))
        }
    }
}

async fn perform(socket: &mut WebSocket, next: Do) -> Result<(), Option<u16>> {
    match next {
        Do::Send(text) => send(socket, text).await,
        Do::Ping => deliver(socket, Message::Ping(bytes::Bytes::new())).await,
        Do::Drop => Err(None),
        Do::Nothing | Do::Replay(_) | Do::Ack { .. } => Ok(()),
    }
}

/// Sends text to a peer that keeps up.
pub async fn send(socket: &mut WebSocket, text: String) -> Result<(), Option<u16>> {
    deliver(socket, Message::Text(text.into())).await
}

async fn deliver(socket: &mut WebSocket, message: Message) -> Result<(), Option<u16>> {
    match timeout(SEND_TIMEOUT, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(None),
        Err(_) => Err(Some(SLOW)),
    }
}

/// The books could not be read: the client comes back with its cursor.
fn unreadable(error: &store::Error) -> u16 {
    tracing::error!(%error, "a socket ended because the books could not be read");
    GOING_AWAY
}
