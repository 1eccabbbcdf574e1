//! Double-entry movements: what a ledger entry is, its parts, its hash.
//!
//! Pure values. An account's balance is its credits less its debits; every
//! entry debits one account and credits another of the same unit, so the
//! balances of one unit sum to zero by construction. `book` makes entries,
//! `store` keeps them, `verify` recomputes them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::code::{CredentialNumber, Step};
use crate::id::{AccountId, CustomerId, RequestId, ShopId, TerminalId};

/// Milliseconds since the Unix epoch, UTC.
pub type Millis = i64;

/// A time as the wire has it: RFC 3339, UTC, three decimals.
pub fn rfc3339(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::MAX).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// SHA-256 over an entry and the hash before it.
pub type Hash = [u8; 32];
/// Keyed digest of a request's meaning.
pub type Fingerprint = [u8; 16];

/// The leg of an entry within its request; each (request, leg) exists once.
pub mod leg {
    /// The movement itself; carries the id's uniqueness.
    pub const MAIN: i64 = 0;
    /// The bonus of a top-up.
    pub const BONUS: i64 = 1;
    /// The reversal of the main leg by a cancel, which has no id of its own.
    pub const CANCEL_MAIN: i64 = 2;
    /// The reversal of a top-up's bonus by a cancel.
    pub const CANCEL_BONUS: i64 = 3;
}

/// An amount in its two parts; both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// What was paid for.
    pub principal: i64,
    /// What the shop gave on top.
    pub bonus: i64,
}

impl Split {
    /// Both parts together.
    pub fn total(self) -> i64 {
        self.principal + self.bonus
    }

    /// The parts that a redemption of `amount` takes: principal first. `None` if there is too little.
    pub fn take(self, amount: i64) -> Option<Self> {
        let principal = amount.min(self.principal);
        let bonus = amount - principal;
        (bonus <= self.bonus).then_some(Self { principal, bonus })
    }

    /// The parts given back by a reversal of `amount` when `before` was given back already: bonus first,
    /// the opposite order of `take`, so that all parts together restore exactly this split.
    pub fn give_back(self, before: i64, amount: i64) -> Self {
        let bonus = |returned: i64| returned.min(self.bonus);
        let given = bonus(before + amount) - bonus(before);
        Self { principal: amount - given, bonus: given }
    }

    /// Part by part; `None` where one would fall below zero.
    pub fn less(self, other: Self) -> Option<Self> {
        let left = Self { principal: self.principal - other.principal, bonus: self.bonus - other.bonus };
        (left.principal >= 0 && left.bonus >= 0).then_some(left)
    }

    /// Part by part.
    pub fn plus(self, other: Self) -> Self {
        Self { principal: self.principal + other.principal, bonus: self.bonus + other.bonus }
    }
}

/// What an entry is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum EntryKind {
    /// Value taken because a terminal scanned a valid code.
    Redemption,
    /// Value added against payment.
    TopUp,
    /// Value that the shop added on top.
    Bonus,
    /// Undoes an entry, wholly or in part.
    Reversal,
    /// Remaining principal paid out.
    Refund,
    /// Value moved to another customer.
    Transfer,
    /// A correction with a reason; opening balances too.
    Adjustment,
    /// Value past its date.
    Expiry,
}

impl EntryKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Redemption,
        Self::TopUp,
        Self::Bonus,
        Self::Reversal,
        Self::Refund,
        Self::Transfer,
        Self::Adjustment,
        Self::Expiry,
    ];

    /// The kind of a stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redemption => "redemption",
            Self::TopUp => "top_up",
            Self::Bonus => "bonus",
            Self::Reversal => "reversal",
            Self::Refund => "refund",
            Self::Transfer => "transfer",
            Self::Adjustment => "adjustment",
            Self::Expiry => "expiry",
        }
    }

    /// Its number in the hash; never to be renumbered.
    fn ordinal(self) -> i64 {
        match self {
            Self::Redemption => 1,
            Self::TopUp => 2,
            Self::Bonus => 3,
            Self::Reversal => 4,
            Self::Refund => 5,
            Self::Transfer => 6,
            Self::Adjustment => 7,
            Self::Expiry => 8,
        }
    }
}

