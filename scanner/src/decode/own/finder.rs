//! Where a code may be: finder patterns found by their light, and three of them that belong together.
//!
//! A dark middle in a light ring in a dark ring, measured with box sums over a smaller picture: blur and noise do
//! little to that, and the cost is the same for every picture. What it finds are candidates, no more.

use super::super::effort::count;
use super::projection::Quad;
use super::triple::{BETWEEN, Triple, pairs, triples};
use crate::frame::Luma;

/// Times that the frame is halved: the levels on which finders are looked for.
const LEVELS: usize = 3;
/// A module, in pixels of a level: the sizes that are looked for on each.
const SIZES: [f32; 3] = [1.2, 1.55, 1.95];
/// Least difference of light between middle and ring, of 255.
const LEAST_CONTRAST: i32 = 8;
/// Radius of a circle that lies in the light ring however the code is turned, in modules; and of one that lies mostly
/// in the dark ring.
const RING: f32 = 2.25;
const OUTER: f32 = 3.2;
/// Places that look like a finder before the strongest are chosen; beyond, the picture is noise.
const MAX_PLACES: usize = 100_000;
/// Marks of a row that are passed over at once where there is none; an even number.
const MARKS_AT_ONCE: usize = 16;
/// The neighbours of a place.
const BESIDE: [(isize, isize); 8] = [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];
/// Finders that are looked at for triples; the strongest.
const MAX_FINDERS: usize = 28;
/// Candidates of a frame; the likeliest.
pub(super) const MAX_CANDIDATES: usize = 32;
/// Units that a pixel of a level costs for each size, and a place that looks like a finder.
const PER_PIXEL: u64 = 2;
const PER_PLACE: u64 = 60;
/// Somebody else's codes that are looked at so closely; the likeliest.
const MAX_OTHERS: usize = 12;

#[derive(Debug, Clone, Copy)]
pub(super) struct Finder {
    pub x: f32,
    pub y: f32,
    /// Of a module, in pixels of the frame.
    pub size: f32,
    /// How much it stands out; below 0 a light one.
    pub strength: f32,
    /// How much of the contrast around it is that of a finder, 0 to 1: print and lamps stand out, too.
    pub purity: f32,
}

impl Finder {
    /// What finders are ranked by.
    fn rank(&self) -> f32 {
        self.purity * self.purity * self.strength.abs().sqrt()
    }
}

/// Codes that may be in a frame.
#[derive(Debug, Default)]
pub(in crate::decode) struct Candidates {
    /// Squares that have the size of ours. Their corners may be off by a module or two.
    pub ours: Vec<Quad>,
    /// Finders of codes of any size, the likeliest first.
    pub others: Vec<Triple>,
}

/// Looks for finder patterns.
pub(in crate::decode) fn candidates(frame: &Luma) -> Candidates {
    let finders = finders(frame);
    let triples = triples(&finders);
    let best = |score: &dyn Fn(&Triple) -> Option<f32>, most: usize| {
        let mut scored: Vec<_> = triples.iter().filter_map(|triple| Some((score(triple)?, *triple))).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.truncate(most);
        scored.into_iter().map(|(_, triple)| triple)
    };
    let ours = best(&Triple::score_of_ours, MAX_CANDIDATES).map(|triple| triple.quad_of(BETWEEN));
    let others = best(&Triple::score_of_others, MAX_OTHERS).filter(|triple| triple.is_like_a_code(frame));
    Candidates { ours: ours.chain(pairs(&finders).iter().map(Triple::quad)).collect(), others: others.collect() }
}

fn finders(frame: &Luma) -> Vec<Finder> {
    let mut finders = Vec::new();
    let mut level = frame.clone();
    let mut scale = 1.0;
    for _ in 0..LEVELS {
        let Some(half) = level.halved() else { break };
        level = half;
        scale *= 2.0;
        // What is smaller than this the engine reads, or nobody.
        let sizes = if scale > 2.0 { &SIZES[..] } else { &SIZES[1..] };
        for &size in sizes {
            count(level.pixels().len(), PER_PIXEL);
            find(&level, size, scale, &mut finders);
        }
    }
    count(finders.len(), PER_PLACE);
    strongest(finders)
}

/// The offsets of points on a circle, in a picture's pixels.
fn circle<const N: usize>(radius: f32, stride: isize) -> [isize; N] {
    std::array::from_fn(|k| {
        let angle = k as f32 * std::f32::consts::TAU / N as f32;
        (angle.sin() * radius).round() as isize * stride + (angle.cos() * radius).round() as isize
    })
}

/// Where the light is looked at around the middle of a finder, as offsets of a picture's pixels.
struct Shape {
    core: [isize; 4],
    ring: [isize; 8],
    outer: [isize; 16],
}

impl Shape {
    fn of(size: f32, stride: isize) -> Self {
        Self {
            core: circle(size.max(1.0), stride),
            ring: circle(RING * size, stride),
            outer: circle(OUTER * size, stride),
        }
    }

