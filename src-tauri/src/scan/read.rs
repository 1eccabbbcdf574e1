//! The reading thread: the newest frame, decoded; where the code is, why none is read, and one scan per code.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tillbeam_scanner::decode::{Decoder, Found};
use tillbeam_scanner::digits::Digits27;
use tillbeam_scanner::flaw::{self, Flaw};
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::reading::{self, HELD_EVERY, Watch};
use tillbeam_scanner::slot::{Nothing, Reader};
use tokio_util::sync::CancellationToken;

use super::{FRAME_WAIT, Nudge};
use crate::desk::Desk;
use crate::request::Code;
use crate::screen::Screen;
use crate::wire::{Hint, TillEvent};

/// From one outline to the next; pictures are drawn no more often.
const OUTLINE_EVERY: Duration = HELD_EVERY;
/// An outline stays for so long after the last frame in which the code was read, so that it does not flicker.
const OUTLINE_STAYS: Duration = Duration::from_millis(400);
/// The same for a hint.
const HINT_STAYS: Duration = Duration::from_millis(1_500);

/// A flaw of the picture is said once it has lasted this long: a hand on its way in blurs every code.
const FLAW_LASTS: Duration = Duration::from_millis(800);

pub(super) struct Reading {
    desk: Desk,
    screen: Arc<Screen>,
    nudges: mpsc::Receiver<Nudge>,
    watch: Watch,
    outlined: Option<Instant>,
    drawn: Option<Instant>,
    hinted: Option<Instant>,
    /// What is wrong with the picture, and since when.
    flawed: Option<(Flaw, Instant)>,
}

impl Reading {
    pub(super) fn new(desk: Desk, screen: Arc<Screen>, nudges: mpsc::Receiver<Nudge>) -> Self {
        Self { desk, screen, nudges, watch: Watch::new(), outlined: None, drawn: None, hinted: None, flawed: None }
    }

    pub(super) fn run(mut self, mut frames: Reader<Luma>, stop: &CancellationToken) {
        let mut decoder = Decoder::new();
        while !stop.is_cancelled() {
            match frames.take_newer(FRAME_WAIT) {
                Ok(frame) => {
                    self.heed(frame.captured());
                    if self.watch.wants(frame.captured()) {
                        let found = decoder.decode(&frame);
                        let flaw = if found.is_empty() { flaw::of(&frame, decoder.unread()) } else { None };
                        self.frame(&frame, &found);
                        self.flaw(flaw, frame.captured());
                    }
                }
                Err(Nothing::TimedOut) => self.calm_down(Instant::now()),
                Err(Nothing::Closed) => return,
            }
        }
    }

    /// What the till has to say about the codes in view.
    fn heed(&mut self, now: Instant) {
        while let Ok(nudge) = self.nudges.try_recv() {
            match nudge {
                Nudge::TryNext(code) => self.watch.took_nothing(&code),
                Nudge::LookAgain(settled) => {
                    self.watch = Watch::new();
                    // Seen, so that it is no new scan.
                    let _ = settled.map(|code| self.watch.frame([code.as_str()], now));
                }
            }
        }
    }

    fn frame(&mut self, frame: &Luma, found: &[Found]) {
        let now = frame.captured();
        let ours = found.iter().find(|found| Digits27::parse(&found.text).is_ok());
        if let Some(found) = ours.or(found.first()) {
            self.outlined = Some(now);
            if self.drawn.is_none_or(|last| now.saturating_duration_since(last) >= OUTLINE_EVERY) {
                self.drawn = Some(now);
                self.screen.tell(&TillEvent::Found { corners: Some(within(found.corners, frame)) });
            }
        }
        match self.watch.frame(found.iter().map(|found| found.text.as_str()), now) {
            reading::Reading::Code(code) => {
                self.hint(Hint::None, now);
                tracing::debug!("a code is read");
                self.desk.scanned(Code::from(code));
            }
            reading::Reading::StillThere => self.hint(Hint::None, now),
            reading::Reading::NotOurs => self.hint(Hint::NotOurs, now),
            reading::Reading::Misread => self.hint(Hint::Misread, now),
            reading::Reading::TwoCodes => self.hint(Hint::TwoCodes, now),
            reading::Reading::Nothing => {}
        }
        self.calm_down(now);
    }

    /// Says what is wrong with the picture once that has lasted.
    fn flaw(&mut self, flaw: Option<Flaw>, now: Instant) {
        let since = self.flawed.filter(|(known, _)| flaw == Some(*known)).map_or(now, |(_, since)| since);
        self.flawed = flaw.map(|flaw| (flaw, since));
        if let Some(flaw) = flaw
            && now.saturating_duration_since(since) >= FLAW_LASTS
        {
            self.hint(hint_of(flaw), now);
        }
    }

    fn hint(&mut self, hint: Hint, now: Instant) {
        let quiet = self.hinted.is_none();
        self.hinted = (hint != Hint::None).then_some(now);
        // The till's own hint, "wait", is not ours to end.
        if !(quiet && hint == Hint::None) {
            self.screen.tell(&TillEvent::Hint { hint });
        }
    }

    fn calm_down(&mut self, now: Instant) {
        let over = |since: Option<Instant>, stays| since.is_some_and(|at| now.saturating_duration_since(at) > stays);
        if over(self.outlined, OUTLINE_STAYS) {
            (self.outlined, self.drawn) = (None, None);
            self.screen.tell(&TillEvent::Found { corners: None });
        }
        if over(self.hinted, HINT_STAYS) {
            self.hint(Hint::None, now);
        }
    }
}

fn hint_of(flaw: Flaw) -> Hint {
    match flaw {
        Flaw::Dark => Hint::Dark,
        Flaw::Glare => Hint::Glare,
        Flaw::Far => Hint::Far,
        Flaw::Blurred => Hint::Blurred,
    }
}

/// Pixels to parts of the picture.
fn within(corners: [[f32; 2]; 4], frame: &Luma) -> [[f32; 2]; 4] {
    #[expect(clippy::cast_precision_loss, reason = "no side of a frame has more than 16384 pixels")]
    let (width, height) = (frame.width() as f32, frame.height() as f32);
    corners.map(|[x, y]| [x / width, y / height])
}