/// The shop's own side of an entry.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum OwnAccount {
    /// Paid by customers for top-ups.
    Cash,
    /// Given by the shop as bonus.
    Promotion,
    /// Earned by redemptions.
    Revenue,
    /// Brought in from elsewhere.
    Opening,
    /// On its way from one customer to another; zero after every request.
    Transit,
    /// Corrected by hand.
    Adjustment,
}

impl OwnAccount {
    /// Every one of them: a unit has all.
    pub const ALL: [Self; 6] =
        [Self::Cash, Self::Promotion, Self::Revenue, Self::Opening, Self::Transit, Self::Adjustment];

    /// The account of a stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Promotion => "promotion",
            Self::Revenue => "revenue",
            Self::Opening => "opening",
            Self::Transit => "transit",
            Self::Adjustment => "adjustment",
        }
    }
}

/// One immutable movement between a customer's account and one of the shop's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The shop whose ledger it is in.
    pub shop: ShopId,
    /// 1, 2, 3 … in that shop.
    pub number: i64,
    /// What it is.
    pub kind: EntryKind,
    /// When; never before the entry before it.
    pub at: Millis,
    /// The request that caused it.
    pub request: RequestId,
    /// Which movement of that request; see [`leg`].
    pub leg: i64,
    /// Digest of the request's meaning.
    pub fingerprint: Fingerprint,
    /// The terminal that asked; none for provisioned balances.
    pub terminal: Option<TerminalId>,
    /// Whose account.
    pub customer: CustomerId,
    /// The customer's event number; none if the customer is not told.
    pub seq: Option<i64>,
    /// The account that loses.
    pub debit: AccountId,
    /// The account that gains.
    pub credit: AccountId,
    /// The amount in its parts.
    pub split: Split,
    /// The customer's account right after it.
    pub balance: i64,
    /// The credential that was scanned.
    pub credential: Option<CredentialNumber>,
    /// The code's step; none for a card.
    pub step: Option<Step>,
    /// The number of the entry that this one undoes.
    pub reverses: Option<i64>,
    /// Chains it to the entry before.
    pub hash: Hash,
}

impl Entry {
    /// SHA-256 over `tillbeam/entry/1`, the previous hash, and every id, number and time of the row, each as
    /// 8 bytes big-endian (an absent one as the bytes of -1). Names and free text are outside, so that they
    /// can be erased.
    pub fn hash_after(&self, previous: &Hash) -> Hash {
        let mut sha = Sha256::new();
        sha.update(b"tillbeam/entry/1");
        sha.update(previous);
        sha.update(self.request.as_bytes());
        sha.update(self.fingerprint);
        let credential = self.credential.map_or(-1, |c| i64::try_from(c.get()).unwrap_or(-1));
        let numbers = [
            self.shop.0,
            self.number,
            self.kind.ordinal(),
            self.at,
            self.leg,
            self.terminal.map_or(-1, |t| t.0),
            self.customer.0,
            self.seq.unwrap_or(-1),
            self.debit.0,
            self.credit.0,
            self.split.principal,
            self.split.bonus,
            self.balance,
            credential,
            self.step.map_or(-1, |s| s.0),
            self.reverses.unwrap_or(-1),
        ];
        for number in numbers {
            sha.update(number.to_be_bytes());
        }
        sha.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_is_the_amount_and_never_more_than_there_is(
            principal in 0..1000i64, bonus in 0..1000i64, amount in 1..2500i64,
        ) {
            let held = Split { principal, bonus };
            match held.take(amount) {
                Some(taken) => {
                    prop_assert_eq!(taken.total(), amount);
                    prop_assert!(held.less(taken).is_some());
                }
                None => prop_assert!(amount > held.total()),
            }
        }

        #[test]
        fn the_parts_of_a_reversal_restore_exactly_the_split(
            principal in 0..1000i64, bonus in 0..1000i64, cuts in prop::collection::vec(1..300i64, 0..12),
        ) {
            let taken = Split { principal, bonus };
            let mut given = Split::default();
            for cut in cuts.into_iter().chain([i64::MAX]) {
                let part = cut.min(taken.total() - given.total());
                given = given.plus(taken.give_back(given.total(), part));
                prop_assert!(taken.less(given).is_some());
            }
            prop_assert_eq!(given, taken);
        }
    }
}
