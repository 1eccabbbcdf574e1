//! Pictures on disk as if they were a camera: a file, or a folder that is also watched for new ones.
//!
//! The pictures of a folder are shown in the order of their names; the last one stays in view, like a code
//! that is held still, until a new name appears. Write a picture under another name (with a dot before it, say)
//! and rename it when it is whole.

use crate::frame::Luma;
use crate::pictures;
use crate::source::{FrameSource, SourceError};
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Most names that are remembered of one folder; beyond it is refused.
pub const MAX_NAMES: usize = 100_000;
/// Slowest and fastest, in pictures a second.
const RATES: (f32, f32) = (0.1, 1000.0);
/// Names that are shown end in one of these, in any case.
const ENDINGS: [&str; 5] = ["pgm", "pnm", "png", "jpg", "jpeg"];

/// A file or folder, shown at a steady rate.
pub struct Pictures {
    path: PathBuf,
    name: String,
    is_folder: bool,
    interval: Duration,
    due: Instant,
    /// Names found and not yet shown.
    waiting: VecDeque<OsString>,
    /// Names of the folder that were shown or are waiting.
    known: BTreeSet<OsString>,
    /// What is in view.
    held: Option<Luma>,
}

impl Pictures {
    /// Begins with the first picture at once. `fps` is brought into 0.1 to 1000.
    pub fn open(path: PathBuf, fps: f32) -> Result<Self, SourceError> {
        let bad = |error: std::io::Error| SourceError::BadPicture { path: path.clone(), why: error.to_string() };
        let is_folder = fs::metadata(&path).map_err(bad)?.is_dir();
        let rate = if fps.is_finite() { fps.clamp(RATES.0, RATES.1) } else { RATES.0 };
        let held = if is_folder { None } else { Some(pictures::load(&path)?) };
        Ok(Self {
            name: path.display().to_string(),
            path,
            is_folder,
            interval: Duration::from_secs_f32(1.0 / rate),
            due: Instant::now(),
            waiting: VecDeque::new(),
            known: BTreeSet::new(),
            held,
        })
    }

    /// Looks for names that were not there before; those that are gone may come again.
    fn look(&mut self) -> Result<(), SourceError> {
        let entries = fs::read_dir(&self.path).map_err(|_| SourceError::Gone)?;
        let names = entries.filter_map(|entry| Some(entry.ok()?.file_name())).filter(is_picture);
        let present: BTreeSet<OsString> = names.take(MAX_NAMES + 1).collect();
        if present.len() > MAX_NAMES {
            let why = format!("the folder has more than {MAX_NAMES} pictures");
            return Err(SourceError::BadPicture { path: self.path.clone(), why });
        }
        self.waiting.extend(present.difference(&self.known).cloned());
        self.known = present;
        Ok(())
    }

    fn step(&mut self, now: Instant) -> Result<Luma, SourceError> {
        if self.is_folder {
            if self.waiting.is_empty() {
                self.look()?;
            }
            if let Some(name) = self.waiting.pop_front() {
                self.held = Some(pictures::load(&self.path.join(name))?);
            }
        }
        self.held.as_ref().map(|picture| picture.at(now)).ok_or(SourceError::TimedOut)
    }
}

impl FrameSource for Pictures {
    fn next(&mut self, timeout: Duration) -> Result<Luma, SourceError> {
        let end = Instant::now() + timeout;
        loop {
            thread::sleep(self.due.min(end).saturating_duration_since(Instant::now()));
            let now = Instant::now();
            if now < self.due {
                return Err(SourceError::TimedOut);
            }
            self.due = (self.due + self.interval).max(now);
            match self.step(now) {
                // An empty folder: look again when the next picture would be due.
                Err(SourceError::TimedOut) if now < end => {}
                answer => return answer,
            }
        }
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// Hidden names are files that are still being written.
fn is_picture(name: &OsString) -> bool {
    let path = Path::new(name);
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let is_hidden = name.to_string_lossy().starts_with('.');
    !is_hidden && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}
