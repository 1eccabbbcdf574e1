//! The picture in the window: small, grey, 15 a second, and never more than the page can draw.
//!
//! Each message is the frame's number (u32), width and height (u16 each), all little-endian, then its grey bytes row
//! by row. The page acknowledges what it drew; while it is behind, frames are dropped here and nothing is queued.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::slot::{Nothing, Reader};
use tokio_util::sync::CancellationToken;

/// From one frame to the next, on the mean.
const INTERVAL: Duration = Duration::from_millis(66);
/// So much earlier a frame may go: a camera's rate is no multiple of ours.
const EARLY: Duration = Duration::from_millis(20);
/// Frames on their way to the page.
const UNDRAWN_LIMIT: u32 = 1;
/// An acknowledgement that is missing for so long is lost, and the picture goes on.
const LOST_AFTER: Duration = Duration::from_secs(2);
/// Larger frames are halved until they fit.
const WIDEST: u32 = 800;

/// Takes one message; `false` when the page is gone.
pub type Sink = Box<dyn FnMut(Vec<u8>) -> bool + Send>;

/// Between the frames and the page.
#[derive(Default)]
pub struct Preview {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sink: Option<Sink>,
    sent: u32,
    drawn: u32,
    last_sent: Option<Instant>,
    /// When the next one may go.
    due: Option<Instant>,
    /// When the frames on their way were captured, by their numbers.
    undrawn: Vec<(u32, Instant)>,
}

impl State {
    fn may_send(&self, now: Instant) -> bool {
        let lost = self.last_sent.is_some_and(|last| now.saturating_duration_since(last) >= LOST_AFTER);
        let behind = self.sent.wrapping_sub(self.drawn) > UNDRAWN_LIMIT;
        let is_due = self.due.is_none_or(|due| now + EARLY >= due);
        self.sink.is_some() && (lost || (is_due && !behind))
    }

    /// Notes that this frame goes.
    fn send(&mut self, frame: &Luma, now: Instant) -> u32 {
        self.sent = self.sent.wrapping_add(1);
        self.last_sent = Some(now);
        // What was missed is not caught up with: that would be a burst.
        let earliest = now.checked_sub(EARLY).unwrap_or(now);
        self.due = Some(self.due.map_or(now, |due| due.max(earliest)) + INTERVAL);
        self.undrawn.retain(|(_, captured)| now.saturating_duration_since(*captured) < LOST_AFTER);
        self.undrawn.push((self.sent, frame.captured()));
        self.sent
    }
}

impl Preview {
    /// A page wants to see; the one before no longer does.
    pub fn show(&self, sink: Sink) {
        *self.state() = State { sink: Some(sink), ..State::default() };
    }

    /// The page drew up to this frame; numbers that were never sent change nothing.
    pub fn drawn(&self, frame: u32) {
        let mut state = self.state();
        if !(state.drawn..=state.sent).contains(&frame) {
            return;
        }
        state.drawn = frame;
        if let Some(place) = state.undrawn.iter().position(|(number, _)| *number == frame) {
            let (_, captured) = state.undrawn[place];
            state.undrawn.drain(..=place);
            tracing::trace!(ms = captured.elapsed().as_secs_f32() * 1_000.0, "a picture is on the screen");
        }
    }

    /// Sends frames until `stop`, on a thread of its own.
    pub fn run(self: Arc<Self>, mut frames: Reader<Luma>, stop: CancellationToken) -> std::io::Result<()> {
        let sending = move || {
            while !stop.is_cancelled() {
                match frames.take_newer(INTERVAL * 4) {
                    Ok(frame) => self.offer(&frame, Instant::now()),
                    Err(Nothing::TimedOut) => {}
                    Err(Nothing::Closed) => return,
                }
            }
        };
        thread::Builder::new().name("preview".to_owned()).spawn(sending)?;
        Ok(())
    }

