//! The phones' plain sockets, all in one loop: an idle one has no task and no buffer, only a line in a table.
//!
//! After the handshake `http` hands the connection over here ([`Park::admit`]); the [`hub`](crate::hub) tells
//! and cuts through [`Park`] too. What they hand in waits in one bounded queue. The loop itself ([`lot`]) runs
//! on a thread of its own and never waits for anything but its sockets: the books are read for it by the
//! [`reader`](crate::reader).
//! The protocol is [`session`](crate::session)'s, as on the sockets that have tasks: those by TLS, and the
//! terminals'.

pub mod look;
pub mod lot;
mod parked;

use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard};

use mio::{Poll, Token, Waker};

use self::look::Looked;
use crate::event::Told;
use crate::hub::{Cut, SeatId};
use crate::serve::Place;
use crate::session::Cursor;
use crate::store::phone::Phone;

/// Events that wait for the loop, over all sockets. Beyond, whose event finds no room is cut as slow.
pub const QUEUE: usize = 16 * 1024;

/// Wakes the loop.
const WAKE: Token = Token(usize::MAX);

/// A socket's line in the table; it is given again, so a [`SeatId`] goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot(pub usize);

/// A connection that comes from its handshake.
pub struct Arrival {
    /// The connection, not blocking.
    pub stream: TcpStream,
    /// What the client sent right behind the handshake.
    pub early: bytes::Bytes,
    /// Whose it is.
    pub phone: Phone,
    /// What it speaks.
    pub speech: Speech,
    /// Its place among the server's connections.
    pub place: Place,
}

/// What a phone's socket speaks.
pub enum Speech {
    /// Ours, from a cursor on.
    Events(Cursor),
    /// The old system's: live texts and nothing else.
    Seed,
}

/// What the loop is to do.
enum Order {
    Admit(Box<Arrival>),
    Tell(Spot, SeatId, Arc<Told>),
    Cut(Spot, SeatId, Cut),
    Looked(Box<Looked>),
    Stop,
}

#[derive(Default)]
struct Orders {
    waiting: Vec<Order>,
    /// Events among them; the others are bounded by the number of sockets.
    events: usize,
}

struct Inbox {
    orders: Mutex<Orders>,
    waker: Waker,
}

/// Where orders are handed in.
#[derive(Clone)]
pub struct Park {
    inbox: Arc<Inbox>,
}

/// The other end, to be run on a thread of its own.
pub struct Gate {
    poll: Poll,
    inbox: Arc<Inbox>,
}

impl Park {
    /// Both ends.
    ///
    /// # Errors
    /// If the system has no more descriptors.
    pub fn new() -> std::io::Result<(Self, Gate)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let inbox = Arc::new(Inbox { orders: Mutex::default(), waker });
        Ok((Self { inbox: inbox.clone() }, Gate { poll, inbox }))
    }

    /// Takes a connection over.
    pub fn admit(&self, arrival: Arrival) {
        self.inbox.post(Order::Admit(Box::new(arrival)));
    }

    /// Hands an event to a socket; false if there is no room.
    pub fn tell(&self, spot: Spot, seat: SeatId, told: &Arc<Told>) -> bool {
        let mut orders = self.inbox.orders();
        if orders.events >= QUEUE {
            return false;
        }
        orders.events += 1;
        self.inbox.put(orders, Order::Tell(spot, seat, told.clone()));
        true
    }

    /// Ends a socket with a code.
    pub fn cut(&self, spot: Spot, seat: SeatId, cut: Cut) {
        self.inbox.post(Order::Cut(spot, seat, cut));
    }

    /// Hands a socket what the books say.
    pub fn looked(&self, looked: Looked) {
        self.inbox.post(Order::Looked(Box::new(looked)));
    }

    /// Ends every socket, and the loop.
    pub fn stop(&self) {
        self.inbox.post(Order::Stop);
    }
}

impl Inbox {
    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().expect("nobody panics while holding the orders")
    }

    fn post(&self, order: Order) {
        self.put(self.orders(), order);
    }

    /// Adds an order. Only the first one wakes the loop: it takes all.
    fn put(&self, mut orders: MutexGuard<'_, Orders>, order: Order) {
        let asleep = orders.waiting.is_empty();
        orders.waiting.push(order);
        drop(orders);
        if asleep && let Err(error) = self.waker.wake() {
            tracing::error!(%error, "the sockets' loop could not be woken; it looks by itself soon");
        }
    }

    /// Everything that waits, into an empty list, whose memory is used for the next.
    fn take(&self, into: &mut Vec<Order>) {
        let mut orders = self.orders();
        std::mem::swap(&mut orders.waiting, into);
        orders.events = 0;
    }
}

#[cfg(test)]
impl Gate {
    /// What was told and cut, for the hub's tests.
    pub(crate) fn told(&self) -> Vec<(SeatId, Result<i64, Cut>)> {
        let mut orders = Vec::new();
        self.inbox.take(&mut orders);
        let told = orders.iter().filter_map(|order| match order {
            Order::Tell(_, seat, told) => Some((*seat, Ok(told.seq))),
            Order::Cut(_, seat, cut) => Some((*seat, Err(*cut))),
            Order::Admit(_) | Order::Looked(_) | Order::Stop => None,
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CustomerId;

    #[test]
    fn an_event_that_finds_no_room_is_refused() {
        let (park, gate) = Park::new().unwrap();
        let told =
            Told { customer: CustomerId(1), seq: 1, at: 0, committed: None, json: String::new(), seed: String::new() };
        let told = Arc::new(told);
        for _ in 0..QUEUE {
            assert!(park.tell(Spot(0), SeatId::default(), &told));
        }
        assert!(!park.tell(Spot(0), SeatId::default(), &told));
        assert_eq!(gate.told().len(), QUEUE);
        assert!(park.tell(Spot(0), SeatId::default(), &told));
    }
}
