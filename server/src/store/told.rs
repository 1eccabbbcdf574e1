//! What phones ask for all day: whose a token is, where a customer stands, what they are told next.
//!
//! On the database's own calls, for [`reader`](crate::reader); others borrow a connection for a moment.

use super::phone::Phone;
use super::raw::{Raw, Row};
use super::rows::{AFTER_ENTRY, entry, entry_columns, kind, number, refusal_columns, refused, request_id, unit};
use super::{Connection, Error};
use crate::event::{self, ShopName, ShownEntry, Told};
use crate::id::{CustomerId, OperatorId, ShopId, TerminalId};
use crate::status::{News, Status, StatusKind};

/// Events of one page.
pub const PAGE: i64 = 500;

const BY_TOKEN: &str = "select credential.credential, customer.customer_id, shop.shop_id, customer.name, shop.name,
        credential.generation < (select generation from meta), customer.frozen_at is not null,
        credential.paused_at is not null
    from phone join credential using (credential) join customer using (customer_id)
    join shop on shop.shop_id = credential.shop_id
    where phone.token_hash = ?1 and credential.revoked_at is null";

const STANDS: &str = "select (select epoch from meta), coalesce(max(seq), 0) from (
        select max(seq) as seq from entry where customer_id = ?1 and seq is not null
        union all select max(seq) from refusal where customer_id = ?1 and seq is not null
        union all select max(seq) from status where customer_id = ?1)";

const ENTRIES: &str = concat!(
    "select ",
    entry_columns!(),
    ", e.gain, e.unit, e.customer_name, e.shop_name, e.of_request_id, e.of_kind
    from shown_entry as e where e.customer_id = ?1 and e.seq > ?2 order by e.seq limit ?3"
);

const REFUSALS: &str =
    concat!("select ", refusal_columns!(), " from refusal where customer_id = ?1 and seq > ?2 order by seq limit ?3");

const STATUSES: &str =
    "select shop_id, customer_id, kind, unit, expires_at, terminal_id, operator_id, seq, at, request_id
    from status where customer_id = ?1 and seq > ?2 order by seq limit ?3";

const SHOP: &str = "select shop.shop_id, shop.name from customer join shop using (shop_id) where customer_id = ?1";

/// The phone of a token, unless its credential was revoked.
pub fn phone(raw: &mut Raw<'_>, token_hash: &[u8; 32]) -> Result<Option<Phone>, Error> {
    raw.one(BY_TOKEN, &[token_hash.into()], |row| {
        Ok(Phone {
            credential: number(row.int(0))?,
            customer: CustomerId(row.int(1)),
            shop: ShopId(row.int(2)),
            customer_name: row.text(3)?.to_owned(),
            shop_name: row.text(4)?.to_owned(),
            renew: row.is(5),
            frozen: row.is(6),
            paused: row.is(7),
        })
    })
}

/// The books' epoch and a customer's last event number.
pub fn stands(raw: &mut Raw<'_>, customer: CustomerId) -> Result<(String, i64), Error> {
    let found = raw.one(STANDS, &[customer.0.into()], |row| Ok((row.text(0)?.to_owned(), row.int(1))))?;
    found.ok_or(Error::Inconsistent("books without an epoch"))
}

/// A customer's events with `seq > after`, in order, `length` at most.
pub fn page(raw: &mut Raw<'_>, customer: CustomerId, after: i64, length: i64) -> Result<Vec<Told>, Error> {
    let from = [customer.0.into(), after.into(), length.into()];
    let mut told = Vec::new();
    raw.each(ENTRIES, &from, |row| {
        told.extend(shown(row)?.told());
        Ok(())
    })?;
    let (mut refusals, mut statuses) = (Vec::new(), Vec::new());
    raw.each(REFUSALS, &from, |row| {
        refusals.push(refused(row)?);
        Ok(())
    })?;
    raw.each(STATUSES, &from, |row| {
        statuses.push(status(row)?);
        Ok(())
    })?;
    if !refusals.is_empty() || !statuses.is_empty() {
        let shop = |row: &Row<'_>| Ok(ShopName { id: ShopId(row.int(0)), name: row.text(1)?.to_owned() });
        let shop = raw.one(SHOP, &from[..1], shop)?.ok_or(Error::Inconsistent("a customer without a shop"))?;
        told.extend(refusals.iter().filter_map(|refused| event::of_refusal(refused, &shop)));
        told.extend(statuses.iter().map(|status| event::of_status(status, &shop)));
        told.sort_by_key(|told| told.seq);
        told.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    }
    Ok(told)
}

/// The same on a borrowed connection, [`PAGE`] at most.
pub async fn events(conn: &mut Connection, customer: CustomerId, after: i64) -> Result<Vec<Told>, Error> {
    page(&mut Raw::on(&mut conn.lock_handle().await?), customer, after, PAGE)
}

fn shown(row: &Row<'_>) -> Result<ShownEntry, Error> {
    let of = row.bytes(AFTER_ENTRY + 4);
    let of = if of.is_empty() { None } else { Some((request_id(of)?, kind(row.text(AFTER_ENTRY + 5)?)?)) };
    Ok(ShownEntry {
        entry: entry(row)?,
        gain: row.is(AFTER_ENTRY),
        unit: unit(row.text(AFTER_ENTRY + 1)?)?,
        customer_name: row.text(AFTER_ENTRY + 2)?.to_owned(),
        shop_name: row.text(AFTER_ENTRY + 3)?.to_owned(),
        of,
    })
}

fn status(row: &Row<'_>) -> Result<Status, Error> {
    let known = row.text(3)?;
    let news = News {
        shop: ShopId(row.int(0)),
        customer: CustomerId(row.int(1)),
        kind: StatusKind::parse(row.text(2)?).ok_or(Error::Inconsistent("a status of an unknown kind"))?,
        unit: if known.is_empty() { None } else { Some(unit(known)?) },
        expires_at: row.opt_int(4),
        terminal: row.opt_int(5).map(TerminalId),
        operator: row.opt_int(6).map(OperatorId),
    };
    Ok(Status { news, seq: row.int(7), at: row.int(8), request: request_id(row.bytes(9))? })
}
