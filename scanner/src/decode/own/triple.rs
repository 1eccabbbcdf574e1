//! Three finders that belong together: how likely, and the square that they are corners of.

use super::finder::Finder;
use super::projection::Quad;
use super::symbol::MAX_VERSION;
use crate::frame::Luma;

/// Modules between the middles of two finders, in our codes and in the largest that is looked for.
pub(super) const BETWEEN: f32 = 14.0;
const MOST_BETWEEN: f32 = 58.0;
/// How far the number of modules between finders may be from what their size tells.
const VERSIONS: std::ops::Range<f32> = 0.75..1.35;
/// What a finder of somebody else's code has to correlate with, and the sizes of a module that are tried.
const LEAST_LIKENESS: f32 = 0.5;
const STRETCHED: [f32; 3] = [0.85, 1.0, 1.18];

/// How much the sizes of two finders of one code may differ, and how many modules may be between them.
const WIDEST_SPREAD: f32 = 2.1;
const NEAR: std::ops::Range<f32> = 5.0..100.0;

/// All threes that may be those of one code.
pub(super) fn triples(finders: &[Finder]) -> Vec<Triple> {
    let mut triples = Vec::new();
    for corner in finders {
        let near: Vec<&Finder> = finders.iter().filter(|other| corner.may_belong_to(other)).collect();
        for (j, right) in near.iter().enumerate() {
            for (k, below) in near.iter().enumerate() {
                if j != k {
                    triples.extend(Triple::of([*corner, **right, **below]));
                }
            }
        }
    }
    triples
}

/// Finders of which two may be all that is seen of a code, the strongest; how much their sizes may differ, and the
/// distance between them.
const PAIRED: usize = 20;
const MOST_SPREAD: f32 = 1.4;
const APART: std::ops::Range<f32> = 0.65..1.35;

/// Codes of our size of which two finders are seen, and the third is hidden: by glare, or a finger.
pub(super) fn pairs(finders: &[Finder]) -> Vec<Triple> {
    let strongest = &finders[..finders.len().min(PAIRED)];
    let mut triples = Vec::new();
    for (index, a) in strongest.iter().enumerate() {
        for b in &strongest[index + 1..] {
            let spread = a.size.max(b.size) / a.size.min(b.size);
            if a.strength.signum() == b.strength.signum() && spread < MOST_SPREAD {
                let between = (a.x - b.x).hypot(a.y - b.y) / ((a.size + b.size) / 2.0) / BETWEEN;
                if APART.contains(&between) {
                    triples.extend([(a, b), (b, a)].into_iter().flat_map(|(a, b)| beside(a, b)));
                } else if APART.contains(&(between / std::f32::consts::SQRT_2)) {
                    triples.extend([(a, b), (b, a)].map(|(a, b)| across(a, b)));
                }
            }
        }
    }
    triples
}

/// How small the sine of the corner of a code at a steep angle may be, and how much longer one of its sides than the
/// other.
const STEEP_SINE: f32 = 0.35;
const STEEP_RATIO: f32 = 2.8;
/// Pixels that two finders are apart at least.
const LEAST_APART: f32 = 8.0;

/// The middle of a finder pattern that the engine saw, and its width along a row.
pub(in crate::decode) type Seen = ([f32; 2], f32);

/// The first so many of them.
fn apart(seen: &[Seen], most: usize) -> Vec<Finder> {
    let mut finders: Vec<Finder> = Vec::new();
    for &([x, y], width) in seen {
        let is_new = |known: &Finder| (known.x - x).hypot(known.y - y) > LEAST_APART;
        if finders.len() < most && finders.iter().all(is_new) {
            finders.push(Finder { x, y, size: width / 7.0, strength: 1.0, purity: 1.0 });
        }
    }
    finders
}

/// Codes of our size of which any two of these finders are seen.
pub(super) fn pairs_of(seen: &[Seen], most: usize) -> Vec<Triple> {
    pairs(&apart(seen, most))
}

