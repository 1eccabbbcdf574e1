//! Closes business days: X and Z reports, and what the shop owes at an entry.
//!
//! Everything is computed from the ledger by ranges of entry numbers, never by times and never from a screen.
//! `http/report` calls it. A range costs what is in it: what was held before it is in the last Z report, what is
//! held now is in the shop's own accounts.

use std::ops::RangeInclusive;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::day;
use crate::event::{self, ShownEntry};
use crate::figure::Figure;
use crate::id::{OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Hash, Millis};
use crate::report::{self, Held, Liability, Tally, Totals, ZReport};
use crate::store::report::Settings;
use crate::store::{self, Connection, Error, Store, batch};

/// Who closes, and under which request id.
#[derive(Debug, Clone, Copy)]
pub struct Close {
    /// The shop.
    pub shop: ShopId,
    /// The idempotency key.
    pub request: RequestId,
    /// Where.
    pub terminal: TerminalId,
    /// Who.
    pub operator: Option<OperatorId>,
    /// Who approved, where the operator alone may not close.
    pub approver: Option<OperatorId>,
}

/// What closing came to.
#[derive(Debug)]
pub enum Closed {
    /// A new Z report.
    Fresh(ZReport),
    /// The one that the same id made before.
    Known(ZReport),
    /// The id is another request's.
    IdMismatch,
}

/// From the last Z report's end to now; changes nothing. Run it in a read transaction, so that it sees one moment.
pub async fn x(conn: &mut Connection, shop: ShopId, now: Millis) -> Result<Totals, Error> {
    let settings = store::report::settings(conn, shop).await?;
    let mut open = Open::since(store::report::last_z(conn, shop).await?.as_ref(), &settings)?;
    open.read(conn, shop, settings.last_number).await?;
    open.totals(conn, shop, now).await
}

/// Closes the range from the last Z report's end to the ledger's last entry. The same id again answers the same
/// report. Closed twice at once, the second range is empty: each terminal has its report, and no entry is in both.
pub async fn z(store: &Store, close: Close, now: Millis) -> Result<Closed, Error> {
    let shop = close.shop;
    // Most of the range is added up here, while others write; under the lock only what came since.
    let mut moment = store.begin_read().await?;
    let settings = store::report::settings(&mut moment, shop).await?;
    let mut last = store::report::last_z(&mut moment, shop).await?;
    let mut open = Open::since(last.as_ref(), &settings)?;
    open.read(&mut moment, shop, settings.last_number).await?;
    drop(moment);

    let mut write = store.begin_write().await?;
    if let Some(known) = store::report::z_of(&mut write, shop, close.request).await? {
        return Ok(if known.operator == close.operator { Closed::Known(known) } else { Closed::IdMismatch });
    }
    if store::past::is_taken(&mut write, shop, close.request).await? {
        return Ok(Closed::IdMismatch);
    }
    let newest = store::report::last_z(&mut write, shop).await?;
    if newest != last {
        last = newest;
        open = Open::since(last.as_ref(), &settings)?;
    }
    let head = batch::head(&mut write, shop).await?;
    open.read(&mut write, shop, head.number).await?;
    let at = now.max(head.at).max(last.as_ref().map_or(Millis::MIN, |z| z.at));
    let totals = open.totals(&mut write, shop, at).await?;
    let previous: Hash = last.as_ref().map_or([0; 32], |z| z.hash);
    let mut report = ZReport {
        shop,
        number: last.map_or(1, |z| z.number + 1),
        request: close.request,
        at,
        terminal: close.terminal,
        operator: close.operator,
        approver: close.approver,
        first_entry: totals.first_entry,
        last_entry: totals.last_entry,
        entry_hash: head.hash,
        totals: event::json(&totals),
        hash: [0; 32],
    };
    report.hash = report.hash_after(&previous);
    store::report::add_z(&mut write, &report).await?;
    write.commit().await?;
    Ok(Closed::Fresh(report))
}

/// The totals that a Z report froze.
pub fn frozen(z: &ZReport) -> Result<Totals, Error> {
    serde_json::from_str(&z.totals).map_err(|_| Error::Inconsistent("a Z report whose totals cannot be read"))
}

