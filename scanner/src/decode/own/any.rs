//! From the soft modules of anybody's code to its text, or to nothing.
//!
//! As with ours the least certain codewords are erased, and of each block's check codewords some are left that speak
//! against a wrong reading: the engine behind which this stands has none to spare. Pure.

use super::code27::{doubt, format_fit};
use super::reed_solomon;
use super::symbol::{self, FORMAT_BITS, MAX_VERSION, Symbol};

/// Check codewords of a block that correct nothing: a random word passes with odds of 2^-40.
const SPARED: usize = 5;
/// How many of the others are spent on erasures, in quarters, in turn.
const ERASED: [usize; 5] = [0, 1, 2, 3, 4];
/// Formats that are tried, of 32: those that fit best.
const FORMATS: usize = 3;
/// How well the best has to fit, of 30 modules.
const LEAST_FIT: f32 = 9.0;
/// Check codewords of a block and number of blocks, by version and level: L, M, Q, H.
const BLOCKS: [[(usize, usize); 4]; MAX_VERSION] = [
    [(7, 1), (10, 1), (13, 1), (17, 1)],
    [(10, 1), (16, 1), (22, 1), (28, 1)],
    [(15, 1), (26, 1), (18, 2), (22, 2)],
    [(20, 1), (18, 2), (26, 2), (16, 4)],
    [(26, 1), (24, 2), (18, 4), (22, 4)],
    [(18, 2), (16, 4), (24, 4), (28, 4)],
    [(20, 2), (18, 4), (18, 6), (26, 5)],
    [(24, 2), (22, 4), (22, 6), (26, 6)],
    [(30, 2), (22, 5), (20, 8), (24, 8)],
    [(18, 4), (26, 5), (24, 8), (28, 8)],
    [(20, 4), (30, 5), (28, 8), (24, 11)],
    [(24, 4), (22, 8), (26, 10), (28, 11)],
];
/// The two bits of the levels L, M, Q, H.
const LEVELS: [u16; 4] = [0b01, 0b00, 0b11, 0b10];

/// A format and how well it fits.
struct Format {
    fit: f32,
    level: usize,
    mask: u16,
    bits: u16,
}

/// Those that fit best, the best first.
fn formats(symbol: &Symbol, modules: &[f32]) -> Vec<Format> {
    let all = (0..LEVELS.len()).flat_map(|level| (0..8).map(move |mask| (level, mask)));
    let mut formats: Vec<Format> = all
        .map(|(level, mask)| {
            let bits = symbol::format_bits(LEVELS[level], mask);
            Format { fit: format_fit(symbol, modules, bits), level, mask, bits }
        })
        .collect();
    formats.sort_unstable_by(|a, b| b.fit.total_cmp(&a.fit));
    formats.truncate(FORMATS);
    formats
}

/// Whether any format fits: a grid that is none, or one of another size, has none.
pub(super) fn has_format(symbol: &Symbol, modules: &[f32]) -> bool {
    formats(symbol, modules)[0].fit >= LEAST_FIT
}

/// The modules of the code, all of them right: true is dark.
pub(super) fn read(symbol: &Symbol, modules: &[f32]) -> Option<Vec<bool>> {
    formats(symbol, modules).into_iter().find_map(|format| {
        let words = corrected(symbol, modules, BLOCKS[symbol.version - 1][format.level], format.mask.into())?;
        Some(drawn(symbol, &words, format.mask.into(), format.bits))
    })
}

/// All codewords, each block corrected.
fn corrected(symbol: &Symbol, modules: &[f32], (checks, blocks): (usize, usize), mask: usize) -> Option<Vec<u8>> {
    let mut words = vec![0_u8; symbol.codewords()];
    let mut doubts = vec![0.0_f32; symbol.codewords()];
    for (position, &module) in symbol.bits.iter().enumerate() {
        let soft = if symbol.is_masked(mask, module) { -modules[module] } else { modules[module] };
        words[position / 8] = words[position / 8] << 1 | u8::from(soft > 0.0);
        doubts[position / 8] += doubt(soft);
    }
    for block in 0..blocks {
        let places = places(words.len(), checks, blocks, block);
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_unstable_by(|&a, &b| doubts[places[b]].total_cmp(&doubts[places[a]]));
        let word: Vec<u8> = places.iter().map(|&place| words[place]).collect();
        let spent = checks - SPARED;
        let right = ERASED.iter().find_map(|quarters| {
            let erased = spent * quarters / 4;
            let mut right = word.clone();
            reed_solomon::correct(&mut right, checks, &order[..erased], (spent - erased) / 2).then_some(right)
        })?;
        for (place, byte) in places.into_iter().zip(right) {
            words[place] = byte;
        }
    }
    Some(words)
}

