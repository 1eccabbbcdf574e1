//! Finder patterns in a black and white picture, found along the rows that the engine looks at, by its own first tests.

#![expect(clippy::many_single_char_names, reason = "five runs in a row")]

use super::binary::Binary;
use std::cmp::Reverse;

/// Rows from one that is searched to the next.
pub(super) const SKIP: usize = 3;
/// Places along rows that are looked at: beyond, the picture is nothing but such.
const MAX_PLACES: usize = 50_000;

/// A place that passes for the middle of a finder pattern.
pub(super) struct Place {
    pub x: usize,
    pub y: usize,
    pub width: usize,
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

/// What there is in a picture, dark and light.
#[derive(Default)]
pub(super) struct Finders {
    /// Places that look like a finder pattern along their row.
    pub along_rows: usize,
    /// Those that do so along other lines, too.
    pub places: [Vec<Place>; 2],
    /// Those of them that are in most rows first.
    pub patterns: [Vec<Pattern>; 2],
}

impl Finders {
    /// `None` where there are too many.
    pub(super) fn of(binary: &Binary) -> Option<Self> {
        let mut finders = Self::default();
        let mut runs = Vec::new();
        for y in (SKIP - 1..binary.height).step_by(SKIP) {
            let row = &binary.pixels[y * binary.width..][..binary.width];
            runs_of(row, &mut runs);
            let mut x = 0;
            for (at, six) in runs.windows(6).enumerate() {
                let &[before, a, b, c, d, e] = six else { continue };
                if c >= 3 && is_finder(before, [a, b, c, d, e]) {
                    finders.along_rows += 1;
                    let place = Place { x: x + a + b + c / 2, y, width: a + b + c + d + e };
                    if is_crossed(binary, &place) {
                        finders.places[usize::from(at.is_multiple_of(2) != (row[0] == 0))].push(place);
                    }
                }
                x += a;
            }
            if finders.along_rows > MAX_PLACES {
                return None;
            }
        }
        finders.patterns = [patterns(&finders.places[0]), patterns(&finders.places[1])];
        for patterns in &mut finders.patterns {
            patterns.sort_by_key(|pattern| Reverse(pattern.bottom - pattern.top));
        }
        Some(finders)
    }
}

/// Whether a place looks like a finder pattern down its column and both ways across, too, and between these lines.
fn is_crossed(binary: &Binary, place: &Place) -> bool {
    let mut rays = [[0; 3]; RAYS.len()];
    for (ray, (dx, dy)) in RAYS.into_iter().enumerate() {
        rays[ray] = half_of(binary, place, dx, dy);
        // Rays are in pairs, ahead and behind; the first pixel is in both.
        if ray % 2 == 1 {
            let [behind, ahead] = [rays[ray], rays[ray - 1]];
            let five = [behind[2], behind[1], ahead[0] + behind[0] - 1, ahead[1], ahead[2]];
            if five.contains(&0) || !fits(five) {
                return false;
            }
        }
    }
    is_ringed(binary, place, &rays)
}

/// Directions from a middle: down its column, both ways across, along its row.
const RAYS: [(isize, isize); 8] = [(0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1), (1, 0), (-1, 0)];
/// The same in their order around it.
const AROUND: [usize; 8] = [6, 2, 0, 5, 7, 3, 1, 4];
/// Of eight places between the rays, in the light ring as in the middle, so many have to look right.
const LEAST_RIGHT: usize = 6;
/// How far out the middle between two places of the ring has to be moved to lie in it, also where the ring has a corner.
const OUTWARDS: f32 = 1.12;

/// Whether there is a ring, and not rays alone as in noise: the places between two rays are looked at.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "pixels of a frame")]
fn is_ringed(binary: &Binary, place: &Place, rays: &[[usize; 3]; RAYS.len()]) -> bool {
    let of_ring = |ray: usize| {
        let ([core, ring, _], (dx, dy)) = (rays[ray], RAYS[ray]);
        let far = core as f32 + (ring as f32 - 1.0) / 2.0;
        [dx as f32 * far, dy as f32 * far]
    };
    let color = |[dx, dy]: [f32; 2]| {
        let at = |from: usize, by: f32, side: usize| from.saturating_add_signed(by.round() as isize).min(side - 1);
        binary.pixels[at(place.y, dy, binary.height) * binary.width + at(place.x, dx, binary.width)]
    };
    let own = color([0.0, 0.0]);
    let (mut rings, mut cores) = (0, 0);
    for (k, &ray) in AROUND.iter().enumerate() {
        let (a, b) = (of_ring(ray), of_ring(AROUND[(k + 1) % AROUND.len()]));
        let between = [0, 1].map(|axis| f32::midpoint(a[axis], b[axis]) * OUTWARDS);
        rings += usize::from(color(between) != own);
        cores += usize::from(color(between.map(|c| c / 2.0)) == own);
    }
    rings >= LEAST_RIGHT && cores >= LEAST_RIGHT
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

    #[test]
    fn each_pattern_is_counted_once() {
        let rows = |y: usize| [100, 222, 610].map(|x| Place { x, y, width: 35 });
        let places: Vec<Place> = [50, 53, 56, 59, 62, 200, 203, 206].into_iter().flat_map(rows).collect();
        let patterns = patterns(&places);
        assert_eq!(patterns.len(), 6);
        assert_eq!((patterns[0].top, patterns[0].bottom), (50, 62));
    }
}
