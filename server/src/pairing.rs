//! The code that pairs a new terminal: a secret, and with it whose server it is for.
//!
//! Twelve characters are the secret. Where the server has a CA of its own, 19 of the CA's fingerprint and one for
//! checking follow, so that the new terminal knows whom to believe before it says anything: it sends the secret to a
//! server of that CA alone. Pure. `http/terminal` makes codes and takes the secret; the window reads whole codes.

use sha2::{Digest as _, Sha256};

use crate::token;

/// Characters of the CA's fingerprint, 5 bits each: 95 bits, for which nobody makes a second certificate.
const SEAL_CHARS: usize = 19;
/// Of one group, as it is shown.
const GROUP: usize = 4;

/// A code as somebody typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    secret: String,
    seal: Option<String>,
}

impl Word {
    /// A code in any case, with or without hyphens and spaces; `None` for what is none, a mistyped seal included.
    pub fn parse(text: &str) -> Option<Self> {
        let word = token::typed(text)?;
        if word.len() == token::WORD_CHARS {
            return Some(Self { secret: word, seal: None });
        }
        if word.len() != token::WORD_CHARS + SEAL_CHARS + 1 {
            return None;
        }
        let (checked, check) = word.split_at(word.len() - 1);
        let (secret, seal) = checked.split_at(token::WORD_CHARS);
        (check_of(checked) == check).then(|| Self { secret: secret.to_owned(), seal: Some(seal.to_owned()) })
    }

    /// What the server knows the code by, bare.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Whether it says whose server it is for.
    pub fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// Whether it is for the server of this CA, by the certificate's bytes.
    pub fn is_for(&self, ca_der: &[u8]) -> bool {
        self.seal.as_deref() == Some(&*seal_of(&Sha256::digest(ca_der).into()))
    }
}

/// The whole code as it is shown: in groups, with the seal of a CA's fingerprint if there is one.
pub fn shown(secret: &str, ca_sha256: Option<&[u8; 32]>) -> String {
    let mut word = secret.to_owned();
    if let Some(fingerprint) = ca_sha256 {
        word += &seal_of(fingerprint);
        word += &check_of(&word);
    }
    token::in_groups(&word, GROUP)
}

/// The first bits of a fingerprint, as characters.
fn seal_of(fingerprint: &[u8; 32]) -> String {
    let bit = |place: usize| u8::from(fingerprint[place / 8] & (0x80 >> (place % 8)) != 0);
    (0..SEAL_CHARS).map(|place| token::digit((0..5).fold(0, |digit, next| digit * 2 + bit(place * 5 + next)))).collect()
}

/// One character that tells 31 of 32 mistyped codes, so that they are not taken for another server's.
fn check_of(word: &str) -> String {
    token::digit(Sha256::digest(word.as_bytes())[0] % 32).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "7KQ2M9XD4RTB";

    #[test]
    fn a_code_carries_the_fingerprint_and_is_known_however_it_is_typed() {
        let (ca, other) = (b"a certificate".as_slice(), b"another".as_slice());
        let code = shown(SECRET, Some(&Sha256::digest(ca).into()));
        assert_eq!((code.len(), code.matches('-').count()), (39, 7), "{code}");
        for typed in [code.clone(), code.replace('-', ""), code.replace('-', " ").to_lowercase(), format!(" {code} ")] {
            let read = Word::parse(&typed).unwrap();
            assert!(read.is_sealed() && read.is_for(ca) && !read.is_for(other), "{typed}");
            assert_eq!(read.secret(), SECRET);
        }
    }

    #[test]
    fn a_code_without_a_seal_is_for_nobody_in_particular() {
        let code = shown(SECRET, None);
        assert_eq!(code, "7KQ2-M9XD-4RTB");
        let read = Word::parse(&code).unwrap();
        assert!(!read.is_sealed() && !read.is_for(b"a certificate"));
    }

    #[test]
    fn nearly_every_mistyped_seal_is_told_at_once() {
        let code = shown(SECRET, Some(&[7; 32])).replace('-', "");
        let mistyped = (0..code.len()).flat_map(|place| {
            let changed = |digit: u8| format!("{}{}{}", &code[..place], token::digit(digit), &code[place + 1..]);
            (0..32).map(changed).filter(|changed| *changed != code).collect::<Vec<_>>()
        });
        let (told, passed): (Vec<_>, Vec<_>) = mistyped.partition(|text| Word::parse(text).is_none());
        assert!(passed.len() * 20 < told.len(), "{} of {}", passed.len(), told.len());
        for none in ["", "7KQ2", "7KQ2-M9XD-4RTB-7", &code[..31], &format!("{code}7"), &"7".repeat(64)] {
            assert_eq!(Word::parse(none), None, "{none}");
        }
    }
}
