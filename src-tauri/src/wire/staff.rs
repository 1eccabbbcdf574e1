//! Who stands at the till, and the new customer's person.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

/// An operator, as the server lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Operator {
    /// Positive, below 2^53.
    pub id: u64,
    /// As the owner wrote it.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether their session is open on this till.
    pub open: bool,
    /// They may do nothing any more.
    pub disabled: bool,
}

/// What an operator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 收银员: takes and tops up.
    Cashier,
    /// 店长: also approves, refunds, corrects, closes the day.
    Manager,
    /// 店主: everything.
    Owner,
}

/// Who may stand at the till, and who does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Staff {
    /// None at all: nobody is asked who they are.
    pub operators: Vec<Operator>,
    /// Whose session this till uses; none while it is locked.
    pub standing: Option<u64>,
}

impl Staff {
    /// Whether somebody has to give their PIN before anything is taken.
    pub fn is_locked(&self) -> bool {
        self.standing.is_none() && self.operators.iter().any(|operator| !operator.disabled)
    }
}

/// A new customer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Person {
    /// As the shop knows them.
    pub name: String,
    /// To find them by its end.
    #[serde(default)]
    pub phone: Option<String>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Saved {
    /// Where.
    pub path: String,
}
