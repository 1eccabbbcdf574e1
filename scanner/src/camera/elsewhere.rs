//! Cameras of systems other than Linux, as nokhwa lists them. Never run by our tests: there, nothing is promised.

use super::Device;
use super::mode::{Mode, ranked};
use super::stream::{failed, format};
use crate::source::{CameraInfo, SourceError};
use nokhwa::Camera;
use nokhwa::utils::{ApiBackend, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType};

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

/// Asks the camera for its modes and chooses one.
pub(super) fn prepare(index: &CameraIndex) -> Result<Mode, SourceError> {
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
        fps: offer.frame_rate(),
    };
    let best = ranked(offered.iter().map(mode).collect()).first().copied();
    best.ok_or(SourceError::Unsupported { offered: "no formats at all".to_owned() })
}
