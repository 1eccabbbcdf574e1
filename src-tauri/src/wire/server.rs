//! A server on another computer: the one that is used, and what a test found.

use serde::Serialize;
#[cfg(test)]
use ts_rs::TS;

/// The server that this till is paired with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct ServerAt {
    /// Where it is.
    pub url: String,
    /// The shop there, as it was called when the till was paired.
    pub shop: String,
    /// What the shop calls this till.
    pub terminal: String,
    /// Only the server's own CA is believed.
    pub pinned: bool,
}

/// What a connection test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct ServerFound {
    /// The address as it is used.
    pub url: String,
    /// Of the server.
    pub version: String,
    /// By TLS.
    pub encrypted: bool,
    /// The pairing code's own CA was found there.
    pub pinned: bool,
    /// How far the server's clock is ahead, where that is more than a minute.
    pub clock_difference_s: Option<i64>,
}
