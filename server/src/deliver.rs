//! Delivers a shop's entries to its webhooks, from the books and in their order.
//!
//! A task beside the writer: it reads on a connection of its own and writes only how far a receiver has come, so a
//! slow receiver holds up nobody. An entry is delivered at least once; the cursor is kept on the way and at a stop,
//! and after a crash the last second's entries may come again. `webhook` has the rules, `store::webhook` the rows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::audit::{Act, Deed};
use crate::clock::Clock;
use crate::id::{ShopId, WebhookId};
use crate::line;
use crate::master::{Master, random};
use crate::metrics::{Delivery, Metrics};
use crate::store::webhook::{self as rows, WebhookRow};
use crate::store::{self, Store, audit, entry, shop};
use crate::webhook::{self, DISABLE_AFTER_MS, Secret, TRY_TIMEOUT};

/// Webhooks that are served at the same time.
const AT_ONCE: usize = 32;
/// The same of one shop, so that its slow receivers hold up no other shop's.
const OF_SHOP: usize = 2;
/// How long one webhook's turn takes before another one's comes; the try that runs then is brought to its end.
const TURN: Duration = Duration::from_secs(5);
/// An answer that takes longer is slow and ends the turn.
const SLOW: Duration = Duration::from_secs(1);
/// How long entries gather after the bell, so that a busy shop is not looked at for each commit.
const GATHER: Duration = Duration::from_millis(50);
/// How often it is looked whether a wait is over.
const LOOK: Duration = Duration::from_secs(1);
/// How often the cursor is kept while entries go out one after another.
const KEEP: Duration = Duration::from_secs(1);
/// Bytes of an answer that are read, so that the connection can be used again.
const MAX_ANSWER: usize = 64 * 1024;

/// Rung by the writer when there are new entries; silent while no shop has a webhook.
#[derive(Debug, Default)]
pub struct Bell {
    wanted: AtomicBool,
    rung: Notify,
}

impl Bell {
    /// There are new entries.
    pub fn ring(&self) {
        if self.wanted.load(Ordering::Relaxed) {
            self.rung.notify_one();
        }
    }

    /// There may be a new webhook.
    pub fn wake(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        self.rung.notify_one();
    }
}

/// Who carries entries to receivers.
pub struct Courier {
    /// The books.
    pub store: Store,
    /// Derives the secrets.
    pub master: Master,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Rung when there is something.
    pub bell: Arc<Bell>,
    /// Whether a receiver may be on this machine or its network.
    pub private: bool,
    /// Made when it is first used: it reads the system's certificates.
    pub client: OnceLock<Option<Client>>,
}

/// Why a try failed, in words that name no address.
type Failure = &'static str;

impl Courier {
    /// A webhook's secret.
    pub fn secret(&self, webhook: &WebhookRow) -> Result<Secret, store::Error> {
        let key = self.master.webhook_key(webhook.generation, webhook.webhook_id);
        let key = key.ok_or(store::Error::Inconsistent("a webhook of a lost master key"))?;
        Ok(Secret::of_key(&key))
    }

    /// Posts one body; fails unless the answer is 2xx.
    pub async fn post(&self, webhook: &WebhookRow, epoch: &str, body: String) -> Result<(), Failure> {
        let result = self.try_post(webhook, epoch, body).await;
        self.metrics.delivery(if result.is_ok() { Delivery::Delivered } else { Delivery::Failed });
        result
    }

    async fn try_post(&self, webhook: &WebhookRow, epoch: &str, body: String) -> Result<(), Failure> {
        if let Some(wrong) = webhook::wrong_with(&webhook.url, self.private) {
            return Err(wrong);
        }
        let secret = self.secret(webhook).map_err(|_| "the master key of this webhook is lost")?;
        let client = self.client.get_or_init(|| client(self.private)).as_ref();
        let client = client.ok_or("this machine has no certificates to trust")?;
        let signature = secret.sign((self.clock)().div_euclid(1000), &body);
        let request = client
            .post(&webhook.url)
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .header(webhook::SIGNATURE, signature)
            .header(webhook::ID, webhook.webhook_id.to_string())
            .header(webhook::EPOCH, epoch)
            .body(body);
        let response = request.send().await.map_err(|error| why(&error))?;
        let status = response.status();
        read(response).await;
        if status.is_success() { Ok(()) } else { Err(of_status(status.as_u16())) }
    }
}

fn client(private: bool) -> Option<Client> {
    // Whoever embeds the server may have chosen one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("tillbeam/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(Names { private }))
        .timeout(TRY_TIMEOUT);
    builder.build().inspect_err(|error| tracing::error!(%error, "webhooks cannot be delivered")).ok()
}

/// Looks names up, and forgets the addresses that a stranger must not reach through us: the check is made on the
/// very address that is then connected to.
struct Names {
    private: bool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| private || webhook::is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

async fn read(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(bytes)) = response.chunk().await {
        read += bytes.len();
        if read > MAX_ANSWER {
            return;
        }
    }
}

fn why(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    }
}

fn of_status(status: u16) -> Failure {
    match status {
        300..400 => "answered with a redirect, which is not followed",
        400..500 => "answered with a status of 4xx",
        500.. => "answered with a status of 5xx",
        _ => "answered with another status than 2xx",
    }
}

