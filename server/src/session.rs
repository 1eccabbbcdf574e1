//! One socket's protocol, as a pure state machine: what comes in, what goes out.
//!
//! Knows no socket and no clock: `http::socket` feeds it and does what it
//! says. A phone and a terminal differ in what their numbers count, not here.

use serde::Deserialize;

use crate::event::json;
use crate::ledger::{Millis, rfc3339};

/// Time between pings.
pub const PING_MS: Millis = 25_000;
/// A peer that was silent for this long is dropped.
pub const SILENT_MS: Millis = 60_000;
/// The largest frame that a client may send, in bytes.
pub const MAX_CLIENT_FRAME: usize = 4096;

/// Where a client says it is: `?after=SEQ&epoch=E`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Cursor {
    /// The last number that it has; none: live only.
    pub after: Option<i64>,
    /// The epoch in which it had it.
    pub epoch: Option<String>,
}

impl Cursor {
    /// The number after which to replay; `None` if the cursor is void here. A start from 0 needs no epoch.
    pub fn in_epoch(&self, epoch: &str, last: i64) -> Option<i64> {
        let after = self.after.unwrap_or(last);
        let same = match &self.epoch {
            Some(known) => known == epoch,
            None => self.after.is_none() || after == 0,
        };
        (same && (0..=last).contains(&after)).then_some(after)
    }
}

/// What the shell has to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Do {
    /// Nothing.
    Nothing,
    /// Send this text.
    Send(String),
    /// Read from the books what comes after this number, and offer it.
    Replay(i64),
    /// Note what the phone has.
    Ack {
        /// Stored.
        received: i64,
        /// Shown.
        seen: i64,
    },
    /// Ping the peer.
    Ping,
    /// The peer is gone; drop it.
    Drop,
}

/// One socket's state.
#[derive(Debug)]
pub struct Session {
    sent: i64,
    acked: (i64, i64),
    heard_at: Millis,
    pinged_at: Millis,
}

#[derive(Deserialize)]
struct FromPhone {
    received: Option<i64>,
    seen: Option<i64>,
}

impl Session {
    /// Opens a session when the last number is `last`: the hello to send, and the session, which wants
    /// everything after its cursor.
    pub fn open(cursor: &Cursor, epoch: &str, last: i64, now: Millis) -> (Self, String) {
        let after = cursor.in_epoch(epoch, last);
        let mut hello = serde_json::json!({ "type": "hello", "epoch": epoch, "seq": last, "time": rfc3339(now) });
        if after.is_none() {
            hello["reset"] = true.into();
        }
        let session = Self { sent: after.unwrap_or(last), acked: (0, 0), heard_at: now, pinged_at: now };
        (session, json(&hello))
    }

    /// The last number that was sent.
    pub fn sent(&self) -> i64 {
        self.sent
    }

    /// Something with a number is there: sent if it is the next, dropped if it was sent, looked up if
    /// something is missing before it.
    pub fn on_numbered(&mut self, number: i64, text: &str) -> Do {
        if number <= self.sent {
            return Do::Nothing;
        }
        if number > self.sent + 1 {
            return Do::Replay(self.sent);
        }
        self.sent = number;
        Do::Send(text.to_owned())
    }

    /// Something was read from the books after `sent`: it is in order, and numbers without a row of their
    /// own (opening balances are not told) leave no gap to wait for.
    pub fn on_replayed(&mut self, number: i64, text: &str) -> Do {
        if number <= self.sent {
            return Do::Nothing;
        }
        self.sent = number;
        Do::Send(text.to_owned())
    }

    /// The peer sent text; what is no ack is ignored.
    pub fn on_client(&mut self, text: &str, now: Millis) -> Do {
        self.heard_at = now;
        let Ok(FromPhone { received, seen }) = serde_json::from_str(text) else { return Do::Nothing };
        let seen = seen.filter(|seq| *seq <= self.sent).unwrap_or(0).max(self.acked.1);
        let received = received.filter(|seq| *seq <= self.sent).unwrap_or(0).max(self.acked.0).max(seen);
        if (received, seen) == self.acked {
            return Do::Nothing;
        }
        self.acked = (received, seen);
        Do::Ack { received, seen }
    }

