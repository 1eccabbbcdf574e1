//! What the books know of request ids: entries, refusals, repeats, cancellations.

use std::collections::HashMap;

use super::raw::{Raw, Row, Value};
use super::rows::{AFTER_ENTRY, entry, entry_columns, fixed, noun, refusal_columns, refused, request_id, unit};
use super::{Connection, Error};
use crate::id::{RequestId, ShopId, TerminalId};
use crate::ledger::{Split, leg};
use crate::outcome::{Cancellation, Leg, Past, Recorded, Repeat, Settled, Was};

/// What is known of some ids; one that never came has an empty past.
pub type Pasts = HashMap<(ShopId, RequestId), Past>;

/// Adds the past of a request id, if it is not there yet; of a double scan also that of its first request.
pub fn of(raw: &mut Raw<'_>, shop: ShopId, id: RequestId, pasts: &mut Pasts) -> Result<(), Error> {
    if pasts.contains_key(&(shop, id)) {
        return Ok(());
    }
    let key = [shop.0.into(), id.as_bytes().into()];
    let known = raw.one(KNOWN, &key, |row| Ok([row.is(0), row.is(1), row.is(2), row.is(3), row.is(4)]))?;
    let [is_recorded, is_refused, is_repeat, is_cancelled, elsewhere] = known.unwrap_or_default();
    let mut settled = None;
    if is_recorded {
        settled = recorded(raw, &key)?.map(Settled::Recorded);
    } else if is_refused {
        settled = raw.one(REFUSAL, &key, refused)?.map(Settled::Refused);
    } else if is_repeat {
        settled = raw.one(REPEAT, &key, repeat)?.map(Settled::Repeat);
    }
    let first = match &settled {
        Some(Settled::Repeat(repeat)) => Some(repeat.first),
        Some(Settled::Recorded(_) | Settled::Refused(_)) | None => None,
    };
    let cancellation = if is_cancelled { raw.one(CANCELLATION, &key, cancellation)? } else { None };
    pasts.insert((shop, id), Past { settled, cancellation, elsewhere });
    first.map_or(Ok(()), |first| of(raw, shop, first, pasts))
}

// Nearly every id is new, and one statement says so. The last column: it is that of something that is not settled.
const KNOWN: &str = "select exists (select 1 from entry where shop_id = ?1 and request_id = ?2 and leg = 0),
    exists (select 1 from refusal where shop_id = ?1 and request_id = ?2),
    exists (select 1 from repeat where shop_id = ?1 and request_id = ?2),
    exists (select 1 from cancellation where shop_id = ?1 and request_id = ?2),
    exists (select 1 from z_report where shop_id = ?1 and request_id = ?2)
        or exists (select 1 from import where shop_id = ?1 and request_id = ?2)
        or exists (select 1 from customer where shop_id = ?1 and request_id = ?2)
        or exists (select 1 from operator where shop_id = ?1 and request_id = ?2)";

/// Whether an id that its own table does not know is taken by something else of the shop.
pub async fn is_taken(conn: &mut Connection, shop: ShopId, id: RequestId) -> Result<bool, Error> {
    let query = sqlx::query_as(KNOWN).bind(shop).bind(id.as_bytes().to_vec());
    let (recorded, refused, repeated, cancelled, elsewhere): (bool, bool, bool, bool, bool) =
        query.fetch_one(conn).await?;
    Ok(recorded || refused || repeated || cancelled || elsewhere)
}

// Legs of a cancel belong to the cancel, not to the request that has the id. The plus keeps the planner from
// walking the whole ledger of the shop, only because it lies in the order that is asked for.
const ENTRY: &str = concat!(
    "select ",
    entry_columns!(),
    ", e.gain, e.unit, e.customer_name, e.of_request_id,
        (select sum(r.principal) from entry as r indexed by entry_reverses
            where r.shop_id = e.shop_id and r.reverses = e.number),
        (select sum(r.bonus) from entry as r indexed by entry_reverses
            where r.shop_id = e.shop_id and r.reverses = e.number)
    from shown_entry as e where e.shop_id = ?1 and e.request_id = ?2 and e.leg <= ?3 order by +e.number"
);

fn recorded(raw: &mut Raw<'_>, key: &[Value<'_>; 2]) -> Result<Option<Recorded>, Error> {
    let mut recorded: Option<Recorded> = None;
    raw.each(ENTRY, &[key[0], key[1], leg::SECOND.into()], |row| {
        let leg = Leg {
            entry: entry(row)?,
            gain: row.is(AFTER_ENTRY),
            reversed: Split { principal: row.int(AFTER_ENTRY + 4), bonus: row.int(AFTER_ENTRY + 5) },
        };
        if let Some(recorded) = &mut recorded {
            recorded.legs.push(leg);
            return Ok(());
        }
        let of = row.bytes(AFTER_ENTRY + 3);
        let of = if of.is_empty() { None } else { Some(request_id(of)?) };
        let customer_name = row.text(AFTER_ENTRY + 2)?.to_owned();
        recorded = Some(Recorded { legs: vec![leg], unit: unit(row.text(AFTER_ENTRY + 1)?)?, of, customer_name });
        Ok(())
    })?;
    Ok(recorded)
}

const REFUSAL: &str = concat!("select ", refusal_columns!(), " from refusal where shop_id = ?1 and request_id = ?2");

const REPEAT: &str = "select repeat.shop_id, repeat.request_id, repeat.fingerprint, repeat.terminal_id, repeat.at,
        repeat.number, entry.request_id
    from repeat join entry on entry.shop_id = repeat.shop_id and entry.number = repeat.number
    where repeat.shop_id = ?1 and repeat.request_id = ?2";

fn repeat(row: &Row<'_>) -> Result<Repeat, Error> {
    Ok(Repeat {
        shop: ShopId(row.int(0)),
        request: request_id(row.bytes(1))?,
        fingerprint: fixed(row.bytes(2))?,
        terminal: TerminalId(row.int(3)),
        at: row.int(4),
        number: row.int(5),
        first: request_id(row.bytes(6))?,
    })
}

const CANCELLATION: &str = "select shop_id, request_id, noun, was, terminal_id, at
    from cancellation where shop_id = ?1 and request_id = ?2";

fn cancellation(row: &Row<'_>) -> Result<Cancellation, Error> {
    Ok(Cancellation {
        shop: ShopId(row.int(0)),
        request: request_id(row.bytes(1))?,
        noun: noun(row.text(2)?)?,
        was: Was::parse(row.text(3)?).ok_or(Error::Inconsistent("a cancellation of an unknown kind"))?,
        terminal: TerminalId(row.int(4)),
        at: row.int(5),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn looking_up_an_id_never_walks_the_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("t.db"), true).await.unwrap();
        let mut conn = store.read().await.unwrap();
        for query in [KNOWN, ENTRY, REFUSAL, REPEAT, CANCELLATION] {
            let plan = sqlx::AssertSqlSafe(format!("explain query plan {query}"));
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(plan).fetch_all(&mut *conn).await.unwrap();
            for (.., step) in steps {
                let whole = step.starts_with("SCAN") && step != "SCAN CONSTANT ROW";
                assert!(!whole && !step.contains("(shop_id=?)"), "{step}: {query}");
            }
        }
    }
}
