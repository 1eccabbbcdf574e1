//! Day closings: X and Z reports, and what the shop owes. Business days are `http/day`'s.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::parts::{Path, Query};
use super::problem::refuses;
use super::request::request_id;
use super::who::{ApprovalBody, Asking, Who, WhoProblems};
use crate::closing::{self, Close, Closed};
use crate::id::{OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Millis, rfc3339};
use crate::operator::Role;
use crate::report::{self, Held, Total, Totals, ZReport};
use crate::store::{self, Connection};
use crate::unit::Unit;

/// How soon what is about to expire is named apart, in days from now.
const SOON_DAYS: [i64; 2] = [30, 90];
const DAY_MS: Millis = 24 * 60 * 60 * 1000;

/// What screens call an operator.
#[derive(Serialize, ToSchema)]
pub struct OperatorName {
    id: OperatorId,
    name: String,
}

/// What screens call a terminal.
#[derive(Serialize, ToSchema)]
pub struct TerminalName {
    id: TerminalId,
    name: String,
}

/// An X report: since the last Z report. It closes nothing.
#[derive(Serialize, ToSchema)]
pub struct XReport {
    /// Of a practice shop: never to be booked.
    practice: bool,
    /// The server's time.
    #[schema(format = DateTime)]
    time: String,
    #[serde(flatten)]
    totals: Totals,
    operator_names: Vec<OperatorName>,
    terminal_names: Vec<TerminalName>,
}

/// A Z report, as it was closed.
#[derive(Serialize, ToSchema)]
pub struct ShownZ {
    #[serde(flatten)]
    head: ZHead,
    /// Of a practice shop: never to be booked.
    practice: bool,
    #[serde(flatten)]
    totals: Totals,
    operator_names: Vec<OperatorName>,
    terminal_names: Vec<TerminalName>,
}

/// A Z report without its totals.
#[derive(Serialize, ToSchema)]
pub struct ZHead {
    id: RequestId,
    /// 1, 2, 3 … in this shop.
    #[schema(minimum = 1)]
    number: i64,
    #[schema(format = DateTime)]
    at: String,
    /// Where it was closed.
    terminal: TerminalId,
    /// Who closed it; null: no operator.
    operator: Option<OperatorId>,
    /// Who approved it.
    approver: Option<OperatorId>,
    /// Chains it to the report before and to the ledger; hexadecimal.
    hash: String,
}

/// A page of Z reports.
#[derive(Serialize, ToSchema)]
pub struct ZList {
    /// The latest first, 50 at most.
    reports: Vec<ZRange>,
}

/// A Z report with its range.
#[derive(Serialize, ToSchema)]
pub struct ZRange {
    #[serde(flatten)]
    head: ZHead,
    first_entry: i64,
    /// One less than the first where there is none.
    last_entry: i64,
}

/// What customers hold.
#[derive(Serialize, ToSchema)]
pub struct LiabilityAnswer {
    /// Of a practice shop: never to be booked.
    practice: bool,
    /// Right after this entry.
    entry: i64,
    /// The server's time.
    #[schema(format = DateTime)]
    time: String,
    units: Vec<Held>,
    /// Of what is held now: what will be past its date some time soon.
    expiring: Vec<Expiring>,
}

/// What will be past its date some time soon.
#[derive(Serialize, ToSchema)]
pub struct Expiring {
    within_days: i64,
    unit: Unit,
    principal: Total,
    bonus: Total,
}

/// The body of `POST /reports/z`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseBody {
    /// The idempotency key: the same id again answers the same report.
    id: RequestId,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The query of `GET /reports/z`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ZPage {
    /// Only reports with a lower number.
    before: Option<i64>,
}

/// The query of `GET /reports/liability`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AtEntry {
    /// Right after which entry; left out, after the last one.
    #[param(minimum = 0)]
    entry: Option<i64>,
}

refuses!(
    /// What closing can end with.
    CloseProblems: IdMismatch, Busy
);

refuses!(
    /// What a report can end with.
    ReportProblems: Busy
);

refuses!(
    /// What a liability can end with: there may be no such entry.
    LiabilityProblems: NotFound, Busy
);

/// What happened since the last Z report
///
/// Computed from the ledger: from the entry after the last Z report's last one to now. It changes nothing.
#[utoipa::path(
    get, path = "/api/v1/reports/x", tag = "reports", operation_id = "get_x_report", security(("terminal" = [])),
    params(Asking),
    responses((status = 200, description = "Since the last Z report.", body = XReport), ReportProblems, WhoProblems)
)]
pub async fn x(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
) -> Result<axum::Json<XReport>, ApiError> {
    Who::needs(&app, &terminal, Role::Cashier, asking.operator, None).await?;
    let _turn = app.heavy(terminal.shop_id).await?;
    let (shop, now) = (terminal.shop_id, (app.clock)());
    let mut moment = app.store.begin_read().await?;
    let totals = closing::x(&mut moment, shop, now).await?;
    let practice = store::report::settings(&mut moment, shop).await?.practice;
    let (operator_names, terminal_names) = names(&mut moment, shop).await?;
    Ok(axum::Json(XReport { practice, time: rfc3339(now), totals, operator_names, terminal_names }))
}

