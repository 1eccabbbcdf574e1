//! Receipts: which printer, and when one is printed. Of this computer, not of a shop.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

/// How this computer prints receipts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Receipts {
    /// Where they are printed.
    pub printer: Printer,
    /// Without somebody asking for each.
    pub always: bool,
    /// The drawer opens for what is paid or paid back in cash: top-ups and refunds.
    pub drawer: bool,
    /// How wide the paper is.
    pub paper: Paper,
}

/// Where receipts are printed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Printer {
    /// Nowhere.
    #[default]
    None,
    /// In the network.
    Network {
        /// A name or a number, with or without a port; the usual one is 9100.
        address: String,
    },
    /// By a cable.
    Usb {
        /// As the system calls it: `/dev/usb/lp0`.
        path: String,
    },
}

/// The usual two rolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// 80 mm: 576 dots.
    #[default]
    Wide,
    /// 58 mm: 384 dots.
    Narrow,
}
