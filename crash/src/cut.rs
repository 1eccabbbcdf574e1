//! A power cut: takes back from a folder whatever the preloaded disk wrote and nobody synced.
//!
//! The program must be dead. Whatever was not synced is lost, or, as on a real disk, some sectors of it are not.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tokio::process::Command;

use crate::plan::Dice;

/// Bytes that a disk writes whole.
const SECTOR: usize = 512;
/// The fixed part of a record: kind, three numbers, two lengths.
const HEAD: usize = 1 + 3 * 8 + 2 * 4;

/// The disk of one folder.
pub struct Disk {
    folder: PathBuf,
    log: PathBuf,
    /// Whether the program's syncs are to be forgotten.
    pub forgets: bool,
}

/// How much of what was not synced is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All of it.
    Everything,
    /// Every sector and name by the toss of a coin.
    SomeSectors,
}

enum Change {
    Write { inode: u64, at: u64, size: u64, old: Vec<u8>, new: Vec<u8> },
    Resize { inode: u64, to: u64, size: u64, old: Vec<u8> },
    Create { folder: u64, name: String },
    Rename { folder: u64, from: String, to: String, kept: u64 },
    Remove { folder: u64, name: String, kept: u64 },
}

impl Change {
    fn inode(&self) -> u64 {
        match self {
            Self::Write { inode, .. } | Self::Resize { inode, .. } => *inode,
            Self::Create { folder, .. } | Self::Rename { folder, .. } | Self::Remove { folder, .. } => *folder,
        }
    }
}

impl Disk {
    /// A disk for a folder that is there; its log lies beside it.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.canonicalize().context("the folder of the power cuts")?;
        let beside = folder.with_extension("disk");
        fs::create_dir_all(&beside)?;
        Ok(Self { folder, log: beside.join("log"), forgets: false })
    }

    /// Has a program write through this disk.
    pub fn preload(&self, command: &mut Command) -> anyhow::Result<()> {
        // Where `cargo build` leaves it, and where `cargo test` does.
        let beside = std::env::current_exe()?;
        let library = ["libtillbeam_disk.so", "deps/libtillbeam_disk.so"].map(|name| beside.with_file_name(name));
        let Some(library) = library.iter().find(|path| path.is_file()) else {
            bail!("{} is missing; `cargo build --package tillbeam-crash` makes it", library[0].display());
        };
        command.env("LD_PRELOAD", library);
        command.env("TILLBEAM_DISK_FOLDER", &self.folder).env("TILLBEAM_DISK_LOG", &self.log);
        if self.forgets {
            command.env("TILLBEAM_DISK_FORGETS", "1");
        }
        Ok(())
    }

    /// Makes it a disk that can only be read, or an ordinary one again.
    pub fn set_read_only(&self, read_only: bool) -> std::io::Result<()> {
        let flag = self.log.with_added_extension("read-only");
        if read_only { fs::write(flag, "") } else { fs::remove_file(flag) }
    }

    /// Leaves in the folder what a power cut leaves; how many changes were in danger.
    pub fn cut(&self, loss: Loss, dice: &mut Dice) -> anyhow::Result<usize> {
        let unsynced = unsynced(&fs::read(&self.log).unwrap_or_default());
        let files = files(&self.folder, &self.log)?;
        for change in unsynced.iter().rev() {
            take_back(change, &files).context("a write could not be taken back")?;
        }
        if loss == Loss::SomeSectors {
            for change in &unsynced {
                keep_some(change, &files, dice)?;
            }
        }
        for change in unsynced.iter().rev() {
            if loss == Loss::Everything || dice.below(2) == 0 {
                self.forget_name(change)?;
            }
        }
        self.tidy()?;
        Ok(unsynced.len())
    }

    fn forget_name(&self, change: &Change) -> anyhow::Result<()> {
        let path = |name: &str| self.folder.join(name);
        let inside = |folder: u64| fs::metadata(&self.folder).is_ok_and(|found| found.ino() == folder);
        match change {
            Change::Create { folder, name } if inside(*folder) => {
                let _ = fs::remove_file(path(name));
            }
            Change::Rename { folder, from, to, kept } if inside(*folder) && path(to).exists() => {
                fs::rename(path(to), path(from))?;
                if *kept != 0 {
                    fs::rename(kept_link(&self.log, *kept), path(to))?;
                }
            }
            Change::Remove { folder, name, kept } if inside(*folder) && *kept != 0 => {
                fs::rename(kept_link(&self.log, *kept), path(name))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The memory that processes shared is gone, and the log begins anew.
    fn tidy(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("-shm") {
                fs::remove_file(path)?;
            }
        }
        let beside = self.log.parent().context("the log lies in a folder")?;
        fs::remove_dir_all(beside)?;
        Ok(fs::create_dir_all(beside)?)
    }
}

fn kept_link(log: &Path, number: u64) -> PathBuf {
    log.with_extension(number.to_string())
}

/// Every file of the folder, and what was kept of removed ones, by inode.
fn files(folder: &Path, log: &Path) -> anyhow::Result<HashMap<u64, PathBuf>> {
    let mut found = HashMap::new();
    for place in [Some(folder), log.parent()].into_iter().flatten() {
        for entry in fs::read_dir(place)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                found.insert(entry.metadata()?.ino(), entry.path());
            }
        }
    }
    Ok(found)
}

