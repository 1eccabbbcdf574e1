//! Lamps: after a phone's ack, tells the shop's terminals how far it has come.
//!
//! Works behind the writer on a reading connection, so that no lamp ever
//! holds up a redemption. What is dropped here under load comes with the next
//! ack or the next hello.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::event::json;
use crate::hub::{Hub, Notice};
use crate::id::{CustomerId, ShopId};
use crate::store::phone::{self, Ack, LampRow};
use crate::store::{self, Store};

/// Acks that wait to be shown.
pub const QUEUE: usize = 1024;

/// An ack, whose it is, and from where it moved on.
#[derive(Debug, Clone, Copy)]
pub struct Moved {
    /// The ack.
    pub ack: Ack,
    /// The customer.
    pub customer: CustomerId,
    /// Their shop.
    pub shop: ShopId,
    /// The lowest event that it may change.
    pub after: i64,
}

impl Moved {
    /// Takes in a second ack of the same phone.
    pub fn merge(&mut self, other: Self) {
        self.ack.received = self.ack.received.max(other.ack.received);
        self.ack.seen = self.ack.seen.max(other.ack.seen);
        self.after = self.after.min(other.after);
    }
}

/// Where acks are handed in.
#[derive(Clone)]
pub struct Lamps {
    moved: mpsc::Sender<Moved>,
}

/// The other end, to be run as a task.
pub struct Queue {
    moved: mpsc::Receiver<Moved>,
}

impl Lamps {
    /// Both ends.
    pub fn new() -> (Self, Queue) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self { moved: sender }, Queue { moved: receiver })
    }

    /// A phone has come further.
    pub fn moved(&self, moved: Moved) {
        let _ = self.moved.try_send(moved);
    }
}

/// Runs until shutdown.
pub async fn run(store: Store, hub: Arc<Hub>, mut queue: Queue, shutdown: CancellationToken) {
    while let Some(Some(moved)) = shutdown.run_until_cancelled(queue.moved.recv()).await {
        if !hub.has_terminals(moved.shop) {
            continue;
        }
        match changed(&store, moved).await {
            Ok(rows) => rows.iter().for_each(|row| hub.notify(moved.shop, Notice::State(lamp_json(row)))),
            Err(error) => tracing::warn!(%error, "lamps could not be read"),
        }
    }
}

async fn changed(store: &Store, moved: Moved) -> Result<Vec<LampRow>, store::Error> {
    let upto = moved.ack.received.max(moved.ack.seen);
    phone::lamps_of_customer(&mut *store.read().await?, moved.customer, moved.after, upto).await
}

fn lamp_json(row: &LampRow) -> String {
    json(&serde_json::json!({ "type": "lamp", "id": row.id, "lamp": row.lamp }))
}
