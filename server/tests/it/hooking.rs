//! Webhooks: a real receiver hears every entry in order, signed, after failures and restarts, and slows nobody.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use tillbeam_server::Config;
use tillbeam_server::webhook::{DISABLE_AFTER_MS, MAX_WAIT_MS, TRY_TIMEOUT};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::shop::{Shop, id};

/// Longer than anything here takes, even on a machine that is busy with other things.
const SOON: Duration = Duration::from_secs(20);

/// One delivery as it came.
struct Delivery {
    signature: String,
    epoch: String,
    body: String,
}

/// A real receiver: answers what it is told to, else 204.
struct Receiver {
    address: SocketAddr,
    answers: Answers,
    deliveries: mpsc::UnboundedReceiver<Delivery>,
}

/// What the receiver does next.
#[derive(Clone, Copy)]
enum Next {
    Status(u16),
    /// Answers never.
    Hang,
    /// Sends the caller elsewhere.
    Redirect,
}

type Answers = Arc<Mutex<VecDeque<Next>>>;

impl Receiver {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Answers::default();
        let (sender, deliveries) = mpsc::unbounded_channel();
        let router = Router::new().route("/hook", post(take)).with_state((answers.clone(), sender));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, answers, deliveries }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn then(&self, next: impl IntoIterator<Item = Next>) {
        self.answers.lock().unwrap().extend(next);
    }

    async fn next(&mut self) -> Delivery {
        timeout(SOON, self.deliveries.recv()).await.expect("a delivery").unwrap()
    }

    /// The entry numbers of the next deliveries.
    async fn numbers(&mut self, count: usize) -> Vec<i64> {
        let mut numbers = Vec::new();
        for _ in 0..count {
            let body: Value = serde_json::from_str(&self.next().await.body).unwrap();
            numbers.push(body["number"].as_i64().unwrap());
        }
        numbers
    }
}

async fn take(
    State((answers, deliveries)): State<(Answers, mpsc::UnboundedSender<Delivery>)>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(headers["content-type"], "application/json");
    let delivery = Delivery { signature: text("tillbeam-signature"), epoch: text("tillbeam-epoch"), body };
    let _ = deliveries.send(delivery);
    let next = answers.lock().unwrap().pop_front();
    match next.unwrap_or(Next::Status(204)) {
        Next::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Next::Redirect => (StatusCode::FOUND, [("location", "/hook")]).into_response(),
        Next::Hang => std::future::pending().await,
    }
}

async fn open() -> Shop {
    Shop::open_set(Config { webhooks_private: true, ..Config::default() }).await
}

async fn make(shop: &Shop, url: &str) -> (i64, String) {
    let made = shop.post("/webhooks", json!({ "url": url })).await.expect(201);
    (made["webhook"]["id"].as_i64().unwrap(), made["secret"].as_str().unwrap().to_owned())
}

async fn state(shop: &Shop) -> Value {
    shop.get("/webhooks").await.expect(200)["webhooks"][0].clone()
}

/// Waits until the shop's webhook is as wanted.
async fn until(shop: &Shop, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let now = state(shop).await;
        if wanted(&now) {
            return now;
        }
        assert!(began.elapsed() < SOON, "{now}");
    }
}

