//! The part of a frame in which a code is thought to be, straightened: one size for every code.
//!
//! All that follows works on it, so that nothing depends on how large or how turned the code is in the frame.

use super::projection::{Projection, Quad, Source};
use crate::frame::Luma;

/// Modules around the code that belong to the patch.
const MARGIN: usize = 3;
/// Most samples on a side that make one pixel of the patch.
const MAX_SAMPLES: usize = 2;
/// Light from which on it may be glare, and modules on a side of the smallest square that is: no code has so much white.
const BRIGHT: f32 = 0.98;
const GLARE: f32 = 3.75;

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

    /// How many pixels it has.
    pub(super) fn pixels(&self) -> usize {
        self.pixels.len()
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
