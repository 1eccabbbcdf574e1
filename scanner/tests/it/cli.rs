use crate::sheet::{self, CODE, MISREAD, OTHER_CODE, PAYMENT, URL};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

fn scan() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tillbeam-scan"))
}

fn output(arguments: &[&str]) -> Output {
    scan().args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn piped(arguments: &[&str]) -> Child {
    scan().args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// What `tillbeam-scan ARGUMENTS` prints, one value a line, for these lines on stdin.
fn answers(arguments: &[&str], lines: &[&str]) -> Vec<Value> {
    let mut child = piped(arguments);
    child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder with a picture of each content, named by its place, of the kind that `ending` says.
fn pictures(contents: &[&[u8]], ending: &str) -> (TempDir, Vec<PathBuf>) {
    let folder = TempDir::new().unwrap();
    let save = |(place, content): (usize, &&[u8])| {
        let path = folder.path().join(format!("{place}.{ending}"));
        let sheet = if content.is_empty() { sheet::blank(640, 480) } else { sheet::with(content) };
        sheet::save(&sheet, &path);
        path
    };
    let paths = contents.iter().enumerate().map(save).collect();
    (folder, paths)
}

#[test]
fn every_text_is_printed_ours_or_not() {
    let binary = [0xff, 0x00, 0x80];
    let contents = [CODE.as_bytes(), URL.as_bytes(), PAYMENT.as_bytes(), MISREAD.as_bytes(), &binary, b""];
    let expected = [vec![CODE], vec![URL], vec![PAYMENT], vec![MISREAD], vec!["\u{ff}\u{0}\u{80}"], vec![]];
    for ending in ["pgm", "png", "jpg"] {
        let (_folder, paths) = pictures(&contents, ending);
        let lines: Vec<&str> = paths.iter().map(|path| text(path)).collect();
        let answers = answers(&["--json", "-"], &lines);
        assert_eq!(answers.len(), contents.len());
        for ((answer, path), expected) in answers.iter().zip(&lines).zip(&expected) {
            assert_eq!(answer["path"], *path);
            assert_eq!(answer["texts"], serde_json::json!(expected), "{path}");
            assert!(answer["decode_ms"].as_f64().unwrap() > 0.0);
            assert_eq!(answer.get("error"), None);
        }
    }
}

#[test]
fn two_codes_in_one_picture_are_two_texts() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("two.png");
    let mut sheet = sheet::with(CODE.as_bytes());
    sheet::draw(&mut sheet, OTHER_CODE.as_bytes(), 420, 40, 6);
    sheet::save(&sheet, &path);
    let answer = &answers(&["--json", "-"], &[text(&path)])[0];
    let mut texts: Vec<&str> = answer["texts"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    texts.sort_unstable();
    assert_eq!(texts, [OTHER_CODE, CODE]);
}

#[test]
fn each_line_is_answered_at_once() {
    let (_folder, paths) = pictures(&[CODE.as_bytes(), URL.as_bytes()], "png");
    let mut child = piped(&["--json", "-"]);
    let (mut input, mut lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    for (path, expected) in paths.iter().zip([CODE, URL]) {
        writeln!(input, "{}", path.display()).unwrap();
        let answer: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["texts"][0], expected);
    }
    drop(input);
    assert!(lines.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_unreadable_file_is_an_error_of_its_line_alone() {
    let (folder, paths) = pictures(&[CODE.as_bytes()], "png");
    let broken = folder.path().join("broken.png");
    fs::write(&broken, "no picture").unwrap();
    let lines = ["/no/such/file.png", "", text(&broken), text(folder.path()), text(&paths[0])];
    let answers = answers(&["--json", "-"], &lines);
    assert_eq!(answers.len(), 4);
    for answer in &answers[..3] {
        assert_eq!(answer["texts"], serde_json::json!([]));
        assert!(answer["error"].as_str().unwrap().contains("cannot be read"), "{answer}");
    }
    assert_eq!(answers[3]["texts"][0], CODE);
}

#[test]
fn a_sequence_tells_in_which_frame_a_text_was_first_read() {
    let (_folder, paths) = pictures(&[b"", CODE.as_bytes(), URL.as_bytes()], "pgm");
    let [empty, code, url] = [0, 1, 2].map(|place| text(&paths[place]));
    let lines = [empty, code, code, url, "", "", url, "/no/such/file.pgm", code, ""];
    let answers = answers(&["--json", "--sequence", "-"], &lines);
    assert_eq!(answers.len(), 2);
    let read = serde_json::json!([{"text": CODE, "frame": 1}, {"text": URL, "frame": 3}]);
    assert_eq!(answers[0]["texts"], read);
    assert_eq!(answers[0]["decode_ms"].as_array().unwrap().len(), 4);
    let read = serde_json::json!([{"text": URL, "frame": 0}, {"text": CODE, "frame": 2}]);
    assert_eq!(answers[1]["texts"], read);
    assert_eq!(answers[1]["decode_ms"].as_array().unwrap().len(), 3);
    assert_eq!(answers[1]["errors"][0]["frame"], 1);
}

#[test]
fn for_people_there_is_a_line_for_each_code() {
    let (_folder, paths) = pictures(&[CODE.as_bytes(), b"", b"a\x1b[31mred"], "png");
    let output = output(&[text(&paths[0]), text(&paths[1]), text(&paths[2])]);
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].contains(&format!("0.png: {CODE} (")) && lines[0].ends_with(" ms)"), "{printed}");
    assert!(lines[1].contains("1.png: no code ("), "{printed}");
    assert!(lines[2].contains(r"a\u{1b}[31mred"), "a picture must not write to the terminal: {printed}");
}

#[test]
fn for_people_an_unreadable_file_is_said_and_fails() {
    let output = output(&["/no/such/file.png"]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "/no/such/file.png cannot be read: there is no such file.\n");
}

#[test]
fn a_camera_that_is_not_there_is_said_and_fails() {
    let output = output(&["--camera", "no such camera"]);
    assert!(!output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "No camera was found. Plug one in.\n");
}

#[test]
fn listing_cameras_works_without_any() {
    assert!(output(&["--list"]).status.success());
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for arguments in [
        &[][..],
        &["-"],
        &["--json"],
        &["--sequence", "-"],
        &["--json", "-", "a.png"],
        &["--json", "--sequence", "a.png"],
    ] {
        assert!(!output(arguments).status.success(), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (_folder, paths) = pictures(&[CODE.as_bytes()], "png");
    let mut child = scan()
        .args(["--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", paths[0].display()).unwrap();
    drop(input);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(said, "");
}
