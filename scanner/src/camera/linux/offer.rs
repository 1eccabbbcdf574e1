//! The modes that a camera of Linux offers, and one of them set by V4L2 itself before anybody streams.
//!
//! nokhwa refuses a camera whose present mode it cannot express (a rate of 12.5, say, left by any program),
//! whatever mode is asked for, so the mode is set here first.

use crate::camera::mode::{Format, Mode, Rate, ranked};
use crate::camera::pixels::Layout;
use crate::camera::{error, stream};
use crate::source::SourceError;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, FourCC, Fraction};

/// Modes that are tried before a camera is given up.
const MAX_TRIED: usize = 8;
/// nokhwa gets a camera whose best mode it does not know only if its own best is worth this part of it.
const WORTH_NOKHWA: u64 = 2;
/// Sizes and rates to look for where a camera takes any.
const USUAL_SIZES: [(u32, u32); 3] = [(1280, 720), (640, 480), (1920, 1080)];
const USUAL_RATES: [u32; 4] = [30, 25, 15, 10];

/// A camera and what it offers.
pub(super) struct Offer {
    pub(super) device: Device,
    modes: Vec<Mode>,
    /// By the driver's names, for people.
    formats: String,
}

/// A mode as the driver took it.
pub(super) struct Taken {
    pub(super) layout: Layout,
    rate: Option<Rate>,
}

/// Chooses the best mode that nokhwa can use, and leaves the camera in it.
pub(super) fn prepare(node: u32) -> Result<Mode, SourceError> {
    let offer = Offer::of(node)?;
    let best = offer.modes.first().map_or(0, |mode| mode.worth());
    let worthwhile = |mode: &&Mode| stream::knows(**mode) && mode.worth() >= best / WORTH_NOKHWA;
    for mode in offer.modes.iter().filter(worthwhile).take(MAX_TRIED) {
        if offer.set(*mode)?.is_some_and(|taken| taken.layout.is_packed() && taken.rate == mode.rate) {
            return Ok(*mode);
        }
    }
    Err(offer.unsupported())
}

impl Offer {
    /// What the camera at this node offers, best first.
    pub(super) fn of(node: u32) -> Result<Self, SourceError> {
        let device = Device::with_path(super::path(node)).map_err(|error| error::from_io(&error))?;
        let formats = device.enum_formats().map_err(|error| error::from_io(&error))?;
        let known = formats.iter().filter_map(|f| Some((format(f.fourcc)?, f.fourcc)));
        let modes = ranked(known.flat_map(|(format, fourcc)| modes(&device, format, fourcc)).collect());
        let names: Vec<String> = formats.iter().map(|f| f.fourcc.to_string()).collect();
        let formats = if names.is_empty() { "no formats at all".to_owned() } else { names.join(", ") };
        Ok(Self { device, modes, formats })
    }

    /// Sets the best mode that the driver takes, whatever its rate turns out to be.
    pub(super) fn take_best(&self) -> Result<Taken, SourceError> {
        for mode in self.modes.iter().take(MAX_TRIED) {
            if let Some(taken) = self.set(*mode)? {
                return Ok(taken);
            }
        }
        Err(self.unsupported())
    }

    fn unsupported(&self) -> SourceError {
        SourceError::Unsupported { offered: self.formats.clone() }
    }

    /// `None` where the driver took another format or size.
    fn set(&self, mode: Mode) -> Result<Option<Taken>, SourceError> {
        let wanted = v4l::Format::new(mode.width, mode.height, fourcc(mode.format));
        let taken = self.device.set_format(&wanted).map_err(|error| error::from_io(&error))?;
        if (taken.width, taken.height, taken.fourcc) != (mode.width, mode.height, wanted.fourcc) {
            return Ok(None);
        }
        // Not every driver has rates; then it sends at its own.
        let asked = mode.rate.map(|rate| Parameters::new(Fraction::new(rate.seconds, rate.frames)));
        let rate = asked.and_then(|asked| self.device.set_params(&asked).ok()).and_then(|told| rate(told.interval));
        let stride = usize::try_from(taken.stride).unwrap_or(0);
        Ok(Some(Taken { layout: Layout { stride, ..Layout::packed(mode.format, mode.width, mode.height) }, rate }))
    }
}

fn format(fourcc: FourCC) -> Option<Format> {
    match &fourcc.repr {
        b"GREY" => Some(Format::Grey),
        b"NV12" => Some(Format::Nv12),
        b"YU12" => Some(Format::I420),
        b"YUYV" => Some(Format::Yuyv),
        b"UYVY" => Some(Format::Uyvy),
        b"MJPG" => Some(Format::Mjpeg),
        b"RGB3" => Some(Format::Rgb),
        b"BGR3" => Some(Format::Bgr),
        _ => None,
    }
}

fn fourcc(format: Format) -> FourCC {
    FourCC::new(match format {
        Format::Grey => b"GREY",
        Format::Nv12 => b"NV12",
        Format::I420 => b"YU12",
        Format::Yuyv => b"YUYV",
        Format::Uyvy => b"UYVY",
        Format::Mjpeg => b"MJPG",
        Format::Rgb => b"RGB3",
        Format::Bgr => b"BGR3",
    })
}

