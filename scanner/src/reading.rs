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

/// While a code is held in view of which nothing new is to be had, from one look to the next: every second frame
/// of a camera of 30 a second.
pub const HELD_EVERY: Duration = Duration::from_millis(50);

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
    /// When the last frame was read, if it showed a code and no second one.
    held: Option<Instant>,
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

    /// Whether a frame captured at `now` is worth reading. While a code is held in view a look at some frames is
    /// enough: to see that it is still there, that it changed, or that another came beside it.
    pub fn wants(&self, now: Instant) -> bool {
        self.held.is_none_or(|last| now.saturating_duration_since(last) >= HELD_EVERY)
    }

    /// Takes the texts of a frame captured at `now`; moments must not go back.
    ///
    /// A phone moves on to its next code every few seconds. While it stays in view that is no new scan, or a
    /// phone left under the camera would be emptied.
    pub fn frame<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>, now: Instant) -> Reading {
        let reading = self.read(texts, now);
        self.held = matches!(reading, Reading::Code(_) | Reading::StillThere).then_some(now);
        reading
    }

    fn read<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>, now: Instant) -> Reading {
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
mod tests;
