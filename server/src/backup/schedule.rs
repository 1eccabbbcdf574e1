//! Backups by the clock: one soon after the start if the last is old, then at every interval; the newest are kept.
//!
//! Only files of its own name that are backups are ever deleted, and only after a new one was verified. A failure is
//! logged, shown and tried again. Run as a task by `app`; `http::backup` shows it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::seal::Passphrase;
use super::{Error, Order, file, make};
use crate::clock::Clock;
use crate::ledger::{Millis, rfc3339};

/// How often a backup is made when nothing else is said.
pub const EVERY: Duration = Duration::from_hours(24);
/// How many are kept when nothing else is said.
pub const KEEP: usize = 14;
/// The shortest interval.
pub const MIN_EVERY: Duration = Duration::from_mins(1);
/// How long after the start the first is made if the last is old: the shop opens first.
pub const SOON: Duration = Duration::from_secs(30);
/// How long after a failure it is tried again, at most.
pub const RETRY: Duration = Duration::from_mins(10);
/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);
const PREFIX: &str = "tillbeam-";
const END: &str = ".backup";

/// Where to, how often, how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The directory; made if there is none.
    pub dir: PathBuf,
    /// The interval.
    pub every: Duration,
    /// How many are kept, at least 1.
    pub keep: usize,
    /// A file with the passphrase that seals them.
    pub passphrase_file: Option<PathBuf>,
}

/// A failure that was not followed by a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// When, Unix ms.
    pub at: Millis,
    /// Why, in a sentence.
    pub why: String,
}

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Whether one is being made.
    pub running: bool,
    /// The newest, which was verified: its file name and when it was begun.
    pub last: Option<(String, Millis)>,
    /// When the next one is due, Unix ms.
    pub next_at: Millis,
    /// What went wrong since.
    pub failed: Option<Failed>,
}

/// The backups of one server.
#[derive(Clone)]
pub struct Schedule {
    plan: Arc<Plan>,
    state: Arc<Mutex<State>>,
    wanted: Arc<Notify>,
}

impl Schedule {
    /// A schedule of a server that starts now.
    pub fn new(plan: Plan, now: Millis) -> Self {
        let last = ours(&plan.dir).unwrap_or_default().into_iter().next();
        let due = last.as_ref().map_or(now, |(_, at)| (*at).min(now) + ms(plan.every));
        let state = State { last, next_at: due.max(now + ms(SOON)), ..State::default() };
        Self { plan: Arc::new(plan), state: Arc::new(Mutex::new(state)), wanted: Arc::default() }
    }

    /// What was ordered.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How it stands.
    pub fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes one as soon as none is being made.
    pub fn make_now(&self) {
        self.wanted.notify_one();
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Makes one, and takes away those that are too many.
    async fn once(&self, data: &Path, now: Millis) {
        self.set(|state| state.running = true);
        let made = self.make(data, now).await;
        self.set(|state| {
            state.running = false;
            match &made {
                Ok(name) => {
                    state.last = Some((name.clone(), now));
                    state.failed = None;
                    state.next_at = now + ms(self.plan.every);
                }
                Err(error) => {
                    state.failed = Some(Failed { at: now, why: error.to_string() });
                    state.next_at = now + ms(self.plan.every.min(RETRY));
                }
            }
        });
        match made {
            Ok(file) => tracing::info!(file, "backed up"),
            Err(error) => tracing::error!(%error, "there is no new backup; it is tried again"),
        }
    }

    async fn make(&self, data: &Path, now: Millis) -> Result<String, Error> {
        let Plan { dir, keep, passphrase_file, .. } = &*self.plan;
        fs::create_dir_all(dir).map_err(|cause| Error::write(dir, cause))?;
        let passphrase = passphrase_file.as_deref().map(Passphrase::read).transpose();
        let passphrase = passphrase.map_err(|cause| Error::read(passphrase_file.as_deref().unwrap_or(dir), cause))?;
        let stamp: String = rfc3339(now).chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("{PREFIX}{stamp}{END}");
        make(&Order { data: data.to_owned(), file: dir.join(&name), passphrase, now }).await?;
        prune(dir, *keep).map_err(|cause| Error::write(dir, cause))?;
        Ok(name)
    }
}

/// Runs until shutdown.
pub async fn run(schedule: Schedule, data: PathBuf, clock: Clock, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = schedule.wanted.notified() => {}
            _ = ticks.tick() => {
                if clock() < schedule.state().next_at {
                    continue;
                }
            }
        }
        // A broken-off backup has no name yet, and a stop does not wait for it.
        if shutdown.run_until_cancelled(schedule.once(&data, clock())).await.is_none() {
            return;
        }
    }
}

