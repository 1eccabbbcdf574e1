//! `verify`: whether the books hold, as an exit code and in words.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use tillbeam_server::data::DATABASE;
use tillbeam_server::{backup, verify};

use super::Place;
use super::backup::Sealed;

/// Which books.
#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    sealed: Sealed,
    /// A backup or a database file, in place of the data directory's
    file: Option<PathBuf>,
}

/// Checks them and says what is wrong.
pub async fn run(which: Verify) -> anyhow::Result<ExitCode> {
    let file = which.file.unwrap_or_else(|| which.place.data.join(DATABASE));
    if !file.is_file() {
        bail!("there are no books at {}; name the data directory with --data, or a file", file.display());
    }
    let mut out = std::io::stdout().lock();
    let report = if backup::file::is_backup(&file) {
        let passphrase = which.sealed.passphrase()?;
        let (report, holds) = backup::inspect(&file, passphrase.as_ref(), &std::env::temp_dir()).await?;
        writeln!(out, "a backup of {}: {holds}", holds.made_at)?;
        report
    } else {
        verify::file(&file).await?
    };
    for wrong in &report.wrong {
        writeln!(out, "{wrong}")?;
    }
    if report.wrong.is_empty() {
        writeln!(out, "the books hold: {} entries, {} accounts", report.entries, report.accounts)?;
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}
