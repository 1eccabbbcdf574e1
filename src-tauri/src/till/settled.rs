//! What was in doubt and has ended: said until somebody has seen it.
//!
//! The next scan takes the result field within milliseconds, so what ended there is listed from then on, too.

use uuid::Uuid;

use super::{Focus, Moment, Till};
use crate::wire::{Doubt, DoubtState};

/// So long a line of this run is there unless it is dismissed.
const SAID_FOR_MS: u64 = 60_000;

/// One that ended.
#[derive(Debug)]
pub(super) struct Settled {
    doubt: Doubt,
    /// Of one begun before the last restart: whoever asked for it may come back later, so nothing but a person takes it away.
    until_seen: bool,
    at_ms: u64,
}

impl Till {
    pub(super) fn list_settled(&mut self, doubt: Doubt, until_seen: bool, now: Moment) {
        self.settled.push(Settled { doubt, until_seen, at_ms: now.ms });
    }

    /// Somebody has seen how these ended.
    pub fn dismiss(&mut self, ids: &[Uuid]) {
        self.settled.retain(|settled| !ids.contains(&settled.doubt.id));
        self.audit.dismiss(ids);
    }

    pub(super) fn forget_settled(&mut self, now: Moment) {
        self.settled.retain(|settled| settled.until_seen || now.ms < settled.at_ms + SAID_FOR_MS);
    }

    /// The list of those in doubt: what ended and is not in the result field, what is open, what a restore lost.
    pub(super) fn doubts(&self, now: Moment) -> Vec<Doubt> {
        let (waits_for, shows) = match &self.focus {
            Focus::Open(id) => (Some(*id), None),
            Focus::Shows { of, .. } => (None, *of),
        };
        let settled = self.settled.iter().map(|settled| &settled.doubt).filter(|doubt| shows != Some(doubt.id));
        let open = self.open.iter().filter(|open| {
            let in_focus = waits_for == Some(open.request().id) && open.state(now.ms) == DoubtState::Asking;
            open.is_in_doubt(now.ms) && !in_focus
        });
        let open = open.map(|open| open.doubt(open.state(now.ms)));
        settled.cloned().chain(open).chain(self.audit.gone().iter().cloned()).collect()
    }
}