/// Our backups in a directory, the newest first: names and times.
fn ours(dir: &Path) -> io::Result<Vec<(String, Millis)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if let Some(at) = time_of(&name)
            && file::is_backup(&entry.path())
        {
            found.push((name, at));
        }
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found)
}

/// The time in one of our names.
fn time_of(name: &str) -> Option<Millis> {
    let stamp = name.strip_prefix(PREFIX)?.strip_suffix(END)?;
    let (seconds, rest) = stamp.split_at_checked("20261124T215959".len())?;
    let fraction: Millis = rest.strip_suffix('Z').filter(|ms| ms.len() == 3)?.parse().ok()?;
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", seconds).ok()?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(at.timestamp().as_second() * 1000 + fraction)
}

/// Deletes all but the newest.
fn prune(dir: &Path, keep: usize) -> io::Result<()> {
    ours(dir)?.iter().skip(keep.max(1)).try_for_each(|(name, _)| fs::remove_file(dir.join(name)))
}

fn ms(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_backups_of_our_name_are_pruned_and_one_is_always_kept() {
        let dir = tempfile::tempdir().unwrap();
        let backup = |name: &str| fs::write(dir.path().join(name), "TILLBEAM BACKUP 1 plain\n").unwrap();
        for day in 1..=3 {
            backup(&format!("tillbeam-2026110{day}T120000500Z.backup"));
        }
        backup("tillbeam-of-mine.backup");
        backup("other.backup");
        fs::write(dir.path().join("tillbeam-20261009T120000500Z.backup"), "a file of somebody").unwrap();
        prune(dir.path(), 2).unwrap();
        let left: Vec<String> = ours(dir.path()).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(left, ["tillbeam-20261103T120000500Z.backup", "tillbeam-20261102T120000500Z.backup"]);
        prune(dir.path(), 0).unwrap();
        assert_eq!(ours(dir.path()).unwrap().len(), 1);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
    }

    #[test]
    fn a_name_tells_its_time() {
        assert_eq!(time_of("tillbeam-20261122T184000123Z.backup"), Some(1_795_372_800_123));
        for other in ["tillbeam-20261122T184000Z.backup", "tillbeam-.backup", "tillbeam-20261322T184000123Z.backup"] {
            assert_eq!(time_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_first_is_due_soon_if_the_last_is_old_and_else_an_interval_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan { dir: dir.path().to_owned(), every: EVERY, keep: 1, passphrase_file: None };
        let now = 1_795_372_800_123;
        let next = |now| Schedule::new(plan.clone(), now).state().next_at - now;
        assert_eq!(next(now), ms(SOON));
        fs::write(dir.path().join("tillbeam-20261122T184000123Z.backup"), "TILLBEAM BACKUP 1 plain\n").unwrap();
        assert_eq!(next(now + 3_600_000), ms(EVERY) - 3_600_000);
        assert_eq!(next(now + 2 * ms(EVERY)), ms(SOON));
        // A clock that was set back does not put it off for longer than the interval.
        assert_eq!(next(now - 9 * ms(EVERY)), ms(EVERY));
    }
}
