//! The form of a member's code: 27 decimal digits, the last a Damm check digit over the 26 before.
//!
//! Form only: whether the tag holds, whose it is and whether it was used is for the server to say. Used by
//! [`crate::reading`] and by the till for typed codes.

use std::fmt;

/// Digits of a code.
pub const LENGTH: usize = 27;

/// The quasigroup of H. Michael Damm's thesis (Marburg 2004); the check digit of 572 is 4.
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

/// 27 digits of the right form. Never logged: its `Debug` hides all but the kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digits27([u8; LENGTH]);

/// What makes the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A paired phone: a new code every few seconds.
    Phone,
    /// A printed card: the same code for ever.
    Card,
}

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Not 27 digits that begin with 1, or with 9 and step 00.
    #[error("this is not a member's code")]
    NotOurs,
    /// The form is right and the check digit is wrong.
    #[error("a digit was misread; show the code again")]
    CheckDigit,
}

/// The Damm check digit of a row of digits, each 0 to 9: what appended to them makes the result 0.
pub fn check_digit(digits: impl IntoIterator<Item = u8>) -> u8 {
    digits.into_iter().fold(0, |interim, digit| DAMM[usize::from(interim)][usize::from(digit)])
}

impl Digits27 {
    /// Reads the text of a QR code, or what somebody typed without spaces.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let digits: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| FormError::NotOurs)?;
        let is_ours = match digits[0] {
            b'1' => true,
            b'9' => digits[11..13] == *b"00",
            _ => false,
        };
        if !is_ours || !digits.iter().all(u8::is_ascii_digit) {
            return Err(FormError::NotOurs);
        }
        if check_digit(digits.iter().map(|d| d - b'0')) != 0 {
            return Err(FormError::CheckDigit);
        }
        Ok(Self(digits))
    }

    /// The 27 digits, to be sent to the server.
    #[expect(clippy::missing_panics_doc, reason = "the constructor lets in ASCII alone")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits were let in")
    }

    /// Phone or card.
    pub fn kind(&self) -> Kind {
        if self.0[0] == b'9' { Kind::Card } else { Kind::Phone }
    }

    /// The ten digits of the credential that made it: the same in all codes of one phone or card.
    pub fn credential(&self) -> &str {
        &self.as_str()[1..11]
    }
}

impl fmt::Debug for Digits27 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits27({:?} …)", self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The contract's vectors: a phone's code and a card's.
    const PHONE: &str = "112345678906058726934226722";
    const CARD: &str = "912345678900074803889535080";

    fn code() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(0..10_u8, 25).prop_map(|mut digits| {
            digits.insert(0, 1);
            digits.push(check_digit(digits.iter().copied()));
            digits
        })
    }

    fn text(digits: &[u8]) -> String {
        digits.iter().map(|d| char::from(b'0' + d)).collect()
    }

    #[test]
    fn the_check_digit_of_572_is_4() {
        assert_eq!(check_digit([5, 7, 2]), 4);
        assert_eq!(check_digit([5, 7, 2, 4]), 0);
    }

    #[test]
    fn the_table_is_a_totally_antisymmetric_quasigroup() {
        for (c, row) in DAMM.iter().enumerate() {
            assert_eq!(row[c], 0, "a digit appended to itself");
            let mut sorted = *row;
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
            for (x, y) in (0..10).flat_map(|x| (0..x).map(move |y| (x, y))) {
                let (first, second) = (usize::from(row[x]), usize::from(row[y]));
                assert_ne!(DAMM[first][y], DAMM[second][x], "neighbours {x} and {y} swapped after {c}");
            }
        }
    }

    #[test]
    fn codes_of_phones_and_cards_are_read() {
        let phone = Digits27::parse(PHONE).unwrap();
        assert_eq!((phone.kind(), phone.credential(), phone.as_str()), (Kind::Phone, "1234567890", PHONE));
        let card = Digits27::parse(CARD).unwrap();
        assert_eq!((card.kind(), card.credential()), (Kind::Card, "1234567890"));
    }

    #[test]
    fn other_texts_are_not_ours() {
        let eighteen = "134567890123456789";
        let arabic = "١".repeat(27);
        let shifted = format!(" {}", &PHONE[..26]);
        let card_with_step = "912345678900174803889535080";
        for text in ["", eighteen, "https://example.org/pay", &arabic, &shifted, card_with_step, &"2".repeat(27)] {
            assert_eq!(Digits27::parse(text), Err(FormError::NotOurs), "{text:?}");
        }
    }

    #[test]
    fn debug_output_tells_no_digits() {
        assert_eq!(format!("{:?}", Digits27::parse(PHONE).unwrap()), "Digits27(Phone …)");
    }

    proptest! {
        #[test]
        fn every_code_with_its_check_digit_is_read_and_written_the_same(digits in code()) {
            let text = text(&digits);
            let parsed = Digits27::parse(&text).unwrap();
            prop_assert_eq!(parsed.as_str(), text);
        }

        #[test]
        fn any_one_wrong_digit_is_caught(digits in code(), at in 1..27_usize, by in 1..10_u8) {
            let mut wrong = digits;
            wrong[at] = (wrong[at] + by) % 10;
            prop_assert_eq!(Digits27::parse(&text(&wrong)), Err(FormError::CheckDigit));
        }

        #[test]
        fn two_neighbours_swapped_are_caught(digits in code(), at in 1..26_usize) {
            let mut wrong = digits.clone();
            wrong.swap(at, at + 1);
            prop_assume!(wrong != digits);
            prop_assert_eq!(Digits27::parse(&text(&wrong)), Err(FormError::CheckDigit));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = Digits27::parse(&text);
        }
    }
}
