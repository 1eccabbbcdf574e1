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
        let mut pixels = vec![0.0; width * width];
        let source = Source::of(frame);
        let middle = width as f32 / 2.0;
        let at = |c: usize, k: usize| (c as f32 + (k as f32 + 0.5) / samples as f32 - middle) / half;
        let share = 1.0 / (255.0 * (samples * samples) as f32);
        for (y, line) in pixels.chunks_exact_mut(width).enumerate() {
            for row in (0..samples).map(|j| projection.row(at(y, j))) {
                for (x, pixel) in line.iter_mut().enumerate() {
                    *pixel += (0..samples).map(|i| source.at(row.at(at(x, i)))).sum::<f32>() * share;
                }
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
        Self { pixels: box_columns(&rows, self.width, reach), ..*self }
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

    /// The light at a point of the code's square; beyond the patch lies what lies at its edge.
    pub(super) fn at(&self, point: [f32; 2]) -> f32 {
        let ([[a, b], [c, d]], [fx, fy]) = self.cell(point);
        let (upper, lower) = (a * (1.0 - fx) + b * fx, c * (1.0 - fx) + d * fx);
        upper * (1.0 - fy) + lower * fy
    }

    /// How the light changes there along both axes of the code's square.
    pub(super) fn slopes(&self, point: [f32; 2]) -> [f32; 2] {
        let ([[a, b], [c, d]], [fx, fy]) = self.cell(point);
        let across = (b - a) * (1.0 - fy) + (d - c) * fy;
        let down = (c - a) * (1.0 - fx) + (d - b) * fx;
        [across * self.half, down * self.half]
    }

    /// The four pixels around a point, and where between them it lies.
    fn cell(&self, [u, v]: [f32; 2]) -> ([[f32; 2]; 2], [f32; 2]) {
        let last = (self.width - 2) as f32 + 0.999;
        let pixel = |c: f32| (c * self.half + self.width as f32 / 2.0 - 0.5).clamp(0.0, last);
        let (x, y) = (pixel(u), pixel(v));
        let (column, row) = (x as usize, y as usize);
        let near = &self.pixels[row * self.width + column..][..self.width + 2];
        ([[near[0], near[1]], [near[self.width], near[self.width + 1]]], [x - column as f32, y - row as f32])
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

/// The same down the columns, all of them at once.
fn box_columns(from: &[f32], width: usize, reach: usize) -> Vec<f32> {
    let rows = from.len() / width;
    let row = |i: isize| &from[i.clamp(0, rows as isize - 1) as usize * width..][..width];
    let reach = reach as isize;
    let mut sums = vec![0.0; width];
    for i in -reach..=reach {
        sums.iter_mut().zip(row(i)).for_each(|(sum, light)| *sum += light);
    }
    let mut to = Vec::with_capacity(from.len());
    for i in 0..rows as isize {
        to.extend(sums.iter().map(|sum| sum / (2 * reach + 1) as f32));
        let (comes, goes) = (row(i + reach + 1), row(i - reach));
        sums.iter_mut().zip(comes.iter().zip(goes)).for_each(|(sum, (comes, goes))| *sum += comes - goes);
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 9;

    fn patch(light: impl Fn(usize, usize) -> f32) -> Patch {
        let pixels = (0..WIDTH * WIDTH).map(|at| light(at % WIDTH, at / WIDTH)).collect();
        Patch { pixels, width: WIDTH, module: 1, half: 4.5 }
    }

    #[test]
    fn a_blurred_pixel_is_the_mean_of_a_square_with_the_edge_repeated_beyond_it() {
        let patch = patch(|x, y| ((x * 7 + y * 13) % 11) as f32);
        for reach in [0, 1, 3] {
            let blurred = patch.blurred(reach);
            for (x, y) in (0..WIDTH).flat_map(|y| (0..WIDTH).map(move |x| (x, y))) {
                let near = |c: usize| (0..=2 * reach).map(move |k| (c + k).saturating_sub(reach).min(WIDTH - 1));
                let square = near(y).flat_map(|row| near(x).map(move |column| row * WIDTH + column));
                let mean = square.map(|at| patch.pixels[at]).sum::<f32>() / (2 * reach + 1).pow(2) as f32;
                assert!((blurred.pixels[y * WIDTH + x] - mean).abs() < 1e-4, "{reach}: {x}, {y}");
            }
        }
    }

    #[test]
    fn light_and_its_slopes_are_those_of_a_plane_between_its_pixels() {
        let patch = patch(|x, y| 3.0 * x as f32 - 2.0 * y as f32);
        for point in [[0.0, 0.0], [-0.61, 0.33], [0.5, -0.8]] {
            let [x, y] = point.map(|c| c * 4.5 + 4.0);
            assert!((patch.at(point) - (3.0 * x - 2.0 * y)).abs() < 1e-4);
            let [across, down] = patch.slopes(point);
            assert!((across - 3.0 * 4.5).abs() < 1e-4 && (down + 2.0 * 4.5).abs() < 1e-4);
        }
    }
}
