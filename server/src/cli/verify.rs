//! `verify`: whether the books hold, as an exit code and in words.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use tillbeam_server::data::DATABASE;
use tillbeam_server::verify;

use super::Place;

/// Which books.
#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    place: Place,
    /// A database file, in place of the data directory's
    file: Option<PathBuf>,
}

/// Checks them and says what is wrong.
pub async fn run(which: Verify) -> anyhow::Result<ExitCode> {
    let file = which.file.unwrap_or_else(|| which.place.data.join(DATABASE));
    if !file.is_file() {
        bail!("there are no books at {}; name the data directory with --data, or a database file", file.display());
    }
    let report = verify::file(&file).await?;
    let mut out = std::io::stdout().lock();
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
