//! The commands, step by step.

use crate::packages::{self, Extent};
use crate::page;
use crate::schema as schemathesis;
use crate::tool::{Sentence, built, cargo, command, released, run as step, target};
use crate::venv;

/// Says to the till that nobody needs to be asked which shop to open.
const PRACTICE: &str = "TILLBEAM_PRACTICE";

/// `cargo xtask run`
pub fn run(rest: &[String]) -> Result<(), Sentence> {
    let window = has_display();
    packages::ensure(if window { Extent::Window } else { Extent::Terminal })?;
    page::build()?;
    let mut args = vec!["run", "--quiet", "--package", "tillbeam"];
    if !window {
        println!("There is no display here: the same job runs in the terminal.");
        args.push("--no-default-features");
    }
    println!("Building; the first time takes some minutes.");
    args.push("--");
    args.extend(rest.iter().map(String::as_str));
    let mut till = cargo(&args);
    if std::env::var_os(PRACTICE).is_none() {
        till.env(PRACTICE, "true");
    }
    step(&mut till)
}

/// Whether a window can be opened.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// `cargo xtask test`
pub fn test() -> Result<(), Sentence> {
    packages::ensure(Extent::Tests)?;
    page::build()?;
    step(&mut cargo(&["fmt", "--all", "--check"]))?;
    step(&mut page::npm(&["run", "--silent", "check"]))?;
    step(&mut page::npm(&["test", "--silent"]))?;
    // Builds both programs, too, because their packages have tests of the whole; a build of its own would
    // compile most crates once more, with other features.
    step(&mut cargo(&["test", "--workspace", "--quiet"]))?;
    run_demo()?;
    crash_short()?;
    schemathesis::test(&[])?;
    virtual_cameras()?;
    at_the_window("circle")?;
    at_the_window("newcomer")?;
    at_the_window("remote")?;
    at_the_window("paper")?;
    at_the_window("ways")?;
    at_the_window("manners")?;
    at_the_window("keyring")?;
    at_the_window("customers")?;
    at_the_window("trouble")?;
    phone()?;
    fronts()?;
    clients()
}

/// `cargo xtask check`
pub fn check() -> Result<(), Sentence> {
    packages::ensure(Extent::Window)?;
    page::build()?;
    step(&mut cargo(&["fmt", "--all", "--check"]))?;
    step(&mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))?;
    step(&mut cargo(&["test", "--workspace", "--lib", "--quiet"]))?;
    step(&mut page::npm(&["run", "--silent", "check"]))
}

/// `cargo xtask demo`
pub fn demo() -> Result<(), Sentence> {
    packages::ensure(Extent::Terminal)?;
    page::build()?;
    step(&mut cargo(&["build", "--quiet", "--package", "tillbeam-server"]))?;
    step(&mut cargo(&["build", "--quiet", "--package", "tillbeam", "--no-default-features"]))?;
    run_demo()
}

fn run_demo() -> Result<(), Sentence> {
    let mut demo = command(built("tillbeam"), &["demo", "--server"]);
    step(demo.arg(built("tillbeam-server")))
}

/// What is driven on the real window: `circle` (phone page in a browser, camera picture, window, server, and back),
/// `newcomer` (from the first start to the first product and Z report), `remote` (a server on another computer, power cuts),
/// `manners` (hand scanners, pictures, double clicks, what a page may not), `keyring` (where the token is kept),
/// `paper` (receipts, customers out of a file), `ways` (how phones come), `customers` (their window on a second screen) and
/// `trouble` (a second terminal, a wrong clock, a full disk, closed in the middle of a request).
fn at_the_window(what: &str) -> Result<(), Sentence> {
    let mut driven = page::npm(&["run", "--silent", what]);
    for (name, program) in [
        ("TILLBEAM_BIN", "tillbeam"),
        ("TILLBEAM_SERVER_BIN", "tillbeam-server"),
        ("TILLBEAM_SCAN_BIN", "tillbeam-scan"),
    ] {
        driven.env(name, built(program));
    }
    step(&mut driven)
}

