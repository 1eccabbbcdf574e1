//! Customers with their balances, out of a CSV file.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use utoipa::{IntoParams, ToSchema};

use super::auth::Terminal;
use super::error::ApiError;
use super::parts::Query;
use super::problem::refuses;
use super::who::{Who, WhoProblems};
use super::{App, body, turn};
use crate::id::{OperatorId, RequestId};
use crate::import::{self, Imported, Order, Summary};
use crate::operator::Role;
use crate::provision::By;
use crate::sheet::MAX_BYTES;
use crate::store;

/// The longest that a file may take to arrive.
const FILE_TIMEOUT: Duration = Duration::from_mins(1);

/// The query of `POST /imports`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The idempotency key: the same id with the same file is done once.
    id: RequestId,
    /// Only say what would be done, or what is wrong.
    #[serde(default)]
    dry_run: bool,
    /// Who imports, an owner; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
}

/// What was done, or would be.
#[derive(Serialize, ToSchema)]
pub struct ImportAnswer {
    id: RequestId,
    /// Whether nothing was written.
    dry_run: bool,
    #[serde(flatten)]
    summary: Summary,
    /// The first entry of the opening balances; one more than the last if there are none. Null for a dry run.
    first_entry: Option<i64>,
    /// The last one.
    last_entry: Option<i64>,
}

refuses!(
    /// What an import can end with.
    ImportProblems: IdMismatch, Busy
);

/// Bring customers with their balances in
///
/// The first line names the columns: `name`, `external_id`, `phone`, and for each unit of the shop `wash`,
/// `wash_bonus`, `wash_expires`; money in decimals of the currency, dates like 2027-12-31. UTF-8, UTF-16 or GB18030.
/// All or nothing: if one cell is wrong, the answer is `malformed` with `wrong`, a list of lines and columns. At most
/// 200,000 customers and 32 MiB. Nobody is told of their opening balance.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "customers", operation_id = "import_customers",
    security(("terminal" = [])), params(Asked),
    request_body(content = String, content_type = "text/csv", description = "The file, not compressed."),
    responses(
        (status = 201, description = "Done.", body = ImportAnswer),
        (status = 200, description = "A dry run, or done before under the same id.", body = ImportAnswer),
        ImportProblems,
        WhoProblems
    )
)]
pub async fn import(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    request: Request,
) -> Result<(StatusCode, axum::Json<ImportAnswer>), ApiError> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(ApiError::Malformed("send the file as it is, not compressed".into()));
    }
    let who = Who::needs(&app, &terminal, Role::Owner, asked.operator, None).await?;
    let _turn = turn(&app.costly.imports, terminal.shop_id).await?;
    let bytes = body::whole(&app, request, MAX_BYTES, FILE_TIMEOUT).await?;
    let by = By { terminal: Some(terminal.terminal_id), operator: who.operator };
    let order = Order { shop: terminal.shop_id, request: asked.id, by, dry_run: asked.dry_run };
    let (store, now, runtime) = (app.store.clone(), (app.clock)(), Handle::current());
    // It computes for seconds, and holds the database's handle meanwhile.
    let work = move || runtime.block_on(import::import(&store, order, &bytes, now));
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_| store::Error::Inconsistent("an import that broke off"))??;
    let answer = |summary, entries: Option<(i64, i64)>| ImportAnswer {
        id: asked.id,
        dry_run: entries.is_none(),
        summary,
        first_entry: entries.map(|(first, _)| first),
        last_entry: entries.map(|(_, last)| last),
    };
    let (status, kept) = match done {
        Imported::Would(summary) => return Ok((StatusCode::OK, axum::Json(answer(summary, None)))),
        Imported::Fresh(kept) => (StatusCode::CREATED, kept),
        Imported::Known(kept) => (StatusCode::OK, kept),
        Imported::Wrong(wrongs) => return Err(ApiError::WrongCells(wrongs)),
        Imported::IdMismatch => return Err(ApiError::IdMismatch),
    };
    let summary = import::summary_of(&kept)?;
    Ok((status, axum::Json(answer(summary, Some((kept.first_entry, kept.last_entry))))))
}
