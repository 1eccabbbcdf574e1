//! Folds the log into the database file, on a connection of its own.
//!
//! A commit appends to the log; somebody has to copy its pages into the file and let the log start anew.
//! Most of that happens beside the writer. Only when the log has grown past a limit does the writer wait
//! for the rest of it, which is short because the bulk was copied just before.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Row as _;
use tokio_util::sync::CancellationToken;

use super::{Connection, Error, Store};

/// How often the log is looked at.
pub const EVERY: Duration = Duration::from_millis(250);
/// A log of this many bytes is copied into the file.
pub const FOLD_BYTES: u64 = 16 << 20;
/// At this many bytes it is made to start anew, and writers wait for that.
pub const RESTART_BYTES: u64 = 128 << 20;

/// Writers wait while the log starts anew, so it does not wait long for readers; it comes again.
const BRIEFLY: &str = "pragma busy_timeout = 50";

/// Copies what it can into the file now, for whoever writes much without a server.
pub async fn now(store: &Store) -> Result<(), Error> {
    let mut write = store.write.acquire().await?;
    checkpoint(&mut write, "pragma wal_checkpoint(passive)").await
}

/// Runs until shutdown.
pub async fn run(store: Store, database: PathBuf, shutdown: CancellationToken) {
    let mut conn = match store.connect().await {
        Ok((conn, _)) => conn,
        Err(error) => return tracing::error!(%error, "the log cannot be folded"),
    };
    if let Err(error) = sqlx::query(BRIEFLY).execute(&mut conn).await {
        return tracing::error!(%error, "the log cannot be folded");
    }
    let log = log_of(&database);
    let mut ticks = tokio::time::interval(EVERY);
    let mut folded = 0;
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        let length = std::fs::metadata(&log).map_or(0, |log| log.len());
        if length < FOLD_BYTES.max(folded + FOLD_BYTES) && length >= folded {
            continue;
        }
        folded = length;
        if let Err(error) = fold(&store, &mut conn, length).await {
            tracing::warn!(%error, "the log could not be folded; it goes on growing");
        }
    }
}

async fn fold(store: &Store, conn: &mut Connection, length: u64) -> Result<(), Error> {
    checkpoint(conn, "pragma wal_checkpoint(passive)").await?;
    if length >= RESTART_BYTES {
        let _turn = store.turn.lock().await;
        checkpoint(conn, "pragma wal_checkpoint(truncate)").await?;
    }
    Ok(())
}

async fn checkpoint(conn: &mut Connection, pragma: &'static str) -> Result<(), Error> {
    let row = sqlx::query(pragma).fetch_one(conn).await?;
    let (busy, log, done): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    tracing::debug!(busy, log, done, pragma, "folded");
    Ok(())
}

fn log_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
