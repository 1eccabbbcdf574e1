//! The capture thread: which source, and what to do when it is lost.
//!
//! A camera that is lost is opened again, ever more slowly, and at once when something is plugged in; one that is not
//! there is stood in for by another, or in practice mode by the demo camera, and that is said. The preferred one is
//! gone back to as soon as it is there.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::slot::Latest;
use tillbeam_scanner::source::{self, FrameSource, SourceError, SourceSpec};
use tillbeam_scanner::still::Still;
use tokio_util::sync::CancellationToken;

use super::kept::Kept;
use super::{Choice, FRAME_WAIT, LiveCode, Sight, Wanted};
use crate::screen::Screen;
use crate::wire::{Camera, CameraListed, CameraProblem, CameraState, TillEvent};

/// A source without a frame for so long is lost, whatever its driver says.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
/// Between two tries to open a camera, growing from the first to the second.
const REOPEN_MS: (u64, u64) = (500, 4_000);
/// How often it is looked whether something was plugged in.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A camera whose picture has frozen is opened again after so long, and again.
const REOPEN_FROZEN: Duration = Duration::from_secs(15);

pub(super) struct Capture {
    wanted: Wanted,
    live_code: Option<LiveCode>,
    slot: Latest<Luma>,
    screen: Arc<Screen>,
    choice: Choice,
    kept: Kept,
    still: Still,
    stop: CancellationToken,
    /// In a row.
    failures: u32,
}

/// Why one source is no longer used.
enum Over {
    Lost(SourceError),
    /// There may be a better one, or this one may be better when it is opened again.
    Again,
    Stopped,
}

/// One source in use.
struct Used {
    shown: Camera,
    id: Option<String>,
    /// Not what is wanted, but better than nothing.
    stands_in: bool,
}

impl Capture {
    pub(super) fn new(
        sight: Sight,
        slot: Latest<Luma>,
        screen: Arc<Screen>,
        choice: Choice,
        stop: CancellationToken,
    ) -> Self {
        let Sight { wanted, live_code, folder } = sight;
        let (kept, still) = (Kept::load(&folder), Still::default());
        Self { wanted, live_code, slot, screen, choice, kept, still, stop, failures: 0 }
    }

    pub(super) fn run(mut self) {
        while !self.stop.is_cancelled() {
            if let Some(id) = self.choice.take() {
                self.kept.prefer(id);
                self.wanted = Wanted::Any;
                self.failures = 0;
            }
            match self.use_source() {
                Over::Stopped => return,
                Over::Again => {}
                Over::Lost(error) => {
                    tracing::warn!(%error, "no pictures");
                    self.tell(state_of(&error), String::new(), Some(problem_of(&error)));
                    self.pause();
                }
            }
        }
    }

    fn use_source(&mut self) -> Over {
        let cameras = source::cameras();
        let preferred = self.kept.preferred().filter(|id| cameras.iter().any(|camera| camera.id == *id));
        let demo = self.wanted == Wanted::Any && cameras.is_empty() && self.live_code.is_some();
        let spec = self.spec(preferred, demo);
        let stands_in = self.wanted == Wanted::Any && preferred.is_none();
        // What failed before is on the screen until it is well again.
        if !demo && self.failures == 0 {
            self.tell(CameraState::Opening, String::new(), None);
        }
        let mut source = match spec.and_then(source::open) {
            Ok(source) => source,
            Err(error) => {
                self.list(None);
                return Over::Lost(error);
            }
        };
        let state = match &self.wanted {
            Wanted::Any if demo => CameraState::Demo,
            Wanted::Demo => CameraState::Demo,
            Wanted::Pictures { .. } => CameraState::Pictures,
            Wanted::Any | Wanted::Camera(_) => CameraState::Live,
        };
        let name = if demo { String::new() } else { source.name().to_owned() };
        let id = source.id().map(str::to_owned);
        if let Some(id) = &id {
            self.kept.works(id);
        }
        self.list(id.as_deref());
        let stands_in = stands_in && self.kept.preferred() != id.as_deref();
        self.frames(source.as_mut(), &Used { shown: Camera { state, name, problem: None }, id, stands_in })
    }

