//! Test pictures, drawn here: codes on a white sheet.

use image::{GrayImage, Luma as Grey};
use qrcode::{Color, EcLevel, QrCode, Version};
use std::path::Path;
use std::time::Instant;
use tillbeam_scanner::frame::Luma;

/// Two codes of the contract's examples, and one with a wrong last digit.
pub(crate) const CODE: &str = "112345678906058726934226722";
pub(crate) const OTHER_CODE: &str = "100000000426011927051578678";
pub(crate) const MISREAD: &str = "112345678906058726934226723";
pub(crate) const URL: &str = "https://example.org/menu?table=7";
/// What other payment apps show: 18 digits.
pub(crate) const PAYMENT: &str = "134567890123456789";

pub(crate) const WHITE: u8 = 235;
pub(crate) const BLACK: u8 = 25;

/// An empty sheet.
pub(crate) fn blank(width: u32, height: u32) -> GrayImage {
    GrayImage::from_pixel(width, height, Grey([WHITE]))
}

/// A member's code as phones show it, or any other content in the size it needs.
pub(crate) fn qr(content: &[u8]) -> QrCode {
    QrCode::with_version(content, Version::Normal(1), EcLevel::Q)
        .or_else(|_| QrCode::with_error_correction_level(content, EcLevel::M))
        .unwrap()
}

/// Draws a code with `module` pixels to a module.
pub(crate) fn draw(sheet: &mut GrayImage, content: &[u8], left: u32, top: u32, module: u32) {
    let code = qr(content);
    let width = u32::try_from(code.width()).unwrap();
    for (index, color) in (0..).zip(code.to_colors()) {
        let (x, y) = (left + index % width * module, top + index / width * module);
        for (dx, dy) in (0..module).flat_map(|dx| (0..module).map(move |dy| (dx, dy))) {
            sheet.put_pixel(x + dx, y + dy, Grey([if color == Color::Dark { BLACK } else { WHITE }]));
        }
    }
}

/// A sheet of 640 × 480 with one code.
pub(crate) fn with(content: &[u8]) -> GrayImage {
    let mut sheet = blank(640, 480);
    draw(&mut sheet, content, 200, 120, 7);
    sheet
}

pub(crate) fn luma(sheet: &GrayImage) -> Luma {
    Luma::new(sheet.width(), sheet.height(), sheet.as_raw().clone(), Instant::now()).unwrap()
}

/// Writes a picture; the ending of the name says which kind.
pub(crate) fn save(sheet: &GrayImage, path: &Path) {
    sheet.save(path).unwrap();
}
