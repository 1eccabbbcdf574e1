//! How much work a picture is for the engine, counted before it begins, for it cannot be stopped.
//!
//! It looks for finder patterns along every third row, compares each with all that it found before, and then those
//! nearby with each other, three by three: a picture full of patterns costs it seconds. The same rows are walked
//! here with its own first tests, and the rest is estimated from above. Fewer than three patterns are no code, and
//! need no engine: that is most of what an empty frame saves.

#![expect(clippy::many_single_char_names, reason = "five runs in a row")]

use super::binary::Binary;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

/// Rows from one that is searched to the next.
const SKIP: usize = 3;
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
/// What is counted of a picture at most: beyond, it is too much in any case.
const MAX_PLACES: usize = 50_000;
/// Finder patterns of a code.
const OF_A_CODE: usize = 3;

/// A place that passes for the middle of a finder pattern.
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

/// Places, one below the other, that are one finder pattern.
pub(super) struct Pattern {
    pub x: usize,
    /// Of the first place and the last.
    pub top: usize,
    pub bottom: usize,
    pub width: usize,
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a frame")]
impl Pattern {
    pub(super) fn width(&self) -> f32 {
        self.width as f32
    }

    pub(super) fn middle(&self) -> [f32; 2] {
        [self.x as f32 + 0.5, self.top.midpoint(self.bottom) as f32 + 0.5]
    }
}

/// What a picture asks of the engine, for codes black on white and for codes white on black.
pub(super) struct Load {
    /// `None` where there can be no code.
    work: [Option<Duration>; 2],
    /// The finder patterns that were counted; empty where they are too many.
    pub patterns: [Vec<Pattern>; 2],
}

impl Load {
    pub(super) fn of(binary: &Binary) -> Self {
        let mut places = [Vec::new(), Vec::new()];
        let mut along_rows = 0;
        let mut runs = Vec::new();
        for y in (SKIP - 1..binary.height).step_by(SKIP) {
            let row = &binary.pixels[y * binary.width..][..binary.width];
            runs_of(row, &mut runs);
            let mut x = 0;
            for (at, six) in runs.windows(6).enumerate() {
                let &[before, a, b, c, d, e] = six else { continue };
                if c >= 3 && is_finder(before, [a, b, c, d, e]) {
                    along_rows += 1;
                    let place = Place { x: x + a + b + c / 2, y, width: a + b + c + d + e };
                    if is_crossed(binary, &place) {
                        places[usize::from(at.is_multiple_of(2) != (row[0] == 0))].push(place);
                    }
                }
                x += a;
            }
            if along_rows > MAX_PLACES {
                return Self { work: [Some(Duration::MAX); 2], patterns: [Vec::new(), Vec::new()] };
            }
        }
        let patterns = [patterns(&places[0]), patterns(&places[1])];
        let rows = PLACE * count(along_rows);
        let work = [0, 1].map(|color| {
            let (places, patterns) = (&places[color], &patterns[color]);
            (patterns.len() >= OF_A_CODE).then(|| rows.saturating_add(estimate(places, patterns)))
        });
        // Those that are seen in most rows first.
        let patterns = patterns.map(|mut patterns| {
            patterns.sort_by_key(|pattern| Reverse(pattern.bottom - pattern.top));
            patterns
        });
        Self { work, patterns }
    }

    /// For both colours together.
    pub(super) fn total(&self) -> Duration {
        self.work.iter().flatten().fold(Duration::ZERO, |sum, load| sum.saturating_add(*load))
    }

