//! How long our decoder takes at worst, on pictures made to keep it busy.

use super::worked;
use std::io::{self, Write};
use std::time::{Duration, Instant};
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::frame::Luma;

#[path = "../../tests/it/hostile/pictures.rs"]
mod pictures;

/// Sizes of frames, the usual and the odd, and of how many pictures one is shown in each.
const SIZES: [(u32, u32, usize); 12] = [
    (640, 480, 1),
    (1280, 720, 1),
    (1920, 1080, 1),
    (2560, 1440, 1),
    (3840, 2160, 3),
    (1999, 1001, 3),
    (8000, 6250, 20),
    (16_384, 3_173, 20),
    (16_384, 37, 10),
    (37, 16_384, 10),
    (16_384, 1, 20),
    (1, 16_384, 20),
];
/// Frames of one camera that show the picture; and of the worst ones, until every look had its turn.
const FRAMES: usize = 4;
const ALL_TURNS: usize = 16;
/// Pictures that are shown for that long, and named.
const WORST: usize = 24;

struct Shown {
    name: String,
    frame: Luma,
    took: Duration,
    /// Most that was counted of a frame.
    units: u64,
}

/// Shows all of them and names the worst.
pub fn print(out: &mut impl Write) -> io::Result<()> {
    let (mut worst, mut count): (Vec<Shown>, usize) = (Vec::new(), 0);
    for (offset, (width, height, each)) in SIZES.into_iter().enumerate() {
        for (name, picture) in pictures::all().iter().skip(offset % each).step_by(each) {
            let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
            let pixels = places.map(|(x, y)| picture(x, y)).collect();
            let frame = Luma::new(width, height, pixels, Instant::now()).map_err(io::Error::other)?;
            let (took, units) = longest(&frame, FRAMES);
            worst.push(Shown { name: format!("{width} × {height}, {name}"), frame, took, units });
            worst.sort_by_key(|shown| std::cmp::Reverse(shown.took));
            worst.truncate(WORST);
            count += 1;
        }
    }
    writeln!(
        out,
        "\n| the worst of {count} pictures made to take long | ms | over {ALL_TURNS} frames |\n|---|---|---|"
    )?;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    for Shown { name, frame, took, units } in &worst {
        let (turns, _) = longest(frame, ALL_TURNS);
        writeln!(out, "| {name} | {:.1} | {:.1} | {} |", ms(*took), ms(turns), units / 1_000_000)?;
    }
    out.flush()
}

/// The longest of so many frames that show it, and the most that was counted of one.
fn longest(frame: &Luma, frames: usize) -> (Duration, u64) {
    let mut decoder = Decoder::new();
    (0..frames).fold((Duration::ZERO, 0), |(longest, most), _| {
        let start = worked();
        let _ = decoder.decode(frame);
        (longest.max(worked().saturating_sub(start)), most.max(decoder.units()))
    })
}