#[tokio::test]
async fn every_entry_comes_once_in_order_and_signed() {
    let shop = open().await;
    let mut receiver = Receiver::open().await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let (_, secret) = make(&shop, &receiver.url()).await;
    let redeemed = shop.redeem(&id(), &shop.code(0, 1), 2).await.expect(201);
    let delivery = receiver.next().await;
    let entry: Value = serde_json::from_str(&delivery.body).unwrap();
    assert_eq!((&entry["type"], &entry["kind"], &entry["amount"]), (&json!("entry"), &json!("redemption"), &json!(2)));
    assert_eq!(entry["id"], redeemed["id"], "it begins with what comes after it was made");
    let first = entry["number"].as_i64().unwrap();
    // The receiver's own check, as the documentation tells it.
    let (time, signature) = delivery.signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{}", delivery.body).as_bytes());
    mac.verify_slice(&hex::decode(signature).unwrap()).unwrap();
    assert_eq!(time.parse::<i64>().unwrap(), shop.now_s());
    assert!(delivery.epoch.len() >= 16);
    for step in 2..8 {
        shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
    }
    assert_eq!(receiver.numbers(6).await, (first + 1..first + 7).collect::<Vec<_>>());
    until(&shop, |webhook| webhook["taken"] == first + 6 && webhook["state"] == "active").await;
    // The same address again is the same webhook.
    let again = shop.post("/webhooks", json!({ "url": receiver.url() })).await.expect(200);
    assert_eq!(again["secret"], secret);
    shop.close().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_in_order_and_after_a_restart_from_where_it_was() {
    let mut shop = open().await;
    let mut receiver = Receiver::open().await;
    make(&shop, &receiver.url()).await;
    receiver.then([Next::Status(204), Next::Status(500), Next::Redirect]);
    for step in 0..3 {
        shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
    }
    let first = receiver.numbers(1).await[0];
    assert_eq!(receiver.numbers(1).await, [first + 1]);
    let failing = until(&shop, |webhook| webhook["tries"] == 1).await;
    assert_eq!((&failing["state"], &failing["taken"]), (&json!("failing"), &json!(first)));
    assert_eq!(failing["failure"], "answered with a status of 5xx");
    shop.forward(MAX_WAIT_MS);
    assert_eq!(receiver.numbers(1).await, [first + 1], "nothing overtakes it");
    let failing = until(&shop, |webhook| webhook["tries"] == 2).await;
    assert_eq!(failing["failure"], "answered with a redirect, which is not followed");
    shop.restart().await;
    assert_eq!(state(&shop).await["tries"], 2);
    shop.forward(MAX_WAIT_MS);
    assert_eq!(receiver.numbers(2).await, [first + 1, first + 2]);
    until(&shop, |webhook| webhook["state"] == "active" && webhook["taken"] == first + 2).await;
    shop.close().await;
}

#[tokio::test]
async fn a_receiver_that_hangs_slows_no_redemption_no_other_webhook_and_no_stop() {
    let mut shop = open().await;
    let (hung, mut quick) = (Receiver::open().await, Receiver::open().await);
    hung.then([Next::Hang; 100]);
    make(&shop, &hung.url()).await;
    make(&shop, &quick.url()).await;
    let began = Instant::now();
    for step in 0..5 {
        shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
    }
    quick.numbers(5).await;
    shop.stop().await;
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    shop.verify().await;
}

#[tokio::test]
async fn slow_receivers_of_one_shop_hold_up_no_other_shops() {
    let shop = open().await;
    let (mut hung, mut quick) = (Receiver::open().await, Receiver::open().await);
    hung.then([Next::Hang; 1000]);
    for n in 0..10 {
        make(&shop, &format!("{}?n={n}", hung.url())).await;
    }
    let (other, customers) = Shop::stock(shop.folder.path(), "Other", 1, 5).await;
    let token = other["terminal"]["token"].as_str().unwrap();
    let send = async |path: &str, body| shop.send(Method::POST, path, Some(token), Some(body)).await.expect(201);
    send("/api/v1/webhooks", json!({ "url": quick.url() })).await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    hung.numbers(2).await;
    let began = Instant::now();
    let path = format!("/api/v1/customers/{}/top-ups", customers[0].customer_id);
    send(&path, json!({ "id": id(), "unit": "wash", "amount": 1 })).await;
    quick.numbers(1).await;
    assert!(began.elapsed() + Duration::from_secs(1) < TRY_TIMEOUT, "{:?}", began.elapsed());
    assert!(hung.deliveries.is_empty(), "two places a shop");
    shop.close().await;
}

#[tokio::test]
async fn a_webhook_is_tested_held_resumed_and_taken_away() {
    let shop = open().await;
    let mut receiver = Receiver::open().await;
    let (webhook, _) = make(&shop, &receiver.url()).await;
    let tested = shop.post(&format!("/webhooks/{webhook}/test"), json!({})).await.expect(200);
    assert_eq!(tested, json!({ "delivered": true, "failure": null }));
    assert_eq!(receiver.next().await.body, format!("{{\"type\":\"test\",\"webhook\":{webhook}}}"));
    receiver.then([Next::Status(404)]);
    let tested = shop.post(&format!("/webhooks/{webhook}/test"), json!({})).await.expect(200);
    assert_eq!(tested["delivered"], false);
    receiver.next().await;
    let paused = shop.post(&format!("/webhooks/{webhook}/pause"), json!({})).await.expect(200);
    assert_eq!(paused["state"], "paused");
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    shop.post(&format!("/webhooks/{webhook}/resume"), json!({})).await.expect(200);
    assert_eq!(receiver.numbers(1).await.len(), 1, "what came meanwhile is not lost");
    let path = format!("/api/v1/webhooks/{webhook}");
    assert_eq!(shop.send(Method::DELETE, &path, Some(&shop.token), None).await.status, 204);
    shop.send(Method::DELETE, &path, Some(&shop.token), None).await.expect_code(404, "not_found");
    let acts = shop.get("/audit").await.expect(200).to_string();
    for act in ["webhook_made", "webhook_changed", "webhook_deleted"] {
        assert!(acts.contains(act), "{act} is not in {acts}");
    }
    shop.close().await;
}

#[tokio::test]
async fn one_that_fails_for_a_week_is_given_up_and_the_owner_can_see_it() {
    let shop = open().await;
    let mut receiver = Receiver::open().await;
    let (webhook, _) = make(&shop, &receiver.url()).await;
    receiver.then([Next::Status(503); 2]);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    receiver.next().await;
    until(&shop, |webhook| webhook["state"] == "failing").await;
    shop.forward(DISABLE_AFTER_MS);
    receiver.next().await;
    until(&shop, |webhook| webhook["state"] == "disabled").await;
    assert!(shop.get("/audit").await.expect(200).to_string().contains("webhook_disabled"));
    shop.post(&format!("/webhooks/{webhook}/resume"), json!({})).await.expect(200);
    receiver.next().await;
    until(&shop, |webhook| webhook["state"] == "active").await;
    shop.close().await;
}

#[tokio::test]
async fn a_shop_cannot_make_the_server_call_its_own_network() {
    let shop = Shop::open().await;
    let receiver = Receiver::open().await;
    for url in [receiver.url().as_str(), "http://[::1]:1/", "http://169.254.169.254/", "ftp://example.org/", "x"] {
        shop.post("/webhooks", json!({ "url": url })).await.expect_code(400, "malformed");
    }
    // A name that leads there is found out when it is used.
    let local = format!("http://localhost:{}/hook", receiver.address.port());
    let (webhook, _) = make(&shop, &local).await;
    let tested = shop.post(&format!("/webhooks/{webhook}/test"), json!({})).await.expect(200);
    assert_eq!(tested, json!({ "delivered": false, "failure": "no connection" }));
    assert!(receiver.deliveries.is_empty());
    shop.close().await;
}
