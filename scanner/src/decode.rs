//! Finds QR codes in a frame and reads their texts, ours or not, within a bound on the time.
//!
//! [`engine`], fast and good, looks at every frame. What it cannot read is tried again, once a frame and in turn, and
//! only where something looks like a code: by [`own`], our reader for our own codes, which reads what is blurred,
//! bent or half hidden, and adds up what successive frames show; and by other looks at that [`region`] of the frame,
//! [`straight`]ened for one.
//! Whoever stands before the camera chooses the picture, so every step has a bound, and a panic in a library ends here.

mod bounded;
mod effort;
mod engine;
#[cfg(test)]
mod hostile;
mod light;
mod own;
mod region;
mod steep;
mod straight;
mod threshold;

use crate::frame::Luma;
use effort::{Effort, Limit};
use engine::Look;
use own::{Candidates, Memory, Quad, Seen, Triple};
use region::Region;
use std::time::Duration;

#[cfg(panic = "abort")]
compile_error!("a panic in a decoder must not end the till: build with panic = \"unwind\"");

/// No step of a second look is begun when a frame has cost so much, for each of its pixels, and beside that, or so much
/// in all; none takes longer than some 20 ms.
const TIME_PER_PIXEL: Duration = Duration::from_nanos(12);
const LEAST_TIME: Duration = Duration::from_millis(4);
const MOST_TIME: Duration = Duration::from_millis(30);
/// Units that a pixel costs of a picture that is halved or quartered.
const UNITS_PER_SHRUNK: u64 = 1;
/// Pixels of the largest picture that the engine looks at; a larger one is halved or quartered until it fits.
const MAX_LOOKED_AT: usize = 3_700_000;
/// Places of a frame that are looked at again.
const MAX_CANDIDATES: usize = 4;

/// A QR code that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its text: UTF-8, or else what its bytes are most likely to mean.
    pub text: String,
    /// Its corners in pixels of the frame: top left, top right, bottom right, bottom left of the code itself,
    /// so on a turned code anywhere.
    pub corners: [[f32; 2]; 4],
}

/// How a place that the engine could not read is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Fallback {
    Fitted,
    Straight,
    Enlarged,
    Closed,
    Steep,
}

/// Of so many frames that need a second look one gets a fallback, and all others our own reader, which gains from each.
const FALLBACK_EVERY: usize = 3;
/// In this order.
const FALLBACKS: [Fallback; 5] =
    [Fallback::Fitted, Fallback::Straight, Fallback::Enlarged, Fallback::Closed, Fallback::Steep];
/// Codes of which [`Fallback::Fitted`] looks closer at the likeliest.
const MAX_FITTED: usize = 3;

/// Reads successive frames of one camera.
#[derive(Debug, Default)]
pub struct Decoder {
    /// How many frames needed a second look so far.
    turn: usize,
    /// What our own reader saw and could not read yet.
    memory: Option<Memory>,
    /// Where the last frame showed something like a code that was not read.
    unread: Option<Quad>,
    /// What the last frame cost.
    units: u64,
}

impl Decoder {
    /// A decoder that has seen no frame.
    pub fn new() -> Self {
        Self::default()
    }

    /// All codes that can be read in this frame. Never panics.
    ///
    /// The first frame that needs it gets all looks that its time allows; later ones get one each, in
    /// turn, so that an unreadable picture costs little and a code held for a moment gets them all.
    pub fn decode(&mut self, frame: &Luma) -> Vec<Found> {
        self.decode_within(frame, |limit| limit)
    }

    fn decode_within(&mut self, frame: &Luma, change: fn(Limit) -> Limit) -> Vec<Found> {
        let effort = Effort::begun();
        let (frame, scale) = small_enough(frame);
        self.unread = None;
        let pixels = u32::try_from(frame.pixels().len()).unwrap_or(u32::MAX);
        let limit = Limit::of(effort, (LEAST_TIME + TIME_PER_PIXEL * pixels).min(MOST_TIME));
        let mut found = self.read(&frame, &change(limit));
        self.units = effort.units();
        self.unread.take_if(|_| !found.is_empty());
        let corners = found.iter_mut().map(|found| &mut found.corners).chain(&mut self.unread);
        for coordinate in corners.flat_map(|corners| corners.as_flattened_mut()) {
            *coordinate *= scale;
        }
        found
    }

    /// What the last frame cost, in units that take a fast machine about a nanosecond: counted, not timed, so that it
    /// is the same everywhere unless a slow machine ended it early.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// The corners of what looked like a code in the last frame, where nothing was read in it: for
    /// [`crate::flaw`].
    pub fn unread(&self) -> Option<&[[f32; 2]; 4]> {
        self.unread.as_ref()
    }

