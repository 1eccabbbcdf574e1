//! The shop as its camera sees it: a room out of focus, the counter, a customer, and the phone before it all.

use super::draw::{Canvas, Sprite, byte, capsule, clip, ellipse, rounded, scatter};
use super::phone::{self, CODE};
use super::pose::pose;
use super::{HEIGHT, INTERVAL, WIDTH};
use std::time::Duration;

/// Standard deviation of the sensor's noise, in greys.
const NOISE: f32 = 2.6;
/// Values in the table of noise.
const NOISE_VALUES: u64 = 1 << 16;

/// Where in the table a row's noise may begin at the latest.
const LAST_START: f32 = 64_000.0;

/// What is drawn once and put together anew for each frame.
pub(super) struct Scene {
    room: Vec<f32>,
    customer: Sprite,
    blank_phone: Canvas,
    phone: Sprite,
    noise: Vec<f32>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let blank_phone = phone::without_code();
        let noise = (0..NOISE_VALUES).map(|i| NOISE * gaussian(i)).collect();
        Self {
            room: room(),
            customer: customer().finished(),
            phone: blank_phone.clone().finished(),
            blank_phone,
            noise,
        }
    }

    /// What the phone shows from now on.
    pub(super) fn show_code(&mut self, code: Option<&str>) {
        let mut phone = self.blank_phone.clone();
        if let Some(code) = code {
            phone::put_code(&mut phone, code);
        }
        self.phone = phone.finished();
    }

    /// The frame's bytes, row by row.
    pub(super) fn draw(&self, since_start: Duration) -> Vec<u8> {
        let mut picture = self.room.clone();
        if let Some(pose) = pose(since_start, CODE) {
            // Farther away, so it moves less.
            let aside = (1.0 - pose.here) * 520.0;
            self.customer.put_at(&mut picture, WIDTH, clip(560.0 + aside, WIDTH), clip(60.0 + aside * 0.1, HEIGHT));
            self.phone.put_over(&mut picture, WIDTH, HEIGHT, &pose.phone);
        }
        self.exposed(&picture, since_start)
    }

    /// The sensor: exposure that breathes a little, and noise.
    fn exposed(&self, picture: &[f32], since_start: Duration) -> Vec<u8> {
        let frame = u64::try_from(since_start.as_micros() / INTERVAL.as_micros()).unwrap_or_default();
        let gain = 1.0 + 0.006 * (since_start.as_secs_f32() * 0.8).sin();
        let width = usize::from(WIDTH);
        let mut bytes = Vec::with_capacity(picture.len());
        for (y, row) in (0_u64..).zip(picture.chunks_exact(width)) {
            // Each row begins somewhere else in the table, so no pattern stands out.
            let noise = &self.noise[usize::from(clip(scatter(frame * u64::from(HEIGHT) + y) * LAST_START, u16::MAX))..];
            bytes.extend(row.iter().zip(noise).map(|(grey, noise)| byte(grey * gain + noise)));
        }
        bytes
    }
}

/// Nearly normal: the sum of four even ones, of variance 1.
fn gaussian(n: u64) -> f32 {
    let sum: f32 = (0..4).map(|k| scatter(0x5eed_0000_0000 + n * 4 + k)).sum();
    (sum - 2.0) * 3.0_f32.sqrt()
}

/// The room behind the counter and the counter itself.
fn room() -> Vec<f32> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    canvas.paint(|_, _| -1.0e3, |x, y, _| 128.0 - x * 0.022 - (y - 300.0).abs() * 0.05, 1.0);
    // A window at the left, a doorway at the right.
    let pane = |x: f32, y: f32, _| 212.0 - y * 0.08 + x * 0.01;
    canvas.paint(|x, y| rounded(x, y, (165.0, 190.0), (110.0, 165.0), 6.0), pane, 26.0);
    canvas.paint(|x, y| rounded(x, y, (165.0, 190.0), (5.0, 165.0), 1.0), |_, _, _| 150.0, 24.0);
    canvas.paint(|x, y| rounded(x, y, (1165.0, 300.0), (95.0, 260.0), 6.0), |_, y, _| 62.0 + y * 0.03, 28.0);
    shelves(&mut canvas);
    for (i, x) in [420.0, 690.0, 960.0].into_iter().enumerate() {
        let radius = 24.0 + 7.0 * scatter(40 + u64::try_from(i).unwrap_or_default());
        canvas.paint(|px, py| ellipse(px, py, (x, 30.0), (radius, radius)), |_, _, _| 226.0, 16.0);
    }
    counter(&mut canvas);
    canvas.greys()
}

