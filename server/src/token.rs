//! Tokens: 32 random bytes, base64url, stored only as their SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::master::random;

/// The longest token that is looked at, in characters.
pub const MAX_TOKEN: usize = 64;
/// Random bytes of a join link's code; it lives for minutes.
const INVITE_BYTES: usize = 16;

/// Crockford's 32 digits: none that looks like another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a pairing code, 5 bits each. It lives for ten minutes; 60 bits are not guessed in that time at any
/// rate at which a server can answer, so nobody's guesses have to keep others from pairing.
const PAIRING_CHARS: usize = 12;
/// Characters of a group.
const PAIRING_GROUP: usize = 4;

/// A new token: its text for the owner, its hash for the books.
pub fn new() -> (String, [u8; 32]) {
    let text = URL_SAFE_NO_PAD.encode(random::<32>());
    let hash = hash(&text);
    (text, hash)
}

/// A new code of a join link, 22 characters, and its hash.
pub fn new_invite() -> (String, [u8; 32]) {
    let text = URL_SAFE_NO_PAD.encode(random::<INVITE_BYTES>());
    let hash = hash(&text);
    (text, hash)
}

/// A new pairing code, three groups of four characters, and its hash.
pub fn new_pairing() -> (String, [u8; 32]) {
    let (shown, drawn) = new_word();
    (shown, hash(&drawn))
}

/// Twelve characters for people to write down: in groups as they are shown, and bare.
pub fn new_word() -> (String, String) {
    let drawn = random::<PAIRING_CHARS>().map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    let groups: Vec<String> = drawn.chunks(PAIRING_GROUP).map(|group| group.iter().collect()).collect();
    (groups.join("-"), drawn.iter().collect())
}

/// The hash of a pairing code as somebody typed it; `None` for what cannot be one.
pub fn pairing_hash(text: &str) -> Option<[u8; 32]> {
    typed_word(text).map(|word| hash(&word))
}

/// The bare characters of such a word as somebody typed it: in any case, with or without hyphens and spaces, `O` for 0
/// and `I` or `L` for 1. `None` for what cannot be one.
pub fn typed_word(text: &str) -> Option<String> {
    if text.len() > MAX_TOKEN {
        return None;
    }
    let typed = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    let typed: String = typed.collect();
    let valid = typed.len() == PAIRING_CHARS && typed.bytes().all(|byte| ALPHABET.contains(&byte));
    valid.then_some(typed)
}

/// What the books know of a token.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pairing_code_is_known_however_it_is_typed() {
        let (shown, hash) = new_pairing();
        assert_eq!(shown.len(), PAIRING_CHARS + 2);
        let spaced = shown.replace('-', " ").to_lowercase();
        for typed in [shown.clone(), shown.replace('-', ""), spaced, shown.replace('0', "o").replace('1', "l")] {
            assert_eq!(pairing_hash(&typed), Some(hash), "{typed}");
        }
        for none in ["", "7KQ2-M9XD-4RT", "7KQ2-M9XD-4RTBX", "7KQ2-M9XD-4RTU", "７KQ2-M9XD-4RTB"] {
            assert_eq!(pairing_hash(none), None, "{none}");
        }
    }
}
