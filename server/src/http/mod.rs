//! HTTP: every route in one list, and what all of them share.
//!
//! A handler parses, calls one function, answers. The limits are here too.

mod account;
mod audit;
mod auth;
mod backup;
mod body;
mod cookie;
mod credential;
mod customer;
mod customer_acts;
mod day;
mod error;
mod export;
mod health;
mod host;
mod import;
mod join;
mod limited;
mod logged;
mod me;
pub mod metrics;
mod once;
mod online;
mod openapi;
mod operator;
mod operator_session;
mod page;
mod parts;
mod pause;
mod person;
mod pins;
mod policy;
mod problem;
mod product;
#[cfg(test)]
mod protocol_page;
mod recent;
mod recover;
mod rejoin;
mod renew;
mod report;
mod request;
mod seed;
mod settings;
mod shop;
mod show;
mod socket;
mod stream;
mod terminal;
mod tokens;
pub mod trust;
mod turns;
mod upgrade;
mod webhook;
mod who;

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use utoipa_axum::routes;

pub use self::body::parse;
use self::error::ApiError;
pub use self::host::Hosts;
pub use self::join::JoinBody;
pub use self::me::AckBody;
use self::openapi::Calls;
pub use self::recent::Recent;
pub use self::request::{CancelBody, RedeemBody, ReverseBody, TopUpBody};
pub use self::tokens::Tokens;
use self::turns::{Places, Turn, Turns};
use crate::backup::schedule::Schedule;
use crate::clock::Clock;
use crate::deliver::Courier;
use crate::health::Health;
use crate::hub::Hub;
use crate::id::{ShopId, TerminalId};
use crate::master::Master;
use crate::meter::Meter;
use crate::metrics::Metrics;
use crate::park::Park;
use crate::reader::Reader;
use crate::store::{SEARCHERS, Store};
use crate::throttle::Throttle;
use crate::writer::Writer;

/// Calls that walk much of the books at the same time, one of each shop: fewer than connections that read, so that they
/// never stop the others.
const HEAVY: usize = 3;
/// Files that are imported at the same time, one of each shop: each is held whole.
const IMPORTS: usize = 2;
/// Searches through customers at the same time, one of each shop.
const SEARCHES: usize = SEARCHERS as usize;
/// The longest that a call waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(10);

/// What handlers work with. Every request takes it some times, so that it has to cost nothing.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl From<Parts> for App {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts of it.
pub struct Parts {
    /// The books, to read.
    pub store: Store,
    /// Terminals whose token held.
    pub tokens: Arc<Tokens>,
    /// The way to write.
    pub writer: Writer,
    /// The way to read for phones.
    pub reader: Reader,
    /// Who listens.
    pub hub: Arc<Hub>,
    /// Where phones' plain sockets go.
    pub park: Park,
    /// Keys for new phones.
    pub master: Master,
    /// The time.
    pub clock: Clock,
    /// The names that the server answers to.
    pub hosts: Arc<Hosts>,
    /// The address that phones use, without a slash at its end.
    pub phone_url: Arc<str>,
    /// SHA-256 of the certificate of the server's own CA, hexadecimal.
    pub ca_sha256: Option<Arc<str>>,
    /// Whether phones come by TLS, so that the cookie is for TLS alone.
    pub secure: bool,
    /// Backups by the clock, if there are any.
    pub backups: Option<Schedule>,
    /// How much one peer may ask.
    pub meter: Arc<Meter>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether the books can be written.
    pub health: Arc<Health>,
    /// Who carries entries to webhooks.
    pub courier: Arc<Courier>,
    /// The data directory, whose files are measured.
    pub data: Arc<PathBuf>,
    /// Ends every socket.
    pub shutdown: CancellationToken,
    /// Sockets, so that a stop can wait for them.
    pub sockets: TaskTracker,
    /// Turns of what is costly.
    pub costly: Costly,
    /// How often terminals may still be wrong.
    pub throttle: Arc<Throttle>,
    /// What links gave a moment ago.
    pub recent: Recent,
}

/// Turns of what is costly.
pub struct Costly {
    /// Calls that walk much of the books.
    heavy: Turns<ShopId>,
    /// Imports, each of which holds a whole file.
    imports: Turns<ShopId>,
    /// Searches through a shop's customers.
    searches: Turns<ShopId>,
    /// PINs that are made or compared: of each terminal one at a time wants a turn,
    pin_terminals: Places<TerminalId>,
    /// and of each shop one has it.
    pins: Turns<ShopId>,
}

