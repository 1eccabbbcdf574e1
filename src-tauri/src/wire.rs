//! What Rust tells the merchant's page, and the parts of the server's JSON that are passed on to it.
//!
//! Plain serde types, nothing decided here. The page's TypeScript is generated from this file (see the test
//! below), so a field that changes here is a type error there. Amounts are minor units or visits, below 2^53;
//! times are RFC 3339 in UTC; `code` is one of the server's closed list or one of those in [`local`].

use serde::Serialize;
#[cfg(test)]
use ts_rs::TS;
use uuid::Uuid;

pub use backup::{BackupHolds, BackupPlan};
pub use books::{Customer, Entry, Join, Lamp, Listed, NewCustomer, Redemption, RefusalListed};
pub use display::{Display, DisplayResult, DisplayShop};
pub use import::{Import, Imported, ImportedUnit, WrongCell, WrongCells, WrongWhat};
pub use receipt::{Paper, Printer, Receipts};
pub use result::{Asked, Doubt, DoubtState, Refused, RequestKind, Shown};
pub use server::{ServerAt, ServerFound};
pub use shop::{Language, Names, Preset, Product, Shop, ShopAnswer, ShopShown, Unit, UnitKind};
pub use staff::{Operator, Person, Role, Saved, Staff};
pub use start::{Address, Answers, Begin, Computer, FirstStart, Habits, Owner, ShopNamed};
pub use way::{Certificate, Way};

mod backup;
mod books;
mod display;
mod import;
pub mod local;
mod receipt;
mod result;
mod server;
mod shop;
mod staff;
mod start;
mod way;

/// One message to the page; `open` sends the whole state as these, then each change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TillEvent {
    /// The shop, and what the next scan takes.
    Shop(Box<ShopShown>),
    /// Who may stand at the till, and who does.
    Staff(Staff),
    /// Whether the server can be reached.
    Link {
        /// See [`LinkState`].
        state: LinkState,
    },
    /// Where phones reach the till; of a server in the window's own process alone.
    Address(Address),
    /// The server on another computer, if the till uses one.
    Server {
        /// None: the books are on this computer.
        server: Option<ServerAt>,
    },
    /// How it stands with the certificate that phones are shown.
    Certificate {
        /// None: there is nothing to say of it.
        certificate: Option<Certificate>,
    },
    /// What was wrong with the journal at start; none: nothing, or somebody has seen it.
    Journal {
        /// See [`Damage`].
        damage: Option<Damage>,
    },
    /// What the pictures come from.
    Camera(Camera),
    /// How receipts are printed.
    Receipts {
        /// See [`Receipts`].
        receipts: Receipts,
        /// Printers that are plugged in by USB.
        plugged_in: Vec<String>,
    },
    /// The cameras that can be chosen.
    Cameras {
        /// All that are plugged in, in the system's order.
        cameras: Vec<CameraListed>,
        /// The id of the one in use.
        used: Option<String>,
    },
    /// Why nothing is read.
    Hint {
        /// See [`Hint`].
        hint: Hint,
    },
    /// Where the code is, in 0..1 of the unmirrored picture.
    Found {
        /// Four corners clockwise from the top left, or nothing in view.
        corners: Option<[[f32; 2]; 4]>,
    },
    /// The field that everybody looks at.
    Result {
        /// See [`Shown`].
        result: Shown,
    },
    /// The whole list of what is or was in doubt.
    Doubts {
        /// Oldest first.
        doubts: Vec<Doubt>,
    },
    /// How far a redemption got on the customer's phone.
    Lamp {
        /// The redemption's id.
        id: Uuid,
        /// See [`Lamp`].
        lamp: Lamp,
    },
    /// Customers whose phone is connected now.
    Online {
        /// How many.
        customers: u64,
    },
    /// The whole list of the last ten, newest first.
    Entries {
        /// Ledger entries, and refusals of this terminal.
        entries: Vec<Listed>,
    },
}

/// Whether the server can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Not yet known.
    Connecting,
    /// It answers.
    Online,
    /// It does not; scans are refused with nothing sent.
    Offline,
    /// It answers that this till is no longer paired.
    Revoked,
}

/// Lines of the journal could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Damage {
    /// So many.
    pub lines: usize,
    /// Requests in them that could still be made out, and are asked after.
    pub asked: usize,
    /// Where the file is kept as it was found.
    pub kept: String,
}

/// What the pictures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Camera {
    /// See [`CameraState`].
    pub state: CameraState,
    /// As the system calls it; empty where there is none, also where the demo camera stands in for it.
    pub name: String,
    /// Why there is no picture.
    pub problem: Option<CameraProblem>,
}

/// A camera that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct CameraListed {
    /// The same after replugging, where the system allows.
    pub id: String,
    /// As the system calls it.
    pub name: String,
}

/// The camera's states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum CameraState {
    /// Being opened.
    Opening,
    /// Pictures come from a camera.
    Live,
    /// Pictures are drawn: the practice customer's live code in a moving scene.
    Demo,
    /// Pictures come from files.
    Pictures,
    /// There is no camera; it is looked for again.
    None,
    /// It cannot be used; it is tried again.
    Failed,
}

/// Why a camera cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum CameraProblem {
    /// Another program holds it.
    Busy,
    /// No right to open it.
    Denied,
    /// Not there, or unplugged.
    Gone,
    /// Open, but no picture comes.
    NoFrames,
    /// The same picture comes again and again; it is still read.
    Frozen,
    /// No mode that we can read.
    Unsupported,
    /// Anything else.
    Other,
}

/// Why nothing is taken although something is in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// Nothing to say.
    None,
    /// A QR code, but not a customer's.
    NotOurs,
    /// Damaged or misread: the check digit does not hold.
    Misread,
    /// Two customers' codes at once: which one?
    TwoCodes,
    /// An earlier request is still open.
    Wait,
    /// What the next scan takes is being typed.
    Amount,
    /// Too little light, or something before the lens.
    Dark,
    /// A code that is too small in the picture.
    Far,
    /// A code, out of focus or moving.
    Blurred,
    /// Light reflected from where the code is.
    Glare,
}

/// Why a command did nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Failed {
    /// The reason.
    pub code: String,
}

impl Failed {
    /// With one of the closed list's codes.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into() }
    }
}

#[cfg(test)]
mod tests;
