//! The in-doubt journal: what this till has sent, on disk before it was sent.
//!
//! A file of JSON lines, only ever appended to, readable by its owner alone (an open line holds the code, which is
//! needed to repeat the very same request). At start it is rewritten without what is no longer needed, unless there is nothing
//! of that kind; a file with damaged lines is kept aside first. It decides nothing: `till` says what to write, `drive`
//! calls it and sends nothing whose line could not be written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tillbeam_server::private;

pub use contents::{Closed, Contents, Line, Outcome, Pending};

mod contents;
mod salvage;

const FILE: &str = "journal.jsonl";
/// By the time when it was found, in UTC.
const DAMAGED: &str = "journal.damaged-%Y-%m-%dT%H%M%SZ.jsonl";
const TEMPORARY: &str = "journal.tmp";
const LOCK: &str = "till.lock";
/// Rewritten once so much was appended.
const APPENDED_LIMIT_BYTES: u64 = 16 << 20;
/// More than rewriting ever leaves: such a file is not ours to judge.
const FILE_LIMIT_BYTES: u64 = 128 << 20;

/// Why there is no journal. Without one no request may leave.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another till runs on this data directory.
    #[error("Tillbeam is already running on {0}: use that window, or choose another folder with --data")]
    AlreadyRunning(PathBuf),
    /// The disk said no.
    #[error("cannot write the journal in {path}: {error}; check free space and rights of this folder")]
    Disk {
        /// The data directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Not a file of ours.
    #[error("the journal in {0} is larger than it can be: move it away and keep it, it is not ours")]
    TooLarge(PathBuf),
}

/// What was wrong with the file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Where it is kept as it was.
    pub kept: PathBuf,
    /// Lines that could not be read.
    pub lines: usize,
    /// Requests in them that are asked after.
    pub asked: usize,
}

/// The open journal of one till.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    file: File,
    /// Up to here every line is whole.
    length: u64,
    appended: u64,
    contents: Contents,
    damage: Option<Damage>,
    /// Held for as long as the till runs; the journal itself changes its inode when it is rewritten.
    _lock: File,
}

impl Journal {
    /// Opens (or makes) the journal of a data directory, which exists, and leaves out what is too old at `now`.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self, JournalError> {
        let disk = |error| JournalError::Disk { path: dir.to_owned(), error };
        let lock = lock(dir)?;
        let path = dir.join(FILE);
        let bytes = match fs::metadata(&path) {
            Ok(found) if found.len() > FILE_LIMIT_BYTES => return Err(JournalError::TooLarge(dir.to_owned())),
            Ok(_) => Some(fs::read(&path).map_err(disk)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(disk(error)),
        };
        let mut contents = Contents::read(bytes.as_deref().unwrap_or_default());
        let damage = keep_damaged(dir, &contents, now).map_err(disk)?;
        contents.forget_old(now);
        let (file, length) = match bytes {
            Some(bytes) if bytes == contents.to_bytes() => as_it_is(&path).map_err(disk)?,
            Some(_) | None => rewrite(dir, &contents).map_err(disk)?,
        };
        Ok(Self { dir: dir.to_owned(), file, length, appended: 0, contents, damage, _lock: lock })
    }

    /// What was wrong with the file that was found.
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// What it says now.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Appends a line; on return what has to survive a power cut is on the disk.
    pub fn append(&mut self, line: &Line, now: Timestamp) -> Result<(), JournalError> {
        self.try_append(line, now).map_err(|error| JournalError::Disk { path: self.dir.clone(), error })
    }

    fn try_append(&mut self, line: &Line, now: Timestamp) -> io::Result<()> {
        if self.appended > APPENDED_LIMIT_BYTES {
            self.contents.forget_old(now);
            (self.file, self.length) = rewrite(&self.dir, &self.contents)?;
            self.appended = 0;
        }
        let bytes = line.to_bytes();
        // Half a line may be left of an append that failed (a full disk): the next one starts where the last whole one ended.
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(&bytes)?;
        if line.must_survive() {
            self.file.sync_data()?;
        }
        self.length += bytes.len() as u64;
        self.appended += bytes.len() as u64;
        self.contents.apply(line.clone());
        Ok(())
    }
}

/// One till per data directory, also where the server is elsewhere.
fn lock(dir: &Path) -> Result<File, JournalError> {
    let disk = |error| JournalError::Disk { path: dir.to_owned(), error };
    let lock = owners().create(true).truncate(false).open(dir.join(LOCK)).map_err(disk)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(JournalError::AlreadyRunning(dir.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(disk(error)),
    }
}

/// A file with lines that cannot be read is kept under another name: what stood there is somebody's value.
fn keep_damaged(dir: &Path, contents: &Contents, now: Timestamp) -> io::Result<Option<Damage>> {
    if contents.damaged_lines == 0 {
        return Ok(None);
    }
    let kept = dir.join(now.strftime(DAMAGED).to_string());
    match fs::hard_link(dir.join(FILE), &kept) {
        Ok(()) => sync_directory(dir)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        // Not every file system has a second name for a file.
        Err(_) => private::write(&kept, &fs::read(dir.join(FILE))?)?,
    }
    let damage = Damage { kept, lines: contents.damaged_lines, asked: contents.salvaged };
    tracing::error!(?damage, "the journal has lines that cannot be read");
    Ok(Some(damage))
}

/// A full disk, on which nothing new can be written, is no reason not to open.
fn as_it_is(path: &Path) -> io::Result<(File, u64)> {
    let file = owners().open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// Writes a new file, syncs it, and only then lets it take the old one's place.
fn rewrite(dir: &Path, contents: &Contents) -> io::Result<(File, u64)> {
    let temporary = dir.join(TEMPORARY);
    let mut file = owners().create(true).truncate(true).open(&temporary)?;
    let bytes = contents.to_bytes();
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, dir.join(FILE))?;
    sync_directory(dir)?;
    Ok((file, bytes.len() as u64))
}

/// Read and write, for the owner alone.
fn owners() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A new name is safe only once its directory is synced; Windows does that by itself.
fn sync_directory(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests;
