//! One parked socket: its connection, what did not leave yet, what came in part, and where it stands.
//!
//! Reads and writes without waiting. It does not know the loop, the hub or the books.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use crate::code::CredentialNumber;
use crate::frame::{self, Incoming};
use crate::hub::SeatId;
use crate::id::{CustomerId, ShopId};
use crate::ledger::Millis;
use crate::serve::Place;
use crate::session::Session;

/// Bytes to which a message may still be added; a page of the books may be longer.
pub const MAX_UNSENT: usize = 64 * 1024;
/// The longest that a peer may take nothing of what waits before it counts as slow.
pub const SEND_TIMEOUT_MS: Millis = 10_000;
/// The longest that a goodbye may take.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Whose socket it is.
#[derive(Debug, Clone, Copy)]
pub struct Whose {
    pub customer: CustomerId,
    pub shop: ShopId,
    pub credential: CredentialNumber,
}

/// What is known of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Books {
    /// Everything was sent.
    Read,
    /// A look is under way; `again` if something came that it may not have seen.
    Asked { again: bool },
    /// There is more; it is asked for once the last page has left.
    More,
}

/// What did not leave yet.
struct Unsent {
    /// Whole frames, the first of which may have left in part.
    bytes: Vec<u8>,
    /// Bytes of it that left.
    sent: usize,
    /// When something left last.
    since: Millis,
    /// After a goodbye: when to stop waiting for the peer.
    ends: Option<Instant>,
}

/// One parked socket.
pub struct Parked {
    stream: TcpStream,
    pub whose: Whose,
    pub seat: SeatId,
    /// None until the books were looked at.
    pub session: Option<Session>,
    /// What the phone had seen before its last ack.
    pub seen: i64,
    /// Whether it speaks as the old system did.
    pub seed: bool,
    pub books: Books,
    unsent: Option<Box<Unsent>>,
    /// None while nothing came in part: then it costs nothing.
    pub unread: Option<Box<Incoming>>,
    _place: Place,
}

/// What reading brought.
pub enum Brought {
    /// Bytes, this many.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// The end.
    End,
}

impl Parked {
    pub fn new(stream: TcpStream, whose: Whose, place: Place) -> Self {
        Self {
            stream,
            whose,
            seat: SeatId::default(),
            session: None,
            seen: 0,
            seed: false,
            books: Books::Read,
            unsent: None,
            unread: None,
            _place: place,
        }
    }

    /// Its connection, for the loop's register.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Reads what is there, up to the room in `into`.
    pub fn read(&mut self, into: &mut [u8]) -> Brought {
        loop {
            match self.stream.read(into) {
                Ok(0) => return Brought::End,
                Ok(length) => return Brought::Bytes(length),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Brought::Nothing,
                Err(_) => return Brought::End,
            }
        }
    }

    /// Writes whole frames, or keeps what the peer does not take now. After a goodbye nothing is written.
    ///
    /// # Errors
    /// If the connection is broken.
    pub fn write(&mut self, frames: &[u8], now: Millis) -> io::Result<()> {
        if let Some(unsent) = &mut self.unsent {
            if unsent.ends.is_none() {
                unsent.bytes.extend_from_slice(frames);
            }
            return Ok(());
        }
        let sent = write_some(&mut self.stream, frames)?;
        if sent < frames.len() {
            self.unsent = Some(Box::new(Unsent { bytes: frames.to_vec(), sent, since: now, ends: None }));
        }
        Ok(())
    }

    /// Writes on what did not leave yet.
    ///
    /// # Errors
    /// If the connection is broken.
    pub fn flush(&mut self, now: Millis) -> io::Result<()> {
        let Some(unsent) = &mut self.unsent else { return Ok(()) };
        if unsent.bytes.is_empty() {
            return Ok(());
        }
        let sent = write_some(&mut self.stream, &unsent.bytes[unsent.sent..])?;
        if sent > 0 {
            unsent.sent += sent;
            unsent.since = now;
            unsent.forget_sent();
        }
        match (unsent.bytes.is_empty(), unsent.ends) {
            (true, None) => self.unsent = None,
            // The peer sees the end behind the goodbye, and ends in turn.
            (true, Some(_)) => self.stream.shutdown(Shutdown::Write)?,
            (false, _) => {}
        }
        Ok(())
    }

    /// Says goodbye instead of whatever did not leave yet; what the peer sends from now on is not heard.
    ///
    /// # Errors
    /// If the connection is broken.
    pub fn close(&mut self, code: Option<u16>, now: Millis, ends: Instant) -> io::Result<()> {
        if self.is_closing() {
            return Ok(());
        }
        let mut last = match self.unsent.take() {
            Some(unsent) => unsent,
            None => Box::new(Unsent { bytes: Vec::new(), sent: 0, since: now, ends: None }),
        };
        let begun = if last.sent > 0 { frame::length(&last.bytes) } else { 0 };
        last.bytes.truncate(begun);
        frame::close(&mut last.bytes, code);
        last.ends = Some(ends);
        self.unsent = Some(last);
        self.unread = None;
        self.flush(now)
    }

    /// Whether a goodbye is on its way.
    pub fn is_closing(&self) -> bool {
        self.unsent.as_ref().is_some_and(|unsent| unsent.ends.is_some())
    }

    /// Whether the peer had its time to answer a goodbye.
    pub fn is_over(&self, now: Instant) -> bool {
        self.unsent.as_ref().and_then(|unsent| unsent.ends).is_some_and(|ends| now >= ends)
    }

    /// Whether everything left.
    pub fn is_clear(&self) -> bool {
        self.unsent.is_none()
    }

    /// Whether nothing more may be added to what waits.
    pub fn is_full(&self) -> bool {
        self.unsent.as_ref().is_some_and(|unsent| unsent.bytes.len() - unsent.sent > MAX_UNSENT)
    }

    /// Whether the peer has taken nothing for too long.
    pub fn is_stalled(&mut self, now: Millis) -> bool {
        let Some(unsent) = &mut self.unsent else { return false };
        // A clock that was set back counts from where it stands.
        unsent.since = unsent.since.min(now);
        now - unsent.since >= SEND_TIMEOUT_MS
    }
}

impl Unsent {
    /// Lets go of the frames that left as a whole.
    fn forget_sent(&mut self) {
        let mut whole = 0;
        while whole < self.sent {
            let end = whole + frame::length(&self.bytes[whole..]);
            if end > self.sent {
                break;
            }
            whole = end;
        }
        self.bytes.drain(..whole);
        self.sent -= whole;
    }
}

/// How many bytes the peer took.
fn write_some(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(length) => sent += length,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}
