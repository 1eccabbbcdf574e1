//! The fast engine: zxing-cpp, which looks at every frame, and again at parts of one.
//!
//! It reads any QR code, black on white or white on black, and says where it saw finder patterns that it could
//! not make a code of. It cannot be stopped while it works, so whoever calls bounds the size of the picture.

use super::Found;
use super::own::Quad;
use crate::frame::Luma;
use std::panic::catch_unwind;
use zxingcpp::{Barcode, BarcodeError, BarcodeFormat, BarcodeReader, ImageFormat, ImageView, TextMode};

/// Most codes and unread places of a picture.
const MAX_PLACES: i32 = 32;

/// What the engine made of a picture.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The codes that it read.
    pub read: Vec<Found>,
    /// Places that look like a code and were not read.
    pub unread: Vec<Quad>,
}

/// Looks at a picture.
pub(super) fn look(picture: &Luma) -> Look {
    // A panic in the crate's own glue loses what the picture holds, and no more.
    catch_unwind(|| look_at(picture)).unwrap_or_default()
}

fn look_at(picture: &Luma) -> Look {
    let reader = BarcodeReader::new()
        .formats([BarcodeFormat::QRCodeModel2])
        .try_harder(true)
        .try_invert(true)
        .try_downscale(true)
        .try_rotate(true)
        .return_errors(true)
        .text_mode(TextMode::Plain)
        .max_number_of_symbols(MAX_PLACES);
    let view = ImageView::from_slice(picture.pixels(), picture.width(), picture.height(), ImageFormat::Lum);
    let Ok(codes) = view.and_then(|view| reader.from(view)) else { return Look::default() };
    let mut look = Look::default();
    for code in codes {
        if code.error() == BarcodeError::None() {
            look.read.push(Found { text: text(&code), corners: corners(&code) });
        } else {
            look.unread.push(corners(&code));
        }
    }
    look
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
fn corners(code: &Barcode) -> Quad {
    let at = code.position();
    [at.top_left, at.top_right, at.bottom_right, at.bottom_left].map(|p| [p.x as f32, p.y as f32])
}
