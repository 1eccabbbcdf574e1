//! The till's eyes: a thread that captures, a slot for the newest frame, a thread that reads it.
//!
//! What a code leads to is the till's business.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tillbeam_scanner::digits::Digits27;
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::slot::{Latest, Reader};
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::screen::Screen;

pub use choice::Choice;

mod capture;
mod choice;
mod kept;
pub mod picture;
mod read;

/// How long one wait for a frame is, and so how soon the end is noticed.
const FRAME_WAIT: Duration = Duration::from_millis(250);
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
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// The first camera, or without one the demo camera in practice mode.
    Any,
    /// The demo camera.
    Demo,
    /// This camera, or the first.
    Camera(Option<String>),
    /// A picture or a folder of them.
    Pictures {
        /// Which.
        path: PathBuf,
        /// Pictures a second.
        fps: f32,
    },
}

/// The code that the practice customer's phone would show now.
pub type LiveCode = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// What the till looks with.
pub struct Sight {
    /// Where frames come from.
    pub wanted: Wanted,
    /// For the demo camera, in practice mode alone.
    pub live_code: Option<LiveCode>,
    /// Where it is remembered which camera.
    pub folder: PathBuf,
}

/// Begins to scan until `stop`; the reader is for the preview.
pub fn start(
    sight: Sight,
    desk: Desk,
    screen: Arc<Screen>,
    nudges: mpsc::Receiver<Nudge>,
    stop: &CancellationToken,
) -> std::io::Result<(Reader<Luma>, Choice)> {
    let (slot, choice) = (Latest::new(), Choice::default());
    let (frames, preview) = (slot.reader(), slot.reader());
    let capture = capture::Capture::new(sight, slot, Arc::clone(&screen), choice.clone(), stop.clone());
    thread::Builder::new().name("capture".to_owned()).spawn(move || capture.run())?;
    read(frames, desk, screen, nudges, stop)?;
    Ok((preview, choice))
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
