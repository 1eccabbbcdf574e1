//! From a patch and a grid to soft modules, plain and with the blur taken out.
//!
//! Pure. The blur is learnt from the modules that are the same in every code, and undone under the condition that
//! a module is dark or light and not beyond.

use super::fit::Sight;
use super::grid::Grid;
use super::pattern::{Pattern, REACH, RING, TAPS};

/// Light from which on, and up to which, a camera tells no difference.
const CLIPPED: (f32, f32) = (0.01, 0.98);
/// What is left of a module that says nothing: its sign.
const FAINT: f32 = 0.02;
/// Lightness from which on a lamp is near, where white is 1; and darkness that no lamp makes.
const WHITER: f32 = 1.4;
const SURELY_DARK: f32 = 0.4;
/// Samples on a side of a module, and how much of it they cover.
const SAMPLES: usize = 3;
const INNER: f32 = 0.5;
/// Steps of the undoing.
const ROUNDS: usize = 40;
/// How strongly the blur is held to be none.
const RIDGE: f64 = 0.5;

/// Light as it was sampled, with a ring around the code: 0 black to 1 white.
pub(super) struct Sampled {
    pattern: &'static Pattern,
    /// Modules on a side, with the ring.
    wide: usize,
    light: Vec<f32>,
    /// Whether glare lies over a module.
    hidden: Vec<bool>,
}

impl Sampled {
    /// The inner part of each module.
    pub(super) fn of(sight: &Sight, grid: &Grid) -> Self {
        let (pattern, wide, side) = (sight.pattern, sight.pattern.wide(), sight.pattern.symbol.side);
        let coordinate =
            |index: usize, within: f32| (index as f32 - RING as f32 + 0.5 + within) * 2.0 / side as f32 - 1.0;
        let part = |sample: usize| ((sample as f32 + 0.5) / SAMPLES as f32 - 0.5) * INNER;
        let sample = |at: usize| {
            let (row, column) = (at / wide, at % wide);
            let mut sum = 0.0;
            for (j, i) in (0..SAMPLES).flat_map(|j| (0..SAMPLES).map(move |i| (j, i))) {
                sum += sight.patch.at(grid.at(coordinate(column, part(i)), coordinate(row, part(j))));
            }
            sum / (SAMPLES * SAMPLES) as f32
        };
        let middle = |at: usize| grid.at(coordinate(at % wide, 0.0), coordinate(at / wide, 0.0));
        let hidden = match sight.glare {
            Some(glare) => (0..wide * wide).map(|at| glare.at(middle(at)) > 0.0).collect(),
            None => vec![false; wide * wide],
        };
        Self { pattern, wide, light: (0..wide * wide).map(sample).collect(), hidden }
    }

    /// What the light of a module counts over frames: little at an end of what the camera can tell, and near a lamp.
    pub(super) fn weight(&self, soft: &Soft, at: usize) -> f32 {
        if self.light[at] <= CLIPPED.0 { FAINT } else { self.trust(soft, at) }
    }

    /// The same, with what a lamp may hide made faint, so that it is erased first.
    pub(super) fn without_glare(&self, soft: &Soft) -> Soft {
        soft.with(|at| {
            let (value, trust) = (soft.values[at], self.trust(soft, at));
            if trust < 1.0 { trust * value.signum() } else { value }
        })
    }

    /// 1 for a module that no lamp is near. A lamp makes what lies around it lighter than white, and what is dark in
    /// that is dark.
    fn trust(&self, soft: &Soft, at: usize) -> f32 {
        let wide = self.wide;
        let near = |c: usize| c.saturating_sub(1)..=(c + 1).min(wide - 1);
        let around = near(at / wide).flat_map(|row| near(at % wide).map(move |column| row * wide + column));
        let excess = around.map(|at| -soft.values[at]).fold(0.0, f32::max) - WHITER;
        let is_lit = excess > 0.0 && soft.values[at] < SURELY_DARK;
        if is_lit || self.hidden[at] || self.light[at] >= CLIPPED.1 { FAINT / (1.0 + excess.max(0.0)) } else { 1.0 }
    }

