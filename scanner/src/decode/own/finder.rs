//! Where a code may be: finder patterns found by their light, and three of them that belong together.
//!
//! A dark middle in a light ring in a dark ring, measured with box sums over a smaller picture: blur and noise do
//! little to that, and the cost is the same for every picture. What it finds are candidates, no more.

use super::patch::Quad;
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
/// Finders that are looked at for triples; the strongest.
const MAX_FINDERS: usize = 24;
/// Candidates of a frame; the likeliest.
pub(super) const MAX_CANDIDATES: usize = 32;
/// Modules between the middles of two finders.
const BETWEEN: f32 = 14.0;

#[derive(Debug, Clone, Copy)]
struct Finder {
    x: f32,
    y: f32,
    /// Of a module, in pixels of the frame.
    size: f32,
    strength: f32,
}

/// Squares of codes that may be in a frame, the likeliest first. Their corners may be off by a module.
pub(in crate::decode) fn candidates(frame: &Luma) -> Vec<Quad> {
    let mut triples = triples(&finders(frame));
    triples.sort_by(|a, b| b.0.total_cmp(&a.0));
    triples.truncate(MAX_CANDIDATES);
    triples.into_iter().map(|(_, quad)| quad).collect()
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
            find(&level, size, scale, &mut finders);
        }
    }
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

    /// How much like a finder a place looks, below 0 for a light one; `None` where it does not at all.
    fn strength(&self, pixels: &[u8], at: usize) -> Option<f32> {
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
        rings.sort_unstable();
        let middle = self.core.iter().map(|&o| signed(o)).max().unwrap_or(0).max(0);
        let low = rings[1] - middle;
        if low < LEAST_CONTRAST {
            return None;
        }
        let mut outers = self.outer.map(signed);
        outers.sort_unstable();
        let dark = outers[..10].iter().sum::<i32>() as f32 / 10.0;
        let ring_mean = rings.iter().sum::<i32>() as f32 / 8.0;
        let strength = (low as f32).min(ring_mean - dark);
        (strength >= LEAST_CONTRAST as f32).then_some(strength * sign as f32)
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
    let step = if size > SIZES[0] { 2 } else { 1 };
    let beside = if step == 1 { 0..=0 } else { -1..=1 };
    for y in (margin..height - margin).step_by(step) {
        for x in (margin..width - margin).step_by(step) {
            if shape.strength(pixels, y * width + x).is_none() || finders.len() >= MAX_PLACES {
                continue;
            }
            let around = beside.clone().flat_map(|dy| beside.clone().map(move |dx| (dx, dy)));
            let places = around.map(|(dx, dy)| (x.wrapping_add_signed(dx), y.wrapping_add_signed(dy)));
            finders.extend(places.filter_map(|(x, y)| {
                let strength = shape.strength(pixels, y * width + x)?;
                let middle = |c: usize| (c as f32 + 0.5) * scale;
                Some(Finder { x: middle(x), y: middle(y), size: size * scale, strength })
            }));
        }
    }
}

/// The strongest, one for each place.
fn strongest(mut finders: Vec<Finder>) -> Vec<Finder> {
    finders.sort_unstable_by(|a, b| b.strength.abs().total_cmp(&a.strength.abs()));
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

fn triples(finders: &[Finder]) -> Vec<(f32, Quad)> {
    let mut triples = Vec::new();
    for (i, corner) in finders.iter().enumerate() {
        for (j, right) in finders.iter().enumerate() {
            for (k, below) in finders.iter().enumerate() {
                if i == j || i == k || j == k {
                    continue;
                }
                if let Some(score) = score(corner, right, below) {
                    triples.push((score, quad(corner, right, below)));
                }
            }
        }
    }
    triples
}

/// How likely three finders are those of one code; `None` where they cannot be.
fn score(corner: &Finder, right: &Finder, below: &Finder) -> Option<f32> {
    if corner.strength.signum() != right.strength.signum() || corner.strength.signum() != below.strength.signum() {
        return None;
    }
    let (ax, ay) = (right.x - corner.x, right.y - corner.y);
    let (bx, by) = (below.x - corner.x, below.y - corner.y);
    let (a, b) = (ax.hypot(ay), bx.hypot(by));
    let sine = (ax * by - ay * bx) / (a * b);
    let size = (corner.size + right.size + below.size) / 3.0;
    let modules = (a + b) / 2.0 / size;
    let sizes = [corner.size, right.size, below.size];
    let spread = sizes.iter().fold(0.0, |m: f32, s| m.max(*s)) / sizes.iter().fold(f32::MAX, |m, s| m.min(*s));
    let ratio = a.max(b) / a.min(b);
    let fits = sine > 0.6 && ratio < 1.7 && spread < 2.1 && (BETWEEN * 0.55..BETWEEN * 1.8).contains(&modules);
    let strength = corner.strength.abs().min(right.strength.abs()).min(below.strength.abs());
    let off = (modules / BETWEEN).ln().abs() + 2.0 * ratio.ln() + 2.0 * (1.0 - sine) + 0.5 * spread.ln();
    fits.then_some(strength.ln() - 2.0 * off)
}

/// The outer corners of a code whose finders these are, as if it were seen from the front.
fn quad(corner: &Finder, right: &Finder, below: &Finder) -> Quad {
    let point = |across: f32, down: f32| {
        // In modules from the corner's middle, which lies 3.5 modules inside.
        let (u, v) = ((across - 3.5) / BETWEEN, (down - 3.5) / BETWEEN);
        let along = |c: f32, r: f32, b: f32| c + (r - c) * u + (b - c) * v;
        [along(corner.x, right.x, below.x), along(corner.y, right.y, below.y)]
    };
    [point(0.0, 0.0), point(21.0, 0.0), point(21.0, 21.0), point(0.0, 21.0)]
}
