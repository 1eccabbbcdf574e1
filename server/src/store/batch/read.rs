//! What the requests of a batch may touch: point lookups by prepared statements, each row once.

use std::collections::BTreeSet;

use super::settings;
use crate::book::{Account, Book, CardScan, Credential, Customer};
use crate::code::{Code, Kind, SEARCH_STEPS, Step};
use crate::id::{AccountId, CustomerId, ShopId, TerminalId};
use crate::ledger::{Millis, Split};
use crate::master::Master;
use crate::outcome::Settled;
use crate::pin::Tries;
use crate::refusal::Refusal;
use crate::request::{Request, Who, Wish};
use crate::store::raw::Raw;
use crate::store::rows::{number_column, request_id, unit};
use crate::store::{Error, past};

/// Reads everything that the requests of a batch may touch.
pub fn read(raw: &mut Raw<'_>, requests: &[&Request], master: &Master, now: Millis) -> Result<Book, Error> {
    let mut book = Book { now, fingerprint_keys: master.fingerprint_keys(), ..Book::default() };
    let step = Step::at(now.div_euclid(1000));
    for request in requests {
        settings::shop(raw, request.shop, &mut book)?;
        settings::operators(raw, request, &mut book)?;
        past::of(raw, request.shop, request.id, &mut book.past)?;
        match &request.wish {
            Wish::Redeem { who: Who::Code(code), .. } => shown(raw, request, code, step, master, &mut book)?,
            Wish::Redeem { who: Who::Customer(customer), .. } => {
                holder(raw, *customer, &mut book)?;
                settings::day(raw, request, *customer, &mut book)?;
            }
            Wish::Reverse { of, .. } => {
                past::of(raw, request.shop, *of, &mut book.past)?;
                settings::passed(raw, request, &mut book)?;
            }
            Wish::TopUp { customer, unit, .. } => {
                holder(raw, *customer, &mut book)?;
                settings::bonus_rules(raw, request.shop, unit, &mut book)?;
            }
            Wish::Refund { customer, .. } | Wish::Adjust { customer, .. } => holder(raw, *customer, &mut book)?,
            Wish::Transfer { customer, to, .. } => {
                holder(raw, *customer, &mut book)?;
                holder(raw, *to, &mut book)?;
            }
            Wish::Cancel { .. } => {}
        }
    }
    let moved: BTreeSet<CustomerId> = book
        .past
        .values()
        .filter_map(|past| match past.settled.as_ref()? {
            Settled::Recorded(recorded) => Some(&recorded.legs),
            Settled::Refused(_) | Settled::Repeat(_) => None,
        })
        .flatten()
        .map(|leg| leg.entry.customer)
        .collect();
    for customer in moved {
        holder(raw, customer, &mut book)?;
    }
    let next = raw.one("select coalesce(max(account_id), 0) + 1 from account", &[], |row| Ok(row.int(0)))?;
    book.next_account = next.unwrap_or(1);
    Ok(book)
}

const CREDENTIAL: &str = "select shop_id, customer_id, kind, generation, revoked_at is not null,
        generation < (select oldest_generation from meta), renewing, pin_tries, pin_blocked_until,
        paused_at is not null, codes_from
    from credential where credential = ?1";
const TOLD: &str = "select ifnull(step, 0), code from refusal
    where credential = ?1 and seq is not null and (ifnull(step, 0) = 0 or ifnull(step, 0) between ?2 and ?3)";

/// A code that is shown: its credential and customer, whether it was used, what its customer was told of it.
fn shown(
    raw: &mut Raw<'_>,
    request: &Request,
    text: &str,
    now: Step,
    master: &Master,
    book: &mut Book,
) -> Result<(), Error> {
    let Some(code) = Code::parse(text) else { return Ok(()) };
    let id = code.number();
    let column = number_column(id);
    if !book.credentials.contains_key(&id) {
        let found = raw.one(CREDENTIAL, &[column.into()], |row| {
            let kind = if row.text(2)? == "card" { Kind::Card } else { Kind::Phone };
            let lost = Error::Inconsistent("a credential of a lost master key");
            let key = master.key(row.int(3), id).ok_or(lost)?;
            let (shop, customer) = (ShopId(row.int(0)), CustomerId(row.int(1)));
            let next = row.opt_int(6).and_then(|generation| master.key(generation, id));
            let tries = Tries { wrong: row.int(7), blocked_until: row.opt_int(8) };
            let (revoked, stopped, paused) = (row.is(4), row.is(5), row.is(9));
            let codes_from = Step(row.int(10));
            Ok(Credential { shop, customer, kind, key, stopped, next, revoked, paused, codes_from, tries })
        })?;
        let Some(credential) = found else { return Ok(()) };
        holder(raw, credential.customer, book)?;
        book.credentials.insert(id, credential);
        let today = [column.into(), (now.0 - SEARCH_STEPS).into(), (now.0 + SEARCH_STEPS).into()];
        raw.each(TOLD, &today, |row| {
            let refusal = Refusal::from_row(row.text(1)?, Some(0), Some(0));
            let refusal = refusal.ok_or(Error::Inconsistent("a refusal with an unknown code"))?;
            book.told.insert((id, row.int(0), refusal.code()));
            Ok(())
        })?;
    }
    let customer = book.credentials[&id].customer;
    settings::day(raw, request, customer, book)?;
    match code.kind() {
        Kind::Phone => used(raw, &code, now, book),
        Kind::Card => card_scan(raw, request.terminal, &code, book),
    }
}

