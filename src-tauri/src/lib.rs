//! The merchant's till: it scans, sends, and shows what became of it.
//!
//! In the order in which a scan flows through it: [`till`] decides (with [`open`], [`board`], [`audit`]; pure),
//! [`journal`] keeps what is in doubt.

pub mod audit;
pub mod board;
pub mod journal;
pub mod open;
pub mod reply;
pub mod request;
pub mod settings;
pub mod till;
pub mod wire;
