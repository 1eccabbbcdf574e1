//! Double-entry movements: what a ledger entry is, its parts, its hash.
//!
//! Pure values. An account's balance is its credits less its debits; every
//! entry debits one account and credits another of the same unit, so the
//! balances of one unit sum to zero by construction. `book` makes entries,
//! `store` keeps them, `verify` recomputes them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::code::{CredentialNumber, Step};
use crate::id::{AccountId, CustomerId, OperatorId, RequestId, ShopId, TerminalId};

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
    /// The second movement of a request: a top-up's bonus, the bonus given up with a refund, what the other
    /// customer of a transfer gains, an adjustment's part of the other sign.
    pub const SECOND: i64 = 1;
    /// What a cancel moves back; it has no id of its own.
    pub const CANCEL_MAIN: i64 = 2;
    /// The same, where a request moved twice.
    pub const CANCEL_SECOND: i64 = 3;
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

    /// The parts that a movement of `amount` takes out of this split. `None` if there is too little.
    pub fn take(self, amount: i64, order: Order) -> Option<Self> {
        if amount > self.total() {
            return None;
        }
        let bonus = match order {
            Order::Principal => amount - amount.min(self.principal),
            Order::Bonus => amount.min(self.bonus),
            Order::Proportion => proportion(amount, self),
        };
        Some(Self { principal: amount - bonus, bonus })
    }

    /// The parts given back by a reversal of `amount`, at most what is left, when `before` was given back already:
    /// in the opposite order of `take` (in proportion: of all that was given back), so that all parts together
    /// restore exactly this split, also if the shop changed its order meanwhile.
    pub fn give_back(self, before: Self, amount: i64, order: Order) -> Self {
        let left = Self { principal: self.principal - before.principal, bonus: self.bonus - before.bonus };
        let bonus = match order {
            Order::Principal => amount,
            Order::Bonus => amount - amount.min(left.principal),
            Order::Proportion => proportion(before.total() + amount, self) - before.bonus,
        };
        let bonus = bonus.clamp((amount - left.principal).max(0), left.bonus.min(amount));
        Self { principal: amount - bonus, bonus }
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

/// The bonus in `amount` of a split, rounded down.
fn proportion(amount: i64, of: Split) -> i64 {
    let exact = i128::from(amount) * i128::from(of.bonus) / i128::from(of.total().max(1));
    i64::try_from(exact).unwrap_or(of.bonus)
}

/// Which part a redemption takes first, a shop's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// What was paid for.
    #[default]
    Principal,
    /// What the shop gave.
    Bonus,
    /// Both in proportion, rounded down on bonus.
    Proportion,
}

