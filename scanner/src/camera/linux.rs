//! Cameras of Linux: which nodes are cameras, and the mode, chosen and set by V4L2 itself before nokhwa opens it.
//!
//! nokhwa refuses a camera whose present mode it cannot express (a rate of 12.5, say, left by any program),
//! whatever mode is asked for, so the mode is set here first. It also lists nodes that are no cameras.

use super::mode::{Format, Mode, ranked};
use super::{Device, error};
use crate::source::{CameraInfo, SourceError};
use nokhwa::utils::CameraIndex;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use v4l::capability::Flags;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{FourCC, Fraction};

/// Names that stay with a camera when it is plugged in again, the best first.
const STABLE_NAMES: [&str; 2] = ["/dev/v4l/by-id", "/dev/v4l/by-path"];
/// Modes that are tried before a camera is given up.
const MAX_TRIED: usize = 8;
/// Sizes and rates to look for where a camera takes any.
const USUAL_SIZES: [(u32, u32); 3] = [(1280, 720), (640, 480), (1920, 1080)];
const USUAL_RATES: [u32; 4] = [30, 25, 15, 10];

/// The cameras that are plugged in, by the number of their node.
pub(super) fn devices() -> Vec<Device> {
    let Ok(entries) = fs::read_dir("/dev") else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut nodes: Vec<u32> = names.filter_map(|name| name.strip_prefix("video")?.parse().ok()).collect();
    nodes.sort_unstable();
    nodes.into_iter().filter(|node| is_camera(*node)).map(device).collect()
}

fn path(node: u32) -> String {
    format!("/dev/video{node}")
}

/// Whether it captures video. One that cannot be asked (busy, denied) is taken for a camera: opening it will
/// say what is wrong.
fn is_camera(node: u32) -> bool {
    // v4l panics on a driver's name that is no UTF-8.
    let asked = catch_unwind(|| v4l::Device::with_path(path(node)).and_then(|device| device.query_caps()));
    !matches!(asked, Ok(Ok(caps)) if !caps.capabilities.contains(Flags::VIDEO_CAPTURE))
}

fn device(node: u32) -> Device {
    let mut aliases: Vec<String> = STABLE_NAMES.iter().flat_map(|folder| links_to(folder, &path(node))).collect();
    aliases.extend([format!("video{node}"), path(node), node.to_string()]);
    let name = fs::read_to_string(format!("/sys/class/video4linux/video{node}/name"));
    let name = name.map_or_else(|_| path(node), |name| name.trim().to_owned());
    Device { info: CameraInfo { id: aliases[0].clone(), name }, aliases, index: CameraIndex::Index(node) }
}

/// The names in a folder of links that lead to `target`.
fn links_to(folder: &str, target: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let leads_there = |path: &Path| fs::canonicalize(path).is_ok_and(|end| end == Path::new(target));
    let links = entries.filter_map(Result::ok).filter(|entry| leads_there(&entry.path()));
    let mut names: Vec<String> = links.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// Chooses the best mode that the camera takes, and leaves the camera in it.
pub(super) fn prepare(index: &CameraIndex) -> Result<Mode, SourceError> {
    let node = index.as_index().map_err(|error| super::stream::failed(&error))?;
    let device = v4l::Device::with_path(path(node)).map_err(|error| error::from_io(&error))?;
    let formats = device.enum_formats().map_err(|error| error::from_io(&error))?;
    let known = formats.iter().filter_map(|f| Some((format(f.fourcc)?, f.fourcc)));
    let modes = ranked(known.flat_map(|(format, fourcc)| modes(&device, format, fourcc)).collect());
    for mode in modes.into_iter().take(MAX_TRIED) {
        if set(&device, mode).map_err(|error| error::from_io(&error))? {
            return Ok(mode);
        }
    }
    let names: Vec<String> = formats.iter().map(|f| f.fourcc.to_string()).collect();
    let offered = if names.is_empty() { "no formats at all".to_owned() } else { names.join(", ") };
    Err(SourceError::Unsupported { offered })
}

/// What nokhwa can open. It has another name for GREY than V4L2, so that one fails.
fn format(fourcc: FourCC) -> Option<Format> {
    match &fourcc.repr {
        b"NV12" => Some(Format::Nv12),
        b"YUYV" => Some(Format::Yuyv),
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
        Format::Yuyv => b"YUYV",
        Format::Mjpeg => b"MJPG",
        Format::Rgb => b"RGB3",
        Format::Bgr => b"BGR3",
    })
}

