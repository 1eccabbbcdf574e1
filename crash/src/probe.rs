//! Whether the disk of the power cuts would notice: a writer of our own with `SQLite`'s syncs on, and off.
//!
//! The server has no switch that turns its syncs off, so this writer opens a database with the server's own
//! options, once with `synchronous = full`, where every number that it printed has to be there after a cut,
//! and once with `off`, where some must be missing.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::cut::{Disk, Loss};
use crate::plan::Dice;

/// Cuts of each kind.
const CUTS: usize = 8;
/// The longest that a writer may take for what it has to print.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs both; a sentence if the disk does not do what it is for.
pub async fn run(seed: u64) -> anyhow::Result<Vec<String>> {
    let mut dice = Dice::new(seed);
    let mut wrong = Vec::new();
    let lost = lost("full", &mut dice).await?;
    if lost > 0 {
        wrong.push(format!("with synchronous = full {lost} of {CUTS} cuts lost something that was committed"));
    }
    if self::lost("off", &mut dice).await? == 0 {
        wrong.push(format!("with synchronous = off none of {CUTS} cuts lost anything: the disk notices nothing"));
    }
    Ok(wrong)
}

/// How many cuts lost a number that was printed, or the whole file.
async fn lost(synchronous: &str, dice: &mut Dice) -> anyhow::Result<usize> {
    let mut lost = 0;
    for cut in 0..CUTS {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        let disk = Disk::of(&data)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("probe-writer").arg(&data).arg(synchronous).stdout(Stdio::piped()).kill_on_drop(true);
        disk.preload(&mut command)?;
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("it prints")?).lines();
        let mut printed = 0;
        for _ in 0..5 + dice.below(40) {
            let Some(line) = timeout(PATIENCE, lines.next_line()).await.context("the writer is stuck")?? else {
                bail!("the writer ended by itself");
            };
            printed = line.parse::<i64>()?;
        }
        child.kill().await?;
        disk.cut(if cut % 2 == 0 { Loss::Everything } else { Loss::SomeSectors }, dice)?;
        lost += usize::from(last(&data).await.is_none_or(|last| last < printed));
    }
    Ok(lost)
}

/// The last number that the database has; none if it cannot be read.
async fn last(data: &Path) -> Option<i64> {
    let mut conn = open(data, SqliteSynchronous::Full).await.ok()?;
    let last = sqlx::query_scalar("select coalesce(max(number), 0) from probe").fetch_one(&mut conn).await.ok();
    let _ = conn.close().await;
    last
}

/// The writer: commits numbers and prints each after its commit, until it is killed.
pub async fn write(data: &Path, synchronous: &str) -> anyhow::Result<()> {
    let mode = if synchronous == "off" { SqliteSynchronous::Off } else { SqliteSynchronous::Full };
    let mut conn = open(data, mode).await?;
    sqlx::query("create table if not exists probe (number integer primary key, filler blob) strict")
        .execute(&mut conn)
        .await?;
    for number in 1_i64.. {
        let insert = sqlx::query("insert into probe values (?, zeroblob(500))").bind(number);
        insert.execute(&mut conn).await?;
        writeln!(std::io::stdout(), "{number}")?;
    }
    Ok(())
}

async fn open(data: &Path, synchronous: SqliteSynchronous) -> Result<SqliteConnection, sqlx::Error> {
    let file: PathBuf = data.join("probe.db");
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    options.journal_mode(SqliteJournalMode::Wal).synchronous(synchronous).connect().await
}
