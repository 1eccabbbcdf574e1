//! What is done to a customer that moves no value: frozen, a PIN, erased.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::parts::Path;
use super::person::known;
use super::pins;
use super::problem::refuses;
use super::request::customer_id;
use super::who::{ApprovalBody, Who, WhoProblems};
use crate::audit::Deed;
use crate::id::{CustomerId, OperatorId};
use crate::operator::Role;
use crate::status::StatusKind;
use crate::store::terminal::TerminalRow;
use crate::store::{customer, phone, status};

/// The body of a call that has nothing else to say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoBody {
    /// Who acts.
    pub operator: Option<OperatorId>,
    /// Who consents.
    pub approval: Option<ApprovalBody>,
}

/// The body of `POST /customers/{id}/pin`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinBody {
    /// Left out or null: the customer has none any more.
    #[schema(pattern = "^[0-9]{4,12}$", example = "2468")]
    pin: Option<String>,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `POST /customers/{id}/erase`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseBody {
    /// True also if they hold something: nobody can claim it afterwards, and the shop goes on owing it in its books.
    #[serde(default)]
    force: bool,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

refuses!(
    /// How a customer is not erased.
    EraseProblems: Stands
);

/// Freeze a customer: nothing is taken from them
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/freeze", tag = "customers", operation_id = "freeze_customer",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = WhoBody,
    responses((status = 204, description = "Frozen, or so before."), WhoProblems)
)]
pub async fn freeze(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<WhoBody>,
) -> Result<StatusCode, ApiError> {
    set_frozen(&app, &terminal, customer_id(&id)?, &body, true).await
}

/// Take from a frozen customer again
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/unfreeze", tag = "customers", operation_id = "unfreeze_customer",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = WhoBody,
    responses((status = 204, description = "Not frozen, or so before."), WhoProblems)
)]
pub async fn unfreeze(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<WhoBody>,
) -> Result<StatusCode, ApiError> {
    set_frozen(&app, &terminal, customer_id(&id)?, &body, false).await
}

async fn set_frozen(
    app: &App,
    terminal: &TerminalRow,
    id: CustomerId,
    body: &WhoBody,
    frozen: bool,
) -> Result<StatusCode, ApiError> {
    known(&mut *app.store.read().await?, terminal.shop_id, id).await?;
    let who = Who::needs(app, terminal, Role::Cashier, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.still(&mut write, now).await?;
    known(&mut write, terminal.shop_id, id).await?;
    if !customer::set_frozen(&mut write, id, frozen, now).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let (deed, kind) = if frozen {
        (Deed::CustomerFrozen, StatusKind::Frozen)
    } else {
        (Deed::CustomerUnfrozen, StatusKind::Unfrozen)
    };
    who.note(&mut write, now, deed, Some(id), json!({})).await?;
    let told = status::add(&mut write, who.news(id, kind), now).await?;
    write.commit().await?;
    app.hub.tell(told);
    Ok(StatusCode::NO_CONTENT)
}

/// Set a customer's PIN, or take it away
///
/// The customer stands at the terminal and types it.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/pin", tag = "customers", operation_id = "set_customer_pin",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = PinBody,
    responses((status = 204, description = "Set; wrong ones are forgotten."), WhoProblems)
)]
pub async fn set_pin(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<PinBody>,
) -> Result<StatusCode, ApiError> {
    let id = customer_id(&id)?;
    let pin = body.pin.as_deref().map(pins::parse).transpose()?;
    known(&mut *app.store.read().await?, terminal.shop_id, id).await?;
    let who = Who::needs(&app, &terminal, Role::Cashier, body.operator, body.approval.as_ref()).await?;
    let kept = match pin {
        Some(pin) => Some(pins::keep(&app, &terminal, pin).await?),
        None => None,
    };
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let deed = if kept.is_some() { Deed::PinSet } else { Deed::PinRemoved };
    who.record(&mut write, now, deed, Some(id), json!({})).await?;
    known(&mut write, terminal.shop_id, id).await?;
    customer::set_pin(&mut write, id, kept.as_ref()).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erase a customer's personal data
///
/// Name, phone number, PIN, notes and links are gone, phones and cards are taken back at once; the ledger's rows
/// stay and the books add up. It cannot be undone. A customer who holds something is erased only with `force`.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/erase", tag = "customers", operation_id = "erase_customer",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = EraseBody,
    responses((status = 204, description = "Erased."), EraseProblems, WhoProblems)
)]
pub async fn erase(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<EraseBody>,
) -> Result<StatusCode, ApiError> {
    let id = customer_id(&id)?;
    known(&mut *app.store.read().await?, terminal.shop_id, id).await?;
    let who = Who::needs(&app, &terminal, Role::Manager, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let (held, _) = customer::held(&mut write, id).await?;
    let holds = held.iter().any(|account| account.principal + account.bonus > 0);
    if holds && !body.force {
        return Err(ApiError::Stands);
    }
    who.record(&mut write, now, Deed::CustomerErased, Some(id), json!({ "force": holds })).await?;
    known(&mut write, terminal.shop_id, id).await?;
    let credentials = phone::credentials(&mut write, id).await?;
    customer::erase(&mut write, id, now).await?;
    write.commit().await?;
    for credential in credentials {
        app.hub.revoke(id, credential.number()?);
    }
    Ok(StatusCode::NO_CONTENT)
}
