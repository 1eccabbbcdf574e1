//! A whole batch at once: what its requests may touch comes in, what is fresh goes out.
//!
//! The number of statements does not grow with the batch: lookups take a JSON
//! list, inserts go in chunks of fixed sizes, so that every statement stays
//! prepared.

use std::collections::{BTreeSet, HashMap};

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite};

use super::rows::{fixed, number, number_column, request_id, unit};
use super::{Connection, Error, past};
use crate::book::{Account, Book, CardScan, Credential, Customer, Shop};
use crate::code::{Code, Kind, SEARCH_STEPS, Step};
use crate::event::{ShownEntry, json};
use crate::id::{AccountId, CustomerId, RequestId, ShopId, TerminalId};
use crate::ledger::{Hash, Millis, OwnAccount, Split};
use crate::master::Master;
use crate::outcome::{Refused, Settled};
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::unit::Unit;

/// Rows of one insert statement; the largest that fits comes first.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];
/// The widest tolerance that a shop may set, in steps.
const MAX_TOLERANCE: i64 = 49;

/// Reads everything that the requests of a batch may touch.
pub async fn read(conn: &mut Connection, requests: &[&Request], master: &Master, now: Millis) -> Result<Book, Error> {
    let mut book = Book { now, fingerprint_keys: master.fingerprint_keys(), ..Book::default() };
    shops(conn, requests, &mut book).await?;
    let codes = codes(requests);
    let mut ids: Vec<(ShopId, RequestId)> = requests.iter().flat_map(|r| wanted_ids(r)).collect();
    ids.extend(used(conn, &codes, Step::at(now.div_euclid(1000)), &mut book).await?);
    ids.extend(card_scans(conn, requests, &mut book).await?);
    book.past = past::read(conn, &ids).await?;
    credentials(conn, &codes, master, &mut book).await?;
    customers(conn, requests, &mut book).await?;
    accounts(conn, &mut book).await?;
    told(conn, &codes, Step::at(now.div_euclid(1000)), &mut book).await?;
    Ok(book)
}

fn wanted_ids(request: &Request) -> Vec<(ShopId, RequestId)> {
    let mut ids = vec![(request.shop, request.id)];
    if let Wish::Reverse { of, .. } = request.wish {
        ids.push((request.shop, of));
    }
    ids
}

/// The credential numbers of every well-formed code.
fn codes(requests: &[&Request]) -> Vec<i64> {
    let numbers: BTreeSet<i64> = requests.iter().filter_map(|r| Some(number_column(code(r)?.number()))).collect();
    numbers.into_iter().collect()
}

fn code(request: &Request) -> Option<Code> {
    if let Wish::Redeem { code, .. } = &request.wish { Code::parse(code) } else { None }
}

type ShopRow = (ShopId, String, String, bool, i64, i64, Vec<u8>, i64);

async fn shops(conn: &mut Connection, requests: &[&Request], book: &mut Book) -> Result<(), Error> {
    let ids: BTreeSet<i64> = requests.iter().map(|request| request.shop.0).collect();
    let ids_json = json(&ids);
    let rows: Vec<ShopRow> = sqlx::query_as(
        "select shop_id, name, default_unit, cards, step_tolerance, last_number, last_hash, last_at
         from shop where shop_id in (select value from json_each(?1))",
    )
    .bind(&ids_json)
    .fetch_all(&mut *conn)
    .await?;
    if rows.len() != ids.len() {
        return Err(Error::Inconsistent("a terminal of a shop that is not there"));
    }
    for (id, name, default_unit, cards, step_tolerance, last_number, last_hash, last_at) in rows {
        let (default_unit, last_hash) = (unit(&default_unit)?, fixed(&last_hash)?);
        let own = HashMap::new();
        let shop = Shop { name, default_unit, cards, step_tolerance, last_number, last_hash, last_at, own };
        book.shops.insert(id, shop);
    }
    let own: Vec<(ShopId, String, OwnAccount, AccountId, i64, i64)> = sqlx::query_as(
        "select shop_id, unit, kind, account_id, principal, bonus from account
         where customer_id is null and shop_id in (select value from json_each(?1))",
    )
    .bind(&ids_json)
    .fetch_all(&mut *conn)
    .await?;
    for (shop, text, kind, id, principal, bonus) in own {
        let account = Account { id, split: Split { principal, bonus }, expires_at: None };
        let shop = book.shops.get_mut(&shop).ok_or(Error::Inconsistent("an account of no shop"))?;
        shop.own.insert((unit(&text)?, kind), account);
    }
    book.next_account = next_account(conn).await?;
    Ok(())
}

