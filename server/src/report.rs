//! Reports: what a range of a shop's entries adds up to, and what the shop owes before and after it.
//!
//! Pure. `closing` feeds entries in their order and keeps the Z reports; nothing here knows a screen or asks for
//! the time. Sums are 128 bits wide and travel as decimal strings, because JavaScript has no such numbers.

mod tally;
mod z;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::id::{OperatorId, TerminalId};
use crate::ledger::{EntryKind, Millis, OwnAccount, Split};
use crate::unit::Unit;
pub use tally::{MAX_DAYS, Tally};
pub use z::ZReport;

/// A sum in minor units or visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, ToSchema)]
#[schema(value_type = String, pattern = "^-?[0-9]{1,39}$", example = "12500")]
pub struct Total(pub i128);

impl Serialize for Total {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Total {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// Seen from the customer's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The customer gains, the shop owes more.
    In,
    /// The customer loses, the shop owes less.
    Out,
}

/// What entries are added up by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct What {
    /// What was moved.
    pub unit: Unit,
    /// The kind of entry.
    pub kind: EntryKind,
    /// The kind that a reversal undoes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<EntryKind>,
    /// Into the customer's account or out of it.
    pub direction: Direction,
    /// The shop's account on the other side: what came in against `cash` was paid.
    pub against: OwnAccount,
}

/// One entry as reports see it.
#[derive(Debug, Clone)]
pub struct Movement {
    /// Its number.
    pub number: i64,
    /// What it is added up by.
    pub what: What,
    /// The amount in its parts.
    pub split: Split,
    /// Who did it.
    pub operator: Option<OperatorId>,
    /// Where.
    pub terminal: Option<TerminalId>,
    /// When.
    pub at: Millis,
}

/// Entries of one sort, added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Line {
    /// Which.
    #[serde(flatten)]
    pub what: What,
    /// How many entries.
    pub count: u64,
    /// What was paid for.
    pub principal: Total,
    /// What the shop gave on top.
    pub bonus: Total,
}

/// What one operator did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorLines {
    /// Null: no operator.
    pub operator: Option<OperatorId>,
    /// Their entries.
    pub lines: Vec<Line>,
}

/// What was done at one terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TerminalLines {
    /// Null: at the server itself.
    pub terminal: Option<TerminalId>,
    /// Its entries.
    pub lines: Vec<Line>,
}

/// What was done in one hour of the day, whichever day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HourLines {
    /// By the shop's clock.
    #[schema(minimum = 0, maximum = 23)]
    pub hour: i8,
    /// Its entries.
    pub lines: Vec<Line>,
}

/// What was done on one business day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayLines {
    /// The date on which it starts.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub date: Date,
    /// Its entries.
    pub lines: Vec<Line>,
}

/// One business day of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Day {
    /// The date on which it starts.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub date: Date,
    /// Its first entry.
    pub first_entry: i64,
    /// Its last entry.
    pub last_entry: i64,
    /// Its entries.
    pub lines: Vec<Line>,
    /// What customers held after the last one.
    pub closing: Vec<Held>,
}

/// What customers hold in one unit, which is what the shop owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Held {
    /// The unit.
    pub unit: Unit,
    /// What was paid for.
    pub principal: Total,
    /// What the shop gave on top.
    pub bonus: Total,
    /// The part of both that is past its date. Left out for a moment in the past: dates are moved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expired: Option<Total>,
}

/// What a range of entries adds up to. Opening + in − out = closing, for each unit and part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Totals {
    /// The first entry; one more than the last where there is none.
    pub first_entry: i64,
    /// The last entry.
    pub last_entry: i64,
    /// What customers held before the first entry.
    pub opening: Vec<Held>,
    /// What they held after the last one.
    pub closing: Vec<Held>,
    /// By unit and kind.
    pub lines: Vec<Line>,
    /// The same by operator.
    pub operators: Vec<OperatorLines>,
    /// The same by terminal.
    pub terminals: Vec<TerminalLines>,
    /// The same by hour of the day; hours without entries are left out.
    pub hours: Vec<HourLines>,
    /// The same by business day, the latest 400; days without entries are left out.
    pub days: Vec<DayLines>,
}

/// Principal and bonus of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// What was paid for.
    pub principal: i128,
    /// What the shop gave on top.
    pub bonus: i128,
}

/// What customers hold, by unit.
pub type Liability = BTreeMap<Unit, Parts>;

impl Parts {
    /// Adds an amount.
    pub fn add(&mut self, split: Split) {
        self.principal += i128::from(split.principal);
        self.bonus += i128::from(split.bonus);
    }
}

/// What is held after entries that add up to `lines`, if `before` was held before them.
pub fn after(before: &Liability, lines: &[Line]) -> Liability {
    moved(before, lines, 1)
}

/// What was held before entries that add up to `lines`, if `after` is held after them.
pub fn before(after: &Liability, lines: &[Line]) -> Liability {
    moved(after, lines, -1)
}

fn moved(from: &Liability, lines: &[Line], forward: i128) -> Liability {
    let mut held = from.clone();
    for line in lines {
        let sign = match line.what.direction {
            Direction::In => forward,
            Direction::Out => -forward,
        };
        let parts = held.entry(line.what.unit.clone()).or_default();
        parts.principal += sign * line.principal.0;
        parts.bonus += sign * line.bonus.0;
    }
    held
}

/// A liability as it is shown, with the part of it that is past its date if that is known.
pub fn held(liability: &Liability, expired: Option<&Liability>) -> Vec<Held> {
    let held = |(unit, parts): (&Unit, &Parts)| Held {
        unit: unit.clone(),
        principal: Total(parts.principal),
        bonus: Total(parts.bonus),
        expired: expired.map(|expired| expired.get(unit).map_or(0, |parts| parts.principal + parts.bonus)).map(Total),
    };
    liability.iter().map(held).collect()
}

/// A shown liability, to be reckoned with again.
pub fn liability(held: &[Held]) -> Liability {
    let parts = |held: &Held| Parts { principal: held.principal.0, bonus: held.bonus.0 };
    held.iter().map(|held| (held.unit.clone(), parts(held))).collect()
}

/// The same with a line of nothing for each unit that it lacks, ordered by unit.
pub fn with_all<'a>(held: &[Held], units: impl Iterator<Item = &'a Unit>) -> Vec<Held> {
    let known: BTreeMap<&Unit, &Held> = held.iter().map(|held| (&held.unit, held)).collect();
    let nothing =
        |unit: &Unit| Held { unit: unit.clone(), principal: Total(0), bonus: Total(0), expired: Some(Total(0)) };
    units.map(|unit| known.get(unit).map_or_else(|| nothing(unit), |held| (*held).clone())).collect()
}