impl Default for Costly {
    fn default() -> Self {
        Self {
            heavy: Turns::new(HEAVY),
            imports: Turns::new(IMPORTS),
            searches: Turns::new(SEARCHES),
            pin_terminals: Places::new(1),
            pins: Turns::new(pins::AT_ONCE),
        }
    }
}

impl App {
    /// Waits for its turn to walk much of the books.
    async fn heavy(&self, shop: ShopId) -> Result<Turn, ApiError> {
        turn(&self.costly.heavy, shop).await
    }

    fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        self.hosts.is_own_origin(headers)
    }
}

/// Waits for a turn, but not for ever.
async fn turn(turns: &Turns<ShopId>, shop: ShopId) -> Result<Turn, ApiError> {
    tokio::time::timeout(TURN_WAIT, turns.take(shop)).await.ok().flatten().ok_or(ApiError::Busy)
}

/// Every call, in one list that is the document too; new ones go beside their noun.
#[expect(clippy::too_many_lines, reason = "a list, a line for each call")]
fn calls() -> Calls {
    account_calls(Calls::new())
        .call("POST /api/v1/redemptions", routes!(request::redeem))
        .call("GET /api/v1/redemptions/{id}", routes!(request::get_redemption))
        .call("POST /api/v1/redemptions/{id}/reversals", routes!(request::reverse_redemption))
        .call("POST /api/v1/redemptions/{id}/cancel", routes!(request::cancel_redemption))
        .call("POST /api/v1/customers/{id}/top-ups", routes!(request::top_up))
        .call("GET /api/v1/top-ups/{id}", routes!(request::get_top_up))
        .call("POST /api/v1/top-ups/{id}/reversals", routes!(request::reverse_top_up))
        .call("POST /api/v1/top-ups/{id}/cancel", routes!(request::cancel_top_up))
        .call("GET /api/v1/reversals/{id}", routes!(request::get_reversal))
        .call("POST /api/v1/reversals/{id}/cancel", routes!(request::cancel_reversal))
        .call("GET /api/v1/shop", routes!(shop::get))
        .call("PATCH /api/v1/shop/settings", routes!(settings::change))
        .call("POST /api/v1/units", routes!(settings::change_unit))
        .call("PUT /api/v1/bonus-rules", routes!(settings::set_bonus_rules))
        .call("PUT /api/v1/products", routes!(product::set))
        .call("GET /api/v1/backups", routes!(backup::get))
        .call("POST /api/v1/backups", routes!(backup::make))
        .call("GET /api/v1/operators", routes!(operator::list))
        .call("POST /api/v1/operators", routes!(operator::create))
        .call("PATCH /api/v1/operators/{id}", routes!(operator::change))
        .call("POST /api/v1/sessions", routes!(operator_session::open))
        .call("DELETE /api/v1/sessions/{operator}", routes!(operator_session::close))
        .call("GET /api/v1/audit", routes!(audit::list))
        .call("GET /api/v1/terminals", routes!(terminal::list))
        .call("POST /api/v1/terminals/pairings", routes!(terminal::invite))
        .call("POST /api/v1/terminals/{id}/revoke", routes!(terminal::revoke))
        .call("POST /api/v1/pair", routes!(terminal::pair))
        .call("GET /api/v1/online", routes!(online::list))
        .call("GET /api/v1/customers", routes!(customer::find))
        .call("POST /api/v1/customers", routes!(customer::create))
        .call("GET /api/v1/customers/{id}", routes!(person::get))
        .call("PATCH /api/v1/customers/{id}", routes!(person::change))
        .call("GET /api/v1/customers/{id}/entries", routes!(person::entries))
        .call("GET /api/v1/customers/{id}/export", routes!(person::export))
        .call("POST /api/v1/customers/{id}/freeze", routes!(customer_acts::freeze))
        .call("POST /api/v1/customers/{id}/unfreeze", routes!(customer_acts::unfreeze))
        .call("POST /api/v1/customers/{id}/pin", routes!(customer_acts::set_pin))
        .call("POST /api/v1/customers/{id}/erase", routes!(customer_acts::erase))
        .call("POST /api/v1/customers/{id}/joins", routes!(customer::invite))
        .call("POST /api/v1/customers/{id}/cards", routes!(credential::make_card))
        .call("POST /api/v1/customers/{id}/credentials/{credential}/revoke", routes!(credential::revoke))
        .call("POST /api/v1/customers/{id}/credentials/{credential}/replace", routes!(credential::replace))
        .call("POST /api/v1/join", routes!(join::join))
        .call("POST /api/v1/imports", routes!(import::import))
        .call("GET /api/v1/entries", routes!(export::entries))
        .call("GET /api/v1/exports/customers", routes!(export::customers))
        .call("GET /api/v1/exports/shop", routes!(export::shop))
        .call("GET /api/v1/reports/x", routes!(report::x))
        .call("POST /api/v1/reports/z", routes!(report::close))
        .call("GET /api/v1/reports/z", routes!(report::list))
        .call("GET /api/v1/reports/z/{id}", routes!(report::get))
        .call("GET /api/v1/reports/liability", routes!(report::liability))
        .call("GET /api/v1/reports/days", routes!(day::days))
        .call("GET /api/v1/reports/day", routes!(day::day))
        .call("GET /api/v1/reports/entries", routes!(day::entries))
        .call("GET /api/v1/me", routes!(me::get))
        .call("GET /api/v1/me/events", routes!(me::events))
        .call("GET /api/v1/me/stream", routes!(stream::get))
        .call("POST /api/v1/me/acks", routes!(me::ack))
        .call("POST /api/v1/me/renew", routes!(renew::renew))
        .call("POST /api/v1/me/rejoin", routes!(rejoin::rejoin))
        .call("POST /api/v1/me/pause", routes!(pause::pause))
        .call("POST /api/v1/me/resume", routes!(pause::resume))
        .call("POST /api/v1/me/recovery", routes!(recover::make))
        .call("POST /api/v1/recover", routes!(recover::recover))
        .call("POST /api/v1/freeze", routes!(recover::freeze))
        .call("GET /api/v1/openapi.json", routes!(openapi::get))
        .call("POST /api/v1/webhooks", routes!(webhook::create))
        .call("GET /api/v1/webhooks", routes!(webhook::list))
        .call("POST /api/v1/webhooks/{id}/test", routes!(webhook::test))
        .call("POST /api/v1/webhooks/{id}/pause", routes!(webhook::pause))
        .call("POST /api/v1/webhooks/{id}/resume", routes!(webhook::resume))
        .call("DELETE /api/v1/webhooks/{id}", routes!(webhook::delete))
        .call("GET /poll/{customer}/{shop}", routes!(seed::poll))
        .call("GET /healthz", routes!(health::get))
}

