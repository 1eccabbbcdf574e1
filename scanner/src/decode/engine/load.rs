//! How much work a picture is for the engine, counted before it begins, for it cannot be stopped.
//!
//! It looks for finder patterns along every third row, compares each with all that it found before, and then those
//! nearby with each other, three by three: a picture full of patterns costs it seconds. [`super::finders`] walked the same
//! rows with its own first tests, and the rest is estimated from above. Where no three patterns may be a code's there is no
//! load, and no need of the engine: that is most of what an empty frame saves.

use super::finders::{Finders, Pattern, Place};
use super::sets::{self, Area};
use std::collections::HashMap;
use std::time::Duration;

/// Of one place that looks like a finder pattern along its row.
const PLACE: Duration = Duration::from_nanos(60);
/// Of one that does so along other lines too, beside what its size costs.
const CROSSED: Duration = Duration::from_nanos(600);
/// Of one pixel of such a place's width.
const WIDTH: Duration = Duration::from_nanos(12);
/// Of comparing a place with a pattern found before.
const COMPARED: Duration = Duration::from_nanos(2);
/// Of looking at three patterns together.
const TRIPLE: Duration = Duration::from_nanos(12);
/// Patterns after which the engine looks no further for neighbours, except in the same bin.
const NEIGHBOURS: usize = 15;
/// Pixels of the smallest bin that patterns are sorted into.
const LEAST_BIN: usize = 32;

/// What a picture asks of the engine.
pub(super) struct Load {
    pub work: Duration,
    /// Where the codes may be that it is for.
    pub area: Area,
}

impl Load {
    /// For the codes with these places and patterns in a picture of so many pixels; `None` where there can be none.
    pub(super) fn of(finders: &Finders, color: usize, width: usize, height: usize) -> Option<Self> {
        let area = sets::area(&finders.patterns[color], width, height)?;
        let places: Vec<&Place> = finders.places[color].iter().filter(|place| area.holds(place.x, place.y)).collect();
        let is_inside = |pattern: &&Pattern| area.holds(pattern.x, pattern.top);
        let patterns: Vec<&Pattern> = finders.patterns[color].iter().filter(is_inside).collect();
        let work = (PLACE * count(finders.along_rows)).saturating_add(estimate(&places, &patterns));
        Some(Self { work, area })
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn estimate(places: &[&Place], patterns: &[&Pattern]) -> Duration {
    let widths: usize = places.iter().map(|place| place.width).sum();
    let close = CROSSED * count(places.len()) + WIDTH * count(widths);
    let compared = COMPARED.saturating_mul(count(places.len() * patterns.len()));
    let neighbours = NEIGHBOURS + most_in_a_bin(patterns);
    let triples = patterns.len() * neighbours * neighbours / 2;
    close.saturating_add(compared).saturating_add(TRIPLE.saturating_mul(count(triples)))
}

fn most_in_a_bin(patterns: &[&Pattern]) -> usize {
    let mut widths: Vec<usize> = patterns.iter().map(|place| place.width).collect();
    widths.sort_unstable();
    let side = widths.get(widths.len() / 2).map_or(LEAST_BIN, |&median| (3 * median).max(LEAST_BIN));
    let mut bins: HashMap<[usize; 2], usize> = HashMap::new();
    for place in patterns {
        *bins.entry([place.x / side, place.top / side]).or_default() += 1;
    }
    bins.into_values().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::binary::Binary;
    use super::*;

    /// Finder patterns in rows and columns.
    fn full(module: usize, pitch: usize, width: usize, height: usize) -> Binary {
        let is_black = |x: usize, y: usize| {
            let [x, y] = [x, y].map(|at| at % pitch / module);
            x < 7 && y < 7 && matches!(x.abs_diff(3).max(y.abs_diff(3)), 0 | 1 | 3)
        };
        let pixel = |at: usize| if is_black(at % width, at / width) { 0 } else { 255 };
        Binary { width, height, pixels: (0..width * height).map(pixel).collect() }
    }

    fn loads(binary: &Binary) -> [Option<Duration>; 2] {
        let finders = Finders::of(binary).unwrap();
        [0, 1].map(|color| Load::of(&finders, color, binary.width, binary.height).map(|load| load.work))
    }

    #[test]
    fn a_picture_full_of_patterns_is_more_work_than_a_few_of_them() {
        let [few, many] = [(5, 120), (1, 9)].map(|(module, pitch)| loads(&full(module, pitch, 1280, 720)));
        assert!(few[0].is_some_and(|few| few < Duration::from_millis(5)), "{few:?}");
        assert!(many[0].is_some_and(|many| many > Duration::from_millis(50)), "{many:?}");
        assert_eq!([few[1], many[1]], [None; 2]);
    }

    #[test]
    fn what_has_no_three_patterns_is_no_work() {
        for (width, height) in [(1, 1), (9, 300), (300, 9), (120, 240)] {
            assert_eq!(loads(&full(5, 120, width, height)), [None; 2], "{width} {height}");
        }
        let mut three = full(5, 120, 240, 240);
        assert_eq!(loads(&three).map(|load| load.is_some()), [true, false]);
        three.pixels = three.pixels.iter().map(|pixel| 255 - pixel).collect();
        assert_eq!(loads(&three).map(|load| load.is_some()), [false, true]);
    }
}