    /// Whether there may be codes black on white, and white on black.
    pub(super) fn worth(&self) -> [bool; 2] {
        self.work.map(|load| load.is_some())
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Whether a place looks like a finder pattern down its column and both ways across, too.
fn is_crossed(binary: &Binary, place: &Place) -> bool {
    [(0, 1), (1, 1), (1, -1)].iter().all(|&(dx, dy)| {
        let [ahead, behind] = [1, -1].map(|sign| half_of(binary, place, dx * sign, dy * sign));
        // The first pixel is in both.
        let five = [behind[2], behind[1], ahead[0] + behind[0] - 1, ahead[1], ahead[2]];
        five.iter().all(|&run| run > 0) && fits(five)
    })
}

/// The lengths of three runs from the middle of a place on, each step so far to the right and down.
fn half_of(binary: &Binary, place: &Place, dx: isize, dy: isize) -> [usize; 3] {
    let (width, height) = (binary.width, binary.height);
    let free = |at: usize, side: usize, by: isize| match by {
        0 => usize::MAX,
        1.. => side - 1 - at,
        _ => at,
    };
    let steps = free(place.x, width, dx).min(free(place.y, height, dy)).min(4 * place.width);
    let stride = dy * width.cast_signed() + dx;
    let mut at = place.y * width + place.x;
    let mut color = binary.pixels[at];
    let (mut runs, mut run) = ([0; 3], 0);
    for _ in 0..=steps {
        if binary.pixels[at] != color {
            color = binary.pixels[at];
            run += 1;
            if run == 3 {
                break;
            }
        }
        runs[run] += 1;
        at = at.wrapping_add_signed(stride);
    }
    runs
}

/// The lengths of a row's runs, after one without an end for what is before the row.
fn runs_of(row: &[u8], runs: &mut Vec<usize>) {
    const AT_ONCE: usize = 8;
    runs.clear();
    runs.push(usize::MAX);
    let mut start = 0;
    let mut edge = |at: usize| {
        runs.push(at - start);
        start = at;
    };
    // Eight pixels beside the eight that begin one earlier: they differ where a run begins.
    let (before, after) = (row[..row.len() - 1].chunks_exact(AT_ONCE), row[1..].chunks_exact(AT_ONCE));
    let rest = 1 + before.len() * AT_ONCE;
    let eight = |pixels: &[u8]| pixels.try_into().map_or(0, u64::from_le_bytes);
    for (part, (before, after)) in before.zip(after).enumerate() {
        let mut edges = (eight(before) ^ eight(after)) & 0x0101_0101_0101_0101;
        while edges != 0 {
            edge(1 + part * AT_ONCE + edges.trailing_zeros() as usize / 8);
            edges &= edges - 1;
        }
    }
    (rest..row.len()).filter(|&at| row[at] != row[at - 1]).for_each(edge);
    runs.push(row.len() - start);
}

/// The engine's first test of five runs, and of the space before them.
fn is_finder(before: usize, five: [usize; 5]) -> bool {
    let [a, b, c, d, e] = five;
    c >= 3 && c >= 2 * a.max(e) && c >= b.max(d) && before.saturating_mul(20) >= b + d && fits(five)
}

/// Whether five runs are as 1 : 1 : 3 : 1 : 1 by the engine's measure.
fn fits(five: [usize; 5]) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "pixels of a row")]
    let [a, b, c, d, e] = five.map(|run| run as f32);
    let (bar, space) = ((a + c + e) / 5.0, b.midpoint(d));
    let fits = |run: f32, expected: f32, most: f32| (run - expected).abs() <= most + 0.5;
    bar.max(space) <= 4.0 * bar.min(space)
        && [a, e].iter().all(|&run| fits(run, bar, bar * 0.75))
        && fits(c, 3.0 * bar, bar * 0.75)
        && [b, d].iter().all(|&run| fits(run, space, space * 0.6))
}

fn estimate(places: &[Place], patterns: &[Pattern]) -> Duration {
    let widths: usize = places.iter().map(|place| place.width).sum();
    let close = CROSSED * count(places.len()) + WIDTH * count(widths);
    let compared = COMPARED.saturating_mul(count(places.len() * patterns.len()));
    let neighbours = NEIGHBOURS + most_in_a_bin(patterns);
    let triples = patterns.len() * neighbours * neighbours / 2;
    close.saturating_add(compared).saturating_add(TRIPLE.saturating_mul(count(triples)))
}

