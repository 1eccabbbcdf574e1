//! The commands, one file each: what it takes, and the one function of the library that it calls.

pub mod backup;
pub mod code;
pub mod import;
pub mod key;
mod limits;
pub mod owner;
pub mod provision;
pub mod serve;
pub mod verify;

use std::path::PathBuf;

use clap::Args;
use tillbeam_server::DEFAULT_DATA;

/// Where the books are.
#[derive(Args)]
pub struct Place {
    /// The data directory: database, master key, certificates
    #[arg(long, env = "TILLBEAM_DATA", default_value = DEFAULT_DATA)]
    data: PathBuf,
}
