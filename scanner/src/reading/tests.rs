//! What frames are read as, and that leaving frames out loses nothing.

use super::*;
use crate::digits::check_digit;
use proptest::prelude::*;

/// A code of a kind and credential; `tag` makes it another code of the same.
fn code(kind: u8, credential: u64, tag: u64) -> String {
    let digits = format!("{kind}{credential:010}00{tag:013}");
    format!("{digits}{}", check_digit(digits.bytes().map(|d| d - b'0')))
}

fn scan(text: &str) -> Reading {
    Reading::Code(Digits27::parse(text).unwrap())
}

/// Frames 100 ms apart, each with its texts and what they must be read as.
fn check(frames: &[(&[&str], Reading)]) {
    let mut watch = Watch::new();
    let start = Instant::now();
    for (number, (texts, expected)) in (0..).zip(frames) {
        let reading = watch.frame(texts.iter().copied(), start + Duration::from_millis(100) * number);
        assert_eq!(reading, *expected, "frame {number}: {texts:?}");
    }
}

/// No texts for long enough that whatever was in view has left.
fn pause() -> Vec<(&'static [&'static str], Reading)> {
    vec![(&[], Reading::Nothing); 15]
}

#[test]
fn a_code_that_stays_in_view_is_one_scan() {
    let a = &*code(1, 1, 1);
    let held = Reading::StillThere;
    check(&[(&[a], scan(a)), (&[a], held), (&[], Reading::Nothing), (&[a], held), (&[a, a], held)]);
}

#[test]
fn a_code_that_left_and_came_back_is_a_new_scan_card_or_phone() {
    for kind in [1, 9] {
        let a = &*code(kind, 1, 1);
        let mut frames: Vec<(&[&str], Reading)> = vec![(&[], Reading::Nothing)];
        let shown = [a];
        frames.push((&shown, scan(a)));
        frames.extend(pause());
        frames.push((&shown, scan(a)));
        check(&frames);
    }
}

#[test]
fn a_phone_that_moves_on_to_its_next_code_while_it_is_held_is_not_scanned_again() {
    let (a, next) = (&*code(1, 1, 1), &*code(1, 1, 2));
    check(&[(&[a], scan(a)), (&[next], Reading::StillThere), (&[a], Reading::StillThere)]);
}

#[test]
fn after_a_scan_that_took_nothing_the_next_code_of_the_phone_is_a_new_try() {
    let (a, next, third) = (code(1, 1, 1), code(1, 1, 2), code(1, 1, 3));
    let now = Instant::now();
    let mut watch = Watch::new();
    let see = |watch: &mut Watch, text: &str| watch.frame([text], now);
    assert_eq!(see(&mut watch, &a), scan(&a));
    watch.took_nothing(&Digits27::parse(&a).unwrap());
    assert_eq!(see(&mut watch, &a), Reading::StillThere);
    assert_eq!(see(&mut watch, &next), scan(&next));
    assert_eq!(see(&mut watch, &third), Reading::StillThere, "that one was not said to take nothing");
}

#[test]
fn the_next_customer_need_not_wait_for_the_last_one_to_be_forgotten() {
    let (a, b) = (&*code(1, 1, 1), &*code(1, 2, 1));
    check(&[(&[a], scan(a)), (&[b], scan(b)), (&[a], Reading::StillThere), (&[b], Reading::StillThere)]);
}

#[test]
fn a_phone_and_a_card_with_the_same_number_are_two() {
    let (phone, card) = (&*code(1, 1, 1), &*code(9, 1, 1));
    check(&[(&[phone], scan(phone)), (&[card], scan(card))]);
}

#[test]
fn two_codes_in_one_frame_are_never_scanned_not_even_when_one_was_before() {
    let (a, b) = (&*code(1, 1, 1), &*code(1, 2, 1));
    let two = Reading::TwoCodes;
    check(&[(&[a, b], two), (&[b, a], two), (&[a], scan(a)), (&[a, b], two), (&[a], Reading::StillThere)]);
}

#[test]
fn a_code_held_beside_another_for_long_has_not_left() {
    let (a, b) = (&*code(1, 1, 1), &*code(1, 2, 1));
    let mut frames: Vec<(&[&str], Reading)> = Vec::new();
    let (first, both) = ([a], [a, b]);
    frames.push((&first, scan(a)));
    frames.extend(vec![(&both[..], Reading::TwoCodes); 30]);
    frames.push((&first, Reading::StillThere));
    check(&frames);
}

#[test]
fn what_is_not_a_members_code_is_told_apart() {
    let good = &*code(1, 1, 1);
    let last = if good.ends_with('0') { "1" } else { "0" };
    let misread = &*format!("{}{last}", &good[..26]);
    let (url, payment, binary) = ("https://example.org", "134567890123456789", "\u{ff}\u{0}");
    check(&[
        (&[], Reading::Nothing),
        (&[url], Reading::NotOurs),
        (&[payment], Reading::NotOurs),
        (&[binary, url], Reading::NotOurs),
        (&[misread], Reading::Misread),
        (&[misread, url], Reading::Misread),
        (&[url, misread], Reading::Misread),
        (&[url, good, misread], scan(good)),
    ]);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut watch = Watch::new();
    let now = Instant::now();
    for credential in 0..1000 {
        let text = code(1, credential, 1);
        assert_eq!(watch.frame([&*text], now), scan(&text));
    }
    assert_eq!(watch.in_view.len(), MAX_IN_VIEW);
}

