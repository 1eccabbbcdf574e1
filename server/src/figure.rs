//! A figure of a report: which of a range's entries it is made of.
//!
//! Pure. `closing::behind` looks for them, for whoever wants to see what is behind a number.

use jiff::tz::TimeZone;

use crate::day;
use crate::id::{OperatorId, TerminalId};
use crate::ledger::EntryKind;
use crate::report::{Direction, Movement};
use crate::unit::Unit;

/// What has to be so of an entry; what is left out may be anything.
#[derive(Debug, Clone)]
pub struct Figure {
    /// The first entry of the range.
    pub first: i64,
    /// The last one.
    pub last: i64,
    /// What was moved.
    pub unit: Option<Unit>,
    /// The kind of entry; reversals of this kind belong to it.
    pub kind: Option<EntryKind>,
    /// The kind that a reversal undoes.
    pub of: Option<EntryKind>,
    /// Into the customer's account or out of it.
    pub direction: Option<Direction>,
    /// By whom; nobody is one of them.
    pub operator: Option<Option<OperatorId>>,
    /// Where; the server itself is one of them.
    pub terminal: Option<Option<TerminalId>>,
    /// The hour by the shop's clock, 0 to 23.
    pub hour: Option<i8>,
}

impl Figure {
    /// Whether an entry is one of them. `zone` is the shop's.
    pub fn counts(&self, movement: &Movement, zone: &TimeZone) -> bool {
        let what = &movement.what;
        (self.first..=self.last).contains(&movement.number)
            && self.unit.as_ref().is_none_or(|unit| *unit == what.unit)
            && self.kind.is_none_or(|kind| what.kind == kind || what.of == Some(kind))
            && self.of.is_none_or(|of| what.of == Some(of))
            && self.direction.is_none_or(|direction| what.direction == direction)
            && self.operator.is_none_or(|operator| movement.operator == operator)
            && self.terminal.is_none_or(|terminal| movement.terminal == terminal)
            && self.hour.is_none_or(|hour| day::hour_of(zone, movement.at).0 == hour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{OwnAccount, Split};
    use crate::report::What;

    fn any() -> Figure {
        let (first, last) = (1, 100);
        Figure {
            first,
            last,
            unit: None,
            kind: None,
            of: None,
            direction: None,
            operator: None,
            terminal: None,
            hour: None,
        }
    }

    fn movement(kind: EntryKind, of: Option<EntryKind>) -> Movement {
        let (direction, against) = (Direction::Out, OwnAccount::Revenue);
        Movement {
            number: 7,
            what: What { unit: Unit::parse("wash").unwrap(), kind, of, direction, against },
            split: Split { principal: 1, bonus: 0 },
            operator: Some(OperatorId(3)),
            terminal: None,
            at: 1_795_372_800_000,
        }
    }

    #[test]
    fn each_condition_holds_alone() {
        let zone = day::zone("Asia/Shanghai").unwrap();
        let taken = movement(EntryKind::Redemption, None);
        let hour = day::hour_of(&zone, taken.at).0;
        for (figure, counted) in [
            (any(), true),
            (Figure { first: 8, ..any() }, false),
            (Figure { last: 6, ..any() }, false),
            (Figure { unit: Unit::parse("wash"), ..any() }, true),
            (Figure { unit: Unit::parse("wax"), ..any() }, false),
            (Figure { kind: Some(EntryKind::Redemption), ..any() }, true),
            (Figure { kind: Some(EntryKind::TopUp), ..any() }, false),
            (Figure { of: Some(EntryKind::Redemption), ..any() }, false),
            (Figure { direction: Some(Direction::In), ..any() }, false),
            (Figure { operator: Some(Some(OperatorId(3))), ..any() }, true),
            (Figure { operator: Some(None), ..any() }, false),
            (Figure { terminal: Some(None), ..any() }, true),
            (Figure { terminal: Some(Some(TerminalId(1))), ..any() }, false),
            (Figure { hour: Some(hour), ..any() }, true),
            (Figure { hour: Some((hour + 1) % 24), ..any() }, false),
        ] {
            assert_eq!(figure.counts(&taken, &zone), counted, "{figure:?}");
        }
    }

    #[test]
    fn what_was_given_back_belongs_to_what_was_taken() {
        let zone = TimeZone::UTC;
        let back = movement(EntryKind::Reversal, Some(EntryKind::Redemption));
        let kinds = |kind, of| Figure { kind, of, ..any() }.counts(&back, &zone);
        assert!(kinds(Some(EntryKind::Redemption), None));
        assert!(kinds(Some(EntryKind::Reversal), Some(EntryKind::Redemption)));
        assert!(!kinds(Some(EntryKind::Reversal), Some(EntryKind::TopUp)));
        assert!(!kinds(Some(EntryKind::TopUp), None));
    }
}
