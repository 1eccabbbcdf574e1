//! From the texts of successive frames to scans: what is in view now, and is it to be sent.
//!
//! Pure: texts and a moment in, a decision out; no camera, no clock, no network. One presented code is one
//! scan, however many frames show it. What the server then says is not its business, but for
//! [`Watch::took_nothing`].

use crate::digits::{Digits27, FormError};
use std::time::{Duration, Instant};

/// A code that no frame showed for this long has left the picture; showing it again is a new scan. Longer
/// than the gaps of a hand-held code that is read in every second frame or so.
pub const GONE_AFTER: Duration = Duration::from_millis(1500);

/// Most credentials remembered as in view at a time; the longest unseen is forgotten first.
pub const MAX_IN_VIEW: usize = 8;

/// What one frame tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// No code in the frame.
    Nothing,
    /// A code that was not in view before: one scan.
    Code(Digits27),
    /// The phone or card of an earlier scan has not left the picture.
    StillThere,
    /// Codes, but none of a member: a poster, a payment code, something binary.
    NotOurs,
    /// A member's code by form, with a wrong check digit.
    Misread,
    /// Two different members' codes in one frame: nobody can know which is meant, nothing is scanned.
    TwoCodes,
}

/// What was seen before; one for each camera.
#[derive(Debug, Default)]
pub struct Watch {
    in_view: Vec<Seen>,
}

#[derive(Debug)]
struct Seen {
    code: Digits27,
    at: Instant,
    /// The scan of `code` took nothing, so the next code of the same credential is a new try.
    took_nothing: bool,
}

impl Watch {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the texts of a frame captured at `now`; moments must not go back.
    ///
    /// A phone moves on to its next code every few seconds. While it stays in view that is no new scan, or a
    /// phone left under the camera would be emptied.
    pub fn frame<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>, now: Instant) -> Reading {
        self.in_view.retain(|seen| now.saturating_duration_since(seen.at) < GONE_AFTER);
        let mut codes: Vec<Digits27> = Vec::new();
        let mut otherwise = Reading::Nothing;
        for text in texts {
            match (Digits27::parse(text), otherwise) {
                (Ok(code), _) if codes.contains(&code) => {}
                (Ok(code), _) => codes.push(code),
                (Err(FormError::CheckDigit), _) => otherwise = Reading::Misread,
                (Err(FormError::NotOurs), Reading::Misread) => {}
                (Err(FormError::NotOurs), _) => otherwise = Reading::NotOurs,
            }
        }
        match codes[..] {
            [] => otherwise,
            [code] => self.single(code, now),
            _ => {
                for seen in self.in_view.iter_mut().filter(|seen| codes.contains(&seen.code)) {
                    seen.at = now;
                }
                Reading::TwoCodes
            }
        }
    }

    /// The scan of this code ended without taking anything (refused, cancelled). The same code is still not
    /// scanned again while it stays in view, but the next one of that phone is: a customer whose code was too
    /// old only has to hold still.
    pub fn took_nothing(&mut self, code: &Digits27) {
        for seen in self.in_view.iter_mut().filter(|seen| seen.code == *code) {
            seen.took_nothing = true;
        }
    }

    fn single(&mut self, code: Digits27, now: Instant) -> Reading {
        let known = |seen: &&mut Seen| seen.code.kind() == code.kind() && seen.code.credential() == code.credential();
        if let Some(seen) = self.in_view.iter_mut().find(known) {
            seen.at = now;
            if seen.code == code || !seen.took_nothing {
                return Reading::StillThere;
            }
            *seen = Seen { code, at: now, took_nothing: false };
            return Reading::Code(code);
        }
        if self.in_view.len() == MAX_IN_VIEW {
            let oldest = self.in_view.iter().enumerate().min_by_key(|(_, seen)| seen.at);
            if let Some((index, _)) = oldest {
                self.in_view.swap_remove(index);
            }
        }
        self.in_view.push(Seen { code, at: now, took_nothing: false });
        Reading::Code(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::check_digit;

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
}
