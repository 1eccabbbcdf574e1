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
/// Characters of a word, 5 bits each. It lives for ten minutes; 60 bits are not guessed in that time at any
/// rate at which a server can answer, so nobody's guesses have to keep others from pairing.
pub const WORD_CHARS: usize = 12;
/// Characters of a group.
const WORD_GROUP: usize = 4;

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

/// Twelve characters for people to write down: in groups as they are shown, and bare.
pub fn new_word() -> (String, String) {
    let drawn: String = random::<WORD_CHARS>().map(|byte| digit(byte % 32)).into_iter().collect();
    (in_groups(&drawn, WORD_GROUP), drawn)
}

/// The character for a number below 32.
pub fn digit(number: u8) -> char {
    char::from(ALPHABET[usize::from(number % 32)])
}

/// Groups of so many characters with hyphens between them.
pub fn in_groups(word: &str, size: usize) -> String {
    let characters: Vec<char> = word.chars().collect();
    let groups: Vec<String> = characters.chunks(size).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// The bare characters of a word as somebody typed it: in any case, with or without hyphens and spaces, `O` for 0
/// and `I` or `L` for 1. `None` for what has others.
pub fn typed(text: &str) -> Option<String> {
    if text.len() > MAX_TOKEN {
        return None;
    }
    let typed = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    let typed: String = typed.collect();
    typed.bytes().all(|byte| ALPHABET.contains(&byte)).then_some(typed)
}

/// The same for a word of twelve.
pub fn typed_word(text: &str) -> Option<String> {
    typed(text).filter(|word| word.len() == WORD_CHARS)
}

/// What the books know of a token.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_however_it_is_typed() {
        let (shown, bare) = new_word();
        assert_eq!((shown.len(), bare.len()), (WORD_CHARS + 2, WORD_CHARS));
        let spaced = shown.replace('-', " ").to_lowercase();
        for typed in [shown.clone(), shown.replace('-', ""), spaced, shown.replace('0', "o").replace('1', "l")] {
            assert_eq!(typed_word(&typed).as_ref(), Some(&bare), "{typed}");
        }
        for none in ["", "7KQ2-M9XD-4RT", "7KQ2-M9XD-4RTBX", "7KQ2-M9XD-4RTU", "７KQ2-M9XD-4RTB"] {
            assert_eq!(typed_word(none), None, "{none}");
        }
    }
}
