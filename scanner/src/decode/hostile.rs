//! That no picture costs more than a bound, in units that are counted: the same on every machine, busy or not.

use super::Decoder;
use super::effort::Limit;
use crate::frame::Luma;
use std::time::Instant;

#[path = "../../tests/it/hostile/pictures.rs"]
mod pictures;

/// Units of a frame of any size: what a fast machine does in a tenth of a second.
const MOST_UNITS: u64 = 100_000_000;
/// Sizes of frames, and of how many pictures one is shown in each: drawing them is most of the time.
const SIZES: [(u32, u32, usize); 5] =
    [(640, 480, 5), (1280, 720, 17), (1999, 37, 13), (3001, 2003, 60), (8000, 6250, 60)];
/// Frames after which a look of each kind was taken.
const FRAMES: usize = 3;

#[test]
fn no_picture_costs_more_than_a_bound_and_none_is_free() {
    let pictures = pictures::all();
    for (offset, (width, height, each)) in SIZES.into_iter().enumerate() {
        // Large soft ones take long to draw.
        let drawn = pictures.iter().filter(|(name, _)| height < 1000 || !name.starts_with("soft"));
        for (name, picture) in drawn.skip(offset % each).step_by(each) {
            let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
            let frame = Luma::new(width, height, places.map(|(x, y)| picture(x, y)).collect(), Instant::now()).unwrap();
            let mut decoder = Decoder::new();
            for _ in 0..FRAMES {
                let _ = decoder.decode_within(&frame, Limit::without_clock);
                let units = decoder.units();
                assert!(units < MOST_UNITS, "{width} × {height}, {name}: {units}");
                assert!(units >= u64::from(width * height), "{width} × {height}, {name}: {units}");
            }
        }
    }
}
