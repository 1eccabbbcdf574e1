//! Grey to black and white, as the engine does it, bit for bit: a threshold for every block of 8 × 8 pixels, from the
//! contrast of the blocks around it.
//!
//! Done here so that what the engine will have to do can be counted on the same pixels before it begins.

use super::sets::Area;
use crate::frame::Luma;
use std::cell::RefCell;

/// Pixels on a side of a block.
const BLOCK: usize = 8;
/// Blocks to each side that a threshold is smoothed over.
const REACH: usize = 2;
/// Pixels on a side of the smallest picture with a threshold for each block.
const LEAST_SIDE: usize = BLOCK * (2 * REACH + 1);
/// A block of less contrast says nothing of the threshold.
const LEAST_CONTRAST: u8 = 24;

thread_local! {
    /// Memory of pictures that are done with: the system takes its time to give some anew.
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}
/// Pieces of it that are kept.
const MAX_SPARE: usize = 3;

/// Room for so many pixels, whatever is in it.
pub(super) fn room(pixels: usize) -> Vec<u8> {
    let mut room = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
    room.resize(pixels, 0);
    room
}

/// Keeps it for another picture.
pub(super) fn spare(room: Vec<u8>) {
    SPARE.with_borrow_mut(|spare| {
        if spare.len() < MAX_SPARE {
            spare.push(room);
        }
    });
}

/// A picture of 0, black, and 255, white.
pub(super) struct Binary {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

impl Binary {
    /// `None` where nothing stands out.
    pub(super) fn of(picture: &Luma) -> Option<Self> {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let by_blocks = (width >= LEAST_SIDE && height >= LEAST_SIDE).then(|| by_blocks(picture)).flatten();
        let pixels = by_blocks.or_else(|| by_one_threshold(picture))?;
        Some(Self { width, height, pixels })
    }

    /// The pixels of an area, turned over or as they are.
    pub(super) fn cut(&self, area: &Area, is_inverted: bool) -> Vec<u8> {
        let columns = area.columns.len().max(1);
        let mut cut = room(columns * area.rows.len());
        let rows = self.pixels.chunks_exact(self.width).skip(area.rows.start);
        for (to, from) in cut.chunks_exact_mut(columns).zip(rows) {
            let from = &from[area.columns.clone()];
            if is_inverted {
                to.iter_mut().zip(from).for_each(|(to, from)| *to = !from);
            } else {
                to.copy_from_slice(from);
            }
        }
        cut
    }

