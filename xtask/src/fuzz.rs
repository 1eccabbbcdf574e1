//! The fuzz targets, built with libFuzzer's instrumentation on the pinned toolchain, without a sanitizer.
//!
//! The flags are those of `cargo fuzz run -s none`, which does the same where it is installed. What the fuzzer finds
//! new stays in the target folder; what is worth keeping is put into `fuzz/corpus` by hand.

use std::fs;

use crate::tool::{Sentence, cargo, command, output, root, run, target};

/// The targets; each has a corpus of its name.
const TARGETS: [&str; 7] = ["code", "socket", "body", "csv", "frames", "pictures", "buffers"];
/// Seconds for each target when none are named.
const SECONDS: &str = "60";
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg=fuzzing";

/// Builds the targets and runs each for some seconds.
pub fn test(rest: &[String]) -> Result<(), Sentence> {
    let version = output("rustc", &["-vV"]).ok_or("rustc is missing")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not name its host")?;
    let folder = target().join("fuzz");
    let mut build = cargo(&["build", "--quiet", "--manifest-path", "fuzz/Cargo.toml", "--bins", "--target", host]);
    run(build.env("CARGO_TARGET_DIR", &folder).env("RUSTFLAGS", FLAGS))?;
    let seconds = rest.first().map_or(SECONDS, String::as_str);
    for name in TARGETS {
        let found = folder.join("found").join(name);
        fs::create_dir_all(&found).map_err(|error| format!("{} cannot be made: {error}", found.display()))?;
        let mut fuzz = command(folder.join(host).join("debug").join(name), &["-print_final_stats=1"]);
        fuzz.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", found.display()));
        run(fuzz.arg(&found).arg(root().join("fuzz/corpus").join(name)))?;
    }
    Ok(())
}