/// The patterns that there may be: other places of one lie below its first.
fn patterns(places: &[Place]) -> Vec<Pattern> {
    const COLUMN: usize = 4;
    let columns = places.iter().map(|place| place.x / COLUMN + 1).max().unwrap_or(0);
    let mut last: Vec<Option<usize>> = vec![None; columns];
    let mut patterns: Vec<Pattern> = Vec::new();
    for place in places {
        let reach = (place.width / 2 / COLUMN).min(columns);
        let around = (place.x / COLUMN).saturating_sub(reach)..(place.x / COLUMN + reach + 1).min(columns);
        let is_known = |&known: &usize| {
            let known = &patterns[known];
            known.x.abs_diff(place.x) < known.width / 2 && place.y - known.top <= known.width * 3 / 5
        };
        let known = last[around].iter().flatten().copied().find(is_known);
        if let Some(known) = known {
            patterns[known].bottom = place.y;
        } else {
            last[place.x / COLUMN] = Some(patterns.len());
            patterns.push(Pattern { x: place.x, top: place.y, bottom: place.y, width: place.width });
        }
    }
    patterns
}

fn most_in_a_bin(patterns: &[Pattern]) -> usize {
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
    use super::*;

    #[test]
    fn runs_are_those_of_the_row() {
        let mut runs = Vec::new();
        for lengths in [&[3, 1, 20, 9][..], &[17], &[8, 8, 1], &[1; 30], &[9, 7, 16, 1, 1]] {
            let row: Vec<u8> = lengths
                .iter()
                .enumerate()
                .flat_map(|(at, &n)| vec![if at.is_multiple_of(2) { 0 } else { 255 }; n])
                .collect();
            runs_of(&row, &mut runs);
            assert_eq!(runs[1..], *lengths);
        }
    }

    /// Finder patterns in rows and columns.
    fn full(module: usize, pitch: usize, width: usize, height: usize) -> Binary {
        let is_black = |x: usize, y: usize| {
            let [x, y] = [x, y].map(|at| at % pitch / module);
            x < 7 && y < 7 && matches!(x.abs_diff(3).max(y.abs_diff(3)), 0 | 1 | 3)
        };
        let pixel = |at: usize| if is_black(at % width, at / width) { 0 } else { 255 };
        Binary { width, height, pixels: (0..width * height).map(pixel).collect() }
    }

    #[test]
    fn a_picture_full_of_patterns_is_more_work_than_a_few_of_them() {
        let [few, many] = [(5, 120), (1, 9)].map(|(module, pitch)| Load::of(&full(module, pitch, 1280, 720)));
        assert!(few.total() < Duration::from_millis(5), "{:?}", few.total());
        assert!(many.total() > Duration::from_millis(50), "{:?}", many.total());
        assert_eq!([few.worth(), many.worth()], [[true, false]; 2]);
    }

    #[test]
    fn what_has_no_three_patterns_is_no_work() {
        for (width, height) in [(1, 1), (9, 300), (300, 9), (120, 240)] {
            assert_eq!(Load::of(&full(5, 120, width, height)).worth(), [false; 2], "{width} {height}");
        }
        let mut three = full(5, 120, 360, 120);
        assert_eq!(Load::of(&three).worth(), [true, false]);
        three.pixels = three.pixels.iter().map(|pixel| 255 - pixel).collect();
        assert_eq!(Load::of(&three).worth(), [false, true]);
    }

    #[test]
    fn each_pattern_is_counted_once() {
        let rows = |y: usize| [100, 222, 610].map(|x| Place { x, y, width: 35 });
        let places: Vec<Place> = [50, 53, 56, 59, 62, 200, 203, 206].into_iter().flat_map(rows).collect();
        let patterns = patterns(&places);
        assert_eq!(patterns.len(), 6);
        assert_eq!((patterns[0].top, patterns[0].bottom), (50, 62));
    }
}