/// Close the day
///
/// From the entry after the last Z report's last one to the ledger's last entry. The report is kept as it is,
/// numbered, for ever. Where nothing happened since the last one, its range is empty: closed at two terminals at
/// once, one of the two reports is, and no entry is in both.
#[utoipa::path(
    post, path = "/api/v1/reports/z", tag = "reports", operation_id = "close_day", security(("terminal" = [])),
    request_body = CloseBody,
    responses(
        (status = 201, description = "Closed.", body = ShownZ),
        (status = 200, description = "Closed before, under the same id.", body = ShownZ),
        CloseProblems,
        WhoProblems
    )
)]
pub async fn close(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<CloseBody>,
) -> Result<(StatusCode, axum::Json<ShownZ>), ApiError> {
    let who = Who::needs(&app, &terminal, Role::Manager, body.operator, body.approval.as_ref()).await?;
    let _turn = app.heavy(terminal.shop_id).await?;
    let close = Close {
        shop: terminal.shop_id,
        request: body.id,
        terminal: terminal.terminal_id,
        operator: who.operator,
        approver: who.approver,
    };
    let (status, report) = match closing::z(&app.store, close, (app.clock)()).await? {
        Closed::Fresh(report) => (StatusCode::CREATED, report),
        Closed::Known(report) => (StatusCode::OK, report),
        Closed::IdMismatch => return Err(ApiError::IdMismatch),
    };
    let mut conn = app.store.read().await?;
    Ok((status, axum::Json(shown(&mut conn, &report).await?)))
}

/// The Z reports
#[utoipa::path(
    get, path = "/api/v1/reports/z", tag = "reports", operation_id = "list_z_reports", security(("terminal" = [])),
    params(Asking, ZPage),
    responses((status = 200, description = "The latest first, 50 at most.", body = ZList), WhoProblems)
)]
pub async fn list(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(page): Query<ZPage>,
) -> Result<axum::Json<ZList>, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let mut conn = app.store.read().await?;
    let before = page.before.unwrap_or(i64::MAX);
    let reports = store::report::z_before(&mut conn, terminal.shop_id, before, store::report::PAGE).await?;
    let range = |z: ZReport| ZRange { head: head(&z), first_entry: z.first_entry, last_entry: z.last_entry };
    Ok(axum::Json(ZList { reports: reports.into_iter().map(range).collect() }))
}

/// A Z report
#[utoipa::path(
    get, path = "/api/v1/reports/z/{id}", tag = "reports", operation_id = "get_z_report",
    security(("terminal" = [])), params(("id" = RequestId, Path, description = "The id that closed it."), Asking),
    responses((status = 200, description = "As it was closed.", body = ShownZ), WhoProblems)
)]
pub async fn get(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Path(id): Path<String>,
) -> Result<axum::Json<ShownZ>, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let mut conn = app.store.read().await?;
    let found = store::report::z_of(&mut conn, terminal.shop_id, request_id(&id)?).await?;
    Ok(axum::Json(shown(&mut conn, &found.ok_or(ApiError::NotFound)?).await?))
}

/// What the shop owes its customers
///
/// Now, or right after an entry in the past; then without what is past its date, because dates are moved.
#[utoipa::path(
    get, path = "/api/v1/reports/liability", tag = "reports", operation_id = "get_liability",
    security(("terminal" = [])), params(Asking, AtEntry),
    responses((status = 200, description = "By unit.", body = LiabilityAnswer), LiabilityProblems, WhoProblems)
)]
pub async fn liability(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(AtEntry { entry }): Query<AtEntry>,
) -> Result<axum::Json<LiabilityAnswer>, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let _turn = app.heavy(terminal.shop_id).await?;
    let (shop, now) = (terminal.shop_id, (app.clock)());
    let mut moment = app.store.begin_read().await?;
    let settings = store::report::settings(&mut moment, shop).await?;
    let number = entry.unwrap_or(settings.last_number);
    let owed = closing::liability(&mut moment, shop, number).await?;
    let owed = owed.ok_or(ApiError::NotFound)?;
    let mut expiring = Vec::new();
    let mut expired = None;
    if number == settings.last_number {
        expired = Some(closing::dated(&mut moment, shop, Millis::MIN, now).await?);
        for within_days in SOON_DAYS {
            let dated = closing::dated(&mut moment, shop, now + 1, now + within_days * DAY_MS).await?;
            expiring.extend(dated.into_iter().map(|(unit, parts)| Expiring {
                within_days,
                unit,
                principal: Total(parts.principal),
                bonus: Total(parts.bonus),
            }));
        }
    }
    let units = report::held(&owed, expired.as_ref());
    let (practice, time) = (settings.practice, rfc3339(now));
    Ok(axum::Json(LiabilityAnswer { practice, entry: number, time, units, expiring }))
}

fn head(z: &ZReport) -> ZHead {
    ZHead {
        id: z.request,
        number: z.number,
        at: rfc3339(z.at),
        terminal: z.terminal,
        operator: z.operator,
        approver: z.approver,
        hash: hex::encode(z.hash),
    }
}

async fn shown(conn: &mut Connection, z: &ZReport) -> Result<ShownZ, ApiError> {
    let practice = store::report::settings(conn, z.shop).await?.practice;
    let (operator_names, terminal_names) = names(conn, z.shop).await?;
    Ok(ShownZ { head: head(z), practice, totals: closing::frozen(z)?, operator_names, terminal_names })
}

pub async fn names(conn: &mut Connection, shop: ShopId) -> Result<(Vec<OperatorName>, Vec<TerminalName>), ApiError> {
    let (operators, terminals) = store::report::names(conn, shop).await?;
    Ok((
        operators.into_iter().map(|(id, name)| OperatorName { id, name }).collect(),
        terminals.into_iter().map(|(id, name)| TerminalName { id, name }).collect(),
    ))
}
