//! The loop of the parked sockets: what comes in, what time brings, and what others want of it.
//!
//! It never waits but for its sockets. Every round does a bounded amount for each of them.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Token};
use slab::Slab;

use super::look::{Ask, From, Looked};
use super::parked::{Books, Brought, CLOSE_TIMEOUT, Parked, Whose};
use super::{Arrival, Gate, Inbox, Order, Park, Speech, Spot, WAKE};
use crate::clock::Clock;
use crate::event::Told;
use crate::frame::{self, Incoming, Message};
use crate::hub::{Cut, Hub, SeatId};
use crate::lamps::Moved;
use crate::ledger::Millis;
use crate::metrics::Metrics;
use crate::reader::Reader;
use crate::session::{Cursor, Do, Session};
use crate::store::phone::Ack;
use crate::writer::Writer;

/// The close code of a server that stops.
pub const GOING_AWAY: u16 = 4000;
/// The close code of a peer that cannot keep up.
pub const SLOW: u16 = 4008;

/// How often some of the sockets look at the clock.
const SWEEP: Duration = Duration::from_millis(250);
/// How many do each time, so that the pings of ten thousand do not hold up a push.
const SWEPT: usize = 1024;
/// Events of sockets that one round takes from the system.
const EVENTS: usize = 1024;
/// Bytes that are read at a time.
const READ: usize = 8 * 1024;
/// How often one socket is read in one round; the others come between.
const READS: usize = 4;
/// What the system may keep for a slow peer, in bytes; left alone it would grow to megabytes each.
const SEND_BUFFER: usize = 32 * 1024;

/// What the loop works with.
pub struct Means {
    /// Who listens.
    pub hub: Arc<Hub>,
    /// Where acks go.
    pub writer: Writer,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who looks into the books.
    pub reader: Reader,
}

/// How a socket ends.
enum End {
    /// The connection is gone.
    Gone,
    /// With a goodbye, and perhaps a code.
    Goodbye(Option<u16>),
}

impl std::convert::From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

struct Lot {
    means: Means,
    park: Park,
    poll: mio::Poll,
    sockets: Slab<Parked>,
    /// Sockets with more to read than one round takes.
    unread: Vec<Spot>,
    /// Where the next sweep begins.
    sweep_at: usize,
    swept: Instant,
    /// When the last goodbyes are over; none while it serves.
    ends: Option<Instant>,
    /// The round's time: for what the system is given to do, and for what was promised.
    now: Instant,
    time: Millis,
    /// Reused for every read and for every message.
    read: Box<[u8; READ]>,
    frames: Vec<u8>,
}

/// Runs on its own thread until it is stopped.
///
/// # Errors
/// If the system cannot watch the sockets any more.
pub fn run(gate: Gate, means: Means) -> io::Result<()> {
    let Gate { poll, inbox } = gate;
    let (now, time) = (Instant::now(), (means.clock)());
    let mut lot = Lot {
        means,
        park: Park { inbox: inbox.clone() },
        poll,
        sockets: Slab::new(),
        unread: Vec::new(),
        sweep_at: 0,
        swept: now,
        ends: None,
        now,
        time,
        read: Box::new([0; READ]),
        frames: Vec::new(),
    };
    let mut events = Events::with_capacity(EVENTS);
    let mut orders = Vec::new();
    while !lot.is_over() {
        lot.round(&inbox, &mut events, &mut orders)?;
    }
    Ok(())
}

impl Lot {
    fn is_over(&self) -> bool {
        self.ends.is_some_and(|ends| self.sockets.is_empty() || self.now >= ends)
    }

