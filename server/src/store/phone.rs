//! Credentials and paired phones: their tokens, and how far they say they have come.

use super::raw::Raw;
use super::rows::{number, number_column, request_id};
use super::{Connection, Error, told};
use crate::code::{CredentialNumber, Kind, Step};
use crate::id::{CustomerId, RequestId, ShopId};
use crate::ledger::Millis;

/// Entries of each shop among which [`oldest_unseen`] looks.
pub const UNSEEN_ENTRIES: i64 = 1000;

/// Lamps that a terminal is shown when it connects.
pub const MAX_LAMPS: i64 = 50;

/// A phone whose token held.
#[derive(Debug, Clone)]
pub struct Phone {
    /// What makes its codes.
    pub credential: CredentialNumber,
    /// Whose it is.
    pub customer: CustomerId,
    /// Their shop.
    pub shop: ShopId,
    /// Their name.
    pub customer_name: String,
    /// The shop's name.
    pub shop_name: String,
    /// Whether its key is of an older generation of the master key.
    pub renew: bool,
    /// Whether its customer is frozen.
    pub frozen: bool,
    /// Whether they paused its codes.
    pub paused: bool,
}

/// How far a phone says it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// Which phone.
    pub credential: CredentialNumber,
    /// The last event that it stored.
    pub received: i64,
    /// The last event that it showed.
    pub seen: i64,
}

/// How far the customer's phone has come with a redemption, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lamp {
    /// In the books.
    Recorded,
    /// Stored by the phone.
    Received,
    /// Shown by the phone.
    Seen,
}

/// A redemption's lamp.
#[derive(Debug, Clone, serde::Serialize)]
pub struct LampRow {
    /// The redemption.
    pub id: RequestId,
    /// Its lamp.
    pub lamp: Lamp,
}

const CREDENTIAL: &str = "insert into credential (credential, shop_id, customer_id, kind, generation, created_at)
    values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing returning credential";
const TOKEN: &str = "insert into phone (credential, token_hash) values (?1, ?2)
    on conflict (credential) do update set token_hash = excluded.token_hash";

/// Makes a credential; whether its number was never given before.
pub fn create_credential(
    raw: &mut Raw<'_>,
    (shop, customer): (ShopId, CustomerId),
    credential: CredentialNumber,
    kind: Kind,
    generation: i64,
    now: Millis,
) -> Result<bool, Error> {
    let (number, kind) = (number_column(credential), kind_column(kind));
    let values = [number.into(), shop.0.into(), customer.0.into(), kind.into(), generation.into(), now.into()];
    Ok(raw.one(CREDENTIAL, &values, |_| Ok(()))?.is_some())
}

fn kind_column(kind: Kind) -> &'static str {
    match kind {
        Kind::Card => "card",
        Kind::Phone => "phone",
    }
}

/// The generation of a credential's key.
pub async fn generation(conn: &mut Connection, credential: CredentialNumber) -> Result<i64, Error> {
    let query = "select generation from credential where credential = ?1";
    Ok(sqlx::query_scalar(query).bind(number_column(credential)).fetch_one(conn).await?)
}

/// Gives a phone its token; a new one takes the place of the old.
pub async fn set_token(
    conn: &mut Connection,
    credential: CredentialNumber,
    token_hash: &[u8; 32],
) -> Result<(), Error> {
    sqlx::query(TOKEN).bind(number_column(credential)).bind(token_hash.to_vec()).execute(conn).await?;
    Ok(())
}

/// The same for many, without a hop to another thread for each.
pub fn add_token(raw: &mut Raw<'_>, credential: CredentialNumber, token_hash: &[u8; 32]) -> Result<(), Error> {
    raw.run(TOKEN, &[number_column(credential).into(), token_hash.into()])
}

/// The phone of a token, unless its credential was revoked.
pub async fn by_token(conn: &mut Connection, token_hash: &[u8; 32]) -> Result<Option<Phone>, Error> {
    told::phone(&mut Raw::on(&mut conn.lock_handle().await?), token_hash)
}

/// Pauses a phone's codes, or switches them on again; false if they were so before.
pub async fn set_paused(
    conn: &mut Connection,
    credential: CredentialNumber,
    paused: bool,
    now: Millis,
) -> Result<bool, Error> {
    let query = "update credential set paused_at = case when ?2 then ?3 end
                 where credential = ?1 and (paused_at is not null) <> ?2";
    let query = sqlx::query(query).bind(number_column(credential)).bind(paused).bind(now);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

/// Gives a phone's token, and what it has seen, to another credential; `dead` takes the token's place, so that the
/// lamps of what the first one showed stay.
pub async fn hand_over(
    conn: &mut Connection,
    (from, to): (CredentialNumber, CredentialNumber),
    token_hash: &[u8; 32],
    dead: &[u8; 32],
) -> Result<(), Error> {
    sqlx::query("update phone set token_hash = ?2 where credential = ?1")
        .bind(number_column(from))
        .bind(dead.to_vec())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "insert into phone (credential, token_hash, received, seen, polled)
         select ?2, ?3, received, seen, polled from phone where credential = ?1",
    )
    .bind(number_column(from))
    .bind(number_column(to))
    .bind(token_hash.to_vec())
    .execute(&mut *conn)
    .await?;
    // Who paused their code paused it also on the phone that lost its key.
    sqlx::query(
        "update credential set paused_at = (select paused_at from credential where credential = ?1) where credential = ?2",
    )
    .bind(number_column(from))
    .bind(number_column(to))
    .execute(conn)
    .await?;
    Ok(())
}

