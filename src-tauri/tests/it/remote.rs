//! A till whose server is on another computer: each fault on the way there has its name, and nobody stands in for it.

use std::path::Path;

use tillbeam::app::App;
use tillbeam::link::Link;
use tillbeam::reach::{self, Found};
use tillbeam::remote::Remote;
use tillbeam::secret::Secrets;
use tillbeam::start::Opens;
use tillbeam::wire::{LinkState, Shown, TillEvent};
use tillbeam_server::Tls;
use tillbeam_server::pairing;
use tokio::sync::mpsc;

use crate::PATIENCE;
use crate::elsewhere::{Elsewhere, forger, says};
use crate::opening::options;

const DEVICE: [u8; 16] = [7; 16];

async fn fault(address: &str, code: Option<&str>) -> String {
    let code = code.map(|text| pairing::Word::parse(text).unwrap());
    reach::find(address, code.as_ref()).await.expect_err("it was found").code
}

async fn found(server: &Elsewhere, code: &pairing::Word) -> Found {
    reach::find(&server.address(), Some(code)).await.unwrap_or_else(|failed| panic!("{}", failed.code))
}

/// As pairing does, and leaves the keyring of whoever runs the tests alone.
async fn remember(remote: &Remote, till: &Path, token: &str) {
    remote.save(till, &Secrets::without_keyring(till), token).await.unwrap();
}

async fn paired(server: &Elsewhere, till: &Path) -> Remote {
    let code = pairing::Word::parse(&server.code().await).unwrap();
    let (remote, token) = reach::pair(&found(server, &code).await, &code, &DEVICE).await.unwrap();
    std::fs::create_dir_all(till).unwrap();
    remember(&remote, till, &token).await;
    remote
}

/// What a till tells, from its opening on.
fn told(app: &App) -> mpsc::UnboundedReceiver<TillEvent> {
    let (sender, events) = mpsc::unbounded_channel();
    app.screen.listen(Box::new(move |event| sender.send(event.clone()).is_ok()));
    events
}

async fn until<T>(events: &mut mpsc::UnboundedReceiver<TillEvent>, wanted: impl Fn(&TillEvent) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = events.recv().await.expect("the till ended");
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("the event did not come")
}

