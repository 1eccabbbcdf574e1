//! What a customer is told that moved no value: frozen, a new phone, soon to expire.
//!
//! Pure: the words. A status takes the next number of the customer's series, like an entry and a refusal; it is
//! written by `store::status` in the transaction of its cause and rendered by `event`.

use crate::id::{CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::Millis;
use crate::unit::Unit;

/// What became of a customer, an account or a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusKind {
    /// The customer is frozen: nothing is taken.
    Frozen,
    /// They are not any more.
    Unfrozen,
    /// An account has a new date.
    ExpiresAt,
    /// An account's date is near.
    ExpiresSoon,
    /// An account's date is past: nothing is taken, nothing is lost.
    Expired,
    /// Another phone or card is theirs.
    Paired,
    /// A phone or card was taken back.
    Revoked,
    /// The phone has to fetch a new key.
    Renew,
}

impl StatusKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Frozen,
        Self::Unfrozen,
        Self::ExpiresAt,
        Self::ExpiresSoon,
        Self::Expired,
        Self::Paired,
        Self::Revoked,
        Self::Renew,
    ];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Unfrozen => "unfrozen",
            Self::ExpiresAt => "expires_at",
            Self::ExpiresSoon => "expires_soon",
            Self::Expired => "expired",
            Self::Paired => "paired",
            Self::Revoked => "revoked",
            Self::Renew => "renew",
        }
    }

    /// The kind of a stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// News before it has its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Whose shop.
    pub shop: ShopId,
    /// Who is told.
    pub customer: CustomerId,
    /// What.
    pub kind: StatusKind,
    /// Of which account.
    pub unit: Option<Unit>,
    /// The account's date.
    pub expires_at: Option<Millis>,
    /// Where it was done.
    pub terminal: Option<TerminalId>,
    /// Who did it.
    pub operator: Option<OperatorId>,
}

impl News {
    /// News about the customer and none of their accounts.
    pub fn of(shop: ShopId, customer: CustomerId, kind: StatusKind) -> Self {
        Self { shop, customer, kind, unit: None, expires_at: None, terminal: None, operator: None }
    }
}

/// News with its number: one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The news.
    pub news: News,
    /// Its number in the customer's series.
    pub seq: i64,
    /// When, Unix ms.
    pub at: Millis,
    /// The cause's id.
    pub request: RequestId,
}
