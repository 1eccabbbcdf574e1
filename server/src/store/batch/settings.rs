//! What a shop set: units and their limits, bonus rules, operators; and what a business day took.
//!
//! A shop's row and its units are read once a batch. The rest is read only where a request needs it.

use std::collections::HashMap;

use crate::book::{Account, Book, Operator, Shop};
use crate::code::Step;
use crate::day;
use crate::id::{AccountId, CustomerId, OperatorId, ShopId, TerminalId};
use crate::ledger::{Millis, Order, OwnAccount, Split};
use crate::limits::{BonusRule, Day, Terms};
use crate::operator::Role;
use crate::pin::Tries;
use crate::request::{Request, Wish};
use crate::reverse::FREE_REVERSAL_MS;
use crate::store::Error;
use crate::store::raw::{Raw, Row};
use crate::store::rows::{fixed, unit};
use crate::unit::Unit;

const SHOP: &str = "select name, default_unit, cards, step_tolerance, last_number, last_hash, last_at, redeem_order,
        time_zone, day_start_min, (select codes_from from meta),
        exists (select 1 from operator where operator.shop_id = shop.shop_id and disabled_at is null)
    from shop where shop_id = ?1";
const OWN: &str = "select unit, kind, account_id, principal, bonus from account
    where shop_id = ?1 and customer_id is null";
const UNITS: &str = "select unit, max_balance, max_per_use, max_per_day, pin_above, card_max_per_use,
        card_max_per_day, expires_after_days, retired_at is not null
    from unit where shop_id = ?1";

/// A shop, its own accounts, and what it allows of its units.
pub fn shop(raw: &mut Raw<'_>, id: ShopId, book: &mut Book) -> Result<(), Error> {
    if book.shops.contains_key(&id) {
        return Ok(());
    }
    let shop = raw.one(SHOP, &[id.0.into()], shop_row)?;
    let mut shop = shop.ok_or(Error::Inconsistent("a terminal of a shop that is not there"))?;
    raw.each(OWN, &[id.0.into()], |row| {
        let kind = OwnAccount::parse(row.text(1)?).ok_or(Error::Inconsistent("an account of an unknown kind"))?;
        let split = Split { principal: row.int(3), bonus: row.int(4) };
        let account = Account { id: AccountId(row.int(2)), split, expires_at: None };
        shop.own.insert((unit(row.text(0)?)?, kind), account);
        Ok(())
    })?;
    raw.each(UNITS, &[id.0.into()], |row| {
        let terms = Terms {
            max_balance: row.opt_int(1),
            max_per_use: row.opt_int(2),
            max_per_day: row.opt_int(3),
            pin_above: row.opt_int(4),
            card_max_per_use: row.opt_int(5),
            card_max_per_day: row.opt_int(6),
            expires_after_days: row.opt_int(7),
            retired: row.is(8),
        };
        shop.terms.insert(unit(row.text(0)?)?, terms);
        Ok(())
    })?;
    book.shops.insert(id, shop);
    Ok(())
}

fn shop_row(row: &Row<'_>) -> Result<Shop, Error> {
    Ok(Shop {
        name: row.text(0)?.to_owned(),
        default_unit: unit(row.text(1)?)?,
        cards: row.is(2),
        step_tolerance: row.int(3),
        last_number: row.int(4),
        last_hash: fixed(row.bytes(5))?,
        last_at: row.int(6),
        redeem_order: Order::parse(row.text(7)?).ok_or(Error::Inconsistent("an unknown order of parts"))?,
        time_zone: row.text(8)?.to_owned(),
        day_start_min: row.int(9),
        codes_from: Step(row.int(10)),
        staffed: row.is(11),
        terms: HashMap::new(),
        own: HashMap::new(),
    })
}

const OPERATOR: &str = "select shop_id, role, pin_tries, pin_blocked_until from operator
    where operator_id = ?1 and disabled_at is null";
const SESSION: &str = "select 1 from operator_session where terminal_id = ?1 and operator_id = ?2 and expires_at > ?3";

/// The operators that a request names, in a shop that has any.
pub fn operators(raw: &mut Raw<'_>, request: &Request, book: &mut Book) -> Result<(), Error> {
    if !book.shop(request.shop).staffed {
        return Ok(());
    }
    let approver = request.approval.map(|approval| approval.operator);
    for id in request.operator.into_iter().chain(approver) {
        operator(raw, id, book)?;
    }
    request.operator.map_or(Ok(()), |operator| session(raw, (request.terminal, operator), book))
}

