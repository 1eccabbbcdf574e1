//! Sessions: an operator opens a terminal with their PIN, and locks it again.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::operator::{ShownOperator, operator_id};
use super::parts::Path;
use super::pins;
use super::problem::refuses;
use super::who::prove;
use crate::audit::{Act, Deed};
use crate::id::OperatorId;
use crate::ledger::{Millis, rfc3339};
use crate::store::terminal::TerminalRow;
use crate::store::{audit, operator};

/// How long a session is open, if nobody locks it: a long working day.
pub const SESSION_MS: Millis = 16 * 60 * 60 * 1000;

/// The body of `POST /sessions`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenBody {
    operator: OperatorId,
    #[schema(pattern = "^[0-9]{4,12}$", example = "2468")]
    pin: String,
}

/// An open session.
#[derive(Serialize, ToSchema)]
pub struct OpenSession {
    operator: ShownOperator,
    /// When the PIN is asked for again.
    #[schema(format = DateTime)]
    expires_at: String,
}

refuses!(
    /// How a session is not opened.
    SessionProblems: NotFound, PinWrong, TooManyAttempts, Busy
);

/// Open a session of an operator on this terminal with their PIN
///
/// Five wrong PINs in a row block the operator's PIN for 15 minutes, on every terminal. Several operators may have
/// sessions on one terminal; each call says who acts.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "operators", operation_id = "open_session",
    security(("terminal" = [])), request_body = OpenBody,
    responses((status = 201, description = "Open.", body = OpenSession), SessionProblems)
)]
pub async fn open(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<OpenBody>,
) -> Result<(StatusCode, axum::Json<OpenSession>), ApiError> {
    prove(&app, &terminal, body.operator, pins::parse(&body.pin)?).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let expires_at = now + SESSION_MS;
    operator::open_session(&mut write, terminal.terminal_id, body.operator, now, expires_at).await?;
    audit::add(&mut write, &act(&terminal, Deed::SessionOpened, body.operator, now)).await?;
    let row = operator::get(&mut write, terminal.shop_id, terminal.terminal_id, body.operator, now).await?;
    // Disabled while the PIN was compared: then nothing is opened.
    let row = row.filter(|row| !row.disabled).ok_or(ApiError::NotFound)?;
    write.commit().await?;
    let session = OpenSession { operator: row.into(), expires_at: rfc3339(expires_at) };
    Ok((StatusCode::CREATED, axum::Json(session)))
}

/// Lock an operator's session on this terminal
#[utoipa::path(
    delete, path = "/api/v1/sessions/{operator}", tag = "operators", operation_id = "close_session",
    security(("terminal" = [])), params(("operator" = OperatorId, Path, description = "The operator.")),
    responses((status = 204, description = "Locked, or it was not open."))
)]
pub async fn close(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(operator): Path<String>,
) -> Result<StatusCode, ApiError> {
    let (operator, now) = (operator_id(&operator)?, (app.clock)());
    let mut write = app.store.begin_write().await?;
    let row = operator::get(&mut write, terminal.shop_id, terminal.terminal_id, operator, now).await?;
    row.ok_or(ApiError::NotFound)?;
    if operator::close_session(&mut write, terminal.terminal_id, operator).await? {
        audit::add(&mut write, &act(&terminal, Deed::SessionClosed, operator, now)).await?;
    }
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn act(terminal: &TerminalRow, deed: Deed, operator: OperatorId, now: Millis) -> Act {
    Act {
        shop: Some(terminal.shop_id),
        at: now,
        deed,
        terminal: Some(terminal.terminal_id),
        operator: Some(operator),
        approver: None,
        customer: None,
        detail: serde_json::json!({}),
    }
}
