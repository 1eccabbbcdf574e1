//! The same result on the phone: live, replayed, acked, and shown by lamps.

use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tillbeam_server::hub::MAX_POLLS;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::shop::{Shop, id};

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn open(shop: &Shop, path: &str, token: &str) -> Self {
        Self::open_as(shop, path, ("authorization", &format!("Bearer {token}"))).await
    }

    pub async fn open_as(shop: &Shop, path: &str, header: (&'static str, &str)) -> Self {
        Self::open_at(&shop.url, path, header).await
    }

    pub async fn open_at(url: &str, path: &str, header: (&'static str, &str)) -> Self {
        let url = format!("{}{path}", url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert(header.0, header.1.parse().unwrap());
        Self(connect_async(request).await.unwrap().0)
    }

    /// The next text; the close code if the server closed.
    pub async fn text(&mut self) -> Result<String, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(_)) => {}
                other => panic!("the socket ended without a code: {other:?}"),
            }
        }
    }

    pub async fn json(&mut self) -> Value {
        serde_json::from_str(&self.text().await.unwrap()).unwrap()
    }

    /// The next message of a type, others skipped.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.json().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// Pings, and waits until the server has heard it.
    pub async fn ping(&mut self) {
        self.0.send(Message::Ping(bytes::Bytes::new())).await.unwrap();
        while !matches!(self.0.next().await.unwrap().unwrap(), Message::Pong(_)) {}
    }

    pub async fn send(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }
}

#[tokio::test]
async fn a_phone_hears_at_once_and_after_a_gap_everything_in_order() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    let mut phone = Socket::open(&shop, "/ws?after=0", &token).await;
    let hello = phone.json().await;
    assert_eq!((&hello["type"], &hello["seq"]), (&json!("hello"), &json!(0)));
    let epoch = hello["epoch"].as_str().unwrap().to_owned();
    let first = shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let event = phone.json().await;
    assert_eq!((&event["type"], &event["seq"], &event["mark"]), (&json!("redemption"), &json!(1), &first["mark"]));
    drop(phone);
    for step in 1..=5 {
        shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
    }
    let mut phone = Socket::open(&shop, &format!("/ws?after=1&epoch={epoch}"), &token).await;
    assert_eq!(phone.json().await["seq"], 6);
    for seq in 2..=6 {
        assert_eq!(phone.json().await["seq"], seq);
    }
    shop.redeem(&id(), &shop.code(1, 0), 1).await.expect(201);
    shop.redeem(&id(), &shop.code(0, 6), 1).await.expect(201);
    assert_eq!(phone.json().await["seq"], 7, "nobody else's event comes between");
    shop.close().await;
}

#[tokio::test]
async fn a_cursor_of_another_epoch_is_reset_and_live_only_is_live_only() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    for path in ["/ws?after=1&epoch=other", "/ws?after=7", "/ws?after=-1"] {
        let mut phone = Socket::open(&shop, path, &token).await;
        let hello = phone.json().await;
        assert_eq!((&hello["reset"], &hello["seq"]), (&json!(true), &json!(1)), "{path}");
    }
    let mut phone = Socket::open(&shop, "/ws", &token).await;
    assert_eq!(phone.json().await["reset"], Value::Null);
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    assert_eq!(phone.json().await["seq"], 2);
    shop.close().await;
}

