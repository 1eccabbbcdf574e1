//! A phone's socket as a client has it: answers pings, counts events, and checks that they come in order.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::server::Running;

/// Addresses of this machine from which phones come.
const SOURCES: usize = 16;
const PING: u8 = 0x89;
const TEXT: u8 = 0x81;
/// A pong without payload; its mask is zero.
const PONG: [u8; 6] = [0x8A, 0x80, 0, 0, 0, 0];

#[derive(Default)]
struct State {
    heard: AtomicUsize,
    closed: AtomicBool,
    moved: Notify,
}

/// A phone that reads.
pub struct Phone {
    state: Arc<State>,
    reading: JoinHandle<()>,
}

/// A phone that never reads.
pub struct Deaf(BufReader<TcpStream>);

impl Phone {
    /// Connects, and reads from then on.
    pub async fn connect(server: &Running, customer: usize, path: &str) -> Self {
        let stream = handshake(server, customer, path, None).await;
        let state = Arc::new(State::default());
        let reading = tokio::spawn(read(stream, state.clone()));
        Self { state, reading }
    }

    /// Connects, and never reads again.
    pub async fn deaf(server: &Running, customer: usize) -> Deaf {
        Deaf(handshake(server, customer, "/ws", Some(4096)).await)
    }

    /// Events until now.
    pub fn heard(&self) -> usize {
        self.state.heard.load(Ordering::SeqCst)
    }

    pub fn is_open(&self) -> bool {
        !self.state.closed.load(Ordering::SeqCst)
    }

    /// Waits for that many events, or for the end.
    pub async fn has_heard(&self, count: usize) {
        while self.heard() < count && self.is_open() {
            let moved = self.state.moved.notified();
            if self.heard() < count && self.is_open() {
                moved.await;
            }
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Deaf {
    pub fn port(&self) -> u16 {
        self.0.get_ref().local_addr().unwrap().port()
    }
}

async fn handshake(server: &Running, customer: usize, path: &str, receive: Option<u32>) -> BufReader<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    let source = Ipv4Addr::new(127, 0, 0, u8::try_from(1 + customer % SOURCES).unwrap());
    socket.bind(SocketAddr::from((source, 0))).unwrap();
    if let Some(bytes) = receive {
        socket.set_recv_buffer_size(bytes).unwrap();
    }
    let mut stream = BufReader::with_capacity(512, socket.connect(server.address).await.unwrap());
    let (host, token) = (server.address, &server.customers[customer].token);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream
}

async fn read(mut stream: BufReader<TcpStream>, state: Arc<State>) {
    let mut last = 0;
    let mut payload = Vec::new();
    while let Ok(first) = stream.read_u8().await {
        let Ok(length) = length(&mut stream).await else { break };
        payload.resize(length, 0);
        if stream.read_exact(&mut payload).await.is_err() {
            break;
        }
        match first {
            PING if stream.write_all(&PONG).await.is_err() => break,
            TEXT => match number(&payload) {
                Some(seq) if last == 0 || seq == last + 1 => {
                    last = seq;
                    state.heard.fetch_add(1, Ordering::SeqCst);
                    state.moved.notify_waiters();
                }
                // Hello has a seq, too, but is no event.
                _ if payload.starts_with(br#"{"epoch""#) || payload.starts_with(br#"{"type":"hello""#) => {}
                _ => break,
            },
            PING => {}
            _ => break,
        }
    }
    state.closed.store(true, Ordering::SeqCst);
    state.moved.notify_waiters();
}

async fn length(stream: &mut BufReader<TcpStream>) -> std::io::Result<usize> {
    let short = stream.read_u8().await?;
    Ok(if short == 126 { stream.read_u16().await?.into() } else { short.into() })
}

/// What is looked at of an event.
#[derive(Deserialize)]
struct Event<'a> {
    r#type: &'a str,
    seq: usize,
}

/// An event's number.
fn number(event: &[u8]) -> Option<usize> {
    let event: Event<'_> = serde_json::from_slice(event).ok()?;
    (event.r#type != "hello").then_some(event.seq)
}
