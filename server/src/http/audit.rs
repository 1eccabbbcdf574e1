//! What was done that moved no value, for a manager to read.

use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Terminal;
use super::error::ApiError;
use super::parts::Query;
use super::who::{Asking, Who, WhoProblems};
use crate::audit::Deed;
use crate::id::{CustomerId, OperatorId, TerminalId};
use crate::ledger::rfc3339;
use crate::operator::Role;
use crate::store::audit::{self, ActRow, Wanted};
use crate::{closing, day, store};

/// One deed.
#[derive(Serialize, ToSchema)]
pub struct ShownAct {
    /// Later deeds have higher numbers.
    #[schema(minimum = 1)]
    number: i64,
    #[schema(format = DateTime)]
    at: String,
    /// What; later servers may know more words.
    #[schema(value_type = Deed, example = "operator_made")]
    act: String,
    terminal: Option<TerminalId>,
    operator: Option<OperatorId>,
    approver: Option<OperatorId>,
    customer: Option<CustomerId>,
    /// What screens call that customer now, unless they were erased.
    customer_name: Option<String>,
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
            customer_name: row.customer_name,
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

/// The query of `GET /audit`; what is left out may be anything.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The last number of the page before; left out: from the newest.
    before: Option<i64>,
    /// Who did it; 0: nobody who said who they were.
    #[param(minimum = 0)]
    by: Option<i64>,
    /// The business day.
    #[param(value_type = Option<String>, format = Date)]
    date: Option<Date>,
}

/// What was done that moved no value
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "operators", operation_id = "list_acts",
    security(("terminal" = [])), params(Asking, Which),
    responses((status = 200, description = "The newest first, 100 at most.", body = Acts), WhoProblems)
)]
pub async fn list(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(which): Query<Which>,
) -> Result<axum::Json<Acts>, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    if which.by.is_some_and(|id| id < 0) {
        return Err(ApiError::Malformed("operators have no negative numbers; 0 is nobody".to_owned()));
    }
    let mut conn = app.store.read().await?;
    let during = match which.date {
        Some(date) => {
            let settings = store::report::settings(&mut conn, terminal.shop_id).await?;
            let (zone, start_min) = (closing::zone(&settings)?, settings.day_start_min);
            day::start(&zone, start_min, date)..day::start(&zone, start_min, day::following(date))
        }
        None => 0..i64::MAX,
    };
    let by = which.by.map(|id| (id != 0).then_some(OperatorId(id)));
    let wanted = Wanted { before: which.before.unwrap_or(i64::MAX), by, during };
    let rows = audit::page(&mut conn, terminal.shop_id, &wanted).await?;
    Ok(axum::Json(Acts { acts: rows.into_iter().map(Into::into).collect() }))
}
