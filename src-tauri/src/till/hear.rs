//! What comes over the terminal's socket: entries, lamps, who is online, and the epoch of the server's books.

use serde::Deserialize;
use uuid::Uuid;

use super::{Action, Till};
use crate::journal::{Contents, Line};
use crate::wire::{Entry, Lamp, TillEvent};

/// What comes over the terminal's socket.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// First.
    Hello {
        /// Drawn anew by a restore.
        epoch: String,
        /// Of the last entry.
        seq: u64,
        /// Our cursor is of another epoch.
        #[serde(default)]
        reset: bool,
    },
    /// A ledger entry.
    Entry(Entry),
    /// How far the last redemptions got.
    Lamps {
        /// Whole.
        lamps: Vec<LampOf>,
    },
    /// A change.
    Lamp(LampOf),
    /// Customers connected.
    Online {
        /// How many.
        customers: u64,
    },
    /// The shop's settings, units or operators are others now.
    Shop,
    /// Of a newer server.
    #[serde(other)]
    Unknown,
}

/// How far one redemption got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct LampOf {
    /// The redemption.
    pub id: Uuid,
    /// Its lamp.
    pub lamp: Lamp,
}

impl Till {
    /// What came over the terminal's socket; `contents` is the journal's.
    pub fn on_message(&mut self, message: Message, contents: &Contents) {
        match message {
            Message::Hello { epoch, reset, .. } => self.on_hello(epoch, reset, contents),
            Message::Entry(entry) => self.told.entries_changed |= self.board.entry(entry),
            Message::Lamps { lamps } => lamps.into_iter().for_each(|lamp| self.on_lamp(lamp)),
            Message::Lamp(lamp) => self.on_lamp(lamp),
            Message::Online { customers } => self.out.push(Action::Tell(TillEvent::Online { customers })),
            Message::Shop => self.out.push(Action::LookAgainAtShop),
            Message::Unknown => {}
        }
    }

    fn on_hello(&mut self, epoch: String, reset: bool, contents: &Contents) {
        if reset {
            self.board.restart();
            self.told.entries_changed = true;
        }
        match &contents.epoch {
            Some(known) if *known == epoch => {}
            Some(_) if self.audit.is_for(&epoch) => {}
            Some(_) => self.audit.begin(epoch, contents.closed.iter().cloned()),
            None => self.out.push(Action::Write(Line::Epoch { epoch })),
        }
    }

    fn on_lamp(&mut self, LampOf { id, lamp }: LampOf) {
        if self.board.lamp(id, lamp) {
            self.told.entries_changed = true;
            self.out.push(Action::Tell(TillEvent::Lamp { id, lamp }));
        }
    }
}
