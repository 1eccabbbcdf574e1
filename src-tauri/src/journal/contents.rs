//! What a journal says: its lines, and the state that they add up to.
//!
//! Pure: bytes in, values out.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::salvage;
use crate::request::Request;
use crate::wire::RequestKind;

/// Settled ids are kept for a change of the server's epoch (a restore).
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// And at most so many, the newest.
const KEPT_LIMIT: usize = 50_000;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// About to be sent for the first time.
    Open(Request),
    /// The merchant wants it final and without effect.
    Cancelling {
        /// Of an open one.
        id: Uuid,
    },
    /// Settled.
    Closed(Closed),
    /// The server's epoch under which all before was settled.
    Epoch {
        /// As the server says it.
        epoch: String,
    },
}

/// A settled request; without its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The request's id.
    pub id: Uuid,
    /// What it was.
    pub kind: RequestKind,
    /// One of the shop's units.
    pub unit: String,
    /// Minor units or visits.
    pub amount: u64,
    /// When it was made.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// In the books.
    Recorded,
    /// Nothing moved.
    Refused,
    /// Final and without effect.
    Cancelled,
}

/// A request that the journal does not know the end of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// As it was sent.
    pub request: Request,
    /// The merchant had decided to cancel it.
    pub cancelling: bool,
}

/// What all lines add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// In doubt, oldest first.
    pub open: Vec<Pending>,
    /// Settled, oldest first.
    pub closed: VecDeque<Closed>,
    /// The server's epoch, if it was ever heard.
    pub epoch: Option<String>,
    /// Whole lines that could not be read.
    pub damaged_lines: usize,
    /// Requests of such lines, whose ends nothing else tells: among the open ones, too.
    pub salvaged: usize,
}

impl Line {
    /// With its line end.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("a line has only strings and numbers, and string keys");
        bytes.push(b'\n');
        bytes
    }

    /// Whether this line has to be on disk before anything more is sent about this request.
    pub fn is_before_sending(&self, request: Uuid) -> bool {
        match self {
            Self::Open(Request { id, .. }) | Self::Cancelling { id } => *id == request,
            Self::Closed(_) | Self::Epoch { .. } => false,
        }
    }

    /// A lost `closed` only means that the server is asked once more; these two must not be lost.
    pub fn must_survive(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Cancelling { .. })
    }
}

impl Contents {
    /// From the bytes of a file. The last line, if its end is missing, was never whole and so nothing was sent for it.
    pub fn read(bytes: &[u8]) -> Self {
        let mut contents = Self::default();
        let mut salvaged = Vec::new();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if let Ok(line) = serde_json::from_slice(line) {
                contents.apply(line);
            } else {
                contents.damaged_lines += 1;
                salvaged.extend(salvage::request_in(line));
            }
        }
        for request in salvaged {
            contents.salvage(request);
        }
        contents
    }

    fn salvage(&mut self, request: Request) {
        let is_closed = self.closed.iter().any(|closed| closed.id == request.id);
        let is_open = self.open.iter().any(|pending| pending.request.id == request.id);
        if !is_closed && !is_open {
            self.apply(Line::Open(request));
            self.salvaged += 1;
        }
    }

    /// As the shortest file that says the same.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let epoch = self.epoch.iter().map(|epoch| Line::Epoch { epoch: epoch.clone() });
        let closed = self.closed.iter().cloned().map(Line::Closed);
        let open = self.open.iter().map(|pending| Line::Open(pending.request.clone()));
        let cancelling = self.open.iter().filter(|pending| pending.cancelling);
        let cancelling = cancelling.map(|pending| Line::Cancelling { id: pending.request.id });
        epoch.chain(closed).chain(open).chain(cancelling).flat_map(|line| line.to_bytes()).collect()
    }

    /// Takes in one more line.
    pub fn apply(&mut self, line: Line) {
        match line {
            Line::Open(request) => {
                let known = self.open.iter().any(|pending| pending.request.id == request.id);
                if !known {
                    self.open.push(Pending { request, cancelling: false });
                }
            }
            Line::Cancelling { id } => {
                for pending in self.open.iter_mut().filter(|pending| pending.request.id == id) {
                    pending.cancelling = true;
                }
            }
            Line::Closed(closed) => {
                self.open.retain(|pending| pending.request.id != closed.id);
                self.closed.push_back(closed);
                if self.closed.len() > KEPT_LIMIT {
                    self.closed.pop_front();
                }
            }
            Line::Epoch { epoch } => self.epoch = Some(epoch),
        }
    }

    /// Leaves out what was settled too long ago; what is open stays, however old.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.closed.retain(|closed| now.duration_since(closed.at) <= KEPT);
    }
}