/// Two boards with boxes and bottles, out of focus.
fn shelves(canvas: &mut Canvas) {
    for (shelf, base) in (0_u64..).zip([262.0, 420.0]) {
        let mut x = 345.0;
        for item in 0..14 {
            let n = 1000 + shelf * 100 + item * 4;
            let (w, h) = (16.0 + 26.0 * scatter(n), 42.0 + 62.0 * scatter(n + 1));
            let (centre, grey) = ((x + w, base - h / 2.0), 52.0 + 140.0 * scatter(n + 2));
            canvas.paint(|px, py| rounded(px, py, centre, (w, h / 2.0), 8.0), |_, _, _| grey, 17.0);
            x += 2.0 * w + 9.0 + 12.0 * scatter(n + 3);
            if x > 1010.0 {
                break;
            }
        }
        canvas.paint(|px, py| rounded(px, py, (690.0, base + 6.0), (365.0, 6.0), 2.0), |_, _, _| 70.0, 13.0);
    }
}

/// The counter's top with its edge, a bowl on it.
fn counter(canvas: &mut Canvas) {
    let grain = |x: f32, y: f32, _| {
        let fibre = (y * 0.9 + (x * 0.004).sin() * 14.0).sin() * 2.2 + (y * 0.23 + x * 0.002).sin() * 4.0;
        let shine = 26.0 * (-((x - 330.0) / 260.0).powi(2)).exp();
        152.0 + fibre + shine - (720.0 - y) * 0.10
    };
    canvas.paint(|_, y| 560.0 - y, grain, 9.0);
    canvas.paint(|_, y| (y - 566.0).abs() - 3.0, |_, _, _| 178.0, 6.0);
    let inside = |x: f32, _, d: f32| 205.0 - (x - 190.0) * 0.35 + d * 0.4;
    canvas.paint(|x, y| ellipse(x, y, (190.0, 668.0), (118.0, 20.0)), |_, _, _| 96.0, 22.0);
    canvas.paint(|x, y| ellipse(x, y, (190.0, 600.0), (108.0, 62.0)), inside, 5.0);
    canvas.paint(|x, y| ellipse(x, y, (190.0, 575.0), (96.0, 24.0)), |_, _, _| 92.0, 5.0);
}

/// Head and shoulders, out of focus.
fn customer() -> Canvas {
    let mut canvas = Canvas::new(640, 760);
    let coat = |x: f32, y: f32, d: f32| 62.0 + (d * 0.12).max(-14.0) + ((x * 0.02).sin() + (y * 0.013).sin()) * 4.0;
    canvas.paint(|x, y| rounded(x, y, (330.0, 620.0), (205.0, 330.0), 120.0), coat, 22.0);
    canvas.paint(|x, y| capsule(x, y, (330.0, 250.0), (330.0, 320.0), 48.0), |_, _, _| 122.0, 20.0);
    canvas.paint(|x, y| ellipse(x, y, (330.0, 150.0), (88.0, 112.0)), |_, _, _| 40.0, 18.0);
    let face = |x: f32, y: f32, d: f32| 158.0 - (x - 300.0) * 0.16 - (y - 180.0) * 0.06 + (d * 0.3).max(-10.0);
    canvas.paint(|x, y| ellipse(x, y, (324.0, 186.0), (68.0, 88.0)), face, 18.0);
    for (centre, half, grey) in [
        ((298.0, 172.0), (13.0, 6.0), 96.0),
        ((350.0, 172.0), (13.0, 6.0), 96.0),
        ((324.0, 204.0), (8.0, 12.0), 142.0),
        ((324.0, 232.0), (22.0, 5.0), 108.0),
    ] {
        canvas.paint(|x, y| ellipse(x, y, centre, half), |_, _, _| grey, 13.0);
    }
    canvas
}
