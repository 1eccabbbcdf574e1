//! How much this thread has worked on a frame: by its own clock, and in steps that are counted.
//!
//! The thread's own time where the system tells it, so that a busy machine does not make a picture unreadable; else the
//! clock's. Steps are the same for the same picture on every machine: what has to be bounded is bounded by both.

use std::cell::Cell;
use std::time::Duration;
#[cfg(not(unix))]
use std::time::Instant;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Counts so many steps of so many units each; a unit is what takes a fast machine about a nanosecond.
pub(super) fn count(steps: usize, units: u64) {
    STEPS.set(STEPS.get().saturating_add((steps as u64).saturating_mul(units)));
}

/// Begun with a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    units: u64,
    #[cfg(unix)]
    start: Duration,
    #[cfg(not(unix))]
    start: Instant,
}

impl Effort {
    /// Units counted since.
    pub(super) fn units(self) -> u64 {
        STEPS.get().saturating_sub(self.units)
    }
}

#[cfg(unix)]
impl Effort {
    /// From now on.
    pub(super) fn begun() -> Self {
        Self { units: STEPS.get(), start: worked() }
    }

    /// So far.
    pub(super) fn so_far(self) -> Duration {
        worked().saturating_sub(self.start)
    }
}

/// The time that this thread has been running.
#[cfg(unix)]
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or(0), nanoseconds.unwrap_or(0))
}

#[cfg(not(unix))]
impl Effort {
    /// From now on.
    pub(super) fn begun() -> Self {
        Self { units: STEPS.get(), start: Instant::now() }
    }

    /// So far.
    pub(super) fn so_far(self) -> Duration {
        self.start.elapsed()
    }
}

/// What a frame may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    effort: Effort,
    most: Duration,
    has_clock: bool,
}

impl Limit {
    /// So much work beginning with `effort`, by the clock and by steps.
    pub(super) fn of(effort: Effort, most: Duration) -> Self {
        Self { effort, most, has_clock: true }
    }

    /// The same by steps alone: what a picture costs at most, whatever the machine.
    #[cfg(test)]
    pub(super) fn without_clock(self) -> Self {
        Self { has_clock: false, ..self }
    }

    /// Whether another step may begin.
    pub(super) fn is_left(&self) -> bool {
        let is_in_time = !self.has_clock || self.effort.so_far() < self.most;
        is_in_time && u128::from(self.effort.units()) < self.most.as_nanos()
    }
}
