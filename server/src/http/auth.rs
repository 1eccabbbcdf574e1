//! Who calls: a terminal or a phone, by its token; and from where: host and origin.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri, header};

use super::App;
use super::cookie;
use super::error::ApiError;
use super::logged;
use crate::store::phone::Phone;
use crate::store::terminal;
use crate::store::terminal::TerminalRow;
use crate::token;

/// The socket protocol that the server selects.
pub const PROTOCOL: &str = "tillbeam.v1";
const BEARER_PROTOCOL: &str = "bearer.";
/// By which a page says as which of its browser's phones it speaks: `?as=CREDENTIAL`.
const SPEAKS_AS: &str = "as";

/// An authenticated terminal.
pub struct Terminal(pub TerminalRow);

/// An authenticated phone.
pub struct Caller(pub Phone);

/// What a request brought to show who calls, and the way in which it came.
pub struct Token {
    /// One; of a browser that is several phones, each one's.
    texts: Vec<String>,
    cookie: bool,
    speaks_as: Option<String>,
}

impl Token {
    /// The token of a request: `Authorization`, the second of two subprotocols, or the page's cookie.
    pub fn of(headers: &HeaderMap, uri: &Uri) -> Option<Self> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        let protocol = || {
            let mut offered = text(header::SEC_WEBSOCKET_PROTOCOL)?.split(',').map(str::trim);
            offered.find_map(|protocol| protocol.strip_prefix(BEARER_PROTOCOL))
        };
        if let Some(token) = bearer.or_else(protocol) {
            return Self::new(vec![token.to_owned()], None);
        }
        let speaks_as = uri.query().and_then(|query| {
            query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == SPEAKS_AS)
        });
        let speaks_as = speaks_as.map(|(_, number)| number.to_owned());
        let token = Self::new(cookie::tokens(headers, speaks_as.as_deref()), speaks_as)?;
        Some(Self { cookie: true, ..token })
    }

    /// A token that came in a query string.
    pub fn in_query(text: &str) -> Option<Self> {
        Self::new(vec![text.to_owned()], None)
    }

    fn new(mut texts: Vec<String>, speaks_as: Option<String>) -> Option<Self> {
        texts.retain(|text| !text.is_empty() && text.len() <= token::MAX_TOKEN);
        (!texts.is_empty()).then_some(Self { texts, cookie: false, speaks_as })
    }

    /// The phone of the token; of several that the browser is, the one it speaks as, or the first.
    pub async fn phone(&self, app: &App) -> Result<Phone, ApiError> {
        Ok(self.phones(app).await?.swap_remove(0).0)
    }

    /// The phones that the request may speak for, at least one, with their tokens.
    pub async fn phones(&self, app: &App) -> Result<Vec<(Phone, &str)>, ApiError> {
        let mut phones = Vec::with_capacity(self.texts.len());
        for text in &self.texts {
            let phone = app.reader.phone(token::hash(text)).await?;
            phones.extend(phone.filter(|phone| self.means(phone)).map(|phone| (phone, text.as_str())));
        }
        let (first, _) = phones.first().ok_or(ApiError::TokenInvalid)?;
        logged::by_phone(first);
        app.meter.phone(first.credential).map_err(too_many)?;
        Ok(phones)
    }

    fn means(&self, phone: &Phone) -> bool {
        self.speaks_as.as_ref().is_none_or(|number| *number == phone.credential.to_string())
    }

    /// Whether it came by itself, in a cookie.
    pub fn is_cookie(&self) -> bool {
        self.cookie
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
        let hash = token::hash(self.texts.first().ok_or(ApiError::TokenInvalid)?);
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
        let is_own = headers.contains_key(header::ORIGIN) && app.is_own_origin(headers);
        if self.cookie && !is_own { Err(ApiError::Forbidden) } else { Ok(()) }
    }
}

fn too_many(retry_after_s: i64) -> ApiError {
    ApiError::TooMany { retry_after_s }
}

impl FromRequestParts<App> for Token {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = Self::of(&parts.headers, &parts.uri).ok_or(ApiError::TokenInvalid)?;
        if parts.method != Method::GET {
            token.check_origin(app, &parts.headers)?;
        }
        Ok(token)
    }
}

impl FromRequestParts<App> for Terminal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = Token::of(&parts.headers, &parts.uri).ok_or(ApiError::TokenInvalid)?;
        Ok(Self(token.terminal(app).await?))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(Token::from_request_parts(parts, app).await?.phone(app).await?))
    }
}
