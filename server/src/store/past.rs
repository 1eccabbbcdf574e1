//! What the books know of request ids: entries, refusals, repeats, cancellations.

use std::collections::HashMap;

use sqlx::{FromRow, Row as _};

use super::rows::{EntryRow, RefusalRow, fixed, request_id};
use super::{Connection, Error};
use crate::event::ShownEntry;
use crate::id::{RequestId, ShopId, TerminalId};
use crate::ledger::leg;
use crate::outcome::{Cancellation, Leg, Past, Recorded, Refused, Repeat, Settled, Was};
use crate::request::Noun;

/// Everything known of some ids; of a double scan also its first request.
pub type Pasts = HashMap<(ShopId, RequestId), Past>;

/// Reads the past of request ids; ids that never came are left out.
pub async fn read(conn: &mut Connection, ids: &[(ShopId, RequestId)]) -> Result<Pasts, Error> {
    let mut pasts = Pasts::new();
    if ids.is_empty() {
        return Ok(pasts);
    }
    let firsts = repeats(conn, &wanted(ids), &mut pasts).await?;
    let all: Vec<_> = ids.iter().chain(&firsts).copied().collect();
    let wanted = wanted(&all);
    entries(conn, &wanted, &mut pasts).await?;
    refusals(conn, &wanted, &mut pasts).await?;
    cancellations(conn, &wanted, &mut pasts).await?;
    Ok(pasts)
}

/// Pairs of shop and hexadecimal id, as JSON for `json_each`.
pub fn wanted(ids: &[(ShopId, RequestId)]) -> String {
    let pairs: Vec<(i64, String)> = ids.iter().map(|(shop, id)| (shop.0, hex::encode(id.as_bytes()))).collect();
    crate::event::json(&pairs)
}

async fn entries(conn: &mut Connection, wanted: &str, pasts: &mut Pasts) -> Result<(), Error> {
    // Named, because the planner would rather walk the whole ledger of the shop. Legs of a cancel belong to the cancel, not to the request that has the id.
    let rows = sqlx::query(
        "select e.*, (select coalesce(sum(r.principal + r.bonus), 0) from entry as r indexed by entry_reverses
             where r.shop_id = e.shop_id and r.reverses = e.number) as reversed
         from json_each(?1) as wanted
         cross join shown_entry as e
             on e.shop_id = wanted.value ->> 0 and e.request_id = unhex(wanted.value ->> 1)
         where e.leg <= ?2 order by e.shop_id, e.number",
    )
    .bind(wanted)
    .bind(leg::BONUS)
    .fetch_all(&mut *conn)
    .await?;
    for row in rows {
        let reversed: i64 = row.try_get("reversed")?;
        let shown = ShownEntry::try_from(EntryRow::from_row(&row)?)?;
        let past = pasts.entry((shown.entry.shop, shown.entry.request)).or_default();
        let leg = Leg { entry: shown.entry, reversed };
        match &mut past.settled {
            Some(Settled::Recorded(recorded)) => recorded.legs.push(leg),
            _ => {
                past.settled = Some(Settled::Recorded(Recorded {
                    legs: vec![leg],
                    unit: shown.unit,
                    of: shown.of.map(|(id, _)| id),
                    customer_name: shown.customer_name,
                }));
            }
        }
    }
    Ok(())
}

async fn refusals(conn: &mut Connection, wanted: &str, pasts: &mut Pasts) -> Result<(), Error> {
    let rows: Vec<RefusalRow> = sqlx::query_as(
        "select refusal.* from json_each(?1) as wanted
         cross join refusal
             on refusal.shop_id = wanted.value ->> 0 and refusal.request_id = unhex(wanted.value ->> 1)",
    )
    .bind(wanted)
    .fetch_all(conn)
    .await?;
    for row in rows {
        let refused = Refused::try_from(row)?;
        let key = (refused.shop, refused.request);
        pasts.entry(key).or_default().settled = Some(Settled::Refused(refused));
    }
    Ok(())
}

async fn repeats(conn: &mut Connection, wanted: &str, pasts: &mut Pasts) -> Result<Vec<(ShopId, RequestId)>, Error> {
    let rows = sqlx::query(
        "select repeat.*, entry.request_id as first from json_each(?1) as wanted
         cross join repeat
             on repeat.shop_id = wanted.value ->> 0 and repeat.request_id = unhex(wanted.value ->> 1)
         join entry on entry.shop_id = repeat.shop_id and entry.number = repeat.number",
    )
    .bind(wanted)
    .fetch_all(conn)
    .await?;
    let mut firsts = Vec::new();
    for row in rows {
        let repeat = Repeat {
            shop: row.try_get("shop_id")?,
            request: request_id(&row.try_get::<Vec<u8>, _>("request_id")?)?,
            fingerprint: fixed(&row.try_get::<Vec<u8>, _>("fingerprint")?)?,
            terminal: row.try_get("terminal_id")?,
            at: row.try_get("at")?,
            number: row.try_get("number")?,
            first: request_id(&row.try_get::<Vec<u8>, _>("first")?)?,
        };
        firsts.push((repeat.shop, repeat.first));
        let key = (repeat.shop, repeat.request);
        pasts.entry(key).or_default().settled = Some(Settled::Repeat(repeat));
    }
    Ok(firsts)
}

async fn cancellations(conn: &mut Connection, wanted: &str, pasts: &mut Pasts) -> Result<(), Error> {
    let rows: Vec<(ShopId, Vec<u8>, Noun, Was, TerminalId, i64)> = sqlx::query_as(
        "select c.shop_id, c.request_id, c.noun, c.was, c.terminal_id, c.at from json_each(?1) as wanted
         cross join cancellation as c
             on c.shop_id = wanted.value ->> 0 and c.request_id = unhex(wanted.value ->> 1)",
    )
    .bind(wanted)
    .fetch_all(conn)
    .await?;
    for (shop, request, noun, was, terminal, at) in rows {
        let request = request_id(&request)?;
        let cancellation = Cancellation { shop, request, noun, was, terminal, at };
        pasts.entry((shop, request)).or_default().cancellation = Some(cancellation);
    }
    Ok(())
}
