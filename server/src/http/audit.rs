//! What was done that moved no value, for a manager to read.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Terminal;
use super::error::ApiError;
use super::parts::Query;
use super::who::{Asking, Who, WhoProblems};
use crate::id::{CustomerId, OperatorId, TerminalId};
use crate::ledger::rfc3339;
use crate::operator::Role;
use crate::store::audit::{self, ActRow};

/// One deed.
#[derive(Serialize, ToSchema)]
pub struct ShownAct {
    /// Later deeds have higher numbers.
    #[schema(minimum = 1)]
    number: i64,
    #[schema(format = DateTime)]
    at: String,
    /// What, from a list that may grow.
    #[schema(value_type = String, example = "operator_made")]
    act: String,
    terminal: Option<TerminalId>,
    operator: Option<OperatorId>,
    approver: Option<OperatorId>,
    customer: Option<CustomerId>,
    /// To what and how.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

impl From<ActRow> for ShownAct {
    fn from(row: ActRow) -> Self {
        Self {
            number: row.audit_id,
            at: rfc3339(row.at),
            act: row.act,
            terminal: row.terminal_id,
            operator: row.operator_id,
            approver: row.approver_id,
            customer: row.customer_id,
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
        }
    }
}

/// Deeds, the newest first.
#[derive(Serialize, ToSchema)]
pub struct Acts {
    /// 100 at most.
    acts: Vec<ShownAct>,
}

/// The query of `GET /audit`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Before {
    /// The last number of the page before; left out: from the newest.
    before: Option<i64>,
}

/// What was done that moved no value
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "operators", operation_id = "list_acts",
    security(("terminal" = [])), params(Asking, Before),
    responses((status = 200, description = "The newest first, 100 at most.", body = Acts), WhoProblems)
)]
pub async fn list(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(page): Query<Before>,
) -> Result<axum::Json<Acts>, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let mut conn = app.store.read().await?;
    let rows = audit::page(&mut conn, terminal.shop_id, page.before.unwrap_or(i64::MAX)).await?;
    Ok(axum::Json(Acts { acts: rows.into_iter().map(Into::into).collect() }))
}
