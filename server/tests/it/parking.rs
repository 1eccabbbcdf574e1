//! Parked sockets: the frames that a client may send and those that it may not, the slow and the silent.

use std::net::SocketAddr;

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::pushing::Socket;
use crate::shop::{Shop, id};

const TEXT: u8 = 1;
const CONTINUATION: u8 = 0;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const FIN: u8 = 0x80;

/// A phone that speaks byte by byte.
struct Raw(TcpStream);

impl Raw {
    /// Connects; `behind` goes out with the handshake, and `receive` is what the system keeps for it, in bytes.
    async fn open(shop: &Shop, customer: usize, path: &str, behind: &[u8], receive: Option<u32>) -> Self {
        let address: SocketAddr = shop.url.trim_start_matches("http://").parse().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = receive {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        let mut stream = socket.connect(address).await.unwrap();
        let token = &shop.customers[customer].token;
        let mut request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        )
        .into_bytes();
        request.extend_from_slice(behind);
        stream.write_all(&request).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "the answer to that key: {head}");
        Self(stream)
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// The next frame: its first byte and its payload; none at the end.
    async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = self.0.read_u8().await.ok()?;
        let length = match self.0.read_u8().await.unwrap() {
            126 => self.0.read_u16().await.unwrap().into(),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.unwrap();
        Some((first, payload))
    }

    /// The code with which the server closes, texts skipped; nothing comes behind it.
    async fn closed(mut self) -> Option<u16> {
        loop {
            match self.frame().await.expect("a goodbye") {
                (first, payload) if first == FIN | CLOSE => {
                    assert!(self.frame().await.is_none());
                    return payload.try_into().ok().map(u16::from_be_bytes);
                }
                (first, _) => assert_eq!(first, FIN | TEXT),
            }
        }
    }

    /// The number of the next event.
    async fn seq(&mut self) -> i64 {
        let (first, payload) = self.frame().await.unwrap();
        assert_eq!(first, FIN | TEXT);
        let event: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        event["seq"].as_i64().unwrap()
    }
}

