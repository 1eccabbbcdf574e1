//! Which of a camera's modes to ask for. nokhwa's own choices fail on many cameras; an exact mode does not.

use std::cmp::Reverse;

/// How a camera sends its pixels, for what [`super::pixels`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    // In the order of what they cost to read.
    /// Luma alone.
    Grey,
    /// Luma plane, then chroma.
    Nv12,
    /// Luma plane, then a plane of each chroma.
    I420,
    /// Luma and chroma byte by byte.
    Yuyv,
    /// Chroma and luma byte by byte.
    Uyvy,
    /// A JPEG a frame.
    Mjpeg,
    /// Three bytes a pixel.
    Rgb,
    /// Three bytes a pixel, the other way round.
    Bgr,
}

/// Frames a second as a fraction: 15/2 is one frame in 2/15 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) frames: u32,
    pub(super) seconds: u32,
}

impl Rate {
    pub(super) fn whole(frames: u32) -> Self {
        Self { frames, seconds: 1 }
    }

    /// As nokhwa wants it: one over a number, unreduced.
    pub(super) fn as_whole(self) -> Option<u32> {
        (self.seconds == 1).then_some(self.frames)
    }

    fn millihertz(self) -> u64 {
        u64::from(self.frames) * 1000 / u64::from(self.seconds.max(1))
    }
}

/// One mode of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) format: Format,
    /// Pixels in a row.
    pub(super) width: u32,
    /// Rows.
    pub(super) height: u32,
    /// `None` where the camera does not say.
    pub(super) rate: Option<Rate>,
}

/// What reading codes wants: 720p is enough for a code at arm's length, and half the work of 1080p.
const WANTED_PIXELS: u64 = 1280 * 720;
/// More frames a second than this help nobody.
const WANTED_RATE: Rate = Rate { frames: 30, seconds: 1 };
/// What a camera that does not say is taken to give.
const UNSAID_RATE: Rate = Rate { frames: 15, seconds: 1 };

/// The modes, best first.
pub(super) fn ranked(mut modes: Vec<Mode>) -> Vec<Mode> {
    modes.retain(|mode| mode.width > 0 && mode.height > 0 && mode.millihertz() > 0);
    modes.sort_by_key(|mode| {
        let is_fraction = mode.rate.and_then(Rate::as_whole).is_none();
        (Reverse(mode.worth()), mode.millihertz(), mode.format, Reverse(mode.width), is_fraction)
    });
    modes.dedup();
    modes
}

impl Mode {
    fn millihertz(self) -> u64 {
        self.rate.unwrap_or(UNSAID_RATE).millihertz()
    }

    /// Pixels in a thousand seconds that help: the part of the wanted pixels, times the part of the wanted rate.
    pub(super) fn worth(self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let of_pixels = if pixels <= WANTED_PIXELS { pixels } else { WANTED_PIXELS * WANTED_PIXELS / pixels };
        of_pixels * self.millihertz().min(WANTED_RATE.millihertz())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(format: Format, width: u32, height: u32, fps: u32) -> Mode {
        Mode { format, width, height, rate: Some(Rate::whole(fps)) }
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
        let slow = Mode { rate: Some(Rate { frames: 15, seconds: 2 }), ..mode(Format::Yuyv, 1280, 720, 0) };
        assert_eq!(best(&[mode(Format::Yuyv, 1280, 720, 5), slow, wanted]), Some(wanted));
    }

    #[test]
    fn a_camera_with_nothing_but_large_modes_is_still_used() {
        let wanted = mode(Format::Mjpeg, 1920, 1080, 30);
        assert_eq!(best(&[mode(Format::Mjpeg, 3840, 2160, 30), wanted]), Some(wanted));
    }

    #[test]
    fn a_camera_that_does_not_say_its_rate_is_still_used() {
        let unsaid = Mode { rate: None, ..mode(Format::Grey, 640, 480, 0) };
        assert_eq!(best(&[unsaid]), Some(unsaid));
    }

    #[test]
    fn modes_without_pixels_or_frames_are_none() {
        assert_eq!(best(&[mode(Format::Yuyv, 0, 480, 30), mode(Format::Yuyv, 640, 480, 0)]), None);
    }
}
