//! Webcams, through nokhwa, each in a thread of its own; on Linux V4L2 itself stands behind it.
//!
//! A driver can hang in any call, and nothing can interrupt it. So the thread only puts frames into a slot; who
//! waits, waits with a limit, and a thread that hangs is left alone, never joined. There is at most one thread
//! for a camera and a library, so no more can hang than twice the cameras. nokhwa is tried first; a camera that it
//! cannot open, or that sends nothing through it, is V4L2's from then on. What to do when a camera is lost (say so,
//! open it again) is the caller's.

mod claim;
mod error;
mod known;
mod mode;
mod pixels;
mod stream;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

use crate::frame::Luma;
use crate::slot::{Latest, Nothing, Reader};
use crate::source::{CameraInfo, FrameSource, SourceError};
use claim::Claim;
pub use mode::Format;
pub use pixels::Layout;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longest that opening takes; and from then to the first frame, because some cameras take two seconds to wake up.
pub const OPEN_LIMIT: Duration = Duration::from_secs(5);
/// A camera that sent nothing for this long is lost. One that nokhwa opened has no longer for its first frame, if
/// there is another library to try.
pub const NO_FRAMES_AFTER: Duration = Duration::from_millis(1500);
/// Longest that listing waits for drivers.
const LIST_LIMIT: Duration = Duration::from_secs(2);
/// Longest that a camera's next library waits for the one before to let go of it.
const RELEASE_LIMIT: Duration = Duration::from_secs(1);

/// What reads a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// nokhwa, on every system.
    Nokhwa,
    /// V4L2 by the crate `v4l`.
    #[cfg(target_os = "linux")]
    V4l,
}

impl Library {
    /// For logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nokhwa => "nokhwa",
            #[cfg(target_os = "linux")]
            Self::V4l => "v4l",
        }
    }

    /// Whether another one can be tried.
    fn is_last(self) -> bool {
        system::LIBRARIES.last() == Some(&self)
    }
}

/// A camera of the system, before it is opened.
#[derive(Debug, Clone)]
struct Device {
    info: CameraInfo,
    /// What else it answers to, e.g. `/dev/video0`.
    aliases: Vec<String>,
    index: nokhwa::utils::CameraIndex,
}

/// What the camera's thread calls for each frame; `None` for one that came damaged.
type Grab = Box<dyn FnMut() -> Result<Option<Luma>, SourceError>>;

/// What the camera's thread says.
#[derive(Clone)]
enum Told {
    Opened,
    Frame(Luma),
    Ended(SourceError),
}

/// How long to wait for what.
#[derive(Clone, Copy)]
struct Limits {
    open: Duration,
    /// From then to the first frame.
    first: Duration,
    /// From one frame to the next.
    silence: Duration,
}

impl Limits {
    fn of(library: Library) -> Self {
        let first = if library.is_last() { OPEN_LIMIT } else { NO_FRAMES_AFTER };
        Self { open: OPEN_LIMIT, first, silence: NO_FRAMES_AFTER }
    }
}

/// An open webcam.
pub struct Camera {
    device: Device,
    library: Library,
    frames: Reader<Told>,
    last: Instant,
    limits: Limits,
    stop: Arc<AtomicBool>,
}

impl Camera {
    /// Opens the camera with this id, or the first one that opens, and waits for its first frame: at most twice
    /// [`OPEN_LIMIT`] for each library.
    pub fn open(id: Option<&str>) -> Result<Self, SourceError> {
        let mut wanted = devices();
        if let Some(id) = id {
            wanted.retain(|device| device.info.id == id || device.aliases.iter().any(|alias| alias == id));
        }
        let mut first_error = SourceError::NoCamera;
        for device in wanted {
            match Self::open_device(&device) {
                Ok(camera) => return Ok(camera),
                Err(error) if first_error == SourceError::NoCamera => first_error = error,
                Err(_) => {}
            }
        }
        Err(first_error)
    }

