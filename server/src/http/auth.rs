//! Who calls: a terminal or a phone, by its token; and from where: host and origin.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use super::App;
use super::error::ApiError;
use super::logged;
use crate::store::phone::Phone;
use crate::store::terminal::TerminalRow;
use crate::store::{phone, terminal};
use crate::token;

/// The page's cookie.
pub const COOKIE: &str = "tillbeam";
/// The socket protocol that the server selects.
pub const PROTOCOL: &str = "tillbeam.v1";
const BEARER_PROTOCOL: &str = "bearer.";

/// An authenticated terminal.
pub struct Terminal(pub TerminalRow);

/// An authenticated phone.
pub struct Caller(pub Phone);

/// A token and the way in which it came.
pub struct Token {
    text: String,
    cookie: bool,
}

impl Token {
    /// The token of a request: `Authorization`, the second of two subprotocols, or the page's cookie.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        let protocol = || {
            let mut offered = text(header::SEC_WEBSOCKET_PROTOCOL)?.split(',').map(str::trim);
            offered.find_map(|protocol| protocol.strip_prefix(BEARER_PROTOCOL))
        };
        if let Some(token) = bearer.or_else(protocol) {
            return Self::new(token, false);
        }
        let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let token = cookies.find_map(|line| {
            line.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE)
        });
        Self::new(token?.1, true)
    }

    /// A token that came in a query string.
    pub fn in_query(text: &str) -> Option<Self> {
        Self::new(text, false)
    }

    fn new(text: &str, cookie: bool) -> Option<Self> {
        let valid = !text.is_empty() && text.len() <= token::MAX_TOKEN;
        valid.then(|| Self { text: text.to_owned(), cookie })
    }

    /// The phone of the token.
    pub async fn phone(&self, app: &App) -> Result<Phone, ApiError> {
        let mut conn = app.store.read().await?;
        let phone = phone::by_token(&mut conn, &token::hash(&self.text)).await?.ok_or(ApiError::TokenInvalid)?;
        logged::by_phone(&phone);
        app.meter.phone(phone.credential).map_err(too_many)?;
        Ok(phone)
    }

    /// The terminal of the token; a cookie is no terminal's.
    pub async fn terminal(&self, app: &App) -> Result<TerminalRow, ApiError> {
        if self.cookie {
            return Err(ApiError::TokenInvalid);
        }
        let terminal = self.look_up(app).await?;
        logged::by_terminal(&terminal);
        app.meter.terminal(terminal.terminal_id).map_err(too_many)?;
        Ok(terminal)
    }

    async fn look_up(&self, app: &App) -> Result<TerminalRow, ApiError> {
        let hash = token::hash(&self.text);
        // Counted before the look, so that what changes meanwhile is looked up again.
        let changes = app.store.changes();
        if let Some(terminal) = changes.and_then(|changes| app.tokens.get(&hash, changes)) {
            return Ok(terminal);
        }
        let mut conn = app.store.read().await?;
        let terminal = terminal::by_token(&mut conn, &hash).await?.ok_or(ApiError::TokenInvalid)?;
        if let Some(changes) = changes {
            app.tokens.put(hash, changes, terminal.clone());
        }
        Ok(terminal)
    }

    /// A cookie travels by itself, so what it may do has to come from our own page.
    pub fn check_origin(&self, app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
        if self.cookie && !app.is_own_origin(headers) { Err(ApiError::Forbidden) } else { Ok(()) }
    }
}

fn too_many(retry_after_s: i64) -> ApiError {
    ApiError::TooMany { retry_after_s }
}

impl FromRequestParts<App> for Terminal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = Token::of(&parts.headers).ok_or(ApiError::TokenInvalid)?;
        Ok(Self(token.terminal(app).await?))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = Token::of(&parts.headers).ok_or(ApiError::TokenInvalid)?;
        if parts.method != Method::GET {
            token.check_origin(app, &parts.headers)?;
        }
        Ok(Self(token.phone(app).await?))
    }
}
