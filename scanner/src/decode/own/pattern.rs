//! The points of a code that look the same whatever it says: what a grid is fitted to, and blur is learnt from.

use super::symbol::{self, MAX_VERSION, Symbol};
use std::sync::OnceLock;

/// Reach of the blur between modules that is learnt, in modules.
pub(super) const REACH: usize = 1;
pub(super) const TAPS: usize = (2 * REACH + 1) * (2 * REACH + 1);
/// Modules around the code that are looked at.
pub(super) const RING: usize = 2;

/// A point whose darkness is known, in the code's square [-1, 1]².
pub(super) struct Known {
    pub u: f32,
    pub v: f32,
    /// 1 dark, -1 light, between at an edge.
    pub dark: f32,
}

/// What is known of every code of a version.
pub(super) struct Pattern {
    pub symbol: &'static Symbol,
    /// Every half module whose surroundings are known.
    pub known: Vec<Known>,
    /// Modules whose whole neighbourhood is known: where, counted with the ring, and how dark the neighbours are.
    pub around: Vec<(usize, [f64; TAPS])>,
}

/// That of a version from 1 to [`MAX_VERSION`].
pub(super) fn of(version: usize) -> &'static Pattern {
    static PATTERNS: [OnceLock<Pattern>; MAX_VERSION] = [const { OnceLock::new() }; MAX_VERSION];
    PATTERNS[version - 1].get_or_init(|| {
        let symbol = symbol::of(version);
        Pattern { symbol, known: known(symbol), around: around(symbol) }
    })
}

impl Pattern {
    /// Modules on a side, with the ring.
    pub(super) fn wide(&self) -> usize {
        self.symbol.side + 2 * RING
    }

    /// The fixed modules: row and column counted with the ring, 1 dark, -1 light.
    pub(super) fn fixed(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let side = self.symbol.side;
        self.symbol
            .fixed
            .iter()
            .enumerate()
            .filter_map(move |(module, dark)| Some((module / side + RING, module % side + RING, darkness((*dark)?))))
    }
}

fn darkness(dark: bool) -> f64 {
    if dark { 1.0 } else { -1.0 }
}

fn known(symbol: &Symbol) -> Vec<Known> {
    let side = symbol.side as isize;
    let module = |row, column| symbol.known(row, column).map(|dark| darkness(dark) as f32);
    let mut known = Vec::new();
    for (j, i) in (-1..=2 * side + 1).flat_map(|j| (-1..=2 * side + 1).map(move |i| (j, i))) {
        // Position in half modules; an even one is an edge between two modules, an odd one a middle.
        let span = |half: isize| if half % 2 == 0 { [half / 2 - 1, half / 2] } else { [half.div_euclid(2); 2] };
        let values = span(j).into_iter().flat_map(|row| span(i).into_iter().map(move |column| module(row, column)));
        let sum: Option<f32> = values.sum();
        if let Some(sum) = sum {
            let coordinate = |half: isize| half as f32 / side as f32 - 1.0;
            known.push(Known { u: coordinate(i), v: coordinate(j), dark: sum / 4.0 });
        }
    }
    known
}

fn around(symbol: &Symbol) -> Vec<(usize, [f64; TAPS])> {
    let (side, wide) = (symbol.side, symbol.side + 2 * RING);
    let dark = |row: usize, column: usize| {
        let from_code = |c: usize| c as isize - RING as isize;
        symbol.known(from_code(row), from_code(column)).map(darkness)
    };
    let places = (0..side * side).map(|module| (module / side + RING, module % side + RING));
    let with_neighbours = places.filter_map(|(row, column)| {
        let mut near = [0.0; TAPS];
        for (tap, value) in near.iter_mut().enumerate() {
            let (j, i) = (tap / (2 * REACH + 1), tap % (2 * REACH + 1));
            *value = dark(row + j - REACH, column + i - REACH)?;
        }
        Some((row * wide + column, near))
    });
    with_neighbours.collect()
}
