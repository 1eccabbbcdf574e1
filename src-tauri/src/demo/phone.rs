//! A customer's phone on a real socket: takes events, acknowledges them as received and seen.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::link::Link;
use crate::link::socket::{Socket, dial};

/// A message to a phone, as far as the demo looks at it.
#[derive(Debug, Clone, Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    seq: Option<u64>,
    id: Option<Uuid>,
    code: Option<String>,
}

/// Something arrived on a phone.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    pub(super) at: Instant,
    /// `redemption`, `refusal`, …
    pub(super) kind: String,
    /// Of what caused it.
    pub(super) id: Uuid,
    /// Of a refusal.
    pub(super) code: Option<String>,
}

/// Connects with the line's token, waits for hello, and goes on until `stop`.
pub(super) async fn connect(
    link: Link,
    arrivals: mpsc::Sender<Arrived>,
    tracker: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut url = link.base().clone();
    url.set_path("/ws");
    url.set_query(Some("after=0"));
    let mut socket = dial(&link, url).await.context("a phone's socket")?;
    let hello = next(&mut socket).await?.context("a phone's socket was closed before hello")?;
    ensure!(hello.kind == "hello", "a phone heard {} before hello", hello.kind);
    let stop = stop.clone();
    tracker.spawn(async move {
        let talking = async {
            while let Ok(Some(message)) = next(&mut socket).await {
                let at = Instant::now();
                let (Some(seq), Some(id)) = (message.seq, message.id) else { continue };
                for ack in [format!(r#"{{"received":{seq}}}"#), format!(r#"{{"seen":{seq}}}"#)] {
                    let _ = socket.send(Frame::text(ack)).await;
                }
                let _ = arrivals.send(Arrived { at, kind: message.kind, id, code: message.code }).await;
            }
        };
        stop.run_until_cancelled(talking).await;
    });
    Ok(())
}

/// The next message; `None` at the end.
async fn next(socket: &mut Socket) -> anyhow::Result<Option<Message>> {
    while let Some(frame) = socket.next().await {
        match frame? {
            Frame::Text(text) => return Ok(Some(serde_json::from_str(&text)?)),
            Frame::Close(_) => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}
