//! What the fuzz target `frames` does with any bytes: a camera's frames, their size chosen by who stands before it.
//!
//! Shared by the target and by the scanner's own test that replays the corpus.

use std::time::Instant;
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::flaw;
use tillbeam_scanner::frame::Luma;

/// Frames that one input may hold.
const MAX_FRAMES: usize = 4;

/// Successive frames of one camera, each with its own size: a byte of width, one of height, one of how often each
/// pixel is repeated either way, and the pixels, which begin anew where they end.
pub fn frames(bytes: &[u8]) {
    let mut decoder = Decoder::new();
    let mut rest = bytes;
    for _ in 0..MAX_FRAMES {
        let [width, height, times, pixels @ ..] = rest else { return };
        let (columns, rows, times) = (usize::from(*width) + 1, usize::from(*height) + 1, usize::from(*times % 3) + 1);
        if pixels.is_empty() {
            return;
        }
        let pixel = |x: usize, y: usize| pixels[(y / times * columns + x / times) % pixels.len()];
        let (wide, high) = (columns * times, rows * times);
        let all = (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect();
        let size = |side: usize| u32::try_from(side).expect("at most 768");
        let frame = Luma::new(size(wide), size(high), all, Instant::now()).expect("as many pixels as the size says");
        for found in decoder.decode(&frame) {
            assert!(found.corners.as_flattened().iter().all(|c| c.is_finite()), "a corner is nowhere");
        }
        let _ = flaw::of(&frame, decoder.unread());
        rest = &pixels[(columns * rows).min(pixels.len())..];
    }
}
