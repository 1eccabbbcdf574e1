//! A line between till and server that can be cut, or lose one answer after the server did what it was asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A line in full service.
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    ended: CancellationToken,
}

struct State {
    server: SocketAddr,
    cut: AtomicBool,
    /// Ends all connections when the line is cut.
    connections: std::sync::Mutex<CancellationToken>,
    lose: AtomicBool,
    lost: AtomicUsize,
}

impl Line {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            server,
            cut: AtomicBool::new(false),
            connections: std::sync::Mutex::default(),
            lose: AtomicBool::new(false),
            lost: AtomicUsize::new(0),
        });
        let ended = CancellationToken::new();
        let (shared, end) = (Arc::clone(&state), ended.clone());
        tokio::spawn(async move {
            while let Some(Ok((stream, _))) = end.run_until_cancelled(listener.accept()).await {
                if !shared.cut.load(Ordering::SeqCst) {
                    let connected = shared.connections.lock().unwrap().clone();
                    let shared = Arc::clone(&shared);
                    tokio::spawn(async move { connected.run_until_cancelled(shared.carry(stream)).await });
                }
            }
        });
        Self { address, state, ended }
    }

    pub(crate) fn cut(&self) {
        self.state.cut.store(true, Ordering::SeqCst);
        self.state.connections.lock().unwrap().cancel();
    }

    pub(crate) fn mend(&self) {
        *self.state.connections.lock().unwrap() = CancellationToken::new();
        self.state.cut.store(false, Ordering::SeqCst);
    }

    /// Of the next redemption.
    pub(crate) fn lose_the_next_answer(&self) {
        self.state.lose.store(true, Ordering::SeqCst);
    }

    pub(crate) fn answers_lost(&self) -> usize {
        self.state.lost.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.cut();
        self.ended.cancel();
    }
}

impl State {
    async fn carry(self: Arc<Self>, mut till: TcpStream) {
        let Ok(mut server) = TcpStream::connect(self.server).await else { return };
        let (mut up, mut down) = (vec![0; 16 << 10], vec![0; 16 << 10]);
        let mut redeeming = false;
        loop {
            tokio::select! {
                read = till.read(&mut up) => match read {
                    Ok(read) if read > 0 => {
                        redeeming = up.starts_with(b"POST /api/v1/redemptions ");
                        if server.write_all(&up[..read]).await.is_err() {
                            return;
                        }
                    }
                    _ => return,
                },
                read = server.read(&mut down) => match read {
                    Ok(read) if read > 0 => {
                        if redeeming && self.lose.swap(false, Ordering::SeqCst) {
                            self.lost.fetch_add(1, Ordering::SeqCst);
                            return;
                        }
                        if till.write_all(&down[..read]).await.is_err() {
                            return;
                        }
                    }
                    _ => return,
                },
            }
        }
    }
}
