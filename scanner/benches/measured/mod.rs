//! What the readers did, counted and printed.

pub mod worst;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;
use tillbeam_scanner::frame::Luma;

/// The time that this thread has been running.
#[cfg(unix)]
pub fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
pub fn worked() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

/// The sizes of frames that times are told for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    Small,
    Hd,
    FullHd,
    Other,
}

impl Size {
    pub fn of(frame: &Luma) -> Self {
        match (frame.width(), frame.height()) {
            (640, 480) => Self::Small,
            (1280, 720) => Self::Hd,
            (1920, 1080) => Self::FullHd,
            _ => Self::Other,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Small => "640 × 480",
            Self::Hd => "720p",
            Self::FullHd => "1080p",
            Self::Other => "other sizes",
        }
    }
}

/// Frames of one kind that one reader saw.
#[derive(Clone, Default)]
struct Count {
    frames: usize,
    read: usize,
}

/// What all readers did with one manifest.
pub struct Table {
    readers: Vec<&'static str>,
    counts: BTreeMap<String, Vec<Count>>,
    wrong: Vec<Vec<String>>,
    missed: Vec<String>,
    /// By size, then "with a code", "read", "not read", "empty", then by reader.
    times: BTreeMap<(Size, &'static str), Vec<Vec<Duration>>>,
}

impl Table {
    pub fn new(readers: &[&'static str]) -> Self {
        let wrong = vec![Vec::new(); readers.len()];
        Self { readers: readers.to_vec(), counts: BTreeMap::new(), wrong, missed: Vec::new(), times: BTreeMap::new() }
    }

    pub fn count(&mut self, reader: usize, kind: &str, name: &str, read: bool, wrong: bool) {
        let counts = self.counts.entry(kind.to_owned()).or_insert_with(|| vec![Count::default(); self.readers.len()]);
        counts[reader].frames += 1;
        counts[reader].read += usize::from(read);
        if wrong {
            self.wrong[reader].push(name.to_owned());
        }
        if !read && reader == 0 {
            self.missed.push(name.to_owned());
        }
    }

    pub fn time(&mut self, reader: usize, size: Size, is_empty: bool, read: bool, took: Duration) {
        let groups = match (is_empty, read) {
            (true, _) => &["empty"][..],
            (false, true) => &["with a code", "read"],
            (false, false) => &["with a code", "not read"],
        };
        for group in groups {
            let times = self.times.entry((size, group)).or_insert_with(|| vec![Vec::new(); self.readers.len()]);
            times[reader].push(took);
        }
    }

    pub fn print(&mut self, name: &str, misses: bool, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "\n{name}\n")?;
        write!(out, "| read | n |")?;
        self.readers.iter().try_for_each(|reader| write!(out, " {reader} |"))?;
        writeln!(out)?;
        writeln!(out, "|---|---|{}", "---|".repeat(self.readers.len()))?;
        let mut all = vec![Count::default(); self.readers.len()];
        for (kind, counts) in &self.counts {
            write!(out, "| {kind} | {} |", counts[0].frames)?;
            for (sum, count) in all.iter_mut().zip(counts) {
                if kind != "empty" {
                    sum.frames += count.frames;
                    sum.read += count.read;
                }
                write!(out, " {} |", count.read)?;
            }
            writeln!(out)?;
        }
        write!(out, "| **all with a code** | {} |", all[0].frames)?;
        for sum in &all {
            write!(out, " {} ({:.1} %) |", sum.read, percent(sum))?;
        }
        write!(out, "\n| wrong texts | |")?;
        self.wrong.iter().try_for_each(|wrong| write!(out, " {} |", wrong.len()))?;
        writeln!(out, "\n\n| ms, median / p95 / max | {} |", self.readers.join(" | "))?;
        writeln!(out, "|---|{}", "---|".repeat(self.readers.len()))?;
        for ((size, group), times) in &mut self.times {
            write!(out, "| {}, {group} |", size.name())?;
            times.iter_mut().try_for_each(|times| write!(out, " {} |", spread(times)))?;
            writeln!(out)?;
        }
        if misses {
            writeln!(out, "\nnot read: {}\nwrong: {}", self.missed.join(" "), self.wrong[0].join(" "))?;
        }
        out.flush()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand frames")]
fn percent(count: &Count) -> f64 {
    100.0 * count.read as f64 / count.frames.max(1) as f64
}

/// Median, 95th percentile and worst, in milliseconds.
fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
    let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    format!("{:.1} / {:.1} / {:.1} ({})", ms(at(50)), ms(at(95)), ms(times.last()), times.len())
}
