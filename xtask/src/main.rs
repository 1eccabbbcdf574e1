//! What a newcomer types: `cargo xtask run`, `cargo xtask test`, and the smaller steps of both.
//!
//! Needs git, Rust and Node; installs or lists everything else. No
//! dependencies, so that it starts at once on a fresh machine.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to the person who typed it")]

#[cfg(target_os = "linux")]
mod camera;
mod fuzz;
mod packages;
mod page;
mod schema;
mod steps;
mod tool;
mod venv;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask run      set everything up and open the merchant window on a practice shop
cargo xtask test     set everything up and run every test
cargo xtask check    the fast inner loop: format, lints, unit tests, page types
cargo xtask demo     the main job alone, bounded, in the terminal: ten customers and two refusals
cargo xtask bench    decode ms per frame; the server beside the machine's limits and pgbench, as one table
cargo xtask bench scan    what is read of pictures, and how fast, beside other decoders; --frames or --captures FOLDER
cargo xtask bench preview    what the preview and the scan of a camera take of a core, and how old a picture is
cargo xtask bench window    first paint, first scan, memory and size of the window beside a bare one's
cargo xtask build    the pages alone
cargo xtask crash    2,000 kills and 2,000 power cuts of the server; --kills N --seed S
cargo xtask fuzz     the parsers that strangers reach, a minute each; SECONDS
cargo xtask schema   Schemathesis against the server's own OpenAPI document, every check on
cargo xtask camera-test  real drivers of virtual cameras in a virtual machine: formats, faults, unplugging
cargo xtask looks    screenshots of every state of both pages, in both languages";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let result = match command.as_str() {
        "run" => steps::run(&rest),
        "test" => steps::test(),
        "check" => steps::check(),
        "demo" => steps::demo(),
        "bench" => steps::bench(&rest),
        "build" => page::build(),
        "crash" => steps::crash(&rest),
        "fuzz" => steps::fuzz(&rest),
        "schema" => steps::schema(&rest),
        "camera-test" => steps::camera_test(),
        "looks" => steps::looks(&rest),
        _ => {
            println!("{HELP}");
            return if command.is_empty() || command == "help" { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("xtask {command}: {sentence}");
            ExitCode::FAILURE
        }
    }
}
