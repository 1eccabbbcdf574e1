//! Shapes with soft edges on a grey canvas with transparency, seen through a camera: the means of the demo.
//!
//! Shapes are signed distances in pixels, negative inside. Greys are 0 black to 255 white.

/// A grey picture with transparency.
#[derive(Clone)]
pub(super) struct Canvas {
    width: u16,
    height: u16,
    /// Grey and opacity (0 to 1), row by row.
    pixels: Vec<[f32; 2]>,
}

/// Maps homogeneous points of the plane.
pub(super) type Matrix = [[f32; 3]; 3];

impl Canvas {
    /// All transparent.
    pub(super) fn new(width: u16, height: u16) -> Self {
        Self { width, height, pixels: vec![[0.0; 2]; usize::from(width) * usize::from(height)] }
    }

    /// Paints where `distance` is negative, its edge one pixel soft, in the grey that `grey` gives for a place
    /// and its distance.
    pub(super) fn paint(
        &mut self,
        distance: impl Fn(f32, f32) -> f32,
        grey: impl Fn(f32, f32, f32) -> f32,
        softness: f32,
    ) {
        let everywhere = [0.0, 0.0, f32::from(self.width), f32::from(self.height)];
        self.paint_within(everywhere, distance, grey, softness);
    }

    /// The same within left, top, right and bottom alone.
    pub(super) fn paint_within(
        &mut self,
        [left, top, right, bottom]: [f32; 4],
        distance: impl Fn(f32, f32) -> f32,
        grey: impl Fn(f32, f32, f32) -> f32,
        softness: f32,
    ) {
        let (columns, rows) =
            (clip(left, self.width)..clip(right, self.width), clip(top, self.height)..clip(bottom, self.height));
        for y in rows {
            let row = &mut self.pixels[usize::from(y) * usize::from(self.width)..][..usize::from(self.width)];
            let mut column = columns.start;
            while column < columns.end {
                let (x, y) = (f32::from(column) + 0.5, f32::from(y) + 0.5);
                let d = distance(x, y);
                let cover = (0.5 - d / softness).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let [old, opacity] = &mut row[usize::from(column)];
                    *old += (grey(x, y, d) - *old) * cover.max(1.0 - *opacity);
                    *opacity = opacity.max(cover);
                }
                // So far away the shape cannot begin sooner: a distance changes by one a pixel at most.
                column = column.saturating_add(clip(d - softness / 2.0, u16::MAX).max(1));
            }
        }
    }

    /// Greys of an opaque canvas.
    pub(super) fn greys(&self) -> Vec<f32> {
        self.pixels.iter().map(|p| p[0]).collect()
    }

    /// Makes it ready to be put over pictures.
    pub(super) fn finished(self) -> Sprite {
        let pixels = self.pixels.iter().map(|[grey, opacity]| [grey * opacity, *opacity]).collect();
        Sprite { width: self.width, height: self.height, pixels }
    }
}

/// A canvas to be put over pictures: light (grey times opacity) and opacity, row by row.
pub(super) struct Sprite {
    width: u16,
    height: u16,
    pixels: Vec<[f32; 2]>,
}

impl Sprite {
    /// Between the four pixels around a place, `None` outside.
    #[inline]
    fn sample(&self, x: f32, y: f32) -> Option<[f32; 2]> {
        let (x, y) = (x - 0.5, y - 0.5);
        let inside = x >= 0.0 && y >= 0.0 && x < f32::from(self.width - 1) && y < f32::from(self.height - 1);
        if !inside {
            return None;
        }
        let (left, top) = (clip(x, self.width), clip(y, self.height));
        let (fx, fy) = (x - f32::from(left), y - f32::from(top));
        let at = usize::from(top) * usize::from(self.width) + usize::from(left);
        let upper = self.pixels.get(at..at + 2)?;
        let lower = self.pixels.get(at + usize::from(self.width)..at + usize::from(self.width) + 2)?;
        Some([0, 1].map(|part| {
            let above = upper[0][part] + (upper[1][part] - upper[0][part]) * fx;
            let below = lower[0][part] + (lower[1][part] - lower[0][part]) * fx;
            above + (below - above) * fy
        }))
    }

