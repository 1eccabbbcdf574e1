//! What was asked, answered and pushed: every push is matched to its redemption.
//!
//! The number of a request is inside its id, so a push is matched without a map. Times are kept in histograms
//! of three digits.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use uuid::Uuid;

/// Significant digits of a time.
pub const DIGITS: u8 = 3;
/// The longest time that is told from longer ones, in ns: a minute.
pub const LONGEST: u64 = 60_000_000_000;

/// One request.
struct Asked {
    /// When it was due; in a closed loop, when it was sent.
    due: Instant,
    customer: u32,
    answered: bool,
    pushed: bool,
    /// Whether it is measured, or was for warming up.
    measured: bool,
}

/// One run's requests.
pub struct Tally {
    /// Tells the ids of this run from those of others.
    run: u16,
    asked: Vec<Asked>,
    /// Whether what is asked now is measured.
    pub measuring: bool,
    /// From when it was due to the answer, ns.
    pub answers: Histogram<u64>,
    /// From when it was due to the phone, ns.
    pub pushes: Histogram<u64>,
    /// Measured requests that were answered with 201 so far.
    pub recorded: u64,
    /// Answers that were no 201, and the first of them.
    pub refused: (u64, Option<String>),
    /// Requests without an answer yet.
    pub open: u64,
    /// Recorded requests without their push yet.
    missing: u64,
    /// Pushes of a redemption that came before.
    pub duplicated: u64,
    /// Pushes at another customer's phone.
    pub misrouted: u64,
    /// Pushes of nothing that was asked here.
    pub unexpected: u64,
}

impl Tally {
    /// An empty one. `run` is different for each run against one server.
    pub fn new(run: u16) -> anyhow::Result<Self> {
        Ok(Self {
            run,
            asked: Vec::new(),
            measuring: false,
            answers: Histogram::new_with_bounds(1, LONGEST, DIGITS)?,
            pushes: Histogram::new_with_bounds(1, LONGEST, DIGITS)?,
            recorded: 0,
            refused: (0, None),
            open: 0,
            missing: 0,
            duplicated: 0,
            misrouted: 0,
            unexpected: 0,
        })
    }

    /// A request of a customer: its number and its id.
    pub fn ask(&mut self, customer: u32, due: Instant) -> (usize, Uuid) {
        let number = self.asked.len();
        let measured = self.measuring;
        self.asked.push(Asked { due, customer, answered: false, pushed: false, measured });
        self.open += 1;
        (number, self.id(number))
    }

    /// An id of version 7 with the run and the number in place of its last random bytes.
    fn id(&self, number: usize) -> Uuid {
        let mut bytes = Uuid::now_v7().into_bytes();
        bytes[10..12].copy_from_slice(&self.run.to_be_bytes());
        bytes[12..].copy_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
        Uuid::from_bytes(bytes)
    }

    /// The number in an id of this run.
    fn number(&self, id: Uuid) -> Option<usize> {
        let bytes = id.as_bytes();
        let number = u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
        (bytes[10..12] == self.run.to_be_bytes()).then(|| usize::try_from(number).ok()).flatten()
    }

    /// An answer came.
    pub fn answered(&mut self, number: usize, status: u16, body: &[u8]) {
        self.open -= 1;
        let asked = &mut self.asked[number];
        if status != 201 {
            self.refused.0 += 1;
            self.refused.1.get_or_insert_with(|| format!("{status} {}", String::from_utf8_lossy(body)));
            return;
        }
        asked.answered = true;
        self.missing += u64::from(!asked.pushed);
        if asked.measured {
            self.recorded += 1;
            self.answers.saturating_record(nanos(asked.due.elapsed()));
        }
    }

    /// A push came to a customer's phone.
    pub fn pushed(&mut self, customer: u32, id: Uuid) {
        let Some(asked) = self.number(id).and_then(|number| self.asked.get_mut(number)) else {
            self.unexpected += 1;
            return;
        };
        if asked.customer != customer {
            self.misrouted += 1;
            return;
        }
        if asked.pushed {
            self.duplicated += 1;
            return;
        }
        asked.pushed = true;
        self.missing -= u64::from(asked.answered);
        if asked.measured {
            self.pushes.saturating_record(nanos(asked.due.elapsed()));
        }
    }

    /// Whether nothing is outstanding.
    pub fn is_settled(&self, with_pushes: bool) -> bool {
        self.open == 0 && (!with_pushes || self.missing == 0)
    }

    /// Recorded redemptions whose push did not come.
    pub fn lost(&self) -> u64 {
        self.missing
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
