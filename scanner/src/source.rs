//! Where frames come from: one type for a webcam, pictures on disk and the demo camera.
//!
//! Opens and lists; the capture loop, its thread and what to do about a lost camera are the caller's.

use crate::frame::{Luma, SizeError};
use std::path::PathBuf;
use std::time::Duration;

/// Something that yields frames, newest first: what nobody took in time is dropped.
pub trait FrameSource: Send {
    /// The next frame, waiting at most `timeout`.
    ///
    /// After [`SourceError::TimedOut`] and [`SourceError::BadPicture`] ask again. After any other error the
    /// source is lost: drop it and open a new one.
    fn next(&mut self, timeout: Duration) -> Result<Luma, SourceError>;

    /// What to call it on a screen, e.g. the camera's own name.
    fn name(&self) -> &str;

    /// As [`CameraInfo::id`], if it is a camera.
    fn id(&self) -> Option<&str> {
        None
    }
}

/// Which source to open.
pub enum SourceSpec {
    /// A webcam by its id from [`cameras`], or the first one.
    Camera {
        /// As [`CameraInfo::id`].
        id: Option<String>,
    },
    /// A picture, or a folder of them in the order of their names.
    Pictures {
        /// A PGM, PNG or JPEG file, or a folder of such.
        path: PathBuf,
        /// Pictures a second.
        fps: f32,
    },
    /// The demo camera: a hand that holds a phone into the picture, again and again.
    Demo {
        /// The code that the phone shows, asked for once a visit; `None` = none yet.
        code: Box<dyn FnMut() -> Option<String> + Send>,
    },
}

/// A camera that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraInfo {
    /// What [`SourceSpec::Camera`] takes; the same after replugging where the system allows.
    pub id: String,
    /// For people.
    pub name: String,
}

/// Why there is no frame. `Display` is a sentence for the till's screen and log that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Nothing came in the time given; ask again.
    #[error("No picture came in time.")]
    TimedOut,
    /// No camera is plugged in, or none with this id.
    #[error("No camera was found. Plug one in.")]
    NoCamera,
    /// The camera is open but has sent nothing for a while.
    #[error("The camera sends no pictures. Unplug it and plug it in again.")]
    NoFrames,
    /// The camera was unplugged, or the folder removed.
    #[error("The camera is gone. Plug it in again.")]
    Gone,
    /// Another program has it.
    #[error("Another program is using the camera. Close that program.")]
    Busy,
    /// The system does not let us.
    #[error("The system does not allow access to the camera. Allow it; on Linux, add this user to the group video.")]
    Denied,
    /// It offers no format that we can read.
    #[error("The camera offers no format that can be read ({offered}). Use another camera.")]
    Unsupported {
        /// What it offers.
        offered: String,
    },
    /// A file is no picture that we can read; the source goes on with the next.
    #[error("{} cannot be read: {why}.", .path.display())]
    BadPicture {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Anything else the system said.
    #[error("The camera failed: {why}. Unplug it and plug it in again.")]
    Failed {
        /// In the system's words.
        why: String,
    },
}

impl SourceError {
    /// A stable word for the kind of error, for logs and screens that have sentences of their own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::NoCamera => "no_camera",
            Self::NoFrames => "no_frames",
            Self::Gone => "gone",
            Self::Busy => "busy",
            Self::Denied => "denied",
            Self::Unsupported { .. } => "unsupported",
            Self::BadPicture { .. } => "bad_picture",
            Self::Failed { .. } => "failed",
        }
    }
}

impl From<SizeError> for SourceError {
    fn from(error: SizeError) -> Self {
        Self::Failed { why: error.to_string() }
    }
}

/// Opens a source. For a camera that hangs this takes some seconds: see [`crate::camera::Camera::open`].
pub fn open(spec: SourceSpec) -> Result<Box<dyn FrameSource>, SourceError> {
    Ok(match spec {
        SourceSpec::Camera { id } => Box::new(crate::camera::Camera::open(id.as_deref())?),
        SourceSpec::Pictures { path, fps } => Box::new(crate::folder::Pictures::open(path, fps)?),
        SourceSpec::Demo { code } => Box::new(crate::demo::DemoCamera::new(code)),
    })
}

/// What may be a camera, by name: see [`crate::camera::plugged`].
pub fn plugged() -> Vec<String> {
    crate::camera::plugged()
}

/// The cameras that are plugged in, also those that are busy or denied. Empty when there are none.
pub fn cameras() -> Vec<CameraInfo> {
    crate::camera::list()
}
