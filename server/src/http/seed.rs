//! The old system's own client: its socket path with live texts, and its polling.
//!
//! The token is new: ids in a path give no access.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::auth::Token;
use super::error::ApiError;
use super::parts::{Path, Query};
use super::socket::{close, cut_off, send, ticks};
use super::upgrade::Upgrade;
use crate::event::Told;
use crate::hub::Listener;
use crate::id::{CustomerId, ShopId};
use crate::ledger::Millis;
use crate::park::Speech;
use crate::park::lot::GOING_AWAY;
use crate::session::{Cursor, Do, Session};
use crate::store::phone::Phone;
use crate::store::{phone, told};

/// Texts older than this are not handed out by polling any more.
pub const POLL_AGE_MS: Millis = 10 * 60 * 1000;

/// The query of both paths.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ticket {
    /// The phone's token, for clients that cannot set `Authorization`.
    token: Option<String>,
}

/// `GET /webSocket/{userId}/{carwashId}`
pub async fn socket(
    State(app): State<App>,
    Path(ids): Path<(String, String)>,
    Query(ticket): Query<Ticket>,
    headers: HeaderMap,
    uri: Uri,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let caller = caller(&app, &ids, ticket, (&headers, &uri)).await?;
    let (state, phone) = (app.clone(), caller.clone());
    Ok(upgrade.on_phone(&state, &phone, Speech::Seed, move |mut socket| async move {
        let listener = app.hub.listen(caller.customer, caller.credential, Some(caller.shop));
        if let Some(code) = run(&app, listener, &mut socket).await {
            close(&mut socket, code).await;
        }
    }))
}

/// The oldest text that this phone has not polled: the old system's way
#[utoipa::path(
    get, path = "/poll/{customer}/{shop}", tag = "old clients", operation_id = "poll",
    security(("phone" = []), ("page" = [])),
    params(
        ("customer" = CustomerId, Path, description = "The old system's `userId`."),
        ("shop" = ShopId, Path, description = "The old system's `carwashId`."),
        Ticket
    ),
    responses(
        (status = 200, description = "One text, handed out once.", body = String, content_type = "text/plain"),
        (status = 204, description = "None that is younger than ten minutes.")
    )
)]
pub async fn poll(
    State(app): State<App>,
    Path(ids): Path<(String, String)>,
    Query(ticket): Query<Ticket>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let caller = caller(&app, &ids, ticket, (&headers, &uri)).await?;
    let Some(told) = next_text(&app, &caller).await? else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], told).into_response())
}

/// Before the upgrade: 401 without a token that holds, 403 with one that is not this customer's.
async fn caller(
    app: &App,
    (customer, shop): &(String, String),
    ticket: Ticket,
    (headers, uri): (&HeaderMap, &Uri),
) -> Result<Phone, ApiError> {
    let token = ticket.token.as_deref().and_then(Token::in_query).or_else(|| Token::of(headers, uri));
    let token = token.ok_or(ApiError::TokenInvalid)?;
    token.check_origin(app, headers)?;
    let caller = token.phone(app).await?;
    let same = caller.customer.0.to_string() == *customer && caller.shop.0.to_string() == *shop;
    same.then_some(caller).ok_or(ApiError::Forbidden)
}

/// Sends live texts; what the phone sends is ignored. Ends with a close code, or none if the peer is gone.
async fn run(app: &App, mut listener: Listener<Told>, socket: &mut WebSocket) -> Option<u16> {
    let (mut session, _) = Session::open(&Cursor::default(), "", 0, (app.clock)());
    let mut tick = ticks();
    loop {
        let sent = tokio::select! {
            told = listener.next() => match told {
                Ok(told) => {
                    let sent = send(socket, told.seed.clone()).await;
                    app.metrics.pushed(&told);
                    sent
                }
                Err(cut) => Err(Some(cut_off(app, cut))),
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => Err(None),
                Some(Ok(_)) => {
                    session.on_alive((app.clock)());
                    Ok(())
                }
            },
            _ = tick.tick() => match session.on_tick((app.clock)()) {
                Do::Drop => Err(None),
                Do::Ping => socket.send(Message::Ping(bytes::Bytes::new())).await.map_err(|_| None),
                _ => Ok(()),
            },
            () = app.shutdown.cancelled() => Err(Some(GOING_AWAY)),
        };
        if let Err(code) = sent {
            return code;
        }
    }
}

/// The oldest text that this phone has not polled; the cursor is on disk before it leaves.
async fn next_text(app: &App, caller: &Phone) -> Result<Option<String>, ApiError> {
    let since = (app.clock)() - POLL_AGE_MS;
    let polled = phone::polled(&mut *app.store.read().await?, caller.credential).await?;
    if app.reader.events(caller.customer, polled).await?.is_empty() {
        return Ok(None);
    }
    let mut write = app.store.begin_write().await?;
    let mut cursor = phone::polled(&mut write, caller.credential).await?;
    let mut found = None;
    while found.is_none() {
        let told = told::events(&mut write, caller.customer, cursor).await?;
        let Some(last) = told.last() else { break };
        cursor = last.seq;
        if let Some(next) = told.into_iter().find(|told| told.at >= since) {
            cursor = next.seq;
            found = Some(next.seed);
        }
    }
    phone::set_polled(&mut write, caller.credential, cursor).await?;
    write.commit().await?;
    Ok(found)
}
