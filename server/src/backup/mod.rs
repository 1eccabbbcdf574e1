//! Backups: one file with the books, the master key and the CA, made beside a running server and verified.
//!
//! [`make`] takes a snapshot, packs it, opens what it packed and checks the books in it before it gives the file
//! its name. [`restore`] is the way back, [`schedule`] makes them by the clock. Called by the command line, `http` and
//! `app`.

pub mod file;
pub mod restore;
pub mod schedule;
pub mod seal;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use self::seal::{Denied, Passphrase};
use crate::data::{DATABASE, DataError};
use crate::ledger::{Millis, rfc3339};
use crate::master::{self, Master, MasterError};
use crate::store::snapshot::{self, Held};
use crate::store::{self, Store};
use crate::tls::{CA_FILE, CA_KEY_FILE};
use crate::verify;

/// What may lie in a backup, in order.
pub const PARTS: [&str; 4] = [DATABASE, master::FILE, CA_FILE, CA_KEY_FILE];
/// Held while a backup of a data directory is made.
const LOCK: &str = "backup.lock";
/// What unpacked books lie in while they are looked at; a leftover of a broken run is swept away.
const SCRATCH: &str = ".backup-";

/// Why there is no backup, or nothing to be had from one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data directory.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Two at once would be in each other's way.
    #[error("another backup of {path} is being made; wait for it")]
    Busy {
        /// The data directory.
        path: String,
    },
    /// Something else would be overwritten.
    #[error("{path} is there and is no backup; it is left alone, name another file")]
    Foreign {
        /// The file.
        path: String,
    },
    /// Restoring would cover books.
    #[error("there are books in {path}; say --replace to put them aside, or name another directory with --data")]
    Occupied {
        /// The data directory.
        path: String,
    },
    /// The disk has no room.
    #[error("there is no room on the disk for {path}; free some, or choose another disk")]
    Full {
        /// The file.
        path: String,
    },
    /// The file system said no to writing.
    #[error("{path} cannot be written: {cause}")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The file system said no to reading.
    #[error("{path} cannot be read: {cause}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Not ours.
    #[error("{path} is no backup of Tillbeam")]
    NoBackup {
        /// The file.
        path: String,
    },
    /// Made by a later version of this program.
    #[error("the backup {path} was made by a newer Tillbeam; take that version")]
    Version {
        /// The file.
        path: String,
    },
    /// The end is missing.
    #[error("the backup {path} is cut short; take another copy of it")]
    CutShort {
        /// The file.
        path: String,
    },
    /// A byte is not what it was.
    #[error("the backup {path} is damaged; take another copy of it")]
    Damaged {
        /// The file.
        path: String,
    },
    /// Sealed, and no passphrase was given.
    #[error("the backup {path} needs its passphrase: name its file with --passphrase-file, or set TILLBEAM_PASSPHRASE")]
    PassphraseNeeded {
        /// The file.
        path: String,
    },
    /// Sealed with another passphrase.
    #[error("this is not the passphrase of the backup {path}")]
    PassphraseWrong {
        /// The file.
        path: String,
    },
    /// The books in it do not hold.
    #[error("the books in {path} do not hold: {wrong}")]
    Wrong {
        /// The file.
        path: String,
        /// The first finding.
        wrong: String,
    },
    /// The master key in it.
    #[error(transparent)]
    Master(#[from] MasterError),
    /// The books in it, or the ones to be backed up.
    #[error("the books cannot be read or written: {0}")]
    Store(#[from] store::Error),
}

impl Error {
    fn write(path: &Path, cause: io::Error) -> Self {
        let path = path.display().to_string();
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Write { path, cause },
        }
    }

    fn read(path: &Path, cause: io::Error) -> Self {
        Self::Read { path: path.display().to_string(), cause }
    }

    /// What a failed read says about a backup.
    fn of(file: &Path, cause: io::Error) -> Self {
        let path = file.display().to_string();
        match cause.kind() {
            _ if Denied::caused(&cause) => Self::PassphraseWrong { path },
            io::ErrorKind::UnexpectedEof => Self::CutShort { path },
            io::ErrorKind::InvalidData => Self::Damaged { path },
            _ => Self::Read { path, cause },
        }
    }

    /// A snapshot that could not be written.
    fn snapshot(path: &Path, cause: store::Error) -> Self {
        /// `SQLITE_FULL`.
        const FULL: &str = "13";
        match &cause {
            store::Error::Driver(sqlx::Error::Database(said)) if said.code().is_some_and(|code| code == FULL) => {
                Self::Full { path: path.display().to_string() }
            }
            _ => Self::Store(cause),
        }
    }
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holds {
    /// When it was begun, RFC 3339.
    pub made_at: String,
    /// Its shops, in the order in which they were made.
    pub shops: Vec<Held>,
    /// The database's epoch.
    pub epoch: String,
}

impl Holds {
    /// Entries of all shops.
    pub fn entries(&self) -> i64 {
        self.shops.iter().map(|shop| shop.last_number).sum()
    }

    /// The last entry's time, RFC 3339.
    pub fn last_at(&self) -> Option<String> {
        self.shops.iter().map(|shop| shop.last_at).max().filter(|at| *at > 0).map(rfc3339)
    }
}

/// One line for people.
impl std::fmt::Display for Holds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (shops, entries) = (self.shops.len(), self.entries());
        write!(f, "{shops} {}", if shops == 1 { "shop" } else { "shops" })?;
        write!(f, ", {entries} {}", if entries == 1 { "entry" } else { "entries" })?;
        self.last_at().map_or(Ok(()), |at| write!(f, ", the last of {at}"))
    }
}

