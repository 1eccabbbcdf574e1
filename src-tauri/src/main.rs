//! The command line: parses, opens, waits for the end.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use tillbeam::app::{App, till_dir};
use tillbeam::instance::Found;
use tillbeam::options::{Command, Options, TillOptions};
use tillbeam::start::{Opens, Start};
use tillbeam::{demo, instance, terminal};
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let options = Options::parse();
    let filter = EnvFilter::try_from_env("TILLBEAM_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let ended = Runtime::new().map_err(anyhow::Error::from).and_then(|runtime| match options.command {
        Some(Command::Demo(options)) => runtime.block_on(demo::run(&options)),
        None => open(options.till, runtime),
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Opens the till, in a window if there can be one.
fn open(options: TillOptions, runtime: Runtime) -> anyhow::Result<()> {
    let till = till_dir(&options)?;
    let instance = match instance::take(&till).with_context(|| format!("{} cannot be written", till.display()))? {
        Found::Nobody(instance) => instance,
        Found::Shown => {
            writeln!(
                std::io::stdout(),
                "Tillbeam is open already: its window is in front now. / Tillbeam 已经打开，窗口已显示在最前。"
            )?;
            return Ok(());
        }
        Found::Another => anyhow::bail!(
            "another Tillbeam is using the data directory {}; close it first, or choose another with --data",
            till.parent().unwrap_or(&till).display()
        ),
    };
    #[cfg(feature = "window")]
    tillbeam::window::refuse_automation()?;
    #[cfg(feature = "window")]
    if !options.text && tillbeam::window::has_display() {
        return tillbeam::window::run(options, &instance, runtime);
    }
    let opens = Start::load(&till).opens.unwrap_or(Opens::Practice);
    // Its sentence says all there is to say; the causes below would say it twice.
    let app = runtime.block_on(App::reopen(&options, opens)).map_err(|error| anyhow::anyhow!("{error}"))?;
    if !options.text {
        writeln!(
            std::io::stdout(),
            "There is no window here: the till runs in the terminal. / 没有窗口：收银在终端中运行。"
        )?;
    }
    let ended = runtime.block_on(async {
        let ended = terminal::run(&app).await;
        app.close().await;
        ended
    });
    // The keyboard's thread waits for a line that may never come.
    runtime.shutdown_background();
    drop(instance);
    Ok(ended?)
}
