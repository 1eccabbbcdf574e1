//! Who looks at the till: the window's page, the terminal, the demo. Each is told the whole state first, then changes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::wire::{Lamp, Listed, Shown, TillEvent};

/// Takes events; `false` when nobody looks any more. It must not block: it is called by whoever has news.
pub type Listener = Box<dyn FnMut(&TillEvent) -> bool + Send>;

/// A page that is reloaded leaves its listener behind; the oldest goes.
const LISTENERS_LIMIT: usize = 4;

/// The last event of each kind, and the listeners.
#[derive(Default)]
pub struct Screen {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: BTreeMap<Kind, TillEvent>,
    listeners: Vec<Listener>,
}

/// In the order in which a new listener is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Shop,
    Staff,
    Link,
    Server,
    Journal,
    Address,
    Receipts,
    Certificate,
    Camera,
    Cameras,
    Doubts,
    Result,
    Entries,
    Online,
    Hint,
    Found,
}

fn kind(event: &TillEvent) -> Option<Kind> {
    match event {
        TillEvent::Shop(_) => Some(Kind::Shop),
        TillEvent::Staff(_) => Some(Kind::Staff),
        TillEvent::Link { .. } => Some(Kind::Link),
        TillEvent::Server { .. } => Some(Kind::Server),
        TillEvent::Journal { .. } => Some(Kind::Journal),
        TillEvent::Address(_) => Some(Kind::Address),
        TillEvent::Receipts { .. } => Some(Kind::Receipts),
        TillEvent::Certificate { .. } => Some(Kind::Certificate),
        TillEvent::Camera(_) => Some(Kind::Camera),
        TillEvent::Cameras { .. } => Some(Kind::Cameras),
        TillEvent::Hint { .. } => Some(Kind::Hint),
        TillEvent::Found { .. } => Some(Kind::Found),
        TillEvent::Result { .. } => Some(Kind::Result),
        TillEvent::Doubts { .. } => Some(Kind::Doubts),
        TillEvent::Online { .. } => Some(Kind::Online),
        TillEvent::Entries { .. } => Some(Kind::Entries),
        TillEvent::Lamp { .. } => None,
    }
}

impl Screen {
    /// Tells everybody; an event that repeats the last of its kind is left out.
    pub fn tell(&self, event: &TillEvent) {
        let mut state = self.state();
        if let TillEvent::Lamp { id, lamp } = event {
            state.take_in_lamp(*id, *lamp);
        } else if let Some(kind) = kind(event) {
            if state.last.get(&kind) == Some(event) {
                return;
            }
            state.last.insert(kind, event.clone());
        }
        state.listeners.retain_mut(|listener| listener(event));
    }

    /// Tells the whole state, then every change.
    pub fn listen(&self, mut listener: Listener) {
        let mut state = self.state();
        if state.last.values().all(&mut listener) {
            if state.listeners.len() == LISTENERS_LIMIT {
                drop(state.listeners.remove(0));
            }
            state.listeners.push(listener);
        }
    }

    /// No listener leaves the state half changed, so one that panicked does no harm.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A lamp is a change of the result and of the entries; who comes later is told them with it.
    fn take_in_lamp(&mut self, id: Uuid, lamp: Lamp) {
        if let Some(TillEvent::Result { result: Shown::Recorded { redemption } }) = self.last.get_mut(&Kind::Result)
            && redemption.id == id
        {
            redemption.lamp = redemption.lamp.max(lamp);
        }
        if let Some(TillEvent::Entries { entries }) = self.last.get_mut(&Kind::Entries) {
            for listed in entries {
                if let Listed::Entry(entry) = listed
                    && entry.id == id
                {
                    entry.lamp = entry.lamp.max(Some(lamp));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::wire::LinkState;

    #[test]
    fn who_comes_later_is_told_the_state_and_a_repeat_is_left_out() {
        let screen = Screen::default();
        screen.tell(&TillEvent::Link { state: LinkState::Connecting });
        screen.tell(&TillEvent::Link { state: LinkState::Online });
        let (sender, receiver) = mpsc::channel();
        screen.listen(Box::new(move |event| sender.send(event.clone()).is_ok()));
        screen.tell(&TillEvent::Link { state: LinkState::Online });
        screen.tell(&TillEvent::Online { customers: 3 });
        let told: Vec<_> = receiver.try_iter().collect();
        assert_eq!(told, [TillEvent::Link { state: LinkState::Online }, TillEvent::Online { customers: 3 }]);
    }

    #[test]
    fn a_listener_that_is_gone_is_let_go() {
        let screen = Screen::default();
        for _ in 0..10 {
            let (sender, receiver) = mpsc::channel();
            screen.listen(Box::new(move |event: &TillEvent| sender.send(event.clone()).is_ok()));
            drop(receiver);
        }
        assert_eq!(screen.state().listeners.len(), LISTENERS_LIMIT);
        screen.tell(&TillEvent::Online { customers: 3 });
        assert!(screen.state().listeners.is_empty());
    }
}
