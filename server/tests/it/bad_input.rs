//! What a broken terminal or a stranger on the network sends.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::shop::{Shop, id};

#[tokio::test]
async fn a_body_that_is_no_request_is_malformed_and_says_why() {
    let shop = Shop::open().await;
    let client = reqwest::Client::new();
    let url = format!("{}/api/v1/redemptions", shop.url);
    for body in ["", "{", "[]", "null", r#"{"id":"x","code":"1","amount":1}"#, r#"{"amount":"1"}"#] {
        let response = client.post(&url).bearer_auth(&shop.token).body(body).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.status(), 400, "{body}");
        let problem: serde_json::Value = response.json().await.unwrap();
        assert_eq!(problem["code"], "malformed");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    let listed = json!([id(), shop.code(0, 0), 1, null, null]);
    shop.post("/redemptions", listed).await.expect_code(400, "malformed");
    shop.post(&format!("/redemptions/{}/cancel", id()), json!([])).await.expect_code(400, "malformed");
    let unknown = json!({ "id": id(), "code": shop.code(0, 0), "amount": 1, "ammount": 2 });
    let problem = shop.post("/redemptions", unknown).await.expect_code(400, "malformed");
    assert!(problem["detail"].as_str().unwrap().contains("ammount"));
    let huge = json!({ "id": id(), "code": shop.code(0, 0), "amount": 1, "note": "x".repeat(501) });
    shop.post("/redemptions", huge).await.expect_code(400, "malformed");
    assert_eq!(shop.balance(0, "wash").await, 10);
    shop.close().await;
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_too_large() {
    let shop = Shop::open().await;
    let body = json!({ "id": id(), "code": "1".repeat(10_000_000), "amount": 1 });
    // The server answers without reading it all; the client may see the answer or a closed connection.
    let response = reqwest::Client::new()
        .post(format!("{}/api/v1/redemptions", shop.url))
        .bearer_auth(&shop.token)
        .json(&body)
        .send()
        .await;
    if let Ok(response) = response {
        assert_eq!(response.status(), 413);
    }
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn no_call_but_the_page_and_the_health_check_works_without_a_token() {
    let shop = Shop::open().await;
    let calls = [
        (Method::POST, "/api/v1/redemptions"),
        (Method::GET, "/api/v1/shop"),
        (Method::GET, "/api/v1/customers"),
        (Method::POST, "/api/v1/customers"),
        (Method::GET, "/api/v1/me"),
        (Method::GET, "/api/v1/me/events"),
        (Method::POST, "/api/v1/me/acks"),
        (Method::GET, "/poll/1/1"),
    ];
    let phone = shop.customers[0].token.clone();
    for (method, path) in calls {
        for token in [None, Some("nonsense"), Some("")] {
            let answer = shop.send(method.clone(), path, token, Some(json!({}))).await;
            answer.expect_code(401, "token_invalid");
        }
    }
    shop.send(Method::POST, "/api/v1/redemptions", Some(&phone), Some(json!({})))
        .await
        .expect_code(401, "token_invalid");
    shop.get("/me").await.expect_code(401, "token_invalid");
    assert_eq!(shop.send(Method::GET, "/healthz", None, None).await.status, 200);
    shop.send(Method::GET, "/api/v1/nothing", None, None).await.expect_code(404, "not_found");
    shop.send(Method::PUT, "/api/v1/shop", None, None).await.expect_code(405, "malformed");
    shop.close().await;
}

#[tokio::test]
async fn a_page_of_a_stranger_gets_nothing() {
    let shop = Shop::open().await;
    let client = reqwest::Client::new();
    let token = &shop.customers[0].token;
    let rebound = client.get(format!("{}/api/v1/me", shop.url)).bearer_auth(token).header("host", "evil.example");
    let rebound = rebound.send().await.unwrap();
    assert_eq!(rebound.status(), 403);
    assert!(rebound.text().await.unwrap().contains("--public-url"), "the owner is told what to do");
    let with_cookie = |origin: Option<&str>| {
        let mut request =
            client.post(format!("{}/api/v1/me/acks", shop.url)).header("cookie", format!("tillbeam={token}"));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.json(&json!({ "epoch": "x" })).send()
    };
    assert_eq!(with_cookie(Some("https://evil.example")).await.unwrap().status(), 403);
    assert_eq!(with_cookie(Some("null")).await.unwrap().status(), 403);
    assert_eq!(with_cookie(Some(&shop.url)).await.unwrap().status(), 204);
    shop.close().await;
}

#[tokio::test]
async fn bytes_that_are_no_http_end_the_connection_and_nothing_else() {
    let shop = Shop::open().await;
    let address = shop.url.trim_start_matches("http://").to_owned();
    for junk in
        [b"\x16\x03\x01\x02\x00\x01\x00".as_slice(), b"GET / HTTP/9.9\r\n\r\n", &[0; 4096], b"GET / HTTP/1.1\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(junk).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    }
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    shop.close().await;
}
