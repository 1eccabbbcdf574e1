//! Folds the log into the database file, on a connection of its own.
//!
//! A commit appends to the log; somebody has to copy its pages into the file and let the log start anew.
//! That happens while nobody writes, or, when writing never ends, once the log is long: a page that changed a
//! hundred times is copied once, and the disk that commits wait for is busy with it seldom. The writer waits only for
//! what it wrote meanwhile. The log's file is never cut short: to write over it costs the disk half of what it
//! costs to make it longer.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::Row as _;
use tokio_util::sync::CancellationToken;

use super::{Connection, Error, Store};

/// How often the log is looked at.
pub const EVERY: Duration = Duration::from_millis(250);
/// What is in the log is copied once nothing was added for this long.
pub const QUIET: Duration = Duration::from_secs(2);
/// So many new pages in the log are copied in any case.
pub const FOLD_PAGES: u64 = 24_576;
/// At so many pages it is then made to start anew, and writers wait for that.
pub const RESTART_PAGES: i64 = 24_576;

/// Writers wait while the log starts anew, so it does not wait long for readers; it comes again.
const BRIEFLY: &str = "pragma busy_timeout = 50";
const PASSIVE: &str = "pragma wal_checkpoint(passive)";
const TRUNCATE: &str = "pragma wal_checkpoint(truncate)";
const RESTART: &str = "pragma wal_checkpoint(restart)";

/// Copies what it can into the file now, for whoever writes much without a server.
pub async fn now(store: &Store) -> Result<(), Error> {
    let mut write = store.write.acquire().await?;
    checkpoint(&mut write, PASSIVE).await?;
    Ok(())
}

/// Copies all of it and empties the log, if nobody reads; for the end.
pub async fn whole(store: &Store) -> Result<(), Error> {
    let mut write = store.write.acquire().await?;
    sqlx::query(BRIEFLY).execute(&mut *write).await?;
    checkpoint(&mut write, TRUNCATE).await?;
    Ok(())
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
    let (mut folded, mut last) = ((0, 0), (0, 0));
    let mut changed = Instant::now();
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        // The writer counts its pages; what others write shows where it makes the file longer.
        let length = std::fs::metadata(&log).map_or(0, |log| log.len());
        let grown = (store.written(), length / u64::from(super::PAGE_SIZE));
        if grown != last {
            (last, changed) = (grown, Instant::now());
        }
        let is_long = grown.0.abs_diff(folded.0).max(grown.1.abs_diff(folded.1)) >= FOLD_PAGES;
        if !is_long && (grown == folded || changed.elapsed() < QUIET) {
            continue;
        }
        folded = grown;
        if let Err(error) = fold(&store, &mut conn).await {
            tracing::warn!(%error, "the log could not be folded; it goes on growing");
        }
    }
}

async fn fold(store: &Store, conn: &mut Connection) -> Result<(), Error> {
    if checkpoint(conn, PASSIVE).await? >= RESTART_PAGES {
        let _turn = store.turn.lock().await;
        checkpoint(conn, RESTART).await?;
    }
    Ok(())
}

/// Copies pages of the log into the file; how many the log has.
async fn checkpoint(conn: &mut Connection, pragma: &'static str) -> Result<i64, Error> {
    let row = sqlx::query(pragma).fetch_one(conn).await?;
    let (busy, log, done): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    tracing::debug!(busy, log, done, pragma, "folded");
    Ok(log)
}

fn log_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_log_starts_anew_and_its_file_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let store = Store::open(&path, true).await.unwrap();
        let (mut conn, _) = store.connect().await.unwrap();
        let bytes = RESTART_PAGES * i64::from(crate::store::PAGE_SIZE);
        sqlx::query("create table filler (bytes blob)").execute(&mut conn).await.unwrap();
        sqlx::query("insert into filler values (zeroblob(?1))").bind(bytes).execute(&mut conn).await.unwrap();
        let length = || std::fs::metadata(log_of(&path)).unwrap().len();
        let longest = length();
        fold(&store, &mut conn).await.unwrap();
        sqlx::query("insert into filler values (1)").execute(&mut conn).await.unwrap();
        assert!(checkpoint(&mut conn, PASSIVE).await.unwrap() < 10);
        assert_eq!(length(), longest);
        store.close().await;
    }
}
