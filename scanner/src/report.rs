//! What `tillbeam-scan` prints about pictures, sequences and a camera, line by line and at once.

use anyhow::bail;
use serde::Serialize;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tillbeam_scanner::decode::{Decoder, Found};
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::pictures;
use tillbeam_scanner::source::{self, SourceError, SourceSpec};

/// Bytes of the longest line on stdin.
const MAX_LINE_BYTES: u64 = 64 * 1024;
/// How long to wait for a camera's frame before asking again.
const FRAME_WAIT: Duration = Duration::from_millis(500);

#[derive(Serialize)]
struct Picture<'p> {
    path: &'p str,
    texts: Vec<String>,
    decode_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Default, Serialize)]
struct Sequence {
    texts: Vec<FirstRead>,
    decode_ms: Vec<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Unread>,
}

#[derive(Serialize)]
struct FirstRead {
    text: String,
    /// The index of the frame in which it was first read.
    frame: usize,
}

#[derive(Serialize)]
struct Unread {
    frame: usize,
    error: String,
}

/// One object for each path on stdin.
pub(crate) fn json_lines(mut input: impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    while let Some(path) = next_line(&mut input)? {
        if !path.as_os_str().is_empty() {
            json(&path, out)?;
        }
    }
    Ok(())
}

/// One object for a picture, taken as a camera's first frame.
pub(crate) fn json(path: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let shown = path.to_string_lossy();
    let picture = match pictures::load(path) {
        Ok(frame) => {
            let (found, decode_ms) = timed(&mut Decoder::new(), &frame);
            Picture { path: &shown, texts: texts(found), decode_ms, error: None }
        }
        Err(error) => Picture { path: &shown, texts: Vec::new(), decode_ms: 0.0, error: Some(error.to_string()) },
    };
    print_json(&picture, out)
}

/// One object for each run of paths on stdin.
pub(crate) fn sequences(mut input: impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let mut decoder = Decoder::new();
    let mut sequence = Sequence::default();
    while let Some(path) = next_line(&mut input)? {
        if path.as_os_str().is_empty() {
            finish(&mut sequence, out)?;
            decoder = Decoder::new();
        } else {
            sequence.add(&mut decoder, &path);
        }
    }
    finish(&mut sequence, out)
}

fn finish(sequence: &mut Sequence, out: &mut impl Write) -> anyhow::Result<()> {
    let sequence = std::mem::take(sequence);
    if sequence.decode_ms.is_empty() { Ok(()) } else { print_json(&sequence, out) }
}

impl Sequence {
    /// The next frame; an unreadable one keeps its place, with 0 ms.
    fn add(&mut self, decoder: &mut Decoder, path: &Path) {
        let frame = self.decode_ms.len();
        let decode_ms = match pictures::load(path) {
            Ok(picture) => {
                let (found, decode_ms) = timed(decoder, &picture);
                for text in texts(found) {
                    if self.texts.iter().all(|read| read.text != text) {
                        self.texts.push(FirstRead { text, frame });
                    }
                }
                decode_ms
            }
            Err(error) => {
                self.errors.push(Unread { frame, error: error.to_string() });
                0.0
            }
        };
        self.decode_ms.push(decode_ms);
    }
}

/// One line for each code of each file, for people; fails if a file could not be read.
pub(crate) fn plain(files: &[OsString], out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for path in files.iter().map(Path::new) {
        match pictures::load(path) {
            Ok(frame) => {
                let (found, decode_ms) = timed(&mut Decoder::new(), &frame);
                let texts = texts(found);
                if texts.is_empty() {
                    writeln!(out, "{}: no code ({decode_ms:.1} ms)", path.display())?;
                }
                for text in texts {
                    writeln!(out, "{}: {} ({decode_ms:.1} ms)", path.display(), text.escape_debug())?;
                }
                out.flush()?;
            }
            Err(error) => {
                writeln!(io::stderr(), "{error}")?;
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// One line for each code that comes into view, until the camera fails.
pub(crate) fn camera(id: &str, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut camera = source::open(SourceSpec::Camera { id: Some(id.to_owned()) })?;
    writeln!(io::stderr(), "Reading from {}; Ctrl+C ends.", camera.name())?;
    let mut decoder = Decoder::new();
    let mut in_view = BTreeSet::new();
    loop {
        let frame = match camera.next(FRAME_WAIT) {
            Ok(frame) => frame,
            Err(SourceError::TimedOut) => continue,
            Err(error) => return Err(error.into()),
        };
        let (found, decode_ms) = timed(&mut decoder, &frame);
        let texts: BTreeSet<String> = found.into_iter().map(|found| found.text).collect();
        for text in texts.difference(&in_view) {
            writeln!(out, "{} ({decode_ms:.1} ms)", text.escape_debug())?;
        }
        out.flush()?;
        // A frame that could not be read does not mean that the code has left.
        if !texts.is_empty() {
            in_view = texts;
        }
    }
}

fn timed(decoder: &mut Decoder, frame: &Luma) -> (Vec<Found>, f64) {
    let start = Instant::now();
    let found = decoder.decode(frame);
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    (found, (ms * 1000.0).round() / 1000.0)
}

fn texts(found: Vec<Found>) -> Vec<String> {
    found.into_iter().map(|found| found.text).collect()
}

fn print_json(object: &impl Serialize, out: &mut impl Write) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(object)?;
    line.push('\n');
    out.write_all(line.as_bytes())?;
    Ok(out.flush()?)
}

/// The next line as a path, `None` at the end.
fn next_line(input: &mut impl BufRead) -> anyhow::Result<Option<PathBuf>> {
    let mut line = Vec::new();
    if input.take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let is_whole = line.pop_if(|byte| *byte == b'\n').is_some();
    if !is_whole && line.len() as u64 == MAX_LINE_BYTES {
        bail!("A line on stdin is longer than {MAX_LINE_BYTES} bytes.");
    }
    line.pop_if(|byte| *byte == b'\r');
    Ok(Some(path(line)))
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
