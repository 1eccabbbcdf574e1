//! Finds QR codes in a frame and reads their texts, ours or not, within a bound on the work.
//!
//! rqrr reads every frame. It can run for minutes on some pictures and panics on others, and whoever stands
//! before the camera chooses the picture: so it works on a [`bounded::Bitmap`] that stops it, and panics end
//! here. It knows black on white alone, hence the fallbacks: [`own`], our reader for our own codes, which
//! reads what is blurred, shadowed or half hidden; the inverted frame; and the frame at half size, where noise and
//! blur weigh less.

mod bounded;
mod own;
mod threshold;

use crate::frame::Luma;
use bounded::{Bitmap, Budget};
use rqrr::{BitGrid, PreparedImage};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

#[cfg(panic = "abort")]
compile_error!("a panic in a decoder must not end the till: build with panic = \"unwind\"");

/// A QR code that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its text: UTF-8, or else every byte as its ISO 8859-1 character, which is the standard's default.
    pub text: String,
    /// Its corners in pixels of the frame: top left, top right, bottom right, bottom left of the code itself,
    /// so on a turned code anywhere.
    pub corners: [[f32; 2]; 4],
}

/// What is tried when the plain frame gives nothing, in this order.
#[derive(Debug, Clone, Copy)]
enum Fallback {
    Own,
    Inverted,
    Half,
}

const FALLBACKS: [Fallback; 3] = [Fallback::Own, Fallback::Inverted, Fallback::Half];

/// Reads successive frames of one camera.
#[derive(Debug, Default)]
pub struct Decoder {
    /// How many fallbacks were begun so far; their turn goes on from frame to frame.
    begun: usize,
}

impl Decoder {
    /// A decoder that has seen no frame.
    pub fn new() -> Self {
        Self::default()
    }

    /// All codes that can be read in this frame. Never panics.
    ///
    /// The first frame that needs fallbacks gets all that its budget of work allows; later ones get one each, in
    /// turn, so that an empty picture costs little and a code held for a moment gets them all.
    pub fn decode(&mut self, frame: &Luma) -> Vec<Found> {
        let budget = Budget::of(frame.width(), frame.height());
        let found = read(frame.pixels().to_vec(), frame, &budget);
        if !found.is_empty() {
            return found;
        }
        let tries = if self.begun == 0 { FALLBACKS.len() } else { 1 };
        for _ in 0..tries {
            let fallback = FALLBACKS[self.begun % FALLBACKS.len()];
            self.begun += 1;
            let found = fallback.read(frame, &budget);
            if !found.is_empty() || budget.is_spent() {
                return found;
            }
        }
        Vec::new()
    }
}

impl Fallback {
    fn read(self, frame: &Luma, budget: &Rc<Budget>) -> Vec<Found> {
        match self {
            Self::Own => own::search(frame),
            Self::Inverted => read(frame.pixels().iter().map(|p| 255 - p).collect(), frame, budget),
            Self::Half => {
                let Some(half) = frame.halved() else { return Vec::new() };
                let mut found = read(half.pixels().to_vec(), &half, budget);
                for coordinate in found.iter_mut().flat_map(|f| f.corners.as_flattened_mut()) {
                    *coordinate *= 2.0;
                }
                found
            }
        }
    }
}

/// One pass of rqrr over pixels of the frame's size.
fn read(mut pixels: Vec<u8>, size: &Luma, budget: &Rc<Budget>) -> Vec<Found> {
    let mut found = Vec::new();
    threshold::black_and_white(&mut pixels, size.pixels().len() / size.height() as usize);
    // A panic, rqrr's own or the bitmap's when the work is spent, loses what this pass would still have found.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let mut picture = PreparedImage::without_preparation(Bitmap::new(pixels, size.width(), size.height(), budget));
        for grid in picture.detect_grids() {
            let mut bytes = Vec::new();
            let read = catch_unwind(AssertUnwindSafe(|| grid.decode_to(&mut bytes)));
            if let Ok(Ok(_)) = read {
                found.push(Found { text: text(bytes), corners: corners(grid.bounds, grid.grid.size()) });
            }
        }
    }));
    found
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

/// rqrr's bounds lie one module too far to the right and below; this takes that module off.
fn corners(bounds: [rqrr::Point; 4], modules: usize) -> [[f32; 2]; 4] {
    #[expect(clippy::cast_precision_loss, reason = "coordinates and modules are far below 2^24")]
    let (points, modules) = (bounds.map(|p| [p.x as f32, p.y as f32]), modules as f32);
    let part = modules / (modules + 1.0);
    let from_first = |p: [f32; 2]| [0, 1].map(|axis| points[0][axis] + (p[axis] - points[0][axis]) * part);
    points.map(from_first)
}