/// What customers held right after an entry, found from the nearest moment at which it is known: the start, a Z
/// report before or after, or now. `None` if the ledger has not come that far.
pub async fn liability(conn: &mut Connection, shop: ShopId, number: i64) -> Result<Option<Liability>, Error> {
    let settings = store::report::settings(conn, shop).await?;
    if number < 0 || number > settings.last_number {
        return Ok(None);
    }
    let mut known = vec![(0, Liability::new()), (settings.last_number, store::report::held(conn, shop).await?)];
    let (before, after) =
        (store::report::z_until(conn, shop, number).await?, store::report::z_from(conn, shop, number).await?);
    for z in [before, after].into_iter().flatten() {
        known.push((z.last_entry, report::liability(&frozen(&z)?.closing)));
    }
    known.sort_by_key(|(at, _)| (at - number).abs());
    let (from, held) = known.swap_remove(0);
    let mut tally = Tally::new(TimeZone::UTC, 0);
    if from <= number {
        add(conn, shop, from + 1..=number, &mut tally).await?;
        return Ok(Some(report::after(&held, &tally.lines())));
    }
    add(conn, shop, number + 1..=from, &mut tally).await?;
    Ok(Some(report::before(&held, &tally.lines())))
}

/// What was done on each business day from a date to another, both included, and what was held after each; before
/// them what was held at the beginning.
pub async fn days(
    conn: &mut Connection,
    shop: ShopId,
    from: Date,
    to: Date,
) -> Result<(Liability, Vec<report::Day>), Error> {
    let (tally, _, closing) = between(conn, shop, from, to).await?;
    Ok(tally.charted(&closing))
}

/// One business day, as a report shows it.
pub async fn day(conn: &mut Connection, shop: ShopId, date: Date) -> Result<Totals, Error> {
    let (tally, range, closing) = between(conn, shop, date, date).await?;
    let opening = report::before(&closing, &tally.lines());
    Ok(tally.totals(*range.start(), *range.end(), report::held(&opening, None), report::held(&closing, None)))
}

/// The entries of some business days: added up, their range, and what was held after them.
async fn between(
    conn: &mut Connection,
    shop: ShopId,
    from: Date,
    to: Date,
) -> Result<(Tally, RangeInclusive<i64>, Liability), Error> {
    let settings = store::report::settings(conn, shop).await?;
    let zone = zone(&settings)?;
    let start = |date| day::start(&zone, settings.day_start_min, date);
    let first = store::report::first_at(conn, shop, start(from), settings.last_number).await?;
    let next = store::report::first_at(conn, shop, start(day::following(to)), settings.last_number).await?;
    // Backwards dates have no entries, and stand where they begin.
    let range = first..=(next - 1).max(first - 1);
    let mut tally = Tally::new(zone.clone(), settings.day_start_min);
    add(conn, shop, range.clone(), &mut tally).await?;
    let closing = liability(conn, shop, *range.end()).await?.unwrap_or_default();
    Ok((tally, range, closing))
}

/// The newest of the entries that a figure is made of, `limit` at most; only what is before `before`.
pub async fn behind(
    conn: &mut Connection,
    shop: ShopId,
    figure: &Figure,
    before: i64,
    limit: usize,
) -> Result<Vec<ShownEntry>, Error> {
    let zone = zone(&store::report::settings(conn, shop).await?)?;
    let last = figure.last.min(before.saturating_sub(1));
    let mut numbers = Vec::new();
    {
        let mut movements = pin!(store::report::movements_back(conn, shop, figure.first..=last));
        while numbers.len() < limit {
            let Some(movement) = movements.try_next().await? else { break };
            if figure.counts(&movement, &zone) {
                numbers.push(movement.number);
            }
        }
    }
    store::entry::numbered(conn, shop, &numbers).await
}

/// What is past its date now, or will be by then.
pub async fn dated(conn: &mut Connection, shop: ShopId, from: Millis, until: Millis) -> Result<Liability, Error> {
    store::report::dated(conn, shop, from..=until).await
}

