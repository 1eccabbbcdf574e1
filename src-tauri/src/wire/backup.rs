//! What the page is told of a backup.

use serde::{Deserialize, Serialize};
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

/// Where and how often backups are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct BackupPlan {
    /// The folder that was chosen; none: the till's own.
    pub folder: Option<String>,
    /// Hours from one to the next.
    pub every_h: u16,
}
