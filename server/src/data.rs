//! The data directory: who may use it, and what lies in it.
//!
//! `serve` and the window lock it against each other; `provision`, `verify`
//! and others work beside them. Holds the database, the master key and the
//! certificates.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::backup::restore;
use crate::master::{Master, MasterError};
use crate::private;
use crate::store::{self, Store};

/// The database's file name.
pub const DATABASE: &str = "tillbeam.db";
const LOCK: &str = "lock";

/// An open data directory.
pub struct Data {
    /// Where it is.
    pub path: PathBuf,
    /// The books.
    pub store: Store,
    /// The master key.
    pub master: Master,
}

/// Held as long as this process is the directory's server.
pub struct Lock {
    _file: File,
}

/// Why a data directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It cannot be made or written.
    #[error("the data directory {path} cannot be written: {cause}; choose another with --data")]
    NotWritable {
        /// The directory.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Another server or window is using it.
    #[error("another Tillbeam is using the data directory {path}; close it first, or choose another with --data")]
    Locked {
        /// The directory.
        path: String,
    },
    /// There is nothing in it.
    #[error("there are no books in {path}; name the right data directory with --data")]
    Empty {
        /// The directory.
        path: String,
    },
    /// Its books are being moved to their places.
    #[error("a restore of {path} was broken off; it is brought to its end when the server is started")]
    Unfinished {
        /// The directory.
        path: String,
    },
    /// The master key.
    #[error(transparent)]
    Master(#[from] MasterError),
    /// The database.
    #[error("the books in {path} cannot be opened: {cause}")]
    Store {
        /// The directory.
        path: String,
        /// What the database said.
        cause: store::Error,
    },
}

impl Data {
    /// Opens a directory, making it (0700) with new books and a new master key if there is none.
    pub async fn open(path: &Path) -> Result<Self, DataError> {
        private::folder(path).map_err(|cause| DataError::NotWritable { path: path.display().to_string(), cause })?;
        check_finished(path)?;
        // A database without its key is a lost key, not a new shop.
        let create = !path.join(DATABASE).exists();
        let master = Master::open(path, create)?;
        let store = Self::store(path, true).await?;
        Ok(Self { path: path.to_owned(), store, master })
    }

    /// Opens the books of a directory that has some.
    pub async fn existing(path: &Path) -> Result<Self, DataError> {
        check_finished(path)?;
        if !path.join(DATABASE).exists() {
            return Err(DataError::Empty { path: path.display().to_string() });
        }
        let master = Master::open(path, false)?;
        Ok(Self { path: path.to_owned(), store: Self::store(path, false).await?, master })
    }

    async fn store(path: &Path, create: bool) -> Result<Store, DataError> {
        own(&path.join(DATABASE), create)
            .map_err(|cause| DataError::NotWritable { path: path.display().to_string(), cause })?;
        Store::open(&path.join(DATABASE), create)
            .await
            .map_err(|cause| DataError::Store { path: path.display().to_string(), cause })
    }

    /// Takes the directory for this process, until the lock is dropped or the process ends.
    pub fn lock(path: &Path) -> Result<Lock, DataError> {
        let not_writable = |cause| DataError::NotWritable { path: path.display().to_string(), cause };
        private::folder(path).map_err(not_writable)?;
        let file = File::create(path.join(LOCK)).map_err(not_writable)?;
        match file.try_lock() {
            Ok(()) => {
                restore::finish(path).map_err(not_writable)?;
                Ok(Lock { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(DataError::Locked { path: path.display().to_string() }),
            Err(TryLockError::Error(cause)) => Err(not_writable(cause)),
        }
    }
}

/// Keeps a file from everybody but its owner, whoever made the directory; the log and its index follow it.
#[cfg(unix)]
fn own(file: &Path, create: bool) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

    const OTHERS: u32 = 0o077;
    if create {
        fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    }
    let mut permissions = fs::metadata(file)?.permissions();
    if permissions.mode() & OTHERS == 0 {
        return Ok(());
    }
    permissions.set_mode(permissions.mode() & !OTHERS);
    fs::set_permissions(file, permissions)
}

#[cfg(not(unix))]
fn own(_: &Path, _: bool) -> std::io::Result<()> {
    Ok(())
}

fn check_finished(path: &Path) -> Result<(), DataError> {
    match restore::is_pending(path) {
        Ok(true) => Err(DataError::Unfinished { path: path.display().to_string() }),
        // What cannot be listed is found out, and said, by whoever opens it.
        Ok(false) | Err(_) => Ok(()),
    }
}
