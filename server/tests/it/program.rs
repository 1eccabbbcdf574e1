//! The program itself as a process: its log, its signals, its exit code.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::shop::install_crypto;

/// The longest that a start or a stop may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running program; dropping it kills it.
pub struct Program {
    pub url: String,
    child: Child,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Program {
    /// Starts `serve` on a free port with its log as JSON, and waits until it serves.
    pub fn serve(data: &Path, args: &[&str], log_filter: &str) -> Self {
        Self::serve_at(data, "127.0.0.1:0", args, log_filter)
    }

    /// The same at an address.
    pub fn serve_at(data: &Path, listen: &str, args: &[&str], log_filter: &str) -> Self {
        install_crypto();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tillbeam-server"))
            .args(["serve", "--listen", listen, "--log-format", "json", "--data"])
            .arg(data)
            .args(args)
            .env("TILLBEAM_LOG", log_filter)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut text = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ended: {text}");
            text.push_str(&line);
            let told: Value = serde_json::from_str(&line).unwrap();
            if told["fields"]["message"] == "serving" {
                break told["fields"]["address"].as_str().unwrap().to_owned();
            }
        };
        let log = Arc::new(Mutex::new(text));
        let reader = Some(keep(lines, log.clone()));
        Self { url: format!("http://{address}"), child, log, reader }
    }

    /// Asks it to stop, as the system does.
    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits for its end: how it ended, and its whole log.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        self.reader.take().unwrap().join().unwrap();
        let log = self.log.lock().unwrap().clone();
        (status, log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep(mut lines: BufReader<ChildStderr>, log: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
            log.lock().unwrap().push_str(&line);
            line.clear();
        }
    })
}
