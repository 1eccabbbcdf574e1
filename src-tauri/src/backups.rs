//! Where and how often this till's own server makes backups, as somebody chose it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tillbeam_server::backup::schedule::{KEEP, Plan};

use crate::wire::{BackupPlan, local};

/// Where they lie when nothing else was chosen, in the data directory.
const FOLDER: &str = "backups";
/// Hours from one to the next that can be chosen.
const HOURS: [u16; 4] = [6, 12, 24, 168];
const USUAL_HOURS: u16 = 24;
/// The longest path that a person types, in bytes.
const PATH_LIMIT: usize = 1000;

/// What was chosen; what was not is the usual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Backups {
    #[serde(default)]
    folder: Option<PathBuf>,
    #[serde(default)]
    every_h: Option<u16>,
}

impl Backups {
    /// What somebody chose, if a backup could be written there now.
    ///
    /// # Errors
    /// `malformed`, `folder_missing` or `folder_denied`.
    pub fn chosen(plan: BackupPlan) -> Result<Self, &'static str> {
        let BackupPlan { folder, every_h } = plan;
        if !HOURS.contains(&every_h) {
            return Err("malformed");
        }
        let folder = folder.map(|text| written_to(&text)).transpose()?;
        Ok(Self { folder, every_h: Some(every_h) })
    }

    /// For the page.
    pub fn shown(&self) -> BackupPlan {
        let folder = self.folder.as_ref().map(|folder| folder.display().to_string());
        BackupPlan { folder, every_h: self.every_h() }
    }

    /// For the server with the books in `data`. Of those that are made more often than once a day as many more are kept, so
    /// that they reach back two weeks as well.
    pub fn plan(&self, data: &Path) -> Plan {
        let every_h = self.every_h();
        Plan {
            dir: self.folder.clone().unwrap_or_else(|| data.join(FOLDER)),
            every: Duration::from_hours(every_h.into()),
            keep: KEEP * usize::from(USUAL_HOURS.div_ceil(every_h)),
            passphrase_file: None,
        }
    }

    fn every_h(&self) -> u16 {
        self.every_h.filter(|hours| HOURS.contains(hours)).unwrap_or(USUAL_HOURS)
    }
}

/// A folder that files can be written to, made if only itself is missing: where more is, a drive is not plugged in.
fn written_to(text: &str) -> Result<PathBuf, &'static str> {
    let folder = PathBuf::from(text.trim());
    if !folder.is_absolute() || text.len() > PATH_LIMIT {
        return Err(local::FOLDER_MISSING);
    }
    if !folder.is_dir() {
        let there = folder.parent().is_some_and(Path::is_dir) && !folder.exists();
        if !there {
            return Err(local::FOLDER_MISSING);
        }
        fs::create_dir(&folder).map_err(|error| denied(&error))?;
    }
    let mut probe = tempfile::NamedTempFile::new_in(&folder).map_err(|error| denied(&error))?;
    probe.write_all(b"?").and_then(|()| probe.as_file().sync_all()).map_err(|error| denied(&error))?;
    Ok(folder)
}

fn denied(error: &std::io::Error) -> &'static str {
    tracing::warn!(%error, "a folder for backups cannot be written to");
    local::FOLDER_DENIED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(folder: Option<&str>, every_h: u16) -> BackupPlan {
        BackupPlan { folder: folder.map(str::to_owned), every_h }
    }

    #[test]
    fn a_folder_is_made_where_only_itself_is_missing_and_nothing_stays_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("gone/two"));
        let chosen = Backups::chosen(plan(one.to_str(), 6)).unwrap();
        assert_eq!(fs::read_dir(&one).unwrap().count(), 0, "the probe is taken away");
        assert_eq!(chosen.plan(dir.path()).dir, one);
        assert_eq!((chosen.plan(dir.path()).keep, chosen.shown().every_h), (KEEP * 4, 6));
        assert_eq!(Backups::chosen(plan(two.to_str(), 6)), Err(local::FOLDER_MISSING));
    }

    #[test]
    fn what_cannot_be_written_to_or_is_no_folder_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        for text in [file.to_str().unwrap(), "backups", "", "/dev/null/x", &format!("/{}", "x".repeat(PATH_LIMIT))] {
            assert_eq!(Backups::chosen(plan(Some(text), 24)), Err(local::FOLDER_MISSING), "{text}");
        }
        assert_eq!(Backups::chosen(plan(Some("/proc"), 24)), Err(local::FOLDER_DENIED));
        assert_eq!(Backups::chosen(plan(None, 7)), Err("malformed"));
    }

    #[test]
    fn without_a_choice_it_is_once_a_day_into_the_data_directory() {
        let usual = Backups::default();
        assert_eq!(usual.shown(), plan(None, 24));
        let Plan { dir, every, keep, .. } = usual.plan(Path::new("/data"));
        assert_eq!((dir.as_path(), every, keep), (Path::new("/data/backups"), Duration::from_hours(24), KEEP));
        assert_eq!(Backups::chosen(plan(None, 168)).unwrap().plan(Path::new("/data")).keep, KEEP);
    }
}
