//! A camera opened by nokhwa in one exact mode. Everything here may block for ever: [`super`] has the limits.

use super::mode::{Format, Mode};
use super::{Grab, error, pixels};
use crate::source::SourceError;
use nokhwa::utils::{CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution};
use nokhwa::{Camera, NokhwaError};
use std::time::Instant;

/// Opens the camera and starts it.
pub(super) fn open(index: CameraIndex, mode: Mode) -> Result<Grab, SourceError> {
    let wanted = [frame_format(mode.format)];
    let exact = CameraFormat::new(Resolution::new(mode.width, mode.height), wanted[0], mode.fps);
    let request = RequestedFormat::with_formats(RequestedFormatType::Exact(exact), &wanted);
    let mut camera = Camera::new(index, request).map_err(|error| failed(&error))?;
    camera.open_stream().map_err(|error| failed(&error))?;
    Ok(Box::new(move || {
        let buffer = camera.frame().map_err(|error| failed(&error))?;
        let captured = Instant::now();
        let (size, format) = (buffer.resolution(), format(buffer.source_frame_format()));
        Ok(pixels::to_luma(format, size.width(), size.height(), buffer.buffer(), captured))
    }))
}

pub(super) fn failed(error: &NokhwaError) -> SourceError {
    error::from_text(&error.to_string())
}

fn frame_format(format: Format) -> FrameFormat {
    match format {
        Format::Grey => FrameFormat::GRAY,
        Format::Nv12 => FrameFormat::NV12,
        Format::Yuyv => FrameFormat::YUYV,
        Format::Mjpeg => FrameFormat::MJPEG,
        Format::Rgb => FrameFormat::RAWRGB,
        Format::Bgr => FrameFormat::RAWBGR,
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
