//! Kills the real server and cuts its power, and compares what is left with a model of its own.
//!
//! `cargo xtask test` runs the short forms, `cargo xtask crash` the long ones. Everything follows from a seed,
//! as far as the machine's scheduling lets it; a failure prints it. Linux only.

mod books;
mod cut;
mod faults;
mod journal;
mod phone;
mod plan;
mod probe;
mod request;
mod run;
mod server;
mod shop;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::run::{Order, Run};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// SIGKILL at random instants
    Kill(Lives),
    /// The same, and whatever was not synced is gone
    Power {
        #[command(flatten)]
        lives: Lives,
        /// Forget every sync, as with `synchronous = off`: it has to be noticed
        #[arg(long)]
        forget_syncs: bool,
    },
    /// Power cuts for the window's journal
    Journal {
        #[command(flatten)]
        lives: Lives,
        /// Forget every sync: it has to be noticed
        #[arg(long)]
        forget_syncs: bool,
    },
    /// Whether the disk of the power cuts notices `synchronous = off`
    Probe(Lives),
    /// A full disk, a locked database, a clock that is set, somebody else's directory
    Faults(Lives),
    /// Writes for `journal`
    #[command(hide = true)]
    JournalWriter { data: PathBuf, seed: u64 },
    /// Writes for `probe`
    #[command(hide = true)]
    ProbeWriter { data: PathBuf, synchronous: String },
}

#[derive(Args)]
struct Lives {
    /// How often
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// Where everything follows from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The server's binary [default: beside this program]
    #[arg(long)]
    server: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(Cli::parse().command).await {
        Ok(wrong) if wrong.is_empty() => ExitCode::SUCCESS,
        Ok(wrong) => fail(&wrong.join("\n")),
        Err(error) => fail(&format!("{error:#}")),
    }
}

#[expect(clippy::print_stderr, reason = "this program talks to the person who typed it")]
fn fail(sentence: &str) -> ExitCode {
    eprintln!("tillbeam-crash: {sentence}");
    ExitCode::FAILURE
}

async fn run(command: Command) -> anyhow::Result<Vec<String>> {
    match command {
        Command::Kill(lives) => books(lives, None).await,
        Command::Power { lives, forget_syncs: false } => books(lives, Some(false)).await,
        Command::Power { lives, forget_syncs: true } => Ok(noticed(books(lives, Some(true)).await)),
        Command::Journal { lives, forget_syncs: false } => {
            seeded(&lives, journal::run(lives.kills, lives.seed, false).await)
        }
        Command::Journal { lives, forget_syncs: true } => {
            Ok(noticed(journal::run(lives.kills, lives.seed, true).await))
        }
        Command::Probe(lives) => seeded(&lives, probe::run(lives.seed).await),
        Command::Faults(lives) => {
            faults::run(&server::binary(lives.server)?).await?;
            Ok(Vec::new())
        }
        Command::JournalWriter { data, seed } => journal::write(&data, seed).map(|()| Vec::new()),
        Command::ProbeWriter { data, synchronous } => probe::write(&data, &synchronous).await.map(|()| Vec::new()),
    }
}

async fn books(lives: Lives, power: Option<bool>) -> anyhow::Result<Vec<String>> {
    let binary = server::binary(lives.server.clone())?;
    let run = Run::new(Order { lives: lives.kills, seed: lives.seed, power, binary }).await?;
    seeded(&lives, run.run().await)
}

/// Says from which seed it follows.
fn seeded(lives: &Lives, result: anyhow::Result<Vec<String>>) -> anyhow::Result<Vec<String>> {
    let again = format!("again with --seed {}", lives.seed);
    match result {
        Ok(wrong) if wrong.is_empty() => Ok(wrong),
        Ok(wrong) => Ok([wrong, vec![again]].concat()),
        Err(error) => Err(error.context(again)),
    }
}

/// Forgotten syncs have to be noticed: differences, or books that cannot be opened at all, are what is wanted.
#[expect(clippy::print_stdout, reason = "this program talks to the person who typed it")]
fn noticed(result: anyhow::Result<Vec<String>>) -> Vec<String> {
    let first = match result {
        Ok(wrong) if wrong.is_empty() => return vec!["syncs were forgotten, and nobody noticed".into()],
        Ok(wrong) => wrong[0].clone(),
        Err(error) => format!("{error:#}"),
    };
    println!("noticed, as it has to be: {}", first.chars().take(200).collect::<String>());
    Vec::new()
}