    /// Darkness about ±1, from a level and a contrast that the fixed modules give, the level sloping over the code.
    pub(super) fn level(&self) -> Soft {
        let wide = self.wide;
        // light = p·[1, u, v, dark] by least squares over the fixed modules that are seen.
        let mut normal = [[0.0_f64; 5]; 4];
        for (row, column, dark) in self.pattern.fixed().filter(|&(row, column, _)| !self.hidden[row * wide + column]) {
            let unknowns = [1.0, self.slope(column), self.slope(row), dark];
            let light = f64::from(self.light[row * wide + column]);
            for (j, line) in normal.iter_mut().enumerate() {
                for (value, other) in line.iter_mut().zip(unknowns.iter().chain([&light])) {
                    *value += unknowns[j] * other;
                }
            }
        }
        let [level, across, down, contrast] = solved(normal);
        let contrast = if contrast.abs() < 1e-3 { 1e-3 } else { contrast };
        let darkness = |(at, &light): (usize, &f32)| {
            let expected = level + across * self.slope(at % wide) + down * self.slope(at / wide);
            ((f64::from(light) - expected) / contrast) as f32
        };
        Soft { pattern: self.pattern, values: self.light.iter().enumerate().map(darkness).collect() }
    }

    /// The same against the darkest and the lightest nearby: for shadows and glare.
    pub(super) fn local(&self, polarity: f32) -> Soft {
        const NEAR: usize = 3;
        let wide = self.wide;
        let (mut dark, mut light) = (vec![0.0; wide * wide], vec![0.0; wide * wide]);
        let mut near: Vec<f32> = Vec::with_capacity((2 * NEAR + 1) * (2 * NEAR + 1));
        for at in 0..wide * wide {
            let (row, column) = (at / wide, at % wide);
            near.clear();
            for y in row.saturating_sub(NEAR)..=(row + NEAR).min(wide - 1) {
                let line = y * wide + column.saturating_sub(NEAR)..=y * wide + (column + NEAR).min(wide - 1);
                near.extend(line.filter(|&at| !self.hidden[at]).map(|at| self.light[at]));
            }
            if near.is_empty() {
                (dark[at], light[at]) = (self.light[at], self.light[at]);
                continue;
            }
            let part = near.len() / 8;
            let (_, low, rest) = near.select_nth_unstable_by(part, f32::total_cmp);
            dark[at] = *low;
            let high = rest.len().checked_sub(1 + part);
            light[at] = high.map_or(*low, |high| *rest.select_nth_unstable_by(high, f32::total_cmp).1);
        }
        let global = 0.5 * mean_difference(&light, &dark);
        let darkness = |(at, &seen): (usize, &f32)| {
            let middle = (light[at] + dark[at]) / 2.0;
            let half = ((light[at] - dark[at]) / 2.0).max(0.35 * global).max(1e-3);
            polarity * (middle - seen) / half
        };
        Soft { pattern: self.pattern, values: self.light.iter().enumerate().map(darkness).collect() }
    }

    /// Position in the code, -1 to 1, for the slope of the light.
    fn slope(&self, index: usize) -> f64 {
        let half = (self.wide / 2) as f64;
        (index as f64 - half) / half
    }
}

fn mean_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a - b).sum::<f32>() / a.len() as f32
}

/// Darkness, about -1 to 1, with the ring around the code.
#[derive(Clone)]
pub(super) struct Soft {
    pattern: &'static Pattern,
    values: Vec<f32>,
}

impl Soft {
    /// Others of the same pattern.
    pub(super) fn with(&self, value: impl Fn(usize) -> f32) -> Self {
        Self { pattern: self.pattern, values: (0..self.values.len()).map(value).collect() }
    }

    /// Modules in all, with the ring.
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    /// The value of a module, counted with the ring.
    pub(super) fn at(&self, at: usize) -> f32 {
        self.values[at]
    }

