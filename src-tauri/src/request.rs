//! A request of this terminal, and what the server may say about it.
//!
//! Pure values, used by the till, the journal and the link.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tillbeam_scanner::digits::Digits27;
#[cfg(test)]
use ts_rs::TS;
use uuid::Uuid;

use crate::wire::{Asked, Customer, Redemption, RequestKind};

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
#[cfg_attr(test, derive(TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum About {
    /// Take from whom shows this code.
    Redemption {
        /// What was scanned.
        #[cfg_attr(test, ts(type = "string"))]
        code: Code,
    },
    /// Take from a customer who was found by name: a manager approves.
    Named {
        /// Their id.
        customer: u64,
    },
    /// Add to this customer's account.
    TopUp {
        /// Their id.
        customer: u64,
        /// What the shop gives on top; without it, what its rules say.
        #[serde(default)]
        bonus: Option<u64>,
    },
    /// Pay out what is left of what was paid for.
    Refund {
        /// Whose.
        customer: u64,
        /// Whether the bonus that is left is given up with it.
        forfeit_bonus: bool,
        /// Why, for the books; not for the journal.
        #[serde(default, skip_serializing)]
        reason: String,
    },
    /// Move to another customer.
    Transfer {
        /// Who gives.
        customer: u64,
        /// Who gets.
        to: u64,
        /// Why.
        #[serde(default, skip_serializing)]
        reason: String,
    },
    /// Correct an account.
    Adjustment {
        /// Whose.
        customer: u64,
        /// Whether it is taken.
        take: bool,
        /// Of the bonus, and not of what was paid for.
        of_bonus: bool,
        /// Why.
        #[serde(default, skip_serializing)]
        reason: String,
    },
    /// Undo what is recorded, wholly or in part.
    Reversal {
        /// The id of what is undone.
        of: Uuid,
        /// What it was.
        of_kind: Undone,
        /// All that is left of it, with its bonus; else the request's amount.
        whole: bool,
        /// Why; needed where a manager is.
        #[serde(default, skip_serializing)]
        reason: Option<String>,
    },
}

/// What a reversal undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum Undone {
    /// Value taken.
    Redemption,
    /// Value added.
    TopUp,
}

impl About {
    /// Without the code.
    pub fn kind(&self) -> RequestKind {
        match self {
            Self::Redemption { .. } | Self::Named { .. } => RequestKind::Redemption,
            Self::TopUp { .. } => RequestKind::TopUp,
            Self::Refund { .. } => RequestKind::Refund,
            Self::Transfer { .. } => RequestKind::Transfer,
            Self::Adjustment { .. } => RequestKind::Adjustment,
            Self::Reversal { .. } => RequestKind::Reversal,
        }
    }

    /// Whose account is named.
    pub fn customer(&self) -> Option<u64> {
        match self {
            Self::Redemption { .. } | Self::Reversal { .. } => None,
            Self::Named { customer }
            | Self::TopUp { customer, .. }
            | Self::Refund { customer, .. }
            | Self::Transfer { customer, .. }
            | Self::Adjustment { customer, .. } => Some(*customer),
        }
    }

    /// The id of what is undone.
    pub fn undoes(&self) -> Option<Uuid> {
        if let Self::Reversal { of, .. } = self { Some(*of) } else { None }
    }

    /// The code of a scan.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Redemption { code } => Some(*code),
            Self::Named { .. }
            | Self::TopUp { .. }
            | Self::Refund { .. }
            | Self::Transfer { .. }
            | Self::Adjustment { .. }
            | Self::Reversal { .. } => None,
        }
    }
}

/// A PIN on its way to the server. Its `Debug` hides it, and it is never written down.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Pin(String);

impl Pin {
    /// The digits, for whoever keeps a hash of them.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(hidden)")
    }
}

/// A manager's or owner's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Approval {
    /// Who consents.
    pub operator: u64,
    /// Their PIN.
    pub pin: Pin,
}

/// Who asks and who consents. Nothing of it outlives the process: after a restart no request is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct By {
    /// Who stands at the till; none in a shop without operators.
    pub operator: Option<u64>,
    /// Of a manager.
    pub approval: Option<Approval>,
    /// The customer's.
    pub pin: Option<Pin>,
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
    /// The journal does not keep it.
    #[serde(skip)]
    pub by: By,
}

impl Request {
    /// As the page shows it.
    pub fn asked(&self) -> Asked {
        Asked { id: self.id, unit: self.unit.clone(), amount: self.amount, since: rfc3339(self.at) }
    }

    /// The path and body of its POST.
    pub fn call(&self) -> (String, Value) {
        let Self { id, about, unit, amount, at: _, by } = self;
        let (path, mut body) = match about {
            About::Redemption { code } => {
                ("redemptions".to_owned(), json!({ "code": code.digits(), "unit": unit, "amount": amount }))
            }
            About::Named { customer } => {
                ("redemptions".to_owned(), json!({ "customer": customer, "unit": unit, "amount": amount }))
            }
            About::TopUp { customer, bonus } => {
                (format!("customers/{customer}/top-ups"), json!({ "unit": unit, "amount": amount, "bonus": bonus }))
            }
            About::Refund { customer, forfeit_bonus, reason } => (
                format!("customers/{customer}/refunds"),
                json!({ "unit": unit, "amount": amount, "forfeit_bonus": forfeit_bonus, "reason": reason }),
            ),
            About::Transfer { customer, to, reason } => (
                format!("customers/{customer}/transfers"),
                json!({ "to": to, "unit": unit, "amount": amount, "reason": reason }),
            ),
            About::Adjustment { customer, take, of_bonus, reason } => {
                let size = i64::try_from(*amount).unwrap_or(i64::MAX);
                let size = if *take { -size } else { size };
                let (amount, bonus) = if *of_bonus { (0, size) } else { (size, 0) };
                (
                    format!("customers/{customer}/adjustments"),
                    json!({ "unit": unit, "amount": amount, "bonus": bonus, "reason": reason }),
                )
            }
            About::Reversal { of, of_kind, whole, reason } => {
                let noun = match of_kind {
                    Undone::Redemption => "redemptions",
                    Undone::TopUp => "top-ups",
                };
                (format!("{noun}/{of}/reversals"), json!({ "amount": (!whole).then_some(amount), "reason": reason }))
            }
        };
        body["id"] = json!(id);
        body["operator"] = json!(by.operator);
        body["approval"] = json!(by.approval);
        if let Some(pin) = &by.pin {
            body["pin"] = json!(pin);
        }
        (path, body)
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
    /// Whose code it was.
    #[serde(default)]
    pub customer: Option<Customer>,
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
