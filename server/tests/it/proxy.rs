//! Behind nginx, with the very configuration of the documentation.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Instant;

use futures_util::StreamExt as _;
use reqwest::{Client, Response, Upgraded};
use serde_json::Value;
use tillbeam_server::{Config, Limits};
use tokio::io::AsyncReadExt as _;

use crate::shop::{Shop, id};

const CONFIGURATION: &str = include_str!("../../../docs/nginx.conf");
const NAME: &str = "pay.example.org";

/// A running nginx; dropping it ends it.
struct Nginx {
    address: SocketAddr,
    child: Child,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The documented configuration on free ports, with a certificate of its own; none where nginx is not installed.
fn start(folder: &Path, server: &str) -> Option<Nginx> {
    Command::new("nginx").arg("-v").output().ok()?;
    let made = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let (plain, address) = (free_address(), free_address());
    let mut text = CONFIGURATION.to_owned();
    for (documented, ours) in [
        ("listen 80;", format!("listen {plain};")),
        ("listen 443 ssl;", format!("listen {address} ssl;")),
        ("server 127.0.0.1:8787;", format!("server {server};")),
        ("/etc/ssl/certs/pay.example.org.pem", path("cert.pem")),
        ("/etc/ssl/private/pay.example.org.key", path("key.pem")),
        ("/var/log/nginx/", path("")),
    ] {
        assert!(text.contains(documented), "{documented}");
        text = text.replace(documented, &ours);
    }
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};", path(kind)))
        .concat();
    let whole = format!(
        "daemon off; master_process off; pid {}; error_log {}; events {{}} http {{ {temporary}\n{text}\n}}",
        path("pid"),
        path("start.log")
    );
    std::fs::write(path("nginx.conf"), whole).unwrap();
    let child = Command::new("nginx").args(["-c", &path("nginx.conf"), "-e", &path("start.log")]).spawn().unwrap();
    Some(Nginx { address, child })
}

async fn get(client: &Client, path: &str, token: &str) -> Response {
    client.get(format!("https://{NAME}{path}")).bearer_auth(token).send().await.unwrap()
}

/// Reads until a word was there.
async fn hears(socket: &mut Upgraded, word: &str) {
    let mut heard = String::new();
    while !heard.contains(word) {
        let mut bytes = [0; 1024];
        let length = socket.read(&mut bytes).await.unwrap();
        assert!(length > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
}

#[tokio::test]
async fn the_documented_nginx_passes_sockets_streams_and_polls_and_logs_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { proxies: vec!["127.0.0.1".parse().unwrap()], ..Limits::default() };
    let public_url = Some(format!("https://{NAME}"));
    let shop = Shop::open_set(Config { limits, public_url, ..Config::default() }).await;
    let Some(nginx) = start(folder.path(), shop.url.trim_start_matches("http://")) else {
        eprintln!("nginx is not installed, so its configuration is not tested; `cargo xtask test` installs it");
        return shop.close().await;
    };
    let client = Client::builder().resolve(NAME, nginx.address).tls_danger_accept_invalid_certs(true).build().unwrap();
    let began = Instant::now();
    while client.get(format!("https://{NAME}/healthz")).send().await.is_err() {
        assert!(began.elapsed().as_secs() < 20, "nginx does not start");
    }
    let token = shop.customers[0].token.clone();
    let upgraded = client
        .get(format!("https://{NAME}/ws"))
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", format!("tillbeam.v1, bearer.{token}"));
    let upgraded = upgraded.send().await.unwrap();
    assert_eq!(upgraded.status(), 101);
    let mut socket = upgraded.upgrade().await.unwrap();
    // It is live only: what happens before its hello is not for it.
    hears(&mut socket, "hello").await;
    let mut stream = get(&client, "/api/v1/me/stream", &token).await.bytes_stream();
    let first = stream.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("hello"));
    let poll = get(&client, "/api/v1/me/events?wait=20", &token);
    let (request, code) = (id(), shop.code(0, 0));
    let redeem = shop.redeem(&request, &code, 1);
    let (poll, redeemed) = tokio::join!(poll, redeem);
    redeemed.expect(201);
    assert_eq!(poll.json::<Value>().await.unwrap()["events"][0]["type"], "redemption");
    assert!(String::from_utf8_lossy(&stream.next().await.unwrap().unwrap()).contains("redemption"));
    hears(&mut socket, "redemption").await;
    let seed = format!("/poll/{}/{}?token={token}", shop.customers[0].customer_id, shop.id);
    assert_eq!(client.get(format!("https://{NAME}{seed}")).send().await.unwrap().status(), 200);
    drop((socket, stream, client));
    drop(nginx);
    for file in ["tillbeam.log", "tillbeam-error.log", "start.log"] {
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap_or_default();
        assert!(!text.contains(&token) && !text.contains("wait="), "{file}: {text}");
    }
    assert!(std::fs::read_to_string(folder.path().join("tillbeam.log")).unwrap().contains("\"GET /poll/"));
    shop.close().await;
}
