//! The part of a frame in which a code is thought to be, straightened: one size for every code.
//!
//! All that follows works on it, so that nothing depends on how large or how turned the code is in the frame.

use super::grid;
use super::pattern::Pattern;
use crate::frame::Luma;

/// Modules around the code that belong to the patch.
const MARGIN: usize = 3;
/// Most samples on a side that make one pixel of the patch.
const MAX_SAMPLES: usize = 2;
/// Light from which on it may be glare, and modules on a side of the smallest square that is: no code has so much white.
const BRIGHT: f32 = 0.98;
const GLARE: f32 = 3.75;

/// Four corners of a code in a frame: top left, top right, bottom right, bottom left, outer edges.
pub(in crate::decode) type Quad = [[f32; 2]; 4];

/// A square picture, 0 black to 1 white. The code's square in it is [-1, 1]², as it was thought to lie.
#[derive(Clone)]
pub(super) struct Patch {
    pixels: Vec<f32>,
    /// Pixels on a side.
    width: usize,
    /// Pixels of a module, and of half the code's side.
    pub module: usize,
    half: f32,
}

/// The projective map of the square [-1, 1]² to a quad.
pub(in crate::decode) struct Projection([f32; 8]);

impl Projection {
    /// `None` for a quad that is none: three corners in a line.
    pub(in crate::decode) fn to(quad: &Quad) -> Option<Self> {
        let [p, q, r, s] = *quad;
        // Heckbert 1989, with the unit square's corners in the order of the quad.
        let d = |axis: usize| p[axis] - q[axis] + r[axis] - s[axis];
        let (dx1, dx2) = (q[0] - r[0], s[0] - r[0]);
        let (dy1, dy2) = (q[1] - r[1], s[1] - r[1]);
        let area = dx1 * dy2 - dx2 * dy1;
        if area.abs() < 1.0 {
            return None;
        }
        let g = (d(0) * dy2 - dx2 * d(1)) / area;
        let h = (dx1 * d(1) - d(0) * dy1) / area;
        let row = |axis: usize| [q[axis] - p[axis] + g * q[axis], s[axis] - p[axis] + h * s[axis], p[axis]];
        let ([a, b, c], [e, f, i]) = (row(0), row(1));
        Some(Self([a, b, c, e, f, i, g, h]))
    }

    /// Where a point of [-1, 1]² lies.
    pub(in crate::decode) fn at(&self, u: f32, v: f32) -> [f32; 2] {
        let [a, b, c, e, f, i, g, h] = self.0;
        let (u, v) = ((u + 1.0) / 2.0, (v + 1.0) / 2.0);
        let w = g * u + h * v + 1.0;
        [(a * u + b * v + c) / w, (e * u + f * v + i) / w]
    }

    /// How well what is known of codes of a version fits the pixels of a frame, 0 to 1: a quick look without a patch.
    pub(super) fn score(&self, frame: &Luma, pattern: &Pattern) -> f32 {
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let light = |u: f32, v: f32| {
            let [x, y] = self.at(u, v);
            let (column, row) = ((x.max(0.0) as usize).min(width - 1), (y.max(0.0) as usize).min(height - 1));
            f32::from(frame.pixels()[row * width + column])
        };
        grid::score(pattern, light).abs()
    }
}

impl Patch {
    /// Straightens a quad of a frame that may be a code of so many modules on a side; what lies outside the frame
    /// repeats its edge. `None` for a quad that is not finite.
    pub(super) fn of(frame: &Luma, quad: &Quad, projection: &Projection, side: usize) -> Option<Self> {
        let distance = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let longest = (0..4).map(|k| distance(quad[k], quad[(k + 1) % 4])).fold(0.0, f32::max);
        if !longest.is_finite() {
            return None;
        }
        let module = match side {
            ..30 => 8,
            30..43 => 6,
            _ => 5,
        };
        let (width, half) = ((side + 2 * MARGIN) * module, (side * module) as f32 / 2.0);
        let per_pixel = longest / (2.0 * half);
        let samples = (per_pixel.ceil() as usize).clamp(1, MAX_SAMPLES);
        let mut pixels = Vec::with_capacity(width * width);
        let source = Source::of(frame);
        let middle = width as f32 / 2.0;
        for y in 0..width {
            for x in 0..width {
                let mut sum = 0.0;
                for (j, i) in (0..samples).flat_map(|j| (0..samples).map(move |i| (j, i))) {
                    let at = |c: usize, k: usize| (c as f32 + (k as f32 + 0.5) / samples as f32 - middle) / half;
                    sum += source.at(projection.at(at(x, i), at(y, j)));
                }
                pixels.push(sum / (255.0 * (samples * samples) as f32));
            }
        }
        Some(Self { pixels, width, module, half })
    }

