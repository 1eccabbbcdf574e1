//! The machine's own limits, on the disk of the data: one sync, and one commit for each row.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tillbeam_server::store::raw::Raw;

use crate::load::count;
use crate::tally::{DIGITS, LONGEST};

/// Bytes that are appended before each sync: a page.
const PAGE: [u8; 4096] = [0x5a; 4096];

/// How often something was done, and how long each took.
pub struct Limit {
    /// Per second.
    pub rate: f64,
    /// ns.
    pub times: Histogram<u64>,
}

/// Does something again and again for a while.
fn repeat(time: Duration, mut once: impl FnMut(i64) -> anyhow::Result<()>) -> anyhow::Result<Limit> {
    let mut times = Histogram::new_with_bounds(1, LONGEST, DIGITS)?;
    let start = Instant::now();
    let mut number = 0;
    while start.elapsed() < time {
        let before = Instant::now();
        number += 1;
        once(number)?;
        times.saturating_record(u64::try_from(before.elapsed().as_nanos())?);
    }
    Ok(Limit { rate: count(times.len()) / start.elapsed().as_secs_f64(), times })
}

/// A page appended and synced.
pub fn sync(folder: &Path, time: Duration) -> anyhow::Result<Limit> {
    let path = folder.join("sync");
    let mut file = File::create(&path)?;
    let limit = repeat(time, |_| {
        file.write_all(&PAGE)?;
        Ok(file.sync_data()?)
    })?;
    fs::remove_file(path)?;
    Ok(limit)
}

const TABLE: &str = "create table charge (charge_id integer primary key, at integer, account integer, amount integer,
    balance integer, hash blob) strict";
const CHARGE: &str = "insert into charge (at, account, amount, balance, hash) values (?1, ?2, ?3, ?4, ?5)";

/// The fastest durable charge without a server: one row, one commit, prepared, nothing else.
pub async fn commit(folder: &Path, time: Duration) -> anyhow::Result<Limit> {
    let path = folder.join("commit.db");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await?;
    sqlx::query(TABLE).execute(&mut connection).await?;
    let limit = {
        let mut handle = connection.lock_handle().await?;
        let mut raw = Raw::on(&mut handle);
        repeat(time, |number| {
            let values = [number.into(), (number % 1000).into(), 1.into(), (1000 - number % 1000).into()];
            let hash = [0x5a; 32];
            let [at, account, amount, balance] = values;
            Ok(raw.run(CHARGE, &[at, account, amount, balance, (&hash).into()])?)
        })?
    };
    sqlx::Connection::close(connection).await?;
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(format!("commit.db{end}")));
    }
    Ok(limit)
}
