//! Redemptions, top-ups, reversals and cancels: what a terminal sends, to the writer.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::show;
use crate::id::{CustomerId, MAX_ID, RequestId};
use crate::outcome::Settled;
use crate::request::{MAX_NOTE_CHARS, Noun, Request, Wish};
use crate::store;
use crate::store::past::{self, Pasts};
use crate::store::raw::Raw;

/// The longest code that is looked at, in bytes; a code has 27 digits.
const MAX_CODE: usize = 64;
/// The longest unit that is looked at, in bytes.
const MAX_UNIT: usize = 64;

/// The body of `POST /redemptions`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedeemBody {
    id: RequestId,
    code: String,
    amount: i64,
    unit: Option<String>,
    note: Option<String>,
}

/// The body of `POST /customers/{id}/top-ups`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopUpBody {
    id: RequestId,
    unit: String,
    amount: i64,
    #[serde(default)]
    bonus: i64,
    reason: Option<String>,
}

/// The body of `POST …/reversals`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReverseBody {
    id: RequestId,
    amount: Option<i64>,
    reason: Option<String>,
}

/// The body of `POST …/cancel`: an empty object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelBody {}

/// `POST /redemptions`
pub async fn redeem(
    State(app): State<App>,
    terminal: Terminal,
    Json(body): Json<RedeemBody>,
) -> Result<Response, ApiError> {
    if body.code.len() > MAX_CODE {
        return Err(ApiError::Malformed("code is longer than any code".into()));
    }
    let RedeemBody { id, code, amount, unit, note } = body;
    settle(&app, &terminal, id, Wish::Redeem { code, unit, amount, note }).await
}

/// `POST /customers/{id}/top-ups`
pub async fn top_up(
    State(app): State<App>,
    terminal: Terminal,
    Path(customer): Path<String>,
    Json(body): Json<TopUpBody>,
) -> Result<Response, ApiError> {
    let customer = customer_id(&customer)?;
    let TopUpBody { id, unit, amount, bonus, reason } = body;
    settle(&app, &terminal, id, Wish::TopUp { customer, unit, amount, bonus, reason }).await
}

/// `POST /redemptions/{id}/reversals`
pub async fn reverse_redemption(
    State(app): State<App>,
    terminal: Terminal,
    Path(of): Path<String>,
    Json(body): Json<ReverseBody>,
) -> Result<Response, ApiError> {
    reverse(&app, &terminal, Noun::Redemption, &of, body).await
}

/// `POST /top-ups/{id}/reversals`
pub async fn reverse_top_up(
    State(app): State<App>,
    terminal: Terminal,
    Path(of): Path<String>,
    Json(body): Json<ReverseBody>,
) -> Result<Response, ApiError> {
    reverse(&app, &terminal, Noun::TopUp, &of, body).await
}

/// `POST /redemptions/{id}/cancel`
pub async fn cancel_redemption(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(CancelBody {}): Json<CancelBody>,
) -> Result<Response, ApiError> {
    settle(&app, &terminal, request_id(&id)?, Wish::Cancel { noun: Noun::Redemption }).await
}

/// `POST /top-ups/{id}/cancel`
pub async fn cancel_top_up(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(CancelBody {}): Json<CancelBody>,
) -> Result<Response, ApiError> {
    settle(&app, &terminal, request_id(&id)?, Wish::Cancel { noun: Noun::TopUp }).await
}

/// `POST /reversals/{id}/cancel`
pub async fn cancel_reversal(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(CancelBody {}): Json<CancelBody>,
) -> Result<Response, ApiError> {
    settle(&app, &terminal, request_id(&id)?, Wish::Cancel { noun: Noun::Reversal }).await
}

/// `GET /redemptions/{id}`
pub async fn get_redemption(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::Redemption, &id).await
}

/// `GET /top-ups/{id}`
pub async fn get_top_up(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::TopUp, &id).await
}

/// `GET /reversals/{id}`
pub async fn get_reversal(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::Reversal, &id).await
}

async fn reverse(
    app: &App,
    terminal: &Terminal,
    noun: Noun,
    of: &str,
    body: ReverseBody,
) -> Result<Response, ApiError> {
    let of = request_id(of)?;
    let ReverseBody { id, amount, reason } = body;
    settle(app, terminal, id, Wish::Reverse { noun, of, amount, reason }).await
}

async fn settle(app: &App, Terminal(terminal): &Terminal, id: RequestId, wish: Wish) -> Result<Response, ApiError> {
    if wish.note().is_some_and(|note| note.chars().count() > MAX_NOTE_CHARS) {
        return Err(ApiError::Malformed(format!("note and reason have at most {MAX_NOTE_CHARS} characters")));
    }
    if wish.unit().is_some_and(|unit| unit.len() > MAX_UNIT) {
        return Err(ApiError::Malformed("unit is longer than any unit".into()));
    }
    let request = Request { shop: terminal.shop_id, terminal: terminal.terminal_id, id, wish };
    let outcome = app.writer.settle(request).await?;
    show::outcome(&app.store, outcome).await
}

async fn get(app: &App, Terminal(terminal): &Terminal, noun: Noun, id: &str) -> Result<Response, ApiError> {
    let key = (terminal.shop_id, request_id(id)?);
    let mut conn = app.store.read().await?;
    let mut pasts = Pasts::new();
    {
        let mut handle = conn.lock_handle().await.map_err(store::Error::from)?;
        past::of(&mut Raw::on(&mut handle), key.0, key.1, &mut pasts)?;
    }
    let wanted = pasts.remove(&key).ok_or(ApiError::NotFound)?;
    let first = match &wanted.settled {
        Some(Settled::Repeat(repeat)) => pasts.get(&(repeat.shop, repeat.first)),
        _ => None,
    };
    let first = first.and_then(|past| past.settled.as_ref()).and_then(|settled| match settled {
        Settled::Recorded(recorded) => Some(recorded),
        Settled::Refused(_) | Settled::Repeat(_) => None,
    });
    show::past(&mut conn, noun, &wanted, first).await
}

/// What is no id is not there.
fn request_id(text: &str) -> Result<RequestId, ApiError> {
    RequestId::parse(text).ok_or(ApiError::NotFound)
}

/// What is no id is not there.
pub fn customer_id(text: &str) -> Result<CustomerId, ApiError> {
    let id: i64 = text.parse().map_err(|_| ApiError::NotFound)?;
    (1..=MAX_ID).contains(&id).then_some(CustomerId(id)).ok_or(ApiError::NotFound)
}
