//! Reports: what a range of a shop's entries adds up to, and what the shop owes before and after it.
//!
//! Pure. `closing` feeds entries in their order and keeps the Z reports; nothing here knows a screen or asks for
//! the time. Sums are 128 bits wide and travel as decimal strings, because JavaScript has no such numbers.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::day;
use crate::id::{OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{EntryKind, Hash, Millis, OwnAccount, Split};
use crate::unit::Unit;

/// Business days that one report lists; of a longer range the latest.
pub const MAX_DAYS: usize = 400;

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

#[derive(Default)]
struct Sums(BTreeMap<What, (u64, Parts)>);

impl Sums {
    fn add(&mut self, movement: &Movement) {
        if let Some((count, parts)) = self.0.get_mut(&movement.what) {
            *count += 1;
            parts.add(movement.split);
            return;
        }
        let mut parts = Parts::default();
        parts.add(movement.split);
        self.0.insert(movement.what.clone(), (1, parts));
    }

    fn lines(&self) -> Vec<Line> {
        let line = |(what, (count, parts)): (&What, &(u64, Parts))| Line {
            what: what.clone(),
            count: *count,
            principal: Total(parts.principal),
            bonus: Total(parts.bonus),
        };
        self.0.iter().map(line).collect()
    }
}

/// A business day's sums, and the numbers of its first and its last entry.
struct DaySums {
    first: i64,
    last: i64,
    sums: Sums,
}

/// Adds entries up, in the order of their numbers.
pub struct Tally {
    zone: TimeZone,
    day_start_min: i64,
    /// The business day and the hour of the last entry, and when each ends.
    day: (Date, Millis),
    hour: (i8, Millis),
    all: Sums,
    operators: BTreeMap<Option<OperatorId>, Sums>,
    terminals: BTreeMap<Option<TerminalId>, Sums>,
    hours: BTreeMap<i8, Sums>,
    days: BTreeMap<Date, DaySums>,
}

impl Tally {
    /// Nothing yet, of a shop whose day starts so.
    pub fn new(zone: TimeZone, day_start_min: i64) -> Self {
        Self {
            zone,
            day_start_min,
            day: (Date::MIN, Millis::MIN),
            hour: (0, Millis::MIN),
            all: Sums::default(),
            operators: BTreeMap::new(),
            terminals: BTreeMap::new(),
            hours: BTreeMap::new(),
            days: BTreeMap::new(),
        }
    }

    /// Adds the next entry. Times never decrease along a ledger, so the calendar is asked once a day and an hour.
    pub fn add(&mut self, movement: &Movement) {
        if movement.at >= self.day.1 {
            let date = day::date_of(&self.zone, self.day_start_min, movement.at);
            self.day = (date, day::start(&self.zone, self.day_start_min, day::following(date)));
        }
        if movement.at >= self.hour.1 {
            self.hour = day::hour_of(&self.zone, movement.at);
        }
        self.all.add(movement);
        self.operators.entry(movement.operator).or_default().add(movement);
        self.terminals.entry(movement.terminal).or_default().add(movement);
        self.hours.entry(self.hour.0).or_default().add(movement);
        let number = movement.number;
        let new = || DaySums { first: number, last: number, sums: Sums::default() };
        let day = self.days.entry(self.day.0).or_insert_with(new);
        day.last = number;
        day.sums.add(movement);
        if self.days.len() > MAX_DAYS {
            self.days.pop_first();
        }
    }

    /// By unit and kind.
    pub fn lines(&self) -> Vec<Line> {
        self.all.lines()
    }

    /// By business day.
    pub fn days(&self) -> Vec<DayLines> {
        self.days.iter().map(|(date, day)| DayLines { date: *date, lines: day.sums.lines() }).collect()
    }

    /// By business day with what was held after each, if `closing` was held after the last one; and what was held
    /// before the first.
    pub fn charted(&self, closing: &Liability) -> (Liability, Vec<Day>) {
        let mut now = closing.clone();
        let mut days = Vec::with_capacity(self.days.len());
        for (date, day) in self.days.iter().rev() {
            let lines = day.sums.lines();
            let earlier = before(&now, &lines);
            let closing = held(&now, None);
            days.push(Day { date: *date, first_entry: day.first, last_entry: day.last, lines, closing });
            now = earlier;
        }
        days.reverse();
        (now, days)
    }

    /// All of it, between two liabilities.
    pub fn totals(&self, first_entry: i64, last_entry: i64, opening: Vec<Held>, closing: Vec<Held>) -> Totals {
        let operator =
            |(operator, sums): (&Option<OperatorId>, &Sums)| OperatorLines { operator: *operator, lines: sums.lines() };
        let terminal =
            |(terminal, sums): (&Option<TerminalId>, &Sums)| TerminalLines { terminal: *terminal, lines: sums.lines() };
        Totals {
            first_entry,
            last_entry,
            opening,
            closing,
            lines: self.lines(),
            operators: self.operators.iter().map(operator).collect(),
            terminals: self.terminals.iter().map(terminal).collect(),
            hours: self.hours.iter().map(|(hour, sums)| HourLines { hour: *hour, lines: sums.lines() }).collect(),
            days: self.days(),
        }
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

/// A closed range of a shop's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZReport {
    /// Whose.
    pub shop: ShopId,
    /// 1, 2, 3 … in that shop.
    pub number: i64,
    /// The request that closed it.
    pub request: RequestId,
    /// When; never before its last entry.
    pub at: Millis,
    /// Where it was closed.
    pub terminal: TerminalId,
    /// Who closed it.
    pub operator: Option<OperatorId>,
    /// Who approved, where the operator alone may not close.
    pub approver: Option<OperatorId>,
    /// The entry after the last one of the report before.
    pub first_entry: i64,
    /// The ledger's last entry then; one less than the first where there is none.
    pub last_entry: i64,
    /// The ledger's hash at it.
    pub entry_hash: Hash,
    /// [`Totals`] as JSON, byte for byte as they were.
    pub totals: String,
    /// Chains it to the report before.
    pub hash: Hash,
}

impl ZReport {
    /// SHA-256 over `tillbeam/z-report/1`, the hash of the report before (zeros before the first), the request id,
    /// every id, number and time as 8 bytes big-endian (an absent one as the bytes of -1), the ledger's hash at
    /// the last entry, and the totals' own SHA-256.
    pub fn hash_after(&self, previous: &Hash) -> Hash {
        let mut sha = Sha256::new();
        sha.update(b"tillbeam/z-report/1");
        sha.update(previous);
        sha.update(self.request.as_bytes());
        let numbers = [
            self.shop.0,
            self.number,
            self.at,
            self.terminal.0,
            self.operator.map_or(-1, |operator| operator.0),
            self.approver.map_or(-1, |operator| operator.0),
            self.first_entry,
            self.last_entry,
        ];
        for number in numbers {
            sha.update(number.to_be_bytes());
        }
        sha.update(self.entry_hash);
        sha.update(Sha256::digest(self.totals.as_bytes()));
        sha.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Millis = 3_600_000;
    const START: Millis = 1_795_372_800_000;

    fn movement() -> impl Strategy<Value = Movement> {
        let what = (
            prop::sample::select(vec!["wash", "CNY"]),
            prop::sample::select(EntryKind::ALL.to_vec()),
            any::<bool>(),
            prop::sample::select(OwnAccount::ALL.to_vec()),
        );
        let who = (prop::option::of(1..4i64), prop::option::of(1..3i64));
        (what, who, 0..1_000_000_000_000_000i64, 0..1_000_000_000_000_000i64, 0..9 * HOUR).prop_map(
            |((unit, kind, inward, against), (operator, terminal), principal, bonus, at)| Movement {
                number: 0,
                what: What {
                    unit: Unit::parse(unit).unwrap(),
                    kind,
                    of: None,
                    direction: if inward { Direction::In } else { Direction::Out },
                    against,
                },
                split: Split { principal, bonus },
                operator: operator.map(OperatorId),
                terminal: terminal.map(TerminalId),
                at,
            },
        )
    }

    /// Count, principal and bonus of some lines together.
    fn whole<'a>(lines: impl Iterator<Item = &'a Line>) -> (u64, i128, i128) {
        lines.fold((0, 0, 0), |(n, p, b), line| (n + line.count, p + line.principal.0, b + line.bonus.0))
    }

    proptest! {
        #[test]
        fn a_report_is_the_sum_of_its_entries_however_it_is_cut(
            mut movements in prop::collection::vec(movement(), 0..60), cut in 0..60usize,
        ) {
            let mut now = START;
            for (movement, number) in movements.iter_mut().zip(1..) {
                now += movement.at;
                (movement.at, movement.number) = (now, number);
            }
            let zone = day::zone("Europe/Berlin").unwrap();
            let fed = |movements: &[Movement]| {
                let mut tally = Tally::new(zone.clone(), 240);
                for movement in movements {
                    tally.add(movement);
                }
                tally
            };
            let totals = |movements: &[Movement]| fed(movements).totals(1, 0, Vec::new(), Vec::new());
            let tally = fed(&movements);
            let all = totals(&movements);
            for line in &all.lines {
                let own: Vec<&Movement> = movements.iter().filter(|movement| movement.what == line.what).collect();
                prop_assert_eq!(line.count, own.len() as u64);
                prop_assert_eq!(line.principal.0, own.iter().map(|own| i128::from(own.split.principal)).sum::<i128>());
                prop_assert_eq!(line.bonus.0, own.iter().map(|own| i128::from(own.split.bonus)).sum::<i128>());
            }
            let sum = whole(all.lines.iter());
            prop_assert_eq!(sum.0, movements.len() as u64);
            prop_assert_eq!(whole(all.operators.iter().flat_map(|group| &group.lines)), sum);
            prop_assert_eq!(whole(all.terminals.iter().flat_map(|group| &group.lines)), sum);
            prop_assert_eq!(whole(all.hours.iter().flat_map(|group| &group.lines)), sum);
            prop_assert_eq!(whole(all.days.iter().flat_map(|group| &group.lines)), sum);
            for group in &all.days {
                let start = day::start(&zone, 240, group.date);
                let next = day::start(&zone, 240, day::following(group.date));
                let inside = movements.iter().filter(|movement| (start..next).contains(&movement.at)).count();
                prop_assert_eq!(whole(group.lines.iter()).0, inside as u64);
            }
            let closing = after(&Liability::new(), &all.lines);
            let (opening, charted) = tally.charted(&closing);
            prop_assert_eq!(held(&closing, None), charted.last().map_or_else(Vec::new, |day| day.closing.clone()));
            let mut then = opening;
            prop_assert!(then.values().all(|parts| *parts == Parts::default()));
            for day in &charted {
                then = after(&then, &day.lines);
                let kept: Liability = liability(&day.closing);
                prop_assert!(kept.iter().all(|(unit, parts)| then.get(unit).copied().unwrap_or_default() == *parts));
            }
            prop_assert!(charted.windows(2).all(|pair| pair[0].last_entry + 1 == pair[1].first_entry));
            // Opening + in - out = closing, there and back, in one range and in two.
            let (first, second) = movements.split_at(cut.min(movements.len()));
            let (first, second) = (totals(first).lines, totals(second).lines);
            prop_assert_eq!(&after(&after(&Liability::new(), &first), &second), &closing);
            prop_assert_eq!(after(&before(&closing, &second), &second), closing);
        }
    }

    #[test]
    fn sums_are_wider_than_64_bits_and_travel_as_text() {
        let mut tally = Tally::new(TimeZone::UTC, 0);
        let unit = Unit::parse("CNY").unwrap();
        let (kind, direction, against) = (EntryKind::TopUp, Direction::In, OwnAccount::Cash);
        let movement = Movement {
            number: 1,
            what: What { unit, kind, of: None, direction, against },
            split: Split { principal: i64::MAX, bonus: 0 },
            operator: None,
            terminal: None,
            at: START,
        };
        (0..3).for_each(|_| tally.add(&movement));
        let text = serde_json::to_string(&tally.lines()).unwrap();
        assert!(text.contains(r#""principal":"27670116110564327421","bonus":"0""#), "{text}");
        assert_eq!(serde_json::from_str::<Vec<Line>>(&text).unwrap(), tally.lines());
    }
}