/// Where the codewords of a block are among all: blocks take turns, and the last ones may be longer by one.
fn places(count: usize, checks: usize, blocks: usize, block: usize) -> Vec<usize> {
    let (short, longer) = (count / blocks - checks, count % blocks);
    let data = (0..short).map(|index| index * blocks + block);
    let last = (block >= blocks - longer).then(|| short * blocks + block - (blocks - longer));
    let check = (0..checks).map(|index| count - checks * blocks + index * blocks + block);
    data.chain(last).chain(check).collect()
}

/// The modules that a code of these codewords has.
fn drawn(symbol: &Symbol, words: &[u8], mask: usize, format: u16) -> Vec<bool> {
    let mut modules: Vec<bool> = symbol.fixed.iter().map(|dark| dark.unwrap_or(false)).collect();
    for (position, &module) in symbol.bits.iter().enumerate() {
        let bit = words[position / 8] >> (7 - position % 8) & 1 == 1;
        modules[module] = bit != symbol.is_masked(mask, module);
    }
    for (bit, &module) in symbol.format.iter().flat_map(|copy| copy.iter().enumerate()) {
        modules[module] = format >> (FORMAT_BITS - 1 - bit) & 1 == 1;
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::{EcLevel, QrCode, Version, types::Color};

    const LEVELS: [EcLevel; 4] = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H];

    fn colors(version: usize, level: EcLevel) -> Vec<bool> {
        let version = Version::Normal(version.try_into().unwrap());
        let code = QrCode::with_version("HELLO", version, level).unwrap();
        code.to_colors().into_iter().map(|color| color == Color::Dark).collect()
    }

    fn soft(modules: &[bool]) -> Vec<f32> {
        modules.iter().map(|&dark| if dark { 1.0 } else { -1.0 }).collect()
    }

    #[test]
    fn codes_of_every_version_and_level_are_read_as_another_library_draws_them() {
        for (version, level) in (1..=MAX_VERSION).flat_map(|version| LEVELS.map(|level| (version, level))) {
            let (symbol, modules) = (symbol::of(version), colors(version, level));
            let read = read(symbol, &soft(&modules)).unwrap_or_else(|| panic!("{version} {level:?}"));
            // Beside these there are the version's own bits, and a few that belong to no codeword.
            let is_told = |at: &usize| symbol.fixed[*at].is_some() || symbol.bits.contains(at);
            assert!((0..modules.len()).filter(is_told).all(|at| read[at] == modules[at]), "{version} {level:?}");
            for (module, dark) in symbol.fixed.iter().enumerate() {
                assert!(dark.is_none_or(|dark| dark == modules[module]), "{version} {module}");
            }
        }
    }

    #[test]
    fn what_is_hidden_is_filled_in_and_too_much_is_not_guessed() {
        for (version, level) in (2..=MAX_VERSION).flat_map(|version| LEVELS.map(|level| (version, level))) {
            let (symbol, modules) = (symbol::of(version), colors(version, level));
            let (checks, blocks) = BLOCKS[version - 1][LEVELS.iter().position(|&l| l == level).unwrap()];
            let with_hidden = |count: usize| {
                let mut soft = soft(&modules);
                for place in (0..blocks)
                    .flat_map(|block| places(symbol.codewords(), checks, blocks, block).into_iter().take(count))
                {
                    for &module in &symbol.bits[place * 8..place * 8 + 8] {
                        soft[module] *= -0.01;
                    }
                }
                read(symbol, &soft)
            };
            let hidden = with_hidden((checks - SPARED).min(symbol.codewords() / blocks - checks));
            assert!(
                hidden.is_some_and(|read| symbol.bits.iter().all(|&at| read[at] == modules[at])),
                "{version} {level:?}"
            );
            assert!(
                symbol.codewords() / blocks <= 2 * checks || with_hidden(checks + 1).is_none(),
                "{version} {level:?}"
            );
        }
    }
}
