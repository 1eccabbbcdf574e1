//! The only SQL: open, migrate, one write at a time, and one file for each thing that is kept.
//!
//! Functions take a connection; the caller owns the transaction. Reads go through a pool. All writes of this
//! process take turns here and not inside `SQLite`, whose waiting is a sleep. Nothing that writes folds the
//! log into the file: [`fold`] does, on a connection of its own, so that no customer waits for it.

pub mod audit;
pub mod batch;
pub mod customer;
pub mod entry;
pub mod export;
pub mod fold;
mod gather;
pub mod import;
pub mod keys;
pub mod operator;
pub mod past;
pub mod phone;
pub mod pin;
pub mod product;
pub mod raw;
pub mod recovery;
pub mod report;
pub mod rows;
pub mod shop;
pub mod snapshot;
pub mod status;
pub mod terminal;
pub mod told;
pub mod verify;
pub mod webhook;

#[cfg(test)]
mod tests;

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libsqlite3_sys as ffi;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Connections that read at the same time.
pub const READERS: u32 = 5;
/// The same for searches, which look at many rows.
pub const SEARCHERS: u32 = 2;
/// How long a write waits for another process that writes.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// `SQLite`'s results that may be others a moment later.
const PASSING: [i32; 6] = [
    ffi::SQLITE_BUSY,
    ffi::SQLITE_LOCKED,
    ffi::SQLITE_READONLY,
    ffi::SQLITE_IOERR,
    ffi::SQLITE_FULL,
    ffi::SQLITE_CANTOPEN,
];

/// Bytes of a page of a new database file: what a redemption changes is small and scattered, and each page
/// that it touches goes to the log as a whole.
const PAGE_SIZE: u32 = 4096;
/// What the writer's connection keeps of the file in memory, in KiB as `SQLite` spells them.
const WRITER_CACHE: &str = "-65536";
/// What each connection that reads keeps, in KiB as above: the upper pages of its indexes. The rest is in the
/// system's own cache already; kept four times more it would be most of what the server holds for an idle phone.
const READER_CACHE: &str = "-512";

