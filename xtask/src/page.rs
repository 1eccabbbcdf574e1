//! The pages: npm packages and the Vite build, only when something changed.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tool::{Sentence, command, output, root, run};

/// The oldest Node 20 that Vite takes, and the oldest of those above 20.
const OLDEST_NODE: [(u32, u32); 2] = [(20, 19), (22, 12)];

/// npm in the folder of the pages.
pub fn npm(args: &[&str]) -> Command {
    npm_in("ui", args)
}

/// npm in the folder of the other clients.
pub fn npm_of_clients(args: &[&str]) -> Command {
    npm_in("clients", args)
}

fn npm_in(folder: &str, args: &[&str]) -> Command {
    let mut npm = command(if cfg!(windows) { "npm.cmd" } else { "npm" }, args);
    npm.current_dir(root().join(folder));
    npm
}

/// Builds the pages, with the npm packages that they need.
pub fn build() -> Result<(), Sentence> {
    install()?;
    let ui = root().join("ui");
    let stamp = stamp(
        "ui",
        &["src", "public"],
        &[
            "customer.html",
            "merchant.html",
            "display.html",
            "trust.html",
            "vite.config.ts",
            "customer-page.ts",
            "package-lock.json",
        ],
    )?;
    let mark = ui.join("node_modules/.built");
    let built = ui.join("dist/customer.html").exists();
    if built && fs::read_to_string(&mark).is_ok_and(|known| known == stamp) {
        return Ok(());
    }
    run(&mut npm(&["run", "--silent", "build"]))?;
    fs::write(&mark, stamp).map_err(|error| format!("ui/node_modules cannot be written: {error}"))
}

/// The pages' npm packages, as the lock file has them.
pub fn install() -> Result<(), Sentence> {
    install_in("ui")
}

/// The npm packages that the other clients are tested with.
pub fn install_clients() -> Result<(), Sentence> {
    install_in("clients")
}

fn install_in(folder: &str) -> Result<(), Sentence> {
    check_node()?;
    let stamp = stamp(folder, &[], &["package.json", "package-lock.json"])?;
    let mark = root().join(folder).join("node_modules/.stamp");
    if fs::read_to_string(&mark).is_ok_and(|known| known == stamp) {
        return Ok(());
    }
    println!("Installing the npm packages of {folder}/package-lock.json");
    run(&mut npm_in(folder, &["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    fs::write(&mark, stamp).map_err(|error| format!("{folder}/node_modules cannot be written: {error}"))
}

fn check_node() -> Result<(), Sentence> {
    let version = output("node", &["--version"]).ok_or("Node is missing; install Node 20.19 or newer")?;
    let mut numbers = version.trim_start_matches('v').split('.').filter_map(|part| part.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let oldest = if found.0 <= 20 { OLDEST_NODE[0] } else { OLDEST_NODE[1] };
    if found < oldest {
        return Err(format!("Node {version} is too old; install Node 20.19, 22.12 or newer"));
    }
    Ok(())
}

/// A digest of files and folders below a folder of the project.
fn stamp(below: &str, folders: &[&str], files: &[&str]) -> Result<String, Sentence> {
    let within = root().join(below);
    let mut paths: Vec<PathBuf> = files.iter().map(|name| within.join(name)).collect();
    for folder in folders {
        collect(&within.join(folder), &mut paths)
            .map_err(|error| format!("{below}/{folder} cannot be read: {error}"))?;
    }
    paths.sort();
    let mut hasher = DefaultHasher::new();
    for path in paths {
        path.hash(&mut hasher);
        fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, into)? } else { into.push(path) }
    }
    Ok(())
}
