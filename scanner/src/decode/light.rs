//! The same light and contrast everywhere in a picture, and edges that stand out. Pure.

/// Part of a picture's longer side over which its light is evened out.
const EVENED_OVER: usize = 8;
/// Least spread of light, of 255: what is flatter stays flat.
const LEAST_SPREAD: f32 = 4.0;

/// Sums of all pixels above and to the left of each, plain and squared.
struct Sums {
    width: usize,
    height: usize,
    corners: Vec<(u64, u64)>,
}

impl Sums {
    fn of(pixels: &[u8], width: usize) -> Self {
        let height = pixels.len() / width;
        let mut sums = vec![(0_u64, 0_u64); (width + 1) * (height + 1)];
        for (y, row) in pixels.chunks_exact(width).enumerate() {
            let mut line = (0, 0);
            for (x, &pixel) in row.iter().enumerate() {
                line = (line.0 + u64::from(pixel), line.1 + u64::from(pixel).pow(2));
                let above = sums[y * (width + 1) + x + 1];
                sums[(y + 1) * (width + 1) + x + 1] = (above.0 + line.0, above.1 + line.1);
            }
        }
        Self { width, height, corners: sums }
    }

    /// Mean and mean square of the pixels around one, `reach` to each side.
    #[expect(clippy::cast_precision_loss, reason = "sums of bytes")]
    fn around(&self, at: usize, reach: usize) -> (f32, f32) {
        let (x, y) = (at % self.width, at / self.width);
        let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(self.width));
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(self.height));
        let corner = |row: usize, column: usize| self.corners[row * (self.width + 1) + column];
        let of_all = |part: fn((u64, u64)) -> u64| {
            let [first, last] = [corner(top, left), corner(bottom, right)].map(part);
            let [second, third] = [corner(top, right), corner(bottom, left)].map(part);
            (first + last - second - third) as f32 / ((right - left) * (bottom - top)) as f32
        };
        (of_all(|sum| sum.0), of_all(|sum| sum.1))
    }
}

/// Each pixel against the mean and the spread of the light around it.
pub(super) fn evened(pixels: &[u8], width: usize) -> Vec<u8> {
    let sums = Sums::of(pixels, width);
    let reach = (width.max(sums.height) / EVENED_OVER / 2).max(1);
    let even = |(at, &pixel): (usize, &u8)| {
        let (mean, square) = sums.around(at, reach);
        let spread = (square - mean * mean).max(0.0).sqrt().max(LEAST_SPREAD);
        to_byte(128.0 + 60.0 * (f32::from(pixel) - mean) / spread)
    };
    pixels.iter().enumerate().map(even).collect()
}

/// Each pixel moved away from the mean of those around it, `reach` to each side, by `times` their difference.
pub(super) fn sharpened(pixels: &[u8], width: usize, reach: usize, times: f32) -> Vec<u8> {
    let sums = Sums::of(pixels, width);
    let sharpen = |(at, &pixel): (usize, &u8)| {
        let pixel = f32::from(pixel);
        to_byte(pixel + times * (pixel - sums.around(at, reach).0))
    };
    pixels.iter().enumerate().map(sharpen).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn to_byte(light: f32) -> u8 {
    light.clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_makes_no_difference_to_what_lies_in_it() {
        let (width, height) = (64, 64);
        let is_dark = |at: usize| (at % width / 4 + at / width / 4).is_multiple_of(2);
        let light = |at: usize| if at % width < 32 { 1 } else { 2 };
        let pixels: Vec<u8> = (0..width * height).map(|at| light(at) * if is_dark(at) { 20 } else { 100 }).collect();
        let even = evened(&pixels, width);
        let far = |at: &usize| !(24..40).contains(&(at % width));
        assert!((0..pixels.len()).filter(far).all(|at| (even[at] < 128) == is_dark(at)));
        assert!(evened(&[7; 30], 6).iter().all(|&pixel| pixel == 128));
    }

    #[test]
    fn an_edge_grows_and_what_is_flat_stays() {
        let pixels: Vec<u8> = (0..40).map(|x| if x < 20 { 100 } else { 140 }).collect();
        let sharp = sharpened(&pixels, 40, 4, 2.0);
        assert!(sharp[19] < 80 && sharp[20] > 160, "{sharp:?}");
        assert_eq!((sharp[3], sharp[36]), (100, 140));
    }
}