fn open(inode: u64, files: &HashMap<u64, PathBuf>) -> Option<File> {
    OpenOptions::new().write(true).open(files.get(&inode)?).ok()
}

fn take_back(change: &Change, files: &HashMap<u64, PathBuf>) -> std::io::Result<()> {
    let (at, size, old) = match change {
        Change::Write { at, size, old, .. } => (*at, *size, old),
        Change::Resize { to, size, old, .. } => (*to, *size, old),
        Change::Create { .. } | Change::Rename { .. } | Change::Remove { .. } => return Ok(()),
    };
    // What has no name any more is gone anyway.
    let Some(file) = open(change.inode(), files) else { return Ok(()) };
    file.set_len(size)?;
    file.write_all_at(old, at)
}

fn keep_some(change: &Change, files: &HashMap<u64, PathBuf>, dice: &mut Dice) -> std::io::Result<()> {
    let Some(file) = open(change.inode(), files) else { return Ok(()) };
    match change {
        Change::Write { at, new, .. } => {
            let first = SECTOR - usize::try_from(at % SECTOR as u64).unwrap_or(0);
            let mut done = 0;
            while done < new.len() {
                let end = new.len().min(if done == 0 { first } else { done + SECTOR });
                if dice.below(2) == 0 {
                    file.write_all_at(&new[done..end], at + done as u64)?;
                }
                done = end;
            }
        }
        Change::Resize { to, .. } if dice.below(2) == 0 => file.set_len(*to)?,
        Change::Resize { .. } | Change::Create { .. } | Change::Rename { .. } | Change::Remove { .. } => {}
    }
    Ok(())
}

/// Reads the log; what was synced later is left out.
fn unsynced(log: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut rest = log;
    while let Some((record, next)) = read(rest) {
        changes.push(record);
        rest = next;
    }
    let mut synced = HashSet::new();
    let mut left: Vec<Change> = Vec::new();
    for record in changes.into_iter().rev() {
        match record {
            Record::Sync(inode) => drop(synced.insert(inode)),
            Record::Change(change) if !synced.contains(&change.inode()) => left.push(change),
            Record::Change(_) => {}
        }
    }
    left.reverse();
    left
}

enum Record {
    Sync(u64),
    Change(Change),
}

/// One record and what follows it; none at the end and where a record was cut off.
fn read(log: &[u8]) -> Option<(Record, &[u8])> {
    let head = log.get(..HEAD)?;
    let long = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().expect("eight bytes"));
    let short = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("four bytes")) as usize;
    let (inode, at, size) = (long(1), long(9), long(17));
    let (first, second) = (short(25), short(29));
    let one = log.get(HEAD..HEAD + first)?.to_vec();
    let two = log.get(HEAD + first..HEAD + first + second)?.to_vec();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let record = match head[0] {
        1 => Record::Change(Change::Write { inode, at, size, old: one, new: two }),
        2 => Record::Change(Change::Resize { inode, to: at, size, old: one }),
        3 => Record::Sync(inode),
        4 => Record::Change(Change::Create { folder: inode, name: text(&one) }),
        5 => Record::Change(Change::Rename { folder: inode, from: text(&one), to: text(&two), kept: at }),
        6 => Record::Change(Change::Remove { folder: inode, name: text(&one), kept: at }),
        _ => return None,
    };
    Some((record, &log[HEAD + first + second..]))
}
