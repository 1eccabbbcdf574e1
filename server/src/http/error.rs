//! The only way in which an error becomes an answer: RFC 9457 problem documents.
//!
//! Clients see a code from one closed list; causes stay inside and are logged
//! here, once.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::outcome::Refused;
use crate::refusal::Refusal;
use crate::store;
use crate::writer::Busy;

/// Seconds after which a busy server is worth another try.
const BUSY_RETRY_S: i64 = 1;
/// Seconds after which a wrong clock may have been set.
const CLOCK_RETRY_S: i64 = 5;

const FOREIGN_HOST: &str =
    "this server does not answer to that name; if it is the right one, start the server with --public-url";

/// Everything that a call can end with but success.
#[derive(Debug)]
pub enum ApiError {
    /// The request cannot be read; says what is wrong.
    Malformed(String),
    /// No token, an unknown or a revoked one.
    TokenInvalid,
    /// A name that the server does not answer to.
    ForeignHost,
    /// A token of the wrong kind, or a foreign origin.
    Forbidden,
    /// Not there, or not this caller's.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body is over the limit.
    TooLarge,
    /// The id is known with another meaning.
    IdMismatch,
    /// The id was cancelled.
    Cancelled,
    /// It cannot be cancelled.
    Stands,
    /// The join link is used or old.
    InviteExpired,
    /// Too many wrong codes.
    TooMany {
        /// Seconds to wait.
        retry_after_s: i64,
    },
    /// The server has too much to do.
    Busy,
    /// The server's clock is behind its books.
    ClockWrong,
    /// A refusal of the books.
    Refused(Box<Refused>),
    /// Something of ours broke.
    Internal(store::Error),
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<Busy> for ApiError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TokenInvalid => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::ForeignHost => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::IdMismatch | Self::Cancelled | Self::Stands => StatusCode::CONFLICT,
            Self::InviteExpired => StatusCode::GONE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::ClockWrong => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(refused) => refusal_status(refused.refusal),
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::MethodNotAllowed => "malformed",
            Self::TokenInvalid => "token_invalid",
            Self::Forbidden | Self::ForeignHost => "forbidden",
            Self::NotFound => "not_found",
            Self::TooLarge => "too_large",
            Self::IdMismatch => "id_mismatch",
            Self::Cancelled => "cancelled",
            Self::Stands => "stands",
            Self::InviteExpired => "invite_expired",
            Self::TooMany { .. } => "too_many_attempts",
            Self::Busy => "busy",
            Self::ClockWrong => "clock_wrong",
            Self::Refused(refused) => refused.refusal.code(),
            Self::Internal(_) => "internal",
        }
    }

    fn retry_after_s(&self) -> Option<i64> {
        match self {
            Self::TooMany { retry_after_s } => Some(*retry_after_s),
            Self::Busy => Some(BUSY_RETRY_S),
            Self::ClockWrong => Some(CLOCK_RETRY_S),
            _ => None,
        }
    }
}

fn refusal_status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::InsufficientBalance { .. } => StatusCode::PAYMENT_REQUIRED,
        Refusal::WrongShop
        | Refusal::CredentialRevoked
        | Refusal::Frozen
        | Refusal::Forbidden
        | Refusal::LimitExceeded => StatusCode::FORBIDDEN,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::CodeUsed | Refusal::Cancelled | Refusal::ReversalExceeds | Refusal::Stands => StatusCode::CONFLICT,
        Refusal::CodeExpired { .. } | Refusal::PassExpired => StatusCode::GONE,
        Refusal::CodeInvalid | Refusal::UnitUnknown | Refusal::AmountInvalid => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// What a refusal tells beyond its code: the facts a screen needs.
pub fn refusal_details(refused: &Refused) -> Map<String, Value> {
    let mut details = Map::new();
    details.insert("id".into(), refused.request.to_string().into());
    if let Some(balance) = refused.refusal.balance() {
        details.insert("balance".into(), balance.into());
        details.insert("unit".into(), refused.unit.clone().into());
    }
    if let Some(difference) = refused.refusal.clock_difference_s() {
        details.insert("clock_difference_s".into(), difference.into());
    }
    details
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(error) = &self {
            tracing::error!(%error, "a call failed");
        }
        let status = self.status();
        let retry_after_s = self.retry_after_s();
        let mut problem = match &self {
            Self::Refused(refused) => refusal_details(refused),
            _ => Map::new(),
        };
        problem.insert("type".into(), "about:blank".into());
        problem.insert("title".into(), status.canonical_reason().unwrap_or("Error").into());
        problem.insert("status".into(), status.as_u16().into());
        problem.insert("code".into(), self.code().into());
        match self {
            Self::Malformed(detail) => drop(problem.insert("detail".into(), detail.into())),
            Self::ForeignHost => drop(problem.insert("detail".into(), FOREIGN_HOST.into())),
            _ => {}
        }
        if let Some(seconds) = retry_after_s {
            problem.insert("retry_after_s".into(), seconds.into());
        }
        let mut response = (status, Value::Object(problem).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.unsigned_abs()));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