fn linked(state: LinkState) -> impl Fn(&TillEvent) -> Option<()> {
    move |event| matches!(event, TillEvent::Link { state: now } if *now == state).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_paired_by_a_code_scans_there_until_it_is_taken_back() {
    let server = Elsewhere::open(Tls::OwnCa).await;
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let remote = paired(&server, &folder.path().join("data/till")).await;
    assert_eq!((remote.terminal.as_str(), remote.ca.is_some()), ("Second", true));
    let app = App::reopen(&options, Opens::Remote).await.unwrap();
    let mut events = told(&app);
    until(&mut events, linked(LinkState::Online)).await;
    assert_eq!(app.desk.find_again(&remote).await.unwrap().url, server.address());
    app.desk.type_code(&server.live_code().await).await.unwrap();
    let shown = until(&mut events, |event| match event {
        TillEvent::Result { result: Shown::Recorded { redemption } } => Some(Ok(redemption.amount)),
        TillEvent::Result { result: Shown::Refused(refused) } => Some(Err(refused.code.clone())),
        _ => None,
    });
    assert_eq!(shown.await, Ok(1));
    server.revoke_the_newest().await;
    until(&mut events, linked(LinkState::Revoked)).await;
    assert_eq!(app.desk.type_code(&server.live_code().await).await.unwrap_err().code, "token_invalid");
    assert_eq!(app.desk.find_again(&remote).await.unwrap_err().code, "token_invalid");
    app.close().await;
    assert!(!folder.path().join("data/tillbeam.db").exists(), "no books are made where none are used");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_opens_without_its_server_and_goes_on_when_it_is_there() {
    let server = Elsewhere::open(Tls::OwnCa).await;
    let folder = tempfile::tempdir().unwrap();
    let till = folder.path().join("data/till");
    let remote = paired(&server, &till).await;
    let token = std::fs::read_to_string(till.join("remote.token")).unwrap();
    let unreachable = Remote { base: "https://127.0.0.1:9".to_owned(), ..remote.clone() };
    remember(&unreachable, &till, &token).await;
    let app = App::reopen(&options(folder.path()), Opens::Remote).await.unwrap();
    until(&mut told(&app), linked(LinkState::Offline)).await;
    assert_eq!(app.desk.unsettled().await, 0);
    app.close().await;
    drop(app);
    remember(&remote, &till, &token).await;
    let app = App::reopen(&options(folder.path()), Opens::Remote).await.unwrap();
    until(&mut told(&app), linked(LinkState::Online)).await;
    app.close().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_stands_in_for_the_server_and_the_code_is_told_to_nobody_else() {
    let (real, other) = (Elsewhere::open(Tls::OwnCa).await, Elsewhere::open(Tls::OwnCa).await);
    let plain = Elsewhere::open(Tls::Off).await;
    let code = real.code().await;
    for wrong in [&other, &plain] {
        assert_eq!(fault(&wrong.address(), Some(&code)).await, "server_other");
    }
    // It hands the real certificate on, and has a key of its own.
    let between = forger(real.local, other.local).await;
    assert_eq!(fault(&format!("https://{between}"), Some(&code)).await, "server_other");
    // The code was sent to none of them: it is still good.
    let read = pairing::Word::parse(&code).unwrap();
    let (remote, token) = reach::pair(&found(&real, &read).await, &read, &DEVICE).await.unwrap();
    // A till that is paired tells nobody its token either.
    let moved = Remote { base: format!("https://{between}"), ..remote.clone() };
    assert_eq!(Link::new(moved.address(&token).unwrap()).unwrap().shop().await.unwrap_err().code, "offline");
    let link = Link::new(real.link_address(&remote, &token)).unwrap();
    assert_eq!(reach::find_again(&moved, &link).await.unwrap_err().code, "server_other");
    let found = found(&real, &pairing::Word::parse(&real.code().await).unwrap()).await;
    assert_eq!(reach::pair(&found, &read, &[8; 16]).await.unwrap_err().code, "pairing_expired", "it was used");
    for server in [real, other, plain] {
        server.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_on_the_way_has_its_name() {
    assert_eq!(fault("not an address", None).await, "address_wrong");
    // Longer than a name can be: nobody has to be asked.
    assert_eq!(fault(&"x".repeat(70), None).await, "name_unknown");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(fault(&nobody.to_string(), None).await, "connection_refused");
    let (safe, plain) = (Elsewhere::open(Tls::OwnCa).await, Elsewhere::open(Tls::Off).await);
    assert_eq!(fault(&safe.local.to_string(), None).await, "certificate_unknown");
    assert_eq!(fault(&format!("http://{}", safe.local), None).await, "https_only");
    assert_eq!(fault(&plain.local.to_string(), None).await, "plain_http");
    let short = plain.code().await;
    let found = found(&plain, &pairing::Word::parse(&short).unwrap()).await;
    assert!(!found.shown.encrypted && !found.shown.pinned && found.shown.clock_difference_s.is_none());
    let document = |version: &str| format!(r#"{{"info":{{"title":"Tillbeam","version":"{version}"}}}}"#);
    let well = document(env!("CARGO_PKG_VERSION"));
    for (answers, code) in [
        (vec![("200 OK", "<h1>A printer</h1>".to_owned())], "not_tillbeam"),
        (vec![("404 Not Found", String::new())], "not_tillbeam"),
        (vec![("200 OK", document("99.0.0"))], "version_differs"),
        (vec![("200 OK", well.clone()), ("503 Busy", r#"{"code":"busy"}"#.to_owned())], "server_unwell"),
        (vec![("200 OK", well.clone()), ("503 Clock", r#"{"code":"clock_wrong"}"#.to_owned())], "clock_wrong"),
    ] {
        let server = says(answers).await;
        assert_eq!(fault(&format!("http://{server}"), None).await, code);
    }
    let late = says(vec![("200 OK", well), ("200 OK", "{}".to_owned())]).await;
    let found = reach::find(&format!("http://{late}"), None).await.unwrap();
    assert!(found.shown.clock_difference_s.is_some_and(|ahead_s| ahead_s < -86_400), "{:?}", found.shown);
    safe.close().await;
    plain.close().await;
}
