//! Ends the wait of a thread that hangs in nokhwa, so that the camera can be opened anew.
//!
//! nokhwa waits for a frame without a limit, and while it does, the camera is busy for everybody. Whoever stops the
//! stream of the same open file ends that wait, with an error.

use std::fs;
use std::os::fd::RawFd;
use std::path::Path;
use v4l::buffer::Type;
use v4l::v4l2;

/// Stops what this process streams from the device at `path`.
pub(super) fn stop_streams(path: &str) {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else { return };
    for entry in entries.filter_map(Result::ok) {
        let leads_there = fs::read_link(entry.path()).is_ok_and(|end| end == Path::new(path));
        let number = entry.file_name().into_string().ok().and_then(|name| name.parse().ok());
        if let (true, Some(file)) = (leads_there, number) {
            stop_stream(file);
        }
    }
}

#[expect(unsafe_code, reason = "the system's call is C, and nokhwa gives its file to nobody")]
fn stop_stream(file: RawFd) {
    let mut kind = Type::VideoCapture as u32;
    // SAFETY: the call reads the number that `kind` holds and keeps no pointer to it. If the file was closed just
    // now, and its number given to another, that one knows no such call and answers with an error.
    let stopped = unsafe { v4l2::ioctl(file, v4l2::vidioc::VIDIOC_STREAMOFF, (&raw mut kind).cast()) };
    // An error means that nothing streams there.
    let _ = stopped;
}