    /// The code's own modules.
    pub(super) fn modules(&self) -> Vec<f32> {
        let side = self.pattern.symbol.side;
        (0..side * side)
            .map(|module| self.values[(module / side + RING) * (side + 2 * RING) + module % side + RING])
            .collect()
    }

    /// With the blur between neighbours taken out.
    pub(super) fn sharpened(&self) -> Self {
        let blur = self.blur();
        let wide = self.pattern.wide();
        let mut sharp = self.with(|at| self.values[at].clamp(-1.0, 1.0));
        let power: f32 = blur.iter().map(|tap| tap.abs()).sum::<f32>().powi(2).max(0.1);
        for _ in 0..ROUNDS {
            let mut error = convolved(&sharp.values, wide, &blur, false);
            for (value, seen) in error.iter_mut().zip(&self.values) {
                *value = seen - *value;
            }
            let back = convolved(&error, wide, &blur, true);
            for (value, by) in sharp.values.iter_mut().zip(back) {
                *value = (*value + 1.6 * by / power).clamp(-1.0, 1.0);
            }
        }
        sharp
    }

    /// The taps of the blur, from the fixed modules whose neighbours are fixed too.
    fn blur(&self) -> [f32; TAPS] {
        let mut normal = vec![[0.0_f64; TAPS + 1]; TAPS];
        for (at, near) in &self.pattern.around {
            for j in 0..TAPS {
                for i in 0..TAPS {
                    normal[j][i] += near[j] * near[i];
                }
                normal[j][TAPS] += near[j] * f64::from(self.values[*at]);
            }
        }
        for (tap, line) in normal.iter_mut().enumerate() {
            line[tap] += RIDGE;
            line[TAPS] += if tap == TAPS / 2 { RIDGE } else { 0.0 };
        }
        let lines: [[f64; TAPS + 1]; TAPS] = normal.try_into().expect("as many lines as taps");
        solved(lines).map(|tap| tap as f32)
    }
}

/// Each value as the weighted sum of itself and its neighbours; beyond the edge lies what lies at it.
fn convolved(values: &[f32], wide: usize, taps: &[f32; TAPS], turned: bool) -> Vec<f32> {
    let padded = padded(values, wide);
    let mut sum = vec![0.0; wide * wide];
    for (tap, &weight) in taps.iter().enumerate() {
        let from = if turned { TAPS - 1 - tap } else { tap };
        let (j, i) = (from / (2 * REACH + 1), from % (2 * REACH + 1));
        let rows = padded.chunks_exact(wide + 2 * REACH).skip(j);
        for (line, row) in sum.chunks_exact_mut(wide).zip(rows) {
            for (value, near) in line.iter_mut().zip(&row[i..]) {
                *value += weight * near;
            }
        }
    }
    sum
}

/// The same with what lies at the edge repeated beyond it.
fn padded(values: &[f32], wide: usize) -> Vec<f32> {
    let mut padded = Vec::with_capacity((wide + 2 * REACH).pow(2));
    for row in 0..wide + 2 * REACH {
        let line = &values[row.saturating_sub(REACH).min(wide - 1) * wide..][..wide];
        padded.extend([line[0]; REACH]);
        padded.extend_from_slice(line);
        padded.extend([line[wide - 1]; REACH]);
    }
    padded
}

/// Gauss's elimination; an equation that says nothing gives 0.
fn solved<const N: usize, const M: usize>(mut lines: [[f64; M]; N]) -> [f64; N] {
    for pivot in 0..N {
        let best = (pivot..N).max_by(|&a, &b| lines[a][pivot].abs().total_cmp(&lines[b][pivot].abs()));
        lines.swap(pivot, best.unwrap_or(pivot));
        let lead = lines[pivot][pivot];
        if lead.abs() < 1e-12 {
            continue;
        }
        for row in 0..N {
            if row != pivot {
                let factor = lines[row][pivot] / lead;
                for column in pivot..M {
                    lines[row][column] -= factor * lines[pivot][column];
                }
            }
        }
    }
    std::array::from_fn(|row| if lines[row][row].abs() < 1e-12 { 0.0 } else { lines[row][M - 1] / lines[row][row] })
}
