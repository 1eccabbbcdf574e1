//! Customers who pay at a steady pace, whatever the answers take, and top-ups in bulk.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::server::Running;

/// Requests at the same time of top-ups in bulk.
const AT_ONCE: usize = 64;

/// A terminal, and the customers whose codes it takes.
#[derive(Clone)]
pub struct Pace {
    client: reqwest::Client,
    url: String,
    token: String,
    payers: Arc<[(CredentialNumber, Key)]>,
    next: Arc<AtomicUsize>,
}

impl Pace {
    pub fn new(server: &Running, payers: Range<usize>) -> Self {
        let payers = server.customers[payers].iter().map(|customer| {
            let number = CredentialNumber::new(customer.credential.parse().unwrap()).unwrap();
            (number, Key::from_bytes(hex::decode(&customer.key).unwrap().try_into().unwrap()))
        });
        Self {
            client: reqwest::Client::new(),
            url: format!("http://{}/api/v1", server.address),
            token: server.terminal.clone(),
            payers: payers.collect(),
            next: Arc::default(),
        }
    }

    /// Redemptions at a steady pace until something is over: how long each took from when it was due.
    ///
    /// On a thread and connections of its own: a shop's till does not wait for what its customers' phones do.
    pub async fn pay(&self, per_second: u32, until_over: impl Future<Output = ()>) -> Vec<Duration> {
        let (over, until) = oneshot::channel();
        let till = Self { client: reqwest::Client::new(), ..self.clone() };
        let paying = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(till.pay_until(per_second, until))
        });
        until_over.await;
        over.send(()).unwrap();
        paying.await.unwrap()
    }

    async fn pay_until(&self, per_second: u32, mut until: oneshot::Receiver<()>) -> Vec<Duration> {
        let mut sent = JoinSet::new();
        let mut due = Instant::now();
        loop {
            tokio::select! {
                _ = &mut until => return sent.join_all().await,
                () = sleep_until(due) => {
                    sent.spawn(self.redeem(due));
                    due += Duration::from_secs(1) / per_second;
                }
            }
        }
    }

    fn redeem(&self, due: Instant) -> impl Future<Output = Duration> + use<> {
        let turn = self.next.fetch_add(1, Ordering::SeqCst);
        let (number, key) = &self.payers[turn % self.payers.len()];
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let code = Code::phone(*number, key, Step::at(i64::try_from(now).unwrap())).to_string();
        let body = json!({ "id": uuid::Uuid::now_v7().to_string(), "code": code, "amount": 1 });
        let request = self.client.post(format!("{}/redemptions", self.url)).bearer_auth(&self.token).json(&body);
        async move {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
            due.elapsed()
        }
    }

    /// Top-ups for each of these customers, so many each.
    pub async fn top_up(&self, server: &Running, customers: Range<usize>, each: usize) {
        let customers = &server.customers[customers];
        let lanes = (0..AT_ONCE).map(|lane| async move {
            for customer in customers.iter().skip(lane).step_by(AT_ONCE) {
                for _ in 0..each {
                    let body = json!({ "id": uuid::Uuid::now_v7().to_string(), "unit": "wash", "amount": 1 });
                    let url = format!("{}/customers/{}/top-ups", self.url, customer.id);
                    let response = self.client.post(url).bearer_auth(&self.token).json(&body).send().await.unwrap();
                    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
                }
            }
        });
        join_all(lanes).await;
    }
}

/// A percentile, in ms.
pub fn percentile_ms(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get((times.len().max(1) - 1) * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}
