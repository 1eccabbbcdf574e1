//! Certificates of a public authority, of Debian's `pebble`: ordered, kept, used again, renewed, and what is said when
//! there is none.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt as _;
use reqwest::{Certificate, Client};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{Connector, client_async_tls_with_config};

use crate::pebble::{CHECKED, Pebble, checked, until};
use crate::program::Program;
use crate::shop::{Shop, code_of, id, install_crypto};

const NAME: &str = "pay.example.org";
/// Much longer than a test.
const LONG_S: u64 = 7 * 24 * 3600;
/// Renewed after two thirds of it.
const SHORT_S: u64 = 9;

fn serve(data: &Path, listen: SocketAddr, directory: &str, root: &Path) -> Program {
    let (tls, root) = (format!("acme:{NAME}"), root.display().to_string());
    let args =
        ["--tls", &tls, "--acme-directory", directory, "--acme-root", &root, "--acme-contact", "owner@example.org"];
    Program::serve_at(data, &listen.to_string(), &args, "info")
}

/// A client that trusts one CA and finds a name at an address.
fn client(pem: &str, name: &str, at: SocketAddr) -> Client {
    let root = Certificate::from_pem(pem.as_bytes()).unwrap();
    Client::builder().tls_certs_only([root]).resolve(name, at).build().unwrap()
}

fn trusting(pem: &str) -> Arc<ClientConfig> {
    install_crypto();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// The certificate that a client gets by the public name; none while there is none that holds.
async fn shown(root: &str, at: SocketAddr) -> Option<CertificateDer<'static>> {
    let line = TcpStream::connect(at).await.unwrap();
    let name = ServerName::try_from(NAME).unwrap();
    let line = TlsConnector::from(trusting(root)).connect(name, line).await.ok()?;
    Some(line.get_ref().1.peer_certificates()?.first()?.clone().into_owned())
}

#[tokio::test]
async fn a_public_name_is_certified_and_the_certificate_is_used_after_a_restart_without_the_authority() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (terminal, customers) = Shop::stock(data.path(), "Lotus", 1, 10).await;
    let token = terminal["terminal"]["token"].as_str().unwrap();
    let pebble = Pebble::start(folder.path(), LONG_S, CHECKED).await;
    let (at, directory, ca) = (checked(&pebble), pebble.directory(), pebble.root.clone());
    let server = serve(data.path(), at, &directory, &ca);
    let root = pebble.certifies_by().await;
    until("no certificate comes", async || shown(&root, at).await.is_some()).await;
    let first = shown(&root, at).await;

    // A phone by wss, and a terminal by https.
    let mut open = format!("wss://{NAME}:{CHECKED}/ws").into_client_request().unwrap();
    open.headers_mut().insert("authorization", format!("Bearer {}", customers[0].token).parse().unwrap());
    let line = TcpStream::connect(at).await.unwrap();
    let trust = Connector::Rustls(trusting(&root));
    let (mut phone, _) = client_async_tls_with_config(open, line, None, Some(trust)).await.unwrap();
    assert!(phone.next().await.unwrap().unwrap().into_text().unwrap().contains("hello"));
    let now_s = jiff::Timestamp::now().as_second();
    let code = code_of(&customers[0], tillbeam_server::code::Step::at(now_s).0);
    let redemption = json!({ "id": id(), "code": code, "amount": 1 });
    let post = client(&root, NAME, at).post(format!("https://{NAME}:{CHECKED}/api/v1/redemptions"));
    assert_eq!(post.bearer_auth(token).json(&redemption).send().await.unwrap().status(), 201);
    assert!(phone.next().await.unwrap().unwrap().into_text().unwrap().contains("redemption"));
    drop(phone);

    // The shop's own devices come by another name, with the server's own CA.
    let own = std::fs::read_to_string(data.path().join("ca.pem")).unwrap();
    let health = client(&own, "localhost", at).get(format!("https://localhost:{CHECKED}/healthz"));
    assert_eq!(health.send().await.unwrap().status(), 200);

    server.terminate();
    let (ended, log) = server.wait();
    assert!(ended.success() && log.contains("waiting for the first certificate"), "{log}");
    drop(pebble);
    let server = serve(data.path(), at, &directory, &ca);
    until("the kept certificate is not used", async || shown(&root, at).await.is_some()).await;
    assert_eq!(shown(&root, at).await, first);
    server.terminate();
    let (_, log) = server.wait();
    assert!(log.contains("the kept certificate is used") && !log.contains("waiting") && !log.contains("WARN"), "{log}");
    tillbeam_server::verify::file(&data.path().join(tillbeam_server::data::DATABASE)).await.unwrap();
}

#[tokio::test]
async fn a_certificate_is_renewed_before_it_ends() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pebble = Pebble::start(folder.path(), SHORT_S, CHECKED).await;
    let at = checked(&pebble);
    let _server = serve(data.path(), at, &pebble.directory(), &pebble.root);
    let root = pebble.certifies_by().await;
    let mut first = None;
    until("no certificate comes", async || {
        first = shown(&root, at).await;
        first.is_some()
    })
    .await;
    until("it is not renewed", async || shown(&root, at).await.is_some_and(|now| Some(now) != first)).await;
}

#[tokio::test]
async fn without_a_certificate_the_server_serves_and_says_what_to_do() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // The name leads to a port where nobody listens.
    let pebble = Pebble::start(folder.path(), LONG_S, 1).await;
    let at = checked(&pebble);
    for (directory, says) in [
        (pebble.directory(), "does not find this server at pay.example.org"),
        (format!("https://{}:1/dir", pebble.ip), "cannot be reached"),
    ] {
        let server = serve(data.path(), at, &directory, &pebble.root);
        until("nothing is said", async || server.log().contains(says)).await;
        let own = std::fs::read_to_string(data.path().join("ca.pem")).unwrap();
        let health = client(&own, "localhost", at).get(format!("https://localhost:{CHECKED}/healthz"));
        assert_eq!(health.send().await.unwrap().status(), 200);
        server.terminate();
        let (ended, log) = server.wait();
        assert!(ended.success() && log.contains("waiting for the first certificate"), "{log}");
    }
}
