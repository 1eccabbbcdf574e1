//! What is fresh in a settled book, row by row on prepared statements.

use std::collections::{BTreeSet, HashMap};

use super::Head;
use crate::book::{Account, Book};
use crate::event::ShownEntry;
use crate::id::{CustomerId, ShopId};
use crate::outcome::{Cancellation, Refused, Repeat};
use crate::store::Error;
use crate::store::phone::Ack;
use crate::store::raw::{Raw, Value};
use crate::store::rows::number_column;
use crate::unit::Unit;

/// Writes what is fresh in a settled book.
pub fn write(raw: &mut Raw<'_>, book: &Book) -> Result<(), Error> {
    accounts(raw, book)?;
    book.fresh.entries.iter().try_for_each(|shown| entry(raw, shown))?;
    book.fresh.refusals.iter().try_for_each(|refused| refusal(raw, refused))?;
    book.fresh.repeats.iter().try_for_each(|fresh| repeat(raw, fresh))?;
    book.fresh.cancellations.iter().try_for_each(|fresh| cancellation(raw, fresh))?;
    tries(raw, book)?;
    for (shop, number, text) in &book.fresh.notes {
        raw.run(NOTE, &[shop.0.into(), (*number).into(), text.as_str().into()])?;
    }
    for number in &book.fresh.renewed {
        raw.run(RENEWED, &[number_column(*number).into()])?;
    }
    let shops: BTreeSet<ShopId> = book.fresh.entries.iter().map(|shown| shown.entry.shop).collect();
    for id in shops {
        let shop = book.shop(id);
        head(raw, id, Head { number: shop.last_number, hash: shop.last_hash, at: shop.last_at })?;
    }
    Ok(())
}

/// Writes opening balances: the entries, the new accounts, the shop's own side and its head.
pub fn write_openings(
    raw: &mut Raw<'_>,
    shop: ShopId,
    last: Head,
    entries: &[ShownEntry],
    accounts: &[(CustomerId, Unit, Account)],
    own: &HashMap<Unit, Account>,
) -> Result<(), Error> {
    for (customer, unit, account) in accounts {
        open(raw, shop, *customer, unit, account)?;
    }
    own.values().try_for_each(|account| hold(raw, account))?;
    entries.iter().try_for_each(|shown| entry(raw, shown))?;
    head(raw, shop, last)
}

const OPEN: &str = "insert into account (account_id, shop_id, customer_id, unit, kind, principal, bonus,
        expires_at)
    values (?1, ?2, ?3, ?4, 'customer', ?5, ?6, ?7)";
const HOLD: &str = "update account set principal = ?2, bonus = ?3, expires_at = ?4 where account_id = ?1";

fn accounts(raw: &mut Raw<'_>, book: &Book) -> Result<(), Error> {
    const GONE: Error = Error::Inconsistent("a moved account that is not there");
    for key in &book.fresh.moved {
        let account = book.accounts.get(key).ok_or(GONE)?;
        if book.fresh.opened.contains(key) {
            let (customer, unit) = key;
            let shop = book.customers.get(customer).ok_or(Error::Inconsistent("a customer who is not there"))?.shop;
            open(raw, shop, *customer, unit, account)?;
        } else {
            hold(raw, account)?;
        }
    }
    for (shop, unit, kind) in &book.fresh.own_moved {
        hold(raw, book.shop(*shop).own.get(&(unit.clone(), *kind)).ok_or(GONE)?)?;
    }
    Ok(())
}

fn open(raw: &mut Raw<'_>, shop: ShopId, customer: CustomerId, unit: &Unit, account: &Account) -> Result<(), Error> {
    let Account { id, split, expires_at } = account;
    let values = [
        id.0.into(),
        shop.0.into(),
        customer.0.into(),
        unit.as_str().into(),
        split.principal.into(),
        split.bonus.into(),
        (*expires_at).into(),
    ];
    raw.run(OPEN, &values)
}

fn hold(raw: &mut Raw<'_>, Account { id, split, expires_at }: &Account) -> Result<(), Error> {
    raw.run(HOLD, &[id.0.into(), split.principal.into(), split.bonus.into(), (*expires_at).into()])
}

const HEAD: &str = "update shop set last_number = ?2, last_hash = ?3, last_at = ?4 where shop_id = ?1";

fn head(raw: &mut Raw<'_>, shop: ShopId, head: Head) -> Result<(), Error> {
    raw.run(HEAD, &[shop.0.into(), head.number.into(), (&head.hash).into(), head.at.into()])
}

const ENTRY: &str = "insert into entry (shop_id, number, kind, at, request_id, leg, fingerprint, terminal_id,
        customer_id, seq, debit_account_id, credit_account_id, principal, bonus, balance, credential, step, reverses,
        hash, operator_id, approver_id, peer_customer_id)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";

