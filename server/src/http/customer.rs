//! Customers, as a terminal finds them, makes them, and hands out their join links.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::once::Once;
use super::operator::parse_name;
use super::parts::{Path, Query};
use super::problem::refuses;
use super::request::customer_id;
use super::show::CustomerName;
use super::who::{ApprovalBody, Who, WhoProblems};
use super::{App, turn};
use crate::audit::Deed;
use crate::id::{CustomerId, OperatorId, RequestId, ShopId};
use crate::ledger::{Millis, rfc3339};
use crate::name::{Name, PhoneNumber, phone_end};
use crate::operator::Role;
use crate::store::Connection;
use crate::store::customer::{self, FoundRow};
use crate::token;

/// How long a join link is good.
pub const INVITE_MS: Millis = 15 * 60 * 1000;
/// How long a search looks; what it found by then is its answer.
const SEARCH_TIME: Duration = Duration::from_secs(2);

/// The body of `POST /customers`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// Chosen by the terminal: the same id again makes no second customer.
    id: RequestId,
    #[schema(value_type = Name)]
    name: String,
    /// 3 to 20 digits; spaces, hyphens, dots, slashes, brackets and a plus are left out.
    #[schema(value_type = Option<PhoneNumber>)]
    phone: Option<String>,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `POST /customers/{id}/joins`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJoin {
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// A customer that was found.
#[derive(Serialize, ToSchema)]
pub struct FoundCustomer {
    id: CustomerId,
    name: String,
    /// The last digits of their phone number, four at most.
    phone_end: Option<String>,
    frozen: bool,
}

impl From<FoundRow> for FoundCustomer {
    fn from(row: FoundRow) -> Self {
        let phone_end = row.phone.as_deref().map(|phone| phone_end(phone).to_owned());
        Self { id: row.customer_id, name: row.name, phone_end, frozen: row.frozen }
    }
}

/// Customers that were found.
#[derive(Serialize, ToSchema)]
pub struct Found {
    /// The newest first, 20 at most.
    customers: Vec<FoundCustomer>,
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
    /// Part of the name, in any case, or the last digits of the phone number, three at least; left out, it finds the
    /// newest.
    #[serde(default)]
    query: String,
}

/// A phone number of a body.
pub fn parse_phone(text: &str) -> Result<PhoneNumber, ApiError> {
    PhoneNumber::parse(text).ok_or_else(|| ApiError::Malformed("a phone number has 3 to 20 digits".into()))
}

/// Find customers by part of their name or the end of their phone number
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
    let (shop, query) = (terminal.shop_id, find.query.trim());
    let mut found = match PhoneNumber::parse(query) {
        Some(end) => customer::find_by_phone(&mut *app.store.read().await?, shop, end.as_str()).await?,
        None => Vec::new(),
    };
    if found.is_empty() {
        let _turn = turn(&app.costly.searches, shop).await?;
        let mut conn = app.store.search().await?;
        let until = Instant::now() + SEARCH_TIME;
        found = customer::find(&mut conn, shop, query, until).await?.ok_or(ApiError::Busy)?;
    }
    Ok(axum::Json(Found { customers: found.into_iter().map(Into::into).collect() }))
}

refuses!(
    /// How a customer is not made.
    NewCustomerProblems: IdMismatch
);

/// Make a customer and a join link for their phone
#[utoipa::path(
    post, path = "/api/v1/customers", tag = "customers", operation_id = "create_customer",
    security(("terminal" = [])), request_body = NewCustomer,
    responses(
        (status = 201, description = "Made.", body = Created),
        (status = 200, description = "Made before, under the same id; the link is new.", body = Created),
        NewCustomerProblems, WhoProblems
    )
)]
pub async fn create(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<NewCustomer>,
) -> Result<(StatusCode, axum::Json<Created>), ApiError> {
    let name = parse_name(&body.name)?;
    let phone = body.phone.as_deref().map(parse_phone).transpose()?;
    let who = Who::needs(&app, &terminal, Role::Cashier, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.still(&mut write, now).await?;
    let person = (name.as_str(), phone.as_ref().map(PhoneNumber::as_str));
    let once = Once::of(&app, body.id, "customer", &[person.0, person.1.unwrap_or_default()]);
    let known = customer::by_request(&mut write, terminal.shop_id, body.id).await?;
    let fresh = known.is_none();
    let row = if let Some((row, fingerprint)) = known {
        once.is_the_same(fingerprint.as_deref())?;
        row
    } else {
        once.is_free(&mut write, terminal.shop_id).await?;
        let row = customer::create(&mut write, terminal.shop_id, person, Some(once.kept()), now).await?;
        who.note(&mut write, now, Deed::CustomerMade, Some(row.customer_id), json!({})).await?;
        row
    };
    let join = link(&mut write, &app, terminal.shop_id, row.customer_id).await?;
    write.commit().await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(Created { customer: row.into(), join })))
}

/// Make a join link for another phone of a customer
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/joins", tag = "customers", operation_id = "create_join",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = NewJoin,
    responses((status = 201, description = "A fresh link.", body = JoinLink), WhoProblems)
)]
pub async fn invite(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(customer): Path<String>,
    Json(body): Json<NewJoin>,
) -> Result<(StatusCode, axum::Json<JoinLink>), ApiError> {
    let customer = customer_id(&customer)?;
    customer::get(&mut *app.store.read().await?, terminal.shop_id, customer).await?.ok_or(ApiError::NotFound)?;
    let who = Who::needs(&app, &terminal, Role::Cashier, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.record(&mut write, now, Deed::JoinMade, Some(customer), json!({})).await?;
    let found = customer::get(&mut write, terminal.shop_id, customer).await?;
    let row = found.ok_or(ApiError::NotFound)?;
    let join = link(&mut write, &app, terminal.shop_id, row.customer_id).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(join)))
}

/// A fresh link; its code is in the fragment, which no server and no log ever sees.
pub async fn link(conn: &mut Connection, app: &App, shop: ShopId, customer: CustomerId) -> Result<JoinLink, ApiError> {
    let (code, hash) = token::new_invite();
    let now = (app.clock)();
    let expires_at = now + INVITE_MS;
    customer::invite(conn, shop, customer, &hash, now, expires_at).await?;
    Ok(JoinLink { url: format!("{}/#join={code}", app.phone_url), expires_at: rfc3339(expires_at) })
}
