//! `code`: the reference for other implementations of a phone.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tillbeam_server::clock;
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};

/// Whose code, and when.
#[derive(Args)]
pub struct ShowCode {
    /// The credential's number
    #[arg(long)]
    credential: u64,
    /// The credential's key, 64 hexadecimal digits
    #[arg(long)]
    key: String,
    /// Unix time in seconds; now if left out
    #[arg(long)]
    at: Option<i64>,
}

/// Prints it.
pub fn run(show: &ShowCode) -> anyhow::Result<ExitCode> {
    let number = CredentialNumber::new(show.credential).context("--credential has at most ten digits")?;
    let key: Option<[u8; 32]> = hex::decode(&show.key).ok().and_then(|bytes| bytes.try_into().ok());
    let key = Key::from_bytes(key.context("--key has 64 hexadecimal digits")?);
    let at = show.at.unwrap_or_else(|| clock::system()().div_euclid(1000));
    writeln!(std::io::stdout(), "{}", Code::phone(number, &key, Step::at(at)))?;
    Ok(ExitCode::SUCCESS)
}
