//! A test shop: the real server, a terminal, customers, and a clock that a test may move.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tillbeam_server::backup::schedule::Plan;
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};
use tillbeam_server::data::{DATABASE, Data};
use tillbeam_server::provision::{Line, NewCustomer, Order, provision};
use tillbeam_server::unit::Unit;
use tillbeam_server::{Config, Server, Tls, verify};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The first moment of every test, Unix ms.
pub const START_MS: i64 = 1_795_372_800_000;

pub struct Shop {
    pub url: String,
    /// Where the metrics listen, if they have an address of their own.
    pub metrics: Option<SocketAddr>,
    pub token: String,
    pub id: i64,
    pub customers: Vec<NewCustomer>,
    pub folder: TempDir,
    pub config: Config,
    clock: Arc<AtomicI64>,
    client: reqwest::Client,
    shutdown: CancellationToken,
    running: Option<JoinHandle<()>>,
}

/// An answer: status, headers, body as JSON (null if it is none).
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    #[track_caller]
    pub fn expect_code(self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body}");
        body
    }
}

impl Shop {
    /// A shop with two customers who hold ten washes and 10,000 fen each.
    pub async fn open() -> Self {
        Self::open_with(2, 10).await
    }

    pub async fn open_with(customers: usize, balance: i64) -> Self {
        Self::open_named("Lotus", customers, balance, Config::default()).await
    }

    /// The same under a name of its own.
    pub async fn open_as(name: &str) -> Self {
        Self::open_named(name, 2, 10, Config::default()).await
    }

    /// The same with settings; where it lies and listens is chosen here.
    pub async fn open_set(config: Config) -> Self {
        Self::open_named("Lotus", 2, 10, config).await
    }

    async fn open_named(name: &str, customers: usize, balance: i64, config: Config) -> Self {
        install_crypto();
        let folder = tempfile::tempdir().unwrap();
        let (terminal, made) = Self::stock(folder.path(), name, customers, balance).await;
        let clock = Arc::new(AtomicI64::new(START_MS));
        let config = Config { data: folder.path().to_owned(), listen: "127.0.0.1:0".parse().unwrap(), ..config };
        let Running { url, metrics, shutdown, task } = run(config.clone(), &clock).await;
        Self {
            url,
            metrics,
            token: terminal["terminal"]["token"].as_str().unwrap().to_owned(),
            id: terminal["terminal"]["shop_id"].as_i64().unwrap(),
            customers: made,
            folder,
            config,
            clock,
            client: reqwest::Client::new(),
            shutdown,
            running: Some(task),
        }
    }

    /// Provisions a shop in a data directory, as `tillbeam-server provision` does.
    pub async fn stock(data: &Path, name: &str, customers: usize, balance: i64) -> (Value, Vec<NewCustomer>) {
        let data = Data::open(data).await.unwrap();
        let units = vec![Unit::parse("wash").unwrap(), Unit::parse("CNY").unwrap()];
        let order = Order { shop: name.into(), units, customers, balance };
        let (mut terminal, mut made) = (Value::Null, Vec::new());
        provision(&data, &order, START_MS, |line| match line {
            Line::Terminal { .. } => terminal = serde_json::to_value(line).unwrap(),
            Line::Customer(customer) => made.push((**customer).clone()),
        })
        .await
        .unwrap();
        data.store.close().await;
        (terminal, made)
    }

    /// Stops the server and starts it again on the same books.
    pub async fn restart(&mut self) {
        self.stop().await;
        let Running { url, metrics, shutdown, task } = run(self.config.clone(), &self.clock).await;
        (self.url, self.metrics, self.shutdown, self.running) = (url, metrics, shutdown, Some(task));
    }

    /// The same with backups by the clock.
    pub async fn restart_with_backups(&mut self, plan: Plan) {
        self.config.backups = Some(plan);
        self.restart().await;
    }

    pub async fn stop(&mut self) {
        self.shutdown.cancel();
        if let Some(running) = self.running.take() {
            running.await.unwrap();
        }
    }

    /// Stops, and fails unless the books hold.
    pub async fn close(mut self) {
        self.stop().await;
        self.verify().await;
    }

    pub async fn verify(&self) {
        let report = verify::file(&self.folder.path().join(DATABASE)).await.unwrap();
        assert_eq!(report.wrong, Vec::<String>::new());
    }

    pub fn forward(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn now_s(&self) -> i64 {
        self.clock.load(Ordering::SeqCst).div_euclid(1000)
    }

    /// The code that a customer's phone shows, some steps from now.
    pub fn code(&self, customer: usize, steps: i64) -> String {
        code_of(&self.customers[customer], Step::at(self.now_s()).0 + steps)
    }

    pub async fn send(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
        Answer { status, headers, body }
    }

    /// A call by the terminal.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, &format!("/api/v1{path}"), Some(&self.token), Some(body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, &format!("/api/v1{path}"), Some(&self.token), None).await
    }

    /// A call by a customer's phone.
    pub async fn phone(&self, customer: usize, path: &str) -> Value {
        let token = self.customers[customer].token.clone();
        self.send(Method::GET, &format!("/api/v1{path}"), Some(&token), None).await.expect(200)
    }

    /// A call by the terminal with a file for a body.
    pub async fn upload(&self, path: &str, token: &str, file: impl Into<reqwest::Body>) -> Answer {
        let request = self.client.post(format!("{}/api/v1{path}", self.url)).bearer_auth(token);
        let response = request.header("content-type", "text/csv").body(file).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
        Answer { status, headers, body }
    }

    /// A file that a terminal is given.
    pub async fn download(&self, path: &str, token: &str) -> String {
        let request = self.client.get(format!("{}/api/v1{path}", self.url)).bearer_auth(token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.text().await.unwrap()
    }

    pub async fn redeem(&self, id: &str, code: &str, amount: i64) -> Answer {
        self.post("/redemptions", json!({ "id": id, "code": code, "amount": amount })).await
    }

    pub async fn balance(&self, customer: usize, unit: &str) -> i64 {
        let me = self.phone(customer, "/me").await;
        let accounts = me["accounts"].as_array().unwrap().clone();
        accounts.iter().find(|account| account["unit"] == unit).map_or(0, |a| a["balance"].as_i64().unwrap())
    }
}

/// The test app is checked when it goes: nothing may be left running.
impl Drop for Shop {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A running server.
struct Running {
    url: String,
    metrics: Option<SocketAddr>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

async fn run(config: Config, clock: &Arc<AtomicI64>) -> Running {
    let clock = clock.clone();
    let server = Server::bind_with(config, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
    let (url, metrics) = (server.local_url(), server.metrics_addr());
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let task = tokio::spawn(async move { server.run(stop).await.unwrap() });
    Running { url, metrics, shutdown, task }
}

pub async fn serve(data: &Path, clock: &Arc<AtomicI64>, tls: Tls) -> (String, CancellationToken, JoinHandle<()>) {
    let listen = "127.0.0.1:0".parse().unwrap();
    let config = Config { data: data.to_owned(), listen, tls, ..Config::default() };
    let Running { url, shutdown, task, .. } = run(config, clock).await;
    (url, shutdown, task)
}

pub fn code_of(customer: &NewCustomer, step: i64) -> String {
    let number = CredentialNumber::new(customer.credential.parse().unwrap()).unwrap();
    let key = Key::from_bytes(hex::decode(&customer.key).unwrap().try_into().unwrap());
    Code::phone(number, &key, Step(step)).to_string()
}

pub fn id() -> String {
    Uuid::now_v7().to_string()
}
