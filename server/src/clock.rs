//! The time, handed in so that nothing else asks the system for it.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::ledger::Millis;

/// Tells the time in Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// The system's clock.
pub fn system() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
    })
}
