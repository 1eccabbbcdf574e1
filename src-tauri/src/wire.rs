//! What Rust tells the merchant's page, and the parts of the server's JSON that are passed on to it.
//!
//! Plain serde types, nothing decided here. The page's TypeScript is generated from this file (see the test
//! below), so a field that changes here is a type error there. Amounts are minor units or visits, below 2^53;
//! times are RFC 3339 in UTC; `code` is one of the server's closed list or one of those in [`local`].

use serde::Serialize;
#[cfg(test)]
use ts_rs::TS;
use uuid::Uuid;

pub use books::{Customer, Entry, Join, Lamp, Listed, NewCustomer, Redemption, RefusalListed};
pub use display::{Display, DisplayResult, DisplayShop};
pub use import::{Import, Imported, ImportedUnit, WrongCell, WrongCells, WrongWhat};
pub use receipt::{Paper, Printer, Receipts};
pub use result::{Asked, Doubt, DoubtState, Refused, RequestKind, Shown};
pub use server::{ServerAt, ServerFound};
pub use shop::{Language, Names, Preset, Product, Shop, ShopAnswer, ShopShown, Unit, UnitKind};
pub use staff::{Operator, Person, Role, Saved, Staff};
pub use start::{Address, Answers, Begin, Computer, FirstStart, Habits, Owner, ShopNamed};

mod books;
mod display;
mod import;
mod receipt;
mod result;
mod server;
mod shop;
mod staff;
mod start;

/// Refusals that the till makes by itself: nothing was sent, so nothing was taken.
pub mod local {
    /// The server cannot be reached.
    pub const OFFLINE: &str = "offline";
    /// The journal could not be written: no request leaves without its line on disk.
    pub const JOURNAL_FAILED: &str = "journal_failed";
    /// What was dropped or pasted is no picture.
    pub const NO_PICTURE: &str = "no_picture";
    /// A picture without a code.
    pub const NO_CODE: &str = "no_code";
    /// A picture with a code that is not a customer's.
    pub const NOT_OURS: &str = "not_ours";
    /// A picture with a customer's code that is damaged.
    pub const MISREAD: &str = "misread";
    /// A picture with two customers' codes.
    pub const TWO_CODES: &str = "two_codes";
    /// An earlier request is still open; the same word as the server's.
    pub const BUSY: &str = "busy";
    /// Nobody stands at the till: an operator gives their PIN first.
    pub const LOCKED: &str = "locked";
    /// No answer in time: the list of those in doubt has it, and goes on asking.
    pub const IN_DOUBT: &str = "in_doubt";
    /// The file could not be written.
    pub const NOT_SAVED: &str = "not_saved";
    /// The till could not be opened; the log says why.
    pub const NOT_OPENED: &str = "not_opened";
    /// Another Tillbeam has the data directory.
    pub const ALREADY_OPEN: &str = "already_open";
    /// This till's token at its server cannot be read: the keyring that has it does not open, or it is gone.
    pub const TOKEN_UNREADABLE: &str = "token_unreadable";
    /// There is a shop of this name.
    pub const NAME_TAKEN: &str = "name_taken";
    /// What became of a request is not known yet: the till is not left without saying so.
    pub const UNSETTLED: &str = "unsettled";
    /// What was typed is no address of a server.
    pub const ADDRESS_WRONG: &str = "address_wrong";
    /// No computer of that name.
    pub const NAME_UNKNOWN: &str = "name_unknown";
    /// The computer is there, and nothing listens.
    pub const CONNECTION_REFUSED: &str = "connection_refused";
    /// No answer in time.
    pub const UNREACHABLE: &str = "unreachable";
    /// Something answers that is no server of ours.
    pub const NOT_TILLBEAM: &str = "not_tillbeam";
    /// Plain http where https was asked for.
    pub const PLAIN_HTTP: &str = "plain_http";
    /// https where plain http was asked for.
    pub const HTTPS_ONLY: &str = "https_only";
    /// A certificate that nobody known has signed.
    pub const CERTIFICATE_UNKNOWN: &str = "certificate_unknown";
    /// Not the server that the pairing code is of.
    pub const SERVER_OTHER: &str = "server_other";
    /// The certificate is for other names.
    pub const CERTIFICATE_NAME: &str = "certificate_name";
    /// The certificate's time is over, or one of the clocks is wrong.
    pub const CERTIFICATE_TIME: &str = "certificate_time";
    /// Another version, which speaks another language.
    pub const VERSION_DIFFERS: &str = "version_differs";
    /// The server answers that it cannot write its books.
    pub const SERVER_UNWELL: &str = "server_unwell";
    /// What was typed is no pairing code.
    pub const PAIRING_WRONG: &str = "pairing_wrong";
    /// A pairing code that is wrong, used or too old.
    pub const PAIRING_EXPIRED: &str = "pairing_expired";
    /// No receipt printer was chosen.
    pub const PRINTER_NONE: &str = "printer_none";
    /// It does not answer, or stopped in the middle.
    pub const PRINTER_OFF: &str = "printer_off";
    /// No printer of that name.
    pub const PRINTER_UNKNOWN: &str = "printer_unknown";
    /// The system does not let this program print there.
    pub const PRINTER_DENIED: &str = "printer_denied";
    /// It is not plugged in.
    pub const PRINTER_GONE: &str = "printer_gone";
    /// It has not taken the last receipt yet.
    pub const PRINTER_BUSY: &str = "printer_busy";
}

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
