//! A camera read by V4L2 itself, for what nokhwa cannot: formats and rates that it does not know, gaps between rows,
//! and a wait for the next frame that ends.

use super::offer::Offer;
use crate::camera::{Grab, NO_FRAMES_AFTER, OPEN_LIMIT, error};
use crate::source::SourceError;
use std::io;
use std::time::Instant;
use v4l::buffer::{Flags, Type};
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream as _;

/// Frames that the driver fills while one is read; fewer, and they would be newer, but some drivers want four.
const BUFFERS: u32 = 4;

/// Opens the camera in its best mode and starts it.
pub(super) fn open(node: u32) -> Result<Grab, SourceError> {
    let offer = Offer::of(node)?;
    let layout = offer.take_best()?.layout;
    let opened = Stream::with_buffers(&offer.device, Type::VideoCapture, BUFFERS);
    let mut stream = opened.map_err(|error| error::from_io(&error))?;
    // It may have to wake up.
    stream.set_timeout(OPEN_LIMIT);
    Ok(Box::new(move || {
        let (buffer, about) = stream.next().map_err(|error| failed(&error))?;
        let captured = Instant::now();
        let used = usize::try_from(about.bytesused).unwrap_or(buffer.len()).min(buffer.len());
        let is_damaged = about.flags.contains(Flags::ERROR);
        let luma = if is_damaged { None } else { layout.luma(&buffer[..used], captured) };
        stream.set_timeout(NO_FRAMES_AFTER);
        Ok(luma)
    }))
}

fn failed(error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::TimedOut => SourceError::NoFrames,
        _ => error::from_io(error),
    }
}
