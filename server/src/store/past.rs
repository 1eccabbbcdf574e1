//! What the books know of request ids: entries, refusals, repeats, cancellations.

use std::collections::HashMap;

use super::Error;
use super::raw::{Raw, Row, Value};
use super::rows::{fixed, number, request_id, unit};
use crate::code::Step;
use crate::id::{AccountId, CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Entry, EntryKind, Split, leg};
use crate::outcome::{Cancellation, Leg, Past, Recorded, Refused, Repeat, Settled, Was};
use crate::refusal::Refusal;
use crate::request::Noun;

/// What is known of some ids; one that never came has an empty past.
pub type Pasts = HashMap<(ShopId, RequestId), Past>;

/// Adds the past of a request id, if it is not there yet; of a double scan also that of its first request.
pub fn of(raw: &mut Raw<'_>, shop: ShopId, id: RequestId, pasts: &mut Pasts) -> Result<(), Error> {
    if pasts.contains_key(&(shop, id)) {
        return Ok(());
    }
    let key = [shop.0.into(), id.as_bytes().into()];
    let known = raw.one(KNOWN, &key, |row| Ok([row.is(0), row.is(1), row.is(2), row.is(3)]))?;
    let [is_recorded, is_refused, is_repeat, is_cancelled] = known.unwrap_or_default();
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
    pasts.insert((shop, id), Past { settled, cancellation });
    first.map_or(Ok(()), |first| of(raw, shop, first, pasts))
}

// Nearly every id is new, and one statement says so.
const KNOWN: &str = "select exists (select 1 from entry where shop_id = ?1 and request_id = ?2 and leg = 0),
    exists (select 1 from refusal where shop_id = ?1 and request_id = ?2),
    exists (select 1 from repeat where shop_id = ?1 and request_id = ?2),
    exists (select 1 from cancellation where shop_id = ?1 and request_id = ?2)";

// Legs of a cancel belong to the cancel, not to the request that has the id. The plus keeps the planner from
// walking the whole ledger of the shop, only because it lies in the order that is asked for.
const ENTRY: &str = "select e.shop_id, e.number, e.kind, e.at, e.request_id, e.leg, e.fingerprint, e.terminal_id,
        e.customer_id, e.seq, e.debit_account_id, e.credit_account_id, e.principal, e.bonus, e.balance,
        e.credential, e.step, e.reverses, e.hash, e.unit, e.customer_name, e.of_request_id,
        (select sum(r.principal) from entry as r indexed by entry_reverses
            where r.shop_id = e.shop_id and r.reverses = e.number),
        (select sum(r.bonus) from entry as r indexed by entry_reverses
            where r.shop_id = e.shop_id and r.reverses = e.number),
        e.operator_id, e.approver_id, e.peer_customer_id, e.gain
    from shown_entry as e where e.shop_id = ?1 and e.request_id = ?2 and e.leg <= ?3 order by +e.number";

fn recorded(raw: &mut Raw<'_>, key: &[Value<'_>; 2]) -> Result<Option<Recorded>, Error> {
    let mut recorded: Option<Recorded> = None;
    raw.each(ENTRY, &[key[0], key[1], leg::SECOND.into()], |row| {
        let leg = Leg {
            entry: entry(row)?,
            gain: row.is(27),
            reversed: Split { principal: row.int(22), bonus: row.int(23) },
        };
        if let Some(recorded) = &mut recorded {
            recorded.legs.push(leg);
            return Ok(());
        }
        let of = row.bytes(21);
        let of = if of.is_empty() { None } else { Some(request_id(of)?) };
        let customer_name = row.text(20)?.to_owned();
        recorded = Some(Recorded { legs: vec![leg], unit: unit(row.text(19)?)?, of, customer_name });
        Ok(())
    })?;
    Ok(recorded)
}

fn entry(row: &Row<'_>) -> Result<Entry, Error> {
    Ok(Entry {
        shop: ShopId(row.int(0)),
        number: row.int(1),
        kind: EntryKind::parse(row.text(2)?).ok_or(Error::Inconsistent("an entry of an unknown kind"))?,
        at: row.int(3),
        request: request_id(row.bytes(4))?,
        leg: row.int(5),
        fingerprint: fixed(row.bytes(6))?,
        terminal: row.opt_int(7).map(TerminalId),
        operator: row.opt_int(24).map(OperatorId),
        approver: row.opt_int(25).map(OperatorId),
        customer: CustomerId(row.int(8)),
        seq: row.opt_int(9),
        debit: AccountId(row.int(10)),
        credit: AccountId(row.int(11)),
        split: Split { principal: row.int(12), bonus: row.int(13) },
        balance: row.int(14),
        credential: row.opt_int(15).map(number).transpose()?,
        step: row.opt_int(16).map(Step),
        reverses: row.opt_int(17),
        peer: row.opt_int(26).map(CustomerId),
        hash: fixed(row.bytes(18))?,
    })
}

const REFUSAL: &str = "select shop_id, request_id, noun, fingerprint, terminal_id, at, code, balance,
        clock_difference_s, customer_id, seq, credential, step, unit, amount
    from refusal where shop_id = ?1 and request_id = ?2";

fn refused(row: &Row<'_>) -> Result<Refused, Error> {
    let refusal = Refusal::from_row(row.text(6)?, row.opt_int(7), row.opt_int(8));
    Ok(Refused {
        shop: ShopId(row.int(0)),
        request: request_id(row.bytes(1))?,
        noun: noun(row.text(2)?)?,
        fingerprint: fixed(row.bytes(3))?,
        terminal: TerminalId(row.int(4)),
        at: row.int(5),
        refusal: refusal.ok_or(Error::Inconsistent("a refusal with an unknown code"))?,
        customer: row.opt_int(9).map(CustomerId),
        seq: row.opt_int(10),
        credential: row.opt_int(11).map(number).transpose()?,
        step: row.opt_int(12).map(Step),
        unit: row.text(13)?.to_owned(),
        amount: row.opt_int(14),
    })
}

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

fn noun(text: &str) -> Result<Noun, Error> {
    Noun::parse(text).ok_or(Error::Inconsistent("a request of an unknown noun"))
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
