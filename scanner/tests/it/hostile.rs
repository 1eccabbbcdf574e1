//! What somebody could hold before a camera to keep it busy: no picture takes longer than a bound, by the time that
//! the thread worked, so that a busy machine makes no difference.

use crate::sheet::{self, CODE};
use qrcode::{EcLevel, QrCode, Version, types::Color};
use std::time::{Duration, Instant};
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::frame::Luma;

/// Half as long again as it should be; a build with all its checks on gets three times as long.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 300 } else { 150 });
/// From a small camera's frame up to a phone's photograph, and of how many pictures one is shown in each size.
const SIZES: [(u32, u32, usize); 5] =
    [(640, 480, 2), (1280, 720, 3), (1920, 1080, 5), (2304, 1728, 13), (8000, 6250, 30)];
/// Frames after which every look has had its turn.
const FRAMES: usize = 3;

type Picture = Box<dyn Fn(u32, u32) -> u8>;

fn black_if(black: bool) -> u8 {
    if black { 0 } else { 255 }
}

/// The same for the same place, and like noise.
fn noise(x: u32, y: u32) -> u8 {
    let mixed = (x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77)).wrapping_mul(0xc2b2_ae3d);
    (mixed ^ (mixed >> 15)).wrapping_mul(0x27d4_eb2f).to_be_bytes()[0]
}

fn is_finder(x: u32, y: u32) -> bool {
    x < 7 && y < 7 && matches!(x.abs_diff(3).max(y.abs_diff(3)), 0 | 1 | 3)
}

/// Finder patterns in rows and columns.
fn finders(module: u32, gap: u32) -> Picture {
    Box::new(move |x, y| black_if(is_finder(x / module % (7 + gap), y / module % (7 + gap))))
}

/// Many small finder patterns among few large ones.
fn finders_of_two_sizes(large: u32, small: u32) -> Picture {
    let (cell, pitch) = (large * 9, small * 8);
    Box::new(move |x, y| {
        let is_small = (x / cell % 4, y / cell % 4) == (1, 1);
        let (module, pitch) = if is_small { (small, pitch) } else { (large, cell) };
        black_if(is_finder(x % cell % pitch / module, y % cell % pitch / module))
    })
}

/// Stripes that look like finder patterns along every row.
fn stripes(module: u32, slant: u32) -> Picture {
    Box::new(move |x, y| black_if(matches!((x + y * slant / 4) / module % 9, 0 | 2..=4 | 6)))
}

/// Squares around squares.
fn rings(module: u32, most: u32) -> Picture {
    let pitch = 2 * most * module;
    Box::new(move |x, y| {
        let ring = (x % pitch).abs_diff(pitch / 2).max((y % pitch).abs_diff(pitch / 2)) / module;
        black_if(ring.is_multiple_of(2))
    })
}

/// Codes beside codes, some of whose modules are wrong.
fn codes(version: i16, module: u32, wrong: u8) -> Picture {
    let code = QrCode::with_version(CODE, Version::Normal(version), EcLevel::L).unwrap();
    let (colors, side) = (code.to_colors(), u32::try_from(code.width()).unwrap());
    let pitch = side + 4;
    Box::new(move |x, y| {
        let [column, row] = [x, y].map(|c| c / module % pitch);
        let is_black = column < side && row < side && {
            let data = (9..side - 9).contains(&column) && (9..side - 9).contains(&row);
            let turned = data && noise(x / module, y / module) < wrong;
            (colors[usize::try_from(row * side + column).unwrap()] == Color::Dark) != turned
        };
        black_if(is_black)
    })
}

/// Soft dark spots in light rings in dark rings.
fn waves(period: u32) -> Picture {
    #[expect(clippy::cast_possible_truncation, reason = "the float is below 256")]
    #[expect(clippy::cast_sign_loss, reason = "and above 0")]
    Box::new(move |x, y| {
        let wave = |c: u32| (f64::from(c) * std::f64::consts::TAU / f64::from(period)).cos();
        (127.5 + 60.0 * (wave(x) + wave(y))) as u8
    })
}

fn pictures() -> Vec<(String, Picture)> {
    let mut all: Vec<(String, Picture)> = Vec::new();
    let mut add = |name: String, picture: Picture| all.push((name, picture));
    for (module, gap) in [(1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (4, 7), (6, 7), (12, 14), (100, 2)] {
        add(format!("finders of {module}, {gap} apart"), finders(module, gap));
        let picture = finders(module, gap);
        add(format!("light finders of {module}, {gap} apart"), Box::new(move |x, y| 255 - picture(x, y)));
    }
    for (large, small) in [(4, 1), (8, 1), (10, 2), (20, 1), (20, 3)] {
        add(format!("finders of {large} and {small}"), finders_of_two_sizes(large, small));
    }
    for (module, slant) in [(1, 0), (2, 0), (2, 1), (3, 4), (8, 2), (60, 0)] {
        add(format!("stripes of {module}, slant {slant}"), stripes(module, slant));
    }
    for (module, most) in [(1, 4), (2, 6), (3, 100), (40, 9)] {
        add(format!("{most} rings of {module}"), rings(module, most));
    }
    for (version, module, wrong) in [(1, 1, 0), (1, 2, 0), (1, 2, 60), (1, 5, 100), (7, 2, 90), (20, 2, 90), (40, 1, 0)]
    {
        add(format!("codes of version {version}, {module}, {wrong} wrong"), codes(version, module, wrong));
    }
    for (version, module) in [(40, 5), (1, 60)] {
        add(format!("broken codes of version {version}, {module}"), codes(version, module, 120));
    }
    for block in [1, 2, 3, 5, 9, 40] {
        add(format!("noise in blocks of {block}"), Box::new(move |x, y| noise(x / block, y / block)));
        let binary = move |x: u32, y: u32| black_if(noise(x / block, y / block) > 127);
        add(format!("black and white noise in blocks of {block}"), Box::new(binary));
        add(format!("checkers of {block}"), Box::new(move |x, y| black_if((x / block + y / block).is_multiple_of(2))));
    }
    for period in [5, 9, 14, 23, 40, 90, 300] {
        add(format!("waves of {period}"), waves(period));
    }
    all
}

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
    let pictures = pictures();
    for (offset, (width, height, each)) in SIZES.into_iter().enumerate() {
        for (name, picture) in pictures.iter().skip(offset % each).step_by(each) {
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
