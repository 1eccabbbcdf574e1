//! `backup` and `restore`: into one file, and back.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tillbeam_server::backup::seal::Passphrase;
use tillbeam_server::backup::{self, restore};
use tillbeam_server::clock;

use super::Place;

/// Where a passphrase is in the environment. It is never an argument: those are seen by every program here.
const PASSPHRASE: &str = "TILLBEAM_PASSPHRASE";

/// What a backup is sealed with, if it is.
#[derive(Args)]
pub struct Sealed {
    /// A file with the passphrase of the backup; or set `TILLBEAM_PASSPHRASE`
    #[arg(long, env = "TILLBEAM_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Sealed {
    /// The passphrase, if one is named.
    pub fn passphrase(&self) -> anyhow::Result<Option<Passphrase>> {
        match &self.passphrase_file {
            Some(file) => {
                let read = Passphrase::read(file);
                read.map(Some).with_context(|| format!("the passphrase file {} cannot be used", file.display()))
            }
            None => Ok(std::env::var(PASSPHRASE).ok().and_then(|text| Passphrase::new(&text))),
        }
    }
}

/// What to back up, and where to.
#[derive(Args)]
pub struct Backup {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    sealed: Sealed,
    /// The backup, one file; an older backup of this name is replaced once the new one is verified
    file: PathBuf,
}

/// What to restore, and where to.
#[derive(Args)]
pub struct Restore {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    sealed: Sealed,
    /// Put books that are there aside; they stay in the data directory under a dated name
    #[arg(long)]
    replace: bool,
    /// The backup
    file: PathBuf,
}

/// Makes a backup and says what it holds.
pub async fn back_up(this: Backup) -> anyhow::Result<ExitCode> {
    let passphrase = this.sealed.passphrase()?;
    let sealed = if passphrase.is_some() { "sealed with the passphrase" } else { "not encrypted" };
    let order = backup::Order { data: this.place.data, file: this.file.clone(), passphrase, now: clock::system()() };
    let holds = backup::make(&order).await?;
    writeln!(std::io::stdout(), "{}: {holds}; verified, {sealed}", this.file.display())?;
    Ok(ExitCode::SUCCESS)
}

/// Restores a backup and says what to do next.
pub async fn restore(this: Restore) -> anyhow::Result<ExitCode> {
    let order = restore::Order {
        data: this.place.data.clone(),
        file: this.file,
        passphrase: this.sealed.passphrase()?,
        replace: this.replace,
        now: clock::system()(),
    };
    let restored = restore::restore(&order).await?;
    let mut out = std::io::stdout();
    writeln!(out, "restored to {}: {}", this.place.data.display(), restored.holds)?;
    writeln!(out, "the backup is of {}; what was recorded later is not in these books", restored.holds.made_at)?;
    if let Some(aside) = restored.aside {
        writeln!(out, "the books of before are in {}", aside.display())?;
    }
    if restored.unread {
        writeln!(
            out,
            "they cannot be read: what was revoked or frozen since the backup is valid again, so do that anew;"
        )?;
        writeln!(out, "for the next minutes no phone's code is taken, because these may have been used there")?;
    }
    writeln!(out, "start the server: phones go on by themselves, terminals ask after their last requests")?;
    Ok(ExitCode::SUCCESS)
}
