//! The real server as a process of its own, with customers in its books.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::phone::Deaf;

/// What the server is started with beside its address and its folder.
const SETTINGS: &str = include_str!("../../../bench/limits.toml");

/// A customer of the books.
pub struct Customer {
    pub id: i64,
    pub token: String,
    pub credential: String,
    pub key: String,
}

/// A running server.
pub struct Running {
    pub address: SocketAddr,
    pub terminal: String,
    pub customers: Vec<Customer>,
    child: Child,
    _folder: TempDir,
}

impl Running {
    /// Starts a server with that many customers, and waits until it answers.
    pub async fn start(customers: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (terminal, customers) = stock(&folder, customers);
        let settings = folder.path().join("settings.toml");
        std::fs::write(&settings, SETTINGS).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = program()
            .args(["serve", "--listen", &free.to_string(), "--data"])
            .arg(folder.path())
            .arg("--config")
            .arg(settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while tokio::net::TcpStream::connect(free).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Self { address: free, terminal, customers, child, _folder: folder }
    }

    /// The server's proportional share of memory.
    pub fn pss_bytes(&self) -> u64 {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id())).unwrap();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// The processor time that the server took until now, in ms; the system counts it in 10 ms.
    pub fn cpu_ms(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, behind_name) = stat.rsplit_once(") ").unwrap();
        let ticks = behind_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap());
        ticks.sum::<u64>() * 10
    }

    /// How many of these phones the server still has a socket to.
    pub fn sockets_to(&self, phones: &[Deaf]) -> usize {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let here = format!("0100007F:{:04X}", self.address.port());
        let established = table.lines().filter_map(|line| {
            let mut columns = line.split_whitespace().skip(1);
            let (local, remote, state) = (columns.next()?, columns.next()?, columns.next()?);
            (local == here && state == "01").then(|| u16::from_str_radix(remote.rsplit_once(':')?.1, 16).ok())?
        });
        let ports: HashSet<u16> = established.collect();
        phones.iter().filter(|phone| ports.contains(&phone.port())).count()
    }

    /// Ends the server in order.
    pub async fn stop(mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        tokio::task::spawn_blocking(move || self.child.wait().unwrap()).await.unwrap();
    }
}

/// The program beside this example.
fn program() -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("tillbeam-server");
    assert!(path.exists(), "build the server first: cargo build --release -p tillbeam-server");
    Command::new(path)
}

fn stock(folder: &TempDir, customers: usize) -> (String, Vec<Customer>) {
    let output = program()
        .args(["provision", "--shop", "Bench", "--unit", "wash", "--balance", "1000000"])
        .args(["--customers", &customers.to_string(), "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let first: Value = serde_json::from_slice(lines.next().unwrap()).unwrap();
    let terminal = first["terminal"]["token"].as_str().unwrap().to_owned();
    let customers = lines.map(|line| {
        let line: Value = serde_json::from_slice(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        Customer {
            id: line["customer_id"].as_i64().unwrap(),
            token: text("token"),
            credential: text("credential"),
            key: text("key"),
        }
    });
    (terminal, customers.collect())
}
