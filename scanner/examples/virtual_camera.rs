//! Both sides of `cargo xtask camera-test`, for the inside of its virtual machine: a program that plays a camera,
//! and one that watches a camera by the library and says what happens, a line each.
//!
//!     virtual_camera feed DEVICE FORMAT WIDTH HEIGHT FPS CODE…    each code for two seconds, until killed
//!     virtual_camera watch CAMERA [MILLISECONDS A FRAME]          opens it again whenever it is lost, until killed
//!     virtual_camera buffer DEVICE                                how large the driver's buffer for a frame is
//!     virtual_camera control DEVICE NAME VALUE                    sets a control of the driver
//!     virtual_camera rate DEVICE FRAMES SECONDS                   leaves the camera at this rate

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    run(&args)
}

#[cfg(not(target_os = "linux"))]
fn run(_: &[&str]) -> anyhow::Result<()> {
    anyhow::bail!("this needs Video4Linux")
}

#[cfg(target_os = "linux")]
fn run(args: &[&str]) -> anyhow::Result<()> {
    match args {
        ["feed", device, format, width, height, fps, codes @ ..] => {
            linux::feed(device, format, (width.parse()?, height.parse()?), fps.parse()?, codes)
        }
        ["watch", camera, rest @ ..] => linux::watch(camera, rest.first().map_or(Ok(0), |ms| ms.parse())?),
        ["buffer", device] => linux::buffer(device),
        ["control", device, name, value] => linux::control(device, name, value.parse()?),
        ["rate", device, frames, seconds] => linux::rate(device, frames.parse()?, seconds.parse()?),
        _ => anyhow::bail!("see the head of this file"),
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use anyhow::{Context as _, bail};
    use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
    use qrcode::{Color, EcLevel, QrCode, Version};
    use std::collections::BTreeSet;
    use std::io::Write as _;
    use std::thread;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
    use tillbeam_scanner::camera::Camera;
    use tillbeam_scanner::decode::Decoder;
    use tillbeam_scanner::frame::Luma;
    use tillbeam_scanner::source::{FrameSource as _, SourceError};
    use v4l::buffer::Type;
    use v4l::control::{Control, Value};
    use v4l::io::mmap::Stream as MmapStream;
    use v4l::io::traits::CaptureStream as _;
    use v4l::video::capture::Parameters;
    use v4l::video::{Capture, Output};
    use v4l::{Device, Format, FourCC, Fraction};

    /// How long each code is shown.
    const EACH_CODE: Duration = Duration::from_secs(2);
    /// Between two tries to open the camera.
    const AGAIN: Duration = Duration::from_millis(100);
    const FRAME_WAIT: Duration = Duration::from_millis(200);
    /// Ages of frames that one line sums up.
    const AGES: usize = 10;
    /// The time of writing stands in the first rows, a bit to each square: so a reader knows how old a frame is.
    const BITS: usize = 32;
    const SQUARE: usize = 16;

    pub fn feed(path: &str, format: &str, size: (usize, usize), fps: u32, codes: &[&str]) -> anyhow::Result<()> {
        let fourcc: [u8; 4] = format.as_bytes().try_into().context("a format has four letters")?;
        let mut device = Device::with_path(path)?;
        let wanted = Format::new(u32::try_from(size.0)?, u32::try_from(size.1)?, FourCC::new(&fourcc));
        Output::set_format(&device, &wanted)?;
        let pictures: Vec<Vec<u8>> = codes.iter().map(|code| picture(code, size)).collect::<Result<_, _>>()?;
        let (start, interval) = (Instant::now(), Duration::from_secs(1) / fps);
        for number in 0_u32.. {
            thread::sleep((interval * number).saturating_sub(start.elapsed()));
            let turn = usize::try_from(start.elapsed().as_millis() / EACH_CODE.as_millis())?;
            let mut grey = pictures[turn % pictures.len()].clone();
            stamp(&mut grey, size.0, now_ms());
            device.write_all(&packed(format, &grey, size)?)?;
        }
        Ok(())
    }

    /// A code on a grey ground with some noise.
    fn picture(code: &str, (width, height): (usize, usize)) -> anyhow::Result<Vec<u8>> {
        let symbol = QrCode::with_version(code, Version::Normal(1), EcLevel::Q)?;
        let (modules, side) = (symbol.to_colors(), symbol.width());
        let module = height / (side + 16);
        let (left, top) = ((width - module * side) / 2, (height - module * side) / 2);
        let noise = |x: usize, y: usize| u8::try_from((x * 7919 + y * 104_729) % 13).unwrap_or(0);
        let grey = |x: usize, y: usize| {
            let at = |v: usize, start: usize| (v + 4 * module).checked_sub(start).map(|v| v / module);
            match at(x, left).zip(at(y, top)) {
                Some((i, j)) if i < side + 8 && j < side + 8 => {
                    let inside = (4..side + 4).contains(&i) && (4..side + 4).contains(&j);
                    if inside && modules[(j - 4) * side + i - 4] == Color::Dark { 30 } else { 220 }
                }
                _ => 110,
            }
        };
        Ok((0..width * height).map(|n| grey(n % width, n / width) + noise(n % width, n / width)).collect())
    }

    fn packed(format: &str, grey: &[u8], (width, height): (usize, usize)) -> anyhow::Result<Vec<u8>> {
        Ok(match format {
            "GREY" => grey.to_vec(),
            "YUYV" => grey.iter().flat_map(|grey| [*grey, 128]).collect(),
            "NV12" => [grey, &vec![128; width * height / 2]].concat(),
            "MJPG" => {
                let mut bytes = Vec::new();
                let (width, height) = (u32::try_from(width)?, u32::try_from(height)?);
                JpegEncoder::new_with_quality(&mut bytes, 80).encode(grey, width, height, ExtendedColorType::L8)?;
                bytes
            }
            _ => bail!("frames are not made as {format}"),
        })
    }

    fn now_ms() -> u32 {
        let ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        u32::try_from(ms % u128::from(u32::MAX)).unwrap_or(0)
    }

    fn stamp(grey: &mut [u8], width: usize, ms: u32) {
        for (y, row) in grey.chunks_mut(width).take(SQUARE).enumerate() {
            for (bit, square) in row.chunks_mut(SQUARE).take(BITS).enumerate() {
                square.fill(if ms >> bit & 1 == 1 { 235 } else { 20 + u8::try_from(y).unwrap_or(0) });
            }
        }
    }

    fn stamped(frame: &Luma) -> u32 {
        let width = usize::try_from(frame.width()).unwrap_or(0);
        let row = frame.pixels().chunks(width).nth(SQUARE / 2).unwrap_or_default();
        let squares = row.chunks(SQUARE).take(BITS);
        squares.enumerate().fold(0, |ms, (bit, square)| ms | u32::from(square[SQUARE / 2] > 128) << bit)
    }

    pub fn watch(id: &str, ms_a_frame: u64) -> anyhow::Result<()> {
        loop {
            let start = Instant::now();
            match Camera::open(Some(id)) {
                Ok(mut camera) => {
                    let ms = start.elapsed().as_millis();
                    say(&format!("open {} {} first frame after {ms} ms", camera.library().name(), camera.name()))?;
                    let why = read(&mut camera, Duration::from_millis(ms_a_frame))?;
                    say(&format!("lost {}", why.code()))?;
                }
                Err(error) => say(&format!("failed {} {error}", error.code()))?,
            }
            thread::sleep(AGAIN);
        }
    }

    fn read(camera: &mut Camera, a_frame: Duration) -> anyhow::Result<SourceError> {
        let (mut decoder, mut known) = (Decoder::new(), BTreeSet::new());
        let mut ages = Vec::new();
        loop {
            let frame = match camera.next(FRAME_WAIT) {
                Ok(frame) => frame,
                Err(SourceError::TimedOut) => continue,
                Err(error) => return Ok(error),
            };
            if a_frame.is_zero() {
                for found in decoder.decode(&frame) {
                    if known.insert(found.text.clone()) {
                        say(&format!("read {}", found.text))?;
                    }
                }
            } else {
                ages.push(now_ms().wrapping_sub(stamped(&frame)));
                thread::sleep(a_frame);
            }
            if ages.len() == AGES {
                ages.sort_unstable();
                say(&format!("age median {} ms, oldest {} ms", ages[AGES / 2], ages[AGES - 1]))?;
                ages.clear();
            }
        }
    }

    pub fn buffer(path: &str) -> anyhow::Result<()> {
        let device = Device::with_path(path)?;
        let format = Capture::format(&device)?;
        let mut stream = MmapStream::with_buffers(&device, Type::VideoCapture, 2)?;
        let (bytes, _) = stream.next()?;
        say(&format!("{} bytes for a frame of {}", bytes.len(), format.size))
    }

    pub fn control(path: &str, name: &str, value: i64) -> anyhow::Result<()> {
        let device = Device::with_path(path)?;
        let controls = device.query_controls()?;
        let found = controls.iter().find(|control| control.name.to_lowercase().contains(name));
        let id = found.with_context(|| format!("no control is called {name}"))?.id;
        let value = if name.starts_with("inject") { Value::None } else { Value::Integer(value) };
        Ok(device.set_control(Control { id, value })?)
    }

    pub fn rate(path: &str, frames: u32, seconds: u32) -> anyhow::Result<()> {
        let device = Device::with_path(path)?;
        let wanted = Parameters::new(Fraction::new(seconds, frames));
        let taken = Capture::set_params(&device, &wanted)?.interval;
        let now = Capture::format(&device)?;
        say(&format!("{} {}x{} every {}/{} s", now.fourcc, now.width, now.height, taken.numerator, taken.denominator))
    }

    fn say(line: &str) -> anyhow::Result<()> {
        Ok(writeln!(std::io::stdout(), "{line}")?)
    }
}
