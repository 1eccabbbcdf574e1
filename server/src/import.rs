//! Brings customers with their balances in from a CSV file: all of them in one commit, or none.
//!
//! Works beside a running server. `sheet` says what a file asks for; opening balances are entries like those of
//! `provision`, against the shop's opening account, and nobody is told. The file is read and checked before the
//! write lock is taken. `http/import` and the command line call it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::closing;
use crate::event;
use crate::id::{RequestId, ShopId};
use crate::ledger::{Hash, Millis};
use crate::provision::{By, Opening, open_balances};
use crate::report::{Parts, Total};
use crate::sheet::{self, Form, Plan, Read, Row, What, Wrongs};
use crate::store::import::Import;
use crate::store::raw::Raw;
use crate::store::{self, Connection, Error, Store, batch};
use crate::unit::Unit;

/// Customers that are handed to the database at a time.
const CHUNK: usize = 5_000;

/// What to import.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Into which shop.
    pub shop: ShopId,
    /// The idempotency key.
    pub request: RequestId,
    /// Who brings them.
    pub by: By,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What an import does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// How the file was read.
    pub encoding: Read,
    /// Columns that were left aside.
    pub ignored: Vec<String>,
    /// Customers made.
    pub customers: u64,
    /// What they hold.
    pub opened: Vec<Opened>,
}

/// Accounts opened in one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Opened {
    /// The unit.
    pub unit: Unit,
    /// How many.
    pub accounts: u64,
    /// What was paid for.
    pub principal: Total,
    /// What the shop gave on top.
    pub bonus: Total,
}

/// What came of it.
#[derive(Debug)]
pub enum Imported {
    /// It would be done so; nothing was written.
    Would(Summary),
    /// Done now.
    Fresh(Import),
    /// Done before, under the same id.
    Known(Import),
    /// The file is wrong; nothing was written.
    Wrong(Wrongs),
    /// The id is another request's.
    IdMismatch,
}

/// Imports a file of at most [`sheet::MAX_BYTES`]. It computes for seconds: run it where that stops nobody.
pub async fn import(store: &Store, order: Order, bytes: &[u8], now: Millis) -> Result<Imported, Error> {
    let file_hash: Hash = Sha256::digest(bytes).into();
    let mut conn = store.read().await?;
    if let Some(ended) = ended(&mut conn, order, file_hash).await? {
        return Ok(ended);
    }
    let form = form(&mut conn, order.shop).await?;
    let plan = match sheet::plan(bytes, &form) {
        Ok(plan) => plan,
        Err(wrongs) => return Ok(Imported::Wrong(wrongs)),
    };
    let summary = summary(&plan);
    if order.dry_run {
        let wrongs = known(&mut conn, order.shop, &plan.rows).await?;
        return Ok(if wrongs.count > 0 { Imported::Wrong(wrongs) } else { Imported::Would(summary) });
    }
    drop(conn);
    let mut write = store.begin_write().await?;
    if let Some(ended) = ended(&mut write, order, file_hash).await? {
        return Ok(ended);
    }
    let wrongs = known(&mut write, order.shop, &plan.rows).await?;
    if wrongs.count > 0 {
        return Ok(Imported::Wrong(wrongs));
    }
    let before = batch::head(&mut write, order.shop).await?.number;
    for rows in plan.rows.chunks(CHUNK) {
        bring(&mut write, order, rows, now).await?;
    }
    let head = batch::head(&mut write, order.shop).await?;
    let done = Import {
        shop: order.shop,
        request: order.request,
        at: now.max(head.at),
        terminal: order.by.terminal,
        operator: order.by.operator,
        file_hash,
        first_entry: before + 1,
        last_entry: head.number,
        summary: event::json(&summary),
    };
    store::import::add(&mut write, &done).await?;
    write.commit().await?;
    Ok(Imported::Fresh(done))
}

/// What an import did, as it was kept.
pub fn summary_of(import: &Import) -> Result<Summary, Error> {
    serde_json::from_str(&import.summary).map_err(|_| Error::Inconsistent("an import whose summary cannot be read"))
}

/// Says what is wrong with the imports that were kept.
pub async fn verify(conn: &mut Connection) -> Result<Vec<String>, Error> {
    let broken = store::import::broken(conn).await?;
    let wrong = |(shop, request)| format!("shop {shop} import {request}: its entries are not its opening balances");
    Ok(broken.into_iter().map(wrong).collect())
}

/// How the id ended before.
async fn ended(conn: &mut Connection, order: Order, file_hash: Hash) -> Result<Option<Imported>, Error> {
    if let Some(known) = store::import::get(conn, order.shop, order.request).await? {
        let same = known.file_hash == file_hash;
        return Ok(Some(if same { Imported::Known(known) } else { Imported::IdMismatch }));
    }
    let taken = store::past::is_taken(conn, order.shop, order.request).await?;
    Ok(taken.then_some(Imported::IdMismatch))
}

async fn form(conn: &mut Connection, shop: ShopId) -> Result<Form, Error> {
    let settings = store::report::settings(conn, shop).await?;
    let units = store::shop::units(conn, shop).await?;
    let units: Option<Vec<Unit>> = units.iter().map(|row| Unit::parse(&row.unit)).collect();
    Ok(Form {
        units: units.ok_or(Error::Inconsistent("a unit that is none"))?,
        zone: closing::zone(&settings)?,
        day_start_min: settings.day_start_min,
    })
}

fn summary(plan: &Plan) -> Summary {
    let mut opened: BTreeMap<&Unit, (u64, Parts)> = BTreeMap::new();
    for holding in plan.rows.iter().flat_map(|row| &row.holds) {
        let (accounts, parts) = opened.entry(&holding.unit).or_default();
        *accounts += 1;
        parts.add(holding.split);
    }
    let line = |(unit, (accounts, parts)): (&Unit, (u64, Parts))| Opened {
        unit: unit.clone(),
        accounts,
        principal: Total(parts.principal),
        bonus: Total(parts.bonus),
    };
    Summary {
        encoding: plan.encoding,
        ignored: plan.ignored.clone(),
        customers: u64::try_from(plan.rows.len()).unwrap_or(u64::MAX),
        opened: opened.into_iter().map(line).collect(),
    }
}

/// What of the file the shop has already.
async fn known(conn: &mut Connection, shop: ShopId, rows: &[Row]) -> Result<Wrongs, Error> {
    let mut handle = conn.lock_handle().await?;
    let known = store::import::known(&mut Raw::on(&mut handle), shop, rows)?;
    let mut wrongs = Wrongs::default();
    for (row, [external, phone]) in rows.iter().zip(known) {
        for (column, _) in [("external_id", external), ("phone", phone)].into_iter().filter(|(_, known)| *known) {
            let detail = "another customer of the shop has it; take the line out or change the other one";
            wrongs.add(row.line, Some(column), What::Known, detail);
        }
    }
    Ok(wrongs)
}

/// Makes the customers of some rows, and opens what they hold.
async fn bring(conn: &mut Connection, order: Order, rows: &[Row], now: Millis) -> Result<(), Error> {
    let made = {
        let mut handle = conn.lock_handle().await?;
        store::import::customers(&mut Raw::on(&mut handle), order.shop, rows, now)?
    };
    let openings: Vec<Opening> = rows
        .iter()
        .zip(made)
        .flat_map(|(row, customer)| {
            row.holds.iter().map(move |holding| Opening {
                customer,
                unit: holding.unit.clone(),
                split: holding.split,
                expires_at: holding.expires_at,
            })
        })
        .collect();
    open_balances(conn, order.shop, &openings, order.by, now).await
}
