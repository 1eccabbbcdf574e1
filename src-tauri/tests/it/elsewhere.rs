//! A server on another computer, for a test: the real one on a free port, one that says what it is told to, and one
//! that stands between.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::{Value, json};
use tillbeam::ask::Ask;
use tillbeam::embedded::Embedded;
use tillbeam::link::{Address, Link, Token};
use tillbeam::remote::Remote;
use tillbeam::scan::LiveCode;
use tillbeam::start::Opening;
use tillbeam_server::{Config, Tls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::PATIENCE;

pub(crate) struct Elsewhere {
    pub(crate) local: SocketAddr,
    secure: bool,
    /// Of a till that is paired there already.
    first: Link,
    live_code: LiveCode,
    stop: CancellationToken,
    running: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Elsewhere {
    pub(crate) async fn open(tls: Tls) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let secure = tls != Tls::Off;
        let config = Config { data: folder.path().to_owned(), listen, tls, ..Config::default() };
        let embedded = Embedded::bind(config, &Opening::Practice).await.unwrap();
        let local = embedded.server.local_addr();
        let stop = CancellationToken::new();
        let serving = embedded.server.run(stop.clone());
        let running = tokio::spawn(async move { serving.await.unwrap() });
        let (first, live_code) = (Link::new(embedded.address).unwrap(), embedded.live_code.unwrap());
        Self { local, secure, first, live_code, stop, running, _folder: folder }
    }

    /// As a person types it.
    pub(crate) fn address(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.local)
    }

    /// A new pairing code.
    pub(crate) async fn code(&self) -> String {
        let made = self.ask("POST /terminals/pairings", json!({}), json!({ "name": "Second" })).await;
        made["code"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn revoke_the_newest(&self) {
        let listed = self.ask("GET /terminals", json!({}), json!({})).await;
        let id = listed["terminals"].as_array().unwrap().last().unwrap()["id"].to_string();
        self.ask("POST /terminals/{id}/revoke", json!({ "id": id }), json!({})).await;
    }

    async fn ask(&self, call: &str, path: Value, body: Value) -> Value {
        let ask: Ask = serde_json::from_value(json!({ "call": call, "path": path, "body": body })).unwrap();
        let answer = self.first.ask_for(&ask.of(None).unwrap()).await.unwrap();
        serde_json::from_slice(&answer).unwrap()
    }

    /// A code of the practice customer's phone.
    pub(crate) async fn live_code(&self) -> String {
        let live_code = Arc::clone(&self.live_code);
        tokio::task::spawn_blocking(move || live_code()).await.unwrap().unwrap()
    }

    /// For a till that was paired with it.
    pub(crate) fn link_address(&self, remote: &Remote, token: &str) -> Address {
        let (base, trust) = (self.address(), remote.trust().unwrap());
        Address { base, connect: None, token: Token::new(token).unwrap(), trust }
    }

    pub(crate) async fn close(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.running).await.expect("the server goes on for ever").unwrap();
    }
}

/// Passes plain requests on to the one, and what speaks TLS to the other.
pub(crate) async fn forger(plain: SocketAddr, secure: SocketAddr) -> SocketAddr {
    const HANDSHAKE: u8 = 0x16;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut first = [0];
                if client.peek(&mut first).await.is_ok_and(|read| read == 1) {
                    let to = if first[0] == HANDSHAKE { secure } else { plain };
                    let mut server = TcpStream::connect(to).await.unwrap();
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    address
}

/// Answers one request after another with these, by a clock of long ago; then the last one for ever.
pub(crate) async fn says(answers: Vec<(&'static str, String)>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut next = 0;
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = [0; 4096];
            // Who only looks whether somebody listens says nothing.
            if client.read(&mut request).await.is_ok_and(|read| read > 0) {
                let (status, body) = &answers[next.min(answers.len() - 1)];
                next += 1;
                let head = format!("HTTP/1.1 {status}\r\ndate: Tue, 01 Jan 2019 00:00:00 GMT\r\nconnection: close\r\n");
                let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
                let _ = client.write_all(answer.as_bytes()).await;
            }
        }
    });
    address
}