/// The codes of these credentials that were used lately, and the requests that used them.
async fn used(
    conn: &mut Connection,
    codes: &[i64],
    now: Step,
    book: &mut Book,
) -> Result<Vec<(ShopId, RequestId)>, Error> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(ShopId, i64, i64, Vec<u8>)> = sqlx::query_as(
        "select e.shop_id, e.credential, e.step, e.request_id from json_each(?1) as wanted
         cross join entry as e on e.credential = wanted.value and e.step between ?2 and ?3",
    )
    .bind(json(&codes))
    .bind(now.0 - MAX_TOLERANCE)
    .bind(now.0 + MAX_TOLERANCE)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(shop, credential, step, id)| {
            let id = request_id(&id)?;
            book.used.insert((number(credential)?, Step(step)), id);
            Ok((shop, id))
        })
        .collect()
}

/// The last redemption by each card at each terminal that shows it now, and when it was last seen.
async fn card_scans(
    conn: &mut Connection,
    requests: &[&Request],
    book: &mut Book,
) -> Result<Vec<(ShopId, RequestId)>, Error> {
    let cards: BTreeSet<(i64, i64)> = requests
        .iter()
        .filter_map(|r| {
            let code = code(r).filter(|code| code.kind() == Kind::Card)?;
            Some((number_column(code.number()), r.terminal.0))
        })
        .collect();
    let mut ids = Vec::new();
    for (card, terminal) in cards {
        let row: Option<(ShopId, Vec<u8>, i64)> = sqlx::query_as(
            "select e.shop_id, e.request_id, max(e.at, coalesce(
                 (select max(at) from repeat where repeat.shop_id = e.shop_id and repeat.number = e.number), 0))
             from entry as e where e.credential = ?1 and e.step is null and e.terminal_id = ?2
             order by e.number desc limit 1",
        )
        .bind(card)
        .bind(terminal)
        .fetch_optional(&mut *conn)
        .await?;
        if let Some((shop, first, at)) = row {
            let first = request_id(&first)?;
            book.card_scans.insert((number(card)?, TerminalId(terminal)), CardScan { first, at });
            ids.push((shop, first));
        }
    }
    Ok(ids)
}

async fn credentials(conn: &mut Connection, codes: &[i64], master: &Master, book: &mut Book) -> Result<(), Error> {
    if codes.is_empty() {
        return Ok(());
    }
    let rows: Vec<(i64, ShopId, CustomerId, String, i64, bool)> = sqlx::query_as(
        "select credential, shop_id, customer_id, kind, generation, revoked_at is not null from credential
         where credential in (select value from json_each(?1))",
    )
    .bind(json(&codes))
    .fetch_all(conn)
    .await?;
    for (id, shop, customer, kind, generation, revoked) in rows {
        let id = number(id)?;
        let kind = if kind == "card" { Kind::Card } else { Kind::Phone };
        let key = master.key(generation, id).ok_or(Error::Inconsistent("a credential of a lost master key"))?;
        book.credentials.insert(id, Credential { shop, customer, kind, key, revoked });
    }
    Ok(())
}

