//! Server-Sent Events: the socket's promise, by plain HTTP.

use futures_util::StreamExt as _;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::pushing::Socket;
use crate::shop::{Shop, id};

/// One open stream.
struct Events {
    body: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    text: String,
}

/// One event: its id, its name, its data.
struct Event {
    id: String,
    name: String,
    data: Value,
}

impl Events {
    async fn open(shop: &Shop, customer: usize, query: &str, last_id: Option<&str>) -> Self {
        let mut request = Client::new()
            .get(format!("{}/api/v1/me/stream{query}", shop.url))
            .bearer_auth(&shop.customers[customer].token);
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self { body: Box::pin(response.bytes_stream()), text: String::new() }
    }

    /// The next event, comments skipped; none at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    let mut lines = event.lines().filter_map(|line| line.split_once(": "));
                    lines.find(|(field, _)| *field == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
                };
                let data = serde_json::from_str(&field("data")).unwrap_or(Value::Null);
                return Some(Event { id: field("id"), name: field("event"), data });
            }
            self.text.push_str(std::str::from_utf8(&self.body.next().await?.unwrap()).unwrap());
        }
    }
}

#[tokio::test]
async fn a_stream_tells_what_happens_and_after_a_gap_everything_in_order() {
    let shop = Shop::open().await;
    let mut events = Events::open(&shop, 0, "?after=0", None).await;
    let hello = events.next().await.unwrap();
    let epoch = hello.data["epoch"].as_str().unwrap().to_owned();
    assert_eq!((hello.data["type"].as_str(), hello.id), (Some("hello"), format!("{epoch}.0")));
    let made = shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let first = events.next().await.unwrap();
    assert_eq!((&first.data["id"], first.id.clone()), (&made["id"], format!("{epoch}.1")));
    drop(events);
    for step in 1..=5 {
        shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
    }
    // The browser asks by the address of its first try, with the id of the last event.
    let mut events = Events::open(&shop, 0, "?after=0", Some(&first.id)).await;
    assert_eq!(events.next().await.unwrap().data["seq"], 6);
    for seq in 2..=6 {
        assert_eq!(events.next().await.unwrap().data["seq"], seq);
    }
    shop.redeem(&id(), &shop.code(1, 0), 1).await.expect(201);
    shop.redeem(&id(), &shop.code(0, 6), 1).await.expect(201);
    assert_eq!(events.next().await.unwrap().data["seq"], 7, "nobody else's event comes between");
    drop(events);
    shop.close().await;
}

#[tokio::test]
async fn a_void_cursor_is_reset_and_a_bad_token_gets_no_stream() {
    let shop = Shop::open().await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    for (query, last_id) in [("?after=1&epoch=other", None), ("?after=7", None), ("", Some("other.1")), ("", Some("x"))]
    {
        let mut events = Events::open(&shop, 0, query, last_id).await;
        let hello = events.next().await.unwrap();
        assert_eq!((&hello.data["reset"], &hello.data["seq"]), (&json!(true), &json!(1)), "{query} {last_id:?}");
        assert!(hello.id.ends_with(".1"));
    }
    let refused = shop.send(reqwest::Method::GET, "/api/v1/me/stream", Some(&shop.token), None).await;
    refused.expect_code(401, "token_invalid");
    shop.close().await;
}

#[tokio::test]
async fn streams_count_as_online_share_the_sockets_limit_and_end_at_a_stop() {
    let mut shop = Shop::open().await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws", &shop.token).await;
    assert_eq!(terminal.next_of("online").await["customers"], 0);
    let mut socket = Socket::open(&shop, "/ws", &shop.customers[0].token.clone()).await;
    socket.json().await;
    assert_eq!(terminal.next_of("online").await["customers"], 1);
    let mut streams = Vec::new();
    for open in 2..=16 {
        streams.push(Events::open(&shop, 0, "", None).await);
        assert_eq!(terminal.next_of("online").await["customers"], open);
    }
    streams.push(Events::open(&shop, 0, "", None).await);
    assert_eq!(socket.text().await, Err(4009), "the seventeenth closes the oldest");
    streams.push(Events::open(&shop, 0, "", None).await);
    let oldest = &mut streams[0];
    assert_eq!(oldest.next().await.unwrap().data["type"], "hello");
    let goodbye = oldest.next().await.unwrap();
    assert_eq!((goodbye.name.as_str(), &goodbye.data["code"]), ("close", &json!(4009)));
    assert!(oldest.next().await.is_none());
    drop((socket, terminal));
    let mut last = streams.pop().unwrap();
    drop(streams);
    last.next().await.unwrap();
    let (goodbye, ()) = tokio::join!(last.next(), shop.stop());
    assert_eq!(goodbye.unwrap().data["code"], 4000);
    shop.verify().await;
}
