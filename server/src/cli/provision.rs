//! `provision`: a shop, a terminal and customers, printed as JSON lines.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use tillbeam_server::clock;
use tillbeam_server::data::Data;
use tillbeam_server::provision::{self, Order};
use tillbeam_server::unit::Unit;

use super::Place;

/// What to make.
#[derive(Args)]
pub struct Provision {
    #[command(flatten)]
    place: Place,
    /// The shop's name; made if it is new
    #[arg(long)]
    shop: String,
    /// A unit: a pass like `wash`, or a currency like `CNY`; again for more
    #[arg(long, required = true)]
    unit: Vec<String>,
    /// How many customers
    #[arg(long)]
    customers: usize,
    /// What each holds in every unit
    #[arg(long)]
    balance: i64,
}

/// Makes it and prints it.
pub async fn run(order: Provision) -> anyhow::Result<ExitCode> {
    let units: Option<Vec<Unit>> = order.unit.iter().map(|text| Unit::parse(text)).collect();
    let units = units.context("--unit is a pass like `wash`, or a currency in capitals like `CNY`")?;
    if order.balance < 0 || order.balance > tillbeam_server::unit::MAX_BALANCE {
        bail!("--balance is from 0 to {}", tillbeam_server::unit::MAX_BALANCE);
    }
    if order.shop.trim().is_empty() {
        bail!("--shop needs a name");
    }
    let data = Data::open(&order.place.data).await?;
    let order = Order { shop: order.shop, units, customers: order.customers, balance: order.balance };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut failed = None;
    let now = clock::system()();
    let done = provision::provision(&data, &order, now, |line| {
        let text = tillbeam_server::event::json(line);
        failed = failed.take().or(writeln!(out, "{text}").err());
    })
    .await;
    data.store.close().await;
    done?;
    out.flush()?;
    failed.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}
