//! The command line: parses, calls one function, prints.

mod cli;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

/// A redemption makes and drops some hundred small values on the threads that it passes: the system's own allocator took a
/// seventh of the CPU.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tillbeam's server: the ledger, the interface for terminals, and the push to phones.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// How the log on the standard error is written: text, or one JSON object a line
    #[arg(long, env = "TILLBEAM_LOG_FORMAT", value_enum, default_value_t, global = true)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

/// How the log is written.
#[derive(Clone, Copy, Default, ValueEnum)]
enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C
    Serve(Box<cli::serve::Serve>),
    /// Make a shop, a terminal and customers; prints them as JSON lines
    Provision(cli::provision::Provision),
    /// Bring customers with their balances in from a CSV file; beside a running server too
    Import(cli::import::Import),
    /// Print the code that a phone shows
    Code(cli::code::ShowCode),
    /// Check the books; exit code 1 and what is wrong if they do not hold
    Verify(cli::verify::Verify),
    /// Copy books, master key and CA to one file, beside a running server too
    Backup(cli::backup::Backup),
    /// Make a data directory of a backup
    Restore(cli::backup::Restore),
    /// Start a new master key; phones renew by themselves, cards by a new print
    RotateKey(cli::key::RotateKey),
    /// New codes for the cards of a shop whose keys are old, as JSON lines
    Reprint(cli::key::Reprint),
    /// Set a new PIN for an owner who forgot theirs; makes an owner if there is none
    ResetOwner(cli::owner::ResetOwner),
}

/// How long the end waits for what blocks a thread: a name that is looked up for a webhook may take half a minute.
const END_TIMEOUT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    log(cli.log_format);
    let result = tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| {
        let result = runtime.block_on(run(cli.command));
        runtime.shutdown_timeout(END_TIMEOUT);
        result
    });
    match result {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "tillbeam-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(serve) => cli::serve::run(*serve).await,
        Command::Provision(order) => cli::provision::run(order).await,
        Command::Import(order) => cli::import::run(order).await,
        Command::Code(show) => cli::code::run(&show),
        Command::Verify(which) => cli::verify::run(which).await,
        Command::Backup(order) => cli::backup::back_up(order).await,
        Command::Restore(order) => cli::backup::restore(order).await,
        Command::RotateKey(order) => cli::key::rotate(order).await,
        Command::Reprint(order) => cli::key::reprint(order).await,
        Command::ResetOwner(order) => cli::owner::reset(order).await,
    }
}

/// Starts the log. `TILLBEAM_LOG` chooses what is told, as `tracing`'s filters are written.
fn log(format: LogFormat) {
    let filter =
        EnvFilter::try_from_env("TILLBEAM_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,rustls_acme=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
