//! Where the modules lie in a patch: a projective map of a surface that is flat, bent, or rolled up, fitted to what is
//! the same in every code.
//!
//! Finders, separators, timing and the white around them are known; the map is moved until they fit (Lucas and
//! Kanade, with Levenberg's damping). Curled paper and wide lenses are what a bend is for, cups what a roll is for.

use super::patch::Patch;
use super::pattern::{Known, Pattern};

/// Most numbers of a map: eight of the projection, ten of a bend.
const PARAMETERS: usize = 18;
const FLAT: usize = 8;
const ROLLED: usize = 13;
/// Where those of a roll begin: how its depth is projected (three), its curvature, and the direction of its axis.
const CURVATURE: usize = 11;
const AXIS: usize = 12;
/// The curvature that a roll begins with: the angle at the edge, in radians.
const ROLLED_BY: f32 = 0.6;
/// Steps of one fit.
const STEPS: usize = 10;
/// How strongly a bend has to be worth it, and a roll.
const BEND_STIFFNESS: f64 = 2.2;
const ROLL_STIFFNESS: f64 = 1e-3;
/// A difference beyond this many times the mean one counts as something that lies over the code.
const OUTLIER: f32 = 2.5;

/// What a code lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surface {
    Flat,
    Bent,
    Rolled,
}

impl Surface {
    fn parameters(self) -> usize {
        match self {
            Self::Flat => FLAT,
            Self::Bent => PARAMETERS,
            Self::Rolled => ROLLED,
        }
    }
}