/// `cargo xtask bench preview [PICTURE]`
fn bench_preview(rest: &[String]) -> Result<(), Sentence> {
    packages::ensure(Extent::Tests)?;
    page::build()?;
    step(&mut cargo(&["build", "--quiet", "--release", "--package", "tillbeam", "--features", "automation"]))?;
    let mut preview = page::npm(&["run", "--silent", "preview", "--"]);
    step(preview.args(rest).env("TILLBEAM_BIN", released("tillbeam")))
}

/// `cargo xtask bench window [ROUNDS]`
fn bench_window(rest: &[String]) -> Result<(), Sentence> {
    packages::ensure(Extent::Tests)?;
    page::build()?;
    step(&mut cargo(&["build", "--quiet", "--release", "--package", "tillbeam", "--bin", "tillbeam"]))?;
    step(&mut cargo(&["build", "--quiet", "--release", "--package", "tillbeam", "--example", "bare"]))?;
    let mut start = page::npm(&["run", "--silent", "start-up", "--"]);
    start.args(rest).env("TILLBEAM_BIN", released("tillbeam")).env("BARE_BIN", released("examples/bare"));
    step(&mut start)
}

/// The customer's page in a browser against the real server, over a network that is spoilt on purpose; and the page that
/// makes a browser trust the server's own CA.
fn phone() -> Result<(), Sentence> {
    let mut phone = page::npm(&["run", "--silent", "phone"]);
    phone.env("TILLBEAM_SERVER_BIN", built("tillbeam-server")).env("TILLBEAM_SCAN_BIN", built("tillbeam-scan"));
    step(&mut phone)?;
    let mut trust = page::npm(&["run", "--silent", "trust"]);
    step(trust.env("TILLBEAM_SERVER_BIN", built("tillbeam-server")))
}

/// The phone's page by each of the four ways to https, and sslyze's opinion of each.
fn fronts() -> Result<(), Sentence> {
    let sslyze = venv::program("sslyze", "sslyze", include_str!("../tls/requirements.txt"))?;
    let mut fronts = page::npm(&["run", "--silent", "fronts"]);
    step(fronts.env("TILLBEAM_SERVER_BIN", built("tillbeam-server")).env("TILLBEAM_SSLYZE", sslyze))
}

/// The clients that other people's would be like: the mini program against the real server, and the conformance test on
/// our own two clients and on clients with a fault.
fn clients() -> Result<(), Sentence> {
    page::install_clients()?;
    let mut tests = page::npm_of_clients(&["test", "--silent"]);
    tests.env("TILLBEAM_SERVER_BIN", built("tillbeam-server")).env("TILLBEAM_SCAN_BIN", built("tillbeam-scan"));
    step(&mut tests)?;
    step(&mut page::npm_of_clients(&["run", "--silent", "conformance:ours"]))?;
    step(&mut page::npm_of_clients(&["run", "--silent", "conformance:self"]))
}

/// `cargo xtask bench [--pgbench] [--long] [--rounds N] [--seconds S]`
pub fn bench(rest: &[String]) -> Result<(), Sentence> {
    const PGBENCH: &str = "--pgbench";
    match rest.split_first().map(|(what, rest)| (what.as_str(), rest)) {
        Some(("scan", rest)) => return bench_scan(rest),
        Some(("preview", rest)) => return bench_preview(rest),
        Some(("window", rest)) => return bench_window(rest),
        Some(_) | None => {}
    }
    packages::ensure(Extent::Terminal)?;
    if rest.iter().any(|arg| arg == PGBENCH) {
        packages::ensure_postgres()?;
    }
    page::build()?;
    step(&mut cargo(&[
        "build",
        "--quiet",
        "--release",
        "--package",
        "tillbeam-server",
        "--package",
        "tillbeam-bench",
    ]))?;
    step(&mut cargo(&["build", "--quiet", "--release", "--package", "tillbeam-server", "--example", "phones"]))?;
    step(&mut cargo(&["bench", "--package", "tillbeam-scanner", "--bench", "decode"]))?;
    let mut bench = command(released("tillbeam-bench"), &["--folder"]);
    bench.arg(target().join("bench")).args(rest.iter().filter(|arg| *arg != PGBENCH));
    step(&mut bench)?;
    for what in [["idle", "10000"], ["idle", "19800"], ["storm", "10000"], ["slow", "1000"]] {
        step(&mut command(released("examples/phones"), &what))?;
    }
    packages::ensure(Extent::Tests)?;
    let mut budget = page::npm(&["run", "--silent", "budget"]);
    budget.env("TILLBEAM_SERVER_BIN", released("tillbeam-server"));
    step(&mut budget)
}

