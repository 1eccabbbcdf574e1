//! A QR code of any version up to [`MAX_VERSION`]: which module is what (ISO/IEC 18004, sections 7.3 to 7.9).
//!
//! Pure tables, made once a version. Columns and rows count from the top left.

use std::sync::OnceLock;

/// The largest version that is known here.
pub(super) const MAX_VERSION: usize = 12;
/// Format bits.
pub(super) const FORMAT_BITS: usize = 15;
/// From this version on a code tells its version, in two blocks beside its finders.
const TELLS_VERSION: usize = 7;

/// What is the same in every code of a version.
pub(super) struct Symbol {
    pub version: usize,
    /// Modules on a side.
    pub side: usize,
    /// The modules that hold codewords, bit after bit, the highest bit of each first.
    pub bits: Vec<usize>,
    /// Both copies of the format bits, the highest first.
    pub format: [[usize; FORMAT_BITS]; 2],
    /// Dark or light, where that is fixed: finders, separators, timing, alignment patterns, the dark module.
    pub fixed: Vec<Option<bool>>,
}

/// The tables of a version from 1 to [`MAX_VERSION`].
pub(super) fn of(version: usize) -> &'static Symbol {
    static SYMBOLS: [OnceLock<Symbol>; MAX_VERSION] = [const { OnceLock::new() }; MAX_VERSION];
    SYMBOLS[version - 1].get_or_init(|| Symbol::new(version))
}

impl Symbol {
    fn new(version: usize) -> Self {
        let side = 17 + 4 * version;
        let fixed = fixed(version, side);
        let format = format(side);
        let tells = |module: usize| {
            let (row, column) = (module / side, module % side);
            let block = |long: usize, short: usize| long < 6 && (side - 11..side - 8).contains(&short);
            version >= TELLS_VERSION && (block(row, column) || block(column, row))
        };
        let is_data =
            |&module: &usize| fixed[module].is_none() && !format.as_flattened().contains(&module) && !tells(module);
        let mut bits: Vec<usize> = walk(side).filter(is_data).collect();
        bits.truncate(bits.len() / 8 * 8);
        Self { version, side, bits, format, fixed }
    }

    /// Codewords in all.
    pub(super) fn codewords(&self) -> usize {
        self.bits.len() / 8
    }

    /// Whether a mask turns a module over.
    pub(super) fn is_masked(&self, mask: usize, module: usize) -> bool {
        is_masked(mask, module / self.side, module % self.side)
    }

    /// Dark or light, where that is the same in every code; a ring of one module around the code belongs to it. That
    /// ring's white is only sure beside a finder: elsewhere a frame or a finger may begin.
    pub(super) fn known(&self, row: isize, column: isize) -> Option<bool> {
        let side = self.side as isize;
        let inside = |c: isize| (0..side).contains(&c);
        if inside(row) && inside(column) {
            return self.fixed[(row * side + column) as usize];
        }
        let in_ring = (-1..=side).contains(&row) && (-1..=side).contains(&column);
        let beside = |c: isize| !(8..side - 8).contains(&c);
        let last_corner = row >= side - 8 && column >= side - 8;
        (in_ring && beside(row) && beside(column) && !last_corner).then_some(false)
    }
}

/// The format bits of a level, as its two bits, and a mask, the highest first.
pub(super) fn format_bits(level: u16, mask: u16) -> u16 {
    let data = level << 3 | mask;
    let rest =
        (0..5).rev().fold(data << 10, |rest, bit| if rest >> (bit + 10) & 1 == 1 { rest ^ 0x537 << bit } else { rest });
    (data << 10 | rest) ^ 0x5412
}

fn fixed(version: usize, side: usize) -> Vec<Option<bool>> {
    let aligned = alignments(version);
    let mut fixed = vec![None; side * side];
    for (row, column) in (0..side).flat_map(|row| (0..side).map(move |column| (row, column))) {
        let ring = |y: usize, x: usize| row.abs_diff(y).max(column.abs_diff(x));
        let finder = [(3, 3), (3, side - 4), (side - 4, 3)].into_iter().find_map(|(y, x)| {
            let ring = ring(y, x);
            (ring <= 4).then_some(ring != 2 && ring != 4)
        });
        let alignment = aligned.iter().find_map(|&(y, x)| (ring(y, x) <= 2).then(|| ring(y, x) != 1));
        let timing = (row == 6 || column == 6).then_some((row + column) % 2 == 0);
        let dark = (row == side - 8 && column == 8).then_some(true);
        fixed[row * side + column] = finder.or(alignment).or(timing).or(dark);
    }
    fixed
}

/// The middles of the alignment patterns.
fn alignments(version: usize) -> Vec<(usize, usize)> {
    let last = 10 + 4 * version;
    let places = match version {
        1 => return Vec::new(),
        2..TELLS_VERSION => vec![6, last],
        _ => vec![6, (6 + last) / 2, last],
    };
    let is_finder = |y: usize, x: usize| (y == 6 && (x == 6 || x == last)) || (y == last && x == 6);
    let pairs = places.iter().flat_map(|&y| places.iter().map(move |&x| (y, x)));
    pairs.filter(|&(y, x)| !is_finder(y, x)).collect()
}

/// Both copies, the highest bit first.
fn format(side: usize) -> [[usize; FORMAT_BITS]; 2] {
    let at = |row: usize, column: usize| row * side + column;
    let first = |bit: usize| match bit {
        0..=5 => at(8, bit),
        6 => at(8, 7),
        7 => at(8, 8),
        8 => at(7, 8),
        _ => at(14 - bit, 8),
    };
    let second = |bit: usize| if bit < 7 { at(side - 1 - bit, 8) } else { at(8, side - 15 + bit) };
    [std::array::from_fn(first), std::array::from_fn(second)]
}

/// All modules in the order in which data is placed: column pairs from the right, up and down in turn.
fn walk(side: usize) -> impl Iterator<Item = usize> {
    let pairs = (7..side - 1).step_by(2).rev().chain([4, 2, 0]);
    pairs.enumerate().flat_map(move |(turn, left)| {
        (0..side).flat_map(move |step| {
            let row = if turn % 2 == 0 { side - 1 - step } else { step };
            [row * side + left + 1, row * side + left]
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
