//! How the till starts: which shop it opens, under which address phones reach it, and what this till is used to.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

use super::{BackupPlan, Language, ServerAt, Way};
use crate::request::Pin;

/// No till is open: the first start, or another shop is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct FirstStart {
    /// Shops that are in the books already, practice left out.
    pub shops: Vec<ShopNamed>,
    /// The server that this till was paired with, if it was.
    pub remote: Option<ServerAt>,
    /// Why the one that was to be opened could not be: `already_open` or `not_opened`.
    pub failed: Option<String>,
}

/// A shop that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct ShopNamed {
    /// Positive, below 2^53.
    pub id: u64,
    /// As on the sign.
    pub name: String,
}

/// Which till to open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Begin {
    /// The practice shop.
    Practice,
    /// One that is there.
    Shop {
        /// Which.
        id: u64,
    },
    /// One of one's own.
    New(Answers),
    /// The one on another computer, as it was paired before.
    Remote,
    /// One on another computer, with a pairing code of it.
    Pair {
        /// As somebody typed it.
        address: String,
        /// From the settings of a till that is paired there.
        code: String,
    },
}

/// What the owner answered at the first start.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Answers {
    /// Of the shop's screens.
    pub language: Language,
    /// As on the sign.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// What a visit is called, if visits are sold.
    pub pass: Option<String>,
    /// Whether money is kept on account.
    pub money: bool,
    /// Without one nobody is asked who they are.
    pub owner: Option<Owner>,
    /// The name of the first customer: the owner's own phone, to try it with.
    pub customer: String,
}

/// The first operator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Owner {
    /// As the till shows it.
    pub name: String,
    /// 4 to 12 digits.
    pub pin: Pin,
}

/// Where phones reach the till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Address {
    /// Now.
    pub now: String,
    /// The one that was chosen; none: the computer's own, whatever it is.
    pub chosen: Option<String>,
    /// What it was before, if it changed by itself and nobody has seen that yet.
    pub before: Option<String>,
    /// What else there is to choose: the computer's name on its network.
    pub offers: Vec<String>,
    /// Named where the program was started, so that it is changed there.
    pub fixed: bool,
    /// How phones come.
    pub way: Way,
    /// This computer on its network, with the port.
    pub here: String,
}

/// What this till is used to; another till of the shop has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Habits {
    /// Tones for recorded and refused.
    pub sounds: bool,
    /// Results said aloud, where the system has a voice.
    #[serde(default)]
    pub spoken: bool,
    /// Without a key, a touch or a scan for so many minutes, whoever comes next says who they are; 0: never.
    pub lock_after_min: u16,
}

impl Default for Habits {
    fn default() -> Self {
        Self { sounds: true, spoken: false, lock_after_min: 5 }
    }
}

/// What of a till belongs to its computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Computer {
    /// Whether the till opens at login; none where that is not offered.
    pub autostart: Option<bool>,
    /// Whether the customers' window is open.
    pub customers: bool,
    /// How many displays there are.
    pub displays: u32,
    /// How this computer's own server makes backups.
    pub backups: BackupPlan,
}
