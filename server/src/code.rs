//! The 27 digits that a customer shows: parsing, making and checking them.
//!
//! Layout: kind (1), credential number (10), step mod 100 (2), tag (13), Damm
//! check digit (1). Knows no clock and no database; `redeem` asks it.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Digits in a code.
pub const CODE_DIGITS: usize = 27;
/// Seconds that one step lasts.
pub const STEP_S: i64 = 5;
/// How far a code's time is searched to tell a wrong clock from a wrong tag: one day of steps.
pub const SEARCH_STEPS: i64 = 86_400 / STEP_S;

/// The widest tolerance that a shop may set, in steps: beyond, two steps would have the same two digits.
pub const MAX_TOLERANCE: i64 = 49;

const NUMBER_LIMIT: u64 = 10_000_000_000;
const TAG_LIMIT: u64 = 10_000_000_000_000;
const STEP_MODULUS: i64 = 100;

/// The quasigroup of Damm's thesis (2004, page 111).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The check digit of some ASCII digits by Damm's algorithm; 0 over digits with a right check digit.
pub fn damm(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |state, digit| DAMM[usize::from(state)][usize::from(digit - b'0')])
}

/// A credential's number: ten digits, never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CredentialNumber(u64);

impl CredentialNumber {
    /// The number, if it has at most ten digits.
    pub fn new(number: u64) -> Option<Self> {
        (number < NUMBER_LIMIT).then_some(Self(number))
    }

    /// The bare number, below 10^10.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CredentialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// A count of 5 s steps since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Step(pub i64);

impl Step {
    /// The step that holds at a Unix time in seconds.
    pub fn at(unix_s: i64) -> Self {
        Self(unix_s.div_euclid(STEP_S))
    }
}

/// What shows a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A paired phone: the code rotates and works once.
    Phone,
    /// A printed card: the code stays.
    Card,
}

impl Kind {
    fn digit(self) -> u8 {
        match self {
            Self::Phone => b'1',
            Self::Card => b'9',
        }
    }
}

/// A credential's secret, 32 bytes. Not printable on purpose.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// HKDF-SHA256 of the master key, no salt, info `tillbeam/credential/1` and the number as 8 bytes.
    pub fn derive(master: &[u8; 32], number: CredentialNumber) -> Self {
        let mut info = b"tillbeam/credential/1".to_vec();
        info.extend_from_slice(&number.0.to_be_bytes());
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, master)
            .expand(&info, &mut key)
            .expect("32 bytes are within HKDF's limit of 255 blocks");
        Self(key)
    }

    /// A key from its bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for handing them to the credential's owner.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The tag: the first 8 bytes of HMAC-SHA256(key, kind, number, step), mod 10^13.
    fn tag(&self, kind: Kind, number: CredentialNumber, step: Step) -> u64 {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&[kind.digit()]);
        mac.update(&number.0.to_be_bytes());
        mac.update(&step.0.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first) % TAG_LIMIT
    }
}

/// A well-formed code: digits and check digit are right, the tag is not yet looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code {
    kind: Kind,
    number: CredentialNumber,
    step_mod: i64,
    tag: u64,
}

/// How a code stands against the clock, once its credential is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The tag holds and the time is right; a card has no step.
    Fresh(Option<Step>),
    /// The tag holds for another time of the same day: that step less now, in seconds.
    Expired {
        /// The step that the tag holds for.
        step: Step,
        /// The code's time less the server's, in seconds.
        difference_s: i64,
    },
    /// The tag holds for no step within a day.
    Wrong,
}

impl Code {
    /// Reads 27 digits; `None` if anything but a code with a right check digit.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != CODE_DIGITS || !digits.iter().all(u8::is_ascii_digit) || damm(digits) != 0 {
            return None;
        }
        let kind = match digits[0] {
            b'1' => Kind::Phone,
            b'9' => Kind::Card,
            _ => return None,
        };
        let step_mod: i64 = text[11..13].parse().ok()?;
        if kind == Kind::Card && step_mod != 0 {
            return None;
        }
        Some(Self {
            kind,
            number: CredentialNumber::new(text[1..11].parse().ok()?)?,
            step_mod,
            tag: text[13..26].parse().ok()?,
        })
    }

    /// The code that a phone shows at a step.
    pub fn phone(number: CredentialNumber, key: &Key, step: Step) -> Self {
        let tag = key.tag(Kind::Phone, number, step);
        Self { kind: Kind::Phone, number, step_mod: step.0.rem_euclid(STEP_MODULUS), tag }
    }

    /// The code printed on a card.
    pub fn card(number: CredentialNumber, key: &Key) -> Self {
        let tag = key.tag(Kind::Card, number, Step(0));
        Self { kind: Kind::Card, number, step_mod: 0, tag }
    }

    /// Phone or card.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whose code it claims to be.
    pub fn number(&self) -> CredentialNumber {
        self.number
    }

    /// The one step within `MAX_TOLERANCE` of `now` that a phone's code can be of; none for a card's.
    pub fn step_near(&self, now: Step) -> Option<Step> {
        (self.kind == Kind::Phone).then(|| self.steps_near(now, MAX_TOLERANCE).next()).flatten()
    }

    /// Checks the tag, then the time; `tolerance` in steps, at most 49.
    pub fn standing(&self, key: &Key, now_s: i64, tolerance: i64) -> Standing {
        if self.kind == Kind::Card {
            let right = self.has_tag(key, Step(0));
            return if right { Standing::Fresh(None) } else { Standing::Wrong };
        }
        let now = Step::at(now_s);
        self.steps_near(now, tolerance)
            .find(|step| self.has_tag(key, *step))
            .map(|step| Standing::Fresh(Some(step)))
            .or_else(|| {
                let step = self.steps_near(now, SEARCH_STEPS).find(|step| self.has_tag(key, *step))?;
                Some(Standing::Expired { step, difference_s: (step.0 - now.0) * STEP_S })
            })
            .unwrap_or(Standing::Wrong)
    }

    /// Whether the tag holds for a time that any shop may take: a little more than [`MAX_TOLERANCE`], so that what the
    /// rules find fresh a moment later is so here.
    pub fn may_be_fresh(&self, key: &Key, now_s: i64) -> bool {
        if self.kind == Kind::Card {
            return self.has_tag(key, Step(0));
        }
        self.steps_near(Step::at(now_s), MAX_TOLERANCE + 1).any(|step| self.has_tag(key, step))
    }

    /// Every step within `reach` of `now` that ends in the code's two digits.
    fn steps_near(&self, now: Step, reach: i64) -> impl Iterator<Item = Step> + use<> {
        let first = now.0 - reach;
        let first = first + (self.step_mod - first).rem_euclid(STEP_MODULUS);
        (first..=now.0 + reach).step_by(100).map(Step)
    }

    fn has_tag(&self, key: &Key, step: Step) -> bool {
        key.tag(self.kind, self.number, step).ct_eq(&self.tag).into()
    }
}

