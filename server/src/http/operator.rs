//! Operators: who may stand at the shop's terminals, and what their role is.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::once::Once;
use super::parts::Path;
use super::pins;
use super::problem::refuses;
use super::settings::tell_terminals;
use super::who::{ApprovalBody, Who, WhoProblems};
use crate::audit::Deed;
use crate::id::{MAX_ID, OperatorId, RequestId};
use crate::ledger::Millis;
use crate::name::{self, Name};
use crate::operator::Role;
use crate::store::Connection;
use crate::store::operator::{self, OperatorRow};
use crate::store::terminal::TerminalRow;

/// An operator.
#[derive(Serialize, ToSchema)]
pub struct ShownOperator {
    id: OperatorId,
    name: String,
    role: Role,
    /// Whether their session is open on this terminal.
    open: bool,
    /// They may do nothing any more; the books still name them.
    disabled: bool,
}

impl From<OperatorRow> for ShownOperator {
    fn from(row: OperatorRow) -> Self {
        Self { id: row.operator_id, name: row.name, role: row.role, open: row.open, disabled: row.disabled }
    }
}

/// The shop's operators.
#[derive(Serialize, ToSchema)]
pub struct Operators {
    /// By name, disabled ones last. None at all: nobody is asked who they are.
    operators: Vec<ShownOperator>,
}

/// The body of `POST /operators`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperator {
    /// Chosen by the terminal: the same id again makes no second operator.
    id: Option<RequestId>,
    /// No two enabled operators of a shop have the same.
    #[schema(value_type = Name)]
    name: String,
    role: Role,
    #[schema(pattern = "^[0-9]{4,12}$", example = "2468")]
    pin: String,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `PATCH /operators/{id}`; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorChange {
    #[schema(value_type = Option<Name>)]
    name: Option<String>,
    role: Option<Role>,
    /// A new PIN locks their sessions and lifts a block.
    #[schema(pattern = "^[0-9]{4,12}$", example = "2468")]
    pin: Option<String>,
    /// True locks their sessions.
    disabled: Option<bool>,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

refuses!(
    /// How an operator is not made or changed.
    OperatorProblems: Stands, IdMismatch
);

/// A name of a body.
pub fn parse_name(text: &str) -> Result<Name, ApiError> {
    let chars = name::MAX_CHARS;
    Name::parse(text)
        .ok_or_else(|| ApiError::Malformed(format!("a name has 1 to {chars} characters and none that controls text")))
}

/// An operator's id in a path.
pub fn operator_id(text: &str) -> Result<OperatorId, ApiError> {
    let id = text.parse().ok().filter(|id| (1..=MAX_ID).contains(id));
    id.map(OperatorId).ok_or(ApiError::NotFound)
}

/// The shop's operators, for the screen on which one gives their PIN
#[utoipa::path(
    get, path = "/api/v1/operators", tag = "operators", operation_id = "list_operators",
    security(("terminal" = [])), responses((status = 200, description = "All of them.", body = Operators))
)]
pub async fn list(State(app): State<App>, Terminal(terminal): Terminal) -> Result<axum::Json<Operators>, ApiError> {
    let mut conn = app.store.read().await?;
    let rows = operator::all(&mut conn, terminal.shop_id, terminal.terminal_id, (app.clock)()).await?;
    Ok(axum::Json(Operators { operators: rows.into_iter().map(Into::into).collect() }))
}

