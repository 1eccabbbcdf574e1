//! The fast engine: zxing-cpp, which looks at every frame, and again at parts of one.
//!
//! It reads any QR code, black on white or white on black, and says where it saw finder patterns that it could
//! not make a code of. It cannot be stopped while it works: so it is given black and white pictures, of the frame and
//! smaller copies of it the part in which there may be codes, with its [`load`] counted before; of one that is too much it
//! gets the middle.

mod binary;
mod finders;
mod load;
mod sets;

use super::Found;
use super::effort::{Effort, count};
use super::own::Quad;
use crate::frame::Luma;
use binary::Binary;
use finders::Finders;
use load::Load;
use sets::Area;
use std::panic::catch_unwind;
use std::time::Duration;
use zxingcpp::{Barcode, BarcodeError, BarcodeFormat, BarcodeReader, Binarizer, ImageFormat, ImageView, TextMode};

/// Most codes and unread places of a picture, and how many are looked for at first: more only if these took no longer
/// than so, for a large code that cannot be read costs milliseconds.
const MAX_PLACES: usize = 16;
const PLACES_AT_FIRST: usize = 4;
const FEW_TOOK: Duration = Duration::from_millis(6);
/// Pixels on the longer side of a picture of which no smaller copy is looked at.
const SMALLEST: u32 = 500;
/// How often a picture is cut down to its middle before it is left out.
const MAX_CUTS: usize = 3;
/// Units that a pixel of a layer costs, one of an area that is looked at, and a code there, read or not.
const PER_PIXEL: u64 = 2;
const PER_PIXEL_OF_AREA: u64 = 3;
const PER_CODE: u64 = 300_000;
/// What all finder patterns of a picture may cost.
const MAX_LOAD: Duration = Duration::from_millis(15);

/// What the engine made of a picture.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The codes that it read.
    pub read: Vec<Found>,
    /// Places that look like a code and were not read.
    pub unread: Vec<Quad>,
    /// Middles of finder patterns and their widths along a row, dark ones and light ones.
    pub finders: [Vec<([f32; 2], f32)>; 2],
}

/// Looks at a picture.
pub(super) fn look(picture: &Luma) -> Look {
    let mut look = Look::default();
    let mut left = MAX_LOAD;
    let (mut layer, mut scale) = (picture.clone(), 1.0);
    loop {
        count(layer.pixels().len(), PER_PIXEL);
        if let Some(part) = Binary::of(&layer).and_then(|binary| Part::affordable(binary, &mut left)) {
            let at = |[x, y]: [f32; 2]| [(x + part.start[0]) * scale, (y + part.start[1]) * scale];
            for (finders, patterns) in look.finders.iter_mut().zip(&part.finders.patterns) {
                let seen =
                    patterns.iter().take(MAX_PLACES).map(|pattern| (at(pattern.middle()), pattern.width() * scale));
                finders.extend(seen);
            }
            for (load, is_light) in part.loads.iter().zip([false, true]) {
                let most = MAX_PLACES.saturating_sub(look.read.len() + look.unread.len());
                if let Some(Load { area, work }) = load
                    && most > 0
                {
                    count(1, u64::try_from(work.as_nanos()).unwrap_or(u64::MAX));
                    // A panic in the crate's own glue loses what the picture holds, and no more.
                    look.add(catch_unwind(|| part.look(is_light, area, most)).unwrap_or_default(), at);
                }
            }
            binary::spare(part.binary.pixels);
        }
        let is_full = look.read.len() + look.unread.len() >= MAX_PLACES;
        match layer.thirded().filter(|_| !is_full && layer.width().max(layer.height()) > SMALLEST) {
            Some(third) => (layer, scale) = (third, scale * 3.0),
            None => break,
        }
    }
    let Look { read, unread, .. } = &mut look;
    unread.retain(|place| read.iter().all(|found| !overlap(place, &found.corners)));
    look
}

impl Look {
    /// Adds what was seen in a smaller copy, without what was read before.
    fn add(&mut self, other: Look, at: impl Fn([f32; 2]) -> [f32; 2]) {
        for Found { text, corners } in other.read {
            let corners = corners.map(&at);
            if !self.read.iter().any(|known| known.text == text && overlap(&known.corners, &corners)) {
                self.read.push(Found { text, corners });
            }
        }
        self.unread.extend(other.unread.into_iter().map(|quad| quad.map(&at)));
    }
}

