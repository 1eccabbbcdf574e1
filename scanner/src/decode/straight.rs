//! A candidate straightened, evened out and sharpened, for the fast engine: what it does not find in a frame, turned,
//! slanted or out of focus, it often reads like this.

use super::effort::count;
use super::light::{evened, sharpened};
use super::own::{Projection, Quad, Source};
use super::{Found, engine};
use crate::frame::Luma;

/// Pixels on a side.
const SIDE: u16 = 320;
/// Half the straightened picture's side, in halves of the code's: the quiet zone belongs to it, and corners may be off.
const REACH: f32 = 1.6;
/// Units that a pixel costs until it is sharp.
const PER_PIXEL: u64 = 40;
/// Pixels to each side that an edge is sharpened against, and how much.
const SHARPENED: (usize, f32) = (6, 2.0);

/// What is read there, with corners in pixels of the frame.
pub(super) fn read(frame: &Luma, quad: &Quad) -> Vec<Found> {
    let Some(projection) = Projection::to(quad) else { return Vec::new() };
    let place = |[x, y]: [f32; 2]| {
        let [u, v] = [x, y].map(|c| (2.0 * c / f32::from(SIDE) - 1.0) * REACH);
        projection.at(u, v)
    };
    count(usize::from(SIDE) * usize::from(SIDE), PER_PIXEL);
    let source = Source::of(frame);
    let rows = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| [x, y].map(|c| f32::from(c) + 0.5)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between bytes")]
    let pixels: Vec<u8> = rows.map(|at| source.at(place(at)) as u8).collect();
    let even = evened(&pixels, usize::from(SIDE));
    let sharp = sharpened(&even, usize::from(SIDE), SHARPENED.0, SHARPENED.1);
    let Ok(picture) = Luma::new(SIDE.into(), SIDE.into(), sharp, frame.captured()) else { return Vec::new() };
    let mut found = engine::look(&picture).read;
    for found in &mut found {
        found.corners = found.corners.map(place);
    }
    found
}