/// All modes of one format. A driver that cannot list is taken at its word for what it did list.
fn modes(device: &Device, format: Format, fourcc: FourCC) -> Vec<Mode> {
    let sizes = device.enum_framesizes(fourcc).unwrap_or_default();
    let sizes = sizes.into_iter().flat_map(|size| usual_sizes(&size.size));
    let with_rates = sizes.flat_map(|(width, height)| {
        let intervals = device.enum_frameintervals(fourcc, width, height).unwrap_or_default();
        let listed: Vec<Rate> = intervals.into_iter().flat_map(|interval| rates(&interval.interval)).collect();
        let rates = if listed.is_empty() { vec![None] } else { listed.into_iter().map(Some).collect() };
        rates.into_iter().map(|rate| Mode { format, width, height, rate }).collect::<Vec<_>>()
    });
    with_rates.collect()
}

fn usual_sizes(size: &FrameSizeEnum) -> Vec<(u32, u32)> {
    match size {
        FrameSizeEnum::Discrete(size) => vec![(size.width, size.height)],
        FrameSizeEnum::Stepwise(range) => {
            let fits = |value: u32, low: u32, high: u32, step: u32| {
                (low..=high).contains(&value) && (value - low).is_multiple_of(step.max(1))
            };
            let both = |(width, height): &(u32, u32)| {
                fits(*width, range.min_width, range.max_width, range.step_width)
                    && fits(*height, range.min_height, range.max_height, range.step_height)
            };
            USUAL_SIZES.into_iter().filter(both).collect()
        }
    }
}

fn rates(interval: &FrameIntervalEnum) -> Vec<Rate> {
    match interval {
        FrameIntervalEnum::Discrete(interval) => rate(*interval).into_iter().collect(),
        FrameIntervalEnum::Stepwise(range) => {
            // 1/rate lies between the shortest and the longest interval.
            let fits = |rate: &u32| {
                let rate = u64::from(*rate);
                u64::from(range.min.numerator) * rate <= u64::from(range.min.denominator)
                    && u64::from(range.max.numerator) * rate >= u64::from(range.max.denominator)
            };
            USUAL_RATES.into_iter().filter(fits).map(Rate::whole).collect()
        }
    }
}

/// Frames a second of the interval between two, unreduced.
fn rate(interval: Fraction) -> Option<Rate> {
    let sound = interval.numerator > 0 && interval.denominator > 0;
    sound.then_some(Rate { frames: interval.denominator, seconds: interval.numerator })
}

#[cfg(test)]
mod tests {
    use super::*;
    use v4l::frameinterval;
    use v4l::framesize::{Discrete, Stepwise};

    #[test]
    fn of_a_range_of_sizes_the_usual_ones_within_it_are_taken() {
        let step = |width: (u32, u32, u32), height: (u32, u32, u32)| {
            FrameSizeEnum::Stepwise(Stepwise {
                min_width: width.0,
                max_width: width.1,
                step_width: width.2,
                min_height: height.0,
                max_height: height.1,
                step_height: height.2,
            })
        };
        assert_eq!(usual_sizes(&step((48, 1920, 1), (32, 1080, 1))), USUAL_SIZES);
        assert_eq!(usual_sizes(&step((0, 1280, 0), (0, 800, 0))), [(1280, 720), (640, 480)]);
        assert_eq!(usual_sizes(&step((16, 4096, 500), (16, 4096, 16))), []);
        assert_eq!(usual_sizes(&FrameSizeEnum::Discrete(Discrete { width: 800, height: 600 })), [(800, 600)]);
    }

    #[test]
    fn rates_are_fractions_and_of_a_range_the_usual_ones_are_taken() {
        let discrete = |n, d| rates(&FrameIntervalEnum::Discrete(Fraction::new(n, d)));
        assert_eq!(discrete(1, 30), [Rate::whole(30)]);
        assert_eq!(discrete(2, 15), [Rate { frames: 15, seconds: 2 }]);
        assert_eq!(discrete(1, 0), []);
        let range = FrameIntervalEnum::Stepwise(frameinterval::Stepwise {
            min: Fraction::new(1, 25),
            max: Fraction::new(1, 10),
            step: Fraction::new(1, 1),
        });
        assert_eq!(rates(&range), [25, 15, 10].map(Rate::whole));
    }

    #[test]
    fn formats_survive_the_way_there_and_back() {
        for known in [
            Format::Grey,
            Format::Nv12,
            Format::I420,
            Format::Yuyv,
            Format::Uyvy,
            Format::Mjpeg,
            Format::Rgb,
            Format::Bgr,
        ] {
            assert_eq!(format(fourcc(known)), Some(known));
        }
        assert_eq!(format(FourCC::new(b"H264")), None);
    }

    #[test]
    fn a_node_that_is_not_there_is_no_camera_to_open() {
        assert_eq!(prepare(4_000_000), Err(SourceError::NoCamera));
    }
}
