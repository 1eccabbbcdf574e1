//! Tells a camera whose picture has frozen: the same pixels for seconds, where a sensor's noise never rests.
//!
//! A picture of one grey (a lid on the lens, a dark room) says nothing of that kind. Used by the till.

use crate::frame::Luma;
use std::time::{Duration, Instant};

/// The same picture for so long is a frozen one.
pub const FROZEN_AFTER: Duration = Duration::from_secs(4);
/// Greys between the darkest and the brightest pixel of a picture that shows something.
const LEAST_CONTRAST: u8 = 16;

/// What was seen of one camera; it may be opened again meanwhile.
#[derive(Debug, Default)]
pub struct Still {
    since: Option<(Luma, Instant)>,
}

impl Still {
    /// Takes a frame; whether the picture has frozen. Moments must not go back.
    pub fn frame(&mut self, frame: &Luma) -> bool {
        match &self.since {
            Some((first, begun)) if is_same(first, frame) => {
                frame.captured().saturating_duration_since(*begun) >= FROZEN_AFTER && shows_something(frame)
            }
            _ => {
                self.since = Some((frame.clone(), frame.captured()));
                false
            }
        }
    }
}

/// Ends at the first difference, which in a moving picture is the first pixel or so.
fn is_same(one: &Luma, other: &Luma) -> bool {
    (one.width(), one.height()) == (other.width(), other.height()) && one.pixels() == other.pixels()
}

fn shows_something(frame: &Luma) -> bool {
    let (darkest, brightest) = (frame.pixels().iter().min(), frame.pixels().iter().max());
    darkest.zip(brightest).is_some_and(|(dark, bright)| bright - dark >= LEAST_CONTRAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(still: &mut Still, start: Instant, frames: &[(u64, [u8; 2])]) -> Vec<bool> {
        let luma = |at, grey: &[u8; 2]| Luma::new(2, 1, grey.to_vec(), start + Duration::from_secs(at)).unwrap();
        frames.iter().map(|(at, grey)| still.frame(&luma(*at, grey))).collect()
    }

    #[test]
    fn the_same_picture_for_seconds_is_frozen_until_it_moves() {
        let (mut still, start) = (Still::default(), Instant::now());
        let frames = [(0, [0, 99]), (3, [0, 99]), (4, [0, 99]), (9, [0, 99]), (10, [0, 98]), (12, [0, 98])];
        assert_eq!(seconds(&mut still, start, &frames), [false, false, true, true, false, false]);
    }

    #[test]
    fn a_picture_of_one_grey_is_a_lid_on_the_lens() {
        let (mut still, start) = (Still::default(), Instant::now());
        assert_eq!(seconds(&mut still, start, &[(0, [9, 12]), (99, [9, 12])]), [false, false]);
    }
}