/// A phone or card as its shop lists it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CredentialRow {
    credential: i64,
    /// `phone` or `card`.
    pub kind: String,
    /// When it was given out.
    pub created_at: Millis,
    /// Since when it is taken back.
    pub revoked_at: Option<Millis>,
    /// Until when its PIN is blocked.
    pub pin_blocked_until: Option<Millis>,
}

impl CredentialRow {
    /// Its number.
    pub fn number(&self) -> Result<CredentialNumber, Error> {
        number(self.credential)
    }

    /// What it is.
    pub fn is_card(&self) -> bool {
        self.kind == "card"
    }
}

/// A customer's phones and cards, the newest first.
pub async fn credentials(conn: &mut Connection, customer: CustomerId) -> Result<Vec<CredentialRow>, Error> {
    let query = "select credential, kind, created_at, revoked_at, pin_blocked_until from credential
                 where customer_id = ?1 order by created_at desc, credential desc";
    Ok(sqlx::query_as(query).bind(customer).fetch_all(conn).await?)
}

/// Takes a credential back: its codes and its token are refused from now on; false if it was taken back before.
pub async fn revoke(conn: &mut Connection, credential: CredentialNumber, now: Millis) -> Result<bool, Error> {
    let query = "update credential set revoked_at = ?2 where credential = ?1 and revoked_at is null";
    let revoked = sqlx::query(query).bind(number_column(credential)).bind(now).execute(conn).await?;
    Ok(revoked.rows_affected() == 1)
}

/// The lamps of a customer's redemptions with `after < seq <= upto`. A phone's redemption has the lamp of
/// that phone, a card's the furthest of all phones.
pub async fn lamps_of_customer(
    conn: &mut Connection,
    customer: CustomerId,
    after: i64,
    upto: i64,
) -> Result<Vec<LampRow>, Error> {
    let rows: Vec<(Vec<u8>, bool, bool)> = sqlx::query_as(
        "select e.request_id, coalesce(max(p.received >= e.seq), 0), coalesce(max(p.seen >= e.seq), 0)
         from entry as e
         left join credential as c on c.customer_id = e.customer_id
             and (e.step is null or c.credential = e.credential)
         left join phone as p on p.credential = c.credential
         where e.customer_id = ?1 and e.seq > ?2 and e.seq <= ?3 and e.kind = 'redemption'
         group by e.seq order by e.seq desc limit ?4",
    )
    .bind(customer)
    .bind(after)
    .bind(upto)
    .bind(MAX_LAMPS)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(lamp_row).collect()
}

/// The lamps of a shop's last redemptions, the newest first.
pub async fn lamps_of_shop(conn: &mut Connection, shop: ShopId) -> Result<Vec<LampRow>, Error> {
    let rows: Vec<(Vec<u8>, bool, bool)> = sqlx::query_as(
        "select e.request_id, coalesce(max(p.received >= e.seq), 0), coalesce(max(p.seen >= e.seq), 0)
         from (select * from entry where shop_id = ?1 and kind = 'redemption'
               order by number desc limit ?2) as e
         left join credential as c on c.customer_id = e.customer_id
             and (e.step is null or c.credential = e.credential)
         left join phone as p on p.credential = c.credential
         group by e.number order by e.number desc",
    )
    .bind(shop)
    .bind(MAX_LAMPS)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(lamp_row).collect()
}

fn lamp_row((id, received, seen): (Vec<u8>, bool, bool)) -> Result<LampRow, Error> {
    let lamp = match (received, seen) {
        (_, true) => Lamp::Seen,
        (true, false) => Lamp::Received,
        (false, false) => Lamp::Recorded,
    };
    Ok(LampRow { id: request_id(&id)?, lamp })
}

/// The last event handed out by the old polling way.
pub async fn polled(conn: &mut Connection, credential: CredentialNumber) -> Result<i64, Error> {
    let query = "select polled from phone where credential = ?1";
    Ok(sqlx::query_scalar(query).bind(number_column(credential)).fetch_one(conn).await?)
}

/// Moves that cursor.
pub async fn set_polled(conn: &mut Connection, credential: CredentialNumber, seq: i64) -> Result<(), Error> {
    sqlx::query("update phone set polled = ?2 where credential = ?1")
        .bind(number_column(credential))
        .bind(seq)
        .execute(conn)
        .await?;
    Ok(())
}

/// A shop's newest phone that was not taken back: its generation, and the last step that it used.
pub async fn newest(
    conn: &mut Connection,
    shop: ShopId,
) -> Result<Option<(CredentialNumber, i64, Option<Step>)>, Error> {
    let row: Option<(i64, i64, Option<i64>)> = sqlx::query_as(
        "select c.credential, c.generation,
             (select max(step) from entry where entry.credential = c.credential)
         from credential as c where c.shop_id = ?1 and c.kind = 'phone' and c.revoked_at is null
         order by c.created_at desc, c.customer_id desc limit 1",
    )
    .bind(shop)
    .fetch_optional(conn)
    .await?;
    row.map(|(credential, generation, step)| Ok((number(credential)?, generation, step.map(Step)))).transpose()
}

/// When the oldest event was that no phone of its customer has shown, among each shop's last [`UNSEEN_ENTRIES`]
/// entries; customers without a phone are not waited for.
pub async fn oldest_unseen(conn: &mut Connection) -> Result<Option<Millis>, Error> {
    let query = "select min(entry.at) from shop
         join entry on entry.shop_id = shop.shop_id and entry.number > shop.last_number - ?1
         where entry.seq > (
             select max(phone.seen) from credential join phone using (credential)
             where credential.customer_id = entry.customer_id and credential.revoked_at is null)";
    Ok(sqlx::query_scalar(query).bind(UNSEEN_ENTRIES).fetch_one(conn).await?)
}