const USED: &str = "select shop_id, request_id from entry where step = ?1 and credential = ?2";

/// Whether the code was used, and by which request.
fn used(raw: &mut Raw<'_>, code: &Code, now: Step, book: &mut Book) -> Result<(), Error> {
    let Some(step) = code.step_near(now) else { return Ok(()) };
    let values = [step.0.into(), number_column(code.number()).into()];
    let user = raw.one(USED, &values, |row| Ok((ShopId(row.int(0)), request_id(row.bytes(1))?)))?;
    if let Some((shop, request)) = user {
        book.used.insert((code.number(), step), request);
        past::of(raw, shop, request, &mut book.past)?;
    }
    Ok(())
}

const CARD: &str = "select e.shop_id, e.request_id, max(e.at, coalesce(
        (select max(at) from repeat where repeat.shop_id = e.shop_id and repeat.number = e.number), 0))
    from entry as e where e.credential = ?1 and e.step is null and e.terminal_id = ?2
    order by e.number desc limit 1";

/// The last redemption by a card at the terminal that shows it now, and when it was last seen there.
fn card_scan(raw: &mut Raw<'_>, terminal: TerminalId, code: &Code, book: &mut Book) -> Result<(), Error> {
    let key = (code.number(), terminal);
    if book.card_scans.contains_key(&key) {
        return Ok(());
    }
    let values = [number_column(code.number()).into(), terminal.0.into()];
    let last = raw.one(CARD, &values, |row| Ok((ShopId(row.int(0)), request_id(row.bytes(1))?, row.int(2))))?;
    if let Some((shop, first, at)) = last {
        book.card_scans.insert(key, CardScan { first, at });
        past::of(raw, shop, first, &mut book.past)?;
    }
    Ok(())
}

const CUSTOMER: &str =
    "select shop_id, name, frozen_at is not null, erased_at is not null from customer where customer_id = ?1";
const LAST: &str = "select max(
        ifnull((select seq from entry where customer_id = ?1 and seq is not null order by seq desc limit 1), 0),
        ifnull((select seq from refusal where customer_id = ?1 and seq is not null order by seq desc limit 1), 0),
        ifnull((select seq from status where customer_id = ?1 order by seq desc limit 1), 0))";
const ACCOUNTS: &str = "select unit, account_id, principal, bonus, expires_at from account where customer_id = ?1";

/// A customer, what they hold, and the number of their last event.
fn holder(raw: &mut Raw<'_>, id: CustomerId, book: &mut Book) -> Result<(), Error> {
    if book.customers.contains_key(&id) {
        return Ok(());
    }
    let found = raw.one(CUSTOMER, &[id.0.into()], |row| {
        let (shop, name) = (ShopId(row.int(0)), row.text(1)?.to_owned());
        Ok(Customer { shop, name, frozen: row.is(2), erased: row.is(3), seq: 0 })
    })?;
    let Some(mut customer) = found else { return Ok(()) };
    customer.seq = raw.one(LAST, &[id.0.into()], |row| Ok(row.int(0)))?.unwrap_or(0);
    book.customers.insert(id, customer);
    raw.each(ACCOUNTS, &[id.0.into()], |row| {
        let split = Split { principal: row.int(2), bonus: row.int(3) };
        let account = Account { id: AccountId(row.int(1)), split, expires_at: row.opt_int(4) };
        book.accounts.insert((id, unit(row.text(0)?)?), account);
        Ok(())
    })
}