/// What a manager does to a customer's account.
fn account_calls(calls: Calls) -> Calls {
    calls
        .call("POST /api/v1/customers/{id}/refunds", routes!(account::refund))
        .call("PUT /api/v1/customers/{id}/expiry", routes!(account::set_expiry))
        .call("GET /api/v1/refunds/{id}", routes!(account::get_refund))
        .call("POST /api/v1/refunds/{id}/cancel", routes!(account::cancel_refund))
        .call("POST /api/v1/customers/{id}/transfers", routes!(account::transfer))
        .call("GET /api/v1/transfers/{id}", routes!(account::get_transfer))
        .call("POST /api/v1/transfers/{id}/cancel", routes!(account::cancel_transfer))
        .call("POST /api/v1/customers/{id}/adjustments", routes!(account::adjust))
        .call("GET /api/v1/adjustments/{id}", routes!(account::get_adjustment))
        .call("POST /api/v1/adjustments/{id}/cancel", routes!(account::cancel_adjustment))
}

/// The sockets, which the document describes in words.
fn sockets() -> Router<App> {
    Router::new()
        .route("/ws", any(socket::phone))
        .route("/api/v1/terminal/ws", any(socket::terminal))
        .route("/webSocket/{customer}/{shop}", any(seed::socket))
}

/// The own CA's files, for devices and not for programs.
fn trusting() -> Router<App> {
    Router::new().route(trust::CERTIFICATE, get(trust::certificate)).route(trust::PROFILE, get(trust::profile))
}

/// Every route; the metrics among them only if they are `public`.
pub fn router(app: App, public: bool) -> Router {
    let metrics = if public { metrics::route() } else { Router::new() };
    calls()
        .into_router()
        .merge(sockets())
        .merge(trusting())
        .merge(metrics)
        .fallback(page::get)
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(middleware::from_fn_with_state(app.clone(), limited::call))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .layer(middleware::from_fn_with_state(app.clone(), logged::call))
        .with_state(app)
}

/// Before every handler: the host. After it: the headers that keep the page to itself.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    if !app.hosts.is_ours(request.headers()) {
        return ApiError::ForeignHost.into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(policy::plain);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

const HEADERS: [(&str, &str); 3] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];
