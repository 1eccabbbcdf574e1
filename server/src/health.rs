//! Whether the books can be written, as the last commit found it.
//!
//! The writer notes it, `http::health` reads it. After a failure nobody may write for a while, so whoever asks
//! may also try; [`Health::may_try`] bounds how often.

use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use crate::ledger::Millis;
use crate::store;

/// The least time between two tries to write that are made for the answer alone.
pub const TRY_MS: Millis = 1000;

/// `SQLite`'s primary result codes.
const BUSY: i32 = 5;
const READ_ONLY: i32 = 8;
const FULL: i32 = 13;
/// Extended result codes have the primary one in their lowest byte.
const PRIMARY: i32 = 0xff;

/// How the last commit went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Writing {
    /// It was written.
    Good,
    /// The disk is full.
    Full,
    /// The disk or the file is read-only.
    ReadOnly,
    /// Another program holds the books.
    Locked,
    /// Something else; the log says what.
    Failed,
}

impl Writing {
    const ALL: [Self; 5] = [Self::Good, Self::Full, Self::ReadOnly, Self::Locked, Self::Failed];

    /// What a failure says of the disk.
    pub fn failed_by(error: &store::Error) -> Self {
        match error.sqlite_code().map(|code| code & PRIMARY) {
            Some(FULL) => Self::Full,
            Some(READ_ONLY) => Self::ReadOnly,
            Some(BUSY) => Self::Locked,
            _ => Self::Failed,
        }
    }

    /// What is wrong, in words; none if nothing is.
    pub fn wrong(self) -> Option<&'static str> {
        match self {
            Self::Good => None,
            Self::Full => Some("the books cannot be written: the disk is full"),
            Self::ReadOnly => Some("the books cannot be written: the disk is read-only"),
            Self::Locked => Some("the books cannot be written: another program holds them"),
            Self::Failed => Some("the books cannot be written; the log says why"),
        }
    }
}

/// What is known of the store.
#[derive(Debug, Default)]
pub struct Health {
    writing: AtomicU8,
    tried_at: AtomicI64,
}

impl Health {
    /// A commit went this way.
    pub fn note(&self, writing: Writing) {
        self.writing.store(writing as u8, Ordering::Relaxed);
    }

    /// How the last commit went.
    pub fn writing(&self) -> Writing {
        let noted = usize::from(self.writing.load(Ordering::Relaxed));
        Writing::ALL.get(noted).copied().unwrap_or(Writing::Failed)
    }

    /// Whether it is time to try to write; true for one caller only.
    pub fn may_try(&self, now: Millis) -> bool {
        let last = self.tried_at.load(Ordering::Relaxed);
        let due = !(last..last + TRY_MS).contains(&now);
        due && self.tried_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_read_only_one_and_from_a_lock() {
        let failure = |code| store::Error::Sqlite { code, text: String::new() };
        // SQLITE_FULL, SQLITE_READONLY_DBMOVED, SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_WRITE
        let cases = [(13, Writing::Full), (1032, Writing::ReadOnly), (517, Writing::Locked), (778, Writing::Failed)];
        for (code, writing) in cases {
            assert_eq!(Writing::failed_by(&failure(code)), writing, "{code}");
        }
        let health = Health::default();
        assert_eq!(health.writing(), Writing::Good);
        for writing in Writing::ALL {
            health.note(writing);
            assert_eq!(health.writing(), writing);
        }
    }

    #[test]
    fn a_try_is_made_once_a_second() {
        let health = Health::default();
        assert!(health.may_try(5000) && !health.may_try(5000) && !health.may_try(5999));
        assert!(health.may_try(6000));
        assert!(health.may_try(100), "a clock that went back does not end it");
    }
}
