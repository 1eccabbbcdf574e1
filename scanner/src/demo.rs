//! The demo camera: where no camera is plugged in, a customer comes to the counter again and again and holds a
//! phone with a live code into the picture.
//!
//! Draws light only; the code comes from a closure, so nothing here knows a credential. Given the time since
//! its start the picture is always the same. Used by the till's practice mode, by tests and benchmarks.

mod draw;
mod phone;
mod pose;
mod scene;

use crate::frame::Luma;
use crate::source::{FrameSource, SourceError};
use scene::Scene;
use std::thread;
use std::time::{Duration, Instant};

/// Pixels in a row of the demo's frames.
pub const WIDTH: u16 = 1280;
/// Rows of the demo's frames.
pub const HEIGHT: u16 = 720;
/// From one frame to the next: 15 a second.
pub const INTERVAL: Duration = Duration::from_micros(66_667);
/// From one visit to the next.
pub const CYCLE: Duration = Duration::from_secs(10);
/// Within a cycle, from when on and until when the phone is held still; before and after it is on its way.
pub const HELD: (Duration, Duration) = (Duration::from_millis(900), Duration::from_millis(4100));

/// A code to show, if there is one.
pub type LiveCode = Box<dyn FnMut() -> Option<String> + Send>;

/// The scene together with who supplies its codes; frames by moment, without a clock.
pub struct Show {
    scene: Scene,
    code: LiveCode,
    /// The number of the visit that the phone's picture is of.
    visit: Option<u64>,
}

impl Show {
    /// Draws the shop. `code` is asked once a visit, and again in the same visit as long as it has none.
    pub fn new(code: LiveCode) -> Self {
        Self { scene: Scene::new(), code, visit: None }
    }

    /// The frame at a moment since the start.
    #[expect(clippy::missing_panics_doc, reason = "the scene always has the size of the frame")]
    pub fn frame(&mut self, since_start: Duration, captured: Instant) -> Luma {
        let visit = u64::try_from(since_start.as_millis() / CYCLE.as_millis()).unwrap_or(u64::MAX);
        if self.visit != Some(visit) && pose::is_in_view(since_start) {
            let code = (self.code)();
            self.scene.show_code(code.as_deref());
            self.visit = code.is_some().then_some(visit);
        }
        let pixels = self.scene.draw(since_start);
        Luma::new(u32::from(WIDTH), u32::from(HEIGHT), pixels, captured).expect("the scene fills the frame")
    }
}

/// The show in real time.
pub struct DemoCamera {
    show: Show,
    start: Instant,
    due: Instant,
}

impl DemoCamera {
    /// The first visit begins now.
    pub fn new(code: LiveCode) -> Self {
        let show = Show::new(code);
        let start = Instant::now();
        Self { show, start, due: start }
    }
}

impl FrameSource for DemoCamera {
    fn next(&mut self, timeout: Duration) -> Result<Luma, SourceError> {
        let wait = self.due.saturating_duration_since(Instant::now());
        thread::sleep(wait.min(timeout));
        if wait > timeout {
            return Err(SourceError::TimedOut);
        }
        let now = Instant::now();
        // A late frame is not caught up with: that would be a burst.
        self.due = (self.due + INTERVAL).max(now);
        Ok(self.show.frame(now.saturating_duration_since(self.start), now))
    }

    fn name(&self) -> &'static str {
        "Demo camera"
    }
}
