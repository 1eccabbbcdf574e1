//! Milliseconds a 720p frame: read with a code, without one, and drawn by the demo camera.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::demo::{CYCLE, HELD, Show};
use tillbeam_scanner::frame::Luma;

/// The contract's first example.
const CODE: &str = "112345678906058726934226722";
/// Visits of the demo's customer whose frames are read in turn.
const VISITS: u32 = 8;

/// The middle of the time that the phone is held.
fn middle() -> Duration {
    (HELD.0 + HELD.1) / 2
}

/// Frames of several visits, at the same time of each.
fn frames(at: Duration) -> Vec<Luma> {
    let mut show = Show::new(Box::new(|| Some(CODE.to_owned())));
    (0..VISITS).map(|visit| show.frame(CYCLE * visit + at, Instant::now())).collect()
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("720p");
    group.sample_size(40);
    let with_code = frames(middle());
    let without = frames(CYCLE.mul_f32(0.8));
    let mut decoder = Decoder::new();
    let mut hits = with_code.iter().cycle();
    group.bench_function("hit", |b| {
        b.iter(|| {
            let found = decoder.decode(hits.next().expect("the frames go round"));
            assert_eq!(found.len(), 1, "a hit must be one");
            found
        });
    });
    let mut misses = without.iter().cycle();
    group.bench_function("miss, later frame", |b| {
        b.iter(|| decoder.decode(misses.next().expect("the frames go round")));
    });
    let mut misses = without.iter().cycle();
    group.bench_function("miss, first frame", |b| {
        b.iter(|| Decoder::new().decode(misses.next().expect("the frames go round")));
    });
    let mut show = Show::new(Box::new(|| Some(CODE.to_owned())));
    group.bench_function("drawn by the demo camera", |b| {
        b.iter(|| show.frame(black_box(middle()), Instant::now()));
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