    fn frames(&mut self, source: &mut dyn FrameSource, used: &Used) -> Over {
        let (mut last_frame, mut looked) = (Instant::now(), Instant::now());
        let mut plugged = source::plugged();
        let mut frozen: Option<Instant> = None;
        loop {
            if self.stop.is_cancelled() {
                return Over::Stopped;
            }
            match source.next(FRAME_WAIT) {
                Ok(frame) => {
                    last_frame = frame.captured();
                    let is_frozen = used.shown.state == CameraState::Live && self.still.frame(&frame);
                    self.slot.put(frame);
                    let problem = is_frozen.then_some(CameraProblem::Frozen);
                    self.screen.tell(&TillEvent::Camera(Camera { problem, ..used.shown.clone() }));
                    self.failures = if is_frozen { self.failures.max(1) } else { 0 };
                    frozen = if is_frozen { frozen.or(Some(last_frame)) } else { None };
                }
                Err(SourceError::TimedOut) if used.shown.state != CameraState::Live => {}
                Err(SourceError::TimedOut) if last_frame.elapsed() < SILENCE_LIMIT => {}
                Err(SourceError::TimedOut) => return Over::Lost(SourceError::NoFrames),
                Err(error @ SourceError::BadPicture { .. }) => tracing::warn!(%error, "a picture is left out"),
                Err(error) => return Over::Lost(error),
            }
            if self.choice.is_made() || frozen.is_some_and(|since| since.elapsed() > REOPEN_FROZEN) {
                return Over::Again;
            }
            if looked.elapsed() > LOOK_EVERY {
                looked = Instant::now();
                let now = source::plugged();
                // Not every system says what is plugged in: there the cameras themselves are asked for.
                let changed = plugged != now || (used.stands_in && now.is_empty());
                plugged = now;
                if changed && self.is_better(used) {
                    return Over::Again;
                }
            }
        }
    }

    /// Something was plugged in or out: tells it, and whether the wanted camera is there now.
    fn is_better(&self, used: &Used) -> bool {
        let cameras = self.list(used.id.as_deref());
        let wanted = |camera: &CameraListed| self.kept.preferred().is_none_or(|id| id == camera.id);
        used.stands_in && cameras.iter().any(|camera| wanted(camera) || used.id.is_none())
    }

    /// Tells the cameras that can be chosen.
    fn list(&self, used: Option<&str>) -> Vec<CameraListed> {
        let listed = source::cameras().into_iter().map(|camera| CameraListed { id: camera.id, name: camera.name });
        let cameras: Vec<CameraListed> = listed.collect();
        let used = used.map(str::to_owned);
        self.screen.tell(&TillEvent::Cameras { cameras: cameras.clone(), used });
        cameras
    }

    fn spec(&self, preferred: Option<&str>, demo: bool) -> Result<SourceSpec, SourceError> {
        match &self.wanted {
            Wanted::Any if !demo => Ok(SourceSpec::Camera { id: preferred.map(str::to_owned) }),
            Wanted::Any | Wanted::Demo => {
                let live_code = self.live_code.clone().ok_or_else(|| SourceError::Failed {
                    why: "the demo camera works in practice mode alone".to_owned(),
                })?;
                Ok(SourceSpec::Demo { code: Box::new(move || live_code()) })
            }
            Wanted::Camera(id) => Ok(SourceSpec::Camera { id: id.clone() }),
            Wanted::Pictures { path, fps } => Ok(SourceSpec::Pictures { path: path.clone(), fps: *fps }),
        }
    }

    fn tell(&self, state: CameraState, name: String, problem: Option<CameraProblem>) {
        self.screen.tell(&TillEvent::Camera(Camera { state, name, problem }));
    }

    /// Waits before the next try; not when something is plugged in or chosen.
    fn pause(&mut self) {
        let (first, longest) = REOPEN_MS;
        let whole = Duration::from_millis(first.saturating_mul(1 << self.failures.min(10)).min(longest));
        self.failures += 1;
        let plugged = source::plugged();
        let until = Instant::now() + whole;
        while !self.stop.is_cancelled() && !self.choice.is_made() && Instant::now() < until {
            thread::sleep(FRAME_WAIT.min(until.saturating_duration_since(Instant::now())));
            if source::plugged() != plugged {
                // The first tries may come before the system has given us the right to open it.
                self.failures = 1;
                return;
            }
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

#[cfg(test)]
mod tests;
