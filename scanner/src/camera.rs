//! Webcams, through nokhwa, each in a thread of its own.
//!
//! A driver can hang in any call, and nothing can interrupt it. So the thread only puts frames into a slot; who
//! waits, waits with a limit, and a thread that hangs is left alone, never joined. There is at most one thread
//! for a camera, so no more can hang than there are cameras. What to do when a camera is lost (say so, open it
//! again) is the caller's.

mod claim;
mod error;
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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longest from opening to the first frame; some cameras take two seconds to wake up.
pub const OPEN_LIMIT: Duration = Duration::from_secs(5);
/// A camera that sent nothing for this long is lost.
pub const NO_FRAMES_AFTER: Duration = Duration::from_millis(1500);
/// Longest that listing waits for drivers.
const LIST_LIMIT: Duration = Duration::from_secs(2);

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

/// How long to wait for what.
#[derive(Clone, Copy)]
struct Limits {
    open: Duration,
    silence: Duration,
}

const LIMITS: Limits = Limits { open: OPEN_LIMIT, silence: NO_FRAMES_AFTER };

/// An open webcam.
pub struct Camera {
    name: String,
    frames: Reader<Result<Luma, SourceError>>,
    last: Instant,
    limits: Limits,
    stop: Arc<AtomicBool>,
}

impl Camera {
    /// Opens the camera with this id, or the first one that opens, and waits for its first frame, at most
    /// [`OPEN_LIMIT`] each.
    pub fn open(id: Option<&str>) -> Result<Self, SourceError> {
        let mut wanted = devices();
        if let Some(id) = id {
            wanted.retain(|device| device.info.id == id || device.aliases.iter().any(|alias| alias == id));
        }
        let mut first_error = SourceError::NoCamera;
        for device in wanted {
            let Device { info, index, .. } = device;
            match Self::start(&info, move || system::prepare(&index).and_then(|mode| stream::open(index, mode)), LIMITS)
            {
                Ok(camera) => return Ok(camera),
                Err(error) if first_error == SourceError::NoCamera => first_error = error,
                Err(_) => {}
            }
        }
        Err(first_error)
    }

    fn start(
        info: &CameraInfo,
        open: impl FnOnce() -> Result<Grab, SourceError> + Send + 'static,
        limits: Limits,
    ) -> Result<Self, SourceError> {
        // Still held: an earlier thread hangs in the driver, or is about to end.
        let claim = Claim::wait_for(&info.id, limits.open).ok_or(SourceError::NoFrames)?;
        let slot = Latest::new();
        let frames = slot.reader();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || capture(open, &slot, &stopped, claim))
            .map_err(|error| SourceError::Failed { why: error.to_string() })?;
        let mut camera = Self { name: info.name.clone(), frames, last: Instant::now(), limits, stop };
        // A reader of its own, so that the first frame is still there for `next`. Dropping the camera on an
        // error tells the thread to end as soon as it can.
        match camera.frames.clone().take_newer(limits.open) {
            Ok(Ok(first)) => {
                camera.last = first.captured();
                Ok(camera)
            }
            Ok(Err(error)) => Err(error),
            Err(Nothing::TimedOut) => Err(SourceError::NoFrames),
            Err(Nothing::Closed) => Err(thread_ended()),
        }
    }
}

/// Opens, then puts frames until told to stop or the camera fails; the failure is the last thing put.
fn capture(
    open: impl FnOnce() -> Result<Grab, SourceError>,
    slot: &Latest<Result<Luma, SourceError>>,
    stop: &AtomicBool,
    claim: Claim,
) {
    let outcome = open().and_then(|mut grab| {
        while !stop.load(Ordering::Relaxed) {
            if let Some(frame) = grab()? {
                slot.put(Ok(frame));
            }
        }
        Ok(())
    });
    // The camera is closed by now: only then may the next one open it.
    drop(claim);
    if let Err(error) = outcome {
        slot.put(Err(error));
    }
}

fn thread_ended() -> SourceError {
    SourceError::Failed { why: "its driver ended unexpectedly".to_owned() }
}