/// What to back up, and where to.
#[derive(Clone)]
pub struct Order {
    /// The data directory.
    pub data: PathBuf,
    /// The backup; one that is there is replaced once the new one is verified.
    pub file: PathBuf,
    /// Seals it.
    pub passphrase: Option<Passphrase>,
    /// The time.
    pub now: Millis,
}

/// Makes a backup, beside a running server too. It has its name only once it was opened and verified; whatever goes
/// wrong before leaves what was there.
pub async fn make(order: &Order) -> Result<Holds, Error> {
    let database = order.data.join(DATABASE);
    if !database.is_file() {
        return Err(DataError::Empty { path: order.data.display().to_string() }.into());
    }
    if order.file.exists() && !file::is_backup(&order.file) {
        return Err(Error::Foreign { path: order.file.display().to_string() });
    }
    let _lock = lock(&order.data)?;
    sweep(&order.data, SCRATCH).map_err(|cause| Error::write(&order.data, cause))?;
    let beside = Beside(with_end(&order.file, ".new"));
    {
        let scratch = scratch(&order.data, SCRATCH)?;
        collect(&order.data, scratch.path()).await?;
        let (to, made_at, passphrase) = (beside.0.clone(), rfc3339(order.now), order.passphrase.clone());
        blocking(move || file::write(&to, scratch.path(), &made_at, passphrase.as_ref())).await?;
    }
    let (report, holds) = inspect(&beside.0, order.passphrase.as_ref(), &order.data).await?;
    if let Some(wrong) = report.wrong.into_iter().next() {
        return Err(Error::Wrong { path: order.data.display().to_string(), wrong });
    }
    fs::rename(&beside.0, &order.file).map_err(|cause| Error::write(&order.file, cause))?;
    sync_folder_of(&order.file).map_err(|cause| Error::write(&order.file, cause))?;
    Ok(holds)
}

/// Opens a backup, unpacked into a folder of its own in `scratch_in`, and checks what is in it.
pub async fn inspect(
    path: &Path,
    passphrase: Option<&Passphrase>,
    scratch_in: &Path,
) -> Result<(verify::Report, Holds), Error> {
    let folder = scratch(scratch_in, SCRATCH)?;
    let made_at = unpack(path, passphrase, folder.path()).await?;
    look(path, folder.path(), made_at).await
}

/// Takes a backup apart into a folder: when it was made.
async fn unpack(path: &Path, passphrase: Option<&Passphrase>, folder: &Path) -> Result<String, Error> {
    let (path, folder, passphrase) = (path.to_owned(), folder.to_owned(), passphrase.cloned());
    blocking(move || file::read(&path, &folder, passphrase.as_ref())).await
}

/// Checks the books in an unpacked backup, and that its master key is the one they need.
async fn look(path: &Path, folder: &Path, made_at: String) -> Result<(verify::Report, Holds), Error> {
    let database = folder.join(DATABASE);
    if !database.is_file() {
        return Err(Error::Damaged { path: path.display().to_string() });
    }
    let master = Master::open(folder, false)?;
    // A backup of an older version is brought to this one's form; the copy is ours.
    let store = Store::open(&database, false).await?;
    let mut conn = store.read().await?;
    let mut report = verify::check(&mut conn).await?;
    let (shops, epoch) = (snapshot::held(&mut conn).await?, store::shop::epoch(&mut conn).await?);
    let needed = snapshot::newest_generation(&mut conn).await?;
    drop(conn);
    store.close().await;
    if needed > master.current() {
        report.wrong.push(format!("the books need generation {needed} of the master key, which is not there"));
    }
    Ok((report, Holds { made_at, shops, epoch }))
}

/// Copies what belongs into a backup to a folder: the books first, so that the key has every generation they name.
async fn collect(data: &Path, folder: &Path) -> Result<(), Error> {
    let store = Store::open_read_only(&data.join(DATABASE)).await?;
    let mut conn = store.read().await?;
    let taken = snapshot::into(&mut conn, &folder.join(DATABASE)).await;
    drop(conn);
    store.close().await;
    taken.map_err(|cause| Error::snapshot(folder, cause))?;
    for name in &PARTS[1..] {
        match fs::copy(data.join(name), folder.join(name)) {
            Ok(_) => {}
            // Without TLS of its own a server has no CA.
            Err(error) if error.kind() == io::ErrorKind::NotFound && *name != master::FILE => {}
            Err(cause) => return Err(Error::read(&data.join(name), cause)),
        }
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.expect("packing does not panic and is never aborted")
}

/// A file that goes away unless it got its name.
struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn lock(data: &Path) -> Result<File, Error> {
    let path = data.join(LOCK);
    let file = File::create(&path).map_err(|cause| Error::write(&path, cause))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy { path: data.display().to_string() }),
        Err(TryLockError::Error(cause)) => Err(Error::write(&path, cause)),
    }
}

/// A folder for its owner alone that goes away with the value.
fn scratch(within: &Path, prefix: &str) -> Result<TempDir, Error> {
    tempfile::Builder::new().prefix(prefix).tempdir_in(within).map_err(|cause| Error::write(within, cause))
}

/// Takes away what a killed run left.
fn sweep(data: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(prefix) && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