async fn customers(conn: &mut Connection, requests: &[&Request], book: &mut Book) -> Result<(), Error> {
    let mut ids: BTreeSet<i64> = book.credentials.values().map(|credential| credential.customer.0).collect();
    ids.extend(requests.iter().filter_map(|request| match request.wish {
        Wish::TopUp { customer, .. } => Some(customer.0),
        Wish::Redeem { .. } | Wish::Reverse { .. } | Wish::Cancel { .. } => None,
    }));
    ids.extend(book.past.values().filter_map(|past| match past.settled.as_ref()? {
        Settled::Recorded(recorded) => Some(recorded.main().entry.customer.0),
        Settled::Refused(_) | Settled::Repeat(_) => None,
    }));
    let rows: Vec<(CustomerId, ShopId, String, bool, i64)> = sqlx::query_as(
        "select customer_id, shop_id, name, frozen_at is not null, seq from customer
         where customer_id in (select value from json_each(?1))",
    )
    .bind(json(&ids))
    .fetch_all(conn)
    .await?;
    for (id, shop, name, frozen, seq) in rows {
        book.customers.insert(id, Customer { shop, name, frozen, seq });
    }
    Ok(())
}

async fn accounts(conn: &mut Connection, book: &mut Book) -> Result<(), Error> {
    let customers: Vec<i64> = book.customers.keys().map(|customer| customer.0).collect();
    let rows: Vec<(CustomerId, String, AccountId, i64, i64, Option<i64>)> = sqlx::query_as(
        "select account.customer_id, unit, account_id, principal, bonus, expires_at from json_each(?1) as wanted
         cross join account on account.customer_id = wanted.value",
    )
    .bind(json(&customers))
    .fetch_all(conn)
    .await?;
    for (customer, text, id, principal, bonus, expires_at) in rows {
        let account = Account { id, split: Split { principal, bonus }, expires_at };
        book.accounts.insert((customer, unit(&text)?), account);
    }
    Ok(())
}

/// What the customers of these credentials were told already, of codes of about today.
async fn told(conn: &mut Connection, codes: &[i64], now: Step, book: &mut Book) -> Result<(), Error> {
    if codes.is_empty() {
        return Ok(());
    }
    let rows: Vec<(i64, i64, String)> = sqlx::query_as(
        "select r.credential, ifnull(r.step, 0), r.code from json_each(?1) as wanted
         cross join refusal as r on r.credential = wanted.value and r.seq is not null
             and (ifnull(r.step, 0) = 0 or ifnull(r.step, 0) between ?2 and ?3)",
    )
    .bind(json(&codes))
    .bind(now.0 - SEARCH_STEPS)
    .bind(now.0 + SEARCH_STEPS)
    .fetch_all(conn)
    .await?;
    for (credential, step, code) in rows {
        let refusal = Refusal::from_row(&code, Some(0), Some(0));
        let refusal = refusal.ok_or(Error::Inconsistent("a refusal with an unknown code"))?;
        book.told.insert((number(credential)?, step, refusal.code()));
    }
    Ok(())
}

/// Writes what is fresh in a settled book.
pub async fn write(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    write_accounts(conn, book).await?;
    write_entries(conn, &book.fresh.entries).await?;
    write_refusals(conn, &book.fresh.refusals).await?;
    write_repeats(conn, book).await?;
    write_cancellations(conn, book).await?;
    write_heads(conn, book).await
}

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Inserts rows in chunks of fixed sizes; `bind` adds one row's values.
async fn insert<T>(
    conn: &mut Connection,
    into: &str,
    columns: usize,
    after: &str,
    rows: &[T],
    bind: impl for<'q> Fn(Bound<'q>, &T) -> Bound<'q>,
) -> Result<(), Error> {
    let row = format!("(?{})", ", ?".repeat(columns - 1));
    let mut rest = rows;
    for size in CHUNKS {
        let values = format!("{row}{}", format!(", {row}").repeat(size - 1));
        while rest.len() >= size {
            let (chunk, left) = rest.split_at(size);
            // The text is made of our own names and question marks alone.
            let query = sqlx::query(AssertSqlSafe(format!("insert into {into} values {values} {after}")));
            let query = chunk.iter().fold(query, &bind);
            query.execute(&mut *conn).await?;
            rest = left;
        }
    }
    Ok(())
}

/// An account as it is written.
struct Held {
    shop: ShopId,
    customer: Option<CustomerId>,
    unit: Unit,
    kind: &'static str,
    account: Account,
}

