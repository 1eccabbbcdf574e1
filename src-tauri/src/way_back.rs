//! The way back from a backup: what a file holds, and its books in the place of the ones that are there.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tillbeam_server::backup::seal::Passphrase;
use tillbeam_server::backup::{self, Error, Holds, restore};

use crate::wire::{BackupHolds, local};

/// The longest path or passphrase that a person types, in bytes.
const TEXT_LIMIT: usize = 1_000;

/// A backup that somebody named.
pub struct Named {
    file: PathBuf,
    passphrase: Option<Passphrase>,
}

impl Named {
    /// As it was typed; nothing as a passphrase is none.
    ///
    /// # Errors
    /// `malformed`
    pub fn parse(file: &str, passphrase: &str) -> Result<Self, &'static str> {
        let file = file.trim();
        if file.is_empty() || file.len().max(passphrase.len()) > TEXT_LIMIT {
            return Err("malformed");
        }
        Ok(Self { file: file.into(), passphrase: Passphrase::new(passphrase) })
    }

    /// Opens it beside whoever writes the books, and checks all of it; `scratch` is a folder that nobody sweeps.
    ///
    /// # Errors
    /// One of `reason`'s.
    pub async fn look(&self, scratch: &Path) -> Result<BackupHolds, &'static str> {
        let looked = backup::inspect(&self.file, self.passphrase.as_ref(), scratch).await;
        match looked {
            Ok((report, holds)) if report.wrong.is_empty() => Ok(shown(holds)),
            Ok((report, _)) => {
                tracing::warn!(wrong = ?report.wrong.first(), "the books of a backup do not hold");
                Err(local::BACKUP_DAMAGED)
            }
            Err(error) => Err(reason(&error)),
        }
    }

    /// Puts its books in the place of those in the data directory, which are put aside. Nobody may have it open.
    ///
    /// # Errors
    /// One of `reason`'s; the books that were there are untouched then.
    pub async fn restore(&self, data: &Path, now: Timestamp) -> Result<BackupHolds, &'static str> {
        let order = restore::Order {
            data: data.to_owned(),
            file: self.file.clone(),
            passphrase: self.passphrase.clone(),
            replace: true,
            now: now.as_millisecond(),
        };
        match restore::restore(&order).await {
            Ok(restored) => {
                tracing::info!(holds = %restored.holds, aside = ?restored.aside, unread = restored.unread, "restored a backup");
                Ok(shown(restored.holds))
            }
            Err(error) => Err(reason(&error)),
        }
    }
}

fn shown(holds: Holds) -> BackupHolds {
    let (entries, last_at) = (u64::try_from(holds.entries()).unwrap_or_default(), holds.last_at());
    let shops = holds.shops.into_iter().map(|shop| shop.name).collect();
    BackupHolds { made_at: holds.made_at, shops, entries, last_at }
}

/// Of the till's own list; the cause goes to the log.
fn reason(error: &Error) -> &'static str {
    tracing::warn!(%error, "a backup is not restored");
    match error {
        Error::Read { .. } => local::BACKUP_UNREAD,
        Error::NoBackup { .. } => local::BACKUP_OTHER,
        Error::Version { .. } => local::BACKUP_NEWER,
        Error::CutShort { .. } | Error::Damaged { .. } | Error::Wrong { .. } | Error::Master(_) => {
            local::BACKUP_DAMAGED
        }
        Error::PassphraseNeeded { .. } => local::PASSPHRASE_NEEDED,
        Error::PassphraseWrong { .. } => local::PASSPHRASE_WRONG,
        Error::Full { .. } | Error::Write { .. } => local::NOT_SAVED,
        Error::Data(_) | Error::Busy { .. } => local::ALREADY_OPEN,
        Error::Foreign { .. } | Error::Occupied { .. } | Error::Store(_) => local::NOT_OPENED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_to_be_named() {
        assert!(Named::parse(" /media/usb/one.backup ", "").is_ok_and(|named| named.passphrase.is_none()));
        assert!(Named::parse("one.backup", "a secret").is_ok_and(|named| named.passphrase.is_some()));
        for (file, passphrase) in [("", ""), ("  ", "a"), ("a", &"x".repeat(2_000)[..])] {
            assert_eq!(Named::parse(file, passphrase).err(), Some("malformed"));
        }
    }

    #[tokio::test]
    async fn what_is_no_backup_is_said_and_leaves_the_books() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path().join("data"), folder.path().join("one.backup"));
        std::fs::create_dir(&data).unwrap();
        let named = Named::parse(&file.display().to_string(), "").unwrap();
        assert_eq!(named.look(folder.path()).await.err(), Some("backup_unread"));
        std::fs::write(&file, "a spreadsheet").unwrap();
        assert_eq!(named.look(folder.path()).await.err(), Some("backup_other"));
        assert_eq!(named.restore(&data, Timestamp::now()).await.err(), Some("backup_other"));
    }
}
