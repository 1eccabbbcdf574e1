//! SIGTERM under load: what is in flight is finished, sockets say goodbye, the program ends in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use reqwest::Client;
use serde_json::{Value, json};
use tillbeam_server::code::Step;
use tillbeam_server::data::DATABASE;
use tillbeam_server::provision::NewCustomer;
use tillbeam_server::{clock, verify};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::program::Program;
use crate::pushing::Socket;
use crate::shop::{Shop, code_of, id};

/// The contract's limit.
const STOP: Duration = Duration::from_secs(10);

/// Redeems one after another until the server is gone; the ids that were answered as recorded.
async fn redeem(url: String, token: String, customer: NewCustomer, stopping: Arc<AtomicBool>) -> Vec<String> {
    let client = Client::new();
    let first = Step::at(clock::system()().div_euclid(1000)).0;
    let mut recorded = Vec::new();
    // Codes of the near future are taken, too.
    for step in first..first + 8 {
        let request = id();
        let body = json!({ "id": request, "code": code_of(&customer, step), "amount": 1 });
        let sent = client.post(format!("{url}/api/v1/redemptions")).bearer_auth(&token).json(&body).send().await;
        match sent {
            Ok(response) if response.status() == 201 => recorded.push(request),
            Ok(response) => assert!(matches!(response.status().as_u16(), 503 | 410), "{}", response.status()),
            Err(error) => assert!(stopping.load(Ordering::SeqCst), "{error}"),
        }
    }
    recorded
}

/// What a client that takes its time leaves open.
async fn half(url: &str, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_finishes_what_is_in_flight_and_ends_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let (made, customers) = Shop::stock(folder.path(), "Lotus", 40, 100).await;
    let terminal = made["terminal"]["token"].as_str().unwrap().to_owned();
    let program = Program::serve(folder.path(), &[], "info");
    let url = program.url.clone();
    let phone = customers[0].token.clone();
    let mut socket = Socket::open_at(&url, "/ws", ("authorization", &format!("Bearer {phone}"))).await;
    let mut till = Socket::open_at(&url, "/api/v1/terminal/ws", ("authorization", &format!("Bearer {terminal}"))).await;
    assert_eq!(socket.json().await["type"], "hello");
    assert_eq!(till.json().await["type"], "hello");
    let get = |path: &str| Client::new().get(format!("{url}{path}")).bearer_auth(&customers[1].token).send();
    let mut stream = get("/api/v1/me/stream").await.unwrap().bytes_stream();
    stream.next().await.unwrap().unwrap();
    let poll = tokio::spawn(get("/api/v1/me/events?wait=25"));
    let head = "POST /api/v1/redemptions HTTP/1.1\r\nhost: 127.0.0.1\r\n";
    let mut slow = vec![half(&url, head).await, half(&url, "").await];
    slow.push(half(&url, &format!("{head}authorization: Bearer {terminal}\r\ncontent-length: 100\r\n\r\n{{")).await);
    let stopping = Arc::new(AtomicBool::new(false));
    let load = customers[2..]
        .iter()
        .map(|customer| tokio::spawn(redeem(url.clone(), terminal.clone(), customer.clone(), stopping.clone())));
    let load = join_all(load.collect::<Vec<_>>());
    // In the middle of it: some are recorded, others on their way.
    while till.json().await["type"] != "entry" {}
    stopping.store(true, Ordering::SeqCst);
    let began = Instant::now();
    program.terminate();
    assert_eq!(timeout(STOP, poll).await.unwrap().unwrap().unwrap().status(), 200, "a poll is answered");
    assert_eq!(timeout(STOP, until_closed(&mut socket)).await.unwrap(), 4000);
    assert_eq!(timeout(STOP, until_closed(&mut till)).await.unwrap(), 4000);
    let rest =
        timeout(STOP, stream.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap()).collect::<String>());
    assert!(rest.await.unwrap().contains("{\"code\":4000}"));
    let recorded: Vec<String> = load.await.into_iter().flat_map(Result::unwrap).collect();
    let (status, log) = tokio::task::spawn_blocking(move || program.wait()).await.unwrap();
    assert!(status.success(), "{status}: {log}");
    assert!(began.elapsed() < STOP, "{:?}", began.elapsed());
    for stream in &mut slow {
        let _ = timeout(STOP, stream.read_to_end(&mut Vec::new())).await.expect("every connection is closed");
    }
    check(folder.path(), &terminal, &recorded).await;
}

async fn until_closed(socket: &mut Socket) -> u16 {
    loop {
        if let Err(code) = socket.text().await {
            return code;
        }
    }
}

/// The books hold, and everything that was answered is in them.
async fn check(data: &std::path::Path, terminal: &str, recorded: &[String]) {
    let report = verify::file(&data.join(DATABASE)).await.unwrap();
    assert_eq!(report.wrong, Vec::<String>::new());
    assert!(!recorded.is_empty());
    let again = Program::serve(data, &[], "info");
    for request in recorded {
        let url = format!("{}/api/v1/redemptions/{request}", again.url);
        let answer: Value = Client::new().get(url).bearer_auth(terminal).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["status"], "recorded", "{answer}");
    }
    again.terminate();
    let (status, _) = tokio::task::spawn_blocking(move || again.wait()).await.unwrap();
    assert!(status.success());
}