/// A map of the code's square [-1, 1]² to that of the patch.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    surface: Surface,
    values: [f32; PARAMETERS],
}

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
    /// The patch as it was straightened.
    pub(super) fn straight() -> Self {
        let mut values = [0.0; PARAMETERS];
        (values[0], values[4]) = (1.0, 1.0);
        Self { surface: Surface::Flat, values }
    }

    /// The same on another surface, which is flat as yet.
    fn on(mut self, surface: Surface) -> Self {
        self.values[FLAT..].fill(0.0);
        Self { surface, ..self }
    }

    /// The same with a bend that is none as yet; as it is where it is bent already.
    pub(super) fn bent(self) -> Self {
        if self.surface == Surface::Bent { self } else { self.on(Surface::Bent) }
    }

    /// The same rolled up a little around an axis that is turned so far from the code's columns, in radians.
    pub(super) fn rolled(self, axis: f32) -> Self {
        let mut rolled = self.on(Surface::Rolled);
        (rolled.values[CURVATURE], rolled.values[AXIS]) = (ROLLED_BY, axis);
        rolled
    }

    /// Where a point of the code lies in the patch.
    pub(super) fn at(&self, u: f32, v: f32) -> [f32; 2] {
        let [a, b, c, d, e, f, g, h, ..] = self.values;
        let [u, v, depth] = self.on_surface(u, v);
        let (x, y) = (a * u + b * v + c, d * u + e * v + f);
        let w = 1.0 + g * u + h * v;
        match self.surface {
            Surface::Flat => [x / w, y / w],
            Surface::Bent => {
                let [x0, x1, x2, x3, x4, y0, y1, y2, y3, y4] = self.bend();
                // On a cylinder modules grow narrow towards both edges: that is what the cubes are for.
                let bend = |k: [f32; 5]| (k[0] + k[3] * u) * u * u + k[1] * u * v + (k[2] + k[4] * v) * v * v;
                [(x + bend([x0, x1, x2, x3, x4])) / w, (y + bend([y0, y1, y2, y3, y4])) / w]
            }
            Surface::Rolled => {
                let [p, q, r, ..] = self.bend();
                let w = w + r * depth;
                [(x + p * depth) / w, (y + q * depth) / w]
            }
        }
    }

    fn bend(&self) -> [f32; PARAMETERS - FLAT] {
        std::array::from_fn(|index| self.values[FLAT + index])
    }

    /// A point of the code in space, on the surface: as it is, or rolled around the axis.
    fn on_surface(&self, u: f32, v: f32) -> [f32; 3] {
        if self.surface != Surface::Rolled {
            return [u, v, 0.0];
        }
        let curvature = self.values[CURVATURE].abs().max(1e-2);
        let (sine, cosine) = self.values[AXIS].sin_cos();
        let (across, along) = (u * cosine + v * sine, v * cosine - u * sine);
        let (s, c) = (curvature * across).sin_cos();
        let (across, depth) = (s / curvature, 2.0 * (1.0 - c) / (curvature * curvature));
        [across * cosine - along * sine, across * sine + along * cosine, depth]
    }

    /// Moves the grid until what is known fits a blurred patch best.
    pub(super) fn fitted(mut self, sight: &Sight) -> Fit {
        let mut damping = 1e-3;
        let mut best = self.compare(sight);
        for _ in 0..STEPS {
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
        let (patch, step) = (sight.patch, sight.patch.step());
        // What is curved costs more, and half of the points say well enough where to go.
        let step_by = if self.surface == Surface::Flat { 1 } else { 2 };
        for (known, &(error, shown)) in sight.pattern.known.iter().zip(&compared.errors).step_by(step_by) {
            if shown == 0.0 {
                continue;
            }
            let [x, y] = self.at(known.u, known.v);
            let dx = (patch.at([x + step, y]) - patch.at([x - step, y])) / (2.0 * step);
            let dy = (patch.at([x, y + step]) - patch.at([x, y - step])) / (2.0 * step);
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

    /// How the light at a known point, which lies at `[x, y]` and has slopes `[dx, dy]` there, changes with each number
    /// of the map.
    fn slopes(&self, known: &Known, [x, y]: [f32; 2], [dx, dy]: [f32; 2]) -> [f32; PARAMETERS] {
        let [u, v, depth] = self.on_surface(known.u, known.v);
        let w = 1.0
            + self.values[6] * u
            + self.values[7] * v
            + if self.surface == Surface::Rolled { self.values[FLAT + 2] * depth } else { 0.0 };
        let (px, py) = (dx / w, dy / w);
        let s = -(px * x + py * y);
        let mut j = [0.0; PARAMETERS];
        j[..FLAT].copy_from_slice(&[px * u, px * v, px, py * u, py * v, py, s * u, s * v]);
        match self.surface {
            Surface::Flat => {}
            Surface::Bent => {
                let bend = [u * u, u * v, v * v, u * u * u, v * v * v];
                j[FLAT..FLAT + 5].copy_from_slice(&bend.map(|value| px * value));
                j[FLAT + 5..].copy_from_slice(&bend.map(|value| py * value));
            }
            Surface::Rolled => {
                j[FLAT..CURVATURE].copy_from_slice(&[px * depth, py * depth, s * depth]);
                for parameter in [CURVATURE, AXIS] {
                    const BY: f32 = 1e-2;
                    let mut more = *self;
                    more.values[parameter] += BY;
                    let [mx, my] = more.at(known.u, known.v);
                    j[parameter] = (dx * (mx - x) + dy * (my - y)) / BY;
                }
            }
        }
        j
    }
}

/// How well known modules fit where `light` says how light a point of the code's square is, of 255: a quick look at some
/// of them. What is as bright as glare says nothing where it should be dark.
pub(super) fn score(pattern: &Pattern, light: impl Fn(f32, f32) -> f32) -> f32 {
    const BRIGHT: f32 = 251.0;
    let seen = pattern.known.iter().step_by(3).map(|known| {
        let light = light(known.u, known.v);
        let is_hidden = light > BRIGHT && known.dark > 0.0;
        (known.dark, light, if is_hidden { 0.0 } else { 1.0 })
    });
    Line::through(seen).correlation
}

/// Light is `level + slope × dark` where a grid fits; both are found by regression.
struct Line {
    level: f32,
    slope: f32,
    correlation: f32,
    /// Sum of all weights.
    weight: f32,
}

impl Line {
    /// Of darkness, light and weight of each point.
    fn through(points: impl Iterator<Item = (f32, f32, f32)>) -> Self {
        let (mut n, mut sl, mut sd, mut sll, mut sdd, mut sld) = (0.0_f32, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (dark, light, weight) in points {
            n += weight;
            sl += weight * light;
            sd += weight * dark;
            sll += weight * light * light;
            sdd += weight * dark * dark;
            sld += weight * light * dark;
        }
        let of = n.max(1.0);
        let (vl, vd, c) = (sll - sl * sl / of, sdd - sd * sd / of, sld - sl * sd / of);
        let slope = c / vd.max(1e-6);
        let correlation = if vl > 1e-6 && vd > 1e-6 { -c / (vl * vd).sqrt() } else { 0.0 };
        Self { level: (sl - slope * sd) / of, slope, correlation, weight: n }
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