    fn round(&mut self, inbox: &Inbox, events: &mut Events, orders: &mut Vec<Order>) -> io::Result<()> {
        let wait = if self.unread.is_empty() { SWEEP } else { Duration::ZERO };
        match self.poll.poll(events, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            Ok(()) | Err(_) => (self.now, self.time) = (Instant::now(), (self.means.clock)()),
        }
        for event in events.iter().filter(|event| event.token() != WAKE) {
            let spot = Spot(event.token().0);
            if event.is_writable() {
                self.with(spot, Self::flush);
            }
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                self.unread.push(spot);
            }
        }
        let mut unread = std::mem::take(&mut self.unread);
        // One that is there again and still has more is read once.
        unread.sort_unstable();
        unread.dedup();
        for spot in unread {
            self.with(spot, Self::read);
        }
        inbox.take(orders);
        for order in orders.drain(..) {
            self.obey(order);
        }
        if self.now - self.swept >= SWEEP {
            self.sweep();
        }
        Ok(())
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Admit(arrival) => self.admit(*arrival),
            Order::Tell(spot, seat, told) => self.with_seat(spot, seat, |lot, spot| lot.tell(spot, &told)),
            Order::Cut(spot, seat, cut) => {
                self.means.metrics.cut(cut);
                self.with_seat(spot, seat, |_, _| Err(End::Goodbye(Some(cut.close_code()))));
            }
            Order::Looked(looked) => {
                let Looked { spot, seat, found, .. } = *looked;
                self.with_seat(spot, seat, |lot, spot| lot.looked(spot, found));
            }
            Order::Stop => {
                self.ends = Some(self.now + CLOSE_TIMEOUT);
                let all: Vec<usize> = self.sockets.iter().map(|(spot, _)| spot).collect();
                for spot in all {
                    self.with(Spot(spot), |_, _| Err(End::Goodbye(Some(GOING_AWAY))));
                }
            }
        }
    }

    /// Does something for a socket that is still there, and ends it if that says so.
    fn with(&mut self, spot: Spot, act: impl FnOnce(&mut Self, Spot) -> Result<(), End>) {
        if !self.sockets.contains(spot.0) {
            return;
        }
        let end = act(self, spot);
        let socket = &mut self.sockets[spot.0];
        match end {
            Ok(()) => {}
            Err(End::Gone) => self.remove(spot),
            Err(End::Goodbye(code)) => {
                self.means.hub.leave(socket.whose.customer, socket.seat);
                if socket.close(code, self.time, self.now + CLOSE_TIMEOUT).is_err() {
                    self.remove(spot);
                }
            }
        }
    }

    /// The same for a socket of which others spoke: it may have gone meanwhile, and its spot be another's.
    fn with_seat(&mut self, spot: Spot, seat: SeatId, act: impl FnOnce(&mut Self, Spot) -> Result<(), End>) {
        if self.sockets.get(spot.0).is_some_and(|socket| socket.seat == seat && !socket.is_closing()) {
            self.with(spot, act);
        }
    }

    fn remove(&mut self, spot: Spot) {
        let mut socket = self.sockets.remove(spot.0);
        self.means.hub.leave(socket.whose.customer, socket.seat);
        // Closing takes it off the system's list in any case.
        let _ = self.poll.registry().deregister(socket.stream());
    }

    fn admit(&mut self, arrival: Arrival) {
        let Arrival { stream, early, phone, speech, place } = arrival;
        let whose = Whose { customer: phone.customer, shop: phone.shop, credential: phone.credential };
        let entry = self.sockets.vacant_entry();
        let spot = Spot(entry.key());
        let limited = socket2::SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
        let mut stream = TcpStream::from_std(stream);
        let interest = Interest::READABLE | Interest::WRITABLE;
        let watched = limited.and_then(|()| self.poll.registry().register(&mut stream, Token(spot.0), interest));
        if let Err(error) = watched {
            tracing::warn!(%error, "a socket could not be watched");
            return;
        }
        let socket = entry.insert(Parked::new(stream, whose, place));
        // Listening before looking, so that nothing falls between the two.
        socket.seat =
            self.means.hub.listen_parked(whose.customer, whose.credential, whose.shop, (self.park.clone(), spot));
        if !early.is_empty() {
            socket.unread.get_or_insert_default().push(&early);
        }
        self.with(spot, |lot, spot| {
            if lot.ends.is_some() {
                return Err(End::Goodbye(Some(GOING_AWAY)));
            }
            match speech {
                Speech::Events(cursor) => lot.ask(spot, From::Cursor(cursor)),
                Speech::Seed => {
                    let (session, _) = Session::open(&Cursor::default(), "", 0, lot.time);
                    let socket = &mut lot.sockets[spot.0];
                    (socket.seed, socket.session) = (true, Some(session));
                    lot.read(spot)
                }
            }
        });
    }

    /// Has the books looked at for a socket.
    fn ask(&mut self, spot: Spot, from: From) -> Result<(), End> {
        let socket = &mut self.sockets[spot.0];
        let ask = Ask { spot, seat: socket.seat, customer: socket.whose.customer, from };
        socket.books = Books::Asked { again: false };
        if self.means.reader.look(ask) { Ok(()) } else { Err(End::Goodbye(Some(GOING_AWAY))) }
    }

    /// The books were looked at.
    fn looked(&mut self, spot: Spot, found: Option<super::look::Found>) -> Result<(), End> {
        let found = found.ok_or(End::Goodbye(Some(GOING_AWAY)))?;
        let socket = &mut self.sockets[spot.0];
        self.frames.clear();
        let opens = found.opened.is_some();
        if let Some((session, hello)) = found.opened {
            socket.session = Some(session);
            frame::text(&mut self.frames, &hello);
        }
        let Some(session) = &mut socket.session else { return Ok(()) };
        for told in &found.page {
            if let Do::Send(text) = session.on_replayed(told.seq, &told.json) {
                frame::text(&mut self.frames, &text);
            }
        }
        socket.write(&self.frames, self.time)?;
        let missed = matches!(socket.books, Books::Asked { again: true });
        socket.books = if found.more || missed { Books::More } else { Books::Read };
        self.look_on(spot)?;
        if opens { self.read(spot) } else { Ok(()) }
    }

    /// Asks for the next page once the last one has left.
    fn look_on(&mut self, spot: Spot) -> Result<(), End> {
        let socket = &self.sockets[spot.0];
        match (&socket.session, socket.books) {
            (Some(session), Books::More) if socket.is_clear() => {
                let sent = session.sent();
                self.ask(spot, From::Sent(sent))
            }
            _ => Ok(()),
        }
    }

    /// An event for a socket.
    fn tell(&mut self, spot: Spot, told: &Told) -> Result<(), End> {
        let socket = &mut self.sockets[spot.0];
        self.frames.clear();
        if socket.seed {
            frame::text(&mut self.frames, &told.seed);
            self.write(spot)?;
            self.means.metrics.pushed(told);
            return Ok(());
        }
        let clear = socket.is_clear();
        let next = match &mut socket.session {
            // A phone that takes its time finds it in the books; nothing is piled up for it here.
            Some(session) if clear => session.on_numbered(told.seq, &told.json),
            Some(session) => Do::Replay(session.sent()),
            None => Do::Replay(0),
        };
        match next {
            Do::Send(text) => {
                frame::text(&mut self.frames, &text);
                self.write(spot)?;
                self.means.metrics.pushed(told);
                Ok(())
            }
            Do::Replay(_) => {
                socket.books = match socket.books {
                    Books::Asked { .. } => Books::Asked { again: true },
                    Books::Read | Books::More => Books::More,
                };
                self.look_on(spot)
            }
            Do::Nothing | Do::Ack { .. } | Do::Ping | Do::Drop => Ok(()),
        }
    }

    /// Writes what was made in `frames`; whoever has too much unsent is slow.
    fn write(&mut self, spot: Spot) -> Result<(), End> {
        let socket = &mut self.sockets[spot.0];
        socket.write(&self.frames, self.time)?;
        if socket.is_full() { Err(self.slow()) } else { Ok(()) }
    }

    fn slow(&self) -> End {
        self.means.metrics.cut(Cut::Slow);
        End::Goodbye(Some(SLOW))
    }

    fn flush(&mut self, spot: Spot) -> Result<(), End> {
        self.sockets[spot.0].flush(self.time)?;
        self.look_on(spot)
    }

    /// Reads a socket, a bounded number of times.
    fn read(&mut self, spot: Spot) -> Result<(), End> {
        let socket = &mut self.sockets[spot.0];
        if socket.session.is_none() && !socket.is_closing() {
            // Read as soon as it is open.
            return Ok(());
        }
        if socket.unread.is_some() {
            self.heard(spot, 0)?;
        }
        for _ in 0..READS {
            match self.sockets[spot.0].read(&mut self.read[..]) {
                Brought::Bytes(length) => self.heard(spot, length)?,
                Brought::Nothing => return Ok(()),
                Brought::End => return Err(End::Gone),
            }
        }
        self.unread.push(spot);
        Ok(())
    }

    /// What the peer sent: the bytes that were read last, behind those that are kept.
    fn heard(&mut self, spot: Spot, length: usize) -> Result<(), End> {
        let socket = &mut self.sockets[spot.0];
        if socket.is_closing() {
            return Ok(());
        }
        let mut incoming = socket.unread.take().unwrap_or_else(|| Box::new(Incoming::default()));
        incoming.push(&self.read[..length]);
        while let Some(message) = incoming.message().map_err(|violation| End::Goodbye(Some(violation.close_code())))? {
            self.message(spot, message)?;
        }
        if !incoming.is_empty() {
            self.sockets[spot.0].unread = Some(incoming);
        }
        Ok(())
    }

    fn message(&mut self, spot: Spot, message: Message) -> Result<(), End> {
        let now = self.time;
        let socket = &mut self.sockets[spot.0];
        let Some(session) = &mut socket.session else { return Ok(()) };
        match message {
            Message::Text(text) if !socket.seed => {
                if let Do::Ack { received, seen } = session.on_client(&text, now) {
                    let Whose { customer, shop, credential } = socket.whose;
                    let ack = Ack { credential, received, seen };
                    self.means.writer.ack(Moved { ack, customer, shop, after: socket.seen });
                    socket.seen = seen;
                }
                Ok(())
            }
            Message::Text(_) | Message::Binary | Message::Pong => {
                session.on_alive(now);
                Ok(())
            }
            Message::Ping(payload) => {
                session.on_alive(now);
                self.frames.clear();
                frame::pong(&mut self.frames, &payload);
                self.write(spot)
            }
            Message::Close(code) => Err(End::Goodbye(code)),
        }
    }

    /// Lets some of the sockets look at the clock, the others in their turn.
    fn sweep(&mut self) {
        self.swept = self.now;
        let table = self.sockets.capacity();
        let first = if self.sweep_at < table { self.sweep_at } else { 0 };
        self.sweep_at = first + SWEPT;
        for spot in first..table.min(self.sweep_at) {
            self.with(Spot(spot), |lot, spot| {
                let socket = &mut lot.sockets[spot.0];
                if socket.is_over(lot.now) {
                    return Err(End::Gone);
                }
                if !socket.is_closing() && socket.is_stalled(lot.time) {
                    return Err(lot.slow());
                }
                match socket.session.as_mut().map(|session| session.on_tick(lot.time)) {
                    Some(Do::Drop) if !socket.is_closing() => Err(End::Gone),
                    Some(Do::Ping) => {
                        lot.frames.clear();
                        frame::ping(&mut lot.frames);
                        lot.write(spot)
                    }
                    Some(Do::Drop | Do::Nothing | Do::Send(_) | Do::Replay(_) | Do::Ack { .. }) | None => Ok(()),
                }
            });
        }
    }
}
