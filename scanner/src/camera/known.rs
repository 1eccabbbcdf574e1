//! Which cameras nokhwa cannot serve, learned while this process runs and told to the next one by the till.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More than any shop ever plugs in; beyond it, nothing more is learned.
const MOST: usize = 32;

static WITHOUT_NOKHWA: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn known() -> MutexGuard<'static, BTreeSet<String>> {
    WITHOUT_NOKHWA.lock().unwrap_or_else(PoisonError::into_inner)
}

/// nokhwa failed where something else can do it.
pub(super) fn learn(id: &str) {
    let mut known = known();
    if known.len() < MOST {
        known.insert(id.to_owned());
    }
}

pub(super) fn is_without_nokhwa(id: &str) -> bool {
    known().contains(id)
}

/// The ids of all that are known.
pub(super) fn all() -> Vec<String> {
    known().iter().cloned().collect()
}
