//! The till's eyes: a thread that captures, a slot for the newest frame, a thread that reads it.
//!
//! A camera that is lost is opened again, ever more slowly; one that is not there is stood in for by the demo camera
//! in practice mode alone, and that is said. What a code leads to is the till's business.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tillbeam_scanner::digits::Digits27;
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::slot::{Latest, Reader};
use tillbeam_scanner::source::{self, FrameSource, SourceError, SourceSpec};
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::screen::Screen;
use crate::wire::{Camera, CameraProblem, CameraState, TillEvent};

mod read;

/// How long one wait for a frame is, and so how soon the end is noticed.
const FRAME_WAIT: Duration = Duration::from_millis(250);
/// A camera without a frame for so long is lost, whatever its driver says.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
/// Between two tries to open a camera, growing from the first to the second.
const REOPEN_MS: (u64, u64) = (500, 8_000);
/// How often a camera is looked for while the demo camera stands in.
const LOOK_FOR_CAMERA: Duration = Duration::from_secs(3);
/// Pictures a second of a folder.
const PICTURES_FPS: f32 = 10.0;
/// Nudges waiting; each is about what is in view now.
pub const NUDGES: usize = 8;

/// What the till tells the reading thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nudge {
    /// Read what is in view again, but not this one.
    LookAgain(Option<Digits27>),
    /// This one took nothing: the same phone's next code is a new scan.
    TryNext(Digits27),
}

/// Where frames come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The first camera, or without one the demo camera in practice mode.
    Any,
    /// The demo camera.
    Demo,
    /// This camera, or the first.
    Camera(Option<String>),
    /// A picture or a folder of them.
    Pictures(PathBuf),
}

/// The code that the practice customer's phone would show now.
pub type LiveCode = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Begins to scan until `stop`; the reader is for the preview.
pub fn start(
    wanted: Wanted,
    live_code: Option<LiveCode>,
    desk: Desk,
    screen: Arc<Screen>,
    nudges: mpsc::Receiver<Nudge>,
    stop: &CancellationToken,
) -> std::io::Result<Reader<Luma>> {
    let slot = Latest::new();
    let (frames, preview) = (slot.reader(), slot.reader());
    let capture = Capture { wanted, live_code, slot, screen: Arc::clone(&screen), stop: stop.clone(), failures: 0 };
    thread::Builder::new().name("capture".to_owned()).spawn(move || capture.run())?;
    read(frames, desk, screen, nudges, stop)?;
    Ok(preview)
}

/// Reads codes off frames, wherever they come from.
pub(crate) fn read(
    frames: Reader<Luma>,
    desk: Desk,
    screen: Arc<Screen>,
    nudges: mpsc::Receiver<Nudge>,
    stop: &CancellationToken,
) -> std::io::Result<()> {
    let reading = read::Reading::new(desk, screen, nudges);
    let stop = stop.clone();
    thread::Builder::new().name("read".to_owned()).spawn(move || reading.run(frames, &stop))?;
    Ok(())
}

struct Capture {
    wanted: Wanted,
    live_code: Option<LiveCode>,
    slot: Latest<Luma>,
    screen: Arc<Screen>,
    stop: CancellationToken,
    /// In a row.
    failures: u32,
}

/// Why one source is no longer used.
enum Over {
    Lost(SourceError),
    /// A camera was plugged in while the demo camera stood in.
    CameraFound,
    Stopped,
}

impl Capture {
    fn run(mut self) {
        while !self.stop.is_cancelled() {
            let stands_in = self.wanted == Wanted::Any && self.live_code.is_some() && source::cameras().is_empty();
            match self.use_source(stands_in) {
                Over::Stopped => return,
                Over::CameraFound => {}
                Over::Lost(error) => {
                    tracing::warn!(%error, "no pictures");
                    self.tell(state_of(&error), String::new(), Some(problem_of(&error)));
                    self.pause();
                }
            }
        }
    }