/// What can go wrong with the books.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database said no.
    #[error(transparent)]
    Driver(#[from] sqlx::Error),
    /// A migration failed.
    #[error(transparent)]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database said no to a statement of the writer.
    #[error("{text} (code {code})")]
    Sqlite {
        /// Its extended result code.
        code: i32,
        /// What it said.
        text: String,
    },
    /// Who reads has ended, because the server stops.
    #[error("the books are being closed")]
    Closed,
    /// A row that our own rules do not allow.
    #[error("inconsistent row: {0}")]
    Inconsistent(&'static str),
}

impl Error {
    /// Whether it may pass by itself: another process writes, the disk is full, broken or made read-only, every reader
    /// is taken. Nothing was written, so the same request may come again.
    pub fn may_pass(&self) -> bool {
        // An extended code has the plain one in its lowest byte.
        let passes = |code: i32| PASSING.contains(&(code & 0xff));
        matches!(self, Self::Driver(sqlx::Error::PoolTimedOut) | Self::Closed) || self.sqlite_code().is_some_and(passes)
    }

    /// The extended result code of `SQLite`, if that is what said no.
    pub fn sqlite_code(&self) -> Option<i32> {
        match self {
            Self::Sqlite { code, .. } => Some(*code),
            Self::Driver(sqlx::Error::Database(error)) => error.code().and_then(|code| code.parse().ok()),
            Self::Driver(_) | Self::Migrate(_) | Self::Closed | Self::Inconsistent(_) => None,
        }
    }
}

/// The books of one database file.
#[derive(Clone)]
pub struct Store {
    read: SqlitePool,
    search: SqlitePool,
    write: SqlitePool,
    options: SqliteConnectOptions,
    turn: Arc<Mutex<()>>,
    changes: Arc<Changes>,
    written: Arc<AtomicU64>,
}

/// Counts what was written by [`Store::begin_write`], in two steps: a commit whose caller went away before it
/// ended may have happened or not, until the next one on the same connection ends.
#[derive(Default)]
struct Changes {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// The books at one moment.
pub type Moment = Transaction<'static, Sqlite>;

/// A transaction that holds the write lock from its start, so that what it reads stays true.
pub struct Write {
    transaction: Transaction<'static, Sqlite>,
    changes: Arc<Changes>,
    _turn: OwnedMutexGuard<()>,
}

impl Write {
    /// Makes it last; without it everything is undone.
    pub async fn commit(self) -> Result<(), Error> {
        let begun = self.changes.begun.fetch_add(1, Ordering::SeqCst) + 1;
        self.transaction.commit().await?;
        self.changes.ended.store(begun, Ordering::SeqCst);
        Ok(())
    }
}

impl Deref for Write {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction
    }
}

impl Store {
    /// Opens a database file and brings it to the current form.
    pub async fn open(path: &Path, create: bool) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .page_size(PAGE_SIZE)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode FULL is what syncs the log at each commit: no answer precedes the disk.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("wal_autocheckpoint", "0")
            // Statements carry hashes of tokens: none belongs in a log.
            .disable_statement_logging();
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            // After a commit that failed (a full disk) the database has undone the transaction and sqlx waits for its
            // end for ever: such a connection is closed, and the next write opens another.
            .before_acquire(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }))
            // What this connection deletes or erases is not to be found in the file any more.
            .connect_with(options.clone().pragma("secure_delete", "on"))
            .await?;
        sqlx::migrate!("../migrations").run(&write).await?;
        let reading = options.clone().read_only(true).pragma("cache_size", READER_CACHE);
        let search = SqlitePoolOptions::new().max_connections(SEARCHERS).connect_lazy_with(reading.clone());
        let read = SqlitePoolOptions::new().max_connections(READERS).connect_with(reading).await?;
        let (turn, changes, written) = Default::default();
        let store = Self { read, search, write, options, turn, changes, written };
        let mut write = store.begin_write().await?;
        shop::ensure_meta(&mut write).await?;
        write.commit().await?;
        Ok(store)
    }

    /// Opens a database file to look at it and nothing else.
    pub async fn open_read_only(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging();
        let read = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        Ok(Self {
            write: read.clone(),
            search: read.clone(),
            read,
            options,
            turn: Arc::default(),
            changes: Arc::default(),
            written: Arc::default(),
        })
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, Error> {
        Ok(self.read.acquire().await?)
    }

    /// A connection to search with, so that whoever only reads does not wait for it.
    pub async fn search(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, Error> {
        Ok(self.search.acquire().await?)
    }

    /// Begins to read: everything of one moment, that of the first query.
    pub async fn begin_read(&self) -> Result<Moment, Error> {
        Ok(self.read.begin().await?)
    }

    /// Begins to write; waits for its turn.
    pub async fn begin_write(&self) -> Result<Write, Error> {
        let turn = self.turn.clone().lock_owned().await;
        let transaction = match self.write.begin_with("begin immediate").await.map_err(Error::from) {
            Ok(transaction) => transaction,
            Err(error) => {
                // A connection that was opened while the disk could only be read never writes again; the next one may.
                if error.sqlite_code().is_some_and(|code| code & 0xff == ffi::SQLITE_READONLY) {
                    self.write.acquire().await?.close().await?;
                }
                return Err(error);
            }
        };
        Ok(Write { transaction, changes: self.changes.clone(), _turn: turn })
    }

    /// How often something but a batch of requests was written; none while that is being done. What was read at
    /// one count is still so at the same count.
    pub fn changes(&self) -> Option<u64> {
        let ended = self.changes.ended.load(Ordering::SeqCst);
        (self.changes.begun.load(Ordering::SeqCst) == ended).then_some(ended)
    }

    /// Pages that the writer's connection has put into the log so far.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Notes that number, so that the log is folded in time.
    pub fn note_written(&self, pages: u64) {
        self.written.store(pages, Ordering::Relaxed);
    }

    /// A connection of its own for whoever writes all the time; each write takes a turn. It refers only to rows that
    /// it has read in the same transaction, so they are not looked up once more; `verify` looks at them all.
    pub async fn connect(&self) -> Result<(Connection, Arc<Mutex<()>>), Error> {
        gather::register()?;
        let options = self.options.clone().foreign_keys(false).vfs(gather::NAME).pragma("cache_size", WRITER_CACHE);
        Ok((options.connect().await?, self.turn.clone()))
    }

    /// A connection of its own for whoever reads all the time.
    pub async fn connect_to_read(&self) -> Result<Connection, Error> {
        Ok(self.options.clone().read_only(true).pragma("cache_size", READER_CACHE).connect().await?)
    }

    /// Closes every connection; the log is folded into the file by the last one.
    pub async fn close(&self) {
        self.read.close().await;
        self.search.close().await;
        self.write.close().await;
    }
}

/// A connection to `SQLite`.
pub type Connection = SqliteConnection;
