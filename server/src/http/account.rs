//! Refunds, transfers, adjustments and dates: what a manager does to a customer's account.
//!
//! The ids are of the same namespace as redemptions and top-ups, and are settled by the same writer. A date moves no
//! value and has no id: setting it again changes nothing.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::parts::Path;
use super::person::known;
use super::problem::refuses;
use super::request::{By, CancelBody, cancel, customer_id, get, settle};
use super::show::Ended;
use super::who::{ApprovalBody, Who, WhoProblems};
use crate::audit::Deed;
use crate::id::{CustomerId, OperatorId, RequestId};
use crate::ledger::rfc3339;
use crate::operator::Role;
use crate::request::{Noun, Wish};
use crate::status::{News, StatusKind};
use crate::store::{customer, status};
use crate::unit::Unit;

/// The body of `POST /customers/{id}/refunds`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundBody {
    id: RequestId,
    #[schema(value_type = Unit)]
    unit: String,
    /// Of what was paid for; left out: all that is left.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount: Option<i64>,
    /// Whether the bonus that is left is given up with it.
    #[serde(default)]
    forfeit_bonus: bool,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// Who stands at the terminal; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `POST /customers/{id}/transfers`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferBody {
    id: RequestId,
    /// The customer who gets it.
    to: CustomerId,
    #[schema(value_type = Unit)]
    unit: String,
    /// Left out: all that is there, bonus included.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount: Option<i64>,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// Who stands at the terminal; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `POST /customers/{id}/adjustments`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustBody {
    id: RequestId,
    #[schema(value_type = Unit)]
    unit: String,
    /// Of what was paid for; below zero it is taken. It and `bonus` are not both zero.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    amount: i64,
    /// Of what the shop gave; below zero it is taken.
    #[serde(default)]
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    bonus: i64,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// Who stands at the terminal; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `PUT /customers/{id}/expiry`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpiryBody {
    unit: Unit,
    /// From then on nothing is taken; left out or null: it does not expire. A later one takes an expired account up
    /// again.
    #[schema(format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<String>,
    /// Who stands at the terminal; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

refuses!(
    /// How a refund is refused.
    RefundProblems: Frozen, UnitUnknown, AmountInvalid, PinWrong, ApprovalRequired, InsufficientBalance, Cancelled,
    IdMismatch, Busy, ClockWrong
);
refuses!(
    /// How a transfer is refused.
    TransferProblems: Frozen, UnitUnknown, AmountInvalid, LimitExceeded, PinWrong, ApprovalRequired, PassExpired,
    InsufficientBalance, Cancelled, IdMismatch, Busy, ClockWrong
);
refuses!(
    /// How an adjustment is refused.
    AdjustProblems: UnitUnknown, AmountInvalid, LimitExceeded, PinWrong, ApprovalRequired, InsufficientBalance,
    Cancelled, IdMismatch, Busy, ClockWrong
);
refuses!(
    /// How a cancel is refused.
    CancelProblems: PinWrong, ApprovalRequired, Stands, IdMismatch, Busy, ClockWrong
);

fn needs_reason(reason: &str) -> Result<(), ApiError> {
    if reason.is_empty() { Err(ApiError::Malformed("reason has to say why".into())) } else { Ok(()) }
}

/// Pay out what is left of what was paid for
///
/// Bonus is never paid out; it stays, or is given up with `forfeit_bonus`. A manager has to approve.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/refunds", tag = "refunds", security(("terminal" = [])),
    params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = RefundBody,
    responses(
        (status = 201, description = "Paid out.", body = Ended),
        (status = 200, description = "Paid out before, under the same id.", body = Ended),
        RefundProblems
    )
)]
pub async fn refund(
    State(app): State<App>,
    terminal: Terminal,
    Path(customer): Path<String>,
    Json(body): Json<RefundBody>,
) -> Result<Response, ApiError> {
    let customer = customer_id(&customer)?;
    let RefundBody { id, unit, amount, forfeit_bonus, reason, operator, approval } = body;
    needs_reason(&reason)?;
    let wish = Wish::Refund { customer, unit, amount, forfeit_bonus, reason };
    settle(&app, &terminal, (id, By { operator, approval }), wish).await
}

/// Move value to another customer of the shop
///
/// Both parts move, and both customers are told; the later date holds for both. A manager has to approve.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/transfers", tag = "transfers", security(("terminal" = [])),
    params(("id" = CustomerId, Path, description = "The customer who gives it.")),
    request_body = TransferBody,
    responses(
        (status = 201, description = "Moved.", body = Ended),
        (status = 200, description = "Moved before, under the same id.", body = Ended),
        TransferProblems
    )
)]
pub async fn transfer(
    State(app): State<App>,
    terminal: Terminal,
    Path(customer): Path<String>,
    Json(body): Json<TransferBody>,
) -> Result<Response, ApiError> {
    let customer = customer_id(&customer)?;
    let TransferBody { id, to, unit, amount, reason, operator, approval } = body;
    needs_reason(&reason)?;
    if to == customer {
        return Err(ApiError::Malformed("to is the customer who gives it".into()));
    }
    let wish = Wish::Transfer { customer, to, unit, amount, reason };
    settle(&app, &terminal, (id, By { operator, approval }), wish).await
}

