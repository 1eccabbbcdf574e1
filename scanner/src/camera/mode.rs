//! Which of a camera's modes to ask for. nokhwa's own choices fail on many cameras; an exact mode does not.

use std::cmp::Reverse;

/// How a camera sends its pixels, for what [`super::pixels`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    // In the order of what they cost to read.
    /// Luma alone.
    Grey,
    /// Luma plane, then chroma.
    Nv12,
    /// Luma and chroma byte by byte.
    Yuyv,
    /// A JPEG a frame.
    Mjpeg,
    /// Three bytes a pixel.
    Rgb,
    /// Three bytes a pixel, the other way round.
    Bgr,
}

/// One mode of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) format: Format,
    /// Pixels in a row.
    pub(super) width: u32,
    /// Rows.
    pub(super) height: u32,
    /// Frames a second; whole numbers alone, nokhwa knows no others.
    pub(super) fps: u32,
}

/// What reading codes wants: 720p is enough for a code at arm's length, and half the work of 1080p.
const WANTED_PIXELS: u64 = 1280 * 720;
/// More frames a second than this help nobody.
const WANTED_FPS: u64 = 30;

/// The modes, best first.
pub(super) fn ranked(mut modes: Vec<Mode>) -> Vec<Mode> {
    modes.retain(|mode| mode.width > 0 && mode.height > 0 && mode.fps > 0);
    modes.sort_by_key(|mode| (Reverse(worth(*mode)), mode.fps, mode.format, Reverse(mode.width)));
    modes.dedup();
    modes
}

/// Pixels a second that help: the part of the wanted pixels, times the part of the wanted rate.
fn worth(mode: Mode) -> u64 {
    let pixels = u64::from(mode.width) * u64::from(mode.height);
    let of_pixels = if pixels <= WANTED_PIXELS { pixels } else { WANTED_PIXELS * WANTED_PIXELS / pixels };
    of_pixels * u64::from(mode.fps).min(WANTED_FPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(format: Format, width: u32, height: u32, fps: u32) -> Mode {
        Mode { format, width, height, fps }
    }

    fn best(modes: &[Mode]) -> Option<Mode> {
        ranked(modes.to_vec()).first().copied()
    }

    #[test]
    fn of_an_ordinary_usb_camera_720p_jpeg_at_full_rate_is_taken() {
        let wanted = mode(Format::Mjpeg, 1280, 720, 30);
        let modes = [
            mode(Format::Yuyv, 640, 480, 30),
            mode(Format::Yuyv, 1280, 720, 10),
            mode(Format::Yuyv, 1920, 1080, 5),
            mode(Format::Mjpeg, 640, 480, 30),
            wanted,
            mode(Format::Mjpeg, 1280, 720, 60),
            mode(Format::Mjpeg, 1920, 1080, 30),
        ];
        assert_eq!(best(&modes), Some(wanted));
    }

    #[test]
    fn of_two_equal_ones_the_cheaper_format_is_taken() {
        let wanted = mode(Format::Nv12, 1280, 720, 30);
        assert_eq!(best(&[mode(Format::Mjpeg, 1280, 720, 30), wanted]), Some(wanted));
    }

    #[test]
    fn a_slow_large_mode_loses_against_a_fast_small_one() {
        let wanted = mode(Format::Yuyv, 640, 480, 30);
        assert_eq!(best(&[mode(Format::Yuyv, 1280, 720, 5), wanted]), Some(wanted));
    }

    #[test]
    fn a_camera_with_nothing_but_large_modes_is_still_used() {
        let wanted = mode(Format::Mjpeg, 1920, 1080, 30);
        assert_eq!(best(&[mode(Format::Mjpeg, 3840, 2160, 30), wanted]), Some(wanted));
    }

    #[test]
    fn modes_without_pixels_or_frames_are_none() {
        assert_eq!(best(&[mode(Format::Yuyv, 0, 480, 30), mode(Format::Yuyv, 640, 480, 0)]), None);
    }
}