    /// Puts it over a picture of `width` × `height`; `to` maps its places to the picture's.
    pub(super) fn put_over(&self, picture: &mut [f32], width: u16, height: u16, to: &Matrix) {
        let Some(from) = inverse(to) else { return };
        let [left, top, right, bottom] = self.bounds(to, width, height);
        for y in top..bottom {
            let row = &mut picture[usize::from(y) * usize::from(width)..][usize::from(left)..usize::from(right)];
            for (x, under) in (left..).zip(row) {
                let (u, v) = apply(&from, f32::from(x) + 0.5, f32::from(y) + 0.5);
                if let Some([light, opacity]) = self.sample(u, v) {
                    *under = *under * (1.0 - opacity) + light;
                }
            }
        }
    }

    /// The same without turning or scaling, its top left corner at whole pixels; what falls outside is left out.
    pub(super) fn put_at(&self, picture: &mut [f32], width: u16, left: u16, top: u16) {
        let rows = picture.chunks_exact_mut(usize::from(width)).skip(usize::from(top));
        for (row, own) in rows.zip(self.pixels.chunks_exact(usize::from(self.width))) {
            for (under, [light, opacity]) in row.iter_mut().skip(usize::from(left)).zip(own) {
                *under = *under * (1.0 - opacity) + light;
            }
        }
    }

    /// Left, top, right and bottom of where it falls within the picture.
    fn bounds(&self, to: &Matrix, width: u16, height: u16) -> [u16; 4] {
        let (w, h) = (f32::from(self.width), f32::from(self.height));
        let corners = [(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)].map(|(x, y)| apply(to, x, y));
        let low = |f: fn(&(f32, f32)) -> f32| corners.iter().map(f).fold(f32::INFINITY, f32::min);
        let high = |f: fn(&(f32, f32)) -> f32| corners.iter().map(f).fold(f32::NEG_INFINITY, f32::max);
        [
            clip(low(|c| c.0), width),
            clip(low(|c| c.1), height),
            clip(high(|c| c.0).ceil(), width),
            clip(high(|c| c.1).ceil(), height),
        ]
    }
}

/// A coordinate, clipped to 0 up to `limit`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub(super) fn clip(coordinate: f32, limit: u16) -> u16 {
    coordinate.clamp(0.0, f32::from(limit)) as u16
}

/// A grey as a byte.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
pub(super) fn byte(grey: f32) -> u8 {
    (grey + 0.5).clamp(0.0, 255.0) as u8
}

/// Distance to a rectangle with round corners.
pub(super) fn rounded(x: f32, y: f32, centre: (f32, f32), half: (f32, f32), radius: f32) -> f32 {
    let (qx, qy) = ((x - centre.0).abs() - half.0 + radius, (y - centre.1).abs() - half.1 + radius);
    qx.max(0.0).hypot(qy.max(0.0)) + qx.max(qy).min(0.0) - radius
}

/// Distance to a thick line with round ends: a finger, an arm.
pub(super) fn capsule(x: f32, y: f32, from: (f32, f32), to: (f32, f32), radius: f32) -> f32 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let along = (((x - from.0) * dx + (y - from.1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (x - from.0 - along * dx).hypot(y - from.1 - along * dy) - radius
}

/// Distance to an ellipse, roughly.
pub(super) fn ellipse(x: f32, y: f32, centre: (f32, f32), half: (f32, f32)) -> f32 {
    (((x - centre.0) / half.0).hypot((y - centre.1) / half.1) - 1.0) * half.0.min(half.1)
}

/// A number that looks random, 0 to 1, and is always the same for the same `n`.
pub(super) fn scatter(n: u64) -> f32 {
    // splitmix64: https://prng.di.unimi.it/splitmix64.c
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let bits = u16::try_from((z ^ (z >> 31)) >> 48).expect("16 bits are left");
    f32::from(bits) / f32::from(u16::MAX)
}

#[inline]
fn apply(matrix: &Matrix, x: f32, y: f32) -> (f32, f32) {
    let [across, down, depth] = [0, 1, 2].map(|i| matrix[i][0] * x + matrix[i][1] * y + matrix[i][2]);
    let scale = 1.0 / depth;
    (across * scale, down * scale)
}

fn inverse(m: &Matrix) -> Option<Matrix> {
    let minor = |r: usize, c: usize| {
        let ([r1, r2], [c1, c2]) = ([(r + 1) % 3, (r + 2) % 3], [(c + 1) % 3, (c + 2) % 3]);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let determinant: f32 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    (determinant.abs() > f32::EPSILON).then(|| [0, 1, 2].map(|r| [0, 1, 2].map(|c| minor(c, r) / determinant)))
}
