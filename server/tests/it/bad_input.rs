//! What a broken terminal or a stranger on the network sends.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::pushing::Socket;
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

/// A phone's socket by hand: the handshake, then whatever bytes.
async fn raw_socket(shop: &Shop) -> TcpStream {
    let mut stream = TcpStream::connect(shop.url.trim_start_matches("http://")).await.unwrap();
    let token = &shop.customers[0].token;
    let request = format!(
        "GET /ws HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nauthorization: Bearer {token}\r\n\
         sec-websocket-extensions: permessage-deflate\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let answer = String::from_utf8(answer).unwrap().to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 101") && !answer.contains("deflate"), "{answer}");
    stream
}

/// A client's frame, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let mut frame = vec![first];
    if length < 126 {
        frame.push(0x80 + length.to_be_bytes()[1]);
    } else {
        frame.push(0x80 + 126);
        frame.extend(length.to_be_bytes());
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The code of the server's close frame; events before it are skipped. None: the connection ended without one.
async fn close_code(stream: &mut TcpStream) -> Option<u16> {
    loop {
        let first = stream.read_u8().await.ok()?;
        let length = match stream.read_u8().await.ok()? {
            126 => usize::from(stream.read_u16().await.ok()?),
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.ok()?;
        if first == 0x88 {
            return Some(u16::from_be_bytes(payload.get(..2)?.try_into().unwrap()));
        }
    }
}

#[tokio::test]
async fn frames_that_are_too_much_end_their_socket_with_a_code_and_no_other() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    let mut good = Socket::open(&shop, "/ws", &token).await;
    good.json().await;
    // A frame that says that it is four exabytes long, one over the limit, a message in parts without an end, one
    // that is packed, one that is not masked, and a ping that is too long.
    let huge = [vec![0x81, 0xff], u64::MAX.to_be_bytes().to_vec(), vec![0; 4]].concat();
    let parts = [frame(0x01, &[b'x'; 1000]), frame(0x00, &[b'x'; 1000]).repeat(100)].concat();
    let cases = [
        (huge, 1009..=1009),
        (frame(0x81, &[b'x'; 4097]), 1009..=1009),
        (parts, 1009..=1009),
        (frame(0xc1, b"packed"), 1002..=1002),
        (vec![0x81, 1, b'x'], 1002..=1002),
        (frame(0x89, &[0; 126]), 1002..=1009),
    ];
    for (bytes, codes) in cases {
        let mut stream = raw_socket(&shop).await;
        // The server may close while we still write.
        let _ = stream.write_all(&bytes).await;
        let code = close_code(&mut stream).await;
        assert!(code.is_some_and(|code| codes.contains(&code)), "{code:?} for {:x?}", &bytes[..2]);
    }
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    assert_eq!(good.json().await["type"], "redemption");
    shop.close().await;
}

#[tokio::test]
async fn a_phone_that_floods_its_socket_slows_nobody() {
    let shop = Shop::open().await;
    let mut stream = raw_socket(&shop).await;
    let (mut read, mut write) = stream.split();
    let flood = async {
        let many = [frame(0x81, br#"{"seen":1}"#), frame(0x89, b"x")].concat().repeat(1000);
        loop {
            if write.write_all(&many).await.is_err() {
                return;
            }
        }
    };
    let drain = async {
        let mut bytes = [0; 4096];
        while read.read(&mut bytes).await.is_ok_and(|length| length > 0) {}
    };
    let work = async {
        for step in 0..8 {
            shop.redeem(&id(), &shop.code(1, step), 1).await.expect(201);
        }
    };
    tokio::select! {
        () = work => {}
        _ = async { tokio::join!(flood, drain) } => work_is_cut(),
    }
    drop(stream);
    shop.close().await;
}

fn work_is_cut() {
    panic!("the flood ended before the work");
}

#[tokio::test]
async fn guessed_tags_and_other_peoples_ids_give_nothing_away() {
    let shop = Shop::open().await;
    let right = shop.code(0, 0);
    let mut seen = std::collections::HashSet::new();
    for guess in 0..10_u64 {
        // The same number and step with another tag, and a number that nobody has: the same answer, byte for byte.
        for number in [shop.customers[0].credential.as_str(), "9999999999"] {
            let digits = format!("1{number}{}{:013}", &right[11..13], guess);
            let code = format!("{digits}{}", tillbeam_server::code::damm(digits.as_bytes()));
            let mut body = shop.redeem(&id(), &code, 1).await.expect_code(422, "code_invalid");
            body["id"].take();
            seen.insert(body.to_string());
        }
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    // Who guesses waits, and nobody else does.
    let wrong = format!("{}{}", &right[..26], (right.as_bytes()[26] - b'0' + 1) % 10);
    shop.redeem(&id(), &wrong, 1).await;
    let (other, _) = Shop::stock(shop.folder.path(), "Lotus 2", 1, 5).await;
    let token = other["terminal"]["token"].as_str().unwrap();
    let body = json!({ "id": id(), "code": right, "amount": 1 });
    let foreign = shop.send(Method::POST, "/api/v1/redemptions", Some(token), Some(body)).await;
    let foreign = foreign.expect_code(403, "wrong_shop").to_string();
    assert!(!foreign.contains("Lotus"), "{foreign}");
    shop.close().await;
}
