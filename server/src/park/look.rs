//! Looks into the books for parked sockets: where their phones stand, and what they missed.
//!
//! A task on the runtime. A socket has at most one look under way, and takes the next page only when the
//! last one has left, so what is in memory is bounded.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::{Order, Park, Spot};
use crate::clock::Clock;
use crate::event::Told;
use crate::hub::SeatId;
use crate::id::CustomerId;
use crate::meter::MAX_CONNECTIONS;
use crate::session::{Cursor, Session};
use crate::store::{self, Moment, Store, customer, entry, shop};

/// Events of one page.
pub const PAGE: i64 = 100;
/// Pages that wait for the loop.
const PAGES: usize = 64;
/// Looks of one connection.
const BATCH: usize = 32;

/// What a socket wants to know.
pub struct Ask {
    /// Which socket.
    pub spot: Spot,
    /// Whether it is still that one.
    pub seat: SeatId,
    /// Whose events.
    pub customer: CustomerId,
    /// From where on.
    pub from: From,
}

/// From where on.
pub enum From {
    /// A cursor that is to be checked; opens the session.
    Cursor(Cursor),
    /// The last event that was sent.
    Sent(i64),
}

/// The answer.
pub struct Looked {
    /// Which socket.
    pub spot: Spot,
    /// Whether it is still that one.
    pub seat: SeatId,
    /// What was found; none if the books could not be read.
    pub found: Option<Found>,
    /// The page's place among [`PAGES`].
    _room: OwnedSemaphorePermit,
}

/// What was found.
pub struct Found {
    /// The session and its hello, where one was to be opened.
    pub opened: Option<(Session, String)>,
    /// What comes next, in order.
    pub page: Vec<Told>,
    /// Whether there may be more.
    pub more: bool,
}

/// A socket that asks and the task that looks: both ends.
pub fn channel() -> (mpsc::Sender<Ask>, mpsc::Receiver<Ask>) {
    // Closed sockets may still wait for their answers beside as many new ones.
    mpsc::channel(2 * MAX_CONNECTIONS)
}

/// Runs until shutdown.
pub async fn run(store: Store, park: Park, clock: Clock, mut asks: mpsc::Receiver<Ask>, shutdown: CancellationToken) {
    let room = Arc::new(Semaphore::new(PAGES));
    let mut waiting = Vec::with_capacity(BATCH);
    while let Some(1..) = shutdown.run_until_cancelled(asks.recv_many(&mut waiting, BATCH)).await {
        let mut books = Books::open(&store).await;
        for Ask { spot, seat, customer, from } in waiting.drain(..) {
            let Ok(room) = room.clone().acquire_owned().await else { return };
            let found = match &mut books {
                Ok(books) => books.look(&clock, customer, from).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(error) = &found {
                tracing::error!(error, "a socket ends because the books could not be read");
            }
            park.inbox.post(Order::Looked(Box::new(Looked { spot, seat, found: found.ok(), _room: room })));
        }
    }
}

/// The books as they are now, for all looks of one batch.
struct Books {
    moment: Moment,
    epoch: String,
}

impl Books {
    async fn open(store: &Store) -> Result<Self, store::Error> {
        let mut moment = store.begin_read().await?;
        let epoch = shop::epoch(&mut moment).await?;
        Ok(Self { moment, epoch })
    }

    async fn look(&mut self, clock: &Clock, customer: CustomerId, from: From) -> Result<Found, store::Error> {
        let conn = &mut *self.moment;
        let (opened, after) = match from {
            From::Sent(sent) => (None, sent),
            From::Cursor(cursor) => {
                let last = customer::last_seq(conn, customer).await?;
                let (session, hello) = Session::open(&cursor, &self.epoch, last, clock());
                let sent = session.sent();
                if sent == last {
                    return Ok(Found { opened: Some((session, hello)), page: Vec::new(), more: false });
                }
                (Some((session, hello)), sent)
            }
        };
        let page = entry::page(conn, customer, after, PAGE).await?;
        let more = i64::try_from(page.len()).is_ok_and(|length| length >= PAGE);
        Ok(Found { opened, page, more })
    }
}
