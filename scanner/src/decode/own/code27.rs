//! From 441 soft modules to a member's code, or to nothing.
//!
//! What is known before reading is used: version 1, level Q, numeric mode, 27 digits, the first digit, the check
//! digit. The least certain codewords are erased, never so many that a wrong reading could pass. Pure.

use super::reed_solomon;
use super::symbol::{self, FORMAT_BITS, Symbol};
use crate::digits::LENGTH;

/// Codewords of version 1, and check codewords of level Q.
const CODEWORDS: usize = 26;
const CHECKS: usize = 13;
/// The two bits of level Q.
const LEVEL_Q: u16 = 0b11;
/// Errors that are corrected beside so many erasures. Each entry leaves the odds of a random word to be taken for
/// one of the code below 2^-26, before header and check digit have their say.
const MAX_ERRORS: [usize; 10] = [6, 6, 5, 4, 4, 3, 2, 1, 1, 0];
/// Mode (numeric, 0001) and count (27 in ten bits): the first 14 bits of the data.
const HEADER: u16 = 0b00_0100_0001_1011;
const HEADER_BITS: usize = 14;
/// Digits and bits of a group in numeric mode.
const GROUP: (usize, usize) = (3, 10);
/// How many codewords are erased, in turn.
const ERASED: [usize; 8] = [0, 2, 4, 5, 6, 7, 8, 9];
/// Below this a module says nothing; and how many such are guessed beside the most erasures: 2^-32 are the odds of a
/// random word there, so 2^-26 with all guesses.
const HIDDEN: f32 = 0.03;
const MAX_GUESSED: usize = 6;
/// Masks that are tried: those whose format bits fit best.
const MASKS: usize = 4;

/// The code that the modules show. Above 0 a module is dark, below 0 light, the further the surer; about ±1 for a
/// clear one.
pub(super) fn read(modules: &[f32]) -> Option<String> {
    let symbol = symbol::of(1);
    let mut masks: [u16; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
    let fits = masks.map(|mask| format_fit(symbol, modules, symbol::format_bits(LEVEL_Q, mask)));
    masks.sort_unstable_by(|&a, &b| fits[usize::from(b)].total_cmp(&fits[usize::from(a)]));
    masks[..MASKS].iter().find_map(|&mask| read_masked(symbol, modules, mask.into()))
}

/// How well format bits fit, both copies together.
pub(super) fn format_fit(symbol: &Symbol, modules: &[f32], bits: u16) -> f32 {
    let sign = |bit: usize| if bits >> (FORMAT_BITS - 1 - bit) & 1 == 1 { 1.0 } else { -1.0 };
    let clamped = |module: usize| modules[module].clamp(-1.0, 1.0);
    symbol.format.iter().flat_map(|copy| copy.iter().enumerate()).map(|(bit, &m)| sign(bit) * clamped(m)).sum()
}

/// How much is to be doubted of a module.
pub(super) fn doubt(soft: f32) -> f32 {
    (-4.0 * soft.abs()).exp()
}

fn read_masked(symbol: &Symbol, modules: &[f32], mask: usize) -> Option<String> {
    let mut word = [0_u8; CODEWORDS];
    let mut doubts = [0.0_f32; CODEWORDS];
    for (position, &module) in symbol.bits.iter().enumerate() {
        let soft = if symbol.is_masked(mask, module) { -modules[module] } else { modules[module] };
        let (dark, doubt) = match position {
            0..HEADER_BITS => (HEADER >> (HEADER_BITS - 1 - position) & 1 == 1, 0.0),
            _ => (soft > 0.0, doubt(soft)),
        };
        word[position / 8] = word[position / 8] << 1 | u8::from(dark);
        doubts[position / 8] += doubt;
    }
    let mut order: [usize; CODEWORDS] = std::array::from_fn(|index| index);
    order.sort_unstable_by(|&a, &b| doubts[b].total_cmp(&doubts[a]));
    debug_assert_eq!(ERASED[ERASED.len() - 1] + 1, MAX_ERRORS.len());
    let read = ERASED.iter().find_map(|&erased| {
        let mut corrected = word;
        let done = reed_solomon::correct(&mut corrected, CHECKS, &order[..erased], MAX_ERRORS[erased]);
        if done { text(&corrected) } else { None }
    });
    read.or_else(|| read_guessed(symbol, modules, &word, &order[..ERASED[ERASED.len() - 1]]))
}

/// With all erased that may be, and every value of a few bits of which nothing is known in what is left.
fn read_guessed(symbol: &Symbol, modules: &[f32], word: &[u8; CODEWORDS], erased: &[usize]) -> Option<String> {
    let is_hidden = |&(position, &module): &(usize, &usize)| {
        position >= HEADER_BITS && modules[module].abs() < HIDDEN && !erased.contains(&(position / 8))
    };
    let hidden: Vec<usize> = symbol.bits.iter().enumerate().filter(is_hidden).map(|(position, _)| position).collect();
    if hidden.is_empty() || hidden.len() > MAX_GUESSED {
        return None;
    }
    (1..1_u32 << hidden.len()).find_map(|guess| {
        let mut guessed = *word;
        for (index, position) in hidden.iter().enumerate() {
            guessed[position / 8] ^= u8::from(guess >> index & 1 == 1) << (7 - position % 8);
        }
        let done = reed_solomon::correct(&mut guessed, CHECKS, erased, 0);
        if done { text(&guessed) } else { None }
    })
}

/// The digits of a corrected word, if it is one of our codes.
fn text(word: &[u8; CODEWORDS]) -> Option<String> {
    let data = word[..CODEWORDS - CHECKS].iter().fold(0_u128, |bits, &byte| bits << 8 | u128::from(byte));
    let (digits_of_group, bits_of_group) = GROUP;
    let groups = LENGTH / digits_of_group;
    if data >> (groups * bits_of_group) != u128::from(HEADER) {
        return None;
    }
    let mut text = String::with_capacity(LENGTH);
    for group in (0..groups).rev() {
        let value = data >> (group * bits_of_group) & 0x3ff;
        if value > 999 {
            return None;
        }
        text.extend([value / 100, value / 10 % 10, value % 10].map(|digit| char::from(b'0' + digit as u8)));
    }
    super::is_ours(&text).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use qrcode::{EcLevel, QrCode, Version, types::Color};

    const CODE: &str = "112345678906058726934226722";

    /// The modules of a code as another library draws it.
    fn drawn(text: &str) -> Vec<f32> {
        let code = QrCode::with_version(text, Version::Normal(1), EcLevel::Q).unwrap();
        code.to_colors().into_iter().map(|color| if color == Color::Dark { 1.0 } else { -1.0 }).collect()
    }

    #[test]
    fn a_code_drawn_by_another_library_is_read() {
        assert_eq!(read(&drawn(CODE)).as_deref(), Some(CODE));
    }

    #[test]
    fn a_third_of_it_may_be_out_of_sight() {
        let mut modules = drawn(CODE);
        for &module in &symbol::of(1).bits[80..152] {
            modules[module] = 0.0;
        }
        assert_eq!(read(&modules).as_deref(), Some(CODE));
    }

    #[test]
    fn what_is_not_ours_is_nothing() {
        let wrong_digit = "112345678906058726934226723";
        for text in ["212345678906058726934226728", wrong_digit, "11234567890605872693422672", "HELLO"] {
            assert_eq!(read(&drawn(text)), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn noise_is_never_read(values in prop::collection::vec(-1.0..1.0_f32, 441)) {
            prop_assert_eq!(read(&values), None);
        }
    }
}