    fn use_source(&mut self, stands_in: bool) -> Over {
        if !stands_in {
            self.tell(CameraState::Opening, String::new(), None);
        }
        let opened = self.spec(stands_in).and_then(source::open);
        let mut source = match opened {
            Ok(source) => source,
            Err(error) => return Over::Lost(error),
        };
        let state = match &self.wanted {
            _ if stands_in => CameraState::Demo,
            Wanted::Demo => CameraState::Demo,
            Wanted::Pictures(_) => CameraState::Pictures,
            Wanted::Any | Wanted::Camera(_) => CameraState::Live,
        };
        let name = if stands_in { String::new() } else { source.name().to_owned() };
        let shown = Camera { state, name, problem: None };
        self.frames(source.as_mut(), &shown, stands_in)
    }

    fn frames(&mut self, source: &mut dyn FrameSource, shown: &Camera, stands_in: bool) -> Over {
        let mut last_frame = Instant::now();
        let mut looked = Instant::now();
        loop {
            if self.stop.is_cancelled() {
                return Over::Stopped;
            }
            match source.next(FRAME_WAIT) {
                Ok(frame) => {
                    self.slot.put(frame);
                    self.failures = 0;
                    last_frame = Instant::now();
                    self.screen.tell(&TillEvent::Camera(shown.clone()));
                }
                Err(SourceError::TimedOut) if shown.state != CameraState::Live => {}
                Err(SourceError::TimedOut) if last_frame.elapsed() < SILENCE_LIMIT => {}
                Err(SourceError::TimedOut) => return Over::Lost(SourceError::NoFrames),
                Err(error @ SourceError::BadPicture { .. }) => tracing::warn!(%error, "a picture is left out"),
                Err(error) => return Over::Lost(error),
            }
            if stands_in && looked.elapsed() > LOOK_FOR_CAMERA {
                looked = Instant::now();
                if !source::cameras().is_empty() {
                    return Over::CameraFound;
                }
            }
        }
    }

    fn spec(&self, stands_in: bool) -> Result<SourceSpec, SourceError> {
        match &self.wanted {
            Wanted::Any if !stands_in => Ok(SourceSpec::Camera { id: None }),
            Wanted::Any | Wanted::Demo => {
                let live_code = self.live_code.clone().ok_or_else(|| SourceError::Failed {
                    why: "the demo camera works in practice mode alone".to_owned(),
                })?;
                Ok(SourceSpec::Demo { code: Box::new(move || live_code()) })
            }
            Wanted::Camera(id) => Ok(SourceSpec::Camera { id: id.clone() }),
            Wanted::Pictures(path) => Ok(SourceSpec::Pictures { path: path.clone(), fps: PICTURES_FPS }),
        }
    }

    fn tell(&self, state: CameraState, name: String, problem: Option<CameraProblem>) {
        self.screen.tell(&TillEvent::Camera(Camera { state, name, problem }));
    }

    fn pause(&mut self) {
        let (first, longest) = REOPEN_MS;
        let whole = Duration::from_millis(first.saturating_mul(1 << self.failures.min(10)).min(longest));
        self.failures += 1;
        let until = Instant::now() + whole;
        while !self.stop.is_cancelled() && Instant::now() < until {
            thread::sleep(FRAME_WAIT.min(until.saturating_duration_since(Instant::now())));
        }
    }
}

fn state_of(error: &SourceError) -> CameraState {
    if matches!(error, SourceError::NoCamera) { CameraState::None } else { CameraState::Failed }
}

fn problem_of(error: &SourceError) -> CameraProblem {
    match error {
        SourceError::Busy => CameraProblem::Busy,
        SourceError::Denied => CameraProblem::Denied,
        SourceError::Gone | SourceError::NoCamera => CameraProblem::Gone,
        SourceError::NoFrames | SourceError::TimedOut => CameraProblem::NoFrames,
        SourceError::Unsupported { .. } => CameraProblem::Unsupported,
        SourceError::BadPicture { .. } | SourceError::Failed { .. } => CameraProblem::Other,
    }
}
