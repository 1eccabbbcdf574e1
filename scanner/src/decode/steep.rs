//! rqrr, which is best at steep angles, on a region of a frame.
//!
//! It can run for minutes on some pictures and panics on others: so it works on a [`Bitmap`] that stops it, and
//! panics end here.

use super::bounded::{Bitmap, Budget};
use super::{Found, threshold};
use crate::frame::Luma;
use rqrr::{BitGrid, PreparedImage};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Reads a picture, black on white and then white on black.
pub(super) fn read(picture: &Luma) -> Vec<Found> {
    let budget = Budget::of(picture.width(), picture.height());
    let found = pass(picture.pixels().to_vec(), picture, &budget);
    if !found.is_empty() || budget.is_spent() {
        return found;
    }
    pass(picture.pixels().iter().map(|p| 255 - p).collect(), picture, &budget)
}

/// One pass of rqrr over pixels of the picture's size.
fn pass(mut pixels: Vec<u8>, size: &Luma, budget: &Rc<Budget>) -> Vec<Found> {
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

pub(super) fn text(bytes: Vec<u8>) -> String {
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
