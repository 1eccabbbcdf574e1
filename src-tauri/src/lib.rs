//! The merchant's till: it scans, sends, and shows what became of it.
//!
//! In the order in which a scan flows through it: [`scan`] reads a code off the newest frame, [`desk`] feeds it to
//! [`till`], which decides (with [`open`], [`board`] and [`audit`]; pure); [`journal`] keeps the request before
//! [`link`] sends it; [`reply`] says what an answer means; what the page asks beside that is one of [`ask`]'s calls; [`screen`] tells whoever looks: [`terminal`], or with the
//! feature `window` the window.
//!
//! [`app`] joins the parts, in the shop that [`start`] names, with the server of [`embedded`] or a [`remote`] one that [`reach`] found; [`demo`] plays a whole day in seconds.

pub mod announce;
pub mod app;
pub mod ask;
pub mod audit;
pub mod autostart;
pub mod backups;
pub mod board;
pub mod demo;
pub mod desk;
pub mod display;
pub mod embedded;
pub mod instance;
pub mod journal;
pub mod link;
pub mod open;
pub mod options;
pub mod preview;
pub mod printer;
pub mod reach;
pub mod receipts;
pub mod remote;
pub mod reply;
pub mod request;
pub mod save;
pub mod say;
pub mod scan;
pub mod screen;
pub mod secret;
pub mod settings;
pub mod start;
pub mod terminal;
pub mod till;
mod way;
mod way_back;
#[cfg(feature = "window")]
pub mod window;
pub mod wire;
