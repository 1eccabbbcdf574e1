//! Three finders that belong together: how likely, and the square that they are corners of.

use super::finder::Finder;
use super::patch::Quad;
use crate::frame::Luma;

/// Modules between the middles of two finders, in our codes and in the largest that is looked for.
pub(super) const BETWEEN: f32 = 14.0;
const MOST_BETWEEN: f32 = 54.0;
/// What a finder of somebody else's code has to correlate with, and the sizes of a module that are tried.
const LEAST_LIKENESS: f32 = 0.5;
const STRETCHED: [f32; 3] = [0.85, 1.0, 1.18];

/// All threes that may be those of one code.
pub(super) fn triples(finders: &[Finder]) -> Vec<Triple> {
    let mut triples = Vec::new();
    for (i, corner) in finders.iter().enumerate() {
        for (j, right) in finders.iter().enumerate() {
            for (k, below) in finders.iter().enumerate() {
                if i != j && i != k && j != k {
                    triples.extend(Triple::of([*corner, *right, *below]));
                }
            }
        }
    }
    triples
}

/// Three finders that may be those of one code: top left, top right, bottom left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Triple {
    finders: [Finder; 3],
    /// Modules between two of them.
    pub between: f32,
    /// How likely they belong together, whatever their distance.
    score: f32,
}

impl Triple {
    /// `None` where they cannot be those of one code.
    fn of(finders: [Finder; 3]) -> Option<Self> {
        let [corner, right, below] = finders;
        if corner.strength.signum() != right.strength.signum() || corner.strength.signum() != below.strength.signum() {
            return None;
        }
        let (ax, ay) = (right.x - corner.x, right.y - corner.y);
        let (bx, by) = (below.x - corner.x, below.y - corner.y);
        let (a, b) = (ax.hypot(ay), bx.hypot(by));
        let sine = (ax * by - ay * bx) / (a * b);
        let sizes = finders.map(|finder| finder.size);
        let between = (a + b) / 2.0 / (sizes.iter().sum::<f32>() / 3.0);
        let spread = sizes.iter().fold(0.0, |m: f32, s| m.max(*s)) / sizes.iter().fold(f32::MAX, |m, s| m.min(*s));
        let ratio = a.max(b) / a.min(b);
        if !(sine > 0.6 && ratio < 1.7 && spread < 2.1) {
            return None;
        }
        let strength = finders.iter().map(|finder| finder.strength.abs()).fold(f32::MAX, f32::min);
        let off = 2.0 * ratio.ln() + 2.0 * (1.0 - sine) + 0.5 * spread.ln();
        Some(Self { finders, between, score: strength.ln() - 2.0 * off })
    }

    pub(super) fn score_of_ours(&self) -> Option<f32> {
        let fits = (BETWEEN * 0.55..BETWEEN * 1.8).contains(&self.between);
        fits.then(|| self.score - 2.0 * (self.between / BETWEEN).ln().abs())
    }

    pub(super) fn score_of_others(&self) -> Option<f32> {
        (BETWEEN * 0.8..MOST_BETWEEN * 1.2).contains(&self.between).then_some(self.score)
    }

    /// Whether all three look like finders of a code that is turned like this.
    pub(super) fn is_like_a_code(&self, frame: &Luma) -> bool {
        let [corner, right, below] = &self.finders;
        let module = |from: &Finder, to: &Finder| [to.x - from.x, to.y - from.y].map(|c| c / self.between);
        let (across, down) = (module(corner, right), module(corner, below));
        self.finders.iter().all(|finder| {
            let likeness = STRETCHED.map(|by| finder.likeness(frame, across.map(|c| c * by), down.map(|c| c * by)));
            likeness.iter().any(|&likeness| likeness * finder.strength.signum() > LEAST_LIKENESS)
        })
    }

    /// The outer corners of a code with so many modules between its finders, as if it were seen from the front.
    pub(super) fn quad(&self, between: f32) -> Quad {
        let [corner, right, below] = &self.finders;
        let point = |across: f32, down: f32| {
            // In modules from the corner's middle, which lies 3.5 modules inside.
            let (u, v) = ((across - 3.5) / between, (down - 3.5) / between);
            let along = |c: f32, r: f32, b: f32| c + (r - c) * u + (b - c) * v;
            [along(corner.x, right.x, below.x), along(corner.y, right.y, below.y)]
        };
        let side = between + 7.0;
        [point(0.0, 0.0), point(side, 0.0), point(side, side), point(0.0, side)]
    }
}

impl Finder {
    /// Correlation of the light around it with a finder in its separator: 1 for a dark one, -1 for a light one.
    fn likeness(&self, frame: &Luma, across: [f32; 2], down: [f32; 2]) -> f32 {
        const HALVES: i16 = 9;
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let (mut n, mut sl, mut sd, mut sll, mut sdd, mut sld) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (i, j) in (-HALVES..HALVES).flat_map(|j| (-HALVES..HALVES).map(move |i| (i, j))) {
            let [u, v] = [i, j].map(|half| f32::from(half) / 2.0 + 0.25);
            let ring = (u.abs().max(v.abs()) + 0.5) as usize;
            let dark = if matches!(ring, 0 | 1 | 3) { 1.0 } else { -1.0 };
            let x = (self.x + u * across[0] + v * down[0]).max(0.0) as usize;
            let y = (self.y + u * across[1] + v * down[1]).max(0.0) as usize;
            let light = f32::from(frame.pixels()[y.min(height - 1) * width + x.min(width - 1)]);
            n += 1.0;
            sl += light;
            sd += dark;
            sll += light * light;
            sdd += dark * dark;
            sld += light * dark;
        }
        let (vl, vd) = (sll - sl * sl / n, sdd - sd * sd / n);
        if vl > 1.0 { -(sld - sl * sd / n) / (vl * vd).sqrt() } else { 0.0 }
    }
}
