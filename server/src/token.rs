//! Tokens: 32 random bytes, base64url, stored only as their SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::master::random;

/// The longest token that is looked at, in characters.
pub const MAX_TOKEN: usize = 64;
/// Random bytes of a join link's code; it lives for minutes.
const INVITE_BYTES: usize = 16;

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

/// What the books know of a token.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
