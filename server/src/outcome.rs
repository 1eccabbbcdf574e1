//! How a request ended: recorded, refused or cancelled, and what the books remember of it.
//!
//! Pure values that `book` makes, `store` keeps and `http` shows.

use crate::code::{CredentialNumber, Step};
use crate::id::{CustomerId, RequestId, ShopId, TerminalId};
use crate::ledger::{Entry, EntryKind, Fingerprint, Millis, Split};
use crate::refusal::Refusal;
use crate::request::Noun;
use crate::unit::Unit;

/// One recorded movement and how much of it was undone since.
#[derive(Debug, Clone)]
pub struct Leg {
    /// The movement.
    pub entry: Entry,
    /// Whether the customer gained.
    pub gain: bool,
    /// What reversals moved back, in all.
    pub reversed: Split,
}

/// A recorded request: its legs, the main one first.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// At least one.
    pub legs: Vec<Leg>,
    /// What it moved.
    pub unit: Unit,
    /// For a reversal: what it undid.
    pub of: Option<RequestId>,
    /// The customer's name on screens.
    pub customer_name: String,
}

impl Recorded {
    /// The main movement.
    pub fn main(&self) -> &Leg {
        &self.legs[0]
    }

    /// The noun under which it is found.
    pub fn noun(&self) -> Noun {
        match self.main().entry.kind {
            EntryKind::Redemption => Noun::Redemption,
            EntryKind::Reversal => Noun::Reversal,
            EntryKind::TopUp | EntryKind::Bonus => Noun::TopUp,
            EntryKind::Refund => Noun::Refund,
            EntryKind::Transfer => Noun::Transfer,
            EntryKind::Adjustment | EntryKind::Expiry => Noun::Adjustment,
        }
    }

    /// Moved in all, bonus and principal.
    pub fn total(&self) -> i64 {
        self.legs.iter().map(|leg| leg.entry.split.total()).sum()
    }

    /// Undone in all.
    pub fn reversed(&self) -> i64 {
        self.legs.iter().map(|leg| leg.reversed.total()).sum()
    }
}

/// A request that took nothing.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Its shop.
    pub shop: ShopId,
    /// Its id.
    pub request: RequestId,
    /// Under which noun it was asked.
    pub noun: Noun,
    /// Digest of its meaning.
    pub fingerprint: Fingerprint,
    /// Who asked.
    pub terminal: TerminalId,
    /// When.
    pub at: Millis,
    /// Why.
    pub refusal: Refusal,
    /// The customer whose code it was.
    pub customer: Option<CustomerId>,
    /// The customer's event number, if they are told.
    pub seq: Option<i64>,
    /// The scanned credential.
    pub credential: Option<CredentialNumber>,
    /// The code's step; none for a card.
    pub step: Option<Step>,
    /// The unit as it was asked.
    pub unit: String,
    /// The amount as it was asked.
    pub amount: Option<i64>,
}

/// A double scan's new id.
#[derive(Debug, Clone)]
pub struct Repeat {
    /// Its shop.
    pub shop: ShopId,
    /// The new id.
    pub request: RequestId,
    /// Digest of its meaning.
    pub fingerprint: Fingerprint,
    /// Who asked.
    pub terminal: TerminalId,
    /// When.
    pub at: Millis,
    /// The entry that was there before.
    pub number: i64,
    /// That entry's own id.
    pub first: RequestId,
}

/// What a request was when it was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, serde::Serialize, utoipa::ToSchema)]
#[sqlx(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Was {
    /// It had not come.
    Unknown,
    /// It had taken nothing.
    Refused,
    /// It was recorded, and is reversed now.
    Recorded,
}

impl Was {
    /// The word as it is stored; `None` for another.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Unknown, Self::Refused, Self::Recorded].into_iter().find(|was| was.as_str() == text)
    }

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Recorded => "recorded",
        }
    }
}

/// An id made final.
#[derive(Debug, Clone)]
pub struct Cancellation {
    /// Its shop.
    pub shop: ShopId,
    /// The cancelled id.
    pub request: RequestId,
    /// Under which noun.
    pub noun: Noun,
    /// What it was.
    pub was: Was,
    /// Who cancelled.
    pub terminal: TerminalId,
    /// When.
    pub at: Millis,
}

/// What is known of a request id.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// How it was settled first; none: it never came.
    pub settled: Option<Settled>,
    /// Whether it was cancelled after or before that.
    pub cancellation: Option<Cancellation>,
    /// Whether it is the id of something else: a Z report, an import, a customer, an operator.
    pub elsewhere: bool,
}

/// How a request was settled.
#[derive(Debug, Clone)]
pub enum Settled {
    /// It moved value.
    Recorded(Recorded),
    /// It took nothing.
    Refused(Refused),
    /// It stands for an earlier one.
    Repeat(Repeat),
}

/// How a request ended, for the terminal.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Value was moved, now or before.
    Recorded {
        /// The request.
        recorded: Recorded,
        /// Whether this very call did it.
        fresh: bool,
        /// Whether it is the answer to a double scan.
        repeated: bool,
    },
    /// Nothing was taken, now or before.
    Refused(Refused),
    /// It was cancelled, now or before.
    Cancelled {
        /// The cancellation.
        cancellation: Cancellation,
        /// What it was before.
        settled: Option<Settled>,
        /// Whether it is the first one of a double scan, whose other id was asked after.
        repeated: bool,
    },
    /// The id is known with another meaning.
    IdMismatch,
    /// The id was cancelled before it came.
    AlreadyCancelled,
    /// It could not be cancelled, and is as it was; another try may succeed.
    NotCancelled(Refusal),
    /// Free text has to say why.
    NoReason,
    /// Too many wrong codes from this terminal.
    TooMany {
        /// Seconds to wait.
        retry_after_s: i64,
    },
    /// The server's clock is behind its books.
    ClockWrong,
}
