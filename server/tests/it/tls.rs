//! https by the server's own CA, and plain requests sent there.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use sha2::Digest as _;
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
    let pem = std::fs::read(folder.path().join("ca.pem")).unwrap();
    let ca = reqwest::Certificate::from_pem(&pem).unwrap();
    let trusting = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
    assert_eq!(trusting.get(format!("{url}/healthz")).send().await.unwrap().status(), 200);
    assert!(reqwest::get(format!("{url}/healthz")).await.is_err(), "nobody trusts a CA that was not installed");
    let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let response = plain.get(format!("{}/x?y=1", url.replacen("https", "http", 1))).send().await.unwrap();
    assert_eq!(response.status(), 308);
    assert_eq!(response.headers()["location"], format!("{url}/x?y=1").as_str());
    // What it takes to trust the CA comes without it.
    let by_http = |path: &str| plain.get(url.replacen("https", "http", 1) + path).send();
    let certificate = by_http("/ca.crt").await.unwrap();
    assert_eq!(certificate.status(), 200);
    let tag = certificate.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned();
    let der = certificate.bytes().await.unwrap();
    assert_eq!(tag, hex::encode(sha2::Sha256::digest(&der)));
    assert_eq!(tag, tillbeam_server::tls::fingerprint(&String::from_utf8(pem).unwrap()).unwrap());
    let profile = by_http("/ca.mobileconfig").await.unwrap();
    assert_eq!(profile.headers()["content-type"], "application/x-apple-aspen-config");
    for path in ["/", "/healthz", "/api/v1/shop"] {
        assert_eq!(by_http(path).await.unwrap().status(), 308, "{path}");
    }
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn without_a_ca_of_its_own_there_is_none_to_trust() {
    install_crypto();
    let folder = tempfile::tempdir().unwrap();
    let (url, shutdown, running) = serve(folder.path(), &Arc::new(AtomicI64::new(START_MS)), Tls::Off).await;
    for path in ["/ca.crt", "/ca.mobileconfig"] {
        assert_eq!(reqwest::get(format!("{url}{path}")).await.unwrap().status(), 404, "{path}");
    }
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
