//! What a phone asks: what it holds, what it was told since, and what it has seen.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::{Caller, Token};
use super::body::Json;
use super::cookie;
use super::error::ApiError;
use super::parts::Query;
use super::shop::Names;
use super::show::CustomerName;
use crate::event::{Event, ShopName};
use crate::hub::Cut;
use crate::id::CustomerId;
use crate::lamps::Moved;
use crate::ledger::rfc3339;
use crate::session::Cursor;
use crate::store::phone::{Ack, Phone};
use crate::store::shop::UnitRow;
use crate::store::{self, Connection, customer, shop};
use crate::unit::{Unit, UnitKind};

/// The longest that a poll waits, in seconds.
pub const MAX_WAIT_S: u64 = 25;
/// Seconds after which one may come again that was one too many.
const POLL_RETRY_S: i64 = 5;

/// The query of `GET /me/events`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Poll {
    /// The last event that the phone has; left out, all are new to it.
    after: Option<i64>,
    /// The epoch in which it had it; may be left out with `after=0`.
    epoch: Option<String>,
    /// Seconds to wait for an event if there is none.
    #[serde(default)]
    #[param(maximum = 25)]
    wait: u64,
}

/// The body of `POST /me/acks`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AckBody {
    /// With another epoch than the server's the ack is void.
    epoch: String,
    /// The last event that is stored on the phone. What is beyond the last or lower than before is ignored.
    received: Option<i64>,
    /// The last event that was visible on the page; implies `received`.
    seen: Option<i64>,
}

/// What a customer holds in one unit.
#[derive(Serialize, ToSchema)]
pub struct Account {
    unit: Unit,
    kind: UnitKind,
    /// Digits after the point; 0 for a pass.
    decimals: u32,
    /// What screens call the unit.
    names: Option<Names>,
    /// Minor units or visits: principal and bonus.
    #[schema(minimum = 0)]
    balance: i64,
    /// What was paid for.
    #[schema(minimum = 0)]
    principal: i64,
    /// What the shop gave on top.
    #[schema(minimum = 0)]
    bonus: i64,
    /// The date after which it blocks.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// What a phone's page shows.
#[derive(Serialize, ToSchema)]
pub struct MeAnswer {
    customer: CustomerName,
    shop: ShopName,
    /// The shop's default unit first.
    accounts: Vec<Account>,
    /// Names of all the shop's units: an event may be about one that the customer does not hold.
    units: BTreeMap<String, Names>,
    epoch: String,
    /// The customer's last event.
    #[schema(minimum = 0)]
    seq: i64,
    /// The server's time.
    #[schema(format = DateTime)]
    time: String,
    /// True when nothing is taken from the customer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    frozen: bool,
    /// True when the customer paused this phone's codes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    paused: bool,
    /// True when the phone's key is an old one: take the current one by `POST /me/renew`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    renew: bool,
}

/// Events after a cursor.
#[derive(Serialize, ToSchema)]
pub struct EventPage {
    epoch: String,
    /// True when the cursor is of another epoch or beyond the last event: take `/me` and go on from its `seq`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reset: bool,
    /// As in `/me`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    renew: bool,
    /// In order, 500 at most; empty when the wait ran out.
    #[schema(value_type = Vec<Event>)]
    events: Vec<Value>,
}

/// Who the phone belongs to and what they hold
///
/// A page's cookie lasts for another while.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "me", operation_id = "get_me", security(("phone" = []), ("page" = [])),
    responses((status = 200, description = "The customer.", body = MeAnswer))
)]
pub async fn get(State(app): State<App>, token: Token) -> Result<impl IntoResponse, ApiError> {
    let (phone, text) = token.phones(&app).await?.swap_remove(0);
    let mut headers = HeaderMap::new();
    if token.is_cookie() {
        headers.insert(header::SET_COOKIE, cookie::keep(&app, phone.credential, text));
    }
    // One moment: the balances and the seq belong together.
    let mut snapshot = app.store.begin_read().await?;
    let epoch = shop::epoch(&mut snapshot).await?;
    let units = shop::units(&mut snapshot, phone.shop).await?;
    let (accounts, seq) = accounts(&mut snapshot, phone.customer, &units).await?;
    let answer = MeAnswer {
        customer: CustomerName { id: phone.customer, name: phone.customer_name },
        shop: ShopName { id: phone.shop, name: phone.shop_name },
        accounts,
        units: units.iter().map(|row| (row.unit.clone(), names(row))).collect(),
        epoch,
        seq,
        time: rfc3339((app.clock)()),
        frozen: phone.frozen,
        paused: phone.paused,
        renew: phone.renew,
    };
    Ok((headers, axum::Json(answer)))
}

