//! Adds entries up.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{
    Day, DayLines, Held, HourLines, Liability, Line, Movement, OperatorLines, Parts, TerminalLines, Total, Totals,
    What, before, held,
};
use crate::day;
use crate::id::{OperatorId, TerminalId};
use crate::ledger::Millis;

/// Business days that one report lists; of a longer range the latest.
pub const MAX_DAYS: usize = 400;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::*;
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
