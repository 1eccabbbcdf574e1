//! Our own reader, behind the general one, where finder patterns are seen.
//!
//! It fits a grid to what is the same in every code, takes the blur out, and erases what is hidden. Of our own codes it
//! knows more before it reads: 21 modules on a side, level Q, the header, the check digit. So one is read of which a
//! third is out of sight, or that is blurred over a module and more. What it costs is bounded by the size of the
//! frame and [`finder::MAX_CANDIDATES`], whatever the picture shows.

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

mod any;
mod code27;
mod finder;
mod fit;
mod grid;
mod likeness;
mod memory;
mod modules;
mod patch;
mod pattern;
mod projection;
mod reed_solomon;
mod symbol;
mod triple;

use super::Found;
use super::effort::{Limit, count};
use crate::digits::{LENGTH, check_digit};
use crate::frame::Luma;
pub(super) use finder::{Candidates, candidates};
use fit::{Fit, Sight};
use grid::Grid;
pub(super) use memory::Memory;
use modules::Sampled;
use patch::Patch;
use pattern::Pattern;
pub(super) use projection::{Projection, Quad, Source, is_over};
use rqrr::SimpleGrid;
use std::f32::consts::FRAC_PI_2;
use std::panic::{AssertUnwindSafe, catch_unwind};
use symbol::MAX_VERSION;
pub(super) use triple::{Seen, Triple};

/// Below this correlation before anything is fitted a candidate is not worth it; of those that were read in the end all
/// had 0.4 and more, and of the others one in fifty.
const LEAST_STRAIGHT: f32 = 0.3;
/// From this one on it is hardly anything else.
const LIKELY: f32 = 0.55;
/// The least for any two or three finders together.
const LEAST_OF_ANY: f32 = 0.42;
/// Finders of which three may be those of a code at a steep angle.
const STEEP_OF_OURS: usize = 6;
const STEEP_OF_OTHERS: usize = 4;
/// Below this correlation with what is known a candidate is no code.
const LEAST_SCORE: f32 = 0.45;
/// From this correlation on a grid is as good as it gets, and below this one the code may lie on something curved.
const GOOD_SCORE: f32 = 0.9;
const CURVED_SCORE: f32 = 0.75;
/// Curved grids that are read.
const MOST_CURVED: usize = 2;
/// From this correlation on somebody else's code is tried.
const LEAST_SCORE_OF_OTHERS: f32 = 0.5;

/// Units that a pixel of a patch costs until it is blurred, and a module at which is looked in all ways.
const PER_PIXEL: u64 = 40;
const PER_MODULE: u64 = 4_000;

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

/// The candidates that might be one of our codes, the likeliest first; where none is likely enough, any three or two
/// finders that the engine saw, dark ones and light ones.
pub(super) fn likely(frame: &Luma, candidates: impl IntoIterator<Item = Quad>, finders: &[Vec<Seen>; 2]) -> Vec<Quad> {
    let score = |quad: Quad| Some((likeness::of(&Projection::to(&quad)?, frame, pattern::of(1)), quad));
    let mut likely: Vec<(f32, Quad)> = candidates.into_iter().filter_map(score).collect();
    if likely.iter().all(|(score, _)| *score < LIKELY) {
        for middles in finders {
            let triples = [triple::steep(middles, STEEP_OF_OURS), triple::pairs_of(middles, STEEP_OF_OURS)];
            let quads = triples.iter().flatten().map(Triple::quad);
            likely.extend(quads.filter_map(score).filter(|(score, _)| *score >= LEAST_OF_ANY));
        }
    }
    likely.retain(|(score, _)| *score >= LEAST_STRAIGHT);
    likely.sort_by(|a, b| b.0.total_cmp(&a.0));
    likely.into_iter().map(|(_, quad)| quad).collect()
}

/// Reads a candidate, whose corners may be off by about a module. What cannot be read is kept in `memory`, and added
/// to what is there from earlier frames of the same code.
pub(super) fn read(frame: &Luma, quad: &Quad, memory: &mut Option<Memory>, limit: &Limit) -> Option<Found> {
    let place = Place::of(frame, quad, 1)?;
    let sight = place.sight(&place.fine);
    let coarse = Grid::straight().fitted(&place.sight(&place.soft));
    let flat = coarse.grid.fitted(&sight);
    if flat.score.abs() < LEAST_SCORE {
        return None;
    }
    let read = |fit: Fit| Some((fit, read_fitted(&sight, fit)?));
    let (fit, text) = read(flat).or_else(|| {
        let fits = place.on_curved_surfaces(coarse.grid, flat, limit);
        let best = fits.first().copied().unwrap_or(flat);
        let mut remembered = || read_remembered(&sight, best, place.corners(best.grid), memory);
        fits.into_iter().find_map(read).or_else(|| Some((best, remembered()?)))
    })?;
    *memory = None;
    Some(Found { text, corners: place.corners(fit.grid) })
}

