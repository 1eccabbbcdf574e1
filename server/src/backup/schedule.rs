//! Backups by the clock: one soon after the start if the last is old, then at every interval; the newest are kept.
//!
//! Only files of its own names that are backups are ever deleted, and only after a new one was verified. Those that
//! somebody asked for have a name and a number of their own: asking never pushes out one that was made by the clock,
//! nor puts the next off. A failure is logged, shown and tried again. A clock that jumps takes nothing away: what is
//! named after a time to come was made before what is made now. Run as a task by `app`; `http::backup` shows it.

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
/// The shortest time between two that are asked for.
pub const ASKED_EVERY: Duration = Duration::from_mins(5);
/// How many of those that were asked for are kept.
pub const KEEP_ASKED: usize = 3;
const END: &str = ".backup";

/// Why a backup is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// Its time has come.
    Clock,
    /// Somebody asked for it.
    Asked,
}

impl Cause {
    /// What begins the names of its files.
    fn prefix(self) -> &'static str {
        match self {
            Self::Clock => "tillbeam-",
            Self::Asked => "tillbeam-asked-",
        }
    }
}

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
    /// When one was asked for last; forgotten if it failed.
    asked_at: Option<Millis>,
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
        let found = |cause| ours(&plan.dir, cause, now).unwrap_or_default().into_iter().next();
        let (last, asked) = (found(Cause::Clock), found(Cause::Asked));
        // One of a time to come says nothing of when the last was made.
        let due = last.as_ref().filter(|(_, at)| *at <= now).map_or(now, |(_, at)| at + ms(plan.every));
        let asked_at = asked.as_ref().map(|(_, at)| *at);
        let last = last.into_iter().chain(asked).max_by_key(|(_, at)| (*at <= now, *at));
        let state = State { last, next_at: due.max(now + ms(SOON)), asked_at, ..State::default() };
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
    ///
    /// # Errors
    /// The seconds to wait if one was asked for within [`ASKED_EVERY`].
    pub fn make_now(&self, now: Millis) -> Result<(), i64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = state.asked_at.filter(|asked| (0..ms(ASKED_EVERY)).contains(&(now - asked))) {
            return Err((asked + ms(ASKED_EVERY) - now + 999) / 1000);
        }
        state.asked_at = Some(now);
        self.wanted.notify_one();
        Ok(())
    }

    /// Whether the time has come. A clock that was set back does not put it off for longer than the interval.
    fn is_due(&self, now: Millis) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.next_at = state.next_at.min(now + ms(self.plan.every));
        state.next_at <= now
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Makes one, and takes away those that are too many.
    async fn once(&self, data: &Path, cause: Cause, now: Millis) {
        self.set(|state| state.running = true);
        let made = self.make(data, cause, now).await;
        self.set(|state| {
            state.running = false;
            let wait = match &made {
                Ok(name) => {
                    state.last = Some((name.clone(), now));
                    state.failed = None;
                    self.plan.every
                }
                Err(error) => {
                    state.failed = Some(Failed { at: now, why: error.to_string() });
                    self.plan.every.min(RETRY)
                }
            };
            match cause {
                Cause::Clock => state.next_at = now + ms(wait),
                Cause::Asked if made.is_err() => state.asked_at = None,
                Cause::Asked => {}
            }
        });
        match made {
            Ok(file) => tracing::info!(file, "backed up"),
            Err(error) => tracing::error!(%error, "there is no new backup; it is tried again"),
        }
    }

    async fn make(&self, data: &Path, cause: Cause, now: Millis) -> Result<String, Error> {
        let Plan { dir, keep, passphrase_file, .. } = &*self.plan;
        fs::create_dir_all(dir).map_err(|cause| Error::write(dir, cause))?;
        let passphrase = passphrase_file.as_deref().map(Passphrase::read).transpose();
        let passphrase = passphrase.map_err(|cause| Error::read(passphrase_file.as_deref().unwrap_or(dir), cause))?;
        let stamp: String = rfc3339(now).chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("{}{stamp}{END}", cause.prefix());
        make(&Order { data: data.to_owned(), file: dir.join(&name), passphrase, now }).await?;
        let keep = if cause == Cause::Asked { KEEP_ASKED } else { *keep };
        prune(dir, cause, keep, now).map_err(|cause| Error::write(dir, cause))?;
        Ok(name)
    }
}

/// Runs until shutdown.
pub async fn run(schedule: Schedule, data: PathBuf, clock: Clock, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        let cause = tokio::select! {
            () = shutdown.cancelled() => return,
            () = schedule.wanted.notified() => Cause::Asked,
            _ = ticks.tick() => {
                if !schedule.is_due(clock()) {
                    continue;
                }
                Cause::Clock
            }
        };
        // A broken-off backup has no name yet, and a stop does not wait for it.
        if shutdown.run_until_cancelled(schedule.once(&data, cause, clock())).await.is_none() {
            return;
        }
    }
}

/// Our backups in a directory, the newest first: names and times. Those of a time to come were made before the clock
/// was set back, so they come last.
fn ours(dir: &Path, cause: Cause, now: Millis) -> io::Result<Vec<(String, Millis)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if let Some(at) = time_of(&name, cause)
            && file::is_backup(&entry.path())
        {
            found.push((name, at));
        }
    }
    found.sort_unstable_by_key(|(_, at)| std::cmp::Reverse((*at <= now, *at)));
    Ok(found)
}

