//! `import`: customers with their balances, from a CSV file into a shop.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use tillbeam_server::data::Data;
use tillbeam_server::id::RequestId;
use tillbeam_server::import::{self, Imported, Order};
use tillbeam_server::provision::By;
use tillbeam_server::sheet::{MAX_BYTES, Wrongs};
use tillbeam_server::store::{fold, shop};
use tillbeam_server::{clock, event};

use super::Place;

/// What to import, and into which shop.
#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    place: Place,
    /// The CSV file; its first line names the columns: name, `external_id`, phone, and the shop's units
    file: PathBuf,
    /// The shop's name
    #[arg(long)]
    shop: String,
    /// Only say what would be done, or what is wrong
    #[arg(long)]
    dry_run: bool,
    /// A UUID under which the import is done once; a fresh one if left out
    #[arg(long)]
    id: Option<String>,
}

/// Imports it, and prints what was done as a JSON line; exit code 1 and what is wrong if nothing was.
pub async fn run(order: Import) -> anyhow::Result<ExitCode> {
    let request = match &order.id {
        Some(id) => RequestId::parse(id).context("--id is a UUID of 36 characters")?,
        None => RequestId::now(),
    };
    let size = std::fs::metadata(&order.file).map(|file| file.len());
    let size = size.with_context(|| format!("{} cannot be read", order.file.display()))?;
    if usize::try_from(size).map_or(true, |size| size > MAX_BYTES) {
        bail!("{} has more than {MAX_BYTES} bytes; split it", order.file.display());
    }
    let bytes = std::fs::read(&order.file).with_context(|| format!("{} cannot be read", order.file.display()))?;
    let data = Data::existing(&order.place.data).await?;
    let found = shop::find(&mut *data.store.read().await?, &order.shop, false).await?;
    let shop = found.with_context(|| format!("there is no shop called {}; `provision` makes one", order.shop))?;
    let import = Order { shop, request, by: By::default(), dry_run: order.dry_run };
    let done = import::import(&data.store, import, &bytes, clock::system()()).await?;
    let summary = match done {
        Imported::Would(summary) => summary,
        Imported::Fresh(kept) | Imported::Known(kept) => {
            fold::now(&data.store).await?;
            import::summary_of(&kept)?
        }
        Imported::Wrong(wrongs) => return say(&wrongs),
        Imported::IdMismatch => bail!("--id {request} is another request's; leave it out, or name a fresh one"),
    };
    data.store.close().await;
    writeln!(std::io::stdout(), "{}", event::json(&summary))?;
    Ok(ExitCode::SUCCESS)
}

/// One line for each wrong cell.
fn say(wrongs: &Wrongs) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    for wrong in &wrongs.first {
        let column = wrong.column.as_deref().map(|column| format!(", {column}")).unwrap_or_default();
        writeln!(out, "line {}{column}: {}", wrong.line, wrong.detail)?;
    }
    let listed = u64::try_from(wrongs.first.len()).unwrap_or(0);
    if wrongs.count > listed {
        writeln!(out, "and {} more", wrongs.count - listed)?;
    }
    writeln!(out, "nothing was imported")?;
    Ok(ExitCode::FAILURE)
}