/// The 27 digits.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = char::from(self.kind.digit());
        let body = format!("{kind}{}{:02}{:013}", self.number, self.step_mod, self.tag);
        write!(f, "{body}{}", damm(body.as_bytes()))
    }
}

/// Codes are secrets while they last: never printed whole by a debug format.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({:?} {})", self.kind, self.number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Vector {
        master: String,
        credential: String,
        key: String,
        unix: i64,
        phone_code: String,
        card_code: String,
    }

    #[test]
    fn every_published_vector_holds() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../tests/code-vectors.json")).unwrap();
        assert!(vectors.len() >= 6);
        for vector in vectors {
            let number = CredentialNumber::new(vector.credential.parse().unwrap()).unwrap();
            let master: [u8; 32] = hex::decode(&vector.master).unwrap().try_into().unwrap();
            let key = Key::derive(&master, number);
            assert_eq!(key.to_hex(), vector.key);
            let phone = Code::phone(number, &key, Step::at(vector.unix));
            assert_eq!(phone.to_string(), vector.phone_code);
            assert_eq!(Code::card(number, &key).to_string(), vector.card_code);
            let parsed = Code::parse(&vector.phone_code).unwrap();
            assert_eq!(parsed.standing(&key, vector.unix, 12), Standing::Fresh(Some(Step::at(vector.unix))));
        }
    }

    #[test]
    fn the_check_digit_of_the_thesis_holds() {
        assert_eq!(damm(b"572"), 4);
        assert_eq!(damm(b"5724"), 0);
    }

    #[test]
    fn a_code_is_fresh_within_the_tolerance_expired_within_a_day_and_wrong_beyond() {
        let number = CredentialNumber::new(42).unwrap();
        let key = Key::derive(&[7; 32], number);
        let now_s = 1_795_372_800;
        let made = |steps: i64| Code::phone(number, &key, Step(Step::at(now_s).0 + steps));
        for steps in [-12, 0, 12] {
            assert!(matches!(made(steps).standing(&key, now_s, 12), Standing::Fresh(_)), "{steps}");
        }
        for steps in [-13, 13, -SEARCH_STEPS, SEARCH_STEPS] {
            let Standing::Expired { difference_s, .. } = made(steps).standing(&key, now_s, 12) else {
                panic!("{steps}")
            };
            assert_eq!(difference_s, steps * STEP_S);
        }
        assert_eq!(made(SEARCH_STEPS + 1).standing(&key, now_s, 12), Standing::Wrong);
        let other = Key::derive(&[8; 32], number);
        assert_eq!(made(0).standing(&other, now_s, 12), Standing::Wrong);
    }

    proptest! {
        #[test]
        fn a_printed_code_parses_back(number in 0..NUMBER_LIMIT, step in 0i64..1 << 40) {
            let number = CredentialNumber::new(number).unwrap();
            let key = Key::derive(&[3; 32], number);
            for code in [Code::phone(number, &key, Step(step)), Code::card(number, &key)] {
                prop_assert!(Code::parse(&code.to_string()) == Some(code));
            }
        }

        #[test]
        fn one_wrong_digit_or_two_swapped_neighbours_are_no_code(at in 0..26usize, by in 1..10u8) {
            let number = CredentialNumber::new(9_876_543_210).unwrap();
            let mut digits = Code::phone(number, &Key::derive(&[3; 32], number), Step(77)).to_string().into_bytes();
            let mut swapped = digits.clone();
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            prop_assert!(Code::parse(std::str::from_utf8(&digits).unwrap()).is_none());
            swapped.swap(at, at + 1);
            if swapped[at] != swapped[at + 1] {
                prop_assert!(Code::parse(std::str::from_utf8(&swapped).unwrap()).is_none());
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = Code::parse(&text);
        }
    }
}