    fn read(&mut self, frame: &Luma, limit: &Limit) -> Vec<Found> {
        let Look { mut read, unread, finders } = engine::look(frame);
        if read.iter().any(|found| own::is_ours(&found.text)) {
            return read;
        }
        let seen = apart(unread);
        let Candidates { ours, others } = if read.is_empty() { own::candidates(frame) } else { Candidates::default() };
        let all = apart(own::likely(frame, seen.iter().copied().chain(ours), &finders));
        if all.is_empty() && seen.is_empty() && others.is_empty() {
            return read;
        }
        self.unread = all.first().or(seen.first()).copied();
        let plan = Plan::of(self.turn, read.is_empty());
        self.turn += 1;
        if plan.own {
            for quad in all.iter().take_while(|_| limit.is_left()) {
                // What shares a finder pattern with a code that is read is no other code.
                if read.iter().all(|found| !own::is_over(&found.corners, quad)) {
                    read.extend(own::read(frame, quad, &mut self.memory, limit));
                }
            }
        }
        if read.is_empty() || !plan.own {
            let places = Places { seen: &seen, others: &others, finders: &finders, ours: &all };
            let looks = plan.fallbacks.iter().map(|fallback| fallback.read(frame, &places, limit));
            read.extend(looks.into_iter().find(|found| !found.is_empty()).unwrap_or_default());
        }
        read
    }
}

/// What a frame that needs a second look gets beside the engine.
#[derive(Debug, Clone, Copy)]
struct Plan {
    own: bool,
    fallbacks: &'static [Fallback],
}

impl Plan {
    /// All for the first frame in which nothing is read, and later one in turn.
    fn of(turn: usize, is_unread: bool) -> Self {
        let is_turn_of_others = turn % FALLBACK_EVERY == FALLBACK_EVERY - 1;
        let fallbacks = match turn {
            0 if is_unread => &FALLBACKS[..],
            _ if is_turn_of_others => &FALLBACKS[turn / FALLBACK_EVERY % FALLBACKS.len()..][..1],
            _ => &[],
        };
        Self { own: !is_turn_of_others, fallbacks }
    }
}

/// What looks like a code in a frame: to the engine, by its finders, and like one of ours.
struct Places<'p> {
    seen: &'p [Quad],
    others: &'p [Triple],
    /// Finder patterns that the engine saw, dark ones and light ones.
    finders: &'p [Vec<Seen>; 2],
    ours: &'p [Quad],
}

impl Fallback {
    /// What it reads in the first of these places in which it reads anything.
    fn read(self, frame: &Luma, places: &Places, limit: &Limit) -> Vec<Found> {
        if matches!(self, Self::Fitted) {
            let likely =
                own::likely_of_others(frame, places.seen, places.others, places.finders).into_iter().take(MAX_FITTED);
            let mut in_time = likely.take_while(|_| limit.is_left());
            return in_time
                .find_map(|(version, quad)| own::read_any(frame, &quad, version, limit))
                .into_iter()
                .collect();
        }
        let region = |quad: &Quad| Region::of(frame, quad);
        let look = |quad: Quad| match self {
            Self::Fitted => None,
            Self::Straight => Some(straight::read(frame, &quad)),
            Self::Enlarged => Some(region(&quad)?.normalised().read(|picture| engine::look(picture).read)),
            Self::Closed => Some(region(&quad)?.closed().read(|picture| engine::look(picture).read)),
            Self::Steep => Some(region(&quad)?.read(steep::read)),
        };
        let others = places.others.iter().map(Triple::quad);
        let all = apart(places.seen.iter().copied().chain(others).chain(places.ours.iter().copied()));
        let in_time = all.into_iter().take_while(|_| limit.is_left());
        in_time.filter_map(look).find(|found| !found.is_empty()).unwrap_or_default()
    }
}

/// The picture in a size that the engine is done with in time, and how many pixels of it make one of that.
fn small_enough(frame: &Luma) -> (Luma, f32) {
    let (mut small, mut scale) = (frame.clone(), 1.0);
    while small.pixels().len() > MAX_LOOKED_AT {
        effort::count(small.pixels().len(), UNITS_PER_SHRUNK);
        let (smaller, by) =
            if small.pixels().len() > 4 * MAX_LOOKED_AT { (small.quartered(), 4.0) } else { (small.halved(), 2.0) };
        let Some(smaller) = smaller else { break };
        small = smaller;
        scale *= by;
    }
    (small, scale)
}

/// The likeliest, one for each place.
fn apart(candidates: impl IntoIterator<Item = Quad>) -> Vec<Quad> {
    let mut kept: Vec<Quad> = Vec::new();
    for quad in candidates {
        if kept.len() < MAX_CANDIDATES && kept.iter().all(|other| !own::is_same_place(other, &quad)) {
            kept.push(quad);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::time::Instant;

    #[test]
    fn after_the_first_frame_each_gets_one_more_look_and_all_looks_have_their_turn() {
        assert_eq!(Plan::of(0, true).fallbacks, FALLBACKS);
        assert!(Plan::of(0, false).fallbacks.is_empty());
        let mut seen = HashSet::new();
        for turn in 1..=FALLBACK_EVERY * FALLBACKS.len() {
            let plan = Plan::of(turn, true);
            assert_eq!(usize::from(plan.own) + plan.fallbacks.len(), 1, "{turn}");
            seen.extend(plan.fallbacks.iter().copied());
        }
        assert_eq!(seen.len(), FALLBACKS.len());
    }

    #[test]
    fn a_frame_in_which_nothing_looks_like_a_code_gets_no_second_look() {
        let mut decoder = Decoder::new();
        for grey in 0..12_u8 {
            let pixel = |at: usize| if (at / 640 / 40 + at % 640 / 40).is_multiple_of(2) { 60 + grey } else { 190 };
            let frame = Luma::new(640, 480, (0..640 * 480).map(pixel).collect(), Instant::now()).unwrap();
            assert_eq!(decoder.decode(&frame), []);
        }
        assert_eq!(decoder.turn, 0);
    }
}
