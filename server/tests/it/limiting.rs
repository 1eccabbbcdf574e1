//! Floods, slow bodies and heads, and thousands of connections: bounded, while others are served.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Client, Method};
use tillbeam_server::{Config, Limits, MetricsAt};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::pushing::Socket;
use crate::shop::{Shop, id};

/// Longer than anything here takes, even on a machine that is busy with other things.
const SOON: Duration = Duration::from_secs(20);

/// A shop where this machine's own address counts like a stranger's.
async fn open(limits: Limits) -> Shop {
    let limits = Limits { loopback: true, ..limits };
    Shop::open_set(Config { limits, metrics: MetricsAt::Public, ..Config::default() }).await
}

fn address(shop: &Shop) -> SocketAddr {
    shop.url.trim_start_matches("http://").parse().unwrap()
}

async fn limited(shop: &Shop, limit: &str) -> f64 {
    let text = reqwest::get(format!("{}/metrics", shop.url)).await.unwrap().text().await.unwrap();
    let name = format!("tillbeam_limited_total{{limit=\"{limit}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&name)).unwrap().parse().unwrap()
}

/// Whether the server closes a connection without an answer.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    !matches!(timeout(SOON, stream.read(&mut byte)).await.unwrap(), Ok(1..))
}

#[tokio::test]
async fn thousands_of_connections_of_one_address_are_bounded_and_others_are_served() {
    let shop = open(Limits { address_connections: 50, address_rate: 10_000, ..Limits::default() }).await;
    let token = shop.customers[0].token.clone();
    // The shop's terminal has a connection already; it keeps it.
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let mut phone = Socket::open(&shop, "/ws", &token).await;
    phone.json().await;
    let flood = join_all((0..2000).map(|_| TcpStream::connect(address(&shop)))).await;
    let mut flood: Vec<TcpStream> = flood.into_iter().filter_map(Result::ok).collect();
    let last = flood.last_mut().unwrap();
    assert!(is_closed(last).await, "one too many is closed");
    // Another address of this machine is another one's.
    let other = Client::builder().local_address("127.0.0.2".parse::<std::net::IpAddr>().unwrap()).build().unwrap();
    assert_eq!(other.get(format!("{}/healthz", shop.url)).send().await.unwrap().status(), 200);
    shop.redeem(&id(), &shop.code(1, 0), 1).await.expect(201);
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    assert_eq!(phone.json().await["type"], "redemption");
    // What was closed is given back.
    drop(flood);
    let again = async {
        while Client::new().get(format!("{}/healthz", shop.url)).send().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, again).await.unwrap();
    assert!(limited(&shop, "address_connections").await > 100.0);
    shop.close().await;
}

#[tokio::test]
async fn sockets_keep_their_place_among_their_addresss_connections() {
    let shop = open(Limits { address_connections: 10, address_rate: 10_000, ..Limits::default() }).await;
    let token = shop.customers[0].token.clone();
    let mut sockets = Vec::new();
    for _ in 0..8 {
        let mut socket = Socket::open(&shop, "/ws", &token).await;
        socket.json().await;
        sockets.push(socket);
    }
    let mut more: Vec<TcpStream> = Vec::new();
    for _ in 0..5 {
        more.push(TcpStream::connect(address(&shop)).await.unwrap());
    }
    assert!(is_closed(more.last_mut().unwrap()).await);
    shop.close().await;
}

