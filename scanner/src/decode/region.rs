//! The part of a frame around a candidate, and other ways to look at it: evened out and enlarged, or closed.
//!
//! Small, so that a second look costs little. Pure.

use super::Found;
use super::effort::count;
use super::light::evened;
use super::own::Quad;
use super::threshold;
use crate::frame::Luma;

/// Part of a candidate's side that the region reaches beyond it: the quiet zone, and corners that are off.
const MARGIN: f32 = 0.3;
/// Pixels on a side of the largest region; a larger part of the frame is halved.
const MAX_SIDE: u32 = 800;
/// Pixels on a side up to which a region is enlarged.
const ENLARGED_UP_TO: u32 = 400;

/// Units that a pixel of the frame costs that is cut out or halved, and one that is evened out or closed.
const PER_PIXEL: u64 = 1;
const PER_PIXEL_CHANGED: u64 = 20;

/// A part of a frame.
pub(super) struct Region {
    left: f32,
    top: f32,
    /// Pixels of the frame to one of the region.
    scale: f32,
    picture: Luma,
}

impl Region {
    /// The part around a candidate; `None` where that lies outside.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to the frame"
    )]
    pub(super) fn of(frame: &Luma, quad: &Quad) -> Option<Self> {
        let span = |axis: usize, limit: u32| {
            let ends = quad.iter().fold((f32::MAX, f32::MIN), |(a, b), p| (a.min(p[axis]), b.max(p[axis])));
            let margin = (ends.1 - ends.0) * MARGIN;
            let within = |c: f32| c.clamp(0.0, limit as f32) as usize;
            within(ends.0 - margin)..within((ends.1 + margin).ceil())
        };
        let (columns, rows) = (span(0, frame.width()), span(1, frame.height()));
        let (left, top) = (columns.start as f32, rows.start as f32);
        let (width, height) = (u32::try_from(columns.len()).ok()?, u32::try_from(rows.len()).ok()?);
        count(columns.len() * rows.len(), PER_PIXEL);
        let all = frame.pixels().chunks_exact(frame.width() as usize);
        let mut pixels = Vec::with_capacity(columns.len() * rows.len());
        for line in all.skip(rows.start).take(rows.len()) {
            pixels.extend_from_slice(&line[columns.clone()]);
        }
        let (mut picture, mut scale) = (Luma::new(width, height, pixels, frame.captured()).ok()?, 1.0);
        while picture.width().max(picture.height()) > MAX_SIDE {
            picture = picture.halved()?;
            scale *= 2.0;
        }
        Some(Self { left, top, scale, picture })
    }

    /// Enlarged, if it is small, and with the same light and contrast everywhere.
    pub(super) fn normalised(self) -> Self {
        let large = self.enlarged();
        count(large.picture.pixels().len(), PER_PIXEL_CHANGED);
        let picture = with_pixels(&large.picture, evened(large.picture.pixels(), large.picture.width() as usize));
        Self { picture, ..large }
    }

    /// Black and white, enlarged if it is small, with what is small and white in black filled.
    pub(super) fn closed(self) -> Self {
        let large = self.enlarged();
        count(large.picture.pixels().len(), PER_PIXEL_CHANGED);
        let width = large.picture.width() as usize;
        let mut pixels = large.picture.pixels().to_vec();
        threshold::black_and_white(&mut pixels, width);
        // Black is 1: first the most of nine, then the least.
        let closed = of_nine(&of_nine(&pixels, width, u8::max), width, u8::min);
        let pixels = closed.into_iter().map(|black| 255 * (1 - black)).collect();
        Self { picture: with_pixels(&large.picture, pixels), ..large }
    }

    /// What a reader finds in it, with corners in pixels of the frame.
    pub(super) fn read(&self, reader: impl FnOnce(&Luma) -> Vec<Found>) -> Vec<Found> {
        let mut found = reader(&self.picture);
        for [x, y] in found.iter_mut().flat_map(|found| &mut found.corners) {
            *x = *x * self.scale + self.left;
            *y = *y * self.scale + self.top;
        }
        found
    }

    fn enlarged(self) -> Self {
        let picture = &self.picture;
        if picture.width().max(picture.height()) > ENLARGED_UP_TO {
            return self;
        }
        let picture = doubled(picture);
        Self { picture, scale: self.scale / 2.0, ..self }
    }
}

/// Other pixels for a picture of this size.
fn with_pixels(picture: &Luma, pixels: Vec<u8>) -> Luma {
    Luma::new(picture.width(), picture.height(), pixels, picture.captured()).unwrap_or_else(|_| picture.clone())
}

/// Twice as wide and high; between two pixels their mean.
fn doubled(picture: &Luma) -> Luma {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mean = |a: u8, b: u8| a.midpoint(b);
    let wide: Vec<u8> = picture
        .pixels()
        .chunks_exact(width)
        .flat_map(|row| (0..width).flat_map(|x| [row[x], mean(row[x], row[(x + 1).min(width - 1)])]))
        .collect();
    let row = |y: usize| &wide[y * 2 * width..][..2 * width];
    let pixels = (0..height)
        .flat_map(|y| {
            let between = row(y).iter().zip(row((y + 1).min(height - 1))).map(|(&a, &b)| mean(a, b));
            row(y).iter().copied().chain(between)
        })
        .collect();
    Luma::new(2 * picture.width(), 2 * picture.height(), pixels, picture.captured()).unwrap_or_else(|_| picture.clone())
}

/// Each pixel as the most, or the least, of itself and its eight neighbours.
fn of_nine(pixels: &[u8], width: usize, pick: fn(u8, u8) -> u8) -> Vec<u8> {
    let height = pixels.len() / width;
    let of_three = |a: u8, b: u8, c: u8| pick(pick(a, b), c);
    let across: Vec<u8> = pixels
        .chunks_exact(width)
        .flat_map(|row| (0..width).map(|x| of_three(row[x.saturating_sub(1)], row[x], row[(x + 1).min(width - 1)])))
        .collect();
    let at = |y: usize, x: usize| across[y * width + x];
    (0..pixels.len())
        .map(|i| (i / width, i % width))
        .map(|(y, x)| of_three(at(y.saturating_sub(1), x), at(y, x), at((y + 1).min(height - 1), x)))
        .collect()
}
