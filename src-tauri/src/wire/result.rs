//! The result field, and the list of those in doubt.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;
use uuid::Uuid;

use super::{Customer, Redemption};

/// The result field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Shown {
    /// Waiting for a code.
    Idle,
    /// Sent less than 3 s ago.
    Sending(Asked),
    /// No answer in 3 s: do not scan again.
    Checking(Asked),
    /// Taken.
    Recorded {
        /// The server's object.
        redemption: Box<Redemption>,
    },
    /// Not taken, and why.
    Refused(Refused),
    /// The outcome is not known.
    InDoubt {
        /// What was asked for.
        #[serde(flatten)]
        asked: Asked,
        /// The server answers, but does not know it: it can be made final.
        can_cancel: bool,
        /// Why the server would not settle it, where it said so.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        code: Option<String>,
    },
    /// Final and without effect.
    Cancelled {
        /// The request's id.
        id: Uuid,
        /// What it was before: `unknown`, `refused` or `recorded`.
        was: String,
        /// When the till learnt it.
        at: String,
    },
}

/// A request whose outcome the field is waiting for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Asked {
    /// The request's id.
    pub id: Uuid,
    /// One of the shop's units.
    pub unit: String,
    /// What it would take.
    pub amount: u64,
    /// When it was scanned.
    pub since: String,
}

/// A refusal: nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Refused {
    /// The request's id.
    pub id: Uuid,
    /// The reason.
    pub code: String,
    /// Whose code it was, where the server knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub customer: Option<Customer>,
    /// The unit that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub unit: Option<String>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub amount: Option<u64>,
    /// What there is, with `insufficient_balance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub balance: Option<u64>,
    /// By how much the phone's clock is off, with `code_expired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub clock_difference_s: Option<i64>,
    /// When the till learnt it.
    pub at: String,
}

/// A line of the list of those in doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Doubt {
    /// The request's id.
    pub id: Uuid,
    /// What it is.
    pub kind: RequestKind,
    /// Whose account it is about, where the request names them: a scan does not, nor what undoes something.
    pub customer: Option<u64>,
    /// What it undoes.
    pub of: Option<Uuid>,
    /// One of the shop's units.
    pub unit: String,
    /// What it would move.
    pub amount: u64,
    /// When it was made.
    pub since: String,
    /// See [`DoubtState`].
    pub state: DoubtState,
}

/// The kinds of request that are kept in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// Value taken.
    Redemption,
    /// Value added.
    TopUp,
    /// Paid out.
    Refund,
    /// Moved to another customer.
    Transfer,
    /// Corrected.
    Adjustment,
    /// Undone.
    Reversal,
}

/// How a doubt stands. The first four are open, the others settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum DoubtState {
    /// The server is being asked.
    Asking,
    /// The server cannot be reached; it goes on being asked.
    Unreachable,
    /// The server answers, but does not know it: "cancel for sure".
    CanCancel,
    /// Being cancelled.
    Cancelling,
    /// Taken.
    Recorded,
    /// Not taken.
    Refused,
    /// Final and without effect.
    Cancelled,
    /// It was recorded before the server was restored from a backup, which does not know it.
    Gone,
}