    fn offer(&self, frame: &Luma, now: Instant) {
        if !self.state().may_send(now) {
            return;
        }
        let small = smaller(frame);
        let mut state = self.state();
        let number = state.send(frame, now);
        let Some(message) = message(number, &small) else { return };
        if state.sink.as_mut().is_some_and(|sink| !sink(message)) {
            state.sink = None;
        }
    }

    /// Every change is one assignment, so a panic elsewhere leaves it whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn smaller(frame: &Luma) -> Luma {
    let mut small = frame.clone();
    while small.width() > WIDEST {
        match small.halved() {
            Some(half) => small = half,
            None => break,
        }
    }
    small
}

fn message(number: u32, frame: &Luma) -> Option<Vec<u8>> {
    let width = u16::try_from(frame.width()).ok()?;
    let height = u16::try_from(frame.height()).ok()?;
    let mut bytes = Vec::with_capacity(8 + frame.pixels().len());
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&width.to_le_bytes());
    bytes.extend_from_slice(&height.to_le_bytes());
    bytes.extend_from_slice(frame.pixels());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn frame(width: u32, height: u32, now: Instant) -> Luma {
        Luma::new(width, height, vec![7; (width * height) as usize], now).unwrap()
    }

    #[test]
    fn a_message_has_number_width_height_and_grey_bytes_of_half_the_size() {
        let (preview, (sender, receiver), now) = (Preview::default(), mpsc::channel(), Instant::now());
        preview.show(Box::new(move |bytes| sender.send(bytes).is_ok()));
        preview.offer(&frame(1280, 720, now), now);
        let bytes = receiver.try_recv().unwrap();
        assert_eq!(bytes[..8], [1, 0, 0, 0, 0x80, 2, 0x68, 1]);
        assert_eq!(bytes.len(), 8 + 640 * 360);
    }

    #[test]
    fn frames_are_dropped_while_the_page_is_behind_and_come_again_after() {
        let (preview, (sender, receiver), start) = (Preview::default(), mpsc::channel(), Instant::now());
        preview.show(Box::new(move |bytes| sender.send(bytes.len()).is_ok()));
        let at = |ms| start + Duration::from_millis(ms);
        for ms in (0..700).step_by(70) {
            preview.offer(&frame(4, 4, start), at(ms));
        }
        assert_eq!(receiver.try_iter().count(), 2, "one drawn or being drawn, one on its way");
        preview.drawn(2);
        preview.offer(&frame(4, 4, start), at(800));
        assert_eq!(receiver.try_iter().count(), 1);
        preview.drawn(99);
        preview.offer(&frame(4, 4, start), at(900));
        preview.offer(&frame(4, 4, start), at(1_000));
        assert_eq!(receiver.try_iter().count(), 1, "a number that was never sent acknowledges nothing");
        preview.offer(&frame(4, 4, start), at(3_500));
        assert_eq!(receiver.try_iter().count(), 1, "an acknowledgement that is lost does not stop the picture");
    }

    #[test]
    fn fifteen_a_second_are_sent_whatever_the_cameras_rate() {
        for camera_fps in [15, 20, 24, 25, 30, 60] {
            let (preview, (sender, receiver), start) = (Preview::default(), mpsc::channel(), Instant::now());
            preview.show(Box::new(move |bytes: Vec<u8>| sender.send(bytes.len()).is_ok()));
            for number in 0..10 * camera_fps {
                let now = start + Duration::from_secs(1) * number / camera_fps;
                preview.offer(&frame(4, 4, now), now);
                let sent = preview.state().sent;
                preview.drawn(sent);
            }
            let sent = receiver.try_iter().count();
            assert!((148..=153).contains(&sent), "{sent} of {camera_fps} a second");
        }
    }

    #[test]
    fn a_page_that_is_gone_is_let_go() {
        let (preview, (sender, receiver), now) = (Preview::default(), mpsc::channel(), Instant::now());
        preview.show(Box::new(move |bytes: Vec<u8>| sender.send(bytes).is_ok()));
        drop(receiver);
        preview.offer(&frame(4, 4, now), now);
        assert!(!preview.state().may_send(now + LOST_AFTER));
    }
}