    /// By the first library that can do it.
    fn open_device(device: &Device) -> Result<Self, SourceError> {
        let without_nokhwa = known::is_without_nokhwa(&device.info.id);
        let mut failure = None;
        for library in system::LIBRARIES {
            if without_nokhwa && *library == Library::Nokhwa && !library.is_last() {
                continue;
            }
            let index = device.index.clone();
            match Self::start(device, *library, move || system::open(&index, *library), Limits::of(*library)) {
                Ok(camera) => {
                    if failure.is_some() {
                        known::learn(&device.info.id);
                    }
                    return Ok(camera);
                }
                Err(error) if library.is_last() || !may_be_the_librarys(&error) => {
                    // The camera may be busy by our own first try, and that is not what to say.
                    return Err(failure.filter(|first| *first == SourceError::NoFrames).unwrap_or(error));
                }
                Err(error) => {
                    if error == SourceError::NoFrames {
                        let_go(device, *library);
                    }
                    failure = Some(error);
                }
            }
        }
        Err(failure.unwrap_or(SourceError::NoCamera))
    }

    fn start(
        device: &Device,
        library: Library,
        open: impl FnOnce() -> Result<Grab, SourceError> + Send + 'static,
        limits: Limits,
    ) -> Result<Self, SourceError> {
        // Still held: an earlier thread hangs in the driver, or is about to end.
        let claim = Claim::wait_for(&claimed(device, library), limits.open).ok_or(SourceError::NoFrames)?;
        let slot = Latest::new();
        let frames = slot.reader();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || capture(open, &slot, &stopped, claim))
            .map_err(|error| SourceError::Failed { why: error.to_string() })?;
        let mut camera = Self { device: device.clone(), library, frames, last: Instant::now(), limits, stop };
        // Dropping the camera on an error tells the thread to end as soon as it can.
        camera.wait_for_first()?;
        Ok(camera)
    }

    /// By a reader of its own, so that the first frame is still there for `next`.
    fn wait_for_first(&mut self) -> Result<(), SourceError> {
        let mut frames = self.frames.clone();
        let mut limit = self.limits.open;
        loop {
            match frames.take_newer(limit) {
                Ok(Told::Opened) => limit = self.limits.first,
                Ok(Told::Frame(first)) => {
                    self.last = first.captured();
                    return Ok(());
                }
                Ok(Told::Ended(error)) => return Err(error),
                Err(Nothing::TimedOut) => return Err(SourceError::NoFrames),
                Err(Nothing::Closed) => return Err(thread_ended()),
            }
        }
    }

    /// What reads it.
    pub fn library(&self) -> Library {
        self.library
    }
}

/// Opens, then puts frames until told to stop or the camera fails; the failure is the last thing put.
fn capture(open: impl FnOnce() -> Result<Grab, SourceError>, slot: &Latest<Told>, stop: &AtomicBool, claim: Claim) {
    let outcome = open().and_then(|mut grab| {
        slot.put(Told::Opened);
        while !stop.load(Ordering::Relaxed) {
            if let Some(frame) = grab()? {
                slot.put(Told::Frame(frame));
            }
        }
        Ok(())
    });
    // The camera is closed by now: only then may the next one open it.
    drop(claim);
    if let Err(error) = outcome {
        slot.put(Told::Ended(error));
    }
}

fn claimed(device: &Device, library: Library) -> String {
    format!("{} {}", library.name(), device.info.id)
}

/// Whether another library may do better.
fn may_be_the_librarys(error: &SourceError) -> bool {
    match error {
        SourceError::NoFrames | SourceError::Unsupported { .. } | SourceError::Failed { .. } => true,
        SourceError::TimedOut
        | SourceError::NoCamera
        | SourceError::Gone
        | SourceError::Busy
        | SourceError::Denied
        | SourceError::BadPicture { .. } => false,
    }
}

/// Takes the camera from a thread that waits in its driver, and waits for that to have happened.
fn let_go(device: &Device, library: Library) {
    system::release(&device.index);
    drop(Claim::wait_for(&claimed(device, library), RELEASE_LIMIT));
}

fn thread_ended() -> SourceError {
    SourceError::Failed { why: "its driver ended unexpectedly".to_owned() }
}

