//! From a code's square to where it lies in a frame, and the light there. Pure.

use crate::frame::Luma;

/// Four corners of a code in a frame: top left, top right, bottom right, bottom left, outer edges.
pub(in crate::decode) type Quad = [[f32; 2]; 4];

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
