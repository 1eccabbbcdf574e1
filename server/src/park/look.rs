//! What a parked socket wants to know of the books, and what it gets: where its phone stands, and what it missed.

use tokio::sync::OwnedSemaphorePermit;

use super::Spot;
use crate::clock::Clock;
use crate::event::Told;
use crate::hub::SeatId;
use crate::id::CustomerId;
use crate::session::{Cursor, Session};
use crate::store::raw::Raw;
use crate::store::{Error, told};

/// Events of one page.
pub const PAGE: i64 = 100;

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
    /// The page's place among those that wait for the loop.
    pub room: OwnedSemaphorePermit,
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

/// Looks.
///
/// # Errors
/// If the books cannot be read.
pub fn look(raw: &mut Raw<'_>, clock: &Clock, customer: CustomerId, from: From) -> Result<Found, Error> {
    let (opened, after) = match from {
        From::Sent(sent) => (None, sent),
        From::Cursor(cursor) => {
            let (epoch, last) = told::stands(raw, customer)?;
            let (session, hello) = Session::open(&cursor, &epoch, last, clock());
            let sent = session.sent();
            if sent == last {
                return Ok(Found { opened: Some((session, hello)), page: Vec::new(), more: false });
            }
            (Some((session, hello)), sent)
        }
    };
    let page = told::page(raw, customer, after, PAGE)?;
    let more = i64::try_from(page.len()).is_ok_and(|length| length >= PAGE);
    Ok(Found { opened, page, more })
}