/// A shop's zone.
pub fn zone(settings: &Settings) -> Result<TimeZone, Error> {
    day::zone(&settings.time_zone).ok_or(Error::Inconsistent("a shop in a time zone that is none"))
}

/// Says what is wrong with the Z reports: their order, their chain, and each one's totals against its entries.
pub async fn verify(conn: &mut Connection) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    let mut last: Option<ZReport> = None;
    for (shop, number) in store::report::z_keys(conn).await? {
        let Some(z) = store::report::z_before(conn, shop, number + 1, 1).await?.pop() else { continue };
        let before = last.take().filter(|before| before.shop == shop);
        let (end, previous) = before.as_ref().map_or((0, [0; 32]), |before| (before.last_entry, before.hash));
        let mut find = |what: &str| wrong.push(format!("shop {shop} Z report {number}: {what}"));
        if number != before.as_ref().map_or(1, |before| before.number + 1) || z.first_entry != end + 1 {
            find("it does not begin where the one before ends");
        }
        if z.hash != z.hash_after(&previous) {
            find("the hash chain breaks here");
        }
        if store::report::hash_at(conn, shop, z.last_entry).await? != Some(z.entry_hash) {
            find("it was closed over another ledger");
        }
        let opening = before.as_ref().map(frozen).transpose()?.map_or_else(Vec::new, |totals| totals.closing);
        if !holds(conn, &z, &opening).await? {
            find("its totals are not those of its entries");
        }
        last = Some(z);
    }
    Ok(wrong)
}

/// Whether the totals are those of the entries, and lead from the closing before to its own.
async fn holds(conn: &mut Connection, z: &ZReport, opening: &[Held]) -> Result<bool, Error> {
    let Ok(totals) = frozen(z) else { return Ok(false) };
    let mut tally = Tally::new(TimeZone::UTC, 0);
    add(conn, z.shop, z.first_entry..=z.last_entry, &mut tally).await?;
    let closing = report::liability(&totals.closing);
    let opening = report::liability(&report::with_all(opening, closing.keys()));
    Ok(totals.lines == tally.lines()
        && (totals.first_entry, totals.last_entry) == (z.first_entry, z.last_entry)
        && report::liability(&totals.opening) == opening
        && report::after(&opening, &totals.lines) == closing)
}

/// A range that is not closed yet.
struct Open {
    first: i64,
    last: i64,
    opening: Vec<Held>,
    tally: Tally,
}

impl Open {
    fn since(last: Option<&ZReport>, settings: &Settings) -> Result<Self, Error> {
        let end = last.map_or(0, |z| z.last_entry);
        let opening = last.map(frozen).transpose()?.map_or_else(Vec::new, |totals| totals.closing);
        let tally = Tally::new(zone(settings)?, settings.day_start_min);
        Ok(Self { first: end + 1, last: end, opening, tally })
    }

    /// Goes on to an entry.
    async fn read(&mut self, conn: &mut Connection, shop: ShopId, last: i64) -> Result<(), Error> {
        add(conn, shop, self.last + 1..=last, &mut self.tally).await?;
        self.last = last;
        Ok(())
    }

    /// The totals of what was read, which has to reach to the ledger's end: what the entries lead to is compared
    /// with what the accounts say.
    async fn totals(&self, conn: &mut Connection, shop: ShopId, now: Millis) -> Result<Totals, Error> {
        let kept = store::report::held(conn, shop).await?;
        let opening = report::with_all(&self.opening, kept.keys());
        if report::after(&report::liability(&opening), &self.tally.lines()) != kept {
            return Err(Error::Inconsistent("the entries do not lead from what was held before to what is held now"));
        }
        let expired = dated(conn, shop, Millis::MIN, now).await?;
        Ok(self.tally.totals(self.first, self.last, opening, report::held(&kept, Some(&expired))))
    }
}

async fn add(conn: &mut Connection, shop: ShopId, range: RangeInclusive<i64>, tally: &mut Tally) -> Result<(), Error> {
    if range.is_empty() {
        return Ok(());
    }
    let mut movements = pin!(store::report::movements(conn, shop, range));
    while let Some(movement) = movements.try_next().await? {
        tally.add(&movement);
    }
    Ok(())
}