    /// The peer sent something else: it lives.
    pub fn on_alive(&mut self, now: Millis) {
        self.heard_at = now;
    }

    /// Time went by.
    pub fn on_tick(&mut self, now: Millis) -> Do {
        // A clock that was set back counts from where it stands.
        (self.heard_at, self.pinged_at) = (self.heard_at.min(now), self.pinged_at.min(now));
        if now - self.heard_at >= SILENT_MS {
            return Do::Drop;
        }
        if now - self.pinged_at >= PING_MS {
            self.pinged_at = now;
            return Do::Ping;
        }
        Do::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(after: Option<i64>, epoch: Option<&str>, last: i64) -> (Session, String) {
        Session::open(&Cursor { after, epoch: epoch.map(Into::into) }, "E", last, 0)
    }

    #[test]
    fn a_cursor_of_another_epoch_or_beyond_the_end_is_reset() {
        for (after, epoch) in [(Some(3), Some("other")), (Some(9), Some("E")), (Some(3), None), (Some(-1), Some("E"))] {
            let (session, hello) = open(after, epoch, 5);
            assert!(hello.contains(r#""reset":true"#), "{after:?} {epoch:?}");
            assert_eq!(session.sent(), 5);
        }
        for (after, epoch, sent) in [(Some(3), Some("E"), 3), (Some(0), None, 0), (None, None, 5), (None, Some("E"), 5)]
        {
            let (session, hello) = open(after, epoch, 5);
            assert!(!hello.contains("reset"));
            assert_eq!(session.sent(), sent);
        }
    }

    #[test]
    fn nothing_is_sent_twice_and_a_gap_is_looked_up() {
        let (mut session, _) = open(Some(3), Some("E"), 5);
        assert_eq!(session.on_numbered(3, "c"), Do::Nothing);
        assert_eq!(session.on_numbered(5, "e"), Do::Replay(3));
        assert_eq!(session.on_replayed(4, "d"), Do::Send("d".into()));
        assert_eq!(session.on_numbered(5, "e"), Do::Send("e".into()));
        assert_eq!(session.on_numbered(5, "e"), Do::Nothing);
    }

    #[test]
    fn acks_rise_and_never_pass_what_was_sent() {
        let (mut session, _) = open(None, None, 5);
        assert_eq!(session.on_client(r#"{"received":4}"#, 1), Do::Ack { received: 4, seen: 0 });
        assert_eq!(session.on_client(r#"{"received":3}"#, 1), Do::Nothing);
        assert_eq!(session.on_client(r#"{"seen":5}"#, 1), Do::Ack { received: 5, seen: 5 });
        assert_eq!(session.on_client(r#"{"seen":6}"#, 1), Do::Nothing);
        for junk in ["", "nonsense", "[1]", r#"{"type":"future"}"#, r#"{"received":"x"}"#] {
            assert_eq!(session.on_client(junk, 1), Do::Nothing, "{junk}");
        }
    }

    #[test]
    fn a_silent_peer_is_pinged_and_then_dropped() {
        let (mut session, _) = open(None, None, 0);
        assert_eq!(session.on_tick(PING_MS - 1), Do::Nothing);
        assert_eq!(session.on_tick(PING_MS), Do::Ping);
        assert_eq!(session.on_tick(PING_MS + 1), Do::Nothing);
        session.on_alive(PING_MS + 2);
        assert_eq!(session.on_tick(SILENT_MS), Do::Ping);
        assert_eq!(session.on_tick(PING_MS + 2 + SILENT_MS), Do::Drop);
    }

    #[test]
    fn a_clock_that_is_set_back_holds_no_ping_up() {
        let (mut session, _) = open(None, None, 0);
        session.on_alive(3_600_000);
        assert_eq!(session.on_tick(1_000), Do::Nothing);
        assert_eq!(session.on_tick(PING_MS), Do::Ping);
        assert_eq!(session.on_tick(1_000 + SILENT_MS), Do::Drop);
    }
}