/// A client's frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [7, 0, 200, 33];
    let mut out = vec![first];
    match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => out.push(0x80 | short),
        _ => {
            out.push(0x80 | 0x7E);
            out.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    out.extend(mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

async fn top_up(shop: &Shop, customer: usize) {
    let path = format!("/customers/{}/top-ups", shop.customers[customer].customer_id);
    shop.post(&path, json!({ "id": id(), "unit": "wash", "amount": 1 })).await.expect(201);
}

#[tokio::test]
async fn what_a_client_may_not_send_ends_its_socket_with_the_code_for_it() {
    let shop = Shop::open().await;
    let cases = [
        (vec![FIN | TEXT, 1, b'x'], 1002, "not masked"),
        (frame(FIN | TEXT | 0x40, b"x"), 1002, "a reserved bit"),
        (frame(FIN | 3, b"x"), 1002, "an unknown kind"),
        (frame(FIN | PING, &[0; 126]), 1002, "a long ping"),
        (frame(PING, b"x"), 1002, "a ping in parts"),
        (frame(FIN | CONTINUATION, b"x"), 1002, "the end of nothing"),
        ([frame(TEXT, b"x"), frame(FIN | TEXT, b"x")].concat(), 1002, "a text inside another"),
        (frame(FIN | CLOSE, &[3]), 1002, "half a code"),
        (frame(FIN | CLOSE, &1006u16.to_be_bytes()), 1002, "a code that is for nobody"),
        (frame(FIN | TEXT, b"\xC3\x28"), 1007, "no UTF-8"),
        (frame(FIN | TEXT, &[b'x'; 4097]), 1009, "too long"),
        ([frame(TEXT, &[b'x'; 4096]), frame(FIN | CONTINUATION, b"x")].concat(), 1009, "too long in parts"),
    ];
    for (bytes, code, why) in cases {
        let mut phone = Raw::open(&shop, 0, "/ws", &[], None).await;
        phone.send(&bytes).await;
        assert_eq!(phone.closed().await, Some(code), "{why}");
    }
    shop.close().await;
}

#[tokio::test]
async fn what_a_client_may_send_is_answered_also_byte_by_byte() {
    let shop = Shop::open().await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws", &shop.token).await;
    terminal.next_of("lamps").await;
    // A frame that comes with the handshake is not lost.
    let mut phone = Raw::open(&shop, 0, "/ws", &frame(FIN | PING, b"early"), None).await;
    assert_eq!(phone.frame().await.unwrap().0, FIN | TEXT);
    assert_eq!(phone.frame().await, Some((FIN | PONG, b"early".to_vec())));
    top_up(&shop, 0).await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    assert_eq!((phone.seq().await, phone.seq().await), (1, 2));
    let ack = [
        frame(TEXT, br#"{"rece"#),
        frame(FIN | PING, &[1; 125]),
        frame(CONTINUATION, b""),
        frame(FIN | CONTINUATION, br#"ived":2}"#),
    ];
    for byte in ack.concat() {
        phone.send(&[byte]).await;
    }
    assert_eq!(phone.frame().await, Some((FIN | PONG, vec![1; 125])));
    assert_eq!(terminal.next_of("lamp").await["lamp"], "received");
    phone.send(&frame(FIN | 2, &[0xFF; 300])).await;
    phone.send(&frame(FIN | CLOSE, b"\x0B\xB8bye")).await;
    assert_eq!(phone.closed().await, Some(3000));
    let mut without = Raw::open(&shop, 0, "/ws", &[], None).await;
    without.send(&frame(FIN | CLOSE, b"")).await;
    assert_eq!(without.closed().await, None);
    shop.close().await;
}

#[tokio::test]
async fn a_long_replay_and_what_happens_meanwhile_come_in_order_without_a_gap() {
    let shop = Shop::open().await;
    for _ in 0..5 {
        join_all((0..50).map(|_| top_up(&shop, 0))).await;
    }
    let mut phone = Raw::open(&shop, 0, "/ws?after=0", &[], Some(4096)).await;
    assert_eq!(phone.seq().await, 250, "hello");
    let meanwhile = join_all((0..50).map(|_| top_up(&shop, 0)));
    let listening = async {
        for seq in 1..=300 {
            assert_eq!(phone.seq().await, seq);
        }
    };
    tokio::join!(meanwhile, listening);
    shop.close().await;
}

#[tokio::test]
async fn a_phone_that_does_not_read_is_cut_and_the_others_hear_everything() {
    const EVENTS: i64 = 400;
    let shop = Shop::open().await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws", &shop.token).await;
    let mut slow = Raw::open(&shop, 0, "/ws", &[], Some(4096)).await;
    let mut quick = Raw::open(&shop, 0, "/ws", &[], None).await;
    assert_eq!(quick.seq().await, 0, "hello");
    while terminal.next_of("online").await["customers"] != 2 {}
    let flood = async {
        for _ in 0..EVENTS / 50 {
            join_all((0..50).map(|_| top_up(&shop, 0))).await;
        }
    };
    let listening = async {
        for seq in 1..=EVENTS {
            assert_eq!(quick.seq().await, seq);
        }
    };
    tokio::join!(flood, listening);
    shop.forward(10_000);
    while terminal.next_of("online").await["customers"] != 1 {}
    assert_eq!(slow.seq().await, 0, "hello");
    assert_eq!(slow.closed().await, Some(4008));
    top_up(&shop, 0).await;
    assert_eq!(quick.seq().await, EVENTS + 1);
    shop.close().await;
}

#[tokio::test]
async fn half_of_the_phones_fall_silent_and_are_dropped_and_customers_pay_meanwhile() {
    const PHONES: usize = 16;
    let shop = Shop::open_with(PHONES, 10).await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws", &shop.token).await;
    let mut lively = Vec::new();
    let mut silent = Vec::new();
    for customer in 0..PHONES {
        let mut phone = Socket::open(&shop, "/ws", &shop.customers[customer].token).await;
        assert_eq!(phone.json().await["type"], "hello");
        if customer % 2 == 0 { lively.push(phone) } else { silent.push(phone) }
    }
    shop.forward(30_000);
    while terminal.next_of("online").await["customers"] != PHONES {}
    for phone in lively.iter_mut().chain([&mut terminal]) {
        phone.ping().await;
    }
    shop.redeem(&id(), &shop.code(1, 0), 1).await.expect(201);
    shop.forward(30_000);
    while terminal.next_of("online").await["customers"] != PHONES / 2 {}
    for (index, phone) in lively.iter_mut().enumerate() {
        shop.redeem(&id(), &shop.code(2 * index, 0), 1).await.expect(201);
        assert_eq!(phone.next_of("redemption").await["seq"], 1);
    }
    shop.close().await;
}

#[tokio::test]
async fn the_seventeenth_socket_of_a_customer_closes_the_oldest() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    let mut oldest = Socket::open(&shop, "/ws", &token).await;
    oldest.json().await;
    let mut others = Vec::new();
    for _ in 0..16 {
        let mut phone = Socket::open(&shop, "/ws", &token).await;
        phone.json().await;
        others.push(phone);
    }
    assert_eq!(oldest.text().await, Err(4009));
    top_up(&shop, 0).await;
    for phone in &mut others {
        assert_eq!(phone.json().await["seq"], 1);
    }
    shop.close().await;
}
