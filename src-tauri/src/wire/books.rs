//! What the server has in its books, as far as the page shows it: redemptions, entries, customers.
//! Unknown fields are ignored, so a newer server does no harm.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;
use uuid::Uuid;

use super::RequestKind;

/// How far a redemption got on the customer's phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum Lamp {
    /// In the ledger.
    #[default]
    Recorded,
    /// The phone has it.
    Received,
    /// The phone showed it.
    Seen,
}

/// A customer as the shop knows them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Customer {
    /// Positive, below 2^53.
    pub id: u64,
    /// As the shop wrote it.
    pub name: String,
}

/// A recorded redemption (or top-up), as the server answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Redemption {
    /// Of the first request, where `repeated`.
    pub id: Uuid,
    /// Whose.
    pub customer: Customer,
    /// One of the shop's units.
    pub unit: String,
    /// What was taken, or moved: never below zero, whichever way it went.
    pub amount: u64,
    /// What was left right after it.
    pub balance: u64,
    /// What was given back since.
    #[serde(default)]
    pub reversed: u64,
    /// When it was recorded.
    pub at: String,
    /// The customer's event number; none where the customer is not told.
    #[serde(default)]
    pub seq: Option<u64>,
    /// Two digits and an emoji, the same on the phone.
    #[serde(default)]
    pub mark: String,
    /// How far it got on the phone.
    #[serde(default)]
    pub lamp: Lamp,
    /// The same code was scanned again: this is the first result, and nothing more was taken.
    #[serde(default)]
    pub repeated: bool,
}

/// A line of the last ten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(untagged)]
pub enum Listed {
    /// From the ledger.
    Entry(Box<Entry>),
    /// What this terminal asked for and moved nothing.
    Refusal(RefusalListed),
}

/// A ledger entry, as the terminal's socket tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Entry {
    /// 1, 2, 3 … per shop.
    pub number: u64,
    /// `redemption`, `top_up`, `reversal`, …; new ones may come.
    pub kind: String,
    /// Of the request that caused it.
    pub id: Uuid,
    /// Whose.
    pub customer: Customer,
    /// One of the shop's units.
    pub unit: String,
    /// Always positive.
    pub amount: u64,
    /// What was left right after it.
    pub balance: u64,
    /// When.
    pub at: String,
    /// Two digits and an emoji.
    #[serde(default)]
    pub mark: String,
    /// Of a redemption.
    #[serde(default)]
    pub lamp: Option<Lamp>,
    /// What a reversal reverses.
    #[serde(default)]
    pub of: Option<Uuid>,
    /// The kind of it.
    #[serde(default)]
    pub of_kind: Option<String>,
    /// Whether the customer gained, where the kind alone does not say it.
    #[serde(default)]
    pub gain: Option<bool>,
    /// Who asked; none for balances that were brought in. Not for the page.
    #[serde(default, skip_serializing)]
    #[cfg_attr(test, ts(skip))]
    pub terminal: Option<u64>,
}

/// A request that moved nothing, in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct RefusalListed {
    /// Always `refusal`.
    #[cfg_attr(test, ts(type = "\"refusal\""))]
    pub kind: &'static str,
    /// The request's id.
    pub id: Uuid,
    /// What it was.
    pub of: RequestKind,
    /// The reason.
    pub code: String,
    /// When.
    pub at: String,
}

/// A join link: one phone, 15 minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Join {
    /// To be shown as a QR code.
    pub url: String,
    /// When it ends.
    pub expires_at: String,
}

/// The answer to `new_customer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct NewCustomer {
    /// Who was made.
    pub customer: Customer,
    /// For their phone.
    pub join: Join,
    /// The first top-up, if it was recorded.
    #[serde(default)]
    pub top_up: Option<Box<Redemption>>,
    /// Why the top-up was not recorded, or not yet; the customer stands.
    #[serde(default)]
    pub top_up_failed: Option<String>,
}
