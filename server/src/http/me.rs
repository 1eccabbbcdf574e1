//! What a phone asks: what it holds, what it was told since, and what it has seen.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::App;
use super::auth::Caller;
use super::body::Json;
use super::error::ApiError;
use crate::lamps::Moved;
use crate::ledger::rfc3339;
use crate::session::Cursor;
use crate::store::phone::{Ack, Phone};
use crate::store::{self, customer, entry, shop};
use crate::unit::Unit;

/// The longest that a poll waits, in seconds.
pub const MAX_WAIT_S: u64 = 25;

/// The query of `GET /me/events`.
#[derive(Deserialize)]
pub struct Poll {
    after: Option<i64>,
    epoch: Option<String>,
    #[serde(default)]
    wait: u64,
}

/// The body of `POST /me/acks`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AckBody {
    epoch: String,
    received: Option<i64>,
    seen: Option<i64>,
}

/// `GET /me`
pub async fn get(State(app): State<App>, Caller(phone): Caller) -> Result<impl IntoResponse, ApiError> {
    let mut conn = app.store.read().await?;
    // One snapshot: the balances and the seq belong together.
    let mut snapshot = sqlx::Connection::begin(&mut *conn).await.map_err(store::Error::from)?;
    let (held, seq) = customer::held(&mut snapshot, phone.customer).await?;
    let epoch = shop::epoch(&mut snapshot).await?;
    let units = shop::units(&mut snapshot, phone.shop).await?;
    let name = |row: &shop::UnitRow| json!({ "en": row.name_en, "zh": row.name_zh });
    // Also those that the customer does not hold: a refusal may be about them.
    let names: serde_json::Map<String, Value> = units.iter().map(|row| (row.unit.clone(), name(row))).collect();
    let mut accounts = Vec::with_capacity(held.len());
    for account in held {
        let unit = Unit::parse(&account.unit).ok_or(store::Error::Inconsistent("a unit that is none"))?;
        let named = units.iter().find(|row| row.unit == account.unit);
        accounts.push(json!({
            "unit": unit,
            "kind": unit.kind(),
            "decimals": unit.decimals(),
            "names": named.map(name),
            "balance": account.principal + account.bonus,
            "principal": account.principal,
            "bonus": account.bonus,
            "expires_at": account.expires_at.map(rfc3339),
        }));
    }
    Ok(axum::Json(json!({
        "customer": { "id": phone.customer, "name": phone.customer_name },
        "shop": { "id": phone.shop, "name": phone.shop_name },
        "accounts": accounts,
        "units": names,
        "epoch": epoch,
        "seq": seq,
        "time": rfc3339((app.clock)()),
    })))
}

/// `GET /me/events?after=SEQ&epoch=E&wait=S`
pub async fn events(
    State(app): State<App>,
    Caller(phone): Caller,
    Query(poll): Query<Poll>,
) -> Result<Response, ApiError> {
    let deadline = Instant::now() + Duration::from_secs(poll.wait.min(MAX_WAIT_S));
    // Listening before looking, so that nothing falls between the two.
    let mut listener = app.hub.listen(phone.customer, phone.credential, None);
    let (epoch, last) = where_it_stands(&app, &phone).await?;
    let cursor = Cursor { after: Some(poll.after.unwrap_or(0)), epoch: poll.epoch };
    let Some(after) = cursor.in_epoch(&epoch, last) else {
        return Ok(axum::Json(json!({ "epoch": epoch, "reset": true, "events": [] })).into_response());
    };
    let mut told = entry::events(&mut *app.store.read().await?, phone.customer, after).await?;
    if told.is_empty() {
        tokio::select! {
            _ = listener.next() => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = app.shutdown.cancelled() => {}
        }
        told = entry::events(&mut *app.store.read().await?, phone.customer, after).await?;
    }
    let events = told.iter().map(|told| serde_json::from_str::<Value>(&told.json));
    let events: Vec<Value> = events.collect::<Result<_, _>>().unwrap_or_default();
    Ok(axum::Json(json!({ "epoch": epoch, "events": events })).into_response())
}

/// `POST /me/acks`
pub async fn ack(
    State(app): State<App>,
    Caller(phone): Caller,
    Json(body): Json<AckBody>,
) -> Result<StatusCode, ApiError> {
    let (epoch, last) = where_it_stands(&app, &phone).await?;
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

/// The epoch and the phone's last event number.
pub async fn where_it_stands(app: &App, phone: &Phone) -> Result<(String, i64), store::Error> {
    let mut conn = app.store.read().await?;
    Ok((shop::epoch(&mut conn).await?, customer::last_seq(&mut conn, phone.customer).await?))
}
