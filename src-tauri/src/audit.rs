//! After a change of the server's epoch (a restore from a backup): which settled requests does it no longer know?
//!
//! Pure. Every id in the journal is asked, a few at a time; the new epoch is written down only once all were
//! answered and somebody has seen what is gone, so a crash or a restart before that begins again.

use std::collections::VecDeque;

use uuid::Uuid;

use crate::journal::{Closed, Outcome};
use crate::request::Reply;
use crate::wire::{Doubt, DoubtState, RequestKind};

/// Questions under way at once.
const AT_ONCE: usize = 4;
/// Gone ones on the list; a restore that lost more is told by the first ones well enough.
const GONE_LIMIT: usize = 100;

/// The questions of one change of epoch.
#[derive(Debug, Default)]
pub struct Audit {
    /// Whom all this is for; `None` while there is nothing to ask.
    epoch: Option<String>,
    waiting: VecDeque<Closed>,
    flying: Vec<Closed>,
    /// Not before; pushed back by a lost answer.
    next_ms: u64,
    gone: Vec<Doubt>,
}

impl Audit {
    /// Begins to ask for all of these under a new epoch.
    pub fn begin(&mut self, epoch: String, closed: impl Iterator<Item = Closed>) {
        self.epoch = Some(epoch);
        self.waiting = closed.collect();
        self.flying.clear();
        self.gone.clear();
    }

    /// Whether it is already asking under this epoch.
    pub fn is_for(&self, epoch: &str) -> bool {
        self.epoch.as_deref() == Some(epoch)
    }

    /// The ids to ask now.
    pub fn due(&mut self, now_ms: u64) -> Vec<(Uuid, RequestKind)> {
        let mut ids = Vec::new();
        while now_ms >= self.next_ms && self.flying.len() < AT_ONCE {
            let Some(closed) = self.waiting.pop_front() else { break };
            ids.push((closed.id, closed.kind));
            self.flying.push(closed);
        }
        ids
    }

    /// Takes in an answer to one of its questions; whether it was one.
    pub fn on_reply(&mut self, id: Uuid, reply: &Reply, now_ms: u64) -> bool {
        let Some(place) = self.flying.iter().position(|closed| closed.id == id) else {
            return false;
        };
        let closed = self.flying.swap_remove(place);
        match reply {
            // What moved nothing is no loss.
            Reply::Unknown if closed.outcome == Outcome::Recorded && self.gone.len() < GONE_LIMIT => {
                self.gone.push(gone(&closed));
            }
            Reply::Lost | Reply::NotFinal { .. } => {
                self.waiting.push_back(closed);
                self.next_ms = now_ms + crate::open::ASK_SLOWLY_EVERY_MS;
            }
            Reply::Unknown | Reply::Recorded(_) | Reply::Refused(_) | Reply::Cancelled { .. } | Reply::Known => {}
        }
        true
    }

    /// The epoch to write down, once, when everything was answered and nothing gone is left unseen.
    pub fn finished(&mut self) -> Option<String> {
        let over = self.waiting.is_empty() && self.flying.is_empty() && self.gone.is_empty();
        if over { self.epoch.take() } else { None }
    }

    /// Somebody has seen these.
    pub fn dismiss(&mut self, ids: &[Uuid]) {
        self.gone.retain(|doubt| !ids.contains(&doubt.id));
    }

    /// What the restored server does not know.
    pub fn gone(&self) -> &[Doubt] {
        &self.gone
    }
}

fn gone(closed: &Closed) -> Doubt {
    Doubt {
        id: closed.id,
        kind: closed.kind,
        customer: None,
        of: None,
        unit: closed.unit.clone(),
        amount: closed.amount,
        since: crate::request::rfc3339(closed.at),
        state: DoubtState::Gone,
    }
}