fn entry(raw: &mut Raw<'_>, ShownEntry { entry: e, .. }: &ShownEntry) -> Result<(), Error> {
    let values = [
        e.shop.0.into(),
        e.number.into(),
        e.kind.as_str().into(),
        e.at.into(),
        e.request.as_bytes().into(),
        e.leg.into(),
        (&e.fingerprint).into(),
        e.terminal.map(|terminal| terminal.0).into(),
        e.customer.0.into(),
        e.seq.into(),
        e.debit.0.into(),
        e.credit.0.into(),
        e.split.principal.into(),
        e.split.bonus.into(),
        e.balance.into(),
        e.credential.map(number_column).into(),
        e.step.map(|step| step.0).into(),
        e.reverses.into(),
        (&e.hash).into(),
        e.operator.map(|operator| operator.0).into(),
        e.approver.map(|operator| operator.0).into(),
        e.peer.map(|customer| customer.0).into(),
    ];
    raw.run(ENTRY, &values)
}

const REFUSAL: &str = "insert into refusal (shop_id, request_id, noun, fingerprint, terminal_id, at, code,
        customer_id, seq, credential, step, unit, amount, balance, clock_difference_s)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

fn refusal(raw: &mut Raw<'_>, r: &Refused) -> Result<(), Error> {
    let values = [
        r.shop.0.into(),
        r.request.as_bytes().into(),
        r.noun.as_str().into(),
        (&r.fingerprint).into(),
        r.terminal.0.into(),
        r.at.into(),
        r.refusal.code().into(),
        r.customer.map(|customer| customer.0).into(),
        r.seq.into(),
        r.credential.map(number_column).into(),
        r.step.map(|step| step.0).into(),
        r.unit.as_str().into(),
        r.amount.into(),
        r.refusal.balance().into(),
        r.refusal.clock_difference_s().into(),
    ];
    raw.run(REFUSAL, &values)
}

const REPEAT: &str = "insert into repeat (shop_id, request_id, fingerprint, terminal_id, at, number)
    values (?1, ?2, ?3, ?4, ?5, ?6)";

fn repeat(raw: &mut Raw<'_>, r: &Repeat) -> Result<(), Error> {
    let (request, fingerprint): (Value<'_>, Value<'_>) = (r.request.as_bytes().into(), (&r.fingerprint).into());
    raw.run(REPEAT, &[r.shop.0.into(), request, fingerprint, r.terminal.0.into(), r.at.into(), r.number.into()])
}

const CANCELLATION: &str = "insert into cancellation (shop_id, request_id, noun, was, terminal_id, at)
    values (?1, ?2, ?3, ?4, ?5, ?6)";

fn cancellation(raw: &mut Raw<'_>, c: &Cancellation) -> Result<(), Error> {
    let (noun, was) = (c.noun.as_str().into(), c.was.as_str().into());
    raw.run(CANCELLATION, &[c.shop.0.into(), c.request.as_bytes().into(), noun, was, c.terminal.0.into(), c.at.into()])
}

const RENEWED: &str = "update credential set generation = renewing, renewing = null
    where credential = ?1 and renewing is not null";

const OPERATOR_TRIES: &str = "update operator set pin_tries = ?2, pin_blocked_until = ?3 where operator_id = ?1";
const CREDENTIAL_TRIES: &str = "update credential set pin_tries = ?2, pin_blocked_until = ?3 where credential = ?1";

/// Wrong PINs that were counted or forgotten.
fn tries(raw: &mut Raw<'_>, book: &Book) -> Result<(), Error> {
    for id in &book.fresh.operator_tries {
        let tries = book.operators.get(id).ok_or(Error::Inconsistent("an operator who is not there"))?.tries;
        raw.run(OPERATOR_TRIES, &[id.0.into(), tries.wrong.into(), tries.blocked_until.into()])?;
    }
    for number in &book.fresh.credential_tries {
        let tries = book.credentials.get(number).ok_or(Error::Inconsistent("a credential that is not there"))?.tries;
        let values = [number_column(*number).into(), tries.wrong.into(), tries.blocked_until.into()];
        raw.run(CREDENTIAL_TRIES, &values)?;
    }
    Ok(())
}

const NOTE: &str = "insert into note (shop_id, number, text) values (?1, ?2, ?3)";

const ACK: &str = "update phone set received = max(received, ?2), seen = max(seen, ?3)
    where credential = ?1 and (received < ?2 or seen < ?3)";

/// Notes acks; what is lower than before is ignored. That none is beyond the customer's last event is the
/// caller's to see to.
pub fn acks(raw: &mut Raw<'_>, acks: &[Ack]) -> Result<(), Error> {
    acks.iter().try_for_each(|ack| {
        let received = ack.received.max(ack.seen);
        raw.run(ACK, &[number_column(ack.credential).into(), received.into(), ack.seen.into()])
    })
}