async fn write_accounts(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    let mut held = Vec::new();
    for key in &book.fresh.moved {
        let (customer, unit) = key;
        let account = book.accounts.get(key).ok_or(Error::Inconsistent("a moved account that is not there"))?.clone();
        let shop = book.customers.get(customer).ok_or(Error::Inconsistent("a customer who is not there"))?.shop;
        held.push(Held { shop, customer: Some(*customer), unit: unit.clone(), kind: "customer", account });
    }
    for (shop, unit, kind) in &book.fresh.own_moved {
        let account = book.shop(*shop).own.get(&(unit.clone(), *kind));
        let account = account.ok_or(Error::Inconsistent("a moved account that is not there"))?.clone();
        held.push(Held { shop: *shop, customer: None, unit: unit.clone(), kind: kind.as_str(), account });
    }
    write_held(conn, &held).await
}

async fn write_held(conn: &mut Connection, held: &[Held]) -> Result<(), Error> {
    insert(
        conn,
        "account (account_id, shop_id, customer_id, unit, kind, principal, bonus)",
        7,
        "on conflict (account_id) do update set principal = excluded.principal, bonus = excluded.bonus",
        held,
        |query, held| {
            let query = query.bind(held.account.id).bind(held.shop).bind(held.customer);
            let query = query.bind(held.unit.as_str().to_owned()).bind(held.kind);
            query.bind(held.account.split.principal).bind(held.account.split.bonus)
        },
    )
    .await
}

/// The head of a shop's ledger.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// The last entry's number.
    pub number: i64,
    /// Its hash.
    pub hash: Hash,
    /// Its time.
    pub at: Millis,
}

/// Where a shop's ledger stands.
pub async fn head(conn: &mut Connection, shop: ShopId) -> Result<Head, Error> {
    let query = "select last_number, last_hash, last_at from shop where shop_id = ?1";
    let (number, hash, at): (i64, Vec<u8>, i64) = sqlx::query_as(query).bind(shop).fetch_one(conn).await?;
    Ok(Head { number, hash: fixed(&hash)?, at })
}

async fn write_head(conn: &mut Connection, shop: ShopId, head: Head) -> Result<(), Error> {
    sqlx::query("update shop set last_number = ?2, last_hash = ?3, last_at = ?4 where shop_id = ?1")
        .bind(shop)
        .bind(head.number)
        .bind(head.hash.to_vec())
        .bind(head.at)
        .execute(conn)
        .await?;
    Ok(())
}

/// The first account id that is free.
pub async fn next_account(conn: &mut Connection) -> Result<i64, Error> {
    Ok(sqlx::query_scalar("select coalesce(max(account_id), 0) + 1 from account").fetch_one(conn).await?)
}

/// A shop's own accounts of one kind, by unit.
pub async fn own_accounts(
    conn: &mut Connection,
    shop: ShopId,
    kind: OwnAccount,
) -> Result<HashMap<Unit, Account>, Error> {
    let rows: Vec<(String, AccountId, i64, i64)> = sqlx::query_as(
        "select unit, account_id, principal, bonus from account
         where shop_id = ?1 and customer_id is null and kind = ?2",
    )
    .bind(shop)
    .bind(kind)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(text, id, principal, bonus)| {
            Ok((unit(&text)?, Account { id, split: Split { principal, bonus }, expires_at: None }))
        })
        .collect()
}

/// Writes opening balances: the entries, the new accounts, the shop's own side and its head.
pub async fn write_openings(
    conn: &mut Connection,
    shop: ShopId,
    head: Head,
    entries: &[ShownEntry],
    accounts: &[(CustomerId, Unit, Account)],
    own: &HashMap<Unit, Account>,
) -> Result<(), Error> {
    let customers = accounts.iter().map(|(customer, unit, account)| Held {
        shop,
        customer: Some(*customer),
        unit: unit.clone(),
        kind: "customer",
        account: account.clone(),
    });
    let own = own.iter().map(|(unit, account)| Held {
        shop,
        customer: None,
        unit: unit.clone(),
        kind: OwnAccount::Opening.as_str(),
        account: account.clone(),
    });
    write_held(conn, &customers.chain(own).collect::<Vec<_>>()).await?;
    write_entries(conn, entries).await?;
    write_head(conn, shop, head).await
}

