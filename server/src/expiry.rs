//! Tells customers that an account's date is near or past: once for each account and date.
//!
//! A task of `app`. It takes nothing: a date only blocks, and a new one lifts that. What a customer was told is
//! looked up in the books, so a restart tells nobody twice and a stop of the server leaves nobody out.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::event::Told;
use crate::hub::Hub;
use crate::id::ShopId;
use crate::ledger::Millis;
use crate::status::{News, StatusKind};
use crate::store::status::{self, Dated};
use crate::store::{self, Store};

/// How often dates are looked at.
pub const EVERY: Duration = Duration::from_hours(1);
/// A date that was past for longer when the server came to look is not told any more, in milliseconds: 90 days.
pub const LOOK_BACK_MS: Millis = 90 * DAY_MS;
const DAY_MS: Millis = 24 * 60 * 60 * 1000;

/// Runs until shutdown.
pub async fn run(store: Store, hub: Arc<Hub>, clock: Clock, shutdown: CancellationToken) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = round(&store, &hub, clock()).await {
            tracing::warn!(%error, "accounts that expire could not be looked at");
        }
    }
}

/// What a customer is told of an account now, if anything.
fn due(expires_at: Millis, warn_days: i64, now: Millis) -> Option<StatusKind> {
    if expires_at <= now {
        return Some(StatusKind::Expired);
    }
    (warn_days > 0 && expires_at - warn_days * DAY_MS <= now).then_some(StatusKind::ExpiresSoon)
}

/// Looks at every date once.
async fn round(store: &Store, hub: &Hub, now: Millis) -> Result<(), store::Error> {
    let shops = status::warnings(&mut *store.read().await?).await?;
    for (shop, warn_days) in shops {
        look(store, hub, shop, now + warn_days * DAY_MS, now).await?;
    }
    Ok(())
}

/// A shop's dates up to `until`, page by page.
async fn look(store: &Store, hub: &Hub, shop: ShopId, until: Millis, now: Millis) -> Result<(), store::Error> {
    let mut after = (now - LOOK_BACK_MS, 0);
    loop {
        let mut conn = store.read().await?;
        let page = status::dated(&mut conn, shop, after, until).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.expires_at, last.account_id.0);
        let mut news = Vec::new();
        for dated in page {
            let Some(kind) = due(dated.expires_at, dated.warn_days, now) else { continue };
            if !status::was_told(&mut conn, &dated, kind).await? {
                news.push((dated, kind));
            }
        }
        drop(conn);
        for told in write(store, news, now).await? {
            hub.tell(told);
        }
    }
}

/// Writes a page's news, unless a top-up moved a date meanwhile.
async fn write(store: &Store, news: Vec<(Dated, StatusKind)>, now: Millis) -> Result<Vec<Told>, store::Error> {
    if news.is_empty() {
        return Ok(Vec::new());
    }
    let mut write = store.begin_write().await?;
    let mut told = Vec::with_capacity(news.len());
    for (dated, kind) in news {
        if !status::is_still(&mut write, &dated).await? {
            continue;
        }
        let news = News {
            unit: Some(dated.unit),
            expires_at: Some(dated.expires_at),
            ..News::of(dated.shop, dated.customer, kind)
        };
        told.push(status::add(&mut write, news, now).await?);
    }
    write.commit().await?;
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_warns_before_and_is_told_when_it_is_past() {
        let date = 100 * DAY_MS;
        for (now, expected) in [
            (date - 14 * DAY_MS - 1, None),
            (date - 14 * DAY_MS, Some(StatusKind::ExpiresSoon)),
            (date - 1, Some(StatusKind::ExpiresSoon)),
            (date, Some(StatusKind::Expired)),
        ] {
            assert_eq!(due(date, 14, now), expected, "{now}");
        }
        assert_eq!(due(date, 0, date - 1), None, "a shop that warns nobody");
    }
}
