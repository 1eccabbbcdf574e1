//! Measures the server beside the limits of the machine, in turns within one run, and prints one table.
//!
//! Starts the real program as a process of its own on a fresh data directory, with real codes and every check
//! on. Knows the server's interface and command line; of its library it takes the codes alone. `cargo xtask
//! bench` runs it; `docs/figures.md` says how to read what it prints.

#[cfg(target_os = "linux")]
mod cpu;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod past;
#[cfg(target_os = "linux")]
mod phone;
#[cfg(target_os = "linux")]
mod postgres;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod served;
#[cfg(target_os = "linux")]
mod stock;
#[cfg(target_os = "linux")]
mod table;
#[cfg(target_os = "linux")]
mod tally;
#[cfg(target_os = "linux")]
mod wire;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    run::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    use std::io::Write as _;
    // Processor time and memory are read from Linux's own files.
    let _ = writeln!(std::io::stderr(), "the figures are measured on Linux alone");
    std::process::ExitCode::FAILURE
}
