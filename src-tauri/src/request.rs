//! A request of this terminal, and what the server may say about it.
//!
//! Pure values, used by the till, the journal and the link.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tillbeam_scanner::digits::Digits27;
use uuid::Uuid;

use crate::wire::{Asked, Redemption, RequestKind};

/// The 27 digits of a code. Its `Debug` hides them: codes are never logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(Digits27);

impl Code {
    /// The code in what was typed or read; blanks and dashes from typing are left out.
    pub fn parse(text: &str) -> Option<Self> {
        const LONGEST_TYPED: usize = 64;
        if text.len() > LONGEST_TYPED {
            return None;
        }
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        Digits27::parse(&digits).ok().map(Self)
    }

    /// The digits, to be sent and to be put into the journal; for nothing else.
    pub fn digits(&self) -> &str {
        self.0.as_str()
    }

    /// As the scanner knows it.
    pub fn read(self) -> Digits27 {
        self.0
    }
}

impl From<Digits27> for Code {
    fn from(digits: Digits27) -> Self {
        Self(digits)
    }
}

impl TryFrom<String> for Code {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not 27 digits with a right check digit")
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0.as_str().to_owned()
    }
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum About {
    /// Take from whom shows this code.
    Redemption {
        /// What was scanned.
        code: Code,
    },
    /// Add to this customer's account.
    TopUp {
        /// Their id.
        customer: u64,
    },
}

impl About {
    /// Without the code.
    pub fn kind(&self) -> RequestKind {
        match self {
            Self::Redemption { .. } => RequestKind::Redemption,
            Self::TopUp { .. } => RequestKind::TopUp,
        }
    }
}

/// A request that moves value: the id is the idempotency key, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the till, once per scan.
    pub id: Uuid,
    /// Whom it is about.
    #[serde(flatten)]
    pub about: About,
    /// One of the shop's units.
    pub unit: String,
    /// Minor units or visits, 1 … 10^12.
    pub amount: u64,
    /// When it was made, by this computer's clock.
    pub at: Timestamp,
}

impl Request {
    /// As the page shows it.
    pub fn asked(&self) -> Asked {
        Asked { id: self.id, unit: self.unit.clone(), amount: self.amount, since: rfc3339(self.at) }
    }
}

/// RFC 3339 in UTC with milliseconds.
pub fn rfc3339(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The three calls about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Send it; the same id again is harmless.
    Post,
    /// Ask how it ended.
    Get,
    /// Make it final and without effect.
    Cancel,
}

/// What came of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is in the books.
    Recorded(Box<Redemption>),
    /// Final: nothing was taken.
    Refused(Refusal),
    /// Final: without effect; `was` is what it had been.
    Cancelled {
        /// `unknown`, `refused` or `recorded`.
        was: String,
    },
    /// The server does not know the id.
    Unknown,
    /// The id is known, but this answer does not say how it ended: ask.
    Known,
    /// An answer that settles nothing: the same id may be repeated or cancelled.
    NotFinal {
        /// The server's code, or `internal` for what is no answer of ours.
        code: String,
        /// Whether the very same request may be accepted later: 429, 5xx, and answers that are not ours.
        repeatable: bool,
        /// From `Retry-After`, at most [`RETRY_AFTER_LIMIT_S`].
        retry_after_s: Option<u64>,
    },
    /// No answer.
    Lost,
}

/// Whatever a server asks for, a customer is waiting.
pub const RETRY_AFTER_LIMIT_S: u64 = 5;

/// A final refusal, with the details some codes carry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Refusal {
    /// One of the closed list.
    pub code: String,
    /// The unit it is about.
    #[serde(default)]
    pub unit: Option<String>,
    /// With `insufficient_balance`.
    #[serde(default)]
    pub balance: Option<u64>,
    /// With `code_expired`.
    #[serde(default)]
    pub clock_difference_s: Option<i64>,
}