/// Correct an account, up or down
///
/// A manager has to approve.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/adjustments", tag = "adjustments", security(("terminal" = [])),
    params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = AdjustBody,
    responses(
        (status = 201, description = "Corrected.", body = Ended),
        (status = 200, description = "Corrected before, under the same id.", body = Ended),
        AdjustProblems
    )
)]
pub async fn adjust(
    State(app): State<App>,
    terminal: Terminal,
    Path(customer): Path<String>,
    Json(body): Json<AdjustBody>,
) -> Result<Response, ApiError> {
    let customer = customer_id(&customer)?;
    let AdjustBody { id, unit, amount, bonus, reason, operator, approval } = body;
    needs_reason(&reason)?;
    let wish = Wish::Adjust { customer, unit, amount, bonus, reason };
    settle(&app, &terminal, (id, By { operator, approval }), wish).await
}

/// Give an account another date
///
/// The customer is told. A manager has to approve.
#[utoipa::path(
    put, path = "/api/v1/customers/{id}/expiry", tag = "customers", operation_id = "set_expiry",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = ExpiryBody,
    responses((status = 204, description = "Set, or so before."), WhoProblems)
)]
pub async fn set_expiry(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<ExpiryBody>,
) -> Result<StatusCode, ApiError> {
    let id = customer_id(&id)?;
    let date = body.expires_at.as_deref().map(str::parse::<jiff::Timestamp>).transpose();
    let date = date.map_err(|_| ApiError::Malformed("expires_at is a time like 2027-01-01T00:00:00Z".into()))?;
    let date = date.map(jiff::Timestamp::as_millisecond);
    known(&mut *app.store.read().await?, terminal.shop_id, id).await?;
    let who = Who::needs(&app, &terminal, Role::Manager, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.still(&mut write, now).await?;
    known(&mut write, terminal.shop_id, id).await?;
    if !customer::set_expiry(&mut write, id, &body.unit, date).await?.ok_or(ApiError::NotFound)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let detail = json!({ "unit": body.unit, "expires_at": date.map(rfc3339) });
    who.note(&mut write, now, Deed::ExpirySet, Some(id), detail).await?;
    let news = News { unit: Some(body.unit), expires_at: date, ..who.news(id, StatusKind::ExpiresAt) };
    let told = status::add(&mut write, news, now).await?;
    write.commit().await?;
    app.hub.tell(told);
    Ok(StatusCode::NO_CONTENT)
}

/// How a refund ended
#[utoipa::path(
    get, path = "/api/v1/refunds/{id}", tag = "refunds", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the refund.")),
    responses((status = 200, description = "Recorded, refused or cancelled.", body = Ended))
)]
pub async fn get_refund(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::Refund, &id).await
}

/// Make the id of a refund final and without effect
///
/// Whether the request arrived, is on its way or never comes. What was recorded is moved back. Repeated, it answers
/// the same.
#[utoipa::path(
    post, path = "/api/v1/refunds/{id}/cancel", tag = "refunds", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the refund.")),
    request_body = CancelBody,
    responses((status = 200, description = "It has no effect, now and for ever.", body = Ended), CancelProblems)
)]
pub async fn cancel_refund(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(body): Json<CancelBody>,
) -> Result<Response, ApiError> {
    cancel(&app, &terminal, Noun::Refund, &id, body).await
}

/// How a transfer ended
#[utoipa::path(
    get, path = "/api/v1/transfers/{id}", tag = "transfers", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the transfer.")),
    responses((status = 200, description = "Recorded, refused or cancelled.", body = Ended))
)]
pub async fn get_transfer(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::Transfer, &id).await
}

/// Make the id of a transfer final and without effect
///
/// Whether the request arrived, is on its way or never comes. What was recorded is moved back. Repeated, it answers
/// the same.
#[utoipa::path(
    post, path = "/api/v1/transfers/{id}/cancel", tag = "transfers", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the transfer.")),
    request_body = CancelBody,
    responses((status = 200, description = "It has no effect, now and for ever.", body = Ended), CancelProblems)
)]
pub async fn cancel_transfer(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(body): Json<CancelBody>,
) -> Result<Response, ApiError> {
    cancel(&app, &terminal, Noun::Transfer, &id, body).await
}

/// How an adjustment ended
#[utoipa::path(
    get, path = "/api/v1/adjustments/{id}", tag = "adjustments", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the adjustment.")),
    responses((status = 200, description = "Recorded, refused or cancelled.", body = Ended))
)]
pub async fn get_adjustment(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::Adjustment, &id).await
}

/// Make the id of an adjustment final and without effect
///
/// Whether the request arrived, is on its way or never comes. What was recorded is moved back. Repeated, it answers
/// the same.
#[utoipa::path(
    post, path = "/api/v1/adjustments/{id}/cancel", tag = "adjustments", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the adjustment.")),
    request_body = CancelBody,
    responses((status = 200, description = "It has no effect, now and for ever.", body = Ended), CancelProblems)
)]
pub async fn cancel_adjustment(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(body): Json<CancelBody>,
) -> Result<Response, ApiError> {
    cancel(&app, &terminal, Noun::Adjustment, &id, body).await
}
