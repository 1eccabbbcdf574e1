//! Moves a grid until what is the same in every code fits the light of a patch.
//!
//! Lucas and Kanade, with Levenberg's damping.

use super::super::effort::count;
use super::grid::{CURVATURE, FLAT, Grid, PARAMETERS, Surface};
use super::likeness::Line;
use super::patch::Patch;
use super::pattern::Pattern;

/// Steps of one fit.
const STEPS: usize = 10;
/// How strongly a bend has to be worth it, and a roll.
const BEND_STIFFNESS: f64 = 2.2;
const ROLL_STIFFNESS: f64 = 1e-3;
/// Units that a point costs in one step.
const PER_POINT: u64 = 100;
/// A difference beyond this many times the mean one counts as something that lies over the code.
const OUTLIER: f32 = 2.5;

/// How a grid fits.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    pub grid: Grid,
    /// Correlation with what is known: 1 fits, -1 fits an inverted code.
    pub score: f32,
}

/// A patch, what is known of the codes that may be in it, and where glare hides it.
#[derive(Clone, Copy)]
pub(super) struct Sight<'s> {
    pub patch: &'s Patch,
    pub pattern: &'static Pattern,
    pub glare: Option<&'s Patch>,
}

impl Sight<'_> {
    /// 0 for a point in glare, else 1.
    fn weight(&self, at: [f32; 2]) -> f32 {
        self.glare.map_or(1.0, |glare| if glare.at(at) > 0.0 { 0.0 } else { 1.0 })
    }
}

impl Grid {
    /// Moves the grid until what is known fits a blurred patch best.
    pub(super) fn fitted(mut self, sight: &Sight) -> Fit {
        let mut damping = 1e-3;
        let mut best = self.compare(sight);
        for _ in 0..STEPS {
            count(sight.pattern.known.len(), PER_POINT);
            let Some(moved) = self.moved(sight, &best, damping) else { break };
            let compared = moved.compare(sight);
            if compared.cost < best.cost {
                let gain = (best.cost - compared.cost) / best.cost;
                (self, best) = (moved, compared);
                damping = (damping / 4.0_f64).max(1e-6);
                if gain < 1e-3 {
                    break;
                }
            } else {
                damping *= 8.0;
                if damping > 10.0 {
                    break;
                }
            }
        }
        Fit { grid: self, score: best.correlation }
    }

    fn compare(&self, sight: &Sight) -> Comparison {
        let known = &sight.pattern.known;
        let seen = known.iter().map(|known| {
            let at = self.at(known.u, known.v);
            (known.dark, sight.patch.at(at), sight.weight(at))
        });
        let seen: Vec<(f32, f32, f32)> = seen.collect();
        let Line { level, slope, correlation, weight } = Line::through(seen.iter().copied());
        let n = weight.max(1.0);
        let errors: Vec<(f32, f32)> =
            seen.iter().map(|&(dark, light, weight)| (light - level - slope * dark, weight)).collect();
        let mean = errors.iter().map(|(e, weight)| weight * e.abs()).sum::<f32>() / n;
        let limit = OUTLIER * mean;
        let cost = errors
            .iter()
            .map(|(e, weight)| weight * if e.abs() < limit { e * e } else { limit * (2.0 * e.abs() - limit) });
        // Relative to the contrast: a grid that shrinks onto something flat is no fit.
        let cost = cost.sum::<f32>() / (n * slope * slope).max(1e-9);
        Comparison { errors, slope, limit, cost, correlation }
    }

    fn moved(&self, sight: &Sight, compared: &Comparison, damping: f64) -> Option<Self> {
        let count = self.surface.parameters();
        let mut normal = [[0.0_f64; PARAMETERS]; PARAMETERS];
        let mut right = [0.0_f64; PARAMETERS];
        // What is curved costs more, and half of the points say well enough where to go.
        let step_by = if self.surface == Surface::Flat { 1 } else { 2 };
        for (known, &(error, shown)) in sight.pattern.known.iter().zip(&compared.errors).step_by(step_by) {
            if shown == 0.0 {
                continue;
            }
            let [x, y] = self.at(known.u, known.v);
            let [dx, dy] = sight.patch.slopes([x, y]);
            let j = self.slopes(known, [x, y], [dx, dy]);
            let weight = if error.abs() < compared.limit { 1.0 } else { compared.limit / error.abs() };
            for row in 0..count {
                let wj = f64::from(weight * j[row]);
                right[row] -= wj * f64::from(error);
                for column in 0..=row {
                    normal[row][column] += wj * f64::from(j[column]);
                }
            }
        }
        let contrast = f64::from(compared.slope * compared.slope) * (sight.pattern.known.len() / step_by) as f64;
        let is_rolled = self.surface == Surface::Rolled;
        let stiffness = contrast * if is_rolled { ROLL_STIFFNESS } else { BEND_STIFFNESS };
        for row in 0..count {
            normal[row][row] *= 1.0 + damping;
            if row >= FLAT {
                // Held near to none; a roll's curvature and axis only where they are.
                let is_held_where_it_is = is_rolled && row >= CURVATURE;
                normal[row][row] += stiffness;
                right[row] -= if is_held_where_it_is { 0.0 } else { stiffness * f64::from(self.values[row]) };
            }
        }
        let by = solve(&mut normal, right, count)?;
        let mut moved = *self;
        for (parameter, by) in moved.values.iter_mut().zip(by) {
            *parameter += by as f32;
        }
        let flat_enough = moved.values[6].abs() + moved.values[7].abs() < 0.8;
        let rolls_little = self.surface != Surface::Rolled || moved.values[CURVATURE].abs() < 1.5;
        (flat_enough && rolls_little).then_some(moved)
    }
}

struct Comparison {
    /// Of each point: how far its light is off, and whether it is seen at all, 0 or 1.
    errors: Vec<(f32, f32)>,
    slope: f32,
    limit: f32,
    cost: f32,
    correlation: f32,
}

/// Cholesky's decomposition of the lower half, in place.
fn solve(
    normal: &mut [[f64; PARAMETERS]; PARAMETERS],
    right: [f64; PARAMETERS],
    count: usize,
) -> Option<[f64; PARAMETERS]> {
    for row in 0..count {
        for column in 0..=row {
            let sum: f64 = (0..column).map(|k| normal[row][k] * normal[column][k]).sum();
            let rest = normal[row][column] - sum;
            if row == column {
                if rest <= 1e-12 {
                    return None;
                }
                normal[row][row] = rest.sqrt();
            } else {
                normal[row][column] = rest / normal[column][column];
            }
        }
    }
    let mut x = right;
    for row in 0..count {
        let sum: f64 = (0..row).map(|k| normal[row][k] * x[k]).sum();
        x[row] = (x[row] - sum) / normal[row][row];
    }
    for row in (0..count).rev() {
        let sum: f64 = (row + 1..count).map(|k| normal[k][row] * x[k]).sum();
        x[row] = (x[row] - sum) / normal[row][row];
    }
    Some(x)
}
