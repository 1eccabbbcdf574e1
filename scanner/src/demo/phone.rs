//! The phone in its hand: the customer's page on the screen, white, with the code on it.

use super::draw::{Canvas, capsule, clip, ellipse, rounded, scatter};
use qrcode::{Color, EcLevel, QrCode, Version};

const WIDTH: u16 = 620;
const HEIGHT: u16 = 1150;
/// The middle of the phone's body.
const BODY: (f32, f32) = (300.0, 345.0);
const BODY_HALF: (f32, f32) = (158.0, 318.0);
const SCREEN_HALF: (f32, f32) = (149.0, 309.0);
/// The middle of the code, and what the phone is moved by.
pub(super) const CODE: (f32, f32) = (300.0, 300.0);
/// Pixels to a side of the code, without its quiet zone.
const CODE_SIDE: f32 = 205.0;
/// Grey of the lit screen; a camera's exposure takes it nearly to white.
const WHITE: f32 = 236.0;
/// Grey of the code's dark modules: a screen is never black.
const DARK: f32 = 30.0;

/// The phone with a page that has no code yet.
pub(super) fn without_code() -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    arm(&mut canvas);
    body(&mut canvas);
    page(&mut canvas);
    fingers(&mut canvas);
    canvas
}

/// Puts a code on the page. What does not fit a version 1-Q symbol gets a larger one; what fits none is left out.
pub(super) fn put_code(canvas: &mut Canvas, text: &str) {
    let small = QrCode::with_version(text, Version::Normal(1), EcLevel::Q);
    let Ok(code) = small.or_else(|_| QrCode::with_error_correction_level(text, EcLevel::Q)) else { return };
    let colors = code.to_colors();
    let width = code.width();
    let Ok(modules) = u16::try_from(width).map(f32::from) else { return };
    let module = CODE_SIDE / modules;
    let (left, top) = (CODE.0 - CODE_SIDE / 2.0, CODE.1 - CODE_SIDE / 2.0);
    let is_dark = |x: f32, y: f32| {
        let [column, row] = [(x - left) / module, (y - top) / module].map(|m| usize::from(clip(m, u16::MAX)));
        column < width && colors.get(row * width + column) == Some(&Color::Dark)
    };
    // The mean of 16 places in each pixel: painted module by module, seams would show.
    let grey = |x: f32, y: f32, _| {
        let steps = [-0.375, -0.125, 0.125, 0.375];
        let dark = steps.iter().flat_map(|dy| steps.map(|dx| is_dark(x + dx, y + dy))).filter(|dark| *dark).count();
        WHITE + (DARK - WHITE) * f32::from(u8::try_from(dark).unwrap_or_default()) / 16.0
    };
    let area = [left, top, left + CODE_SIDE, top + CODE_SIDE];
    canvas.paint_within(area, |_, _| -1.0, grey, 1.0);
}

/// Skin, darker towards a finger's edge and downwards.
fn skin(base: f32, radius: f32) -> impl Fn(f32, f32, f32) -> f32 {
    move |_, y, d| base - 46.0 * (1.0 + d / radius).clamp(0.0, 1.0).powi(2) - y * 0.02
}

/// What is behind the phone: forearm with a sleeve, the ball of the hand.
fn arm(canvas: &mut Canvas) {
    let sleeve = |x: f32, y: f32, d: f32| 58.0 + 10.0 * ((x + y * 0.6) * 0.05).sin() + (d / 6.0).max(-16.0);
    canvas.paint(|x, y| capsule(x, y, (388.0, 690.0), (470.0, 1180.0), 82.0), skin(150.0, 82.0), 1.5);
    canvas.paint(|x, y| capsule(x, y, (430.0, 905.0), (500.0, 1300.0), 122.0), sleeve, 2.0);
    canvas.paint(|x, y| ellipse(x, y, (372.0, 590.0), (142.0, 160.0)), skin(158.0, 140.0), 1.5);
}

