//! The disk of the power cuts does what it is for: it loses what was not synced, and nothing else.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[track_caller]
fn holds(args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_tillbeam-crash")).args(args).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
}

#[test]
fn a_cut_loses_nothing_with_synchronous_full_and_something_with_off() {
    holds(&["probe"]);
}

#[test]
fn the_journal_keeps_what_it_said_was_on_the_disk_and_loses_it_without_syncs() {
    holds(&["journal", "--kills", "20"]);
    holds(&["journal", "--kills", "20", "--forget-syncs"]);
}
