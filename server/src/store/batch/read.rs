//! What the requests of a batch may touch, in a fixed number of statements.

use std::collections::{BTreeSet, HashMap};

use super::next_account;
use crate::book::{Account, Book, CardScan, Credential, Customer, Shop};
use crate::code::{Code, Kind, SEARCH_STEPS, Step};
use crate::event::json;
use crate::id::{AccountId, CustomerId, RequestId, ShopId, TerminalId};
use crate::ledger::{Millis, OwnAccount, Split};
use crate::master::Master;
use crate::outcome::Settled;
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::store::rows::{fixed, number, number_column, request_id, unit};
use crate::store::{Connection, Error, past};

/// Reads everything that the requests of a batch may touch.
pub async fn read(conn: &mut Connection, requests: &[&Request], master: &Master, now: Millis) -> Result<Book, Error> {
    let mut book = Book { now, fingerprint_keys: master.fingerprint_keys(), ..Book::default() };
    shops(conn, requests, &mut book).await?;
    let codes = codes(requests);
    let mut ids: Vec<(ShopId, RequestId)> = requests.iter().flat_map(|r| wanted_ids(r)).collect();
    ids.extend(used(conn, requests, Step::at(now.div_euclid(1000)), &mut book).await?);
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

/// Which of the codes that are shown now were used, and the requests that used them.
async fn used(
    conn: &mut Connection,
    requests: &[&Request],
    now: Step,
    book: &mut Book,
) -> Result<Vec<(ShopId, RequestId)>, Error> {
    let shown = requests.iter().filter_map(|request| {
        let code = code(request)?;
        Some((number_column(code.number()), code.step_near(now)?.0))
    });
    let shown: BTreeSet<(i64, i64)> = shown.collect();
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(ShopId, i64, i64, Vec<u8>)> = sqlx::query_as(
        "select e.shop_id, e.credential, e.step, e.request_id from json_each(?1) as wanted
         cross join entry as e on e.credential = wanted.value ->> 0 and e.step = wanted.value ->> 1",
    )
    .bind(json(&shown))
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