fn body(canvas: &mut Canvas) {
    let edge = |_, _, d: f32| if d > -3.0 { 96.0 } else { 24.0 };
    canvas.paint(|x, y| rounded(x, y, BODY, BODY_HALF, 40.0), edge, 1.5);
    let glass = |x: f32, y: f32, _| WHITE - (x - BODY.0).abs() * 0.02 - (y - BODY.1) * 0.008;
    canvas.paint(|x, y| rounded(x, y, BODY, SCREEN_HALF, 32.0), glass, 1.5);
    let camera = (BODY.0, BODY.1 - SCREEN_HALF.1 + 15.0);
    canvas.paint(|x, y| rounded(x, y, camera, (30.0, 7.0), 7.0), |_, _, _| 20.0, 1.5);
}

/// The page around the code, its words as grey bars: nobody reads them at this size.
fn page(canvas: &mut Canvas) {
    words(canvas, 118.0, 11.0, 70.0, 1);
    words(canvas, 150.0, 5.5, 135.0, 2);
    let ring = (BODY.0, 452.0);
    canvas.paint(|x, y| ((x - ring.0).hypot(y - ring.1) - 15.0).abs() - 2.5, |_, _, _| 200.0, 1.5);
    let spent = |x: f32, y: f32| {
        let on_ring = ((x - ring.0).hypot(y - ring.1) - 15.0).abs() - 2.5;
        if x > ring.0 { on_ring } else { 9.0 }
    };
    canvas.paint(spent, |_, _, _| 70.0, 1.5);
    words(canvas, 508.0, 19.0, 70.0, 3);
    words(canvas, 546.0, 6.0, 100.0, 4);
    let line = (BODY.0, 590.0);
    canvas.paint(|x, y| rounded(x, y, line, (SCREEN_HALF.0 - 18.0, 0.8), 0.5), |_, _, _| 205.0, 1.5);
    for (i, x) in [-90.0, 0.0, 90.0].into_iter().enumerate() {
        let grey = if i == 0 { 60.0 } else { 165.0 };
        let centre = (BODY.0 + x, 614.0);
        canvas.paint(|x, y| rounded(x, y, centre, (24.0, 5.0), 2.0), move |_, _, _| grey, 1.5);
    }
}

/// A centred line of words, `half` high and wide from its middle.
fn words(canvas: &mut Canvas, y: f32, half_height: f32, half_width: f32, seed: u64) {
    let mut x = BODY.0 - half_width;
    for word in 0..8 {
        let length = half_height * (2.5 + 4.0 * scatter(seed * 100 + word));
        let end = (x + length).min(BODY.0 + half_width);
        let (centre, half) = ((x.midpoint(end), y), ((end - x) / 2.0, half_height));
        canvas.paint(|x, y| rounded(x, y, centre, half, half_height * 0.35), |_, _, _| 78.0, 1.5);
        x = end + half_height * 0.9;
        if x > BODY.0 + half_width - half_height {
            break;
        }
    }
}

/// What is before the phone: finger tips around its left edge, the thumb at its right.
fn fingers(canvas: &mut Canvas) {
    let left = BODY.0 - BODY_HALF.0;
    for (i, y) in [430.0, 486.0, 541.0, 592.0].into_iter().enumerate() {
        let reach = [8.0, 14.0, 12.0, 4.0][i];
        let (from, to) = ((left - 16.0, y + 6.0), (left + reach - 12.0, y));
        canvas.paint(|x, y| capsule(x, y, from, to, 24.0 - reach * 0.2), skin(176.0, 24.0), 1.5);
        let nail = (to.0 + 9.0, to.1 - 1.0);
        canvas.paint(|x, y| ellipse(x, y, nail, (9.0, 10.0)), |_, _, d| 182.0 + d, 2.0);
    }
    let right = BODY.0 + BODY_HALF.0;
    let (knuckle, tip) = ((right + 48.0, 640.0), (right - 6.0, 476.0));
    canvas.paint(|x, y| capsule(x, y, knuckle, (right + 22.0, 540.0), 40.0), skin(172.0, 40.0), 1.5);
    canvas.paint(|x, y| capsule(x, y, (right + 24.0, 560.0), tip, 27.0), skin(176.0, 27.0), 1.5);
    canvas.paint(|x, y| ellipse(x, y, (tip.0 - 4.0, tip.1 - 6.0), (12.0, 15.0)), |_, _, d| 186.0 + d, 2.0);
}
