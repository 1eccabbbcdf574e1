//! What the fuzz targets do with any bytes: the parsers that a stranger can reach, and what has to hold of them.
//!
//! Shared by the targets and by the server's own test that replays the corpus.

use jiff::tz::TimeZone;
use tillbeam_server::code::Code;
use tillbeam_server::frame::{Incoming, Message};
use tillbeam_server::http::{AckBody, CancelBody, JoinBody, RedeemBody, ReverseBody, TopUpBody, parse};
use tillbeam_server::session::{Cursor, Session};
use tillbeam_server::sheet::{self, Form};
use tillbeam_server::unit::Unit;

/// A target's name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const ALL: [Target; 4] = [("code", code), ("socket", socket), ("body", body), ("csv", csv)];

/// A code that is read is printed as it was.
pub fn code(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(code) = Code::parse(text) {
        assert_eq!(code.to_string(), text);
    }
}

/// A phone's bytes on its socket: frames, and what the session makes of their texts. The first byte says in how
/// long pieces they come.
pub fn socket(bytes: &[u8]) {
    let Some((piece, bytes)) = bytes.split_first() else { return };
    let (mut session, _) = Session::open(&Cursor::default(), "E", 1000, 0);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = session.on_client(text, 1);
    }
    let mut incoming = Incoming::default();
    for part in bytes.chunks(1 + usize::from(*piece)) {
        incoming.push(part);
        loop {
            match incoming.message() {
                Ok(Some(Message::Text(text))) => drop(session.on_client(&text, 2)),
                Ok(Some(_)) => session.on_alive(2),
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
    assert_eq!(session.sent(), 1000, "a phone moved its own cursor");
}

/// A body of any call; the first byte says of which.
pub fn body(bytes: &[u8]) {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let read = match which % 6 {
        0 => parse::<RedeemBody>(bytes).is_ok(),
        1 => parse::<TopUpBody>(bytes).is_ok(),
        2 => parse::<ReverseBody>(bytes).is_ok(),
        3 => parse::<CancelBody>(bytes).is_ok(),
        4 => parse::<JoinBody>(bytes).is_ok(),
        _ => parse::<AckBody>(bytes).is_ok(),
    };
    assert!(!read || bytes.trim_ascii().starts_with(b"{"), "a body that is no object was taken");
}

/// A sheet of customers: a plan or a list of what is wrong, never both and never neither.
pub fn csv(bytes: &[u8]) {
    let units = ["wash", "CNY"].into_iter().filter_map(Unit::parse).collect();
    let form = Form { units, zone: TimeZone::UTC, day_start_min: 0 };
    if let Err(wrongs) = sheet::plan(bytes, &form) {
        assert!(wrongs.count > 0 && !wrongs.first.is_empty(), "a sheet without a plan says what is wrong");
    }
}