async fn write_entries(conn: &mut Connection, entries: &[ShownEntry]) -> Result<(), Error> {
    insert(
        conn,
        "entry (shop_id, number, kind, at, request_id, leg, fingerprint, terminal_id, customer_id, seq,
             debit_account_id, credit_account_id, principal, bonus, balance, credential, step, reverses, hash)",
        19,
        "",
        entries,
        |query, ShownEntry { entry: e, .. }| {
            query
                .bind(e.shop)
                .bind(e.number)
                .bind(e.kind)
                .bind(e.at)
                .bind(e.request.as_bytes().to_vec())
                .bind(e.leg)
                .bind(e.fingerprint.to_vec())
                .bind(e.terminal)
                .bind(e.customer)
                .bind(e.seq)
                .bind(e.debit)
                .bind(e.credit)
                .bind(e.split.principal)
                .bind(e.split.bonus)
                .bind(e.balance)
                .bind(e.credential.map(number_column))
                .bind(e.step.map(|step| step.0))
                .bind(e.reverses)
                .bind(e.hash.to_vec())
        },
    )
    .await
}

async fn write_refusals(conn: &mut Connection, refusals: &[Refused]) -> Result<(), Error> {
    insert(
        conn,
        "refusal (shop_id, request_id, noun, fingerprint, terminal_id, at, code, customer_id, seq,
             credential, step, unit, amount, balance, clock_difference_s)",
        15,
        "",
        refusals,
        |query, r| {
            query
                .bind(r.shop)
                .bind(r.request.as_bytes().to_vec())
                .bind(r.noun)
                .bind(r.fingerprint.to_vec())
                .bind(r.terminal)
                .bind(r.at)
                .bind(r.refusal.code())
                .bind(r.customer)
                .bind(r.seq)
                .bind(r.credential.map(number_column))
                .bind(r.step.map(|step| step.0))
                .bind(r.unit.clone())
                .bind(r.amount)
                .bind(r.refusal.balance())
                .bind(r.refusal.clock_difference_s())
        },
    )
    .await
}

async fn write_repeats(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    let into = "repeat (shop_id, request_id, fingerprint, terminal_id, at, number)";
    insert(conn, into, 6, "", &book.fresh.repeats, |query, r| {
        let query = query.bind(r.shop).bind(r.request.as_bytes().to_vec()).bind(r.fingerprint.to_vec());
        query.bind(r.terminal).bind(r.at).bind(r.number)
    })
    .await
}

async fn write_cancellations(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    let into = "cancellation (shop_id, request_id, noun, was, terminal_id, at)";
    insert(conn, into, 6, "", &book.fresh.cancellations, |query, c| {
        let query = query.bind(c.shop).bind(c.request.as_bytes().to_vec()).bind(c.noun).bind(c.was);
        query.bind(c.terminal).bind(c.at)
    })
    .await
}

/// The heads of the ledgers, the customers' last event numbers, and free text.
async fn write_heads(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    let shops: BTreeSet<ShopId> = book.fresh.entries.iter().map(|shown| shown.entry.shop).collect();
    for id in shops {
        let shop = book.shop(id);
        let head = Head { number: shop.last_number, hash: shop.last_hash, at: shop.last_at };
        write_head(conn, id, head).await?;
    }
    let seqs: Vec<(i64, i64)> =
        book.fresh.told.iter().filter_map(|id| Some((id.0, book.customers.get(id)?.seq))).collect();
    if !seqs.is_empty() {
        sqlx::query(
            "update customer set seq = j.value ->> 1 from json_each(?1) as j where customer_id = j.value ->> 0",
        )
        .bind(json(&seqs))
        .execute(&mut *conn)
        .await?;
    }
    insert(conn, "note (shop_id, number, text)", 3, "", &book.fresh.notes, |query, (shop, number, text)| {
        query.bind(*shop).bind(*number).bind(text.clone())
    })
    .await
}
