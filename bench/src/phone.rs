//! Phones: one socket each, and every push matched to what was asked.

use std::cell::{Cell, RefCell};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use anyhow::ensure;
use tokio::task::{JoinSet, spawn_local};
use uuid::Uuid;

use crate::tally::Tally;
use crate::wire::{Frame, Socket, member};

/// Phones that connect at the same time.
const AT_ONCE: usize = 64;
/// Addresses of this machine that phones come from, so that no address runs out of ports.
const SOURCES: u32 = 16;

/// Connected phones; dropping them hangs up.
pub struct Phones {
    sockets: JoinSet<()>,
    closed: Rc<Cell<u64>>,
}

/// What phones do with a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acks {
    /// Nothing: the cost of the push alone.
    Silent,
    /// They say that they stored it.
    Received,
}

impl Phones {
    /// Connects the phones of customers by their tokens; pushes go into the tally.
    pub async fn connect(
        server: SocketAddr,
        tokens: &[(u32, String)],
        tally: &Rc<RefCell<Tally>>,
        acks: Acks,
    ) -> anyhow::Result<Self> {
        let closed = Rc::new(Cell::new(0));
        let mut sockets = JoinSet::new();
        for chunk in tokens.chunks(AT_ONCE) {
            let mut opening = JoinSet::new();
            for (customer, token) in chunk.iter().cloned() {
                let from = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 0, 2)) + customer % SOURCES);
                opening.spawn_local(async move {
                    let mut socket = Socket::open(server, from, &token, "").await?;
                    let hello = socket.next().await?;
                    ensure!(matches!(&hello, Frame::Text(_)), "a phone was told {hello:?} in place of hello");
                    Ok((customer, socket))
                });
            }
            while let Some(opened) = opening.join_next().await {
                let (customer, socket) = opened??;
                let (tally, closed) = (tally.clone(), closed.clone());
                sockets.spawn_local(async move {
                    if listen(customer, socket, &tally, acks).await.is_err() {
                        closed.set(closed.get() + 1);
                    }
                });
            }
        }
        Ok(Self { sockets, closed })
    }

    /// Sockets that were closed by the server.
    pub fn closed(&self) -> u64 {
        self.closed.get()
    }

    /// Hangs up and waits until all have.
    pub async fn hang_up(mut self) {
        self.sockets.shutdown().await;
        // The last ends are closed by the runtime when it comes round.
        let _ = spawn_local(async {}).await;
    }
}

async fn listen(customer: u32, mut socket: Socket, tally: &RefCell<Tally>, acks: Acks) -> anyhow::Result<()> {
    loop {
        match socket.next().await? {
            Frame::Text(text) => {
                let text = std::str::from_utf8(&text)?;
                let id = member(text, r#""id":""#).and_then(|id| Uuid::parse_str(id).ok());
                if text.starts_with(r#"{"type":"redemption""#)
                    && let Some(id) = id
                {
                    tally.borrow_mut().pushed(customer, id);
                } else {
                    tally.borrow_mut().unexpected += 1;
                }
                if acks == Acks::Received
                    && let Some(seq) = member(text, r#""seq":"#)
                {
                    socket.text(&format!(r#"{{"received":{seq}}}"#))?;
                }
            }
            Frame::Ping => socket.pong()?,
            Frame::Close(code) => anyhow::bail!("closed with {code}"),
        }
    }
}
