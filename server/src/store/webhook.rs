//! Webhooks: where they go and how far they have come.

use super::{Connection, Error};
use crate::id::{ShopId, WebhookId};
use crate::ledger::Millis;

/// A webhook as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WebhookRow {
    /// Its id.
    pub webhook_id: WebhookId,
    /// Its shop.
    pub shop_id: ShopId,
    /// Where it goes.
    pub url: String,
    /// Of the master key from which its secret is derived.
    pub generation: i64,
    /// The last entry that the receiver took.
    pub taken: i64,
    /// Failures in a row.
    pub tries: i64,
    /// Since when.
    pub failing_since: Option<Millis>,
    /// The last failure, in words.
    pub failure: Option<String>,
    /// When the next try may begin.
    pub next_at: Millis,
    /// Since when the owner wants none.
    pub paused_at: Option<Millis>,
    /// Since when it is given up.
    pub disabled_at: Option<Millis>,
    /// When it was made.
    pub created_at: Millis,
}

/// Makes a webhook that begins after the shop's last entry, or gives the one of this address.
pub async fn create(
    conn: &mut Connection,
    shop: ShopId,
    url: &str,
    generation: i64,
    now: Millis,
) -> Result<(WebhookRow, bool), Error> {
    let made = sqlx::query_as(
        "insert into webhook (shop_id, url, generation, taken, created_at)
         select shop_id, ?2, ?3, last_number, ?4 from shop where shop_id = ?1
         on conflict do nothing returning *",
    )
    .bind(shop)
    .bind(url)
    .bind(generation)
    .bind(now)
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(row) = made {
        return Ok((row, true));
    }
    let query = "select * from webhook where shop_id = ?1 and url = ?2";
    Ok((sqlx::query_as(query).bind(shop).bind(url).fetch_one(conn).await?, false))
}

/// A shop's webhooks, the oldest first.
pub async fn of_shop(conn: &mut Connection, shop: ShopId) -> Result<Vec<WebhookRow>, Error> {
    let query = "select * from webhook where shop_id = ?1 order by webhook_id";
    Ok(sqlx::query_as(query).bind(shop).fetch_all(conn).await?)
}

/// One of a shop's webhooks.
pub async fn get(conn: &mut Connection, shop: ShopId, id: WebhookId) -> Result<Option<WebhookRow>, Error> {
    let query = "select * from webhook where webhook_id = ?1 and shop_id = ?2";
    Ok(sqlx::query_as(query).bind(id).bind(shop).fetch_optional(conn).await?)
}

/// Whether there is any that is not paused or given up, of any shop.
pub async fn any(conn: &mut Connection) -> Result<bool, Error> {
    let query = "select exists (select 1 from webhook where paused_at is null and disabled_at is null)";
    Ok(sqlx::query_scalar(query).fetch_one(conn).await?)
}

/// Webhooks with something to deliver now, those that have waited longest first: at most `of_shop` of each shop, and
/// `limit` in all.
pub async fn due(conn: &mut Connection, now: Millis, of_shop: i64, limit: i64) -> Result<Vec<WebhookRow>, Error> {
    let query = "select * from (
             select webhook.*, row_number() over (partition by shop_id order by next_at, webhook_id) as place
             from webhook join shop using (shop_id)
             where paused_at is null and disabled_at is null and next_at <= ?1 and taken < shop.last_number)
         where place <= ?2 order by next_at, webhook_id limit ?3";
    Ok(sqlx::query_as(query).bind(now).bind(of_shop).bind(limit).fetch_all(conn).await?)
}

/// The receiver took everything up to an entry; false if the webhook is paused or gone. Its next turn comes after
/// those that wait longer.
pub async fn took(conn: &mut Connection, id: WebhookId, number: i64, now: Millis) -> Result<bool, Error> {
    let query = "update webhook set taken = max(taken, ?2), tries = 0, failing_since = null, failure = null,
             next_at = ?3
         where webhook_id = ?1 returning paused_at is null";
    let goes_on: Option<bool> = sqlx::query_scalar(query).bind(id).bind(number).bind(now).fetch_optional(conn).await?;
    Ok(goes_on.unwrap_or(false))
}

/// A try failed; since when it fails, if that is known.
pub async fn failed(
    conn: &mut Connection,
    id: WebhookId,
    failure: &str,
    now: Millis,
    next_at: Millis,
) -> Result<Option<Millis>, Error> {
    let query = "update webhook set tries = tries + 1, failing_since = ifnull(failing_since, ?3), failure = ?2,
             next_at = ?4
         where webhook_id = ?1 returning failing_since";
    let query = sqlx::query_scalar(query).bind(id).bind(failure).bind(now).bind(next_at);
    Ok(query.fetch_optional(conn).await?)
}

/// Gives a webhook up.
pub async fn disable(conn: &mut Connection, id: WebhookId, now: Millis) -> Result<(), Error> {
    sqlx::query("update webhook set disabled_at = ?2 where webhook_id = ?1").bind(id).bind(now).execute(conn).await?;
    Ok(())
}

/// Holds a webhook, or lets it go on at once; one that was given up is tried again.
pub async fn pause(conn: &mut Connection, id: WebhookId, paused: bool, now: Millis) -> Result<(), Error> {
    let query = if paused {
        "update webhook set paused_at = ifnull(paused_at, ?2) where webhook_id = ?1"
    } else {
        "update webhook set paused_at = null, disabled_at = null, tries = 0, failing_since = null, failure = null,
             next_at = ?2
         where webhook_id = ?1"
    };
    sqlx::query(query).bind(id).bind(now).execute(conn).await?;
    Ok(())
}

/// Takes a webhook away.
pub async fn delete(conn: &mut Connection, id: WebhookId) -> Result<(), Error> {
    sqlx::query("delete from webhook where webhook_id = ?1").bind(id).execute(conn).await?;
    Ok(())
}