/// What is held before the camera for so many milliseconds: codes of these credentials.
type Shown = (Vec<u64>, u64);

/// The scans of a stretch of frames, with the milliseconds at which each was made; of each time that two codes were
/// shown, whether that was noticed; and how many frames were read.
struct Seen {
    scans: Vec<(u64, Digits27)>,
    twos: Vec<bool>,
    looks: usize,
}

/// Plays frames so many milliseconds apart, each time by another of `steps`, to a watch that is asked which it wants.
fn played(script: &[Shown], steps: &[u64], asks: bool) -> Seen {
    let (start, mut watch) = (Instant::now(), Watch::new());
    let mut seen = Seen { scans: Vec::new(), twos: Vec::new(), looks: 0 };
    let mut steps = steps.iter().cycle();
    let (mut at, mut until) = (0, 0);
    for (shown, ms) in script {
        until += ms;
        let texts: Vec<String> = shown.iter().map(|&credential| code(1, credential, 1)).collect();
        let mut two = false;
        while at < until {
            let now = start + Duration::from_millis(at);
            if !asks || watch.wants(now) {
                seen.looks += 1;
                match watch.frame(texts.iter().map(String::as_str), now) {
                    Reading::Code(code) => seen.scans.push((at, code)),
                    Reading::TwoCodes => two = true,
                    Reading::Nothing | Reading::StillThere | Reading::NotOurs | Reading::Misread => {}
                }
            }
            at += steps.next().expect("steps go round");
        }
        seen.twos.extend((shown.len() > 1).then_some(two));
    }
    seen
}

/// Nothing, one of three codes or two of them; as short as a hand is quick, and as long as a phone is put down.
fn shown() -> impl Strategy<Value = Shown> {
    let held = || prop_oneof![100_u64..400, 2_000_u64..4_000];
    prop_oneof![
        (Just(vec![]), prop_oneof![40_u64..1_000, 1_700_u64..3_000]),
        ((1_u64..4).prop_map(|one| vec![one]), held()),
        ((1_u64..4, 1_u64..3).prop_map(|(one, by)| vec![one, (one + by - 1) % 3 + 1]), held()),
    ]
}

/// Whether somebody is out of view for about as long as it takes to be forgotten: then a frame may decide.
fn is_close(script: &[Shown]) -> bool {
    (1..4).any(|credential| {
        let mut away = 0;
        script.iter().any(|(shown, ms)| {
            let is_back = shown.contains(&credential);
            let is_close = is_back && (1_350..1_650).contains(&away);
            away = if is_back { 0 } else { away + ms };
            is_close
        })
    })
}

proptest! {
    /// Frames that are left out lose no scan and make none: each comes within 100 ms of when it would have.
    #[test]
    fn what_is_left_out_while_a_code_is_held_changes_no_scan(
        script in prop::collection::vec(shown(), 1..12),
        steps in prop::collection::vec(16_u64..48, 7),
    ) {
        prop_assume!(!is_close(&script));
        let (all, some) = (played(&script, &steps, false), played(&script, &steps, true));
        let codes = |seen: &Seen| seen.scans.iter().map(|(_, code)| *code).collect::<Vec<_>>();
        prop_assert_eq!(codes(&all), codes(&some));
        for ((before, _), (after, _)) in all.scans.iter().zip(&some.scans) {
            prop_assert!((*before..before + 100).contains(after), "{} {}", before, after);
        }
        prop_assert!(some.twos.iter().all(|noticed| *noticed));
    }
}

#[test]
fn of_a_code_that_is_held_half_of_the_frames_are_read_and_of_none_or_two_all() {
    let looks = |shown: &[u64]| played(&[(shown.to_vec(), 3_300)], &[33], true).looks;
    assert_eq!([looks(&[1]), looks(&[]), looks(&[1, 2])], [50, 100, 100]);
}

#[test]
fn the_next_code_after_a_scan_that_took_nothing_waits_for_no_more_than_two_frames() {
    let (a, next, start) = (code(1, 1, 1), code(1, 1, 2), Instant::now());
    let mut watch = Watch::new();
    assert_eq!(watch.frame([&*a], start), scan(&a));
    watch.took_nothing(&Digits27::parse(&a).unwrap());
    let mut frames = (1..).map(|number| start + Duration::from_millis(33) * number);
    let wanted = frames.find(|now| watch.wants(*now)).unwrap();
    assert_eq!(wanted, start + Duration::from_millis(66));
    assert_eq!(watch.frame([&*next], wanted), scan(&next));
}
