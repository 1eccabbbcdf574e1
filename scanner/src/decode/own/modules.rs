//! From a patch and a grid to soft modules, plain and with the blur taken out.
//!
//! Pure. The blur is learnt from the modules that are the same in every code, and undone under the condition that
//! a module is dark or light and not beyond.

use super::code27::Modules;
use super::grid::Grid;
use super::patch::Patch;
use super::symbol::{self, MODULES, SIDE, SYMBOL};

/// Modules around the code that are looked at.
const RING: usize = 2;
pub(super) const WIDE: usize = SIDE + 2 * RING;
/// Light from which on, and up to which, a camera tells no difference.
const CLIPPED: (f32, f32) = (0.01, 0.98);
/// What is left of a module that says nothing: its sign.
const FAINT: f32 = 0.02;
/// Samples on a side of a module, and how much of it they cover.
const SAMPLES: usize = 3;
const INNER: f32 = 0.5;
/// Reach of the blur, in modules.
const REACH: usize = 1;
const TAPS: usize = (2 * REACH + 1) * (2 * REACH + 1);
/// Steps of the undoing.
const ROUNDS: usize = 40;
/// How strongly the blur is held to be none.
const RIDGE: f64 = 0.5;

/// Light as it was sampled, with a ring around the code: 0 black to 1 white.
pub(super) struct Sampled([f32; WIDE * WIDE]);

impl Sampled {
    /// The inner part of each module.
    pub(super) fn of(patch: &Patch, grid: &Grid) -> Self {
        let mut light = [0.0; WIDE * WIDE];
        let coordinate = |index: usize, sample: usize| {
            let within = ((sample as f32 + 0.5) / SAMPLES as f32 - 0.5) * INNER;
            (index as f32 - RING as f32 + 0.5 + within) * 2.0 / SIDE as f32 - 1.0
        };
        for (row, column) in (0..WIDE).flat_map(|row| (0..WIDE).map(move |column| (row, column))) {
            let mut sum = 0.0;
            for (j, i) in (0..SAMPLES).flat_map(|j| (0..SAMPLES).map(move |i| (j, i))) {
                let [x, y] = grid.at(coordinate(column, i), coordinate(row, j));
                sum += patch.at(x, y);
            }
            light[row * WIDE + column] = sum / (SAMPLES * SAMPLES) as f32;
        }
        Self(light)
    }

    /// Whether the light of a module is at an end of what the camera can tell: glare, or a bright screen.
    pub(super) fn is_clipped(&self, at: usize) -> bool {
        self.0[at] <= CLIPPED.0 || self.0[at] >= CLIPPED.1
    }

    /// The same, with what glare may hide made faint, so that it is erased first.
    pub(super) fn without_glare(&self, soft: &Soft) -> Soft {
        Soft::of(|at| if self.0[at] >= CLIPPED.1 { FAINT * soft.0[at] } else { soft.0[at] })
    }

    /// Darkness about ±1, from a level and a contrast that the fixed modules give, the level sloping over the code.
    pub(super) fn level(&self) -> Soft {
        // light = p·[1, u, v, dark] by least squares over the fixed modules.
        let mut normal = [[0.0_f64; 5]; 4];
        for (row, column, dark) in fixed() {
            let unknowns = [1.0, slope(column), slope(row), dark];
            let light = f64::from(self.0[row * WIDE + column]);
            for (j, line) in normal.iter_mut().enumerate() {
                for (value, other) in line.iter_mut().zip(unknowns.iter().chain([&light])) {
                    *value += unknowns[j] * other;
                }
            }
        }
        let [level, across, down, contrast] = solved(normal);
        let contrast = if contrast.abs() < 1e-3 { 1e-3 } else { contrast };
        Soft(std::array::from_fn(|at| {
            let expected = level + across * slope(at % WIDE) + down * slope(at / WIDE);
            ((f64::from(self.0[at]) - expected) / contrast) as f32
        }))
    }

    /// The same against the darkest and the lightest nearby: for shadows and glare.
    pub(super) fn local(&self, polarity: f32) -> Soft {
        const NEAR: usize = 3;
        let (mut dark, mut light) = ([0.0; WIDE * WIDE], [0.0; WIDE * WIDE]);
        for at in 0..WIDE * WIDE {
            let (row, column) = (at / WIDE, at % WIDE);
            let mut near: Vec<f32> = Vec::with_capacity(49);
            for y in row.saturating_sub(NEAR)..=(row + NEAR).min(WIDE - 1) {
                near.extend(&self.0[y * WIDE + column.saturating_sub(NEAR)..=y * WIDE + (column + NEAR).min(WIDE - 1)]);
            }
            near.sort_unstable_by(f32::total_cmp);
            dark[at] = near[near.len() / 8];
            light[at] = near[near.len() - 1 - near.len() / 8];
        }
        let global = 0.5 * mean_difference(&light, &dark);
        Soft(std::array::from_fn(|at| {
            let middle = (light[at] + dark[at]) / 2.0;
            let half = ((light[at] - dark[at]) / 2.0).max(0.35 * global).max(1e-3);
            polarity * (middle - self.0[at]) / half
        }))
    }
}

