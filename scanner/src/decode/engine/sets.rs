//! Which three finder patterns may be those of one code, and the part of a picture that such codes lie in.
//!
//! The engine tries any three of a few patterns, however they lie; print and noise look like patterns here and there. So
//! it is given no more of a picture than where three of them may be a code at some angle, with room to spare. Pure.

use super::finders::{Pattern, SKIP};
use std::ops::Range;

/// Patterns of which all threes are looked at; among more there is always a likely one.
const MOST_PATTERNS: usize = 40;
/// How much wider one may be than another of the same code, and how many pixels beside that.
const WIDER: f32 = 3.0;
const WIDER_BY: f32 = 2.0;
/// How much longer one side of a code may seem than the other, and how small the sine of its corner.
const LONGER: f32 = 3.0;
const LEAST_SINE: f32 = 0.3;
/// Widths of a pattern between the middles of two: two in the smallest code, less where a width is that of a turned one,
/// and 25 in the largest.
const APART: Range<f32> = 1.2..40.0;
/// How far around three patterns their code may reach, in parts of their square's side: its corner without a pattern is
/// guessed.
const MARGIN: f32 = 0.4;

/// A part of a picture, in pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Area {
    pub columns: Range<usize>,
    pub rows: Range<usize>,
}

impl Area {
    pub(super) fn holds(&self, x: usize, y: usize) -> bool {
        self.columns.contains(&x) && self.rows.contains(&y)
    }
}

/// Where codes with these patterns may lie in a picture of so many pixels; `None` where none may.
pub(super) fn area(patterns: &[Pattern], width: usize, height: usize) -> Option<Area> {
    if patterns.len() > MOST_PATTERNS {
        return Some(Area { columns: 0..width, rows: 0..height });
    }
    let mut ends: Option<[Range<f32>; 2]> = None;
    for (k, a) in patterns.iter().enumerate() {
        for (j, b) in patterns[..k].iter().enumerate().filter(|(_, b)| are_alike(a, b)) {
            for c in patterns[..j].iter().filter(|c| are_alike(a, c) && are_alike(b, c)) {
                let Some(code) = code_of([a, b, c]) else { continue };
                let all = ends.get_or_insert_with(|| code.clone());
                for (all, code) in all.iter_mut().zip(code) {
                    *all = all.start.min(code.start)..all.end.max(code.end);
                }
            }
        }
    }
    let [columns, rows] = ends?;
    let rows = within(rows, height);
    // The engine looks at every third row: here at the same ones.
    Some(Area { columns: within(columns, width), rows: rows.start / SKIP * SKIP..rows.end })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
#[expect(clippy::cast_precision_loss, reason = "pixels of a frame")]
fn within(ends: Range<f32>, side: usize) -> Range<usize> {
    let inside = |c: f32| c.clamp(0.0, side as f32) as usize;
    inside(ends.start)..inside(ends.end.ceil())
}

fn are_alike(a: &Pattern, b: &Pattern) -> bool {
    let (a, b) = (a.width(), b.width());
    a.max(b) <= WIDER * a.min(b) + WIDER_BY
}

/// The columns and rows that a code with these three patterns may lie in.
fn code_of(patterns: [&Pattern; 3]) -> Option<[Range<f32>; 2]> {
    let middles = patterns.map(Pattern::middle);
    let apart = |a: usize, b: usize| (middles[a][0] - middles[b][0]).hypot(middles[a][1] - middles[b][1]);
    // The corner lies across the longest side.
    let corner = (0..3).max_by(|&a, &b| apart((a + 1) % 3, (a + 2) % 3).total_cmp(&apart((b + 1) % 3, (b + 2) % 3)))?;
    let (one, other) = ((corner + 1) % 3, (corner + 2) % 3);
    let (a, b) = (apart(corner, one), apart(corner, other));
    let width = patterns.iter().map(|pattern| pattern.width()).sum::<f32>() / 3.0;
    let side = |axis: usize, end: usize| middles[end][axis] - middles[corner][axis];
    let sine = (side(0, one) * side(1, other) - side(1, one) * side(0, other)).abs() / (a * b);
    // Also not where two middles are the same.
    let may_be = a.max(b) <= LONGER * a.min(b) && sine >= LEAST_SINE && APART.contains(&(f32::midpoint(a, b) / width));
    let margin = MARGIN * a.max(b) + width;
    may_be.then(|| {
        [0, 1].map(|axis| {
            let last = middles[one][axis] + side(axis, other);
            let ends = middles
                .iter()
                .map(|middle| middle[axis])
                .fold(last..last, |ends, c| ends.start.min(c)..ends.end.max(c));
            ends.start - margin..ends.end + margin
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(places: &[(usize, usize, usize)]) -> Vec<Pattern> {
        places.iter().map(|&(x, y, width)| Pattern { x, top: y - width / 7, bottom: y + width / 7, width }).collect()
    }

    #[test]
    fn three_patterns_of_a_code_give_the_part_around_it() {
        // 5 pixels a module.
        let code = [(400, 300, 35), (470, 300, 35), (400, 370, 35)];
        let area = area(&patterns(&code), 1280, 720).unwrap();
        assert!(area.holds(382, 282) && area.holds(488, 388), "{area:?}");
        assert!(area.columns.len() < 240 && area.rows.len() < 240, "{area:?}");
        assert_eq!(area.rows.start % SKIP, 0);
    }

    #[test]
    fn what_lies_in_a_line_or_far_apart_or_has_other_sizes_is_no_code() {
        for three in [
            [(100, 100, 35), (200, 102, 35), (300, 100, 35)],
            [(100, 100, 7), (1100, 100, 7), (100, 700, 7)],
            [(100, 100, 70), (240, 100, 70), (100, 240, 14)],
            [(100, 100, 35), (110, 100, 35), (100, 110, 35)],
            [(100, 100, 35), (100, 100, 35), (100, 100, 35)],
            [(100, 100, 35), (160, 100, 35), (100, 500, 35)],
        ] {
            assert_eq!(area(&patterns(&three), 1280, 720), None, "{three:?}");
        }
        assert_eq!(area(&[], 1280, 720), None);
    }

    #[test]
    fn an_area_ends_with_the_picture_and_of_many_patterns_it_is_all() {
        let code = [(20, 20, 35), (90, 20, 35), (20, 90, 35)];
        let area_of = |places: &[(usize, usize, usize)]| area(&patterns(places), 120, 110);
        assert_eq!(area_of(&code), Some(Area { columns: 0..120, rows: 0..110 }));
        let many: Vec<_> = (0..=MOST_PATTERNS).map(|k| (k + 20, 50, 35)).collect();
        assert_eq!(area_of(&many), Some(Area { columns: 0..120, rows: 0..110 }));
    }
}