/// `cargo xtask bench scan [--frames FOLDER] [--captures FOLDER] [--misses]`
fn bench_scan(rest: &[String]) -> Result<(), Sentence> {
    packages::ensure(Extent::Terminal)?;
    let mut bench = cargo(&["bench", "--quiet", "--package", "tillbeam-scanner", "--bench", "scan", "--"]);
    step(bench.args(rest))
}

/// The crash harness's short forms.
fn crash_short() -> Result<(), Sentence> {
    for args in [
        &["kill", "--kills", "200"][..],
        &["power", "--kills", "60"],
        &["power", "--kills", "60", "--forget-syncs"],
        &["faults"],
    ] {
        step(&mut command(built("tillbeam-crash"), args))?;
    }
    Ok(())
}

/// `cargo xtask crash [--kills N] [--seed S]`: the same, longer.
pub fn crash(rest: &[String]) -> Result<(), Sentence> {
    packages::ensure(Extent::Tests)?;
    page::build()?;
    step(&mut cargo(&["build", "--quiet", "--package", "tillbeam-server", "--package", "tillbeam-crash"]))?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let rest = if rest.is_empty() { vec!["--kills", "2000"] } else { rest };
    for name in ["kill", "power", "journal"] {
        step(command(built("tillbeam-crash"), &[name]).args(&rest))?;
    }
    for args in [&["power", "--forget-syncs"][..], &["journal", "--forget-syncs"], &["probe"], &["faults"]] {
        step(&mut command(built("tillbeam-crash"), args))?;
    }
    Ok(())
}

/// `cargo xtask fuzz [SECONDS]`
pub fn fuzz(rest: &[String]) -> Result<(), Sentence> {
    packages::ensure(Extent::Terminal)?;
    page::build()?;
    crate::fuzz::test(rest)
}

/// `cargo xtask schema [OPTION OF SCHEMATHESIS …]`
pub fn schema(rest: &[String]) -> Result<(), Sentence> {
    packages::ensure(Extent::Tests)?;
    page::build()?;
    step(&mut cargo(&["build", "--quiet", "--package", "tillbeam-server"]))?;
    schemathesis::test(rest)
}

/// `cargo xtask camera-test`
pub fn camera_test() -> Result<(), Sentence> {
    packages::ensure(Extent::Cameras)?;
    step(&mut cargo(&["build", "--quiet", "--package", "tillbeam-scanner", "--bins", "--examples"]))?;
    virtual_cameras()
}

#[cfg(target_os = "linux")]
fn virtual_cameras() -> Result<(), Sentence> {
    crate::camera::test()
}

#[cfg(not(target_os = "linux"))]
fn virtual_cameras() -> Result<(), Sentence> {
    println!("Left out: the virtual cameras are Linux's.");
    Ok(())
}

/// `cargo xtask looks [FOLDER]`
pub fn looks(rest: &[String]) -> Result<(), Sentence> {
    packages::ensure(Extent::Tests)?;
    page::build()?;
    let mut looks = page::npm(&["run", "--silent", "looks", "--"]);
    step(looks.args(rest))?;
    step(&mut cargo(&["build", "--quiet", "--package", "tillbeam-server", "--bin", "tillbeam-server"]))?;
    let mut phone = page::npm(&["run", "--silent", "looks:phone", "--"]);
    step(phone.args(rest).env("TILLBEAM_SERVER_BIN", built("tillbeam-server")))?;
    let mut window = page::npm(&["run", "--silent", "looks:window", "--"]);
    step(window.args(rest))
}
