//! What a code that is held in view showed so far, frame over frame, until it can be read.
//!
//! Noise differs from frame to frame, and glare wanders while the hand moves: what one frame hides another shows.

use super::modules::{Sampled, Soft};
use super::projection::Quad;

/// How much an earlier frame counts beside the newest, for each frame between.
const FADES: f32 = 0.93;
/// Part of the code's side by which its corners may have moved since the last frame.
const MOVED: f32 = 0.5;

/// Module values added up over frames in which one code was seen.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Memory {
    place: Quad,
    sums: Vec<f32>,
    weights: Vec<f32>,
}

impl Memory {
    /// Of the first frame.
    pub(super) fn of(place: Quad, sampled: &Sampled, soft: &Soft) -> Self {
        let count = soft.count();
        let mut memory = Self { place, sums: vec![0.0; count], weights: vec![0.0; count] };
        memory.add(place, sampled, soft);
        memory
    }

    /// Whether a code at this place, turned like this, is likely to be the same.
    pub(super) fn is_at(&self, place: &Quad) -> bool {
        let between = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let limit = MOVED * between(self.place[0], self.place[1]);
        self.place.iter().zip(place).all(|(&before, &now)| between(before, now) < limit)
    }

    /// Adds another frame.
    pub(super) fn add(&mut self, place: Quad, sampled: &Sampled, soft: &Soft) {
        self.place = place;
        for (at, (sum, weight)) in self.sums.iter_mut().zip(&mut self.weights).enumerate() {
            let counts = sampled.weight(soft, at);
            *sum = *sum * FADES + counts * soft.at(at).clamp(-1.5, 1.5);
            *weight = *weight * FADES + counts;
        }
    }

    /// The weighted means of all frames, in the newest one's place.
    pub(super) fn mean(&self, newest: &Soft) -> Soft {
        newest.with(|at| self.sums[at] / self.weights[at].max(f32::MIN_POSITIVE))
    }
}
