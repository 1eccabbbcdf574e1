//! `tillbeam-scan`: reads codes from pictures or a camera and prints them. The command line; nothing else.

mod report;

use anyhow::bail;
use clap::Parser;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use tillbeam_scanner::source;

/// Reads QR codes from pictures (PGM, PNG, JPEG) or from a camera.
#[derive(Parser)]
#[command(name = "tillbeam-scan", version, arg_required_else_help = true)]
struct Args {
    /// Pictures; with --json also `-`: their paths on stdin, one a line.
    #[arg(value_name = "FILE", conflicts_with_all = ["camera", "list"])]
    files: Vec<OsString>,
    /// Print one JSON object a picture.
    #[arg(long, requires = "files")]
    json: bool,
    /// With --json -: the lines up to a blank one are successive frames of one camera; one object a sequence.
    #[arg(long, requires = "json")]
    sequence: bool,
    /// Read from this camera, as --list calls it, until it is interrupted.
    #[arg(long, value_name = "ID", conflicts_with = "list")]
    camera: Option<String>,
    /// List the cameras: id and name.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let out = &mut io::stdout().lock();
    let is_stdin = args.files.iter().any(|file| file == "-");
    if args.list {
        return list(out);
    }
    if let Some(id) = &args.camera {
        return report::camera(id, out);
    }
    if is_stdin && (!args.json || args.files.len() > 1) {
        bail!("`-` reads paths from stdin: use `--json -` alone.");
    }
    match (args.sequence, is_stdin) {
        (true, true) => report::sequences(io::stdin().lock(), out),
        (true, false) => bail!("--sequence reads paths from stdin: use `--json --sequence -`."),
        (false, true) => report::json_lines(io::stdin().lock(), out),
        (false, false) if args.json => args.files.iter().try_for_each(|file| report::json(file.as_ref(), out)),
        (false, false) => return report::plain(&args.files, out),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn list(out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let cameras = source::cameras();
    if cameras.is_empty() {
        writeln!(io::stderr(), "{}", source::SourceError::NoCamera)?;
    }
    for camera in cameras {
        writeln!(out, "{}\t{}", camera.id, camera.name)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
