//! Where the modules lie in a patch: a projective map with a bend, fitted to what is the same in every code.
//!
//! Finders, separators, timing and the white around them are known; the map is moved until they fit (Lucas and
//! Kanade, with Levenberg's damping). Curled paper and wide lenses are what the bend is for.

use std::sync::LazyLock;

use super::patch::{HALF, MIDDLE, Patch};
use super::symbol::{self, SIDE};

/// Numbers of the map: eight of the projection, ten of the bend.
const PARAMETERS: usize = 18;
const FLAT: usize = 8;
/// Steps of one fit.
const STEPS: usize = 10;
/// How strongly a bend has to be worth it.
const STIFFNESS: f64 = 0.02;
/// A difference beyond this many times the mean one counts as something that lies over the code.
const OUTLIER: f32 = 2.5;

/// A map of the code's square [-1, 1]² to pixels of the patch.
#[derive(Clone, Copy)]
pub(super) struct Grid([f32; PARAMETERS]);

/// How a grid fits.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    pub grid: Grid,
    /// Correlation with what is known: 1 fits, -1 fits an inverted code.
    pub score: f32,
}

/// A point whose darkness is known.
struct Known {
    u: f32,
    v: f32,
    /// 1 dark, -1 light, between at an edge.
    dark: f32,
}

/// Every half module whose surroundings are known.
static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let side = SIDE as isize;
    let module = |row, column| symbol::known(row, column).map(|dark| if dark { 1.0 } else { -1.0 });
    let mut known = Vec::new();
    for (j, i) in (-1..=2 * side + 1).flat_map(|j| (-1..=2 * side + 1).map(move |i| (j, i))) {
        // Position in half modules; an even one is an edge between two modules, an odd one a middle.
        let span = |half: isize| if half % 2 == 0 { [half / 2 - 1, half / 2] } else { [half.div_euclid(2); 2] };
        let values = span(j).into_iter().flat_map(|row| span(i).into_iter().map(move |column| module(row, column)));
        let sum: Option<f32> = values.sum();
        if let Some(sum) = sum {
            let coordinate = |half: isize| half as f32 / side as f32 - 1.0;
            known.push(Known { u: coordinate(i), v: coordinate(j), dark: sum / 4.0 });
        }
    }
    known
});

