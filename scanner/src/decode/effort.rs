//! How long this thread has worked on a frame.
//!
//! Its own time where the system tells it, so that a busy machine does not make a picture unreadable; else the clock's.

use std::time::Duration;
#[cfg(not(unix))]
use std::time::Instant;

/// Begun with a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    #[cfg(unix)]
    start: Duration,
    #[cfg(not(unix))]
    start: Instant,
}

#[cfg(unix)]
impl Effort {
    /// From now on.
    pub(super) fn begun() -> Self {
        Self { start: worked() }
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
        Self { start: Instant::now() }
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
}

impl Limit {
    /// So much work beginning with `effort`.
    pub(super) fn of(effort: Effort, most: Duration) -> Self {
        Self { effort, most }
    }

    /// Whether another step may begin.
    pub(super) fn is_left(&self) -> bool {
        self.effort.so_far() < self.most
    }
}