impl Order {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Principal, Self::Bonus, Self::Proportion];

    /// The order of a stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == text)
    }

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Bonus => "bonus",
            Self::Proportion => "proportion",
        }
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

    /// Whether the kind alone does not say if the customer gained.
    pub fn goes_either_way(self) -> bool {
        match self {
            Self::Reversal | Self::Transfer | Self::Adjustment => true,
            Self::Redemption | Self::TopUp | Self::Bonus | Self::Refund | Self::Expiry => false,
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
    /// The operator who stood at it; none in a shop without operators.
    pub operator: Option<OperatorId>,
    /// Who approved what the operator alone may not do.
    pub approver: Option<OperatorId>,
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
    /// The other customer of a transfer.
    pub peer: Option<CustomerId>,
    /// Chains it to the entry before.
    pub hash: Hash,
}

impl Entry {
    /// SHA-256 over `tillbeam/entry/1`, the previous hash, and every id, number and time of the row, each as
    /// 8 bytes big-endian (an absent one as the bytes of -1). Then the operator, the approver and the other
    /// customer, in this order, each only if there is one: the word `operator`, `approver` or `peer` and 8 bytes,
    /// so that entries from before there were any keep their hashes. Names and free text are outside, so that
    /// they can be erased.
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
        let later: [(&[u8], Option<i64>); 3] = [
            (b"operator", self.operator.map(|operator| operator.0)),
            (b"approver", self.approver.map(|operator| operator.0)),
            (b"peer", self.peer.map(|customer| customer.0)),
        ];
        for (word, id) in later {
            if let Some(id) = id {
                sha.update(word);
                sha.update(id.to_be_bytes());
            }
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
            principal in 0..1000i64, bonus in 0..1000i64, amount in 1..2500i64, order in 0..3usize,
        ) {
            let held = Split { principal, bonus };
            match held.take(amount, Order::ALL[order]) {
                Some(taken) => {
                    prop_assert_eq!(taken.total(), amount);
                    prop_assert!(held.less(taken).is_some());
                }
                None => prop_assert!(amount > held.total()),
            }
        }

        #[test]
        fn the_parts_of_a_reversal_restore_exactly_the_split(
            principal in 0..1000i64, bonus in 0..1000i64,
            cuts in prop::collection::vec((1..300i64, 0..3usize), 0..12),
        ) {
            let taken = Split { principal, bonus };
            let mut given = Split::default();
            for (cut, order) in cuts.into_iter().chain([(i64::MAX, 0)]) {
                let part = cut.min(taken.total() - given.total());
                let back = taken.give_back(given, part, Order::ALL[order]);
                prop_assert_eq!(back.total(), part);
                prop_assert!(back.principal >= 0 && back.bonus >= 0);
                given = given.plus(back);
                prop_assert!(taken.less(given).is_some());
            }
            prop_assert_eq!(given, taken);
        }
    }

    #[test]
    fn parts_go_in_the_shops_order_and_come_back_in_the_opposite_one() {
        let split = |principal, bonus| Split { principal, bonus };
        for (order, taken, first, second) in [
            (Order::Principal, split(30, 3), split(0, 2), split(30, 1)),
            (Order::Bonus, split(23, 10), split(2, 0), split(21, 10)),
            (Order::Proportion, split(25, 8), split(2, 0), split(23, 8)),
        ] {
            assert_eq!(split(30, 10).take(33, order), Some(taken), "{order:?}");
            assert_eq!(taken.give_back(Split::default(), 2, order), first, "{order:?}");
            assert_eq!(taken.give_back(first, 31, order), second, "{order:?}");
        }
    }

    #[test]
    fn an_entry_without_the_later_ids_has_the_hash_that_it_always_had() {
        let mut entry = Entry {
            shop: ShopId(1),
            number: 1,
            kind: EntryKind::Redemption,
            at: 5,
            request: RequestId::from_bytes([1; 16]),
            leg: 0,
            fingerprint: [2; 16],
            terminal: Some(TerminalId(1)),
            operator: None,
            approver: None,
            customer: CustomerId(1),
            seq: Some(1),
            debit: AccountId(1),
            credit: AccountId(2),
            split: split_of(1),
            balance: 9,
            credential: None,
            step: None,
            reverses: None,
            peer: None,
            hash: [0; 32],
        };
        let mut hashes = vec![hex::encode(entry.hash_after(&[0; 32]))];
        assert_eq!(hashes[0], "48ec682a4480c7ff4e7ba2aa3fe44601d2e4fa31ca26c3830cdaa99d66981c24");
        entry.operator = Some(OperatorId(7));
        hashes.push(hex::encode(entry.hash_after(&[0; 32])));
        (entry.operator, entry.approver) = (None, entry.operator);
        hashes.push(hex::encode(entry.hash_after(&[0; 32])));
        (entry.approver, entry.peer) = (None, Some(CustomerId(7)));
        hashes.push(hex::encode(entry.hash_after(&[0; 32])));
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 4, "each later id is covered by the hash, in its own place");
    }

    fn split_of(principal: i64) -> Split {
        Split { principal, bonus: 0 }
    }
}