    /// The middle part, half as wide and high.
    pub(super) fn middle(&self) -> (Self, [usize; 2]) {
        let [left, top] = [self.width / 4, self.height / 4];
        let [width, height] = [self.width.div_ceil(2), self.height.div_ceil(2)];
        let mut pixels = Vec::with_capacity(width * height);
        for row in self.pixels.chunks_exact(self.width).skip(top).take(height) {
            pixels.extend_from_slice(&row[left..left + width]);
        }
        (Self { width, height, pixels }, [left, top])
    }
}

/// Values of blocks, row by row.
struct Blocks {
    across: usize,
    down: usize,
    values: Vec<u8>,
}

fn by_blocks(picture: &Luma) -> Option<Vec<u8>> {
    let width = picture.width() as usize;
    let blocks = smoothed(&thresholds(picture));
    if blocks.values.iter().all(|&value| value == 0) {
        return None;
    }
    let height = picture.height() as usize;
    let mut pixels = room(width * height);
    let mut line = vec![0; width];
    for (y, (row, out)) in picture.pixels().chunks_exact(width).zip(pixels.chunks_exact_mut(width)).enumerate() {
        // The last block of a row or a column ends at the edge, over a part of the one before.
        let from_top = if y >= height - BLOCK { blocks.down - 1 } else { y / BLOCK };
        if y % BLOCK == 0 || y == height - BLOCK {
            let values = &blocks.values[from_top * blocks.across..][..blocks.across];
            for (part, &value) in line.chunks_mut(BLOCK).zip(values) {
                part.fill(value);
            }
            line[width - BLOCK..].fill(values[blocks.across - 1]);
        }
        for ((out, &pixel), &limit) in out.iter_mut().zip(row).zip(&line) {
            *out = if pixel <= limit { 0 } else { 255 };
        }
    }
    Some(pixels)
}

/// The middle between the darkest and the lightest of each block, 0 where they hardly differ.
fn thresholds(picture: &Luma) -> Blocks {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (across, down) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let mut values = Vec::with_capacity(across * down);
    let (mut darkest, mut lightest) = (vec![0; width], vec![0; width]);
    for y in 0..down {
        let top = (y * BLOCK).min(height - BLOCK);
        darkest.fill(u8::MAX);
        lightest.fill(0);
        for row in picture.pixels()[top * width..].chunks_exact(width).take(BLOCK) {
            for ((low, high), &pixel) in darkest.iter_mut().zip(&mut lightest).zip(row) {
                *low = pixel.min(*low);
                *high = pixel.max(*high);
            }
        }
        for reach in [1, 2, 4] {
            fold_ahead(&mut darkest, reach, u8::min);
            fold_ahead(&mut lightest, reach, u8::max);
        }
        values.extend((0..across).map(|x| {
            let left = (x * BLOCK).min(width - BLOCK);
            let (low, high) = (darkest[left], lightest[left]);
            if high - low > LEAST_CONTRAST { low.midpoint(high) } else { 0 }
        }));
    }
    Blocks { across, down, values }
}

/// Each value together with the one so far ahead: after 1, 2 and 4 it stands for eight.
fn fold_ahead(values: &mut [u8], reach: usize, pick: impl Fn(u8, u8) -> u8) {
    for at in 0..values.len() - reach {
        values[at] = pick(values[at], values[at + reach]);
    }
}

/// The means of what is not 0 in the blocks around, the block itself three times; 0 becomes what comes next.
fn smoothed(blocks: &Blocks) -> Blocks {
    let Blocks { across, down, ref values } = *blocks;
    // Sum and count of five neighbours in a row: the window is pushed inside at the edges.
    let window = |at: usize, length: usize| at.clamp(REACH, length - REACH - 1) - REACH;
    let pair = |value: u8| (u32::from(value), u32::from(value > 0));
    let add = |a: (u32, u32), b: (u32, u32)| (a.0 + b.0, a.1 + b.1);
    let rows: Vec<(u32, u32)> = values
        .chunks_exact(across)
        .flat_map(|row| {
            (0..across).map(|x| row[window(x, across)..][..=2 * REACH].iter().map(|&v| pair(v)).fold((0, 0), add))
        })
        .collect();
    let mut smooth = Vec::with_capacity(values.len());
    for y in 0..down {
        let first = window(y, down) * across;
        smooth.extend((0..across).map(|x| {
            let own = pair(values[y * across + x]);
            let around = (0..=2 * REACH).map(|row| rows[first + row * across + x]).fold((0, 0), add);
            let (sum, count) = (around.0 + 2 * own.0, around.1 + 2 * own.1);
            u8::try_from(sum.checked_div(count).unwrap_or(0)).unwrap_or(u8::MAX)
        }));
    }
    let mut next = smooth.iter().rev().copied().find(|&value| value > 0).unwrap_or(0);
    for value in smooth.iter_mut().rev() {
        if *value > 0 {
            next = *value;
        } else {
            *value = next;
        }
    }
    Blocks { across, down, values: smooth }
}

/// One threshold for the whole picture, out of the valley between the two peaks of its histogram.
fn by_one_threshold(picture: &Luma) -> Option<Vec<u8>> {
    const SHIFT: u8 = 3;
    const BUCKETS: usize = 1 << (8 - SHIFT);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut buckets = [0_u64; BUCKETS];
    for y in 1..5 {
        let row = &picture.pixels()[height * y / 5 * width..][..width];
        for pixel in &row[width / 5..width * 4 / 5] {
            buckets[usize::from(pixel >> SHIFT)] += 1;
        }
    }
    // The first of the highest, as always here.
    let highest = |score: &dyn Fn(usize) -> u64, places: &mut dyn Iterator<Item = usize>| {
        places.fold((0, 0), |best, at| if score(at) > best.1 { (at, score(at)) } else { best }).0
    };
    let peak = highest(&|at| buckets[at], &mut (0..BUCKETS));
    let other = highest(&|at| buckets[at] * at.abs_diff(peak).pow(2) as u64, &mut (0..BUCKETS));
    let (dark, light) = (peak.min(other), peak.max(other));
    if light - dark <= BUCKETS / 16 {
        return None;
    }
    let depth = |at: usize| ((at - dark).pow(2) * (light - at)) as u64 * (buckets[peak] - buckets[at]) + 1;
    let valley = highest(&depth, &mut (dark + 1..light).rev());
    let limit = u8::try_from(valley << SHIFT).unwrap_or(u8::MAX);
    (limit > 0).then(|| picture.pixels().iter().map(|&pixel| if pixel <= limit { 0 } else { 255 }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Instant;

    #[test]
    fn a_light_slope_stays_white_and_what_is_printed_on_it_is_black() {
        let (width, height) = (93, 61);
        let is_ink = |x: usize, y: usize| (30..50).contains(&x) && (20..40).contains(&y) && x % 6 < 3;
        let grey = |x: usize, y: usize| u8::try_from(100 + x - if is_ink(x, y) { 60 } else { 0 }).unwrap();
        let pixels = (0..width * height).map(|at| grey(at % width, at / width)).collect();
        let binary = Binary::of(&Luma::new(93, 61, pixels, Instant::now()).unwrap()).unwrap();
        for (at, &pixel) in binary.pixels.iter().enumerate().filter(|(at, _)| (20..40).contains(&(at / width))) {
            let x = at % width;
            assert!(!(25..55).contains(&x) || (pixel == 0) == is_ink(x, at / width), "{x} {}", at / width);
        }
    }

    #[test]
    fn a_picture_of_little_contrast_is_split_by_its_histogram() {
        let pixels: Vec<u8> = (0..80 * 50).map(|at| if at % 80 < 30 { 80 } else { 104 }).collect();
        let binary = Binary::of(&Luma::new(80, 50, pixels.clone(), Instant::now()).unwrap()).unwrap();
        assert!(binary.pixels.iter().zip(pixels).all(|(&pixel, grey)| (pixel == 0) == (grey == 80)));
        let flat = Luma::new(80, 50, vec![90; 80 * 50], Instant::now()).unwrap();
        assert!(Binary::of(&flat).is_none_or(|binary| binary.pixels.iter().all(|&pixel| pixel == 255)));
    }

    proptest! {
        #[test]
        fn every_size_gives_as_many_pixels(width in 1..90_u32, height in 1..90_u32, seed in any::<u8>()) {
            let pixels: Vec<u8> = (0..width * height).map(|at| (at * 37 + u32::from(seed)).to_le_bytes()[0]).collect();
            if let Some(binary) = Binary::of(&Luma::new(width, height, pixels, Instant::now()).unwrap()) {
                prop_assert_eq!(binary.pixels.len(), binary.width * binary.height);
                let (middle, _) = binary.middle();
                prop_assert_eq!(middle.pixels.len(), middle.width * middle.height);
            }
        }
    }
}
