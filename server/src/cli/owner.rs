//! `reset-owner`: a new PIN for an owner who forgot theirs.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use tillbeam_server::data::Data;
use tillbeam_server::pin::Pin;
use tillbeam_server::{clock, owner};

use super::Place;

/// Whose PIN. The PIN itself is asked for, or read from the standard input: arguments are seen by every program here.
#[derive(Args)]
pub struct ResetOwner {
    #[command(flatten)]
    place: Place,
    /// The shop's name
    #[arg(long)]
    shop: String,
    /// The owner's name, if there is more than one owner; a new name makes a new one
    #[arg(long)]
    operator: Option<String>,
}

/// Sets it and says whose it is.
pub async fn reset(this: ResetOwner) -> anyhow::Result<ExitCode> {
    let pin = ask()?;
    let data = Data::existing(&this.place.data).await?;
    let done = owner::reset(&data, this.shop.trim(), this.operator.as_deref(), &pin, clock::system()()).await;
    data.store.close().await;
    let done = done?;
    let what = if done.made { "is a new owner" } else { "has a new PIN, and is signed out everywhere" };
    writeln!(std::io::stdout(), "{} {what}; this is in the shop's record", done.name)?;
    Ok(ExitCode::SUCCESS)
}

fn ask() -> anyhow::Result<Pin> {
    let text = if std::io::stdin().is_terminal() {
        let text = rpassword::prompt_password("New PIN, 4 to 12 digits: ")?;
        if rpassword::prompt_password("Again: ")? != text {
            bail!("these are two PINs; nothing was changed");
        }
        text
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        line
    };
    Pin::parse(text.trim()).context("a PIN has 4 to 12 digits; nothing was changed")
}