impl FrameSource for Camera {
    fn next(&mut self, timeout: Duration) -> Result<Luma, SourceError> {
        let silence = self.limits.silence.saturating_sub(self.last.elapsed());
        match self.frames.take_newer(timeout.min(silence)) {
            Ok(Ok(frame)) => {
                self.last = frame.captured();
                Ok(frame)
            }
            Ok(Err(error)) => Err(error),
            Err(Nothing::TimedOut) if self.last.elapsed() >= self.limits.silence => Err(SourceError::NoFrames),
            Err(Nothing::TimedOut) => Err(SourceError::TimedOut),
            Err(Nothing::Closed) => Err(thread_ended()),
        }
    }

    fn name(&self) -> &str {
        &self.name
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

    const SOON: Limits = Limits { open: Duration::from_millis(100), silence: Duration::from_millis(100) };
    const LONG: Duration = Duration::from_secs(20);

    fn info(id: &str) -> CameraInfo {
        CameraInfo { id: id.to_owned(), name: format!("Camera {id}") }
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
        let mut camera = Camera::start(&info("first"), move || Ok(driven(by)), LIMITS).unwrap();
        assert_eq!(camera.next(LONG).unwrap().pixels(), [7]);
        assert_eq!(camera.name(), "Camera first");
    }

    #[test]
    fn a_camera_that_stops_sending_is_lost_after_a_while() {
        let (driver, by) = mpsc::channel();
        driver.send(Ok(Some(frame(1)))).unwrap();
        let mut camera = Camera::start(&info("silent"), move || Ok(driven(by)), SOON).unwrap();
        assert!(camera.next(LONG).is_ok());
        assert_eq!(camera.next(Duration::ZERO).unwrap_err(), SourceError::TimedOut);
        assert_eq!(camera.next(LONG).unwrap_err(), SourceError::NoFrames);
    }

    #[test]
    fn a_camera_that_is_pulled_out_says_so_at_once() {
        let (driver, by) = mpsc::channel();
        driver.send(Ok(Some(frame(1)))).unwrap();
        let mut camera = Camera::start(&info("pulled"), move || Ok(driven(by)), LIMITS).unwrap();
        assert!(camera.next(LONG).is_ok());
        driver.send(Err(SourceError::Gone)).unwrap();
        assert_eq!(camera.next(LONG).unwrap_err(), SourceError::Gone);
    }

    #[test]
    fn an_error_of_opening_is_passed_on_and_the_camera_can_be_tried_again() {
        for _ in 0..2 {
            let opened = Camera::start(&info("busy"), || Err(SourceError::Busy), LIMITS);
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
        assert_eq!(Camera::start(&info("hangs"), hanging, SOON).err(), Some(SourceError::NoFrames));
        let again = Camera::start(&info("hangs"), || unreachable!("one thread is still in the driver"), SOON);
        assert_eq!(again.err(), Some(SourceError::NoFrames));
        // When it comes back after all, the camera can be used again.
        release.send(()).unwrap();
        let opened = Camera::start(&info("hangs"), || Err(SourceError::Busy), LIMITS);
        assert_eq!(opened.err(), Some(SourceError::Busy));
    }

    #[test]
    fn a_driver_that_panics_ends_its_thread_alone() {
        let opened = Camera::start(&info("panics"), || panic!("a driver's name is no text"), LIMITS);
        assert_eq!(opened.err().map(|error| error.code()), Some("failed"));
    }

    #[test]
    fn a_dropped_camera_is_closed_so_that_it_can_be_opened_again() {
        for _ in 0..3 {
            let open = || Ok(Box::new(|| Ok(Some(frame(1)))) as Grab);
            let mut camera = Camera::start(&info("again"), open, LIMITS).unwrap();
            assert!(camera.next(LONG).is_ok());
        }
    }

    #[test]
    fn an_unknown_id_is_no_camera() {
        assert_eq!(Camera::open(Some("no such camera")).err(), Some(SourceError::NoCamera));
    }
}
