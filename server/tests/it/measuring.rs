//! Metrics, health, and the log: what the operator of the server sees.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use sqlx::Connection as _;
use tillbeam_server::data::DATABASE;
use tillbeam_server::store::BUSY_TIMEOUT;
use tillbeam_server::{Config, MetricsAt};

use crate::pushing::Socket;
use crate::shop::{Shop, id};

/// Every value of the text by its name and labels; fails on a line that is none of the format's.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let mut values = BTreeMap::new();
    let mut family = "";
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.split(' ');
            match (words.next(), words.next()) {
                (Some("HELP"), Some(_)) => {}
                (Some("TYPE"), Some(name)) => family = name,
                other => panic!("{other:?} in {line}"),
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with(family), "{line} is not of {family}");
        assert!(values.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{name} is there twice");
    }
    values
}

async fn metrics(url: &str) -> BTreeMap<String, f64> {
    let response = reqwest::get(format!("{url}/metrics")).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    parse(&response.text().await.unwrap())
}

#[tokio::test]
async fn what_happens_is_counted() {
    let shop = Shop::open_set(Config { metrics: MetricsAt::Public, ..Config::default() }).await;
    let before = metrics(&shop.url).await;
    let token = shop.customers[0].token.clone();
    let mut phone = Socket::open(&shop, "/ws", &token).await;
    phone.json().await;
    let code = shop.code(0, 0);
    shop.redeem(&id(), &code, 1).await.expect(201);
    assert_eq!(phone.json().await["type"], "redemption");
    shop.redeem(&id(), &code, 1).await.expect(200);
    shop.redeem(&id(), &shop.code(1, 0), 99).await.expect(402);
    shop.forward(5000);
    let after = metrics(&shop.url).await;
    let moved = |name: &str| after[name] - before.get(name).copied().unwrap_or(0.0);
    for (name, by) in [
        ("tillbeam_requests_total{noun=\"redemption\",outcome=\"recorded\"}", 1.0),
        ("tillbeam_requests_total{noun=\"redemption\",outcome=\"repeated\"}", 1.0),
        ("tillbeam_requests_total{noun=\"redemption\",outcome=\"insufficient_balance\"}", 1.0),
        ("tillbeam_commit_batch_requests_sum", 3.0),
        ("tillbeam_commit_batch_requests_bucket{le=\"+Inf\"}", 3.0),
        ("tillbeam_commit_seconds_count", 3.0),
        ("tillbeam_push_seconds_count", 1.0),
        ("tillbeam_sockets_open{kind=\"phone\"}", 1.0),
        ("tillbeam_customers_online{shop=\"1\"}", 1.0),
        ("tillbeam_http_responses_total{status=\"402\"}", 1.0),
        ("tillbeam_oldest_unseen_seconds", 5.0),
        ("tillbeam_commit_failures_total", 0.0),
    ] {
        assert!((moved(name) - by).abs() < 0.001, "{name} moved by {}", moved(name));
    }
    assert!(after["tillbeam_database_bytes"] > 0.0 && after["tillbeam_wal_bytes"] > 0.0);
    assert!(after["tillbeam_push_seconds_sum"] < 5.0);
    phone.send(json!({ "seen": 1 }).to_string()).await;
    while metrics(&shop.url).await["tillbeam_acks_total"] < 1.0 {}
    drop(phone);
    while metrics(&shop.url).await["tillbeam_sockets_open{kind=\"phone\"}"] > 0.0 {}
    shop.close().await;
}

#[tokio::test]
async fn the_metrics_are_nowhere_unless_they_are_asked_for() {
    let shop = Shop::open().await;
    shop.send(Method::GET, "/metrics", None, None).await.expect_code(404, "not_found");
    shop.close().await;
    let own = MetricsAt::Own("127.0.0.1:0".parse().unwrap());
    let shop = Shop::open_set(Config { metrics: own, ..Config::default() }).await;
    shop.send(Method::GET, "/metrics", None, None).await.expect_code(404, "not_found");
    let text = metrics(&format!("http://{}", shop.metrics.unwrap())).await;
    assert!(text.keys().any(|name| name.starts_with("tillbeam_build_info{version=")));
    let others = reqwest::get(format!("http://{}/api/v1/shop", shop.metrics.unwrap())).await.unwrap();
    assert_eq!(others.status(), 404, "nothing else is there");
    shop.close().await;
}

#[tokio::test]
async fn a_server_that_cannot_write_says_so_and_recovers_by_itself() {
    let shop = Shop::open().await;
    assert_eq!(shop.send(Method::GET, "/healthz", None, None).await.expect(200)["status"], "ok");
    // Another program holds the books, for longer than the server waits.
    let database = shop.folder.path().join(DATABASE);
    let mut other = sqlx::SqliteConnection::connect(&format!("sqlite:{}", database.display())).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let (redemption, code) = (id(), shop.code(0, 0));
    let refused = tokio::time::timeout(BUSY_TIMEOUT + Duration::from_secs(5), shop.redeem(&redemption, &code, 1));
    refused.await.unwrap().expect_code(503, "busy");
    let unwell = shop.send(Method::GET, "/healthz", None, None).await.expect_code(503, "busy");
    assert!(unwell["detail"].as_str().unwrap().contains("another program"), "{unwell}");
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    // Nobody has to write for it to notice; a second later it looks by itself.
    shop.forward(1000);
    shop.send(Method::GET, "/healthz", None, None).await.expect(200);
    shop.redeem(&redemption, &code, 1).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_clock_behind_the_books_is_told() {
    let shop = Shop::open().await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    shop.forward(-3_600_000);
    shop.send(Method::GET, "/healthz", None, None).await.expect_code(503, "clock_wrong");
    shop.forward(3_600_000);
    shop.send(Method::GET, "/healthz", None, None).await.expect(200);
    shop.close().await;
}