    /// Marks the places of a row, from `start` on, that differ from nearly all of the ring: a quick look at each,
    /// many at once.
    fn mark(&self, pixels: &[u8], start: usize, marks: &mut [u8]) {
        let contrast = LEAST_CONTRAST as u8;
        let count = marks.len();
        let line = |offset: isize| &pixels[start.wrapping_add_signed(offset)..][..count];
        let middle = line(0);
        let [a, b, c, d, e, f, g, h] = self.ring.map(line);
        for at in 0..count {
            let [darker, lighter] = [middle[at].saturating_add(contrast), middle[at].saturating_sub(contrast)];
            let ring = [a[at], b[at], c[at], d[at], e[at], f[at], g[at], h[at]];
            let above = ring.iter().map(|&light| u8::from(light >= darker)).sum::<u8>();
            let below = ring.iter().map(|&light| u8::from(light <= lighter)).sum::<u8>();
            marks[at] = u8::from(above.max(below) >= 7);
        }
    }

    /// How much like a finder a place looks, below 0 for a light one, and how purely; `None` where it does not at all.
    fn strength(&self, pixels: &[u8], at: usize) -> Option<(f32, f32)> {
        let core = i32::from(pixels[at]);
        let light = |offset: isize| i32::from(pixels[at.wrapping_add_signed(offset)]) - core;
        let first = light(self.ring[0]);
        if first.abs() < LEAST_CONTRAST {
            return None;
        }
        let sign = first.signum();
        // Signed so that the ring is above the middle.
        let signed = |offset: isize| light(offset) * sign;
        if [4, 2, 6].iter().any(|&k| signed(self.ring[k]) < LEAST_CONTRAST) {
            return None;
        }
        // The second lowest of the ring, the highest of the middle.
        let mut rings = self.ring.map(signed);
        let second = |(least, next): (i32, i32), ring: i32| (least.min(ring), next.min(least.max(ring)));
        let (_, lowest) = rings.iter().copied().fold((i32::MAX, i32::MAX), second);
        let middle = self.core.iter().map(|&o| signed(o)).max().unwrap_or(0).max(0);
        let low = lowest - middle;
        if low < LEAST_CONTRAST {
            return None;
        }
        let mut outers = self.outer.map(signed);
        outers.sort_unstable();
        let dark = outers[..10].iter().sum::<i32>() as f32 / 10.0;
        let ring_mean = rings.iter().sum::<i32>() as f32 / 8.0;
        let strength = (low as f32).min(ring_mean - dark);
        if strength < LEAST_CONTRAST as f32 {
            return None;
        }
        // Against the middle of the ring's lights: a lamp over a part of it is no contrast of its own.
        rings.sort_unstable();
        let purity = strength / (rings[4] - outers[0].min(0)).max(1) as f32;
        Some((strength * sign as f32, purity.min(1.0)))
    }
}

fn find(level: &Luma, size: f32, scale: f32, finders: &mut Vec<Finder>) {
    let (width, height) = (level.width() as usize, level.height() as usize);
    let margin = (OUTER * size).ceil() as usize + 2;
    if width <= 2 * margin || height <= 2 * margin {
        return;
    }
    let (shape, pixels) = (Shape::of(size, width as isize), level.pixels());
    // A large middle is hit by every second pixel of every second row; its neighbours say where exactly it is.
    let (step, beside): (usize, &[(isize, isize)]) = if size > SIZES[0] { (2, &BESIDE) } else { (1, &[]) };
    let place = |x: usize, y: usize, (strength, purity): (f32, f32)| {
        let middle = |c: usize| (c as f32 + 0.5) * scale;
        Finder { x: middle(x), y: middle(y), size: size * scale, strength, purity }
    };
    let mut stands_out = vec![0; width - 2 * margin];
    // The row in which a neighbour was looked at last, for four rows in turn: many have more than one that is hit.
    let mut looked_at = vec![0; 4 * width];
    for y in (margin..height - margin).step_by(step) {
        shape.mark(pixels, y * width + margin, &mut stands_out);
        for (part, marks) in stands_out.chunks(MARKS_AT_ONCE).enumerate() {
            if marks.iter().fold(0, |all, mark| all | mark) == 0 || finders.len() >= MAX_PLACES {
                continue;
            }
            for at in (0..marks.len()).step_by(step).filter(|&at| marks[at] != 0) {
                let x = margin + part * MARKS_AT_ONCE + at;
                let Some(strength) = shape.strength(pixels, y * width + x) else { continue };
                finders.push(place(x, y, strength));
                for &(dx, dy) in beside {
                    let (x, y) = (x.wrapping_add_signed(dx), y.wrapping_add_signed(dy));
                    let last = std::mem::replace(&mut looked_at[y % 4 * width + x], y);
                    finders.extend(
                        (last != y).then(|| shape.strength(pixels, y * width + x)).flatten().map(|s| place(x, y, s)),
                    );
                }
            }
        }
    }
}

/// Those of the highest rank, one for each place.
fn strongest(mut finders: Vec<Finder>) -> Vec<Finder> {
    finders.sort_unstable_by(|a, b| b.rank().total_cmp(&a.rank()));
    let mut kept: Vec<Finder> = Vec::new();
    for finder in finders {
        let apart = |k: &Finder| (k.x - finder.x).hypot(k.y - finder.y) > 3.0 * k.size.max(finder.size);
        if kept.iter().all(apart) {
            kept.push(finder);
            if kept.len() == MAX_FINDERS {
                break;
            }
        }
    }
    kept
}
