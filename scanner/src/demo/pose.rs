//! Where the phone and its customer are at a moment: in from the right, held, out again, a pause.

use super::draw::{Matrix, scatter};
use super::{CYCLE, HEIGHT, HELD, WIDTH};
use std::time::Duration;

/// How long the way out takes; the way in takes until [`HELD`] begins.
const WAY_OUT: Duration = Duration::from_millis(800);
/// The camera's focal length in pixels: an ordinary webcam.
const FOCAL: f32 = 1400.0;

/// One moment of a visit.
pub(super) struct Pose {
    /// 0 outside the picture, 1 where the phone is held.
    pub(super) here: f32,
    /// Maps places of the phone's canvas, taken from `pivot`, into the frame.
    pub(super) phone: Matrix,
}

/// Whether any part of a visit is going on.
pub(super) fn is_in_view(since_start: Duration) -> bool {
    within_cycle(since_start) < HELD.1 + WAY_OUT
}

/// The pose at a moment, with `pivot` the place of the phone's canvas that is moved and turned.
pub(super) fn pose(since_start: Duration, pivot: (f32, f32)) -> Option<Pose> {
    if !is_in_view(since_start) {
        return None;
    }
    let here = presence(within_cycle(since_start));
    let visit = u64::try_from(since_start.as_millis() / CYCLE.as_millis()).unwrap_or_default();
    let vary = |k: u64, spread: f32| (scatter(visit * 16 + k) - 0.5) * 2.0 * spread;
    // A hand is never quite still: a few slow waves that never fall together.
    let t = since_start.as_secs_f32();
    let sway = |rate: f32, size: f32| (t * rate + vary(9, 3.0)).sin() * size;
    let away = 1.0 - here;
    let centre = (
        f32::from(WIDTH) * 0.5 + vary(0, 90.0) + sway(1.7, 5.0) + sway(4.3, 1.5) + away * 620.0,
        f32::from(HEIGHT) * 0.47 + vary(1, 25.0) + sway(2.3, 4.0) + sway(5.1, 1.2) + away * 560.0,
    );
    let roll = vary(2, 0.14) + sway(1.3, 0.015) + away * 0.5;
    let yaw = vary(3, 0.22) + sway(1.1, 0.02) - away * 0.3;
    let pitch = vary(4, 0.16) + sway(0.9, 0.02);
    let scale = 1.0 + vary(5, 0.08) + sway(0.7, 0.01);
    Some(Pose { here, phone: projected(centre, [roll, yaw, pitch], scale, pivot) })
}

fn within_cycle(since_start: Duration) -> Duration {
    let cycle = CYCLE.as_micros();
    Duration::from_micros(u64::try_from(since_start.as_micros() % cycle).unwrap_or_default())
}

/// 0 to 1 on the way in, 1 while held, back to 0 on the way out; eased.
fn presence(at: Duration) -> f32 {
    let part = if at < HELD.0 {
        at.as_secs_f32() / HELD.0.as_secs_f32()
    } else if at < HELD.1 {
        1.0
    } else {
        1.0 - (at.saturating_sub(HELD.1)).as_secs_f32() / WAY_OUT.as_secs_f32()
    };
    let part = part.clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// The pinhole camera's picture of a plane that is turned about its `pivot`.
fn projected(centre: (f32, f32), [roll, yaw, pitch]: [f32; 3], scale: f32, pivot: (f32, f32)) -> Matrix {
    let ((sr, cr), (sy, cy), (sp, cp)) = (roll.sin_cos(), yaw.sin_cos(), pitch.sin_cos());
    // The images of the plane's two axes under pitch, then yaw, then roll.
    let right = [cr * cy, sr * cy, -sy].map(|v| v * scale);
    let down = [cr * sy * sp - sr * cp, sr * sy * sp + cr * cp, cy * sp].map(|v| v * scale);
    let origin = [0, 1, 2].map(|axis| -right[axis] * pivot.0 - down[axis] * pivot.1);
    let column = |p: [f32; 3], depth: f32| {
        let z = p[2] + depth;
        [FOCAL * p[0] + centre.0 * z, FOCAL * p[1] + centre.1 * z, z]
    };
    let columns = [column(right, 0.0), column(down, 0.0), column(origin, FOCAL)];
    [0, 1, 2].map(|row| columns.map(|c| c[row]))
}