/// What a customer holds, and the number of their last event.
pub async fn accounts(
    conn: &mut Connection,
    customer: CustomerId,
    units: &[UnitRow],
) -> Result<(Vec<Account>, i64), store::Error> {
    let (held, seq) = customer::held(conn, customer).await?;
    let mut accounts = Vec::with_capacity(held.len());
    for account in held {
        let unit = Unit::parse(&account.unit).ok_or(store::Error::Inconsistent("a unit that is none"))?;
        let named = units.iter().find(|row| row.unit == account.unit);
        accounts.push(Account {
            kind: unit.kind(),
            decimals: unit.decimals(),
            unit,
            names: named.map(names),
            balance: account.principal + account.bonus,
            principal: account.principal,
            bonus: account.bonus,
            expires_at: account.expires_at.map(rfc3339),
        });
    }
    Ok((accounts, seq))
}

fn names(row: &UnitRow) -> Names {
    Names { en: row.name_en.clone(), zh: row.name_zh.clone() }
}

/// Events after a cursor, at once or as soon as there is one
///
/// Of a customer's polls 16 wait; one more ends the oldest with `too_many_attempts`. A phone that is taken back meanwhile
/// hears `token_invalid`.
#[utoipa::path(
    get, path = "/api/v1/me/events", tag = "me", operation_id = "get_events",
    security(("phone" = []), ("page" = [])), params(Poll),
    responses((status = 200, description = "What is new, or nothing when the wait ran out.", body = EventPage))
)]
pub async fn events(
    State(app): State<App>,
    Caller(phone): Caller,
    Query(poll): Query<Poll>,
) -> Result<axum::Json<EventPage>, ApiError> {
    if poll.wait > MAX_WAIT_S {
        return Err(ApiError::Malformed(format!("wait is at most {MAX_WAIT_S} seconds")));
    }
    let deadline = Instant::now() + Duration::from_secs(poll.wait);
    // Listening before looking, so that nothing falls between the two.
    let mut listener = app.hub.listen(phone.customer, phone.credential, None);
    let (epoch, last) = app.reader.stands(phone.customer).await?;
    let cursor = Cursor { after: Some(poll.after.unwrap_or(0)), epoch: poll.epoch };
    let Some(after) = cursor.in_epoch(&epoch, last) else {
        return Ok(axum::Json(EventPage { epoch, reset: true, renew: phone.renew, events: Vec::new() }));
    };
    let mut told = app.reader.events(phone.customer, after).await?;
    if told.is_empty() {
        tokio::select! {
            told = listener.next() => match told {
                Err(Cut::Revoked) => return Err(ApiError::TokenInvalid),
                Err(Cut::TooMany) => return Err(ApiError::TooMany { retry_after_s: POLL_RETRY_S }),
                Ok(_) | Err(Cut::Slow) => {}
            },
            () = tokio::time::sleep_until(deadline) => {}
            () = app.shutdown.cancelled() => {}
        }
        told = app.reader.events(phone.customer, after).await?;
    }
    let events = told.iter().map(|told| serde_json::from_str::<Value>(&told.json));
    let events: Vec<Value> = events.collect::<Result<_, _>>().unwrap_or_default();
    Ok(axum::Json(EventPage { epoch, reset: false, renew: phone.renew, events }))
}

/// Say how far the phone has come
#[utoipa::path(
    post, path = "/api/v1/me/acks", tag = "me", operation_id = "ack", security(("phone" = []), ("page" = [])),
    request_body = AckBody, responses((status = 204, description = "Noted, or ignored."))
)]
pub async fn ack(
    State(app): State<App>,
    Caller(phone): Caller,
    Json(body): Json<AckBody>,
) -> Result<StatusCode, ApiError> {
    let (epoch, last) = app.reader.stands(phone.customer).await?;
    if body.epoch == epoch {
        let known = |seq: Option<i64>| seq.filter(|seq| (0..=last).contains(seq)).unwrap_or(0);
        note(&app, &phone, known(body.received), known(body.seen), 0);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Hands an ack to the writer; `after` is what this device had seen before.
pub fn note(app: &App, phone: &Phone, received: i64, seen: i64, after: i64) {
    let ack = Ack { credential: phone.credential, received, seen };
    app.writer.ack(Moved { ack, customer: phone.customer, shop: phone.shop, after });
}
