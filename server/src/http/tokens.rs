//! Terminals whose token held a moment ago, so that a redemption costs no query for it.
//!
//! What is remembered is true until this process writes anything but a batch of requests: then everything is
//! looked up again, so nobody who takes a token away has to think of this. A token that is not here is looked up,
//! so one that another process made counts at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use crate::store::terminal::TerminalRow;

/// Terminals that are remembered; beyond, all are forgotten.
const MAX: usize = 1024;

type Hash = [u8; 32];

/// The terminals, and the count of the store's changes at which they were read.
#[derive(Default)]
pub struct Tokens {
    known: Mutex<(u64, HashMap<Hash, TerminalRow>)>,
}

impl Tokens {
    fn known(&self) -> MutexGuard<'_, (u64, HashMap<Hash, TerminalRow>)> {
        self.known.lock().expect("nobody panics while holding the tokens")
    }

    /// The terminal of a token's hash, if it was read after the last change.
    pub fn get(&self, hash: &Hash, changes: u64) -> Option<TerminalRow> {
        let known = self.known();
        if known.0 == changes { known.1.get(hash).cloned() } else { None }
    }

    /// Remembers a terminal that was looked up after `changes` was read.
    pub fn put(&self, hash: Hash, changes: u64, terminal: TerminalRow) {
        let mut known = self.known();
        if known.0 > changes {
            return;
        }
        if known.0 < changes || known.1.len() >= MAX {
            known.1.clear();
        }
        known.0 = changes;
        known.1.insert(hash, terminal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ShopId, TerminalId};

    fn terminal(id: i64) -> TerminalRow {
        TerminalRow { terminal_id: TerminalId(id), shop_id: ShopId(1), name: String::new() }
    }

    #[test]
    fn what_was_read_before_a_change_is_forgotten_after_it() {
        let tokens = Tokens::default();
        tokens.put([1; 32], 3, terminal(1));
        assert_eq!(tokens.get(&[1; 32], 3).map(|terminal| terminal.terminal_id), Some(TerminalId(1)));
        assert!(tokens.get(&[2; 32], 3).is_none() && tokens.get(&[1; 32], 4).is_none());
        tokens.put([2; 32], 4, terminal(2));
        tokens.put([1; 32], 3, terminal(1));
        assert!(tokens.get(&[1; 32], 4).is_none(), "an old reading came late");
        assert!(tokens.get(&[2; 32], 4).is_some());
    }

    #[test]
    fn the_number_of_terminals_is_bounded() {
        let tokens = Tokens::default();
        for id in 0..=u16::try_from(MAX).unwrap() {
            let mut hash = [0; 32];
            hash[..2].copy_from_slice(&id.to_be_bytes());
            tokens.put(hash, 0, terminal(i64::from(id)));
        }
        assert_eq!(tokens.known().1.len(), 1);
    }
}
