//! The mark of a result: two digits and an emoji, the same on both screens.
//!
//! Staff believe screenshots of success pages. The mark comes from the
//! entry's hash, so an old or faked picture shows another one at a glance.

use crate::ledger::Hash;

/// The emoji, in an order that the pages share: never reorder.
pub const MARKS: [&str; 64] = [
    "🐳", "🐼", "🦊", "🐸", "🐷", "🐘", "🦒", "🦁", "🐧", "🦉", "🐢", "🐙", "🦀", "🐝", "🦋", "🐞", "🐌", "🦔", "🦩",
    "🐰", "🦓", "🍎", "🍌", "🍇", "🍉", "🍍", "🍒", "🍓", "🥕", "🌽", "🍄", "🥑", "🍩", "🍦", "🥨", "🌵", "🌻", "🍀",
    "🌈", "🌙", "⭐", "🌲", "🔥", "🔑", "🎈", "🎁", "🎩", "👑", "⚓", "🚀", "🚲", "⛵", "🎸", "🎲", "🧩", "💎", "⏰",
    "☔", "🏠", "🧲", "💡", "🧦", "🪁", "🎯",
];

/// `47 🐳`: drawn from the entry's hash.
pub fn of(hash: &Hash) -> String {
    let digits = u16::from_be_bytes([hash[0], hash[1]]) % 100;
    format!("{digits:02} {}", MARKS[usize::from(hash[2] % 64)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_two_digits_and_one_of_the_emoji() {
        assert_eq!(of(&[0; 32]), format!("00 {}", MARKS[0]));
        let mut hash = [0xff; 32];
        hash[2] = 65;
        assert_eq!(of(&hash), format!("35 {}", MARKS[1]));
    }

    #[test]
    fn no_emoji_stands_for_two_marks() {
        let distinct: std::collections::HashSet<_> = MARKS.iter().collect();
        assert_eq!(distinct.len(), MARKS.len());
    }
}
