//! One line in the log for each call, and never a secret in it.
//!
//! The line has the method, the route as it stands in the list of routes (so no id of a path and no query), the
//! status, the time, and whose call it was. Headers and bodies are not looked at.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::App;
use crate::store::phone::Phone;
use crate::store::terminal::TerminalRow;

/// Around every handler: counts it and tells of it, at the level `debug`; a failure of ours is told where it is.
pub async fn call(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let span = tracing::debug_span!(
        "call",
        method = %request.method(),
        route = request.extensions().get::<MatchedPath>().map_or("page", MatchedPath::as_str),
        shop = Empty,
        terminal = Empty,
        customer = Empty,
    );
    let response = next.run(request).instrument(span.clone()).await;
    app.metrics.answered(response.status().as_u16());
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(parent: &span, status = response.status().as_u16(), ms, "answered");
    response
}

/// The call is a terminal's.
pub fn by_terminal(terminal: &TerminalRow) {
    Span::current().record("shop", terminal.shop_id.0).record("terminal", terminal.terminal_id.0);
}

/// The call is a phone's.
pub fn by_phone(phone: &Phone) {
    Span::current().record("shop", phone.shop.0).record("customer", phone.customer.0);
}
