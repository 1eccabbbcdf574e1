//! Tokens that links gave a moment ago. Two tabs that open one link at once ask twice, and a browser keeps the cookie of
//! the answer that comes last, which need not be the later one: so both get the same token.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::ledger::Millis;

/// How long the same device is given the same token again.
const KEPT_MS: i64 = 60_000;
/// Tokens that are kept; beyond, all are forgotten.
const MAX: usize = 1024;

/// The hash of a link's code, and the device's own mark.
type Asked = ([u8; 32], [u8; 16]);

/// In memory alone, and for a minute: the books have no token's text.
#[derive(Default)]
pub struct Recent(Mutex<HashMap<Asked, (String, Millis)>>);

impl Recent {
    /// What a link gave this device, if that was a moment ago.
    pub fn get(&self, asked: &Asked, now: Millis) -> Option<String> {
        let mut given = self.0.lock().expect("nobody panics while holding the tokens");
        given.retain(|_, (_, at)| (0..KEPT_MS).contains(&(now - *at)));
        given.get(asked).map(|(token, _)| token.clone())
    }

    /// Keeps what a link is about to give. To be called before it is in the books, whose lock the next one waits for.
    pub fn put(&self, asked: Asked, token: String, now: Millis) {
        let mut given = self.0.lock().expect("nobody panics while holding the tokens");
        if given.len() >= MAX {
            given.clear();
        }
        given.insert(asked, (token, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_given_again_for_a_minute_to_the_device_that_had_it() {
        let recent = Recent::default();
        let asked = ([1; 32], [2; 16]);
        recent.put(asked, "token".into(), 1_000);
        assert_eq!(recent.get(&asked, 60_999).as_deref(), Some("token"));
        assert_eq!(recent.get(&([1; 32], [3; 16]), 1_000), None);
        assert_eq!(recent.get(&asked, 61_000), None);
        assert_eq!(recent.get(&asked, 1_000), None, "it is forgotten");
    }
}
