//! Slows down a terminal that sends wrong codes, and nobody else.
//!
//! A pure token bucket: 20 wrong tags at once, then one a second. There is one
//! for each terminal that was wrong lately; the writer spends, and the edge
//! looks before it pays for a PIN.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::TerminalId;
use crate::ledger::Millis;

/// Wrong codes that a terminal may send in a row.
pub const BURST: i64 = 20;
/// Milliseconds until one more is allowed.
pub const REFILL_MS: i64 = 1000;
/// The longest wait that is ever asked for, in seconds.
pub const MAX_RETRY_S: i64 = 5;

/// The buckets of those who were wrong lately.
pub type Buckets = HashMap<TerminalId, Bucket>;

/// How often terminals may still be wrong.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Buckets>);

impl Throttle {
    /// All of them.
    pub fn buckets(&self) -> MutexGuard<'_, Buckets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds that a terminal has to wait.
    pub fn wait_s(&self, terminal: TerminalId, now: Millis) -> Option<i64> {
        self.buckets().get_mut(&terminal)?.wait_s(now)
    }
}

/// One terminal's allowance.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    /// When the bucket is full again; in the past: full.
    full_at: Millis,
}

impl Bucket {
    /// A full one.
    pub fn full(now: Millis) -> Self {
        Self { full_at: now }
    }

    /// Notes one wrong code.
    pub fn spend(&mut self, now: Millis) {
        self.full_at = self.full_at.max(now) + REFILL_MS;
        self.clamp(now);
    }

    /// What a clock that was set back would make longer is cut to an empty bucket's time.
    fn clamp(&mut self, now: Millis) {
        self.full_at = self.full_at.min(now + BURST * REFILL_MS);
    }

    /// Seconds to wait before the next code is looked at; `None` if it may come now.
    pub fn wait_s(&mut self, now: Millis) -> Option<i64> {
        self.clamp(now);
        let missing_ms = self.full_at - now - (BURST - 1) * REFILL_MS;
        (missing_ms > 0).then(|| ((missing_ms + REFILL_MS - 1) / REFILL_MS).min(MAX_RETRY_S))
    }

    /// Whether it can be forgotten.
    pub fn is_full(&self, now: Millis) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_wrong_codes_pass_and_then_one_a_second() {
        let mut bucket = Bucket::full(0);
        for _ in 0..BURST {
            assert_eq!(bucket.wait_s(0), None);
            bucket.spend(0);
        }
        assert_eq!(bucket.wait_s(0), Some(1));
        assert_eq!(bucket.wait_s(REFILL_MS), None);
        bucket.spend(REFILL_MS);
        assert!(bucket.wait_s(REFILL_MS + 1).is_some());
        assert!(bucket.is_full(BURST * REFILL_MS + REFILL_MS));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait_for_it() {
        const HOUR: Millis = 3_600_000;
        let mut bucket = Bucket::full(HOUR);
        for _ in 0..=BURST {
            bucket.spend(HOUR);
        }
        assert_eq!(bucket.wait_s(0), Some(1));
        assert_eq!(bucket.wait_s(REFILL_MS), None);
        assert!(bucket.is_full(BURST * REFILL_MS));
    }

    #[test]
    fn a_flood_never_makes_the_wait_longer_than_the_named_limit() {
        let mut bucket = Bucket::full(0);
        for _ in 0..10_000 {
            bucket.spend(0);
        }
        assert!(bucket.wait_s(0).is_some_and(|s| s <= MAX_RETRY_S));
        assert_eq!(bucket.wait_s(MAX_RETRY_S * 1000), None);
    }
}
