//! The schema test: Schemathesis calls a running server as its own `OpenAPI` document says, every check on.
//!
//! Schemathesis comes from `PyPI`, with the versions of `xtask/schema/requirements.txt`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::tool::{Sentence, built, command, root, run, target};
use crate::venv;

/// Customers of the shop that it makes; each has a card.
const CUSTOMERS: &str = "20";
/// Generated calls for each operation.
const EXAMPLES: &str = "15";
/// The same calls every time.
const SEED: &str = "1";

/// Runs it against the built server; `rest` goes to Schemathesis.
pub fn test(rest: &[String]) -> Result<(), Sentence> {
    let schemathesis = venv::program("schemathesis", "Schemathesis", include_str!("../schema/requirements.txt"))?;
    let folder = target().join("schema");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let data = folder.join("data");
    let shop = Shop::provision(&data)?;
    let server = Server::start(&data)?;
    let ours = root().join("xtask/schema");
    let mut calls = command(schemathesis, &["--config-file"]);
    // It leaves its cache where it runs.
    calls.current_dir(&folder).arg(ours.join("schemathesis.toml")).args([
        "run",
        "--checks",
        "all",
        "--continue-on-failure",
        "--no-color",
    ]);
    calls.args(["--max-examples", EXAMPLES, "--seed", SEED]).args(rest);
    calls.arg(format!("http://{}/api/v1/openapi.json", server.address));
    calls.env("SCHEMATHESIS_HOOKS", ours.join("hooks.py"));
    calls.env("TILLBEAM_TERMINAL", shop.terminal).env("TILLBEAM_PHONE", shop.phone);
    calls.env("TILLBEAM_CARDS", shop.cards.join(",")).env("TILLBEAM_CUSTOMERS", CUSTOMERS);
    run(&mut calls)?;
    drop(server);
    run(command(built("tillbeam-server"), &["verify", "--data"]).arg(&data))
}

/// A shop made for one run.
struct Shop {
    terminal: String,
    phone: String,
    cards: Vec<String>,
}

impl Shop {
    fn provision(data: &Path) -> Result<Self, Sentence> {
        let args = ["provision", "--shop", "Lotus", "--unit", "wash", "--unit", "CNY", "--balance", "1000000"];
        let mut provision = command(built("tillbeam-server"), &args);
        provision.args(["--customers", CUSTOMERS]).arg("--data").arg(data).stderr(Stdio::null());
        let output = provision.output().map_err(|error| format!("the server could not be started: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let terminal = lines.next().and_then(|line| field(line, "token")).ok_or("no shop could be made")?;
        let customers: Vec<&str> = lines.collect();
        let phone = customers.first().and_then(|line| field(line, "token")).ok_or("no customer could be made")?;
        let cards = customers.iter().filter_map(|line| field(line, "card_code")).collect();
        Ok(Self { terminal, phone, cards })
    }
}

/// A text field of a line of JSON that the server printed.
fn field(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!("\"{name}\":\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// A running server; ended when it goes out of scope.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Result<Self, Sentence> {
        let mut serve = command(built("tillbeam-server"), &["serve", "--listen", "127.0.0.1:0", "--data"]);
        serve.arg(data).env("NO_COLOR", "1").env("TILLBEAM_LOG", "info").stderr(Stdio::piped());
        let mut child = serve.spawn().map_err(|error| format!("the server could not be started: {error}"))?;
        let log = child.stderr.take().ok_or("the server's log cannot be read")?;
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            let (_, rest) = line.split_once("address=")?;
            rest.split_whitespace().next().map(str::to_owned)
        });
        // A log that nobody reads would stop the server once its pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        match address {
            Some(address) => Ok(Self { child, address }),
            None => Err("the server did not say where it listens".into()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