    /// The patch with each pixel the mean of a square around it, `reach` pixels to each side.
    pub(super) fn blurred(&self, reach: usize) -> Self {
        let mut rows = vec![0.0; self.pixels.len()];
        box_rows(&self.pixels, &mut rows, self.width, reach);
        let turned = transposed(&rows, self.width);
        box_rows(&turned, &mut rows, self.width, reach);
        Self { pixels: transposed(&rows, self.width), ..*self }
    }

    /// 1 where there is glare, 0 where there is none; `None` where there is none at all.
    pub(super) fn glare(&self) -> Option<Self> {
        let bright = |limit: f32| move |&light: &f32| if light >= limit { 1.0 } else { 0.0 };
        let with = |pixels: Vec<f32>| Self { pixels, ..*self };
        let reach = (GLARE * self.module as f32 / 2.0) as usize;
        if self.pixels.iter().filter(|&&light| light >= BRIGHT).count() < (2 * reach + 1).pow(2) {
            return None;
        }
        let saturated = with(self.pixels.iter().map(bright(BRIGHT)).collect()).blurred(reach);
        let cores = with(saturated.pixels.iter().map(bright(0.999)).collect());
        let around = cores.blurred(reach + self.module / 2);
        let mask = with(around.pixels.iter().map(bright(1e-4)).collect());
        mask.pixels.iter().any(|&glare| glare > 0.0).then_some(mask)
    }

    /// One pixel, in the code's square.
    pub(super) fn step(&self) -> f32 {
        1.0 / self.half
    }

    /// Between four pixels; what lies outside repeats the edge.
    pub(super) fn at(&self, [u, v]: [f32; 2]) -> f32 {
        let last = (self.width - 2) as f32 + 0.999;
        let pixel = |c: f32| (c * self.half + self.width as f32 / 2.0 - 0.5).clamp(0.0, last);
        let (x, y) = (pixel(u), pixel(v));
        let (column, row) = (x as usize, y as usize);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let at = row * self.width + column;
        let upper = self.pixels[at] * (1.0 - fx) + self.pixels[at + 1] * fx;
        let lower = self.pixels[at + self.width] * (1.0 - fx) + self.pixels[at + self.width + 1] * fx;
        upper * (1.0 - fy) + lower * fy
    }
}

/// A frame that is looked at between its pixels.
pub(in crate::decode) struct Source<'p> {
    pixels: &'p [u8],
    width: usize,
    height: usize,
}

impl<'p> Source<'p> {
    pub(in crate::decode) fn of(frame: &'p Luma) -> Self {
        Self { pixels: frame.pixels(), width: frame.width() as usize, height: frame.height() as usize }
    }

    /// Between four pixels, 0 to 255; what lies outside repeats the edge.
    pub(in crate::decode) fn at(&self, [x, y]: [f32; 2]) -> f32 {
        let x = (x - 0.5).clamp(0.0, (self.width - 1) as f32);
        let y = (y - 0.5).clamp(0.0, (self.height - 1) as f32);
        let (column, row) = (x as usize, y as usize);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let right = (column + 1).min(self.width - 1);
        let below = (row + 1).min(self.height - 1);
        let pixel = |row: usize, column: usize| f32::from(self.pixels[row * self.width + column]);
        let upper = pixel(row, column) * (1.0 - fx) + pixel(row, right) * fx;
        let lower = pixel(below, column) * (1.0 - fx) + pixel(below, right) * fx;
        upper * (1.0 - fy) + lower * fy
    }
}

fn box_rows(from: &[f32], to: &mut [f32], width: usize, reach: usize) {
    for (source, target) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        let clamped = |i: isize| source[i.clamp(0, width as isize - 1) as usize];
        let reach = reach as isize;
        let mut sum: f32 = (-reach..=reach).map(clamped).sum();
        for (i, pixel) in target.iter_mut().enumerate() {
            *pixel = sum / (2 * reach + 1) as f32;
            sum += clamped(i as isize + reach + 1) - clamped(i as isize - reach);
        }
    }
}

fn transposed(pixels: &[f32], width: usize) -> Vec<f32> {
    (0..pixels.len()).map(|i| pixels[(i % width) * width + i / width]).collect()
}
