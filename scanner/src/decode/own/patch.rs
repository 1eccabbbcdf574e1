//! The part of a frame in which a code is thought to be, straightened: one size for every code.
//!
//! All that follows works on it, so that nothing depends on how large or how turned the code is in the frame.

use super::grid::Grid;
use super::symbol::SIDE;
use crate::frame::Luma;

/// Pixels of a module.
pub(super) const MODULE: usize = 8;
/// Modules around the code that belong to the patch.
const MARGIN: usize = 3;
/// Pixels on a side.
pub(super) const WIDTH: usize = (SIDE + 2 * MARGIN) * MODULE;
/// The middle of the code, and half its side, in pixels.
pub(super) const MIDDLE: f32 = WIDTH as f32 / 2.0;
pub(super) const HALF: f32 = (SIDE * MODULE) as f32 / 2.0;
/// Most samples on a side that make one pixel of the patch.
const MAX_SAMPLES: usize = 2;

/// Four corners of a code in a frame: top left, top right, bottom right, bottom left, outer edges.
pub(in crate::decode) type Quad = [[f32; 2]; 4];

/// A square picture, 0 black to 1 white.
#[derive(Clone)]
pub(super) struct Patch {
    pixels: Vec<f32>,
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

    /// How well what is known of our codes fits the pixels of a frame, 0 to 1: a quick look without a patch.
    pub(super) fn score(&self, frame: &Luma) -> f32 {
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let light = |point: [f32; 2]| {
            let [x, y] = self.of_patch(point);
            let (column, row) = ((x.max(0.0) as usize).min(width - 1), (y.max(0.0) as usize).min(height - 1));
            f32::from(frame.pixels()[row * width + column])
        };
        Grid::straight().score(light).abs()
    }

    /// Where a pixel of the straightened patch lies.
    pub(super) fn of_patch(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        self.at((x - MIDDLE) / HALF, (y - MIDDLE) / HALF)
    }
}

impl Patch {
    /// Straightens a quad of a frame; what lies outside the frame repeats its edge.
    /// `None` for a quad that is not finite.
    pub(super) fn of(frame: &Luma, quad: &Quad, projection: &Projection) -> Option<Self> {
        let side = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let longest = (0..4).map(|k| side(quad[k], quad[(k + 1) % 4])).fold(0.0, f32::max);
        if !longest.is_finite() {
            return None;
        }
        let per_pixel = longest / (2.0 * HALF);
        let samples = (per_pixel.ceil() as usize).clamp(1, MAX_SAMPLES);
        let mut pixels = Vec::with_capacity(WIDTH * WIDTH);
        let source = Source::of(frame);
        for y in 0..WIDTH {
            for x in 0..WIDTH {
                let mut sum = 0.0;
                for (j, i) in (0..samples).flat_map(|j| (0..samples).map(move |i| (j, i))) {
                    let part = |k: usize| (k as f32 + 0.5) / samples as f32;
                    sum += source.at(projection.of_patch([x as f32 + part(i), y as f32 + part(j)]));
                }
                pixels.push(sum / (255.0 * (samples * samples) as f32));
            }
        }
        Some(Self { pixels })
    }

    /// The patch with each pixel the mean of a square around it, `reach` pixels to each side.
    pub(super) fn blurred(&self, reach: usize) -> Self {
        let mut rows = vec![0.0; WIDTH * WIDTH];
        box_rows(&self.pixels, &mut rows, reach);
        let turned = transposed(&rows);
        box_rows(&turned, &mut rows, reach);
        Self { pixels: transposed(&rows) }
    }

    /// Between four pixels; their middles are at half numbers. What lies outside repeats the edge.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let clamp = |c: f32| (c - 0.5).clamp(0.0, (WIDTH - 2) as f32 + 0.999);
        let (x, y) = (clamp(x), clamp(y));
        let (column, row) = (x as usize, y as usize);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let at = row * WIDTH + column;
        let upper = self.pixels[at] * (1.0 - fx) + self.pixels[at + 1] * fx;
        let lower = self.pixels[at + WIDTH] * (1.0 - fx) + self.pixels[at + WIDTH + 1] * fx;
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

fn box_rows(from: &[f32], to: &mut [f32], reach: usize) {
    for (source, target) in from.chunks_exact(WIDTH).zip(to.chunks_exact_mut(WIDTH)) {
        let clamped = |i: isize| source[i.clamp(0, WIDTH as isize - 1) as usize];
        let reach = reach as isize;
        let mut sum: f32 = (-reach..=reach).map(clamped).sum();
        for (i, pixel) in target.iter_mut().enumerate() {
            *pixel = sum / (2 * reach + 1) as f32;
            sum += clamped(i as isize + reach + 1) - clamped(i as isize - reach);
        }
    }
}

fn transposed(pixels: &[f32]) -> Vec<f32> {
    (0..WIDTH * WIDTH).map(|i| pixels[(i % WIDTH) * WIDTH + i / WIDTH]).collect()
}
