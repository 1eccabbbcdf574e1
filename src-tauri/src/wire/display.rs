//! What the customers' window shows: its page is told this and nothing else, so that no name, no list and no
//! number of anybody can be on it.

use serde::Serialize;
#[cfg(test)]
use ts_rs::TS;

use super::{Join, Language, Preset, Unit};

/// All of it, told anew with every change.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Display {
    /// None while no shop is open.
    pub shop: Option<DisplayShop>,
    /// What the next scan takes; none while no code is taken (locked, or without the server).
    pub takes: Option<Preset>,
    /// For the phone of whoever stands there.
    pub join: Option<Join>,
    /// What became of the last code.
    pub result: DisplayResult,
}

/// Of the shop, what is on its sign.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct DisplayShop {
    /// As on the sign.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// The till's.
    pub language: Language,
    /// Not in the books.
    pub practice: bool,
    /// Every unit that can be taken.
    pub units: Vec<Unit>,
}

/// What became of the last code, as far as the person who showed it is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum DisplayResult {
    /// Nothing yet.
    #[default]
    Idle,
    /// Not known yet: being asked.
    Checking,
    /// Taken.
    Recorded {
        /// One of the shop's units.
        unit: String,
        /// What was taken.
        amount: u64,
        /// What is left.
        balance: u64,
        /// The same as on the phone.
        mark: String,
        /// When.
        at: String,
        /// The same code was shown again: nothing more was taken.
        repeated: bool,
        /// All of it was given back since.
        given_back: bool,
    },
    /// Not taken.
    Refused {
        /// The reason.
        code: String,
        /// When the till learnt it.
        at: String,
    },
    /// Made final, without effect.
    Cancelled {
        /// When the till learnt it.
        at: String,
    },
}
