//! The program itself: its settings, its lines, its exit codes.

use std::process::{Command, Output};

use serde_json::Value;
use tillbeam_server::code::Code;

fn server(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tillbeam-server")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn provision_prints_json_lines_and_verify_says_that_the_books_hold() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    let units = ["--unit", "wash", "--unit", "CNY"];
    let order = ["provision", "--data", &data, "--shop", "Lotus", "--customers", "3", "--balance", "10"];
    let made = server(&[order.as_slice(), &units].concat());
    assert!(made.status.success(), "{}", text(&made.stderr));
    let lines: Vec<Value> = text(&made.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0]["terminal"]["token"].is_string() && lines[0]["terminal"]["shop_id"].is_i64());
    for line in &lines[1..] {
        assert_eq!(line["credential"].as_str().unwrap().len(), 10);
        assert_eq!(line["key"].as_str().unwrap().len(), 64);
        assert!(Code::parse(line["card_code"].as_str().unwrap()).is_some());
    }
    let verified = server(&["verify", "--data", &data]);
    assert!(verified.status.success() && text(&verified.stdout).contains("the books hold: 6 entries"));
    let file = format!("{data}/tillbeam.db");
    assert!(server(&["verify", &file]).status.success());
}

#[test]
fn code_prints_the_published_vector() {
    let key = "452a5bfa000e135a9e5212c3ee9a830035a9a087dda797ea5de995893958f18e";
    let shown = server(&["code", "--credential", "0000000042", "--key", key, "--at", "1795372804"]);
    assert_eq!(text(&shown.stdout).trim(), "100000000426011927051578678");
}

#[test]
fn what_cannot_be_done_is_a_sentence_and_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("bad.toml"), "lisen = \"127.0.0.1:0\"").unwrap();
    std::fs::write(path("file"), "").unwrap();
    let (empty, bad, inside) = (path("empty"), path("bad.toml"), path("file/data"));
    let order = |unit, balance| {
        ["provision", "--data", &empty, "--shop", "x", "--customers", "1", "--unit", unit, "--balance", balance]
            .map(str::to_owned)
    };
    let cases: [(Vec<String>, &str); 6] = [
        (["verify", "--data", &empty].map(str::to_owned).to_vec(), "no books"),
        (["serve", "--config", &bad].map(str::to_owned).to_vec(), "lisen"),
        (["serve", "--data", &inside, "--listen", "127.0.0.1:0"].map(str::to_owned).to_vec(), "cannot be written"),
        (order("Wash!", "1").to_vec(), "--unit"),
        (order("wash", "-1").to_vec(), "--balance"),
        (["code", "--credential", "99999999999", "--key", "00"].map(str::to_owned).to_vec(), "ten digits"),
    ];
    for (args, said) in cases {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = server(&args);
        assert!(!output.status.success(), "{args:?}");
        assert!(text(&output.stderr).contains(said), "{args:?}: {}", text(&output.stderr));
    }
}
