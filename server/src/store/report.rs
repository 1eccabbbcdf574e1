//! Day closings: entries by range as reports see them, what is owed, and the Z reports that were kept.

use std::ops::RangeInclusive;

use futures_util::{Stream, StreamExt as _};

use super::rows::{fixed, request_id, unit};
use super::{Connection, Error};
use crate::id::{OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{EntryKind, Hash, Millis, OwnAccount, Split};
use crate::report::{Direction, Liability, Movement, Parts, What, ZReport};

/// Z reports of one page.
pub const PAGE: i64 = 50;

/// What reports need to know of a shop.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Settings {
    /// IANA name.
    pub time_zone: String,
    /// Minutes after midnight.
    pub day_start_min: i64,
    /// Marked on every report.
    pub practice: bool,
    /// The ledger's last entry.
    pub last_number: i64,
    /// Its time.
    pub last_at: Millis,
}

/// A shop's settings, and where its ledger stands.
pub async fn settings(conn: &mut Connection, shop: ShopId) -> Result<Settings, Error> {
    let query = "select time_zone, day_start_min, practice, last_number, last_at from shop where shop_id = ?1";
    Ok(sqlx::query_as(query).bind(shop).fetch_one(conn).await?)
}

#[derive(sqlx::FromRow)]
struct MovementRow {
    number: i64,
    kind: EntryKind,
    at: Millis,
    terminal_id: Option<TerminalId>,
    operator_id: Option<OperatorId>,
    principal: i64,
    bonus: i64,
    unit: String,
    inward: bool,
    against: OwnAccount,
    of: Option<EntryKind>,
}

impl TryFrom<MovementRow> for Movement {
    type Error = Error;

    fn try_from(row: MovementRow) -> Result<Self, Error> {
        let direction = if row.inward { Direction::In } else { Direction::Out };
        let (kind, of, against) = (row.kind, row.of, row.against);
        Ok(Self {
            number: row.number,
            what: What { unit: unit(&row.unit)?, kind, of, direction, against },
            split: Split { principal: row.principal, bonus: row.bonus },
            operator: row.operator_id,
            terminal: row.terminal_id,
            at: row.at,
        })
    }
}

/// Entries of a range of numbers as reports see them, one way or the other.
macro_rules! movements {
    ($conn:expr, $shop:expr, $range:expr, $way:literal) => {
        sqlx::query_as::<_, MovementRow>(concat!(
            "select entry.number, entry.kind, entry.at, entry.terminal_id, entry.operator_id, entry.principal,
                entry.bonus, debit.unit, debit.customer_id is null as inward,
                iif(debit.customer_id is null, debit.kind, credit.kind) as against, undone.kind as of
            from entry
            join account as debit on debit.account_id = entry.debit_account_id
            join account as credit on credit.account_id = entry.credit_account_id
            left join entry as undone on undone.shop_id = entry.shop_id and undone.number = entry.reverses
            where entry.shop_id = ?1 and entry.number between ?2 and ?3 order by entry.number ",
            $way
        ))
        .bind($shop)
        .bind(*$range.start())
        .bind(*$range.end())
        .fetch($conn)
        .map(|row| Movement::try_from(row?))
    };
}

/// The entries of a range of numbers, in order.
pub fn movements(
    conn: &mut Connection,
    shop: ShopId,
    range: RangeInclusive<i64>,
) -> impl Stream<Item = Result<Movement, Error>> + '_ {
    movements!(conn, shop, range, "asc")
}

/// The same, the newest first.
pub fn movements_back(
    conn: &mut Connection,
    shop: ShopId,
    range: RangeInclusive<i64>,
) -> impl Stream<Item = Result<Movement, Error>> + '_ {
    movements!(conn, shop, range, "desc")
}

/// What a shop's customers hold now. Each unit sums to zero, so it is what the shop's own few accounts lack, and
/// no customer's account has to be read.
pub async fn held(conn: &mut Connection, shop: ShopId) -> Result<Liability, Error> {
    let query = "select unit, principal, bonus from account where shop_id = ?1 and customer_id is null";
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(query).bind(shop).fetch_all(conn).await?;
    let mut held = Liability::new();
    for (text, principal, bonus) in rows {
        let parts = held.entry(unit(&text)?).or_default();
        parts.principal -= i128::from(principal);
        parts.bonus -= i128::from(bonus);
    }
    Ok(held)
}

/// What customers hold now in accounts whose date is in a range of time. The halves of each number are summed
/// apart: the database's own sums have 64 bits.
pub async fn dated(conn: &mut Connection, shop: ShopId, dates: RangeInclusive<Millis>) -> Result<Liability, Error> {
    let query = "select unit, sum(principal >> 32), sum(principal & 4294967295), sum(bonus >> 32),
            sum(bonus & 4294967295)
        from account where shop_id = ?1 and expires_at between ?2 and ?3 and customer_id is not null group by unit";
    let rows: Vec<(String, i64, i64, i64, i64)> =
        sqlx::query_as(query).bind(shop).bind(*dates.start()).bind(*dates.end()).fetch_all(conn).await?;
    let whole = |high: i64, low: i64| (i128::from(high) << 32) + i128::from(low);
    rows.into_iter()
        .map(|(text, high, low, bonus_high, bonus_low)| {
            Ok((unit(&text)?, Parts { principal: whole(high, low), bonus: whole(bonus_high, bonus_low) }))
        })
        .collect()
}