/// The time in one of our names.
fn time_of(name: &str, cause: Cause) -> Option<Millis> {
    let stamp = name.strip_prefix(cause.prefix())?.strip_suffix(END)?;
    let (seconds, rest) = stamp.split_at_checked("20261124T215959".len())?;
    let fraction: Millis = rest.strip_suffix('Z').filter(|ms| ms.len() == 3)?.parse().ok()?;
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", seconds).ok()?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(at.timestamp().as_second() * 1000 + fraction)
}

/// Deletes all but the newest.
fn prune(dir: &Path, cause: Cause, keep: usize, now: Millis) -> io::Result<()> {
    ours(dir, cause, now)?.iter().skip(keep.max(1)).try_for_each(|(name, _)| fs::remove_file(dir.join(name)))
}

fn ms(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_372_800_123;

    fn left(dir: &Path) -> Vec<String> {
        let mut left: Vec<String> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        left
    }

    fn backup(dir: &Path, name: &str) {
        fs::write(dir.join(name), "TILLBEAM BACKUP 1 plain\n").unwrap();
    }

    #[test]
    fn only_backups_of_our_name_are_pruned_and_one_is_always_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (dir, backup) = (dir.path(), |name: &str| backup(dir.path(), name));
        for day in 1..=3 {
            backup(&format!("tillbeam-2026110{day}T120000500Z.backup"));
        }
        backup("tillbeam-of-mine.backup");
        backup("other.backup");
        backup("tillbeam-asked-20261101T120000500Z.backup");
        fs::write(dir.join("tillbeam-20261009T120000500Z.backup"), "a file of somebody").unwrap();
        prune(dir, Cause::Clock, 2, NOW).unwrap();
        let found: Vec<String> = ours(dir, Cause::Clock, NOW).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, ["tillbeam-20261103T120000500Z.backup", "tillbeam-20261102T120000500Z.backup"]);
        prune(dir, Cause::Clock, 0, NOW).unwrap();
        assert_eq!(ours(dir, Cause::Clock, NOW).unwrap().len(), 1);
        assert_eq!(left(dir).len(), 5);
        prune(dir, Cause::Asked, 0, NOW).unwrap();
        assert_eq!(left(dir).len(), 5);
    }

    #[test]
    fn what_was_just_made_is_kept_also_beside_one_of_a_time_to_come() {
        let dir = tempfile::tempdir().unwrap();
        let (future, made) = ("tillbeam-20280101T000000000Z.backup", "tillbeam-20261122T184000123Z.backup");
        backup(dir.path(), future);
        backup(dir.path(), made);
        prune(dir.path(), Cause::Clock, 1, NOW).unwrap();
        assert_eq!(left(dir.path()), [made]);
    }

    #[test]
    fn a_clock_that_was_set_back_puts_the_next_off_for_an_interval_at_most() {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan { dir: dir.path().to_owned(), every: EVERY, keep: 1, passphrase_file: None };
        let schedule = Schedule::new(plan, NOW + 400 * ms(EVERY));
        assert!(!schedule.is_due(NOW));
        assert!(!schedule.is_due(NOW + ms(EVERY) - 1));
        assert!(schedule.is_due(NOW + ms(EVERY)));
    }

    #[test]
    fn one_that_is_asked_for_comes_at_most_every_so_often() {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan { dir: dir.path().to_owned(), every: EVERY, keep: 1, passphrase_file: None };
        let schedule = Schedule::new(plan.clone(), NOW);
        assert_eq!(schedule.make_now(NOW), Ok(()));
        assert_eq!(schedule.make_now(NOW + 1), Err(300));
        assert_eq!(schedule.make_now(NOW + ms(ASKED_EVERY) - 1), Err(1));
        assert_eq!(schedule.make_now(NOW + ms(ASKED_EVERY)), Ok(()));
        assert_eq!(schedule.make_now(NOW - 1), Ok(()), "after a clock that was set back");
        // Also over a restart.
        backup(dir.path(), "tillbeam-asked-20261122T184000123Z.backup");
        assert_eq!(Schedule::new(plan, NOW + 60_000).make_now(NOW + 60_000), Err(240));
    }

    #[test]
    fn a_name_tells_its_time() {
        assert_eq!(time_of("tillbeam-20261122T184000123Z.backup", Cause::Clock), Some(NOW));
        for other in ["tillbeam-20261122T184000Z.backup", "tillbeam-.backup", "tillbeam-20261322T184000123Z.backup"] {
            assert_eq!(time_of(other, Cause::Clock), None, "{other}");
        }
    }

    #[test]
    fn the_first_is_due_soon_if_the_last_is_old_and_else_an_interval_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan { dir: dir.path().to_owned(), every: EVERY, keep: 1, passphrase_file: None };
        let now = NOW;
        let next = |now| Schedule::new(plan.clone(), now).state().next_at - now;
        assert_eq!(next(now), ms(SOON));
        fs::write(dir.path().join("tillbeam-20261122T184000123Z.backup"), "TILLBEAM BACKUP 1 plain\n").unwrap();
        assert_eq!(next(now + 3_600_000), ms(EVERY) - 3_600_000);
        assert_eq!(next(now + 2 * ms(EVERY)), ms(SOON));
        // After a clock that was set back there is one soon, also if the server starts anew each day.
        assert_eq!(next(now - 9 * ms(EVERY)), ms(SOON));
    }
}
