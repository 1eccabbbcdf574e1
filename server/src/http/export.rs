//! The books on their way out: entries, customers, the whole shop; as JSON or CSV.
//!
//! Written page by page: a connection to the database is held for a page and not while a slow reader reads, and
//! memory is bounded by a page. Entries never change, so their pages fit together; customers are those of the moment
//! in which their page is read.

use std::collections::VecDeque;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Terminal;
use super::error::ApiError;
use super::parts::Query;
use super::who::{Asking, Who, WhoProblems};
use crate::closing;
use crate::csv::{self, BOM, Cell};
use crate::event::json;
use crate::export::{self, Customer, ENTRY_COLUMNS, ExportedCustomer, ExportedEntry};
use crate::id::{CustomerId, ShopId};
use crate::operator::Role;
use crate::store::{self, Connection, Error, Store};
use crate::unit::Unit;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Amounts in minor units, times in UTC.
    #[default]
    Json,
    /// For spreadsheets: UTF-8 with its mark, amounts in decimals, times by the shop's clock.
    Csv,
}

/// The query of `GET /entries`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Range {
    /// The first entry's number; left out, 1.
    from: Option<i64>,
    /// The last entry's number; left out, the ledger's last.
    to: Option<i64>,
    /// `json` or `csv`.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// The query of `GET /exports/customers`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct As {
    /// `json` or `csv`.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// Entries by range.
#[derive(Serialize, ToSchema)]
pub struct EntryFile<'a> {
    /// In the order of their numbers.
    entries: Vec<ExportedEntry<'a>>,
    /// Where the ledger stood.
    last_entry: i64,
}

/// All customers.
#[derive(Serialize, ToSchema)]
pub struct CustomerFile<'a> {
    /// In the order of their ids.
    customers: Vec<ExportedCustomer<'a>>,
}

/// Ledger entries by the range of their numbers
///
/// Streamed, however many. In CSV, what a spreadsheet would take for a formula has an apostrophe before it.
#[utoipa::path(
    get, path = "/api/v1/entries", tag = "exports", operation_id = "list_entries", security(("terminal" = [])),
    params(Asking, Range), responses((status = 200, description = "The entries.", content(
        (EntryFile = "application/json"), (String = "text/csv")
    )), WhoProblems)
)]
pub async fn entries(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(range): Query<Range>,
) -> Result<Response, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let mut feed = Feed::of(&app, terminal.shop_id, range.format).await?;
    let (after, end) = (range.from.unwrap_or(1).max(1) - 1, feed.last.min(range.to.unwrap_or(i64::MAX)));
    let head = match range.format {
        Format::Json => r#"{"entries":["#.to_owned(),
        Format::Csv => header_line(&ENTRY_COLUMNS.map(|column| Cell::Text(column.into()))),
    };
    feed.parts.extend([Part::Text(head), Part::entries(after, end)]);
    if range.format == Format::Json {
        feed.parts.push_back(Part::Text(format!(r#"],"last_entry":{}}}"#, feed.last)));
    }
    Ok(feed.answer("entries"))
}

/// All customers and what they hold
///
/// Streamed. The CSV can be imported again, here or into another shop.
#[utoipa::path(
    get, path = "/api/v1/exports/customers", tag = "exports", operation_id = "export_customers",
    security(("terminal" = [])), params(Asking, As),
    responses((status = 200, description = "The customers.", content(
        (CustomerFile = "application/json"), (String = "text/csv")
    )), WhoProblems)
)]
pub async fn customers(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
    Query(As { format }): Query<As>,
) -> Result<Response, ApiError> {
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let mut feed = Feed::of(&app, terminal.shop_id, format).await?;
    let head = match format {
        Format::Json => r#"{"customers":["#.to_owned(),
        Format::Csv => header_line(&Customer::columns(&feed.units)),
    };
    feed.parts.extend([Part::Text(head), Part::customers()]);
    if format == Format::Json {
        feed.parts.push_back(Part::Text("]}".into()));
    }
    Ok(feed.answer("customers"))
}

