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
mod memory;
mod modules;
mod patch;
mod reed_solomon;
mod symbol;
mod triple;

use super::Found;
use crate::digits::{LENGTH, check_digit};
use crate::frame::Luma;
pub(super) use finder::{Candidates, candidates};
use grid::{Fit, Grid};
pub(super) use memory::Memory;
use modules::{Sampled, Soft};
use patch::{MODULE, Patch};
pub(super) use patch::{Projection, Quad, Source};

/// Below this correlation before anything is fitted a candidate is not worth it; of those that were read in the end all
/// had 0.4 and more, and of the others one in fifty.
const LEAST_STRAIGHT: f32 = 0.3;
/// Below this correlation with what is known a candidate is no code.
const LEAST_SCORE: f32 = 0.55;

/// Whether a text is one that this reader would read.
pub(super) fn is_ours(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.len() == LENGTH && text.starts_with(['1', '9']) && check_digit(text.bytes().map(|d| d - b'0')) == 0
}

/// Whether two quads lie over each other.
pub(super) fn is_same_place(a: &Quad, b: &Quad) -> bool {
    let middle = |quad: &Quad| [0, 1].map(|axis| quad.iter().map(|p| p[axis]).sum::<f32>() / 4.0);
    let reach = |quad: &Quad| (quad[0][0] - quad[2][0]).hypot(quad[0][1] - quad[2][1]) / 2.0;
    let ([ax, ay], [bx, by]) = (middle(a), middle(b));
    (ax - bx).hypot(ay - by) < 0.3 * reach(a).min(reach(b)) && reach(a) < 1.3 * reach(b) && reach(b) < 1.3 * reach(a)
}

/// The candidates that might be one of our codes, the likeliest first.
pub(super) fn likely(frame: &Luma, candidates: impl IntoIterator<Item = Quad>) -> Vec<Quad> {
    let score = |quad: Quad| Some((Projection::to(&quad)?.score(frame), quad));
    let mut likely: Vec<(f32, Quad)> = candidates.into_iter().filter_map(score).collect();
    likely.retain(|(score, _)| *score >= LEAST_STRAIGHT);
    likely.sort_by(|a, b| b.0.total_cmp(&a.0));
    likely.into_iter().map(|(_, quad)| quad).collect()
}

/// Reads a candidate, whose corners may be off by about a module. What cannot be read is kept in `memory`, and added
/// to what is there from earlier frames of the same code.
pub(super) fn read(frame: &Luma, quad: &Quad, memory: &mut Option<Memory>) -> Option<Found> {
    let projection = Projection::to(quad)?;
    let patch = Patch::of(frame, quad, &projection)?;
    let (fine, soft) = (patch.blurred(MODULE / 4), patch.blurred(MODULE / 2));
    let coarse = Grid::straight().fitted(&soft, false);
    let flat = coarse.grid.fitted(&fine, false);
    if flat.score.abs() < LEAST_SCORE {
        return None;
    }
    let corners = |grid: Grid| {
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(u, v)| projection.of_patch(grid.at(u, v)))
    };
    let found = |grid: Grid, text: String| Found { text, corners: corners(grid) };
    if let Some(text) = read_fitted(&fine, flat) {
        *memory = None;
        return Some(found(flat.grid, text));
    }
    let bent = flat.grid.fitted(&fine, true);
    // What is bent strongly is lost to a flat grid, and is followed from the blurred picture on.
    let followed = coarse.grid.fitted(&soft, true).grid.fitted(&fine, true);
    let (bent, other) = if followed.score.abs() > bent.score.abs() { (followed, bent) } else { (bent, followed) };
    let text = read_fitted(&fine, bent)
        .or_else(|| read_fitted(&fine, other))
        .or_else(|| read_remembered(&fine, bent, corners(bent.grid), memory))?;
    *memory = None;
    Some(found(bent.grid, text))
}

fn read_fitted(patch: &Patch, Fit { grid, score }: Fit) -> Option<String> {
    let sampled = Sampled::of(patch, &grid);
    let level = sampled.level();
    let local = sampled.local(score.signum());
    let variants: [&dyn Fn() -> Soft; 6] = [
        &|| level.clone(),
        &|| level.sharpened(),
        &|| local.clone(),
        &|| local.sharpened(),
        &|| sampled.without_glare(&level),
        &|| sampled.without_glare(&local),
    ];
    variants.into_iter().find_map(|soft| code27::read(&soft().modules()))
}

/// Adds the frame to what is remembered of this place, and reads that.
fn read_remembered(patch: &Patch, Fit { grid, .. }: Fit, place: Quad, memory: &mut Option<Memory>) -> Option<String> {
    let sampled = Sampled::of(patch, &grid);
    let level = sampled.level();
    let Some(known) = memory.as_mut().filter(|memory| memory.is_at(&place)) else {
        *memory = Some(Memory::of(place, &sampled, &level));
        return None;
    };
    known.add(place, &sampled, &level);
    let mean = known.mean();
    code27::read(&mean.modules()).or_else(|| code27::read(&mean.sharpened().modules()))
}
