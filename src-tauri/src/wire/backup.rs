//! What the page is told of a backup.

use serde::Serialize;
#[cfg(test)]
use ts_rs::TS;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct BackupHolds {
    /// When it was begun.
    pub made_at: String,
    /// The names of its shops.
    pub shops: Vec<String>,
    /// Entries of all of them.
    pub entries: u64,
    /// The last one's time.
    pub last_at: Option<String>,
}
