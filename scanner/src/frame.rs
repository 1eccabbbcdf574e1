//! One frame: 8-bit luma, tightly packed, and the moment it was captured.
//!
//! Colour is never kept: no decoder looks at it. Every source makes these; preview and decoder read them.

use std::sync::Arc;
use std::time::Instant;

/// Most pixels on one side of a frame.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels of a frame; a phone's photograph of 50 megapixels still fits.
pub const MAX_PIXELS: u64 = 52_000_000;

/// A luma picture; cloning it shares the pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Luma {
    width: u32,
    height: u32,
    pixels: Arc<Vec<u8>>,
    captured: Instant,
}

/// Why some bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// A side is 0.
    #[error("the picture has no pixels")]
    Empty,
    /// Beyond [`MAX_SIDE`] or [`MAX_PIXELS`].
    #[error("the picture is too large: {width} × {height} pixels")]
    TooLarge {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Not width × height bytes.
    #[error("the picture has {found} bytes in place of {expected}")]
    WrongLength {
        /// Bytes that the size asks for.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
}

/// Checks a size and gives its number of pixels.
pub fn pixel_count(width: u32, height: u32) -> Result<usize, SizeError> {
    if width == 0 || height == 0 {
        return Err(SizeError::Empty);
    }
    let too_large = SizeError::TooLarge { width, height };
    let count = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || count > MAX_PIXELS {
        return Err(too_large);
    }
    usize::try_from(count).map_err(|_| too_large)
}

impl Luma {
    /// A frame of `width` × `height` bytes, row by row, 0 black to 255 white.
    pub fn new(width: u32, height: u32, pixels: Vec<u8>, captured: Instant) -> Result<Self, SizeError> {
        let expected = pixel_count(width, height)?;
        if pixels.len() != expected {
            return Err(SizeError::WrongLength { expected, found: pixels.len() });
        }
        Ok(Self { width, height, pixels: Arc::new(pixels), captured })
    }

    /// Pixels in a row, 1 to [`MAX_SIDE`].
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows, 1 to [`MAX_SIDE`].
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Width × height bytes, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// When the source got it.
    pub fn captured(&self) -> Instant {
        self.captured
    }

    /// The same picture, captured at another moment: a still shown again.
    #[must_use]
    pub fn at(&self, captured: Instant) -> Self {
        Self { captured, ..self.clone() }
    }

    /// Every second pixel each way, as means of four; `None` for a picture that is one pixel wide or high.
    pub fn halved(&self) -> Option<Self> {
        self.shrunk::<2>(|sum| sum / 4)
    }

    /// Every third pixel each way, as means of nine, rounded; `None` for a picture narrower or lower than that.
    pub fn thirded(&self) -> Option<Self> {
        self.shrunk::<3>(|sum| (sum + 4) / 9)
    }

    /// Every fourth pixel each way, as means of sixteen; `None` for a picture narrower or lower than that.
    pub fn quartered(&self) -> Option<Self> {
        self.shrunk::<4>(|sum| sum / 16)
    }

    /// One pixel of each block of N × N, from their sum.
    fn shrunk<const N: usize>(&self, mean: impl Fn(u16) -> u16) -> Option<Self> {
        const { assert!(matches!(N, 1..=16), "or the sums overflow") };
        let stride = usize::try_from(self.width).ok()?;
        let side = |pixels: u32| pixels / u32::try_from(N).unwrap_or(1);
        let (columns, rows) = (usize::try_from(side(self.width)).ok()?, usize::try_from(side(self.height)).ok()?);
        let mut pixels = Vec::with_capacity(columns * rows);
        let (mut down, mut means) = (vec![0_u16; stride], vec![0_u8; stride]);
        for lines in self.pixels.chunks_exact(N * stride).take(rows) {
            down.fill(0);
            for line in lines.chunks_exact(stride) {
                for (sum, &pixel) in down.iter_mut().zip(line) {
                    *sum += u16::from(pixel);
                }
            }
            // Of every window, not of every block alone: that way it is done many at a time.
            for (out, window) in means.iter_mut().zip(down.windows(N)) {
                #[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
                let byte = mean(window.iter().sum()) as u8;
                *out = byte;
            }
            pixels.extend(means.chunks_exact(N).map(|block| block[0]));
        }
        Self::new(side(self.width), side(self.height), pixels, self.captured).ok()
    }
}

impl std::fmt::Debug for Luma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Luma {}×{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luma(width: u32, height: u32, pixels: &[u8]) -> Luma {
        Luma::new(width, height, pixels.to_vec(), Instant::now()).unwrap()
    }

    #[test]
    fn a_frame_has_exactly_the_bytes_of_its_size() {
        let now = Instant::now();
        assert!(Luma::new(2, 3, vec![0; 6], now).is_ok());
        assert_eq!(Luma::new(2, 3, vec![0; 5], now), Err(SizeError::WrongLength { expected: 6, found: 5 }));
        assert_eq!(Luma::new(0, 3, vec![], now), Err(SizeError::Empty));
    }

    #[test]
    fn a_huge_size_is_refused_before_anything_is_allocated() {
        for (width, height) in [(u32::MAX, u32::MAX), (MAX_SIDE + 1, 1), (MAX_SIDE, MAX_SIDE)] {
            assert_eq!(pixel_count(width, height), Err(SizeError::TooLarge { width, height }));
        }
    }

    #[test]
    fn halving_takes_the_mean_of_four_and_drops_an_odd_edge() {
        let half = luma(3, 3, &[0, 10, 99, 20, 30, 99, 99, 99, 99]).halved().unwrap();
        assert_eq!((half.width(), half.height(), half.pixels()), (1, 1, &[15][..]));
        assert_eq!(luma(1, 5, &[7; 5]).halved(), None);
    }

    #[test]
    fn a_third_takes_the_mean_of_nine_rounded_a_quarter_that_of_sixteen_and_odd_edges_are_dropped() {
        let third = luma(4, 3, &[0, 1, 2, 99, 3, 4, 5, 99, 6, 7, 13, 99]).thirded().unwrap();
        assert_eq!((third.width(), third.height(), third.pixels()), (1, 1, &[5][..]));
        assert_eq!(luma(2, 5, &[7; 10]).thirded(), None);
        let quarter = luma(5, 4, &[10, 20, 30, 44, 99].repeat(4)).quartered().unwrap();
        assert_eq!((quarter.width(), quarter.height(), quarter.pixels()), (1, 1, &[26][..]));
    }
}
