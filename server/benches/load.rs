//! Redemptions per second over HTTP, and the time to the answer and to the phone's socket.
//!
//! The real server on a real file, real codes, every check on. Server and
//! client share this machine's cores. `cargo bench -p tillbeam-server`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement prints, rounds and fails loudly"
)]

#[path = "../tests/common/syncs.rs"]
mod syncs;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};
use tillbeam_server::data::Data;
use tillbeam_server::provision::{Line, NewCustomer, Order, provision};
use tillbeam_server::unit::Unit;
use tillbeam_server::{Config, Server, Tls, clock};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_util::sync::CancellationToken;

const CUSTOMERS: usize = 64;
/// Redemptions of one customer: codes from steps that are accepted at the same time.
const EACH: i64 = 20;

type Sent = Arc<Mutex<HashMap<String, Instant>>>;

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    println!("at once    per second    answer p50 / p99 ms    push p50 / p99 ms    syncs per redemption");
    for at_once in [1, 64] {
        measure(at_once).await;
    }
}

async fn measure(at_once: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (token, customers) = stock(&folder).await;
    let listen = "127.0.0.1:0".parse().unwrap();
    let config = Config { data: folder.path().to_owned(), listen, tls: Tls::Off, public_url: None };
    let server = Server::bind(config).await.unwrap();
    let url = server.local_url();
    let stop = CancellationToken::new();
    let running = tokio::spawn(server.run(stop.clone()));
    let sent: Sent = Arc::default();
    let phones = join_all(customers.iter().map(|customer| phone(&url, customer, sent.clone()))).await;
    let client = reqwest::Client::new();
    let queue = Arc::new(Mutex::new(codes(&customers)));
    let total = queue.lock().unwrap().len();
    let (before, start) = (syncs::count(), Instant::now());
    let workers = (0..at_once).map(|_| worker(&client, &url, &token, &queue, &sent));
    let mut answers: Vec<Duration> = join_all(workers).await.concat();
    let took = start.elapsed();
    let each_syncs = (syncs::count() - before) as f64 / total as f64;
    let mut pushes: Vec<Duration> = join_all(phones).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!((answers.len(), pushes.len()), (total, total), "lost or duplicated");
    let [a50, a99] = percentiles(&mut answers);
    let [p50, p99] = percentiles(&mut pushes);
    let rate = total as f64 / took.as_secs_f64();
    println!("{at_once:>7} {rate:>13.0} {a50:>14.2} / {a99:<8.2} {p50:>10.2} / {p99:<8.2} {each_syncs:>16.2}");
    stop.cancel();
    running.await.unwrap().unwrap();
}

async fn stock(folder: &tempfile::TempDir) -> (String, Vec<NewCustomer>) {
    let data = Data::open(folder.path()).await.unwrap();
    let units = vec![Unit::parse("wash").unwrap()];
    let order = Order { shop: "Bench".into(), units, customers: CUSTOMERS, balance: 1000 };
    let (mut token, mut customers) = (String::new(), Vec::new());
    provision(&data, &order, clock::system()(), |line| match line {
        Line::Terminal { terminal } => token.clone_from(&terminal.token),
        Line::Customer(customer) => customers.push((**customer).clone()),
    })
    .await
    .unwrap();
    data.store.close().await;
    (token, customers)
}

/// Every code that is accepted for the next half minute, customers in turn.
fn codes(customers: &[NewCustomer]) -> Vec<String> {
    let now = Step::at(clock::system()() / 1000).0;
    let mut codes = Vec::new();
    for step in 0..EACH {
        for customer in customers {
            let number = CredentialNumber::new(customer.credential.parse().unwrap()).unwrap();
            let key = Key::from_bytes(hex::decode(&customer.key).unwrap().try_into().unwrap());
            codes.push(Code::phone(number, &key, Step(now - 7 + step)).to_string());
        }
    }
    codes
}

/// A phone on a real socket: the time from each request to its event.
async fn phone(url: &str, customer: &NewCustomer, sent: Sent) -> tokio::task::JoinHandle<Vec<Duration>> {
    let mut request = format!("{}/ws", url.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", customer.token).parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let _hello = socket.next().await;
    tokio::spawn(async move {
        let mut took = Vec::new();
        while took.len() < usize::try_from(EACH).unwrap() {
            let Some(Ok(message)) = socket.next().await else { break };
            let Ok(text) = message.into_text() else { continue };
            let Ok(event) = serde_json::from_str::<Value>(&text) else { continue };
            let start = sent.lock().unwrap().get(event["id"].as_str().unwrap_or_default()).copied();
            took.extend(start.map(|start| start.elapsed()));
        }
        took
    })
}

async fn worker(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    queue: &Mutex<Vec<String>>,
    sent: &Sent,
) -> Vec<Duration> {
    let mut took = Vec::new();
    loop {
        let Some(code) = queue.lock().unwrap().pop() else { return took };
        let id = uuid::Uuid::now_v7().to_string();
        let body = json!({ "id": id, "code": code, "amount": 1 });
        let start = Instant::now();
        sent.lock().unwrap().insert(id, start);
        let request = client.post(format!("{url}/api/v1/redemptions")).bearer_auth(token).json(&body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        took.push(start.elapsed());
    }
}

/// The median and the 99th percentile, in ms.
fn percentiles(times: &mut [Duration]) -> [f64; 2] {
    times.sort_unstable();
    [50, 99].map(|percent| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1000.0)
}
