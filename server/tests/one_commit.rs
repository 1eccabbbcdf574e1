//! All requests that wait go into one commit: as many syncs for 64 as for one.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/syncs.rs"]
mod syncs;

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};
use tillbeam_server::data::Data;
use tillbeam_server::hub::Hub;
use tillbeam_server::id::RequestId;
use tillbeam_server::lamps::Lamps;
use tillbeam_server::outcome::Outcome;
use tillbeam_server::pin;
use tillbeam_server::provision::{Line, NewCustomer, NewTerminal, Order, provision};
use tillbeam_server::request::{Request, Who, Wish};
use tillbeam_server::unit::Unit;
use tillbeam_server::writer::{self, Desk, Writer};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

const NOW_MS: i64 = 1_795_372_800_000;
const AT_ONCE: usize = 64;

fn request(terminal: &NewTerminal, customer: &NewCustomer, step: i64) -> Request {
    let number = CredentialNumber::new(customer.credential.parse().unwrap()).unwrap();
    let key = Key::from_bytes(hex::decode(&customer.key).unwrap().try_into().unwrap());
    let code = Code::phone(number, &key, Step(Step::at(NOW_MS / 1000).0 + step)).to_string();
    let pin = pin::Check::Absent;
    let wish = Wish::Redeem { who: Who::Code(code), unit: None, amount: 1, pin, note: None };
    let (shop, terminal, id) = (terminal.shop_id, terminal.id, RequestId::now());
    Request { shop, terminal, id, operator: None, approval: None, wish }
}

/// Settles all of these at once; how many syncs it took.
async fn settle(data: &Data, requests: Vec<Request>) -> usize {
    let (writer, queue) = Writer::new();
    let desk = Desk {
        store: data.store.clone(),
        master: data.master.clone(),
        hub: Arc::new(Hub::default()),
        lamps: Lamps::new().0,
        clock: Arc::new(|| NOW_MS),
        metrics: Arc::default(),
        health: Arc::default(),
        throttle: Arc::default(),
        bell: Arc::default(),
    };
    let mut waiting = Box::pin(join_all(requests.into_iter().map(|request| writer.settle(request))));
    // The first poll hands every request in, before the writer starts.
    assert!(waiting.as_mut().now_or_never().is_none());
    let before = syncs::count();
    let runtime = Handle::current();
    let running = spawn_blocking(move || writer::run(&desk, queue, &runtime));
    for outcome in waiting.await {
        assert!(matches!(outcome, Ok(Outcome::Recorded { fresh: true, .. })));
    }
    let taken = syncs::count() - before;
    writer.stop().await;
    running.await.unwrap().unwrap();
    taken
}

#[tokio::test]
async fn sixty_four_redemptions_at_once_take_as_many_syncs_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::open(folder.path()).await.unwrap();
    let order =
        Order { shop: "Lotus".into(), units: vec![Unit::parse("wash").unwrap()], customers: AT_ONCE, balance: 10 };
    let (mut terminal, mut customers) = (None, Vec::new());
    provision(&data, &order, NOW_MS, |line| match line {
        Line::Terminal { terminal: made } => terminal = Some(made.clone()),
        Line::Customer(customer) => customers.push((**customer).clone()),
    })
    .await
    .unwrap();
    let terminal = terminal.unwrap();
    let one = settle(&data, vec![request(&terminal, &customers[0], 0)]).await;
    let many = settle(&data, customers.iter().map(|customer| request(&terminal, customer, 1)).collect()).await;
    assert!(one >= 1, "nothing was synced: the answer came before the disk");
    assert!(many <= one, "{many} syncs for {AT_ONCE} redemptions, {one} for one");
    data.store.close().await;
}
