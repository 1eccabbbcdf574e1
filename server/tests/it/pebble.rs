//! Debian's `pebble`: an ACME authority for tests, here on a loopback address of its own with a name server that says of
//! every name that it is there. What it certifies is trusted by nobody but by who has its root.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use reqwest::{Certificate, Client};

use crate::shop::install_crypto;

/// The longest that a start, or an order, may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(20);

/// A running authority; dropping it ends it.
pub struct Pebble {
    /// Where everything of one test listens, on ports that nobody else has there.
    pub ip: Ipv4Addr,
    /// The CA of its own https, as a PEM file.
    pub root: PathBuf,
    client: Client,
    children: Vec<Child>,
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Pebble {
    /// Starts it; `lasts_s`: how long its certificates hold, `checks`: the port of the server whose names it certifies.
    pub async fn start(folder: &Path, lasts_s: u64, checks: u16) -> Self {
        install_crypto();
        let ip = own_ip();
        let root = https(folder, ip);
        let path = |name: &str| folder.join(name).display().to_string();
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("{ip}:14000"),
            "managementListenAddress": format!("{ip}:15000"),
            "certificate": path("pebble.pem"),
            "privateKey": path("pebble.key"),
            "httpPort": 1,
            "tlsPort": checks,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": lasts_s,
        } });
        std::fs::write(path("pebble.json"), config.to_string()).unwrap();
        let names = run(Command::new("pebble-challtestsrv").args([
            "-defaultIPv4",
            &ip.to_string(),
            "-defaultIPv6",
            "",
            "-dns01",
            &format!("{ip}:8053"),
            "-management",
            &format!("{ip}:8055"),
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
        ]));
        let authority = run(Command::new("pebble")
            .args(["-config", &path("pebble.json"), "-dnsserver", &format!("{ip}:8053")])
            .envs([("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0"), ("PEBBLE_AUTHZREUSE", "0")]));
        let trusted = Certificate::from_pem(&std::fs::read(&root).unwrap()).unwrap();
        let client = Client::builder().tls_certs_only([trusted]).build().unwrap();
        let pebble = Self { ip, root, client, children: vec![names, authority] };
        until("pebble does not start", async || pebble.client.get(pebble.directory()).send().await.is_ok()).await;
        pebble
    }

    pub fn directory(&self) -> String {
        format!("https://{}:14000/dir", self.ip)
    }

    /// The root of what it certifies, PEM.
    pub async fn certifies_by(&self) -> String {
        let roots = format!("https://{}:15000/roots/0", self.ip);
        self.client.get(roots).send().await.unwrap().text().await.unwrap()
    }
}

/// Waits until something is so.
pub async fn until(otherwise: &str, mut so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < PATIENCE, "{otherwise}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// An address of the loopback network that no other test of this or another run has, so that its ports are free.
fn own_ip() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(100);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, NEXT.fetch_add(1, Ordering::Relaxed), high, low.max(1))
}

fn run(command: &mut Command) -> Child {
    let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    started.expect("`cargo xtask test` installs Debian's package pebble, without which this cannot be tested")
}

/// Its own certificate for https, of a CA that is made here; answers that CA's file.
fn https(folder: &Path, ip: Ipv4Addr) -> PathBuf {
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let root = folder.join("pebble-root.pem");
    std::fs::write(&root, ca.self_signed(&ca_key).unwrap().pem()).unwrap();
    let of_ip = CertificateParams::new(vec![ip.to_string()]).unwrap();
    let signed = of_ip.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    std::fs::write(folder.join("pebble.pem"), signed.pem()).unwrap();
    std::fs::write(folder.join("pebble.key"), key.serialize_pem()).unwrap();
    root
}

/// Where a server that is checked listens.
pub fn checked(pebble: &Pebble) -> SocketAddr {
    (pebble.ip, CHECKED).into()
}

/// Its port.
pub const CHECKED: u16 = 8787;