#[tokio::test]
async fn lamps_rise_from_recorded_to_received_to_seen() {
    let shop = Shop::open().await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws?after=0", &shop.token).await;
    assert_eq!(terminal.json().await["type"], "hello");
    let mut phone = Socket::open(&shop, "/ws", &shop.customers[0].token).await;
    phone.json().await;
    terminal.next_of("lamps").await;
    let made = shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    assert_eq!(terminal.next_of("entry").await["id"], made["id"]);
    phone.next_of("redemption").await;
    phone.send(r#"{"received":1}"#).await;
    let lamp = terminal.next_of("lamp").await;
    assert_eq!((&lamp["id"], &lamp["lamp"]), (&made["id"], &json!("received")));
    phone.send("junk").await;
    phone.send(r#"{"seen":99}"#).await;
    phone.send(r#"{"seen":1}"#).await;
    assert_eq!(terminal.next_of("lamp").await["lamp"], "seen");
    let got = shop.get(&format!("/redemptions/{}", made["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(got["lamp"], "seen");
    let mut late = Socket::open(&shop, "/api/v1/terminal/ws", &shop.token).await;
    assert_eq!(late.next_of("lamps").await["lamps"][0]["lamp"], "seen");
    shop.close().await;
}

#[tokio::test]
async fn the_lamp_is_that_of_the_scanned_phone_and_of_any_phone_for_a_card() {
    let shop = Shop::open().await;
    let customer = shop.customers[0].customer_id;
    let link = shop.post(&format!("/customers/{customer}/joins"), json!({})).await.expect(201);
    let code = link["url"].as_str().unwrap().split_once("#join=").unwrap().1.to_owned();
    let body = json!({ "code": code, "device": "00112233445566778899aabbccddeeff" });
    let joined = shop.send(reqwest::Method::POST, "/api/v1/join", None, Some(body)).await.expect(201);
    let mut second = Socket::open(&shop, "/ws", joined["token"].as_str().unwrap()).await;
    second.json().await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws", &shop.token).await;
    terminal.next_of("lamps").await;
    let by_phone = shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let by_card = shop.redeem(&id(), &shop.customers[0].card_code.clone(), 1).await.expect(201);
    second.next_of("redemption").await;
    second.next_of("redemption").await;
    second.send(r#"{"seen":2}"#).await;
    let lamps = [terminal.next_of("lamp").await, terminal.next_of("lamp").await];
    let of = |id: &Value| lamps.iter().find(|lamp| lamp["id"] == *id).unwrap()["lamp"].clone();
    assert_eq!((of(&by_phone["id"]), of(&by_card["id"])), (json!("recorded"), json!("seen")));
    shop.close().await;
}

#[tokio::test]
async fn a_bad_token_is_closed_with_a_code_and_a_stop_with_another() {
    let mut shop = Shop::open().await;
    for token in ["nonsense", &shop.token.clone()] {
        assert_eq!(Socket::open(&shop, "/ws", token).await.text().await, Err(4001));
    }
    let token = shop.customers[0].token.clone();
    assert_eq!(Socket::open(&shop, "/api/v1/terminal/ws", &token).await.text().await, Err(4001));
    let protocol = format!("tillbeam.v1, bearer.{token}");
    let mut phone = Socket::open_as(&shop, "/ws", ("sec-websocket-protocol", &protocol)).await;
    assert_eq!(phone.json().await["type"], "hello");
    let (ended, ()) = tokio::join!(phone.text(), shop.stop());
    assert_eq!(ended, Err(4000));
    shop.verify().await;
}

#[tokio::test]
async fn a_huge_frame_ends_its_socket_and_no_other() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    let mut rude = Socket::open(&shop, "/ws", &token).await;
    let mut other = Socket::open(&shop, "/ws", &token).await;
    rude.json().await;
    other.json().await;
    rude.send("x".repeat(5000)).await;
    assert_eq!(rude.text().await, Err(1009));
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    assert_eq!(other.json().await["seq"], 1);
    shop.close().await;
}

#[tokio::test]
async fn terminals_see_who_is_online_and_entries_of_others() {
    let shop = Shop::open().await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws?after=0", &shop.token).await;
    assert_eq!(terminal.next_of("online").await["customers"], 0);
    assert_eq!(shop.get("/online").await.expect(200), json!({ "customers": [], "more": false }));
    let phone = Socket::open(&shop, "/ws", &shop.customers[0].token).await;
    assert_eq!(terminal.next_of("online").await["customers"], 1);
    let found = shop.get("/customers").await.expect(200)["customers"].clone();
    let first = found.as_array().unwrap().iter().find(|one| one["id"] == json!(shop.customers[0].customer_id)).unwrap();
    let named = json!([{ "id": first["id"], "name": first["name"] }]);
    assert_eq!(shop.get("/online").await.expect(200), json!({ "customers": named, "more": false }));
    drop(phone);
    assert_eq!(terminal.next_of("online").await["customers"], 0);
    let (made, _) = Shop::stock(shop.folder.path(), "Lotus", 1, 5).await;
    assert!(made["terminal"]["token"].is_string());
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    // Entries that another process wrote are found in the books before the live one.
    let numbers = [terminal.next_of("entry").await, terminal.next_of("entry").await, terminal.next_of("entry").await];
    let numbers: Vec<_> = numbers.iter().map(|entry| entry["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [5, 6, 7]);
    shop.close().await;
}

#[tokio::test]
async fn a_long_poll_waits_for_the_next_event_and_no_longer() {
    let shop = Shop::open().await;
    let empty = shop.phone(0, "/me/events?after=0&wait=0").await;
    assert_eq!(empty["events"], json!([]));
    let epoch = empty["epoch"].as_str().unwrap();
    let path = format!("/me/events?after=0&epoch={epoch}&wait=25");
    let (code, request) = (shop.code(0, 0), id());
    let (polled, made) = tokio::join!(shop.phone(0, &path), shop.redeem(&request, &code, 1));
    assert_eq!(polled["events"][0]["id"], made.expect(201)["id"]);
    let reset = shop.phone(0, "/me/events?after=9&epoch=other&wait=25").await;
    assert_eq!((&reset["reset"], &reset["events"]), (&json!(true), &json!([])));
    let path = "/api/v1/me/events?wait=26";
    shop.send(reqwest::Method::GET, path, Some(&shop.customers[0].token), None).await.expect_code(400, "malformed");
    let body = json!({ "epoch": epoch, "seen": 1 });
    let token = shop.customers[0].token.clone();
    let acked = shop.send(reqwest::Method::POST, "/api/v1/me/acks", Some(&token), Some(body)).await;
    assert_eq!(acked.status, 204);
    shop.close().await;
}

#[tokio::test]
async fn so_many_of_a_customers_polls_wait_and_the_oldest_makes_room() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    let path = "/api/v1/me/events?after=0&wait=25";
    let poll = || shop.send(reqwest::Method::GET, path, Some(&token), None);
    let mut polls: FuturesUnordered<_> = (0..=MAX_POLLS).map(|_| poll()).collect();
    let first = polls.next().await.unwrap();
    assert_eq!(first.headers["retry-after"], "5");
    first.expect_code(429, "too_many_attempts");
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    while let Some(answer) = polls.next().await {
        assert_eq!(answer.expect(200)["events"].as_array().unwrap().len(), 1);
    }
    drop(polls);
    shop.close().await;
}

#[tokio::test]
async fn a_poll_of_a_phone_that_is_taken_back_ends_with_401() {
    let shop = Shop::open().await;
    let phone = &shop.customers[0];
    let path = format!("/customers/{}/credentials/{}/revoke", phone.customer_id, phone.credential);
    let waiting = shop.send(reqwest::Method::GET, "/api/v1/me/events?after=0&wait=25", Some(&phone.token), None);
    let (polled, revoked) = tokio::join!(waiting, shop.post(&path, json!({})));
    assert!(revoked.status.is_success(), "{}", revoked.status);
    polled.expect_code(401, "token_invalid");
    shop.close().await;
}
