//! `rotate-key` and `reprint`: a new master key, and cards that need a new print after it.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use tillbeam_server::clock;
use tillbeam_server::data::Data;
use tillbeam_server::event::json;
use tillbeam_server::rotation::{self, Step};
use tillbeam_server::store::shop;

use super::Place;

/// What becomes of older keys.
#[derive(Args)]
pub struct RotateKey {
    #[command(flatten)]
    place: Place,
    /// Somebody else may have the key: codes of older keys stop at once, cards too
    #[arg(long)]
    compromised: bool,
    /// Make no new key, but stop what is not renewed yet, once the cards are reprinted
    #[arg(long, conflicts_with = "compromised")]
    stop_old: bool,
}

/// Whose cards.
#[derive(Args)]
pub struct Reprint {
    #[command(flatten)]
    place: Place,
    /// The shop's name
    #[arg(long)]
    shop: String,
}

/// Carries it out and says what is left to renew.
pub async fn rotate(this: RotateKey) -> anyhow::Result<ExitCode> {
    let step = match (this.compromised, this.stop_old) {
        (true, _) => Step::Compromised,
        (_, true) => Step::StopOld,
        (false, false) => Step::Rotate,
    };
    let data = Data::existing(&this.place.data).await?;
    let standing = rotation::carry_out(&data, step, clock::system()()).await;
    data.store.close().await;
    let standing = standing?;
    let mut out = std::io::stdout();
    writeln!(out, "the master key is at generation {}", standing.generation)?;
    writeln!(out, "{} phones renew by themselves when they next come", standing.to_renew.phones)?;
    let cards = standing.to_renew.cards;
    if cards > 0 {
        let stopped = if step == Step::Rotate { "" } else { " and are refused until then" };
        writeln!(out, "{cards} cards need a new print{stopped}: tillbeam-server reprint --shop NAME")?;
    }
    writeln!(out, "make a new backup: older ones do not have this key")?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the new codes as JSON lines.
pub async fn reprint(this: Reprint) -> anyhow::Result<ExitCode> {
    let data = Data::existing(&this.place.data).await?;
    let mut conn = data.store.read().await?;
    let found = shop::find(&mut conn, &this.shop, false).await?;
    drop(conn);
    let prints = match found {
        Some(shop) => rotation::reprint(&data, shop).await,
        None => Ok(Vec::new()),
    };
    data.store.close().await;
    if found.is_none() {
        bail!("there is no shop called {}", this.shop);
    }
    let mut out = std::io::stdout().lock();
    for print in prints? {
        writeln!(out, "{}", json(&print))?;
    }
    Ok(ExitCode::SUCCESS)
}