/// Runs until shutdown.
pub async fn run(courier: Arc<Courier>, shutdown: CancellationToken) {
    let mut turns: JoinSet<WebhookId> = JoinSet::new();
    let mut out = Out::new();
    loop {
        match look(&courier, &out).await {
            Ok(due) => {
                for webhook in due {
                    out.insert(webhook.webhook_id, webhook.shop_id);
                    turns.spawn(turn(courier.clone(), webhook, shutdown.clone()));
                }
            }
            Err(error) => tracing::error!(%error, "webhooks cannot be read"),
        }
        let wanted = courier.bell.wanted.load(Ordering::Relaxed);
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = courier.bell.rung.notified() => sleep(GATHER).await,
            Some(ended) = turns.join_next() => match ended {
                Ok(id) => { out.remove(&id); }
                Err(error) => {
                    tracing::error!(%error, "a delivery ended by itself");
                    out.clear();
                }
            },
            () = sleep(LOOK), if wanted => {}
        }
    }
    while turns.join_next().await.is_some() {}
}

/// Webhooks that are being served, with their shops.
type Out = HashMap<WebhookId, ShopId>;

/// Webhooks that can be served now and are not already.
async fn look(courier: &Courier, out: &Out) -> Result<Vec<WebhookRow>, store::Error> {
    if out.len() >= AT_ONCE {
        return Ok(Vec::new());
    }
    let mut conn = courier.store.read().await?;
    courier.bell.wanted.store(rows::any(&mut conn).await?, Ordering::Relaxed);
    // Those that are out are still in the list: as many of each shop, and as many in all, as can be out and have a
    // place beside them.
    let most = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (of_shop, limit) = (most(2 * OF_SHOP), most(AT_ONCE * (2 * OF_SHOP + 1)));
    let due = rows::due(&mut conn, (courier.clock)(), of_shop, limit).await?;
    Ok(places(due, out))
}

/// Those of the webhooks that are due for which there is a place.
fn places(mut due: Vec<WebhookRow>, out: &Out) -> Vec<WebhookRow> {
    let mut taken: HashMap<ShopId, usize> = HashMap::new();
    for shop in out.values() {
        *taken.entry(*shop).or_default() += 1;
    }
    due.retain(|webhook| {
        let taken = taken.entry(webhook.shop_id).or_default();
        let goes = *taken < OF_SHOP && !out.contains_key(&webhook.webhook_id);
        *taken += usize::from(goes);
        goes
    });
    due.truncate(AT_ONCE - out.len());
    due
}

/// One webhook's turn: a page of entries, or up to the first that fails or is answered slowly, or [`TURN`].
async fn turn(courier: Arc<Courier>, webhook: WebhookRow, shutdown: CancellationToken) -> WebhookId {
    let id = webhook.webhook_id;
    if let Err(error) = entries(&courier, &webhook, &shutdown).await {
        tracing::error!(%error, webhook = id.0, "a webhook's entries could not be read or its cursor kept");
        // Not at once again.
        let _ = shutdown.run_until_cancelled(sleep(LOOK)).await;
    }
    id
}

async fn entries(courier: &Courier, webhook: &WebhookRow, shutdown: &CancellationToken) -> Result<(), store::Error> {
    let (page, epoch) = {
        let mut conn = courier.store.read().await?;
        (entry::entries(&mut conn, webhook.shop_id, webhook.taken).await?, shop::epoch(&mut conn).await?)
    };
    let began = Instant::now();
    let (mut taken, mut kept_at) = (webhook.taken, began);
    for shown in page {
        let tried_at = Instant::now();
        let sent = shutdown.run_until_cancelled(courier.post(webhook, &epoch, line::of_entry(&shown))).await;
        match sent {
            Some(Ok(())) => taken = shown.entry.number,
            Some(Err(failure)) => return failed(courier, webhook, taken, failure).await,
            None => break,
        }
        if tried_at.elapsed() > SLOW || began.elapsed() > TURN {
            break;
        }
        if kept_at.elapsed() >= KEEP {
            if !keep(courier, webhook, taken).await? {
                return Ok(());
            }
            kept_at = Instant::now();
        }
    }
    if taken > webhook.taken {
        keep(courier, webhook, taken).await?;
    }
    Ok(())
}

/// Keeps how far the receiver has come; false if it was paused or deleted meanwhile.
async fn keep(courier: &Courier, webhook: &WebhookRow, taken: i64) -> Result<bool, store::Error> {
    let mut write = courier.store.begin_write().await?;
    let goes_on = rows::took(&mut write, webhook.webhook_id, taken, (courier.clock)()).await?;
    write.commit().await?;
    Ok(goes_on)
}

async fn failed(courier: &Courier, webhook: &WebhookRow, taken: i64, failure: Failure) -> Result<(), store::Error> {
    let now = (courier.clock)();
    let tries = if taken > webhook.taken { 1 } else { webhook.tries + 1 };
    let next_at = now + webhook::wait_ms(tries, random::<1>()[0]);
    tracing::info!(webhook = webhook.webhook_id.0, shop = webhook.shop_id.0, tries, failure, "a webhook failed");
    let mut write = courier.store.begin_write().await?;
    if taken > webhook.taken {
        rows::took(&mut write, webhook.webhook_id, taken, now).await?;
    }
    let since = rows::failed(&mut write, webhook.webhook_id, failure, now, next_at).await?;
    if since.is_some_and(|since| now - since >= DISABLE_AFTER_MS) {
        rows::disable(&mut write, webhook.webhook_id, now).await?;
        let act = Act {
            shop: Some(webhook.shop_id),
            at: now,
            deed: Deed::WebhookDisabled,
            terminal: None,
            operator: None,
            approver: None,
            customer: None,
            detail: serde_json::json!({ "webhook": webhook.webhook_id, "failure": failure }),
        };
        audit::add(&mut write, &act).await?;
    }
    write.commit().await
}
