//! Customers, as a terminal finds them, makes them, and hands out their join links.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::parts::{Path, Query};
use super::request::{EmptyBody, customer_id};
use super::show::CustomerName;
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
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// Chosen by the terminal: the same id again makes no second customer.
    id: RequestId,
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", example = "Li Na")]
    name: String,
}

/// Customers that were found.
#[derive(Serialize, ToSchema)]
pub struct Found {
    /// The newest first, 20 at most.
    customers: Vec<CustomerName>,
}

/// A link by which a phone joins.
#[derive(Serialize, ToSchema)]
pub struct JoinLink {
    /// Opened on the phone, or shown as a QR code.
    url: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// A new customer and the way in for their phone.
#[derive(Serialize, ToSchema)]
pub struct Created {
    customer: CustomerName,
    join: JoinLink,
}

/// The query of `GET /customers`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Find {
    /// Part of the name, in any case; left out, it finds the newest.
    #[serde(default)]
    query: String,
}

/// Find customers by part of their name
#[utoipa::path(
    get, path = "/api/v1/customers", tag = "customers", operation_id = "find_customers",
    security(("terminal" = [])), params(Find),
    responses((status = 200, description = "The newest first, 20 at most.", body = Found))
)]
pub async fn find(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(find): Query<Find>,
) -> Result<axum::Json<Found>, ApiError> {
    let mut conn = app.store.read().await?;
    let found = customer::find(&mut conn, terminal.shop_id, find.query.trim()).await?;
    let customers = found.into_iter().map(|row| CustomerName { id: row.customer_id, name: row.name }).collect();
    Ok(axum::Json(Found { customers }))
}

/// Make a customer and a join link for their phone
#[utoipa::path(
    post, path = "/api/v1/customers", tag = "customers", operation_id = "create_customer",
    security(("terminal" = [])), request_body = NewCustomer,
    responses(
        (status = 201, description = "Made.", body = Created),
        (status = 200, description = "Made before, under the same id; the link is new.", body = Created)
    )
)]
pub async fn create(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<NewCustomer>,
) -> Result<(StatusCode, axum::Json<Created>), ApiError> {
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
    let customer = CustomerName { id: row.customer_id, name: row.name };
    Ok((status, axum::Json(Created { customer, join })))
}

/// Make a join link for another phone of a customer
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/joins", tag = "customers", operation_id = "create_join",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = EmptyBody,
    responses((status = 201, description = "A fresh link.", body = JoinLink))
)]
pub async fn invite(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(customer): Path<String>,
    Json(EmptyBody {}): Json<EmptyBody>,
) -> Result<(StatusCode, axum::Json<JoinLink>), ApiError> {
    let mut write = app.store.begin_write().await?;
    let found = customer::get(&mut write, terminal.shop_id, customer_id(&customer)?).await?;
    let row = found.ok_or(ApiError::NotFound)?;
    let join = link(&mut write, &app, terminal.shop_id, row.customer_id).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(join)))
}

/// A fresh link; its code is in the fragment, which no server and no log ever sees.
async fn link(conn: &mut Connection, app: &App, shop: ShopId, customer: CustomerId) -> Result<JoinLink, ApiError> {
    let (code, hash) = token::new_invite();
    let now = (app.clock)();
    let expires_at = now + INVITE_MS;
    customer::invite(conn, shop, customer, &hash, now, expires_at).await?;
    Ok(JoinLink { url: format!("{}/#join={code}", app.phone_url), expires_at: rfc3339(expires_at) })
}
