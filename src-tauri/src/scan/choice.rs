//! The merchant's choice of a camera, on its way from the window to the capture thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A camera that was chosen and is not in use yet; the last choice counts.
#[derive(Debug, Clone, Default)]
pub struct Choice(Arc<Mutex<Option<String>>>);

impl Choice {
    /// This camera from now on, by its id.
    pub fn choose(&self, id: &str) {
        *self.chosen() = Some(id.to_owned());
    }

    pub(super) fn is_made(&self) -> bool {
        self.chosen().is_some()
    }

    pub(super) fn take(&self) -> Option<String> {
        self.chosen().take()
    }

    fn chosen(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
