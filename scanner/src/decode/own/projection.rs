//! From a code's square to where it lies in a frame, and the light there. Pure.

use crate::frame::Luma;

/// Four corners of a code in a frame: top left, top right, bottom right, bottom left, outer edges.
pub(in crate::decode) type Quad = [[f32; 2]; 4];

/// Whether the middle of a candidate or one of its finders lies in a code that was read: then it is no other code.
pub(in crate::decode) fn is_over(read: &Quad, candidate: &Quad) -> bool {
    let within = |[x, y]: [f32; 2]| {
        let side = |k: usize| {
            let ([ax, ay], [bx, by]) = (read[k], read[(k + 1) % 4]);
            (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        };
        (0..4).all(|k| side(k) >= 0.0) || (0..4).all(|k| side(k) <= 0.0)
    };
    let middle = [0, 1].map(|axis| candidate.iter().map(|p| p[axis]).sum::<f32>() / 4.0);
    let finder = |corner: &[f32; 2]| [0, 1].map(|axis| corner[axis] + (middle[axis] - corner[axis]) / 3.0);
    within(middle) || candidate.iter().any(|corner| within(finder(corner)))
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

    /// The points at this height.
    pub(in crate::decode) fn row(&self, v: f32) -> Row {
        let [a, b, c, e, f, i, g, h] = self.0;
        let v = (v + 1.0) / 2.0;
        Row { slopes: [a, e, g], starts: [b * v + c, f * v + i, h * v + 1.0] }
    }

    /// Where a point of [-1, 1]² lies.
    pub(in crate::decode) fn at(&self, u: f32, v: f32) -> [f32; 2] {
        self.row(v).at(u)
    }
}

/// Where the points of a row of [-1, 1]² lie, by what is the same for all of them.
pub(in crate::decode) struct Row {
    slopes: [f32; 3],
    starts: [f32; 3],
}

impl Row {
    pub(in crate::decode) fn at(&self, u: f32) -> [f32; 2] {
        let u = (u + 1.0) / 2.0;
        let [x, y, w] = [0, 1, 2].map(|k| self.slopes[k] * u + self.starts[k]);
        let part = 1.0 / w;
        [x * part, y * part]
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
        let right = usize::from(column + 1 < self.width);
        let below = if row + 1 < self.height { self.width } else { 0 };
        let near = &self.pixels[row * self.width + column..][..=below + right];
        let [upper, lower] = [0, below].map(|at| f32::from(near[at]) * (1.0 - fx) + f32::from(near[at + right]) * fx);
        upper * (1.0 - fy) + lower * fy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// Turned by an angle, so many pixels from its middle to a corner.
    fn square(middle: [f32; 2], reach: f32, angle: f32) -> Quad {
        [0.0, 1.0, 2.0, 3.0].map(|k| {
            let (sine, cosine) = (angle + k * std::f32::consts::FRAC_PI_2).sin_cos();
            [middle[0] + reach * cosine, middle[1] + reach * sine]
        })
    }

    #[test]
    fn a_candidate_that_shares_a_finder_or_its_middle_with_a_code_is_no_other() {
        for angle in [0.0, 0.5, 0.8, 2.0] {
            let read = square([200.0, 200.0], 100.0, angle);
            let mirrored = read.map(|[x, y]| [x, 400.0 - y]);
            for read in [read, mirrored] {
                assert!(is_over(&read, &read));
                assert!(is_over(&read, &square([230.0, 190.0], 100.0, 0.3)), "off by a part of it");
                assert!(is_over(&read, &square([200.0, 200.0], 300.0, 0.3)), "much larger, around it");
                assert!(is_over(&read, &square([210.0, 220.0], 20.0, 0.3)), "much smaller, in it");
                assert!(!is_over(&read, &square([345.0, 345.0], 100.0, angle)), "beside it");
                assert!(!is_over(&read, &square([800.0, 200.0], 100.0, 1.0)), "far from it");
            }
        }
    }

    #[test]
    fn a_row_lies_where_its_points_do_and_between_pixels_there_is_light_between_theirs() {
        let quad = [[10.0, 12.0], [90.0, 20.0], [80.0, 95.0], [5.0, 70.0]];
        let projection = Projection::to(&quad).unwrap();
        for (u, v) in [(-1.0, -1.0), (1.0, -1.0), (0.3, 0.7), (1.4, -1.2)] {
            let ([x, y], [row_x, row_y]) = (projection.at(u, v), projection.row(v).at(u));
            assert!((x - row_x).abs() < 1e-3 && (y - row_y).abs() < 1e-3);
        }
        let frame = Luma::new(2, 2, vec![0, 100, 200, 100], Instant::now()).unwrap();
        let source = Source::of(&frame);
        let seen = [[0.5, 0.5], [1.5, 0.5], [1.0, 1.0], [0.5, 1.25], [-9.0, 1.5], [9.0, 9.0]].map(|at| source.at(at));
        let expected = [0.0, 100.0, 100.0, 150.0, 200.0, 100.0_f32];
        assert!(seen.iter().zip(expected).all(|(seen, expected)| (seen - expected).abs() < 1e-3), "{seen:?}");
    }
}
