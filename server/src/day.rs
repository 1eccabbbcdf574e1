//! Business days: from the shop's start of day to the next one, in its own zone.
//!
//! Pure. The zones come from the database that is built in, so that every machine says the same. A day is 23 to
//! 25 hours long; where the clock skips the start, the day begins after the gap, and where it shows it twice, the
//! first time. Day limits and reports use the same days.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::ledger::Millis;

/// Minutes of a day by the clock; a start of day is below.
pub const MINUTES: i64 = 24 * 60;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zone of an IANA name; `None` if there is none of that name.
pub fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// The IANA names of every zone.
pub fn zones() -> impl Iterator<Item = String> {
    ZONES.available().map(|name| name.to_string())
}

/// The business day that `at` is in: its start, and the next one's. `day_start_min` is in minutes after midnight
/// by the wall clock.
pub fn of(zone: &TimeZone, day_start_min: i64, at: Millis) -> (Millis, Millis) {
    let date = date_of(zone, day_start_min, at);
    (start(zone, day_start_min, date), start(zone, day_start_min, following(date)))
}

/// The date by which a shop calls the business day that `at` is in: the one on which it starts.
pub fn date_of(zone: &TimeZone, day_start_min: i64, at: Millis) -> Date {
    let date = zone.to_datetime(timestamp(at)).date();
    if at < start(zone, day_start_min, date) { date.yesterday().unwrap_or(date) } else { date }
}

/// When the business day of a date starts.
pub fn start(zone: &TimeZone, day_start_min: i64, date: Date) -> Millis {
    let minutes = day_start_min.rem_euclid(MINUTES);
    let part = |value: i64| i8::try_from(value).unwrap_or(0);
    let wall = date.to_datetime(time(part(minutes / 60), part(minutes % 60), 0, 0));
    let moment = zone.to_ambiguous_timestamp(wall).compatible();
    moment.unwrap_or(Timestamp::MAX).as_millisecond()
}

/// The date after; the last one of all stays.
pub fn following(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}

/// The hour by the wall clock, 0 to 23, and when the next one begins.
pub fn hour_of(zone: &TimeZone, at: Millis) -> (i8, Millis) {
    const MINUTE_MS: i64 = 60_000;
    let wall = zone.to_datetime(timestamp(at));
    // Offsets are whole minutes in our time, and clocks are moved at whole minutes: the hour holds until the
    // wall clock's next full hour, or ends sooner where the clock is moved.
    let left_min = 60 - i64::from(wall.minute());
    let full = (at.div_euclid(MINUTE_MS) + left_min) * MINUTE_MS;
    let moved = zone.following(timestamp(at)).next().map_or(Millis::MAX, |next| next.timestamp().as_millisecond());
    (wall.hour(), full.min(moved))
}

/// A time as the shop's own clock shows it: RFC 3339 with the zone's offset, three decimals.
pub fn local(zone: &TimeZone, at: Millis) -> String {
    timestamp(at).to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

fn timestamp(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Millis = 3_600_000;

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_day_is_as_long_as_the_clock_makes_it() {
        for (name, start_min, moment, begins, hours) in [
            ("Asia/Shanghai", 0, "2026-11-24T21:00:00Z", "2026-11-24T16:00:00Z", 24),
            ("Asia/Shanghai", 5 * 60, "2026-11-24T20:59:59.999Z", "2026-11-23T21:00:00Z", 24),
            ("Asia/Shanghai", 5 * 60, "2026-11-24T21:00:00Z", "2026-11-24T21:00:00Z", 24),
            // The clock goes forward in the night to 29 March and back in the night to 25 October.
            ("Europe/Berlin", 0, "2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z", 23),
            ("Europe/Berlin", 4 * 60, "2026-03-29T01:30:00Z", "2026-03-28T03:00:00Z", 23),
            ("Europe/Berlin", 0, "2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z", 25),
            ("Europe/Berlin", 4 * 60, "2026-10-25T02:30:00Z", "2026-10-24T02:00:00Z", 25),
            // 02:30 is skipped in spring and comes twice in autumn.
            ("Europe/Berlin", 150, "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z", 23),
            ("Europe/Berlin", 150, "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z", 25),
            ("Europe/Berlin", 150, "2026-10-25T01:10:00Z", "2026-10-25T00:30:00Z", 25),
        ] {
            let zone = zone(name).unwrap();
            let (start, next) = of(&zone, start_min, at(moment));
            assert_eq!((start, (next - start) / HOUR), (at(begins), hours), "{name} {start_min} {moment}");
        }
        assert!(zone("Mars/Olympus").is_none());
    }

    #[test]
    fn hours_and_local_times_are_those_of_the_shops_clock() {
        let berlin = zone("Europe/Berlin").unwrap();
        assert_eq!(hour_of(&berlin, at("2026-03-29T00:59:00Z")), (1, at("2026-03-29T01:00:00Z")));
        assert_eq!(hour_of(&berlin, at("2026-03-29T01:00:00Z")), (3, at("2026-03-29T02:00:00Z")));
        assert_eq!(hour_of(&berlin, at("2026-10-25T00:10:00Z")), (2, at("2026-10-25T01:00:00Z")));
        assert_eq!(hour_of(&berlin, at("2026-10-25T01:10:00Z")), (2, at("2026-10-25T02:00:00Z")));
        let kathmandu = zone("Asia/Kathmandu").unwrap();
        assert_eq!(hour_of(&kathmandu, at("2026-01-01T00:00:00Z")), (5, at("2026-01-01T00:15:00Z")));
        assert_eq!(local(&kathmandu, at("2026-01-01T00:00:00.007Z")), "2026-01-01T05:45:00.007+05:45");
    }

    proptest! {
        #[test]
        fn days_join_without_gap_or_overlap(
            name in prop::sample::select(vec!["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
            start_min in 0..MINUTES, at in 1_700_000_000_000..2_000_000_000_000_i64,
        ) {
            let zone = zone(name).unwrap();
            let (start, next) = of(&zone, start_min, at);
            prop_assert!(start <= at && at < next);
            prop_assert!((23 * HOUR..=25 * HOUR).contains(&(next - start)));
            prop_assert_eq!(of(&zone, start_min, next).0, next);
            prop_assert_eq!(of(&zone, start_min, start - 1).1, start);
            let (hour, until) = hour_of(&zone, at);
            prop_assert!(until > at && until - at <= HOUR);
            prop_assert_eq!(hour_of(&zone, until - 1).0, hour);
        }
    }
}
