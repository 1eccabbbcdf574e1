use crate::sheet::{CODE, OTHER_CODE};
use std::time::{Duration, Instant};
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::demo::{CYCLE, HELD, INTERVAL, Show};
use tillbeam_scanner::reading::{Reading, Watch};
use tillbeam_scanner::source::{self, SourceSpec};

fn show(code: &'static str) -> Show {
    Show::new(Box::new(move || Some(code.to_owned())))
}

/// The middle of the time that the phone is held in visit `n`.
fn held(n: u32) -> Duration {
    CYCLE * n + (HELD.0 + HELD.1) / 2
}

#[test]
fn the_live_code_is_read_in_nearly_every_frame_while_it_is_held() {
    let mut show = show(CODE);
    let mut decoder = Decoder::new();
    let (mut frames, mut read) = (0, 0);
    for visit in 0..6 {
        let mut at = CYCLE * visit + HELD.0;
        while at < CYCLE * visit + HELD.1 {
            let found = decoder.decode(&show.frame(at, Instant::now()));
            assert!(found.iter().all(|found| found.text == CODE));
            frames += 1;
            read += found.len();
            at += INTERVAL * 5;
        }
    }
    println!("{read} of {frames} frames read");
    assert!(read * 100 >= frames * 95, "{read} of {frames}");
}

#[test]
fn in_the_pause_there_is_nobody() {
    let mut show = show(CODE);
    assert_eq!(Decoder::new().decode(&show.frame(Duration::from_secs(8), Instant::now())), []);
}

#[test]
fn the_same_moment_looks_the_same_and_others_do_not() {
    let now = Instant::now();
    let frame = |at| show(CODE).frame(at, now);
    assert!(frame(held(3)) == frame(held(3)));
    assert!(frame(held(3)) != frame(held(3) + INTERVAL));
}

#[test]
fn each_visit_is_one_scan_of_the_code_of_its_time() {
    let mut codes = [CODE, OTHER_CODE].into_iter();
    let mut show = Show::new(Box::new(move || codes.next().map(str::to_owned)));
    let (mut decoder, mut watch) = (Decoder::new(), Watch::new());
    let start = Instant::now();
    let mut scans = Vec::new();
    for frame in 0..60 {
        // Every fifth frame of two visits.
        let at = INTERVAL * frame * 5;
        let found = decoder.decode(&show.frame(at, start + at));
        if let Reading::Code(code) = watch.frame(found.iter().map(|f| f.text.as_str()), start + at) {
            scans.push(code.as_str().to_owned());
        }
    }
    assert_eq!(scans, [CODE, OTHER_CODE]);
}

#[test]
fn while_there_is_no_code_the_phone_shows_none_and_later_the_one_that_comes() {
    let mut answers = [None, Some(CODE)].into_iter().flatten();
    let mut asked = 0;
    let mut show = Show::new(Box::new(move || {
        asked += 1;
        if asked > 1 { answers.next().map(str::to_owned) } else { None }
    }));
    let mut decode = |at| Decoder::new().decode(&show.frame(at, Instant::now()));
    assert_eq!(decode(held(0)), []);
    assert_eq!(decode(held(0) + INTERVAL)[0].text, CODE);
}

#[test]
fn a_text_that_is_no_code_of_ours_is_shown_as_well_and_a_huge_one_not_at_all() {
    let mut url = show("https://example.org/a-longer-text-than-a-small-symbol-holds");
    assert_eq!(Decoder::new().decode(&url.frame(held(0), Instant::now())).len(), 1);
    let mut huge = Show::new(Box::new(|| Some("x".repeat(9000))));
    assert_eq!(Decoder::new().decode(&huge.frame(held(0), Instant::now())), []);
}

#[test]
fn in_real_time_it_gives_frames_of_720p() {
    let mut camera = source::open(SourceSpec::Demo { code: Box::new(|| None) }).unwrap();
    let first = camera.next(Duration::from_secs(5)).unwrap();
    let second = camera.next(Duration::from_secs(5)).unwrap();
    assert_eq!((first.width(), first.height()), (1280, 720));
    assert!(second.captured() > first.captured());
    // On a busy machine the next one may be there already.
    match camera.next(Duration::ZERO) {
        Ok(third) => assert!(third.captured() > second.captured()),
        Err(error) => assert_eq!(error.code(), "timed_out"),
    }
}
