//! Why a code in view is not read: what a person can mend, measured from the frame.
//!
//! Pure: a frame and the place of a code in it in, one flaw out. What to say about it is the window's business.

use crate::frame::Luma;

/// What is wrong with the picture, the first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Nowhere in the picture is light enough to see by.
    Dark,
    /// A lamp or a window is reflected over the code.
    Glare,
    /// The code is too small: too far away.
    Far,
    /// The code is out of focus or moves.
    Blurred,
}

/// Luma that even the lightest parts of a dark picture do not reach, and how many parts in a thousand these are.
const DARK: u8 = 48;
const LIGHTEST_PER_MILLE: usize = 20;
/// Pixels of a module below which a code is too far away.
const LEAST_MODULE: f32 = 2.5;
/// Luma of glare; and the part of all places of three by three modules that may be so light without it: a code has few
/// that are all white.
const GLARE: f32 = 250.0;
const MOST_LIGHT: f32 = 0.12;
/// Difference of two neighbouring modules, on the mean, as a part of the code's contrast: about a half where it is sharp.
const LEAST_DIFFERENCE: f32 = 0.25;
/// Modules on a side of a member's code.
const SIDE: usize = 21;

/// What is wrong with a frame in which a code was seen at `place` and not read, or in which none was seen.
pub fn of(frame: &Luma, place: Option<&[[f32; 2]; 4]>) -> Option<Flaw> {
    if is_dark(frame) {
        return Some(Flaw::Dark);
    }
    let place = place?;
    let light = modules(frame, place);
    if is_under_glare(&light) {
        Some(Flaw::Glare)
    } else if module_px(place) < LEAST_MODULE {
        Some(Flaw::Far)
    } else if is_blurred(&light) {
        Some(Flaw::Blurred)
    } else {
        None
    }
}

fn is_dark(frame: &Luma) -> bool {
    // Some of the rows tell enough.
    let rows = frame.pixels().chunks_exact(frame.width() as usize).step_by(8);
    let (all, light) = rows.flatten().fold((0, 0), |(all, light), &p| (all + 1, light + usize::from(p > DARK)));
    light * 1000 < all * LIGHTEST_PER_MILLE
}

/// The length of the shortest side in modules of a member's code.
#[expect(clippy::cast_precision_loss, reason = "21")]
fn module_px(place: &[[f32; 2]; 4]) -> f32 {
    let side = |k: usize| (place[k][0] - place[(k + 1) % 4][0]).hypot(place[k][1] - place[(k + 1) % 4][1]);
    (0..4).map(side).fold(f32::MAX, f32::min) / SIDE as f32
}

/// The light in the middle of each module, row by row.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the frame"
)]
fn modules(frame: &Luma, place: &[[f32; 2]; 4]) -> Vec<f32> {
    let part = |index: usize| (index as f32 + 0.5) / SIDE as f32;
    let at = |x: f32, y: f32| {
        let (column, row) =
            (x.clamp(0.0, (frame.width() - 1) as f32) as usize, y.clamp(0.0, (frame.height() - 1) as f32) as usize);
        f32::from(frame.pixels()[row * frame.width() as usize + column])
    };
    (0..SIDE * SIDE)
        .map(|index| {
            let (u, v) = (part(index % SIDE), part(index / SIDE));
            let [x, y] = [0, 1].map(|axis| {
                let [first, second, third, fourth] = place.map(|corner| corner[axis]);
                (first * (1.0 - u) + second * u) * (1.0 - v) + (fourth * (1.0 - u) + third * u) * v
            });
            at(x, y)
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "at most 441")]
fn is_under_glare(light: &[f32]) -> bool {
    let places = SIDE - 2;
    let is_light = |at: &usize| (0..9).all(|k| light[at / places * SIDE + at % places + k / 3 * SIDE + k % 3] >= GLARE);
    (0..places * places).filter(is_light).count() as f32 > MOST_LIGHT * (places * places) as f32
}

#[expect(clippy::cast_precision_loss, reason = "at most 441")]
fn is_blurred(light: &[f32]) -> bool {
    let mut sorted = light.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let contrast = sorted[sorted.len() * 9 / 10] - sorted[sorted.len() / 10];
    let differences = light.chunks_exact(SIDE).flat_map(|row| row.windows(2).map(|pair| (pair[0] - pair[1]).abs()));
    differences.sum::<f32>() / (SIDE * (SIDE - 1)) as f32 <= LEAST_DIFFERENCE * contrast
}