impl FrameSource for Camera {
    fn next(&mut self, timeout: Duration) -> Result<Luma, SourceError> {
        let silence = self.limits.silence.saturating_sub(self.last.elapsed());
        match self.frames.take_newer(timeout.min(silence)) {
            Ok(Told::Frame(frame)) => {
                self.last = frame.captured();
                Ok(frame)
            }
            Ok(Told::Ended(error)) => Err(error),
            Err(Nothing::TimedOut) if self.last.elapsed() >= self.limits.silence => {
                if !self.library.is_last() {
                    known::learn(&self.device.info.id);
                    let_go(&self.device, self.library);
                }
                Err(SourceError::NoFrames)
            }
            Ok(Told::Opened) | Err(Nothing::TimedOut) => Err(SourceError::TimedOut),
            Err(Nothing::Closed) => Err(thread_ended()),
        }
    }

    fn name(&self) -> &str {
        &self.device.info.name
    }

    fn id(&self) -> Option<&str> {
        Some(&self.device.info.id)
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The cameras that are plugged in.
pub fn list() -> Vec<CameraInfo> {
    devices().into_iter().map(|device| device.info).collect()
}

/// What may be a camera, by name: changes whenever one is plugged in or out, and costs little to ask. Always empty
/// on systems where that is not so.
pub fn plugged() -> Vec<String> {
    system::plugged()
}

/// The ids of the cameras that nokhwa could not serve, for the next start.
pub fn without_nokhwa() -> Vec<String> {
    known::all()
}

/// What [`without_nokhwa`] said before this process began.
pub fn remember_without_nokhwa(ids: &[String]) {
    for id in ids {
        known::learn(id);
    }
}

/// Asks the system in a thread of its own: it has to open each camera to learn what it is.
fn devices() -> Vec<Device> {
    let Some(claim) = Claim::wait_for("the list of cameras", LIST_LIMIT) else { return Vec::new() };
    let slot = Latest::new();
    let mut listed = slot.reader();
    let asked = thread::Builder::new().name("cameras".to_owned()).spawn(move || {
        let devices = system::devices();
        drop(claim);
        slot.put(devices);
    });
    asked.ok().and_then(|_| listed.take_newer(LIST_LIMIT).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LIMITS: Limits = Limits { open: OPEN_LIMIT, first: OPEN_LIMIT, silence: NO_FRAMES_AFTER };
    const SHORT: Duration = Duration::from_millis(100);
    const SOON: Limits = Limits { open: SHORT, first: SHORT, silence: SHORT };
    const LONG: Duration = Duration::from_secs(20);

    fn start(
        id: &str,
        open: impl FnOnce() -> Result<Grab, SourceError> + Send + 'static,
        limits: Limits,
    ) -> Result<Camera, SourceError> {
        let info = CameraInfo { id: id.to_owned(), name: format!("Camera {id}") };
        let index = nokhwa::utils::CameraIndex::Index(4_000_000);
        Camera::start(&Device { info, aliases: Vec::new(), index }, Library::Nokhwa, open, limits)
    }

    fn frame(grey: u8) -> Luma {
        Luma::new(1, 1, vec![grey], Instant::now()).unwrap()
    }

    /// A driver that gives what is sent to it and blocks while nothing is.
    fn driven(by: mpsc::Receiver<Result<Option<Luma>, SourceError>>) -> Grab {
        Box::new(move || by.recv().unwrap_or(Err(SourceError::Gone)))
    }

    #[test]
    fn the_first_frame_is_waited_for_and_not_lost() {
        let (driver, by) = mpsc::channel();
        driver.send(Ok(None)).unwrap();
        driver.send(Ok(Some(frame(7)))).unwrap();
        let mut camera = start("first", move || Ok(driven(by)), LIMITS).unwrap();
        assert_eq!(camera.next(LONG).unwrap().pixels(), [7]);
        assert_eq!(camera.name(), "Camera first");
    }

    #[test]
    fn a_camera_that_stops_sending_is_lost_after_a_while() {
        let (driver, by) = mpsc::channel();
        driver.send(Ok(Some(frame(1)))).unwrap();
        let mut camera = start("silent", move || Ok(driven(by)), SOON).unwrap();
        assert!(camera.next(LONG).is_ok());
        assert_eq!(camera.next(Duration::ZERO).unwrap_err(), SourceError::TimedOut);
        assert_eq!(camera.next(LONG).unwrap_err(), SourceError::NoFrames);
    }

    #[test]
    fn a_camera_that_opens_and_sends_nothing_is_given_up_before_one_that_takes_long_to_open() {
        let (driver, by) = mpsc::channel();
        let limits = Limits { first: SHORT, ..LIMITS };
        let begun = Instant::now();
        assert_eq!(start("mute", move || Ok(driven(by)), limits).err(), Some(SourceError::NoFrames));
        assert!(begun.elapsed() < OPEN_LIMIT);
        drop(driver);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_camera_that_fell_silent_under_nokhwa_is_not_nokhwas_again() {
        let (driver, by) = mpsc::channel();
        driver.send(Ok(Some(frame(1)))).unwrap();
        let mut camera = start("condemned", move || Ok(driven(by)), SOON).unwrap();
        assert!(camera.next(LONG).is_ok());
        drop(driver);
        assert_eq!(camera.next(LONG).unwrap_err(), SourceError::Gone);
        assert!(!without_nokhwa().contains(&"condemned".to_owned()), "being pulled out is not nokhwa's fault");
        let (driver, by) = mpsc::channel();
        driver.send(Ok(Some(frame(1)))).unwrap();
        let mut camera = start("condemned", move || Ok(driven(by)), SOON).unwrap();
        assert!(camera.next(LONG).is_ok());
        assert_eq!(camera.next(LONG).unwrap_err(), SourceError::NoFrames);
        assert!(without_nokhwa().contains(&"condemned".to_owned()));
        drop(driver);
    }

    #[test]
    fn a_camera_that_is_pulled_out_says_so_at_once() {
        let (driver, by) = mpsc::channel();
        driver.send(Ok(Some(frame(1)))).unwrap();
        let mut camera = start("pulled", move || Ok(driven(by)), LIMITS).unwrap();
        assert!(camera.next(LONG).is_ok());
        driver.send(Err(SourceError::Gone)).unwrap();
        assert_eq!(camera.next(LONG).unwrap_err(), SourceError::Gone);
    }

    #[test]
    fn an_error_of_opening_is_passed_on_and_the_camera_can_be_tried_again() {
        for _ in 0..2 {
            let opened = start("busy", || Err(SourceError::Busy), LIMITS);
            assert_eq!(opened.err(), Some(SourceError::Busy));
        }
    }

    #[test]
    fn a_driver_that_hangs_is_given_up_and_never_entered_twice() {
        let (release, hang) = mpsc::channel::<()>();
        let hanging = move || {
            hang.recv().ok();
            Err(SourceError::Gone)
        };
        assert_eq!(start("hangs", hanging, SOON).err(), Some(SourceError::NoFrames));
        let again = start("hangs", || unreachable!("one thread is still in the driver"), SOON);
        assert_eq!(again.err(), Some(SourceError::NoFrames));
        // When it comes back after all, the camera can be used again.
        release.send(()).unwrap();
        let opened = start("hangs", || Err(SourceError::Busy), LIMITS);
        assert_eq!(opened.err(), Some(SourceError::Busy));
    }

    #[test]
    fn a_driver_that_panics_ends_its_thread_alone() {
        let opened = start("panics", || panic!("a driver's name is no text"), LIMITS);
        assert_eq!(opened.err().map(|error| error.code()), Some("failed"));
    }

    #[test]
    fn a_dropped_camera_is_closed_so_that_it_can_be_opened_again() {
        for _ in 0..3 {
            let open = || Ok(Box::new(|| Ok(Some(frame(1)))) as Grab);
            let mut camera = start("again", open, LIMITS).unwrap();
            assert!(camera.next(LONG).is_ok());
        }
    }

    #[test]
    fn an_unknown_id_is_no_camera() {
        assert_eq!(Camera::open(Some("no such camera")).err(), Some(SourceError::NoCamera));
    }
}
