//! Codes that lie on something round: a sticker on a cup, a card that is bent, paper that curls.

use crate::sheet::{self, BLACK, CODE, WHITE};
use image::{GrayImage, Luma as Grey};
use qrcode::Color;
use tillbeam_scanner::decode::Decoder;

const WIDTH: u16 = 640;
const HEIGHT: u16 = 480;
/// The camera's focal length, and how far away the nearest line of the cup is, in pixels: it is seen as large as it is.
const FOCAL: f32 = 700.0;
/// Half the code's side.
const HALF: f32 = 100.0;
/// Samples on a side of a pixel.
const SAMPLES: u8 = 3;

/// What a camera sees of a cup with a code on it. `edge` is the angle, in radians, by which the code's edges are turned
/// away; `tilt` is that by which the cup leans, and `turn` that by which the camera is turned.
fn cup(edge: f32, tilt: f32, turn: f32) -> GrayImage {
    let code = sheet::qr(CODE.as_bytes());
    let (colors, side) = (code.to_colors(), u16::try_from(code.width()).unwrap());
    let radius = HALF / edge;
    let light = |x: f32, y: f32| {
        let (sine, cosine) = turn.sin_cos();
        let (x, y) = (x * cosine - y * sine, x * sine + y * cosine);
        // The ray, with the cup upright and its middle at the origin.
        let lean = |[x, y, z]: [f32; 3]| [x, y * tilt.cos() - z * tilt.sin(), y * tilt.sin() + z * tilt.cos()];
        let (from, along) = (lean([0.0, 0.0, -FOCAL - radius]), lean([x, y, FOCAL]));
        let (square, half) = (along[0].powi(2) + along[2].powi(2), from[0] * along[0] + from[2] * along[2]);
        let rest = half * half - square * (from[0].powi(2) + from[2].powi(2) - radius * radius);
        if rest < 0.0 {
            return 90.0;
        }
        let far = (-half - rest.sqrt()) / square;
        let [x, y, z] = [0, 1, 2].map(|axis| from[axis] + far * along[axis]);
        let module = |c: f32| f32::midpoint(c / HALF, 1.0) * f32::from(side);
        #[expect(clippy::cast_possible_truncation, reason = "modules")]
        let [column, row] = [x.atan2(-z) * radius, y].map(|c| module(c).floor() as i32);
        let is_dark = (0..i32::from(side)).contains(&column)
            && (0..i32::from(side)).contains(&row)
            && colors[usize::try_from(row * i32::from(side) + column).unwrap()] == Color::Dark;
        // Less light comes from what is turned away.
        f32::from(if is_dark { BLACK } else { WHITE }) * (0.55 + 0.45 * -z / radius)
    };
    let middle = |at: u32, size: u16| f32::from(u16::try_from(at).unwrap()) - f32::from(size) / 2.0;
    GrayImage::from_fn(WIDTH.into(), HEIGHT.into(), |x, y| {
        let part = |k: u8| (f32::from(k) + 0.5) / f32::from(SAMPLES);
        let all = (0..SAMPLES).flat_map(|j| (0..SAMPLES).map(move |i| (part(i), part(j))));
        let sum: f32 = all.map(|(i, j)| light(middle(x, WIDTH) + i, middle(y, HEIGHT) + j)).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of bytes")]
        Grey([(sum / f32::from(SAMPLES * SAMPLES)) as u8])
    })
}

/// Frames for which it is held.
const FRAMES: usize = 6;

fn is_read(picture: &GrayImage) -> bool {
    let (mut decoder, frame) = (Decoder::new(), sheet::luma(picture));
    (0..FRAMES).any(|_| decoder.decode(&frame).iter().any(|found| found.text == CODE))
}

#[test]
fn a_code_on_a_cup_is_read_upright_lying_and_leaning_a_little() {
    let round = [(0.6, 0.0, 0.0), (0.6, 0.0, 1.57)];
    let leaning = [(0.3, 0.3, 0.0), (0.3, -0.3, 0.8), (0.3, 0.2, 2.4)];
    for (edge, tilt, turn) in round.into_iter().chain(leaning) {
        assert!(is_read(&cup(edge, tilt, turn)), "edges turned away by {edge}, leaning {tilt}, turned {turn}");
    }
}
