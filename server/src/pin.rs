//! PINs of operators and customers: how they are kept and compared.
//!
//! Argon2id of an HMAC under a key derived from the master key, as a PHC string: a leaked database gives no PIN to
//! guess. Comparing is slow on purpose, so the edge does it on a thread for blocking work and hands the rules a
//! [`Check`]; the rules count the wrong ones.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::ledger::Millis;

/// Digits of a PIN, at least and at most.
pub const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;
/// Wrong PINs in a row that block it.
pub const MAX_TRIES: i64 = 5;
/// How long it is blocked, in milliseconds.
pub const BLOCK_MS: Millis = 15 * 60 * 1000;

/// A PIN as somebody typed it.
pub struct Pin(String);

/// What the edge found when it compared a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// None was given.
    #[default]
    Absent,
    /// The right one.
    Right,
    /// Another, or there is none to compare with.
    Wrong,
}

/// What is kept of a PIN.
#[derive(Clone)]
pub struct Kept {
    /// A PHC string.
    pub hash: String,
    /// The generation of the master key that it was made with.
    pub generation: i64,
}

/// Wrong PINs in a row, and until when they block the PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// Wrong ones since the last right one or the last block.
    pub wrong: i64,
    /// No PIN is looked at before this moment.
    pub blocked_until: Option<Millis>,
}

impl Tries {
    /// Milliseconds until a PIN is looked at again; `None`: now.
    pub fn blocked_ms(self, now: Millis) -> Option<Millis> {
        self.blocked_until.map(|until| until - now).filter(|left| *left > 0)
    }

    /// After one more wrong PIN.
    pub fn after_wrong(self, now: Millis) -> Self {
        let wrong = self.wrong + 1;
        if wrong >= MAX_TRIES {
            return Self { wrong: 0, blocked_until: Some(now + BLOCK_MS) };
        }
        Self { wrong, blocked_until: None }
    }
}

impl Pin {
    /// 4 to 12 digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        (DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| Self(text.to_owned()))
    }

    /// What is kept of it: a PHC string (19 MiB, 2 rounds, as OWASP advises). `key` is the master key's for PINs,
    /// `salt` is random. Slow on purpose.
    pub fn hash(&self, key: &[u8; 32], salt: &[u8; 16]) -> String {
        let hash = Argon2::default().hash_password_with_salt(&self.keyed(key), salt);
        hash.expect("16 bytes are a salt and the cost is within its limits").to_string()
    }

    /// Whether it is the one that was kept. Slow on purpose.
    pub fn is(&self, key: &[u8; 32], kept: &str) -> bool {
        Argon2::default().verify_password(&self.keyed(key), kept).is_ok()
    }

    fn keyed(&self, key: &[u8; 32]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(self.0.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_four_to_twelve_digits() {
        for right in ["0000", "123456789012"] {
            assert!(Pin::parse(right).is_some());
        }
        for wrong in ["", "123", "1234567890123", "12 4", "12a4", "１２３４"] {
            assert!(Pin::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_fifth_wrong_pin_in_a_row_blocks_for_a_quarter_of_an_hour() {
        let mut tries = Tries::default();
        for _ in 1..MAX_TRIES {
            tries = tries.after_wrong(0);
            assert_eq!(tries.blocked_ms(0), None);
        }
        tries = tries.after_wrong(0);
        assert_eq!(tries.blocked_ms(1), Some(BLOCK_MS - 1));
        assert_eq!(tries.blocked_ms(BLOCK_MS), None);
        assert_eq!(tries.after_wrong(BLOCK_MS), Tries { wrong: 1, blocked_until: None });
    }

    #[test]
    fn only_the_same_pin_under_the_same_key_is_right() {
        let pin = |text| Pin::parse(text).unwrap();
        let kept = pin("2468").hash(&[1; 32], &[7; 16]);
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(pin("2468").is(&[1; 32], &kept));
        assert!(!pin("2469").is(&[1; 32], &kept));
        assert!(!pin("2468").is(&[2; 32], &kept));
        assert!(!pin("2468").is(&[1; 32], "no hash at all"));
    }
}
