//! How well what is known of codes fits the light somewhere.

use super::super::effort::count;
use super::pattern::Pattern;
use super::projection::Projection;
use crate::frame::Luma;

/// Light from which on a dark point counts as hidden by a lamp.
const BRIGHT: f32 = 251.0;
/// Of the known points one in so many is looked at, and the units that this costs.
const ONE_IN: usize = 3;
const PER_POINT: u64 = 6;

/// Between the pixels of a frame and codes of a version at a place, 0 to 1: a quick look at some of the known points. What
/// is as bright as glare says nothing where it should be dark.
pub(super) fn of(projection: &Projection, frame: &Luma, pattern: &Pattern) -> f32 {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    count(pattern.known.len() / ONE_IN, PER_POINT);
    let seen = pattern.known.iter().step_by(ONE_IN).map(|known| {
        let [x, y] = projection.at(known.u, known.v);
        let (column, row) = ((x.max(0.0) as usize).min(width - 1), (y.max(0.0) as usize).min(height - 1));
        let light = f32::from(frame.pixels()[row * width + column]);
        let is_hidden = light > BRIGHT && known.dark > 0.0;
        (known.dark, light, if is_hidden { 0.0 } else { 1.0 })
    });
    Line::through(seen).correlation.abs()
}

/// Light is `level + slope × dark` where a grid fits; both are found by regression.
pub(super) struct Line {
    pub level: f32,
    pub slope: f32,
    pub correlation: f32,
    /// Sum of all weights.
    pub weight: f32,
}

impl Line {
    /// Of darkness, light and weight of each point.
    pub(super) fn through(points: impl Iterator<Item = (f32, f32, f32)>) -> Self {
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
