//! What the fuzz targets `frames`, `pictures` and `buffers` do with any bytes: a camera's frames, their size chosen by
//! who stands before it; a file that is dropped into the window; what a driver leaves in a buffer.
//!
//! Shared by the targets and by the scanner's own test that replays their corpora.

use std::time::Instant;
use tillbeam_scanner::camera::{Format, Layout};
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::flaw;
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::pictures;

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
        look(&mut decoder, &frame);
        rest = &pixels[(columns * rows).min(pixels.len())..];
    }
}

/// Pixels of the largest picture that is decoded: the bounds of larger ones are other tests' business.
const MAX_PIXELS: usize = 1 << 20;

/// A PGM, PNG or JPEG file.
pub fn picture(bytes: &[u8]) {
    if let Ok(frame) = pictures::read(bytes) {
        let mut decoder = Decoder::new();
        if frame.pixels().len() <= MAX_PIXELS {
            look(&mut decoder, &frame);
        }
    }
}

const FORMATS: [Format; 8] =
    [Format::Grey, Format::Nv12, Format::I420, Format::Yuyv, Format::Uyvy, Format::Mjpeg, Format::Rgb, Format::Bgr];

/// Successive buffers of one camera whose format, size and stride may change: a byte of format, one of width, one of
/// height, one of what a row has beyond its pixels, two of the buffer's length, and the buffer.
pub fn buffers(bytes: &[u8]) {
    let mut decoder = Decoder::new();
    let mut rest = bytes;
    for _ in 0..MAX_FRAMES {
        let [format, width, height, gap, low, high, buffer @ ..] = rest else { return };
        let format = FORMATS[usize::from(*format) % FORMATS.len()];
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(buffer.len());
        let stride = usize::from(*width) + usize::from(*gap);
        let (width, height) = (u32::from(*width), u32::from(*height));
        let layout = Layout { format, width, height, stride };
        if let Some(frame) = layout.luma(&buffer[..length], Instant::now()).filter(|f| f.pixels().len() <= MAX_PIXELS) {
            assert!(format == Format::Mjpeg || (frame.width(), frame.height()) == (width, height), "another size");
            look(&mut decoder, &frame);
        }
        rest = &buffer[length..];
    }
}

fn look(decoder: &mut Decoder, frame: &Luma) {
    for found in decoder.decode(frame) {
        assert!(found.corners.as_flattened().iter().all(|c| c.is_finite()), "a corner is nowhere");
    }
    let _ = flaw::of(frame, decoder.unread());
}
