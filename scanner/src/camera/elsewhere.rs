//! Cameras of systems other than Linux, as nokhwa lists them. Never run by our tests: there, nothing is promised.

use super::mode::{Mode, Rate, ranked};
use super::stream::{self, failed, format};
use super::{Device, Grab, Library};
use crate::source::{CameraInfo, SourceError};
use nokhwa::Camera;
use nokhwa::utils::{ApiBackend, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType};

/// nokhwa alone.
pub(super) const LIBRARIES: &[Library] = &[Library::Nokhwa];

/// All that nokhwa knows.
const FORMATS: [FrameFormat; 6] = [
    FrameFormat::GRAY,
    FrameFormat::NV12,
    FrameFormat::YUYV,
    FrameFormat::MJPEG,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
];

/// The cameras that are plugged in.
pub(super) fn devices() -> Vec<Device> {
    // On macOS this asks the person at the screen, once.
    if !nokhwa::nokhwa_check() {
        nokhwa::nokhwa_initialize(|_| {});
    }
    let found = nokhwa::query(ApiBackend::Auto).unwrap_or_default();
    let device = |camera: nokhwa::utils::CameraInfo| Device {
        info: CameraInfo { id: camera.index().as_string(), name: camera.human_name() },
        aliases: vec![camera.human_name()],
        index: camera.index().clone(),
    };
    found.into_iter().map(device).collect()
}

/// Asking costs too much to do it often, so nothing is ever noticed here.
pub(super) fn plugged() -> Vec<String> {
    Vec::new()
}

/// Opens the camera in its best mode.
pub(super) fn open(index: &CameraIndex, library: Library) -> Result<Grab, SourceError> {
    match library {
        Library::Nokhwa => stream::open(index, prepare(index)?),
    }
}

/// Nothing can be done about a thread that waits in a driver.
pub(super) fn release(_: &CameraIndex) {}

/// Asks the camera for its modes and chooses one.
fn prepare(index: &CameraIndex) -> Result<Mode, SourceError> {
    if !nokhwa::nokhwa_check() {
        return Err(SourceError::Denied);
    }
    let any = RequestedFormat::with_formats(RequestedFormatType::None, &FORMATS);
    let mut camera = Camera::new(index.clone(), any).map_err(|error| failed(&error))?;
    let offered = camera.compatible_camera_formats().map_err(|error| failed(&error))?;
    let mode = |offer: &nokhwa::utils::CameraFormat| Mode {
        format: format(offer.format()),
        width: offer.width(),
        height: offer.height(),
        rate: Some(Rate::whole(offer.frame_rate())),
    };
    let best = ranked(offered.iter().map(mode).collect()).first().copied();
    best.ok_or(SourceError::Unsupported { offered: "no formats at all".to_owned() })
}
