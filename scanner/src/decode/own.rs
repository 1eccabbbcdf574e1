//! Our own reader: for our own codes alone, behind the general one, where finder patterns are seen.
//!
//! What a general reader has to find out is known here: 21 modules on a side, level Q, the header, the check digit.
//! So a code is read of which a third is out of sight, or that is blurred over a module and more. What it costs is
//! bounded by the size of the frame and [`finder::MAX_CANDIDATES`], whatever the picture shows.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::many_single_char_names,
    clippy::needless_range_loop,
    clippy::manual_midpoint,
    clippy::manual_is_multiple_of,
    reason = "numbers are far below 2^23, what is cut is meant to be, and formulas look as in their sources"
)]

mod code27;
mod finder;
mod grid;
mod modules;
mod patch;
mod reed_solomon;
mod symbol;

use super::Found;
use crate::frame::Luma;
use grid::{Fit, Grid};
use modules::{Sampled, Soft};
use patch::{MODULE, Patch, Projection, Quad};

/// Below this correlation with what is known a candidate is no code.
const LEAST_SCORE: f32 = 0.55;

/// Looks for our codes in a frame.
pub(super) fn search(frame: &Luma) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for read in finder::candidates(frame).iter().filter_map(|quad| read(frame, quad)) {
        if found.iter().all(|known| known.text != read.text) {
            found.push(read);
        }
    }
    found
}

/// Reads a candidate, whose corners may be off by about a module.
fn read(frame: &Luma, quad: &Quad) -> Option<Found> {
    let projection = Projection::to(quad)?;
    let patch = Patch::of(frame, quad, &projection)?;
    let fine = patch.blurred(MODULE / 4);
    let coarse = Grid::straight().fitted(&patch.blurred(MODULE / 2), false);
    let flat = coarse.grid.fitted(&fine, false);
    if flat.score.abs() < LEAST_SCORE {
        return None;
    }
    let bent = || flat.grid.fitted(&fine, true);
    let (text, grid) = read_fitted(&fine, flat).or_else(|| read_fitted(&fine, bent()))?;
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(u, v)| projection.of_patch(grid.at(u, v)));
    Some(Found { text, corners })
}

fn read_fitted(patch: &Patch, Fit { grid, score }: Fit) -> Option<(String, Grid)> {
    let sampled = Sampled::of(patch, &grid);
    let level = sampled.level();
    let local = sampled.local(score.signum());
    let variants: [&dyn Fn() -> Soft; 4] =
        [&|| level.clone(), &|| level.sharpened(), &|| local.clone(), &|| local.sharpened()];
    variants.into_iter().find_map(|soft| code27::read(&soft().modules())).map(|text| (text, grid))
}