/// What codes of any size may be there, the likeliest first: of places that the engine saw, of finders, and at steep
/// angles as with [`likely`].
pub(super) fn likely_of_others(
    frame: &Luma,
    seen: &[Quad],
    triples: &[Triple],
    finders: &[Vec<Seen>; 2],
) -> Vec<(usize, Quad)> {
    let score = |(version, quad): (usize, Quad)| {
        Some((likeness::of(&Projection::to(&quad)?, frame, pattern::of(version)), version, quad))
    };
    let of_seen = seen.iter().flat_map(|&quad| (1..=MAX_VERSION).map(move |version| (version, quad)));
    let of_triples = triples.iter().flat_map(Triple::versions);
    let mut likely: Vec<_> = of_seen.chain(of_triples).filter_map(score).collect();
    if likely.iter().all(|(score, ..)| *score < LIKELY) {
        for triple in finders.iter().flat_map(|middles| triple::steep(middles, STEEP_OF_OTHERS)) {
            likely.extend(triple.all_versions().filter_map(score));
        }
    }
    likely.retain(|(score, ..)| *score >= LEAST_STRAIGHT);
    likely.sort_by(|a, b| b.0.total_cmp(&a.0));
    likely.into_iter().map(|(_, version, quad)| (version, quad)).collect()
}

/// Reads anybody's code at a place that may be one of so many modules.
pub(super) fn read_any(frame: &Luma, quad: &Quad, version: usize, limit: &Limit) -> Option<Found> {
    let place = Place::of(frame, quad, version)?;
    let sight = place.sight(&place.fine);
    let coarse = Grid::straight().fitted(&place.sight(&place.soft));
    let flat = coarse.grid.fitted(&sight);
    if flat.score.abs() < LEAST_SCORE_OF_OTHERS {
        return None;
    }
    let read = |fit: Fit| {
        let symbol = sight.pattern.symbol;
        let mut looks = looks(&sight, fit).into_iter().take_while(|modules| any::has_format(symbol, modules));
        let modules = looks.find_map(|modules| any::read(symbol, &modules))?;
        let grid = rqrr::Grid::new(SimpleGrid::from_func(symbol.side, |x, y| modules[y * symbol.side + x]));
        let mut bytes = Vec::new();
        catch_unwind(AssertUnwindSafe(|| grid.decode_to(&mut bytes))).ok()?.ok()?;
        Some(Found { text: super::steep::text(bytes), corners: place.corners(fit.grid) })
    };
    read(flat).or_else(|| place.on_curved_surfaces(coarse.grid, flat, limit).into_iter().find_map(read))
}

/// A candidate straightened, in two degrees of blur.
struct Place {
    projection: Projection,
    pattern: &'static Pattern,
    fine: Patch,
    soft: Patch,
    glare: Option<Patch>,
}

impl Place {
    fn of(frame: &Luma, quad: &Quad, version: usize) -> Option<Self> {
        let (projection, pattern) = (Projection::to(quad)?, pattern::of(version));
        let patch = Patch::of(frame, quad, &projection, pattern.symbol.side)?;
        count(patch.pixels(), PER_PIXEL);
        let (fine, soft) = (patch.blurred(patch.module / 4), patch.blurred(patch.module / 2));
        Some(Self { projection, pattern, fine, soft, glare: patch.glare() })
    }

    fn sight<'s>(&'s self, patch: &'s Patch) -> Sight<'s> {
        Sight { patch, pattern: self.pattern, glare: self.glare.as_ref() }
    }

    /// The corners of a fitted code in pixels of the frame.
    fn corners(&self, grid: Grid) -> Quad {
        let place = |(u, v): (f32, f32)| {
            let [u, v] = grid.at(u, v);
            self.projection.at(u, v)
        };
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(place)
    }

    /// Fits that are not flat, the best first: a bend, and a roll around either axis. What is bent strongly is lost to
    /// a flat grid, and is followed from the blurred picture on.
    fn on_curved_surfaces(&self, coarse: Grid, flat: Fit, limit: &Limit) -> Vec<Fit> {
        if flat.score.abs() > GOOD_SCORE || !limit.is_left() {
            return Vec::new();
        }
        let (soft, fine) = (self.sight(&self.soft), self.sight(&self.fine));
        let followed = |grid: Grid| grid.fitted(&soft).grid.fitted(&fine);
        let mut fits = vec![flat.grid.bent().fitted(&fine)];
        if flat.score.abs() < CURVED_SCORE {
            let grids = [coarse.bent(), coarse.rolled(0.0), coarse.rolled(FRAC_PI_2)];
            fits.extend(grids.map(followed));
        }
        fits.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()));
        fits.truncate(MOST_CURVED);
        fits
    }
}

/// Ways to tell dark from light there, one after the other.
fn looks(sight: &Sight, Fit { grid, score }: Fit) -> impl IntoIterator<Item = Vec<f32>> {
    count(sight.pattern.wide().pow(2), PER_MODULE);
    let sampled = Sampled::of(sight, &grid);
    let level = sampled.level();
    let local = sampled.local(score.signum());
    (0..6).map(move |look| {
        let soft = match look {
            0 => level.clone(),
            1 => level.sharpened(),
            2 => local.clone(),
            3 => local.sharpened(),
            4 => sampled.without_glare(&level),
            _ => sampled.without_glare(&local),
        };
        soft.modules()
    })
}

fn read_fitted(sight: &Sight, fit: Fit) -> Option<String> {
    looks(sight, fit).into_iter().find_map(|modules| code27::read(&modules))
}

/// Adds the frame to what is remembered of this place, and reads that.
fn read_remembered(sight: &Sight, Fit { grid, .. }: Fit, place: Quad, memory: &mut Option<Memory>) -> Option<String> {
    let sampled = Sampled::of(sight, &grid);
    let level = sampled.level();
    let Some(known) = memory.as_mut().filter(|memory| memory.is_at(&place)) else {
        *memory = Some(Memory::of(place, &sampled, &level));
        return None;
    };
    known.add(place, &sampled, &level);
    let mean = known.mean(&level);
    code27::read(&mean.modules()).or_else(|| code27::read(&mean.sharpened().modules()))
}
