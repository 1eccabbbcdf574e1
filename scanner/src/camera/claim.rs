//! At most one thread for each camera: a name that one holder has at a time.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

static HELD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static RELEASED: Condvar = Condvar::new();

/// The right to use what the name stands for; given back on drop.
pub(super) struct Claim(String);

fn held() -> MutexGuard<'static, BTreeSet<String>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Claim {
    /// The claim as soon as nobody else holds it; `None` when that takes longer than `limit`.
    pub(super) fn wait_for(name: &str, limit: Duration) -> Option<Self> {
        let (mut names, _) = RELEASED
            .wait_timeout_while(held(), limit, |names| names.contains(name))
            .unwrap_or_else(PoisonError::into_inner);
        names.insert(name.to_owned()).then(|| Self(name.to_owned()))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        held().remove(&self.0);
        RELEASED.notify_all();
    }
}
