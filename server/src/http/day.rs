//! Business days, for charts and to look back at; and the entries behind a figure.

use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Terminal;
use super::error::ApiError;
use super::parts::Query;
use super::person::{EntryPage, MAX_ENTRIES, entry_page};
use super::report::{OperatorName, ReportProblems, TerminalName, names};
use super::who::{Asking, Who, WhoProblems};
use crate::closing;
use crate::day;
use crate::figure::Figure;
use crate::id::{OperatorId, TerminalId};
use crate::ledger::EntryKind;
use crate::operator::Role;
use crate::report::{self, Day, Direction, Held, Totals};
use crate::store;
use crate::store::report::Settings;
use crate::unit::Unit;

/// Business days that are answered when none are named.
const USUAL_DAYS: i32 = 30;
/// Business days that are answered at most.
const MOST_DAYS: i32 = 400;
/// Entries behind a figure, of one page when none is asked for.
const ENTRIES: i64 = 50;

/// Business days, for charts.
#[derive(Serialize, ToSchema)]
pub struct Chart {
    /// Of a practice shop: never to be booked.
    practice: bool,
    /// The first business day that was asked for.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    from: Date,
    /// The last one.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    to: Date,
    /// What customers held before the first of them.
    opening: Vec<Held>,
    /// In order; days without entries are left out.
    days: Vec<Day>,
}

/// One business day.
#[derive(Serialize, ToSchema)]
pub struct DayReport {
    /// Of a practice shop: never to be booked.
    practice: bool,
    /// The date on which it starts.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    date: Date,
    #[serde(flatten)]
    totals: Totals,
    operator_names: Vec<OperatorName>,
    terminal_names: Vec<TerminalName>,
}

/// The query of `GET /reports/days`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DayRange {
    /// The first business day; left out, 30 days end with the last one.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last business day; left out, today.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
}

/// The query of `GET /reports/day`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OneDay {
    /// The business day; left out, today.
    #[param(value_type = Option<String>, format = Date)]
    date: Option<Date>,
}

/// The query of `GET /reports/entries`; what is left out may be anything.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Behind {
    /// The first entry of the range; left out, 1.
    from: Option<i64>,
    /// The last one; left out, the ledger's last.
    to: Option<i64>,
    /// What was moved.
    unit: Option<Unit>,
    /// The kind of entry; reversals of this kind are answered with it.
    #[param(inline)]
    kind: Option<EntryKind>,
    /// Only reversals, of this kind.
    #[param(inline)]
    of: Option<EntryKind>,
    /// Into the customer's account or out of it.
    #[param(inline)]
    direction: Option<Direction>,
    /// The operator; 0: nobody.
    #[param(minimum = 0)]
    by: Option<i64>,
    /// The terminal; 0: the server itself.
    #[param(minimum = 0)]
    at: Option<i64>,
    /// The hour by the shop's clock.
    #[param(minimum = 0, maximum = 23)]
    hour: Option<i8>,
    /// The last number of the page before; left out: from the newest.
    before: Option<i64>,
    /// How many; 50 if it is left out, more than 100 count as 100.
    limit: Option<i64>,
}

impl Behind {
    fn figure(self) -> Result<Figure, ApiError> {
        let wrong = |what: &str| Err(ApiError::Malformed(what.to_owned()));
        if self.hour.is_some_and(|hour| !(0..=23).contains(&hour)) {
            return wrong("an hour is from 0 to 23");
        }
        if self.by.is_some_and(|id| id < 0) || self.at.is_some_and(|id| id < 0) {
            return wrong("operators and terminals have no negative numbers; 0 is nobody");
        }
        Ok(Figure {
            first: self.from.unwrap_or(1),
            last: self.to.unwrap_or(i64::MAX),
            unit: self.unit,
            kind: self.kind,
            of: self.of,
            direction: self.direction,
            operator: self.by.map(|id| (id != 0).then_some(OperatorId(id))),
            terminal: self.at.map(|id| (id != 0).then_some(TerminalId(id))),
            hour: self.hour,
        })
    }
}

fn today(app: &App, settings: &Settings) -> Result<Date, ApiError> {
    Ok(day::date_of(&closing::zone(settings)?, settings.day_start_min, (app.clock)()))
}

/// What was done on each business day
///
/// A business day is from the shop's start of day to the next one, in its zone. Of more than 400 days the latest are
/// answered.
#[utoipa::path(
    get, path = "/api/v1/reports/days", tag = "reports", operation_id = "get_days", security(("terminal" = [])),
    params(Asking, DayRange),
    responses((status = 200, description = "Day by day.", body = Chart), ReportProblems, WhoProblems)
)]
pub async fn days(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(range): Query<DayRange>,
) -> Result<axum::Json<Chart>, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let _turn = app.heavy(terminal.shop_id).await?;
    let shop = terminal.shop_id;
    let mut moment = app.store.begin_read().await?;
    let settings = store::report::settings(&mut moment, shop).await?;
    let to = range.to.map_or_else(|| today(&app, &settings), Ok)?;
    let from = range.from.unwrap_or_else(|| to.saturating_sub(jiff::Span::new().days(USUAL_DAYS - 1)));
    let from = from.max(to.saturating_sub(jiff::Span::new().days(MOST_DAYS - 1)));
    let (opening, days) = closing::days(&mut moment, shop, from, to).await?;
    let opening = report::held(&opening, None);
    Ok(axum::Json(Chart { practice: settings.practice, from, to, opening, days }))
}

/// One business day
///
/// Computed from the ledger each time, like an X report of this day alone. It closes nothing.
#[utoipa::path(
    get, path = "/api/v1/reports/day", tag = "reports", operation_id = "get_day", security(("terminal" = [])),
    params(Asking, OneDay),
    responses((status = 200, description = "The day.", body = DayReport), ReportProblems, WhoProblems)
)]
pub async fn day(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(one): Query<OneDay>,
) -> Result<axum::Json<DayReport>, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let _turn = app.heavy(terminal.shop_id).await?;
    let shop = terminal.shop_id;
    let mut moment = app.store.begin_read().await?;
    let settings = store::report::settings(&mut moment, shop).await?;
    let date = one.date.map_or_else(|| today(&app, &settings), Ok)?;
    let totals = closing::day(&mut moment, shop, date).await?;
    let (operator_names, terminal_names) = names(&mut moment, shop).await?;
    Ok(axum::Json(DayReport { practice: settings.practice, date, totals, operator_names, terminal_names }))
}

/// The entries behind a figure, the newest first
///
/// The parts of the query are those by which reports add entries up.
#[utoipa::path(
    get, path = "/api/v1/reports/entries", tag = "reports", operation_id = "list_entries_behind",
    security(("terminal" = [])), params(Asking, Behind),
    responses((status = 200, description = "One page.", body = EntryPage), ReportProblems, WhoProblems)
)]
pub async fn entries(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(behind): Query<Behind>,
) -> Result<axum::Json<EntryPage>, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let limit = behind.limit.unwrap_or(ENTRIES).clamp(1, MAX_ENTRIES);
    let (before, limit) = (behind.before.unwrap_or(i64::MAX), usize::try_from(limit).unwrap_or(1));
    let figure = behind.figure()?;
    let _turn = app.heavy(terminal.shop_id).await?;
    let mut moment = app.store.begin_read().await?;
    let shown = closing::behind(&mut moment, terminal.shop_id, &figure, before, limit).await?;
    Ok(axum::Json(entry_page(&shown)))
}
