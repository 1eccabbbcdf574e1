//! https by the server's own CA, and plain requests sent there.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use tillbeam_server::data::Data;
use tillbeam_server::{Config, Server, StartError, Tls};

use crate::shop::{START_MS, install_crypto, serve};

#[tokio::test]
async fn a_client_that_trusts_the_ca_gets_in_and_a_plain_one_is_sent_to_https() {
    install_crypto();
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(AtomicI64::new(START_MS));
    let (url, shutdown, running) = serve(folder.path(), &clock, Tls::OwnCa).await;
    assert!(url.starts_with("https://127.0.0.1:"));
    let ca = std::fs::read(folder.path().join("ca.pem")).unwrap();
    let ca = reqwest::Certificate::from_pem(&ca).unwrap();
    let trusting = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
    assert_eq!(trusting.get(format!("{url}/healthz")).send().await.unwrap().status(), 200);
    assert!(reqwest::get(format!("{url}/healthz")).await.is_err(), "nobody trusts a CA that was not installed");
    let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let response = plain.get(format!("{}/x?y=1", url.replacen("https", "http", 1))).send().await.unwrap();
    assert_eq!(response.status(), 308);
    assert_eq!(response.headers()["location"], format!("{url}/x?y=1").as_str());
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn what_cannot_start_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let config = |listen: &str, data: &std::path::Path| Config {
        data: data.to_owned(),
        listen: listen.parse().unwrap(),
        tls: Tls::Off,
        ..Config::default()
    };
    let first = Server::bind(config("127.0.0.1:0", folder.path())).await.unwrap();
    let locked = Server::bind(config("127.0.0.1:0", folder.path())).await.err().unwrap().to_string();
    assert!(locked.contains("another Tillbeam") && locked.contains("--data"), "{locked}");
    let other = tempfile::tempdir().unwrap();
    let taken = Server::bind(config(&first.local_addr().to_string(), other.path())).await.err().unwrap();
    assert!(matches!(taken, StartError::Listen { .. }) && taken.to_string().contains("--listen"), "{taken}");
    let file = other.path().join("file");
    std::fs::write(&file, "").unwrap();
    let unwritable = Server::bind(config("127.0.0.1:0", &file.join("data"))).await.err().unwrap().to_string();
    assert!(unwritable.contains("cannot be written") && unwritable.contains("--data"), "{unwritable}");
    assert!(Data::existing(&other.path().join("empty")).await.is_err());
}