/// Make an operator
///
/// The first one is an owner, and anybody at a terminal may make them; from then on every call says who acts, and
/// only an owner makes operators.
#[utoipa::path(
    post, path = "/api/v1/operators", tag = "operators", operation_id = "create_operator",
    security(("terminal" = [])), request_body = NewOperator,
    responses(
        (status = 201, description = "Made.", body = ShownOperator),
        (status = 200, description = "Made before, under the same id.", body = ShownOperator),
        OperatorProblems, WhoProblems
    )
)]
pub async fn create(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<NewOperator>,
) -> Result<(StatusCode, axum::Json<ShownOperator>), ApiError> {
    let (name, pin) = (parse_name(&body.name)?, pins::parse(&body.pin)?);
    let once = body.id.map(|id| Once::of(&app, id, "operator", &[name.as_str(), body.role.as_str()]));
    if let Some(row) = made_before(&mut *app.store.read().await?, &terminal, once.as_ref(), (app.clock)()).await? {
        return Ok((StatusCode::OK, axum::Json(row.into())));
    }
    let who = Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    let kept = pins::keep(&app, &terminal, pin).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.still(&mut write, now).await?;
    if body.role != Role::Owner && !operator::any(&mut write, terminal.shop_id).await? {
        return Err(ApiError::Stands);
    }
    // The same request may have come twice at once.
    if let Some(row) = made_before(&mut write, &terminal, once.as_ref(), now).await? {
        return Ok((StatusCode::OK, axum::Json(row.into())));
    }
    if let Some(once) = &once {
        once.is_free(&mut write, terminal.shop_id).await?;
    }
    let (person, request) = ((name.as_str(), body.role, &kept), once.map(|once| once.kept()));
    let made = operator::create(&mut write, terminal.shop_id, person, request, now).await?;
    let id = made.ok_or(ApiError::Stands)?;
    let detail = json!({ "operator": id, "role": body.role });
    who.note(&mut write, now, Deed::OperatorMade, None, detail).await?;
    let row = one(&mut write, &terminal, id, now).await?;
    write.commit().await?;
    tell_terminals(&app, terminal.shop_id);
    Ok((StatusCode::CREATED, axum::Json(row.into())))
}

/// The operator whom the request made before.
async fn made_before(
    conn: &mut Connection,
    terminal: &TerminalRow,
    once: Option<&Once>,
    now: Millis,
) -> Result<Option<OperatorRow>, ApiError> {
    let Some(once) = once else { return Ok(None) };
    let Some((id, fingerprint)) = operator::by_request(conn, terminal.shop_id, once.id).await? else { return Ok(None) };
    once.is_the_same(fingerprint.as_deref())?;
    Ok(Some(one(conn, terminal, id, now).await?))
}

/// Rename an operator, change their role or PIN, disable or enable them
///
/// The last owner stays one: `stands`.
#[utoipa::path(
    patch, path = "/api/v1/operators/{id}", tag = "operators", operation_id = "change_operator",
    security(("terminal" = [])), params(("id" = OperatorId, Path, description = "The operator.")),
    request_body = OperatorChange,
    responses((status = 200, description = "Changed.", body = ShownOperator), OperatorProblems, WhoProblems)
)]
pub async fn change(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<OperatorChange>,
) -> Result<axum::Json<ShownOperator>, ApiError> {
    let id = operator_id(&id)?;
    let name = body.name.as_deref().map(parse_name).transpose()?;
    let pin = body.pin.as_deref().map(pins::parse).transpose()?;
    one(&mut *app.store.read().await?, &terminal, id, (app.clock)()).await?;
    let who = Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    let kept = match pin {
        Some(pin) => Some(pins::keep(&app, &terminal, pin).await?),
        None => None,
    };
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let detail = json!({
        "operator": id, "name": name.is_some(), "role": body.role, "pin": kept.is_some(), "disabled": body.disabled,
    });
    who.record(&mut write, now, Deed::OperatorChanged, None, detail).await?;
    let mut row = one(&mut write, &terminal, id, now).await?;
    row.name = name.map_or(row.name, |name| name.as_str().to_owned());
    row.role = body.role.unwrap_or(row.role);
    row.disabled = body.disabled.unwrap_or(row.disabled);
    if !operator::change(&mut write, &row, now).await? || operator::owners(&mut write, terminal.shop_id).await? == 0 {
        return Err(ApiError::Stands);
    }
    if let Some(kept) = &kept {
        operator::set_pin(&mut write, id, kept).await?;
    }
    if row.disabled || kept.is_some() {
        operator::close_sessions_of(&mut write, id).await?;
    }
    let row = one(&mut write, &terminal, id, now).await?;
    write.commit().await?;
    tell_terminals(&app, terminal.shop_id);
    Ok(axum::Json(row.into()))
}

async fn one(
    conn: &mut Connection,
    terminal: &TerminalRow,
    id: OperatorId,
    now: Millis,
) -> Result<OperatorRow, ApiError> {
    operator::get(conn, terminal.shop_id, terminal.terminal_id, id, now).await?.ok_or(ApiError::NotFound)
}
