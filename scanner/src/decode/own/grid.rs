//! Where the modules lie in a patch: a projective map of a surface that is flat, bent, or rolled up. Pure.
//!
//! Curled paper and wide lenses are what a bend is for, cups what a roll is for. [`super::fit`] moves it.

use super::pattern::Known;

/// Most numbers of a map: eight of the projection, ten of a bend.
pub(super) const PARAMETERS: usize = 18;
pub(super) const FLAT: usize = 8;
const ROLLED: usize = 13;
/// Where those of a roll begin: how its depth is projected (three), its curvature, and the direction of its axis.
pub(super) const CURVATURE: usize = 11;
const AXIS: usize = 12;
/// The curvature that a roll begins with: the angle at the edge, in radians.
const ROLLED_BY: f32 = 0.6;

/// What a code lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    Flat,
    Bent,
    Rolled,
}

impl Surface {
    /// Numbers of a map of it.
    pub(super) fn parameters(self) -> usize {
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
    pub surface: Surface,
    pub values: [f32; PARAMETERS],
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

    /// How the light at a known point, which lies at `[x, y]` and has slopes `[dx, dy]` there, changes with each number
    /// of the map.
    pub(super) fn slopes(&self, known: &Known, [x, y]: [f32; 2], [dx, dy]: [f32; 2]) -> [f32; PARAMETERS] {
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
