//! The only way in which an error becomes an answer: RFC 9457 problem documents.
//!
//! Clients see a code from one closed list; causes stay inside and are logged
//! here, once.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::{Code, MEDIA_TYPE, Problem};
use super::show::CustomerName;
use crate::event::json;
use crate::outcome::Refused;
use crate::refusal::Refusal;
use crate::sheet::Wrongs;
use crate::store;
use crate::writer::Busy;

/// Seconds after which a busy server is worth another try.
const BUSY_RETRY_S: i64 = 1;
/// Seconds after which a wrong clock may have been set.
const CLOCK_RETRY_S: i64 = 5;

const FOREIGN_HOST: &str =
    "this server does not answer to that name; if it is the right one, start the server with --public-url";

const NO_SESSION: &str = "name an operator who opened a session on this terminal with their PIN";
const WRONG_CELLS: &str = "nothing was taken from the file: mend the cells that are listed and send it again";

/// Everything that a call can end with but success.
#[derive(Debug)]
pub enum ApiError {
    /// The request cannot be read; says what is wrong.
    Malformed(String),
    /// A file has wrong cells.
    WrongCells(Wrongs),
    /// No token, an unknown or a revoked one.
    TokenInvalid,
    /// A name that the server does not answer to.
    ForeignHost,
    /// A token of the wrong kind, or a foreign origin.
    Forbidden,
    /// No operator is named, or theirs is not open on this terminal.
    NoSession,
    /// A PIN that is not the operator's.
    PinWrong,
    /// The operator's role is not enough, and nobody whose is approved.
    ApprovalRequired,
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
    /// It cannot be undone: known, in effect.
    Stands,
    /// It could not be cancelled, and is as it was.
    NotCancelled(Refusal),
    /// The join link is used or old.
    InviteExpired,
    /// The shop has no such unit.
    UnitUnknown,
    /// Too many wrong codes.
    TooMany {
        /// Seconds to wait.
        retry_after_s: i64,
    },
    /// The server has too much to do.
    Busy,
    /// The server's clock is behind its books.
    ClockWrong,
    /// The server cannot serve now; says what is wrong.
    Unwell(&'static str),
    /// A refusal of the books, and whose code it was.
    Refused(Box<Refused>, Option<CustomerName>),
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
        if let Self::MethodNotAllowed = self { StatusCode::METHOD_NOT_ALLOWED } else { self.code().status() }
    }

    fn code(&self) -> Code {
        match self {
            Self::Malformed(_) | Self::WrongCells(_) | Self::MethodNotAllowed => Code::Malformed,
            Self::TokenInvalid => Code::TokenInvalid,
            Self::Forbidden | Self::ForeignHost | Self::NoSession => Code::Forbidden,
            Self::PinWrong => Code::PinWrong,
            Self::ApprovalRequired => Code::ApprovalRequired,
            Self::NotFound => Code::NotFound,
            Self::TooLarge => Code::TooLarge,
            Self::IdMismatch => Code::IdMismatch,
            Self::Cancelled => Code::Cancelled,
            Self::InviteExpired => Code::InviteExpired,
            Self::UnitUnknown => Code::UnitUnknown,
            Self::TooMany { .. } => Code::TooManyAttempts,
            Self::Busy | Self::Unwell(_) => Code::Busy,
            Self::ClockWrong => Code::ClockWrong,
            Self::Refused(refused, _) => refused.refusal.into(),
            Self::Stands => Code::Stands,
            Self::NotCancelled(refusal) => (*refusal).into(),
            Self::Internal(error) if error.may_pass() => Code::Busy,
            Self::Internal(_) => Code::Internal,
        }
    }

    fn retry_after_s(&self) -> Option<i64> {
        match self {
            Self::TooMany { retry_after_s } => Some(*retry_after_s),
            Self::Busy | Self::Unwell(_) => Some(BUSY_RETRY_S),
            Self::Internal(error) if error.may_pass() => Some(BUSY_RETRY_S),
            Self::ClockWrong => Some(CLOCK_RETRY_S),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(error) = &self {
            tracing::error!(%error, "a call failed");
        }
        let status = self.status();
        let mut problem = Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: self.code(),
            detail: None,
            retry_after_s: self.retry_after_s(),
            id: None,
            customer: None,
            balance: None,
            unit: None,
            clock_difference_s: None,
            wrong: Vec::new(),
            wrong_count: None,
        };
        match self {
            Self::Malformed(detail) => problem.detail = Some(detail),
            Self::WrongCells(wrongs) => {
                problem.detail = Some(WRONG_CELLS.into());
                problem.wrong_count = Some(wrongs.count);
                problem.wrong = wrongs.first;
            }
            Self::Unwell(wrong) => problem.detail = Some(wrong.into()),
            Self::ForeignHost => problem.detail = Some(FOREIGN_HOST.into()),
            Self::NoSession => problem.detail = Some(NO_SESSION.into()),
            Self::Refused(refused, customer) => {
                problem.customer = customer;
                problem.id = Some(refused.request);
                problem.balance = refused.refusal.balance();
                problem.clock_difference_s = refused.refusal.clock_difference_s();
                problem.unit = problem.balance.map(|_| refused.unit);
            }
            _ => {}
        }
        let mut response = (status, json(&problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = problem.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.unsigned_abs()));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