fn mean_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a - b).sum::<f32>() / a.len() as f32
}

/// Position in the code, -1 to 1, for the slope of the light.
fn slope(index: usize) -> f64 {
    (index as f64 - (WIDE / 2) as f64) / (WIDE / 2) as f64
}

/// The fixed modules in wide coordinates, 1 dark, -1 light.
fn fixed() -> impl Iterator<Item = (usize, usize, f64)> {
    SYMBOL.fixed.iter().enumerate().filter_map(|(module, dark)| {
        Some((module / SIDE + RING, module % SIDE + RING, if (*dark)? { 1.0 } else { -1.0 }))
    })
}

/// Darkness, about -1 to 1, with the ring around the code.
#[derive(Clone)]
pub(super) struct Soft([f32; WIDE * WIDE]);

impl Soft {
    pub(super) fn of(value: impl FnMut(usize) -> f32) -> Self {
        Self(std::array::from_fn(value))
    }

    /// The value of a module, counted with the ring.
    pub(super) fn at(&self, at: usize) -> f32 {
        self.0[at]
    }

    /// The code's own modules.
    pub(super) fn modules(&self) -> Modules {
        std::array::from_fn(|module| self.0[(module / SIDE + RING) * WIDE + module % SIDE + RING])
    }

    /// With the blur between neighbours taken out.
    pub(super) fn sharpened(&self) -> Self {
        let blur = self.blur();
        let mut sharp = self.clone();
        for value in &mut sharp.0 {
            *value = value.clamp(-1.0, 1.0);
        }
        let power: f32 = blur.iter().map(|tap| tap.abs()).sum::<f32>().powi(2).max(0.1);
        for _ in 0..ROUNDS {
            let blurred = convolved(&sharp.0, &blur, false);
            let mut error = [0.0; WIDE * WIDE];
            for (at, value) in error.iter_mut().enumerate() {
                *value = self.0[at] - blurred[at];
            }
            let back = convolved(&error, &blur, true);
            for (value, by) in sharp.0.iter_mut().zip(back) {
                *value = (*value + 1.6 * by / power).clamp(-1.0, 1.0);
            }
        }
        sharp
    }

    /// The taps of the blur, from the fixed modules whose neighbours are fixed too.
    fn blur(&self) -> [f32; TAPS] {
        let known = &*AROUND;
        let mut normal = vec![[0.0_f64; TAPS + 1]; TAPS];
        for (at, near) in known {
            for j in 0..TAPS {
                for i in 0..TAPS {
                    normal[j][i] += near[j] * near[i];
                }
                normal[j][TAPS] += near[j] * f64::from(self.0[*at]);
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

/// Modules whose whole neighbourhood is known: where, and how dark the neighbours are.
static AROUND: std::sync::LazyLock<Vec<(usize, [f64; TAPS])>> = std::sync::LazyLock::new(|| {
    let dark = |row: usize, column: usize| {
        let from_code = |c: usize| c as isize - RING as isize;
        symbol::known(from_code(row), from_code(column)).map(|dark| if dark { 1.0 } else { -1.0 })
    };
    let mut around = Vec::new();
    for module in 0..MODULES {
        let (row, column) = (module / SIDE + RING, module % SIDE + RING);
        let near: Option<Vec<f64>> = (0..TAPS)
            .map(|tap| {
                let (j, i) = (tap / (2 * REACH + 1), tap % (2 * REACH + 1));
                dark(row + j - REACH, column + i - REACH)
            })
            .collect();
        if let Some(near) = near {
            around.push((row * WIDE + column, near.try_into().expect("as many as taps")));
        }
    }
    around
});

fn convolved(values: &[f32; WIDE * WIDE], taps: &[f32; TAPS], turned: bool) -> [f32; WIDE * WIDE] {
    let mut sum = [0.0; WIDE * WIDE];
    for (tap, &weight) in taps.iter().enumerate() {
        let weight_at = if turned { TAPS - 1 - tap } else { tap };
        let (j, i) = (weight_at / (2 * REACH + 1), weight_at % (2 * REACH + 1));
        for row in 0..WIDE {
            let from = (row + j).saturating_sub(REACH).min(WIDE - 1);
            for column in 0..WIDE {
                let at = (column + i).saturating_sub(REACH).min(WIDE - 1);
                sum[row * WIDE + column] += weight * values[from * WIDE + at];
            }
        }
    }
    sum
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
