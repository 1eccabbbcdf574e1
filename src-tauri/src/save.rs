//! Files that the page asks for, where people look for them: the system's folder for downloads.
//!
//! An old file is never overwritten: the next one gets a number.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::wire::Saved;

/// Files of one name, at most.
const NUMBER_LIMIT: u32 = 1_000;
/// The longest name, in bytes.
const NAME_LIMIT: usize = 80;

/// Writes a file of this name, or of this name with a number.
///
/// # Errors
/// A name that is none, no folder, no right, a full disk.
pub fn write(name: &str, bytes: &[u8]) -> io::Result<Saved> {
    let folder = dirs::download_dir().or_else(dirs::document_dir).or_else(dirs::home_dir);
    let folder = folder.ok_or_else(|| io::Error::other("this system has no folder for downloads"))?;
    std::fs::create_dir_all(&folder)?;
    write_in(&folder, name, bytes)
}

fn write_in(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<Saved> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    if stem.is_empty() || name.len() > NAME_LIMIT || name.starts_with('.') || !name.chars().all(plain) {
        return Err(io::Error::other("this is no name of a file"));
    }
    for number in 1..=NUMBER_LIMIT {
        let file = if number == 1 { format!("{stem}.{ending}") } else { format!("{stem}-{number}.{ending}") };
        let path: PathBuf = folder.join(file);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(bytes)?;
                file.sync_all()?;
                return Ok(Saved { path: path.display().to_string() });
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("there are too many files of this name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_never_takes_the_place_of_another_and_stays_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = write_in(folder.path(), "entries.csv", b"1").unwrap();
        let second = write_in(folder.path(), "entries.csv", b"2").unwrap();
        assert!(first.path.ends_with("entries.csv") && second.path.ends_with("entries-2.csv"));
        assert_eq!(std::fs::read(first.path).unwrap(), b"1");
        for name in ["", "../x.csv", ".hidden", "a/b.csv", "C:x.csv", &"x".repeat(81)] {
            assert!(write_in(folder.path(), name, b"").is_err(), "{name}");
        }
    }
}
