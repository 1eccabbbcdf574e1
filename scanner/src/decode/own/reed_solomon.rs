//! Reed-Solomon over GF(256) for one block of a QR code of version 1: errors and erasures.
//!
//! The field and the generator are ISO/IEC 18004's (polynomial `x^8+x^4+x^3+x^2+1`, roots `α^0 …`). Pure; called
//! by [`super::code27`].

use std::sync::LazyLock;

/// Codewords of version 1.
pub(super) const CODEWORDS: usize = 26;
/// Check codewords of level Q.
pub(super) const CHECKS: usize = 13;

/// Errors that are corrected beside so many erasures. Each entry leaves the odds of a random word to be taken for
/// one of the code below 2^-26, before header and check digit have their say.
pub(super) const MAX_ERRORS: [usize; 10] = [6, 6, 5, 4, 4, 3, 2, 1, 1, 0];

struct Field {
    exp: [u8; 510],
    log: [u8; 256],
}

static FIELD: LazyLock<Field> = LazyLock::new(|| {
    let mut field = Field { exp: [0; 510], log: [0; 256] };
    let mut power: u16 = 1;
    for index in 0..255_u8 {
        let byte = u8::try_from(power).expect("reduced below 256");
        field.exp[usize::from(index)] = byte;
        field.exp[usize::from(index) + 255] = byte;
        field.log[usize::from(byte)] = index;
        power <<= 1;
        if power > 255 {
            power ^= 0x11d;
        }
    }
    field
});

fn mul(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    let field = &*FIELD;
    field.exp[usize::from(field.log[usize::from(a)]) + usize::from(field.log[usize::from(b)])]
}

fn inverse(a: u8) -> u8 {
    FIELD.exp[255 - usize::from(FIELD.log[usize::from(a)])]
}

fn alpha(power: usize) -> u8 {
    FIELD.exp[power % 255]
}

/// A polynomial's value; the lowest coefficient first.
fn value(polynomial: &[u8], at: u8) -> u8 {
    polynomial.iter().rev().fold(0, |sum, &coefficient| mul(sum, at) ^ coefficient)
}

fn syndromes(word: &[u8; CODEWORDS]) -> [u8; CHECKS] {
    std::array::from_fn(|index| word.iter().fold(0, |sum, &byte| mul(sum, alpha(index)) ^ byte))
}

/// Corrects a word in place, some of whose positions are erased. False, and the word as it was, where that is not
/// possible within [`MAX_ERRORS`].
pub(super) fn correct(word: &mut [u8; CODEWORDS], erased: &[usize]) -> bool {
    let Some(&max_errors) = MAX_ERRORS.get(erased.len()) else { return false };
    let syndromes = syndromes(word);
    if syndromes == [0; CHECKS] {
        return true;
    }
    let locator = locator(&syndromes, erased);
    let degree = locator.iter().rposition(|&c| c != 0).unwrap_or(0);
    if degree > erased.len() + max_errors {
        return false;
    }
    let mut corrected = *word;
    let mut roots = 0;
    for position in 0..CODEWORDS {
        let place = alpha(CODEWORDS - 1 - position);
        if value(&locator, inverse(place)) == 0 {
            roots += 1;
            corrected[position] ^= magnitude(&syndromes, &locator, place);
        }
    }
    let fits = roots == degree && self::syndromes(&corrected) == [0; CHECKS];
    if fits {
        *word = corrected;
    }
    fits
}

/// Berlekamp's and Massey's algorithm, begun with the locator of the erasures (Blahut 1983).
fn locator(syndromes: &[u8; CHECKS], erased: &[usize]) -> [u8; CHECKS + 1] {
    let mut locator = [0; CHECKS + 1];
    locator[0] = 1;
    for &position in erased {
        let place = alpha(CODEWORDS - 1 - position);
        for index in (1..=CHECKS).rev() {
            locator[index] ^= mul(locator[index - 1], place);
        }
    }
    let (mut before, mut length) = (locator, erased.len());
    for step in erased.len()..CHECKS {
        let discrepancy = (0..=step).fold(0, |sum, index| sum ^ mul(locator[index], syndromes[step - index]));
        before.copy_within(..CHECKS, 1);
        before[0] = 0;
        if discrepancy == 0 {
            continue;
        }
        let kept = locator;
        for (coefficient, old) in locator.iter_mut().zip(before) {
            *coefficient ^= mul(discrepancy, old);
        }
        if 2 * length <= step + erased.len() {
            length = step + 1 + erased.len() - length;
            let scale = inverse(discrepancy);
            before = kept.map(|coefficient| mul(scale, coefficient));
        }
    }
    locator
}

/// Forney's formula: what is wrong at a place, `α^(25 - position)`.
fn magnitude(syndromes: &[u8; CHECKS], locator: &[u8; CHECKS + 1], place: u8) -> u8 {
    let at = inverse(place);
    let mut evaluator = [0; CHECKS];
    for (index, coefficient) in evaluator.iter_mut().enumerate() {
        *coefficient = (0..=index).fold(0, |sum, k| sum ^ mul(locator[k], syndromes[index - k]));
    }
    let mut derivative = [0; CHECKS];
    for index in (1..=CHECKS).step_by(2) {
        derivative[index - 1] = locator[index];
    }
    let slope = value(&derivative, at);
    if slope == 0 { 0 } else { mul(place, mul(value(&evaluator, at), inverse(slope))) }
}

/// Appends the check codewords to 13 data codewords.
#[cfg(test)]
pub(super) fn encode(data: &[u8; CODEWORDS - CHECKS]) -> [u8; CODEWORDS] {
    let mut generator = vec![1_u8];
    for root in 0..CHECKS {
        let mut next = vec![0; generator.len() + 1];
        for (index, &coefficient) in generator.iter().enumerate() {
            next[index] ^= coefficient;
            next[index + 1] ^= mul(coefficient, alpha(root));
        }
        generator = next;
    }
    let mut word = [0; CODEWORDS];
    word[..data.len()].copy_from_slice(data);
    for index in 0..data.len() {
        let lead = word[index];
        for (offset, &coefficient) in generator.iter().enumerate() {
            word[index + offset] ^= mul(lead, coefficient);
        }
    }
    word[..data.len()].copy_from_slice(data);
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_within_the_bound_is_corrected(
            data in any::<[u8; 13]>(),
            damage in prop::collection::vec(1..=255_u8, 26),
            order in Just((0..CODEWORDS).collect::<Vec<_>>()).prop_shuffle(),
            erasures in 0..MAX_ERRORS.len(),
            share in 0.0..=1.0_f64,
        ) {
            let word = encode(&data);
            prop_assert_eq!(syndromes(&word), [0; CHECKS]);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a small share")]
            let errors = (share * MAX_ERRORS[erasures] as f64).round() as usize;
            let mut damaged = word;
            for &position in &order[..erasures + errors] {
                damaged[position] ^= damage[position];
            }
            prop_assert!(correct(&mut damaged, &order[..erasures]));
            prop_assert_eq!(damaged, word);
        }

        #[test]
        fn a_random_word_is_never_taken_for_one(mut word in any::<[u8; CODEWORDS]>(), erasures in 0..MAX_ERRORS.len()) {
            let before = word;
            let erased: Vec<usize> = (0..erasures).collect();
            prop_assert!(!correct(&mut word, &erased));
            prop_assert_eq!(word, before);
        }
    }
}
