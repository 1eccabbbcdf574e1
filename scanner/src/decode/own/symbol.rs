//! A QR code of version 1: which module is what (ISO/IEC 18004, sections 7.3 to 7.9).
//!
//! Pure tables, made once. Columns and rows count from the top left.

use std::sync::LazyLock;

use super::reed_solomon::CODEWORDS;

/// Modules on a side.
pub(super) const SIDE: usize = 21;
/// Modules in all.
pub(super) const MODULES: usize = SIDE * SIDE;
/// Format bits.
const FORMAT_BITS: usize = 15;

/// What is the same in every code of version 1.
pub(super) struct Symbol {
    /// The modules of each codeword, the highest bit first.
    pub codewords: [[usize; 8]; CODEWORDS],
    /// For each mask: the modules that it turns over.
    pub masks: [[bool; MODULES]; 8],
    /// Both copies of the format bits.
    pub format: [[usize; FORMAT_BITS]; 2],
    /// Dark or light, where that is fixed: finders, separators, timing, the dark module.
    pub fixed: [Option<bool>; MODULES],
}

/// The format bits of level Q, by mask, the highest first.
pub(super) const FORMAT_Q: [u16; 8] = [
    0b011_010_101_011_111,
    0b011_000_001_101_000,
    0b011_111_100_110_001,
    0b011_101_000_000_110,
    0b010_010_010_110_100,
    0b010_000_110_000_011,
    0b010_111_011_011_010,
    0b010_101_111_101_101,
];

pub(super) static SYMBOL: LazyLock<Symbol> = LazyLock::new(|| {
    let format = format();
    let fixed = fixed();
    let is_data = |module: usize| fixed[module].is_none() && !format.as_flattened().contains(&module);
    let order: Vec<usize> = walk().filter(|&module| is_data(module)).collect();
    let codewords = std::array::from_fn(|word| std::array::from_fn(|bit| order[word * 8 + bit]));
    let masks = std::array::from_fn(|mask| {
        std::array::from_fn(|module| is_data(module) && is_masked(mask, module / SIDE, module % SIDE))
    });
    Symbol { codewords, masks, format, fixed }
});

/// Dark or light, where that is the same in every code; a ring of one module around the code belongs to it. That
/// ring's white is only sure beside a finder: elsewhere a frame or a finger may begin.
pub(super) fn known(row: isize, column: isize) -> Option<bool> {
    let side = SIDE as isize;
    let inside = |c: isize| (0..side).contains(&c);
    if inside(row) && inside(column) {
        return SYMBOL.fixed[(row * side + column) as usize];
    }
    let in_ring = (-1..=side).contains(&row) && (-1..=side).contains(&column);
    let beside = |c: isize| !(8..side - 8).contains(&c);
    let last_corner = row >= side - 8 && column >= side - 8;
    (in_ring && beside(row) && beside(column) && !last_corner).then_some(false)
}

fn fixed() -> [Option<bool>; MODULES] {
    let mut fixed = [None; MODULES];
    for (row, column) in (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column))) {
        let finder = [(3, 3), (3, SIDE - 4), (SIDE - 4, 3)].into_iter().find_map(|(y, x)| {
            let ring = row.abs_diff(y).max(column.abs_diff(x));
            (ring <= 4).then_some(ring != 2 && ring != 4)
        });
        let timing = (row == 6 || column == 6).then_some((row + column) % 2 == 0);
        let dark = (row == SIDE - 8 && column == 8).then_some(true);
        fixed[row * SIDE + column] = finder.or(timing).or(dark);
    }
    fixed
}

/// Both copies, the highest bit first.
fn format() -> [[usize; FORMAT_BITS]; 2] {
    let at = |row: usize, column: usize| row * SIDE + column;
    let first = |bit: usize| match bit {
        0..=5 => at(8, bit),
        6 => at(8, 7),
        7 => at(8, 8),
        8 => at(7, 8),
        _ => at(14 - bit, 8),
    };
    let second = |bit: usize| if bit < 7 { at(SIDE - 1 - bit, 8) } else { at(8, SIDE - 15 + bit) };
    [std::array::from_fn(first), std::array::from_fn(second)]
}

/// All modules in the order in which data is placed: column pairs from the right, up and down in turn.
fn walk() -> impl Iterator<Item = usize> {
    let pairs = [19, 17, 15, 13, 11, 9, 7, 4, 2, 0];
    pairs.into_iter().enumerate().flat_map(|(turn, left)| {
        (0..SIDE).flat_map(move |step| {
            let row = if turn % 2 == 0 { SIDE - 1 - step } else { step };
            [row * SIDE + left + 1, row * SIDE + left]
        })
    })
}

fn is_masked(mask: usize, i: usize, j: usize) -> bool {
    match mask {
        0 => (i + j) % 2 == 0,
        1 => i % 2 == 0,
        2 => j % 3 == 0,
        3 => (i + j) % 3 == 0,
        4 => (i / 2 + j / 3) % 2 == 0,
        5 => (i * j) % 2 + (i * j) % 3 == 0,
        6 => ((i * j) % 2 + (i * j) % 3) % 2 == 0,
        _ => ((i + j) % 2 + (i * j) % 3) % 2 == 0,
    }
}
