//! Reed-Solomon over GF(256) for one block of a QR code: errors and erasures.
//!
//! The field and the generator are ISO/IEC 18004's (polynomial `x^8+x^4+x^3+x^2+1`, roots `α^0 …`). Pure; called
//! by [`super::code27`] and [`super::any`].

use std::sync::LazyLock;

/// Most check codewords of a block.
pub(super) const MOST_CHECKS: usize = 30;

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

fn syndromes(word: &[u8], checks: usize) -> Vec<u8> {
    (0..checks).map(|index| word.iter().fold(0, |sum, &byte| mul(sum, alpha(index)) ^ byte)).collect()
}

/// Corrects a word in place whose last `checks` bytes, at most [`MOST_CHECKS`], are check codewords, and some of whose
/// positions are erased. False, and the word as it was, where that is not possible with at most so many errors more.
pub(super) fn correct(word: &mut [u8], checks: usize, erased: &[usize], max_errors: usize) -> bool {
    debug_assert!(checks <= MOST_CHECKS);
    let syndromes = syndromes(word, checks);
    if syndromes.iter().all(|&syndrome| syndrome == 0) {
        return true;
    }
    if erased.len() + max_errors > checks {
        return false;
    }
    let last = word.len() - 1;
    let locator = locator(&syndromes, last, erased);
    let degree = locator.iter().rposition(|&c| c != 0).unwrap_or(0);
    if degree > erased.len() + max_errors {
        return false;
    }
    let mut corrected = word.to_vec();
    let mut roots = 0;
    for (position, byte) in corrected.iter_mut().enumerate() {
        let place = alpha(last - position);
        if value(&locator, inverse(place)) == 0 {
            roots += 1;
            *byte ^= magnitude(&syndromes, &locator, place);
        }
    }
    let fits = roots == degree && self::syndromes(&corrected, checks).iter().all(|&syndrome| syndrome == 0);
    if fits {
        word.copy_from_slice(&corrected);
    }
    fits
}

/// Berlekamp's and Massey's algorithm, begun with the locator of the erasures (Blahut 1983).
fn locator(syndromes: &[u8], last: usize, erased: &[usize]) -> Vec<u8> {
    let checks = syndromes.len();
    let mut locator = vec![0; checks + 1];
    locator[0] = 1;
    for &position in erased {
        let place = alpha(last - position);
        for index in (1..=checks).rev() {
            locator[index] ^= mul(locator[index - 1], place);
        }
    }
    let (mut before, mut length) = (locator.clone(), erased.len());
    for step in erased.len()..checks {
        let discrepancy = (0..=step).fold(0, |sum, index| sum ^ mul(locator[index], syndromes[step - index]));
        before.copy_within(..checks, 1);
        before[0] = 0;
        if discrepancy == 0 {
            continue;
        }
        let kept = locator.clone();
        for (coefficient, old) in locator.iter_mut().zip(&before) {
            *coefficient ^= mul(discrepancy, *old);
        }
        if 2 * length <= step + erased.len() {
            length = step + 1 + erased.len() - length;
            let scale = inverse(discrepancy);
            before = kept.into_iter().map(|coefficient| mul(scale, coefficient)).collect();
        }
    }
    locator
}

/// Forney's formula: what is wrong at a place, `α` to the power of its distance from the end.
fn magnitude(syndromes: &[u8], locator: &[u8], place: u8) -> u8 {
    let at = inverse(place);
    let evaluator: Vec<u8> = (0..syndromes.len())
        .map(|index| (0..=index).fold(0, |sum, k| sum ^ mul(locator[k], syndromes[index - k])))
        .collect();
    let mut derivative = vec![0; syndromes.len() + 1];
    for index in (1..locator.len()).step_by(2) {
        derivative[index - 1] = locator[index];
    }
    let slope = value(&derivative, at);
    if slope == 0 { 0 } else { mul(place, mul(value(&evaluator, at), inverse(slope))) }
}

/// Appends check codewords to data.
#[cfg(test)]
pub(super) fn encode(data: &[u8], checks: usize) -> Vec<u8> {
    let mut generator = vec![1_u8];
    for root in 0..checks {
        let mut next = vec![0; generator.len() + 1];
        for (index, &coefficient) in generator.iter().enumerate() {
            next[index] ^= coefficient;
            next[index + 1] ^= mul(coefficient, alpha(root));
        }
        generator = next;
    }
    let mut word = [data, &vec![0; checks]].concat();
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
            data in prop::collection::vec(any::<u8>(), 1..90),
            damage in prop::collection::vec(1..=255_u8, 120),
            order in Just((0..120_usize).collect::<Vec<_>>()).prop_shuffle(),
            checks in 7..=MOST_CHECKS,
            part in 0.0..=1.0_f64,
        ) {
            let word = encode(&data, checks);
            prop_assert!(syndromes(&word, checks).iter().all(|&syndrome| syndrome == 0));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a small part")]
            let erasures = (part * checks as f64) as usize;
            let errors = (checks - erasures) / 2;
            let order: Vec<usize> = order.into_iter().filter(|&at| at < word.len()).collect();
            let wrong = &order[..(erasures + errors).min(order.len())];
            let mut damaged = word.clone();
            for &position in wrong {
                damaged[position] ^= damage[position];
            }
            let erased = &wrong[..erasures.min(wrong.len())];
            prop_assert!(correct(&mut damaged, checks, erased, errors));
            prop_assert_eq!(damaged, word);
        }

        #[test]
        fn a_random_word_is_never_taken_for_one(mut word in prop::collection::vec(any::<u8>(), 26), erasures in 0..9_usize) {
            let before = word.clone();
            let erased: Vec<usize> = (0..erasures).collect();
            prop_assert!(!correct(&mut word, 13, &erased, (9 - erasures) / 2));
            prop_assert_eq!(word, before);
        }
    }
}