/// As much of a picture, around its middle, as can be paid for.
struct Part {
    binary: Binary,
    /// Where it begins.
    start: [f32; 2],
    finders: Finders,
    /// For codes black on white, and for light ones.
    loads: [Option<Load>; 2],
}

impl Part {
    fn affordable(mut binary: Binary, left: &mut Duration) -> Option<Self> {
        let mut start = [0, 0];
        for _ in 0..=MAX_CUTS {
            if let Some(finders) = Finders::of(&binary) {
                let loads = [0, 1].map(|color| Load::of(&finders, color, binary.width, binary.height));
                let work = loads.iter().flatten().fold(Duration::ZERO, |sum, load| sum.saturating_add(load.work));
                if let Some(rest) = left.checked_sub(work) {
                    *left = rest;
                    #[expect(clippy::cast_precision_loss, reason = "pixels of a frame")]
                    return Some(Self { binary, start: start.map(|c| c as f32), finders, loads });
                }
            }
            let (middle, from) = binary.middle();
            binary = middle;
            start = [start[0] + from[0], start[1] + from[1]];
        }
        None
    }

    /// Looks for codes black on white, or for light ones, in an area of it.
    fn look(&self, is_light: bool, area: &Area, most: usize) -> Look {
        let pixels = self.binary.cut(area, is_light);
        let effort = Effort::begun();
        let few = look_at(&pixels, area, most.min(PLACES_AT_FIRST));
        let is_all = few.read.len() + few.unread.len() < PLACES_AT_FIRST;
        let look = if is_all || effort.so_far() > FEW_TOOK { few } else { look_at(&pixels, area, most) };
        binary::spare(pixels);
        look
    }
}

/// The pixels are those of the area.
fn look_at(pixels: &[u8], area: &Area, most: usize) -> Look {
    let reader = BarcodeReader::new()
        .formats([BarcodeFormat::QRCodeModel2])
        .binarizer(Binarizer::BoolCast)
        .try_harder(true)
        .try_invert(false)
        .try_downscale(false)
        .try_rotate(true)
        .return_errors(true)
        .text_mode(TextMode::Plain)
        .max_number_of_symbols(i32::try_from(most).unwrap_or(1));
    let view = ImageView::from_slice(pixels, area.columns.len(), area.rows.len(), ImageFormat::Lum);
    count(pixels.len(), PER_PIXEL_OF_AREA);
    let Ok(codes) = view.and_then(|view| reader.from(view)) else { return Look::default() };
    count(codes.len(), PER_CODE);
    let mut look = Look::default();
    for code in codes {
        if code.error() == BarcodeError::None() {
            look.read.push(Found { text: text(&code), corners: corners(&code, area) });
        } else {
            look.unread.push(corners(&code, area));
        }
    }
    look
}

/// Whether the upright boxes around two quads overlap.
fn overlap(a: &Quad, b: &Quad) -> bool {
    let span = |quad: &Quad, axis: usize| {
        quad.iter().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p[axis]), high.max(p[axis])))
    };
    (0..2).all(|axis| {
        let ((a_low, a_high), (b_low, b_high)) = (span(a, axis), span(b, axis));
        a_low <= b_high && b_low <= a_high
    })
}

/// The bytes as UTF-8 where they are that, else what the engine takes them for.
fn text(code: &Barcode) -> String {
    let bytes = code.bytes();
    match String::from_utf8(bytes) {
        Ok(text) if !code.has_eci() => text,
        // The engine's text ends at a zero byte.
        Err(error) if error.as_bytes().contains(&0) => error.into_bytes().into_iter().map(char::from).collect(),
        Ok(_) | Err(_) => code.text(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "coordinates are far below 2^24")]
fn corners(code: &Barcode, area: &Area) -> Quad {
    let (at, [left, top]) = (code.position(), [area.columns.start, area.rows.start].map(|c| c as f32));
    [at.top_left, at.top_right, at.bottom_right, at.bottom_left].map(|p| [p.x as f32 + left, p.y as f32 + top])
}
