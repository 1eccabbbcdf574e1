//! What the window's pages may do, as its configuration says. What the window makes of it is tried on the real one
//! (`ui/e2e/manners.mjs`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The capabilities by their file's name.
fn capabilities() -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder().join("capabilities")).unwrap().map(|file| file.unwrap().path());
    files.map(|file| (file.file_stem().unwrap().to_str().unwrap().to_owned(), json(&file))).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().expect("a plain name, without a scope")).collect()
}

#[test]
fn the_policy_allows_the_programs_own_files_and_its_ipc_alone() {
    let config = json(&folder().join("tauri.conf.json"));
    let app = &config["app"];
    assert_eq!((&app["withGlobalTauri"], &app["security"]["freezePrototype"]), (&false.into(), &true.into()));
    assert!(app["security"].as_object().unwrap().keys().all(|key| !key.starts_with("dangerous")));
    let policy = app["security"]["csp"].as_str().unwrap();
    let mut directives = BTreeMap::new();
    for directive in policy.split(';') {
        let mut words = directive.split_whitespace();
        directives.insert(words.next().unwrap(), words.collect::<Vec<_>>());
    }
    for (directive, sources) in &directives {
        let may: &[&str] = match *directive {
            "script-src" | "style-src" | "font-src" => &["'self'"],
            "img-src" => &["'self'", "blob:", "data:"],
            "connect-src" => &["ipc:", "http://ipc.localhost"],
            _ => &["'none'"],
        };
        assert!(sources.iter().all(|source| may.contains(source)), "{directive} {sources:?}");
    }
    for needed in ["default-src", "object-src", "base-uri", "form-action", "frame-ancestors"] {
        assert_eq!(directives.get(needed).map(Vec::as_slice), Some(&["'none'"][..]), "{needed}");
    }
}

#[test]
fn every_command_belongs_to_one_window_and_no_window_has_more() {
    let config = json(&folder().join("tauri.conf.json"));
    let capabilities = capabilities();
    let mut named = texts(&config["app"]["security"]["capabilities"]);
    named.sort_unstable();
    assert_eq!(named, capabilities.keys().collect::<Vec<_>>());
    let build = fs::read_to_string(folder().join("build.rs")).unwrap();
    let list = build.split_once("const COMMANDS").unwrap().1.split_once("= [").unwrap().1.split_once("];").unwrap().0;
    let mut commands: Vec<String> =
        list.split('"').skip(1).step_by(2).map(|command| format!("allow-{}", command.replace('_', "-"))).collect();
    let mut allowed: Vec<&str> = capabilities.values().flat_map(|one| texts(&one["permissions"])).collect();
    commands.sort_unstable();
    allowed.sort_unstable();
    assert_eq!(allowed, commands, "each once, and nothing of Tauri's own or of a plugin");
    for (name, capability) in &capabilities {
        assert_eq!(texts(&capability["windows"]), [name], "a file for each window");
        assert_eq!(capability["local"], true);
        assert!(capability.get("remote").is_none(), "{name}");
    }
    assert_eq!(texts(&capabilities["customers"]["permissions"]), ["allow-watch", "allow-fill-screen"]);
}
