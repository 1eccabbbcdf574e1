//! From 441 soft modules to a member's code, or to nothing.
//!
//! What is known before reading is used: version 1, level Q, numeric mode, 27 digits, the first digit, the check
//! digit. The least certain codewords are erased, never so many that a wrong reading could pass. Pure.

use super::reed_solomon::{self, CHECKS, CODEWORDS, MAX_ERRORS};
use super::symbol::{FORMAT_Q, MODULES, SYMBOL};
use crate::digits::LENGTH;

/// How dark each module is: above 0 dark, below 0 light, the further the surer; about ±1 for a clear one.
pub(super) type Modules = [f32; MODULES];

/// Mode (numeric, 0001) and count (27 in ten bits): the first 14 bits of the data.
const HEADER: u16 = 0b00_0100_0001_1011;
const HEADER_BITS: usize = 14;
/// Digits and bits of a group in numeric mode.
const GROUP: (usize, usize) = (3, 10);
/// How many codewords are erased, in turn.
const ERASED: [usize; 8] = [0, 2, 4, 5, 6, 7, 8, 9];
/// Masks that are tried: those whose format bits fit best.
const MASKS: usize = 4;

/// The code that the modules show.
pub(super) fn read(modules: &Modules) -> Option<String> {
    let mut masks: [usize; 8] = std::array::from_fn(|mask| mask);
    let fits = masks.map(|mask| format_fit(modules, mask));
    masks.sort_unstable_by(|&a, &b| fits[b].total_cmp(&fits[a]));
    masks[..MASKS].iter().find_map(|&mask| read_masked(modules, mask))
}

/// How well the format bits of a mask fit, both copies together.
fn format_fit(modules: &Modules, mask: usize) -> f32 {
    let bits = FORMAT_Q[mask];
    let sign = |bit: usize| if bits >> (14 - bit) & 1 == 1 { 1.0 } else { -1.0 };
    let clamped = |module: usize| modules[module].clamp(-1.0, 1.0);
    SYMBOL.format.iter().flat_map(|copy| copy.iter().enumerate()).map(|(bit, &m)| sign(bit) * clamped(m)).sum()
}

fn read_masked(modules: &Modules, mask: usize) -> Option<String> {
    let mut word = [0_u8; CODEWORDS];
    let mut doubts = [0.0_f32; CODEWORDS];
    for (index, places) in SYMBOL.codewords.iter().enumerate() {
        for (bit, &module) in places.iter().enumerate() {
            let soft = if SYMBOL.masks[mask][module] { -modules[module] } else { modules[module] };
            let position = index * 8 + bit;
            let (dark, doubt) = match position {
                0..HEADER_BITS => (HEADER >> (HEADER_BITS - 1 - position) & 1 == 1, 0.0),
                _ => (soft > 0.0, (-4.0 * soft.abs()).exp()),
            };
            word[index] = word[index] << 1 | u8::from(dark);
            doubts[index] += doubt;
        }
    }
    let mut order: [usize; CODEWORDS] = std::array::from_fn(|index| index);
    order.sort_unstable_by(|&a, &b| doubts[b].total_cmp(&doubts[a]));
    debug_assert_eq!(ERASED[ERASED.len() - 1] + 1, MAX_ERRORS.len());
    ERASED.iter().find_map(|&erased| {
        let mut corrected = word;
        let done = reed_solomon::correct(&mut corrected, &order[..erased]);
        if done { text(&corrected) } else { None }
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
    fn drawn(text: &str) -> Modules {
        let code = QrCode::with_version(text, Version::Normal(1), EcLevel::Q).unwrap();
        let colors = code.to_colors();
        std::array::from_fn(|module| if colors[module] == Color::Dark { 1.0 } else { -1.0 })
    }

    #[test]
    fn a_code_drawn_by_another_library_is_read() {
        assert_eq!(read(&drawn(CODE)).as_deref(), Some(CODE));
        for (module, dark) in SYMBOL.fixed.iter().enumerate() {
            assert!(dark.is_none_or(|dark| dark == (drawn(CODE)[module] > 0.0)), "module {module}");
        }
    }

    #[test]
    fn a_third_of_it_may_be_out_of_sight() {
        let mut modules = drawn(CODE);
        for &module in SYMBOL.codewords[10..19].as_flattened() {
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
        fn noise_is_never_read(values in prop::collection::vec(-1.0..1.0_f32, MODULES)) {
            let modules: Modules = values.try_into().unwrap();
            prop_assert_eq!(read(&modules), None);
        }
    }
}