/// All threes of these finders that may be those of one code at a steep angle.
pub(super) fn steep(seen: &[Seen], most: usize) -> Vec<Triple> {
    let finders = apart(seen, most);
    let mut triples = Vec::new();
    for (i, corner) in finders.iter().enumerate() {
        for (j, right) in finders.iter().enumerate() {
            for (k, below) in finders.iter().enumerate() {
                let (ax, ay) = (right.x - corner.x, right.y - corner.y);
                let (bx, by) = (below.x - corner.x, below.y - corner.y);
                let (a, b) = (ax.hypot(ay), bx.hypot(by));
                let sine = (ax * by - ay * bx) / (a * b);
                if i != j && i != k && j != k && sine > STEEP_SINE && a.max(b) / a.min(b) < STEEP_RATIO {
                    triples.push(Triple::assumed([*corner, *right, *below]));
                }
            }
        }
    }
    triples
}

/// The first as the top left finder, the second as the top right one, or the bottom left one.
fn beside(corner: &Finder, other: &Finder) -> [Triple; 2] {
    let (x, y) = (other.x - corner.x, other.y - corner.y);
    let at = |x: f32, y: f32| Finder { x: corner.x + x, y: corner.y + y, ..*corner };
    [Triple::assumed([*corner, *other, at(-y, x)]), Triple::assumed([*corner, at(y, -x), *other])]
}

/// The first as the top right finder, the second as the bottom left one.
fn across(right: &Finder, below: &Finder) -> Triple {
    let (x, y) = (below.x - right.x, below.y - right.y);
    let corner = Finder { x: right.x - (y - x) / 2.0, y: right.y + (x + y) / 2.0, ..*right };
    Triple::assumed([corner, *right, *below])
}

/// Modules between two finders of a code of a version.
fn between(version: usize) -> f32 {
    (10 + 4 * version) as f32
}

/// Three finders that may be those of one code: top left, top right, bottom left.
#[derive(Debug, Clone, Copy)]
pub(in crate::decode) struct Triple {
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
        let (ax, ay) = (right.x - corner.x, right.y - corner.y);
        let (bx, by) = (below.x - corner.x, below.y - corner.y);
        let (a, b) = (ax.hypot(ay), bx.hypot(by));
        let sine = (ax * by - ay * bx) / (a * b);
        let sizes = finders.map(|finder| finder.size);
        let between = (a + b) / 2.0 / (sizes.iter().sum::<f32>() / 3.0);
        let spread = sizes.iter().fold(0.0, |m: f32, s| m.max(*s)) / sizes.iter().fold(f32::MAX, |m, s| m.min(*s));
        let ratio = a.max(b) / a.min(b);
        if !(sine > 0.6 && ratio < 1.7 && spread < WIDEST_SPREAD) {
            return None;
        }
        let strength = finders.iter().map(|finder| finder.strength.abs()).fold(f32::MAX, f32::min);
        let off = 2.0 * ratio.ln() + 2.0 * (1.0 - sine) + 0.5 * spread.ln();
        Some(Self { finders, between, score: strength.ln() - 2.0 * off })
    }

    /// Of a code of our size, whatever their own sizes are.
    fn assumed(finders: [Finder; 3]) -> Self {
        Self { finders, between: BETWEEN, score: 0.0 }
    }

    /// The versions that it may be of by the sizes of its finders, with their squares.
    pub(super) fn versions(&self) -> impl Iterator<Item = (usize, Quad)> {
        let fits = move |(version, _): &(usize, Quad)| VERSIONS.contains(&(between(*version) / self.between));
        self.all_versions().filter(fits)
    }

    /// Its squares as a code of each version.
    pub(super) fn all_versions(&self) -> impl Iterator<Item = (usize, Quad)> {
        (1..=MAX_VERSION).map(move |version| (version, self.quad_of(between(version))))
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

    /// The outer corners of the code, if its finders are as large as they seem.
    pub(in crate::decode) fn quad(&self) -> Quad {
        self.quad_of(self.between)
    }

    /// The outer corners of a code with so many modules between its finders, as if it were seen from the front.
    pub(super) fn quad_of(&self, between: f32) -> Quad {
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
    /// Whether another one may be of the same code, by its colour, its size and its distance.
    fn may_belong_to(&self, other: &Self) -> bool {
        let size = f32::midpoint(self.size, other.size);
        let distance = (self.x - other.x).hypot(self.y - other.y) / size;
        let spread = self.size.max(other.size) / self.size.min(other.size);
        self.strength.signum() == other.strength.signum() && spread < WIDEST_SPREAD && NEAR.contains(&distance)
    }

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
