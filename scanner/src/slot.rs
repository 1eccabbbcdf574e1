//! A slot for the newest value: the capture thread puts, readers take what they have not seen.
//!
//! Never a queue: what nobody took before the next one came is gone, so a slow decoder always works on the
//! newest frame and memory stays at one frame.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The putting end. Dropping it closes the slot.
pub struct Latest<T> {
    shared: Arc<Shared<T>>,
}

/// A taking end with a memory of its own: each reader gets each value at most once. A clone remembers the same.
pub struct Reader<T> {
    shared: Arc<Shared<T>>,
    taken: u64,
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Nothing {
    /// Nothing newer came in time.
    #[error("nothing newer came in time")]
    TimedOut,
    /// The putting end is gone and its last value was taken.
    #[error("nothing will come any more")]
    Closed,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    newest: Option<T>,
    /// How many values were put so far: the number of the newest.
    number: u64,
    closed: bool,
}

impl<T> Shared<T> {
    /// A panic elsewhere cannot leave the state half changed: every change is one assignment after another
    /// of values already made.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Latest<T> {
    /// An empty slot.
    pub fn new() -> Self {
        let state = State { newest: None, number: 0, closed: false };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }) }
    }

    /// Makes this the newest value; the one before is dropped, taken or not.
    pub fn put(&self, value: T) {
        let mut state = self.shared.lock();
        let old = state.newest.replace(value);
        state.number += 1;
        drop(state);
        self.shared.changed.notify_all();
        // Freed outside the lock: a frame is a megabyte.
        drop(old);
    }

    /// A reader that has taken nothing yet.
    pub fn reader(&self) -> Reader<T> {
        Reader { shared: Arc::clone(&self.shared), taken: 0 }
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for Latest<T> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl<T: Clone> Reader<T> {
    /// The newest value if this reader has not taken it, else the next one, waiting at most `timeout`.
    pub fn take_newer(&mut self, timeout: Duration) -> Result<T, Nothing> {
        let taken = self.taken;
        let waiting = self.shared.lock();
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(waiting, timeout, |s| s.number == taken && !s.closed)
            .unwrap_or_else(PoisonError::into_inner);
        match &state.newest {
            Some(value) if state.number > taken => {
                self.taken = state.number;
                Ok(value.clone())
            }
            _ if state.closed => Err(Nothing::Closed),
            _ => Err(Nothing::TimedOut),
        }
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), taken: self.taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const AT_ONCE: Duration = Duration::ZERO;
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_reader_gets_the_newest_once_and_never_the_ones_between() {
        let slot = Latest::new();
        let mut reader = slot.reader();
        assert_eq!(reader.take_newer(AT_ONCE), Err(Nothing::TimedOut));
        slot.put(1);
        slot.put(2);
        assert_eq!(reader.take_newer(AT_ONCE), Ok(2));
        assert_eq!(reader.take_newer(AT_ONCE), Err(Nothing::TimedOut));
    }

    #[test]
    fn each_reader_takes_for_itself() {
        let slot = Latest::new();
        let (mut one, mut two) = (slot.reader(), slot.reader());
        slot.put('a');
        assert_eq!(one.take_newer(AT_ONCE), Ok('a'));
        assert_eq!(one.clone().take_newer(AT_ONCE), Err(Nothing::TimedOut));
        assert_eq!(two.take_newer(AT_ONCE), Ok('a'));
    }

    #[test]
    fn the_last_value_is_still_taken_after_the_end() {
        let slot = Latest::new();
        let mut reader = slot.reader();
        slot.put(7);
        drop(slot);
        assert_eq!(reader.take_newer(AT_ONCE), Ok(7));
        assert_eq!(reader.take_newer(LONG), Err(Nothing::Closed));
    }

    #[test]
    fn a_waiting_reader_is_woken_by_a_value_and_by_the_end() {
        let slot = Latest::new();
        let mut reader = slot.reader();
        let waiting = thread::spawn(move || (reader.take_newer(LONG), reader.take_newer(LONG)));
        slot.put("frame");
        let mut after = slot.reader();
        assert_eq!(after.take_newer(LONG), Ok("frame"));
        drop(slot);
        assert_eq!(waiting.join().unwrap(), (Ok("frame"), Err(Nothing::Closed)));
    }

    #[test]
    fn under_threads_numbers_only_grow_and_the_last_one_always_arrives() {
        const LAST: u32 = 20_000;
        let slot = Latest::new();
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let mut reader = slot.reader();
                thread::spawn(move || {
                    let mut seen = 0;
                    while let Ok(number) = reader.take_newer(LONG) {
                        assert!(number > seen, "{number} after {seen}");
                        seen = number;
                    }
                    seen
                })
            })
            .collect();
        (1..=LAST).for_each(|number| slot.put(number));
        drop(slot);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), LAST);
        }
    }
}
