//! What somebody could hold before a camera to keep it busy: no picture takes longer than a bound, by the time that
//! the thread worked, so that a busy machine makes no difference.

mod pictures;

use crate::sheet::{self, CODE};
use pictures::{Picture, codes, finders};
use std::time::{Duration, Instant};
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::frame::Luma;

/// Half as long again as it should be; a build with all its checks on gets three times as long. What is counted, and so
/// the same everywhere, is a test of the decoder's own.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 300 } else { 150 });
/// From a small camera's frame up to a phone's photograph, and of how many pictures one is shown in each size.
const SIZES: [(u32, u32, usize); 5] =
    [(640, 480, 5), (1280, 720, 7), (1920, 1080, 11), (2560, 1440, 29), (8000, 6250, 60)];
/// Frames after which every look has had its turn.
const FRAMES: usize = 3;

#[cfg(unix)]
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
fn worked() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}

/// The longest of the first frames of this picture.
fn longest(frame: &Luma) -> Duration {
    let mut decoder = Decoder::new();
    let look = |_| {
        let start = worked();
        let _ = decoder.decode(frame);
        worked().saturating_sub(start)
    };
    (0..FRAMES).map(look).max().unwrap_or_default()
}

fn takes_not_long(name: &str, picture: &Picture, width: u32, height: u32) {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| picture(x, y)).collect();
    let frame = Luma::new(width, height, pixels, Instant::now()).unwrap();
    // The best of three: a page fault or a moved thread is no work of ours.
    let took = (0..3).map(|_| longest(&frame)).find(|&took| took < LIMIT);
    assert!(took.is_some(), "{width} × {height}, {name}");
}

#[test]
fn no_picture_of_any_size_takes_long() {
    let pictures = pictures::all();
    for (offset, (width, height, each)) in SIZES.into_iter().enumerate() {
        // Large soft ones take long to draw.
        let drawn = pictures.iter().filter(|(name, _)| height < 1000 || !name.starts_with("soft"));
        for (name, picture) in drawn.skip(offset % each).step_by(each) {
            takes_not_long(name, picture, width, height);
        }
    }
}

#[test]
fn large_codes_that_cannot_be_read_take_not_long() {
    for module in [2, 3] {
        for light in [0, 255] {
            let picture = codes(40, module, 120);
            let picture: Picture = Box::new(move |x, y| picture(x, y) ^ light);
            takes_not_long(&format!("broken codes of version 40, {module}, {light}"), &picture, 1920, 1080);
        }
    }
}

#[test]
fn a_code_in_the_middle_of_ten_thousand_finder_patterns_is_read() {
    let mut sheet = sheet::blank(1920, 1080);
    let picture = finders(1, 2);
    for (x, y, pixel) in sheet.enumerate_pixels_mut() {
        pixel.0 = [picture(x, y)];
    }
    for (x, y) in (810..1110).flat_map(|x| (390..690).map(move |y| (x, y))) {
        sheet.put_pixel(x, y, image::Luma([255]));
    }
    sheet::draw(&mut sheet, CODE.as_bytes(), 834, 414, 12);
    let found = Decoder::new().decode(&sheet::luma(&sheet));
    assert!(found.iter().any(|found| found.text == CODE));
}