/// The whole shop
///
/// Streamed: the shop with its units, terminals and operators, then all customers, all entries up to the last one at
/// the beginning, and all Z reports. Without secrets: what restores a server is a backup.
#[utoipa::path(
    get, path = "/api/v1/exports/shop", tag = "exports", operation_id = "export_shop", security(("terminal" = [])),
    params(Asking),
    responses(
        (status = 200, description = "Everything.", content_type = "application/json", body = serde_json::Value),
        WhoProblems
    )
)]
pub async fn shop(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
) -> Result<Response, ApiError> {
    Who::needs(&app, &terminal, Role::Owner, asking.operator, None).await?;
    let mut feed = Feed::of(&app, terminal.shop_id, Format::Json).await?;
    let own = store::export::shop(&mut *app.store.read().await?, terminal.shop_id).await?;
    let last = feed.last;
    feed.parts.extend([
        Part::Text(format!(r#"{{"shop":{own},"last_entry":{last},"customers":["#)),
        Part::customers(),
        Part::Text(r#"],"entries":["#.into()),
        Part::entries(0, last),
        Part::Text(r#"],"z_reports":["#.into()),
        Part::Rows { rows: Rows::ZReports { before: i64::MAX }, begun: false },
        Part::Text("]}".into()),
    ]);
    Ok(feed.answer("shop"))
}

fn header_line(columns: &[Cell]) -> String {
    let mut line = BOM.to_owned();
    csv::write(&mut line, columns);
    line
}

/// A piece of a file.
enum Part {
    Text(String),
    Rows {
        rows: Rows,
        /// Whether a row was written before.
        begun: bool,
    },
}

/// Rows, and how far they were written.
enum Rows {
    Entries {
        after: i64,
        last: i64,
    },
    Customers {
        after: CustomerId,
    },
    /// The latest first.
    ZReports {
        before: i64,
    },
}

impl Part {
    fn entries(after: i64, last: i64) -> Self {
        Self::Rows { rows: Rows::Entries { after, last }, begun: false }
    }

    fn customers() -> Self {
        Self::Rows { rows: Rows::Customers { after: CustomerId(0) }, begun: false }
    }
}

/// A file that is being written.
struct Feed {
    store: Store,
    shop: ShopId,
    format: Format,
    zone: TimeZone,
    units: Vec<Unit>,
    /// Where the ledger stood at the beginning.
    last: i64,
    parts: VecDeque<Part>,
}

impl Feed {
    async fn of(app: &App, shop: ShopId, format: Format) -> Result<Self, ApiError> {
        let mut conn = app.store.read().await?;
        let settings = store::report::settings(&mut conn, shop).await?;
        let zone = closing::zone(&settings)?;
        let units = store::shop::units(&mut conn, shop).await?;
        let units = units.iter().filter_map(|row| Unit::parse(&row.unit)).collect();
        let store = app.store.clone();
        Ok(Self { store, shop, format, zone, units, last: settings.last_number, parts: VecDeque::new() })
    }

    fn answer(self, name: &str) -> Response {
        let (kind, extension) = match self.format {
            Format::Json => ("application/json", "json"),
            Format::Csv => ("text/csv; charset=utf-8", "csv"),
        };
        let file = format!("attachment; filename=\"{name}-{}.{extension}\"", self.last);
        let pages = stream::try_unfold(self, |mut feed| async {
            let page = feed.next().await.inspect_err(|error| tracing::error!(%error, "an export broke off"))?;
            Ok::<_, Error>(page.map(|page| (page, feed)))
        });
        ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, file)], Body::from_stream(pages))
            .into_response()
    }

    /// The next piece of the file; `None` at its end.
    async fn next(&mut self) -> Result<Option<String>, Error> {
        while let Some(part) = self.parts.pop_front() {
            let (mut rows, begun) = match part {
                Part::Text(text) => return Ok(Some(text)),
                Part::Rows { rows, begun } => (rows, begun),
            };
            let written = self.page(&mut rows, begun).await?;
            if !written.is_empty() {
                self.parts.push_front(Part::Rows { rows, begun: true });
                return Ok(Some(written));
            }
        }
        Ok(None)
    }

    async fn page(&self, rows: &mut Rows, begun: bool) -> Result<String, Error> {
        let conn: &mut Connection = &mut *self.store.read().await?;
        let mut page = Page { text: String::new(), format: self.format, begun };
        match rows {
            Rows::Entries { after, last } => {
                for entry in store::export::entries(conn, self.shop, *after, *last).await? {
                    *after = entry.number;
                    page.row(|| json(&entry.exported()), || entry.cells(&self.zone));
                }
            }
            Rows::Customers { after } => {
                for customer in store::export::customers(conn, self.shop, *after).await? {
                    *after = customer.id;
                    page.row(|| json(&customer.exported()), || customer.cells(&self.units, &self.zone));
                }
            }
            Rows::ZReports { before } => {
                for z in store::report::z_before(conn, self.shop, *before, store::report::PAGE).await? {
                    *before = z.number;
                    page.row(|| export::z_report(&z), Vec::new);
                }
            }
        }
        Ok(page.text)
    }
}

struct Page {
    text: String,
    format: Format,
    begun: bool,
}

impl Page {
    fn row(&mut self, json: impl FnOnce() -> String, cells: impl FnOnce() -> Vec<Cell>) {
        match self.format {
            Format::Json => {
                self.text.push_str(if self.begun { ",\n" } else { "\n" });
                self.text.push_str(&json());
                self.begun = true;
            }
            Format::Csv => csv::write(&mut self.text, &cells()),
        }
    }
}
