//! The only SQL: open, migrate, one write at a time, and one file for each thing that is kept.
//!
//! Functions take a connection; the caller owns the transaction. Reads go
//! through a pool; all writes of this process share one connection, so they
//! queue here and not inside `SQLite`.

pub mod batch;
pub mod customer;
pub mod entry;
pub mod past;
pub mod phone;
pub mod rows;
pub mod shop;
pub mod terminal;
pub mod verify;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Sqlite, Transaction};

/// Connections that read at the same time.
pub const READERS: u32 = 4;
/// How long a write waits for another process that writes.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What can go wrong with the books.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database said no.
    #[error(transparent)]
    Driver(#[from] sqlx::Error),
    /// A migration failed.
    #[error(transparent)]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row that our own rules do not allow.
    #[error("inconsistent row: {0}")]
    Inconsistent(&'static str),
}

/// The books of one database file.
#[derive(Clone)]
pub struct Store {
    read: SqlitePool,
    write: SqlitePool,
}

impl Store {
    /// Opens a database file and brings it to the current form.
    pub async fn open(path: &Path, create: bool) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode FULL is what syncs the log at each commit: no answer precedes the disk.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            // Statements carry hashes of tokens: none belongs in a log.
            .disable_statement_logging();
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!("../migrations").run(&write).await?;
        let read = SqlitePoolOptions::new().max_connections(READERS).connect_with(options.read_only(true)).await?;
        let store = Self { read, write };
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
        let read = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Self { write: read.clone(), read })
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, Error> {
        Ok(self.read.acquire().await?)
    }

    /// A transaction that holds the write lock from its start, so that what it reads stays true.
    pub async fn begin_write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        Ok(self.write.begin_with("begin immediate").await?)
    }

    /// Closes every connection; the log is folded into the file by the last one.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// A connection to `SQLite`.
pub type Connection = SqliteConnection;