/// The number of the first entry at or after a time; one more than the last if there is none. Times never
/// decrease along a ledger, so it is found by halving.
pub async fn first_at(conn: &mut Connection, shop: ShopId, at: Millis, last_number: i64) -> Result<i64, Error> {
    let query = "select at from entry where shop_id = ?1 and number = ?2";
    let (mut low, mut high) = (1, last_number + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Millis = sqlx::query_scalar(query).bind(shop).bind(middle).fetch_one(&mut *conn).await?;
        if found < at { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

#[derive(sqlx::FromRow)]
struct ZRow {
    shop_id: ShopId,
    number: i64,
    request_id: Vec<u8>,
    at: Millis,
    terminal_id: TerminalId,
    operator_id: Option<OperatorId>,
    approver_id: Option<OperatorId>,
    first_entry: i64,
    last_entry: i64,
    entry_hash: Vec<u8>,
    totals: String,
    hash: Vec<u8>,
}

impl TryFrom<ZRow> for ZReport {
    type Error = Error;

    fn try_from(row: ZRow) -> Result<Self, Error> {
        Ok(Self {
            shop: row.shop_id,
            number: row.number,
            request: request_id(&row.request_id)?,
            at: row.at,
            terminal: row.terminal_id,
            operator: row.operator_id,
            approver: row.approver_id,
            first_entry: row.first_entry,
            last_entry: row.last_entry,
            entry_hash: fixed(&row.entry_hash)?,
            totals: row.totals,
            hash: fixed(&row.hash)?,
        })
    }
}

async fn z_where(
    conn: &mut Connection,
    query: &'static str,
    shop: ShopId,
    value: impl for<'q> sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + 'static,
) -> Result<Option<ZReport>, Error> {
    let row: Option<ZRow> = sqlx::query_as(query).bind(shop).bind(value).fetch_optional(conn).await?;
    row.map(ZReport::try_from).transpose()
}

/// The Z report that a request made.
pub async fn z_of(conn: &mut Connection, shop: ShopId, request: RequestId) -> Result<Option<ZReport>, Error> {
    let query = "select * from z_report where shop_id = ?1 and request_id = ?2";
    z_where(conn, query, shop, request.as_bytes().to_vec()).await
}

/// The last Z report that ends at or before an entry.
pub async fn z_until(conn: &mut Connection, shop: ShopId, number: i64) -> Result<Option<ZReport>, Error> {
    let query = "select * from z_report where shop_id = ?1 and last_entry <= ?2
        order by last_entry desc, number desc limit 1";
    z_where(conn, query, shop, number).await
}

/// The first Z report that ends at or after an entry.
pub async fn z_from(conn: &mut Connection, shop: ShopId, number: i64) -> Result<Option<ZReport>, Error> {
    let query = "select * from z_report where shop_id = ?1 and last_entry >= ?2 order by last_entry, number limit 1";
    z_where(conn, query, shop, number).await
}

/// A shop's last Z report.
pub async fn last_z(conn: &mut Connection, shop: ShopId) -> Result<Option<ZReport>, Error> {
    Ok(z_before(conn, shop, i64::MAX, 1).await?.pop())
}

/// Z reports with a number below one, the latest first.
pub async fn z_before(conn: &mut Connection, shop: ShopId, number: i64, limit: i64) -> Result<Vec<ZReport>, Error> {
    let query = "select * from z_report where shop_id = ?1 and number < ?2 order by number desc limit ?3";
    let rows: Vec<ZRow> = sqlx::query_as(query).bind(shop).bind(number).bind(limit).fetch_all(conn).await?;
    rows.into_iter().map(ZReport::try_from).collect()
}

/// Every Z report's shop and number, in order.
pub async fn z_keys(conn: &mut Connection) -> Result<Vec<(ShopId, i64)>, Error> {
    Ok(sqlx::query_as("select shop_id, number from z_report order by shop_id, number").fetch_all(conn).await?)
}

/// The hash of an entry; zeros for number 0, before the first.
pub async fn hash_at(conn: &mut Connection, shop: ShopId, number: i64) -> Result<Option<Hash>, Error> {
    if number == 0 {
        return Ok(Some([0; 32]));
    }
    let query = "select hash from entry where shop_id = ?1 and number = ?2";
    let hash: Option<Vec<u8>> = sqlx::query_scalar(query).bind(shop).bind(number).fetch_optional(conn).await?;
    hash.map(|hash| fixed(&hash)).transpose()
}

/// Keeps a Z report.
pub async fn add_z(conn: &mut Connection, z: &ZReport) -> Result<(), Error> {
    sqlx::query(
        "insert into z_report (shop_id, number, request_id, at, terminal_id, operator_id, approver_id, first_entry,
             last_entry, entry_hash, totals, hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )
    .bind(z.shop)
    .bind(z.number)
    .bind(z.request.as_bytes().to_vec())
    .bind(z.at)
    .bind(z.terminal)
    .bind(z.operator)
    .bind(z.approver)
    .bind(z.first_entry)
    .bind(z.last_entry)
    .bind(z.entry_hash.to_vec())
    .bind(z.totals.as_str())
    .bind(z.hash.to_vec())
    .execute(conn)
    .await?;
    Ok(())
}

/// Operators and terminals of a shop as screens name them.
pub type Names = (Vec<(OperatorId, String)>, Vec<(TerminalId, String)>);

/// The names of a shop's operators and terminals, those that are gone too.
pub async fn names(conn: &mut Connection, shop: ShopId) -> Result<Names, Error> {
    let operators = "select operator_id, name from operator where shop_id = ?1 order by operator_id";
    let operators = sqlx::query_as(operators).bind(shop).fetch_all(&mut *conn).await?;
    let terminals = "select terminal_id, name from terminal where shop_id = ?1 order by terminal_id";
    Ok((operators, sqlx::query_as(terminals).bind(shop).fetch_all(conn).await?))
}
