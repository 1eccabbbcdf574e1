//! Customers, as a terminal finds them, makes them, and hands out their join links.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::request::{CancelBody, customer_id};
use crate::id::{CustomerId, RequestId, ShopId};
use crate::ledger::{Millis, rfc3339};
use crate::store::Connection;
use crate::store::customer;
use crate::token;

/// How long a join link is good.
pub const INVITE_MS: Millis = 15 * 60 * 1000;
/// The longest name, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// The body of `POST /customers`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    id: RequestId,
    name: String,
}

/// The query of `GET /customers`.
#[derive(Deserialize)]
pub struct Find {
    #[serde(default)]
    query: String,
}

/// `GET /customers?query=`
pub async fn find(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(find): Query<Find>,
) -> Result<impl IntoResponse, ApiError> {
    let mut conn = app.store.read().await?;
    let found = customer::find(&mut conn, terminal.shop_id, find.query.trim()).await?;
    let customers: Vec<Value> =
        found.into_iter().map(|row| json!({ "id": row.customer_id, "name": row.name })).collect();
    Ok(axum::Json(json!({ "customers": customers })))
}

/// `POST /customers`
pub async fn create(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<NewCustomer>,
) -> Result<impl IntoResponse, ApiError> {
    let name = body.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(ApiError::Malformed(format!("name has 1 to {MAX_NAME_CHARS} characters")));
    }
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let (row, fresh) = customer::create(&mut write, terminal.shop_id, name, Some(body.id), now).await?;
    let join = link(&mut write, &app, terminal.shop_id, row.customer_id).await?;
    write.commit().await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    let customer = json!({ "id": row.customer_id, "name": row.name });
    Ok((status, axum::Json(json!({ "customer": customer, "join": join }))))
}

/// `POST /customers/{id}/joins`
pub async fn invite(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(customer): Path<String>,
    Json(CancelBody {}): Json<CancelBody>,
) -> Result<impl IntoResponse, ApiError> {
    let mut write = app.store.begin_write().await?;
    let found = customer::get(&mut write, terminal.shop_id, customer_id(&customer)?).await?;
    let row = found.ok_or(ApiError::NotFound)?;
    let join = link(&mut write, &app, terminal.shop_id, row.customer_id).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(join)))
}

/// A fresh link; its code is in the fragment, which no server and no log ever sees.
async fn link(conn: &mut Connection, app: &App, shop: ShopId, customer: CustomerId) -> Result<Value, ApiError> {
    let (code, hash) = token::new_invite();
    let now = (app.clock)();
    let expires_at = now + INVITE_MS;
    customer::invite(conn, shop, customer, &hash, now, expires_at).await?;
    Ok(json!({ "url": format!("{}/#join={code}", app.phone_url), "expires_at": rfc3339(expires_at) }))
}