/// All modes of one format with whole rates. A driver that cannot list is taken at its word for what it did list.
fn modes(device: &v4l::Device, format: Format, fourcc: FourCC) -> Vec<Mode> {
    let sizes = device.enum_framesizes(fourcc).unwrap_or_default();
    let sizes = sizes.into_iter().flat_map(|size| usual_sizes(&size.size));
    let with_rates = sizes.flat_map(|(width, height)| {
        let intervals = device.enum_frameintervals(fourcc, width, height).unwrap_or_default();
        let rates = intervals.into_iter().flat_map(|interval| whole_rates(&interval.interval));
        rates.map(|fps| Mode { format, width, height, fps }).collect::<Vec<_>>()
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

fn whole_rates(interval: &FrameIntervalEnum) -> Vec<u32> {
    match interval {
        FrameIntervalEnum::Discrete(interval) => whole_rate(*interval).into_iter().collect(),
        FrameIntervalEnum::Stepwise(range) => {
            // 1/rate lies between the shortest and the longest interval.
            let fits = |rate: &u32| {
                let rate = u64::from(*rate);
                u64::from(range.min.numerator) * rate <= u64::from(range.min.denominator)
                    && u64::from(range.max.numerator) * rate >= u64::from(range.max.denominator)
            };
            USUAL_RATES.into_iter().filter(fits).collect()
        }
    }
}

/// Frames a second of an interval of one over a whole number of seconds, as nokhwa wants it: unreduced.
fn whole_rate(interval: Fraction) -> Option<u32> {
    (interval.numerator == 1 && interval.denominator > 0).then_some(interval.denominator)
}

/// Sets a mode; whether the driver took exactly that.
fn set(device: &v4l::Device, mode: Mode) -> std::io::Result<bool> {
    let wanted = v4l::Format::new(mode.width, mode.height, fourcc(mode.format));
    let taken = device.set_format(&wanted)?;
    if (taken.width, taken.height, taken.fourcc) != (mode.width, mode.height, wanted.fourcc) {
        return Ok(false);
    }
    let rate = device.set_params(&Parameters::with_fps(mode.fps))?;
    Ok(whole_rate(rate.interval) == Some(mode.fps))
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
    fn of_the_rates_only_whole_ones_are_taken() {
        let discrete = |n, d| whole_rates(&FrameIntervalEnum::Discrete(Fraction::new(n, d)));
        assert_eq!(discrete(1, 30), [30]);
        assert_eq!(discrete(2, 15), []);
        assert_eq!(discrete(333_333, 10_000_000), []);
        assert_eq!(discrete(1, 0), []);
        let range = FrameIntervalEnum::Stepwise(frameinterval::Stepwise {
            min: Fraction::new(1, 25),
            max: Fraction::new(1, 10),
            step: Fraction::new(1, 1),
        });
        assert_eq!(whole_rates(&range), [25, 15, 10]);
    }

    #[test]
    fn formats_survive_the_way_there_and_back() {
        for known in [Format::Nv12, Format::Yuyv, Format::Mjpeg, Format::Rgb, Format::Bgr] {
            assert_eq!(format(fourcc(known)), Some(known));
        }
        assert_eq!(format(FourCC::new(b"H264")), None);
    }

    #[test]
    fn a_node_that_is_not_there_is_no_camera_to_open() {
        assert_eq!(prepare(&CameraIndex::Index(4_000_000)), Err(SourceError::NoCamera));
    }
}