#[tokio::test]
async fn new_connections_come_so_fast_and_no_faster() {
    let shop = open(Limits { address_rate: 1, ..Limits::default() }).await;
    let mut closed = 0;
    let mut streams = Vec::new();
    for _ in 0..60 {
        streams.push(TcpStream::connect(address(&shop)).await.unwrap());
    }
    for stream in &mut streams[50..] {
        closed += usize::from(is_closed(stream).await);
    }
    assert!(closed >= 5, "{closed}");
    let began = Instant::now();
    while Client::new().get(format!("{}/healthz", shop.url)).send().await.is_err() {
        assert!(began.elapsed() < SOON);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_flood_of_requests_is_told_to_wait_and_the_terminals_own_are_not() {
    let shop =
        open(Limits { stranger_requests: 5, phone_requests: 5, address_rate: 10_000, ..Limits::default() }).await;
    let phone = shop.customers[0].token.clone();
    for (path, token) in [("/healthz", None), ("/api/v1/me", Some("wrong")), ("/", None), ("/api/v1/me", Some(&*phone))]
    {
        let began = Instant::now();
        loop {
            let answer = shop.send(Method::GET, path, token, None).await;
            if answer.status == 429 {
                let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
                assert!((1..=5).contains(&wait), "{wait}");
                answer.expect_code(429, "too_many_attempts");
                break;
            }
            assert!(began.elapsed() < SOON, "{path} is not limited");
        }
    }
    for step in 0..10 {
        shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_terminal_that_floods_slows_itself_alone() {
    let shop = open(Limits { terminal_requests: 5, address_rate: 10_000, ..Limits::default() }).await;
    let (other, _) = Shop::stock(shop.folder.path(), "Other", 1, 5).await;
    let other = other["terminal"]["token"].as_str().unwrap();
    let mut refused = 0;
    for _ in 0..30 {
        refused += usize::from(shop.get("/shop").await.status == 429);
    }
    assert!(refused > 0);
    shop.send(Method::GET, "/api/v1/shop", Some(other), None).await.expect(200);
    let metrics = limited(&shop, "terminal_requests").await;
    assert!(metrics > 0.0);
    shop.close().await;
}

#[tokio::test]
async fn a_terminal_that_floods_with_pins_makes_no_other_shop_wait() {
    let shop = Arc::new(Shop::open().await);
    let (other, _) = Shop::stock(shop.folder.path(), "Other", 1, 5).await;
    let pin = format!("/customers/{}/pin", shop.customers[0].customer_id);
    shop.post(&pin, serde_json::json!({ "pin": "2468" })).await;
    let mut flood = JoinSet::new();
    for _ in 0..600 {
        let shop = shop.clone();
        flood.spawn(async move {
            let card = &shop.customers[0].card_code;
            let body = serde_json::json!({ "id": id(), "code": card, "amount": 1, "pin": "1111" });
            shop.post("/redemptions", body).await.status
        });
    }
    flood.join_next().await.unwrap().unwrap();
    let body = serde_json::json!({ "id": id(), "name": "Owner", "role": "owner", "pin": "1357" });
    let token = other["terminal"]["token"].as_str();
    shop.send(Method::POST, "/api/v1/operators", token, Some(body)).await.expect(201);
    assert!(!flood.is_empty());
    flood.shutdown().await;
    Arc::into_inner(shop).unwrap().close().await;
}

#[tokio::test]
async fn a_proxys_clients_are_told_apart_only_if_it_is_ours() {
    let limits = |proxies| Limits { stranger_requests: 2, proxies, ..Limits::default() };
    let ours = open(limits(vec!["127.0.0.1".parse().unwrap()])).await;
    let foreign = open(limits(Vec::new())).await;
    let ask = async |shop: &Shop, client: &str| {
        let request = Client::new().get(format!("{}/healthz", shop.url)).header("x-forwarded-for", client);
        request.send().await.unwrap().status().as_u16()
    };
    let flood = async |shop: &Shop| {
        let began = Instant::now();
        while ask(shop, "203.0.113.1").await == 200 {
            assert!(began.elapsed() < SOON);
        }
    };
    flood(&ours).await;
    assert_eq!(ask(&ours, "203.0.113.2").await, 200);
    // One more may be allowed by the time that it is asked for; not again and again.
    let began = Instant::now();
    flood(&foreign).await;
    while ask(&foreign, "203.0.113.2").await != 429 {
        assert!(began.elapsed() < SOON);
        flood(&foreign).await;
    }
    ours.close().await;
    foreign.close().await;
}

#[tokio::test]
async fn slow_heads_and_slow_bodies_are_cut_and_nobody_waits_for_them() {
    let limits =
        Limits { head_time: Duration::from_millis(300), body_time: Duration::from_millis(300), ..Limits::default() };
    let shop = open(limits).await;
    let head = "POST /api/v1/redemptions HTTP/1.1\r\nhost: 127.0.0.1\r\n";
    let whole = format!("{head}authorization: Bearer {}\r\ncontent-length: 100\r\n\r\n{{", shop.token);
    let mut slow = Vec::new();
    for text in [head, &whole].into_iter().cycle().take(100) {
        let mut stream = TcpStream::connect(address(&shop)).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    for (stream, has_head) in slow.iter_mut().zip([false, true].into_iter().cycle()) {
        let mut answer = Vec::new();
        let _ = timeout(SOON, stream.read_to_end(&mut answer)).await.expect("it is cut");
        let answer = String::from_utf8_lossy(&answer);
        assert!(if has_head { answer.contains("did not arrive in time") } else { !answer.contains("200") }, "{answer}");
    }
    assert!(limited(&shop, "body_time").await >= 50.0);
    shop.close().await;
}

#[tokio::test]
async fn what_is_packed_is_not_unpacked() {
    let shop = Shop::open().await;
    for encoding in ["gzip", "br", "deflate", "zstd"] {
        let request = Client::new().post(format!("{}/api/v1/redemptions", shop.url)).bearer_auth(&shop.token);
        let request = request.header("content-encoding", encoding).body("\u{1f}\u{8b}");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{encoding}");
        assert_eq!(response.json::<serde_json::Value>().await.unwrap()["code"], "malformed");
    }
    shop.close().await;
}
