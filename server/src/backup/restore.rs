//! The way back: a backup becomes a data directory's books, and the ones before are kept aside.
//!
//! Everything is prepared in a folder within the data directory: unpacked, verified, given a new epoch and a new
//! generation of the master key. Renaming that folder is the moment of the restore. Before it a power cut leaves the old
//! books; after it whoever takes the directory next moves the files to their places ([`finish`]).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{Error, Holds, PARTS, look, scratch, sweep, unpack};
use crate::backup::seal::Passphrase;
use crate::code::Step;
use crate::data::{DATABASE, Data};
use crate::ledger::{Millis, rfc3339};
use crate::master::Master;
use crate::private;
use crate::store::snapshot::{self, Closed};
use crate::store::{Store, keys};

/// Where a restore is prepared; a leftover is swept away.
const PREPARING: &str = ".restoring-";
/// A prepared restore whose old books are not all aside. The rest of the name is its time.
const DECIDED: &str = ".restored-";
/// One whose old books are all aside.
const MOVING_IN: &str = ".moving-in-";
/// Where the old books go.
const ASIDE: &str = "before-restore-";

/// What to restore, and where to.
#[derive(Clone)]
pub struct Order {
    /// The data directory; made if there is none.
    pub data: PathBuf,
    /// The backup.
    pub file: PathBuf,
    /// What it was sealed with.
    pub passphrase: Option<Passphrase>,
    /// Whether books that are there are put aside.
    pub replace: bool,
    /// The time.
    pub now: Millis,
}

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// What is in the books now; the epoch is the new one.
    pub holds: Holds,
    /// Where the books of before are, if there were any.
    pub aside: Option<PathBuf>,
    /// Whether these could not be read, so that what was revoked since the backup is valid again.
    pub unread: bool,
}

/// Restores a backup. The new books have an epoch of their own, take no codes of steps before `now` nor any that the
/// books put aside have taken, leave closed what was closed there, and make new keys by a new generation of the master
/// key.
pub async fn restore(order: &Order) -> Result<Restored, Error> {
    let _lock = Data::lock(&order.data)?;
    let occupied = belongings().any(|name| order.data.join(name).exists());
    if occupied && !order.replace {
        return Err(Error::Occupied { path: order.data.display().to_string() });
    }
    let failed = |cause| Error::write(&order.data, cause);
    sweep(&order.data, PREPARING).map_err(failed)?;
    let folder = scratch(&order.data, PREPARING)?;
    let made_at = unpack(&order.file, order.passphrase.as_ref(), folder.path()).await?;
    let (report, holds) = look(&order.file, folder.path(), made_at).await?;
    if let Some(wrong) = report.wrong.into_iter().next() {
        return Err(Error::Wrong { path: order.file.display().to_string(), wrong });
    }
    let step = Step::at(order.now.div_euclid(1000));
    let closed = closed(&order.data.join(DATABASE), step).await;
    let unread = closed.is_none();
    let epoch = start_anew(folder.path(), (step, closed.as_ref()), order.now).await?;
    let stamp: String = rfc3339(order.now).chars().filter(char::is_ascii_alphanumeric).collect();
    sync(folder.path()).map_err(failed)?;
    fs::rename(folder.path(), order.data.join(format!("{DECIDED}{stamp}"))).map_err(failed)?;
    // From here on it is restored, whatever happens.
    let _ = folder.keep();
    finish(&order.data).map_err(failed)?;
    let aside = order.data.join(format!("{ASIDE}{stamp}"));
    Ok(Restored { holds: Holds { epoch, ..holds }, aside: occupied.then_some(aside), unread })
}

/// What was closed in the books that are there; nothing where there are none, `None` if they cannot be read.
async fn closed(database: &Path, from: Step) -> Option<Closed> {
    if !database.exists() {
        return Some(Closed::default());
    }
    let read = async {
        let store = Store::open_read_only(database).await?;
        let closed = snapshot::closed(&mut *store.read().await?, from).await;
        store.close().await;
        closed
    };
    match read.await {
        Ok(closed) => Some(closed),
        Err(error) => {
            tracing::warn!(%error, "the books that are put aside cannot be read");
            None
        }
    }
}

/// Gives unpacked books what makes them another database: their new epoch.
async fn start_anew(folder: &Path, (from, closed): (Step, Option<&Closed>), now: Millis) -> Result<String, Error> {
    let master = Master::open(folder, false)?;
    master.start_generation()?;
    let store = Store::open(&folder.join(DATABASE), false).await?;
    let mut write = store.begin_write().await?;
    snapshot::start_anew(&mut write, from, closed, now).await?;
    keys::set_current(&mut write, master.current()).await?;
    let epoch = crate::store::shop::epoch(&mut write).await?;
    write.commit().await?;
    store.close().await;
    Ok(epoch)
}

/// Brings a restore that was decided on to its end, however often it was broken off. For whoever holds the lock.
pub fn finish(data: &Path) -> io::Result<()> {
    if let Some((decided, stamp)) = pending(data, DECIDED)? {
        let aside = data.join(format!("{ASIDE}{stamp}"));
        for name in belongings().filter(|name| data.join(name).exists()) {
            private::folder(&aside)?;
            fs::rename(data.join(&name), aside.join(&name))?;
        }
        if aside.exists() {
            sync(&aside)?;
        }
        sync(data)?;
        fs::rename(decided, data.join(format!("{MOVING_IN}{stamp}")))?;
        sync(data)?;
    }
    if let Some((moving, _)) = pending(data, MOVING_IN)? {
        for entry in fs::read_dir(&moving)? {
            let entry = entry?;
            fs::rename(entry.path(), data.join(entry.file_name()))?;
        }
        sync(data)?;
        fs::remove_dir(moving)?;
    }
    Ok(())
}

/// Whether a restore was decided on and is not at its end.
pub fn is_pending(data: &Path) -> io::Result<bool> {
    Ok(pending(data, DECIDED)?.is_some() || pending(data, MOVING_IN)?.is_some())
}

fn pending(data: &Path, prefix: &str) -> io::Result<Option<(PathBuf, String)>> {
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        if let Some(stamp) = entry.file_name().to_string_lossy().strip_prefix(prefix) {
            return Ok(Some((entry.path(), stamp.to_owned())));
        }
    }
    Ok(None)
}

/// The files of a data directory that a backup stands for; what else is there stays, like the till's journal.
fn belongings() -> impl Iterator<Item = String> {
    let log = ["-wal", "-shm", "-journal"].map(|end| format!("{DATABASE}{end}"));
    PARTS.into_iter().map(str::to_owned).chain(log)
}

/// Syncs a folder and the files in it.
fn sync(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && belongings().any(|name| entry.file_name() == name.as_str()) {
            File::open(entry.path())?.sync_all()?;
        }
    }
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}