impl Grid {
    /// The patch as it was straightened.
    pub(super) fn straight() -> Self {
        Self([HALF, 0.0, MIDDLE, 0.0, HALF, MIDDLE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    /// Where a point of the code lies in the patch.
    pub(super) fn at(&self, u: f32, v: f32) -> [f32; 2] {
        let [a, b, c, d, e, f, g, h, x0, x1, x2, x3, x4, y0, y1, y2, y3, y4] = self.0;
        let w = 1.0 + g * u + h * v;
        // On a cylinder modules grow narrow towards both edges: that is what the cubes are for.
        let bend = |k: [f32; 5]| (k[0] + k[3] * u) * u * u + k[1] * u * v + (k[2] + k[4] * v) * v * v;
        let (x, y) = (bend([x0, x1, x2, x3, x4]), bend([y0, y1, y2, y3, y4]));
        [(a * u + b * v + c + x) / w, (d * u + e * v + f + y) / w]
    }

    /// Moves the grid until what is known fits a blurred patch best.
    pub(super) fn fitted(mut self, patch: &Patch, bent: bool) -> Fit {
        let count = if bent { PARAMETERS } else { FLAT };
        let mut damping = 1e-3;
        let mut best = self.compare(patch);
        for _ in 0..STEPS {
            let Some(moved) = self.moved(patch, &best, count, damping) else { break };
            let compared = moved.compare(patch);
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

    /// How well known modules fit where `light` says how light a point of the patch is.
    pub(super) fn score(&self, light: impl Fn([f32; 2]) -> f32) -> f32 {
        let light: Vec<f32> = KNOWN.iter().map(|known| light(self.at(known.u, known.v))).collect();
        Line::through(&light).correlation
    }

    fn compare(&self, patch: &Patch) -> Comparison {
        let light: Vec<f32> = KNOWN
            .iter()
            .map(|known| {
                let [x, y] = self.at(known.u, known.v);
                patch.at(x, y)
            })
            .collect();
        let Line { level, slope, correlation } = Line::through(&light);
        let n = KNOWN.len() as f32;
        let errors: Vec<f32> =
            light.iter().zip(KNOWN.iter()).map(|(l, known)| l - level - slope * known.dark).collect();
        let mean = errors.iter().map(|e| e.abs()).sum::<f32>() / n;
        let limit = OUTLIER * mean;
        let cost = errors.iter().map(|e| if e.abs() < limit { e * e } else { limit * (2.0 * e.abs() - limit) });
        // Relative to the contrast: a grid that shrinks onto something flat is no fit.
        let cost = cost.sum::<f32>() / (n * slope * slope).max(1e-9);
        Comparison { errors, slope, limit, cost, correlation }
    }

    fn moved(&self, patch: &Patch, compared: &Comparison, count: usize, damping: f64) -> Option<Self> {
        let mut normal = [[0.0_f64; PARAMETERS]; PARAMETERS];
        let mut right = [0.0_f64; PARAMETERS];
        let (g, h) = (self.0[6], self.0[7]);
        for (known, error) in KNOWN.iter().zip(&compared.errors) {
            let (u, v) = (known.u, known.v);
            let [x, y] = self.at(u, v);
            let dx = patch.at(x + 1.0, y) - patch.at(x - 1.0, y);
            let dy = patch.at(x, y + 1.0) - patch.at(x, y - 1.0);
            let w = 2.0 * (1.0 + g * u + h * v);
            let (px, py) = (dx / w, dy / w);
            let s = -(px * x + py * y);
            let (uu, uv, vv) = (u * u, u * v, v * v);
            let j = [
                px * u,
                px * v,
                px,
                py * u,
                py * v,
                py,
                s * u,
                s * v,
                px * uu,
                px * uv,
                px * vv,
                px * uu * u,
                px * vv * v,
                py * uu,
                py * uv,
                py * vv,
                py * uu * u,
                py * vv * v,
            ];
            let weight = if error.abs() < compared.limit { 1.0 } else { compared.limit / error.abs() };
            for row in 0..count {
                let wj = f64::from(weight * j[row]);
                right[row] -= wj * f64::from(*error);
                for column in 0..=row {
                    normal[row][column] += wj * f64::from(j[column]);
                }
            }
        }
        let contrast = f64::from(compared.slope * compared.slope) * KNOWN.len() as f64;
        for row in 0..count {
            normal[row][row] *= 1.0 + damping;
            if row >= FLAT {
                normal[row][row] += STIFFNESS * contrast / 64.0;
                right[row] -= STIFFNESS * contrast / 64.0 * f64::from(self.0[row]);
            }
        }
        let step = solve(&mut normal, right, count)?;
        let mut moved = *self;
        for (parameter, by) in moved.0.iter_mut().zip(step) {
            *parameter += by as f32;
        }
        let flat_enough = moved.0[6].abs() + moved.0[7].abs() < 0.8;
        flat_enough.then_some(moved)
    }
}

/// Light is `level + slope × dark` where a grid fits; both are found by regression.
struct Line {
    level: f32,
    slope: f32,
    correlation: f32,
}

impl Line {
    /// `light` is that of all [`KNOWN`] points.
    fn through(light: &[f32]) -> Self {
        let n = KNOWN.len() as f32;
        let (mut sl, mut sd, mut sll, mut sdd, mut sld) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (l, known) in light.iter().zip(KNOWN.iter()) {
            sl += l;
            sd += known.dark;
            sll += l * l;
            sdd += known.dark * known.dark;
            sld += l * known.dark;
        }
        let (vl, vd, c) = (sll - sl * sl / n, sdd - sd * sd / n, sld - sl * sd / n);
        let slope = c / vd;
        let correlation = if vl > 1e-6 { -c / (vl * vd).sqrt() } else { 0.0 };
        Self { level: (sl - slope * sd) / n, slope, correlation }
    }
}

struct Comparison {
    errors: Vec<f32>,
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
