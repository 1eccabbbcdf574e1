//! A camera opened by nokhwa in one exact mode. Everything here may block for ever: [`super`] has the limits.

use super::mode::{Format, Mode, Rate};
use super::pixels::Layout;
use super::{Grab, error};
use crate::source::SourceError;
use nokhwa::utils::{CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution};
use nokhwa::{Camera, NokhwaError};
use std::time::Instant;

/// Whether nokhwa can open this mode. Of V4L2's GREY it knows no name.
pub(super) fn knows(mode: Mode) -> bool {
    frame_format(mode.format).is_some() && mode.rate.and_then(Rate::as_whole).is_some()
}

/// Opens the camera and starts it.
pub(super) fn open(index: &CameraIndex, mode: Mode) -> Result<Grab, SourceError> {
    let unknown = || SourceError::Unsupported { offered: format!("{mode:?}") };
    let wanted = [frame_format(mode.format).ok_or_else(unknown)?];
    let fps = mode.rate.and_then(Rate::as_whole).ok_or_else(unknown)?;
    let exact = CameraFormat::new(Resolution::new(mode.width, mode.height), wanted[0], fps);
    let request = RequestedFormat::with_formats(RequestedFormatType::Exact(exact), &wanted);
    let mut camera = Camera::new(index.clone(), request).map_err(|error| failed(&error))?;
    camera.open_stream().map_err(|error| failed(&error))?;
    Ok(Box::new(move || {
        let buffer = camera.frame().map_err(|error| failed(&error))?;
        let captured = Instant::now();
        let (size, format) = (buffer.resolution(), format(buffer.source_frame_format()));
        Ok(Layout::packed(format, size.width(), size.height()).luma(buffer.buffer(), captured))
    }))
}

pub(super) fn failed(error: &NokhwaError) -> SourceError {
    error::from_text(&error.to_string())
}

fn frame_format(format: Format) -> Option<FrameFormat> {
    match format {
        Format::Grey if cfg!(target_os = "linux") => None,
        Format::Grey => Some(FrameFormat::GRAY),
        Format::Nv12 => Some(FrameFormat::NV12),
        Format::Yuyv => Some(FrameFormat::YUYV),
        Format::Mjpeg => Some(FrameFormat::MJPEG),
        Format::Rgb => Some(FrameFormat::RAWRGB),
        Format::Bgr => Some(FrameFormat::RAWBGR),
        Format::I420 | Format::Uyvy => None,
    }
}

pub(super) fn format(format: FrameFormat) -> Format {
    match format {
        FrameFormat::GRAY => Format::Grey,
        FrameFormat::NV12 => Format::Nv12,
        FrameFormat::YUYV => Format::Yuyv,
        FrameFormat::MJPEG => Format::Mjpeg,
        FrameFormat::RAWRGB => Format::Rgb,
        FrameFormat::RAWBGR => Format::Bgr,
    }
}