fn operator(raw: &mut Raw<'_>, id: OperatorId, book: &mut Book) -> Result<(), Error> {
    if book.operators.contains_key(&id) {
        return Ok(());
    }
    let found = raw.one(OPERATOR, &[id.0.into()], |row| {
        let role = Role::parse(row.text(1)?).ok_or(Error::Inconsistent("an operator of an unknown role"))?;
        let tries = Tries { wrong: row.int(2), blocked_until: row.opt_int(3) };
        Ok(Operator { shop: ShopId(row.int(0)), role, tries })
    })?;
    book.operators.extend(found.map(|operator| (id, operator)));
    Ok(())
}

fn session(raw: &mut Raw<'_>, key: (TerminalId, OperatorId), book: &mut Book) -> Result<(), Error> {
    if book.sessions.contains(&key) {
        return Ok(());
    }
    let open = raw.one(SESSION, &[key.0.0.into(), key.1.0.into(), book.now.into()], |_| Ok(()))?;
    book.sessions.extend(open.map(|()| key));
    Ok(())
}

const RULES: &str = "select from_amount, bonus, per_mille from bonus_rule where shop_id = ?1 and unit = ?2";

/// The rules that say which bonus a top-up gets.
pub fn bonus_rules(raw: &mut Raw<'_>, shop: ShopId, text: &str, book: &mut Book) -> Result<(), Error> {
    let Some(unit) = Unit::parse(text) else { return Ok(()) };
    let key = (shop, unit);
    if book.bonus_rules.contains_key(&key) {
        return Ok(());
    }
    let mut rules = Vec::new();
    raw.each(RULES, &[shop.0.into(), text.into()], |row| {
        rules.push(BonusRule { from_amount: row.int(0), bonus: row.int(1), per_mille: row.int(2) });
        Ok(())
    })?;
    book.bonus_rules.insert(key, rules);
    Ok(())
}

// From the customer's last entry before the day began: their numbers rise with time, so no more is walked than
// the day has.
const DAY: &str = "with today as materialized (
        select e.shop_id, e.number, e.principal + e.bonus as amount, e.credential, e.step from entry as e
        where e.customer_id = ?1 and e.kind = 'redemption' and e.debit_account_id = ?2 and e.at >= ?3
            and e.seq > coalesce((select b.seq from entry as b
                where b.customer_id = ?1 and b.seq is not null and b.at < ?3 order by b.seq desc limit 1), 0)),
    kept as (
        select credential is not null and step is null as card, amount
            - (select coalesce(sum(r.principal + r.bonus), 0) from entry as r indexed by entry_reverses
                where r.shop_id = today.shop_id and r.reverses = today.number) as amount from today)
    select coalesce(sum(amount), 0), coalesce(sum(amount) filter (where card), 0) from kept";

/// What the business day took of a customer's account, if its unit has a limit by the day.
pub fn day(raw: &mut Raw<'_>, request: &Request, customer: CustomerId, book: &mut Book) -> Result<(), Error> {
    let Some(unit) = book.unit(request.shop, &book.unit_text(request)) else { return Ok(()) };
    let shop = book.shop(request.shop);
    let key = (customer, unit);
    if book.days.contains_key(&key) || !shop.terms(&key.1).count_days() {
        return Ok(());
    }
    let (start, _) = day::of(&shop.zone(), shop.day_start_min, book.at(request.shop));
    let sums = match book.accounts.get(&key).map(|account| account.id.0) {
        Some(id) => raw.one(DAY, &[customer.0.into(), id.into(), start.into()], |row| Ok((row.int(0), row.int(1))))?,
        None => None,
    };
    let (taken, by_card) = sums.unwrap_or_default();
    book.days.insert(key, Day { start, taken, by_card });
    Ok(())
}

const LATER: &str = "select 1 from entry where shop_id = ?1 and number > ?2 and terminal_id = ?3
    and kind in ('redemption', 'top_up') limit 1";

/// Whether what a reversal undoes is not its terminal's last any more, where that makes a difference.
pub fn passed(raw: &mut Raw<'_>, request: &Request, book: &mut Book) -> Result<(), Error> {
    let Wish::Reverse { of, .. } = request.wish else { return Ok(()) };
    let Some(target) = book.recorded(request.shop, of).filter(|_| book.shop(request.shop).staffed) else {
        return Ok(());
    };
    let entry = &target.main().entry;
    let soon: Millis = book.now - FREE_REVERSAL_MS;
    if entry.terminal != Some(request.terminal) || entry.at < soon {
        return Ok(());
    }
    let values = [request.shop.0.into(), entry.number.into(), request.terminal.0.into()];
    if raw.one(LATER, &values, |_| Ok(()))?.is_some() {
        book.passed.insert((request.shop, of));
    }
    Ok(())
}
