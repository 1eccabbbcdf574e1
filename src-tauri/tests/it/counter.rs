//! A shop's counter for a test: an embedded server, a line that can be cut, a desk, and what it tells.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tillbeam::desk::{Desk, Parts};
use tillbeam::embedded::Embedded;
use tillbeam::journal::{self, Journal};
use tillbeam::link::Link;
use tillbeam::request::Request;
use tillbeam::scan::LiveCode;
use tillbeam::screen::Screen;
use tillbeam::start::Opening;
use tillbeam::wire::{LinkState, Redemption, Shown, TillEvent};
use tillbeam_server::{Config, Tls};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::PATIENCE;
use crate::line::Line;

pub(crate) struct Counter {
    pub(crate) desk: Desk,
    pub(crate) line: Line,
    live_code: LiveCode,
    /// What was told before the till was online.
    early: VecDeque<TillEvent>,
    events: mpsc::UnboundedReceiver<TillEvent>,
    tracker: TaskTracker,
    stop: CancellationToken,
    folder: tempfile::TempDir,
}

impl Counter {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| Vec::new()).await
    }

    /// With requests that the journal has open, as after a power cut; they are given a live code.
    pub(crate) async fn open_with(in_doubt: impl FnOnce(&str) -> Vec<Request>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = Embedded::bind(config(folder.path()), &Opening::Practice).await.unwrap();
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let line = Line::to(embedded.server.local_addr()).await;
        tracker.spawn(embedded.server.run(stop.clone()));
        let mut address = embedded.address;
        address.base = format!("http://localhost:{}", line.address.port());
        address.connect = Some(line.address);
        let now = jiff::Timestamp::now();
        let mut journal = Journal::open(folder.path(), now).unwrap();
        for request in in_doubt(&ask(embedded.live_code.as_ref().unwrap()).await) {
            journal.append(&journal::Line::Open(request), now).unwrap();
        }
        let screen = Arc::<Screen>::default();
        let (sender, events) = mpsc::unbounded_channel();
        screen.listen(Box::new(move |event| sender.send(event.clone()).is_ok()));
        let (data, link) = (folder.path().to_owned(), Link::new(address).unwrap());
        let desk = Desk::open(Parts { journal, data, link, nudges: None, screen }, &tracker, &stop);
        tracker.close();
        let live_code = embedded.live_code.unwrap();
        let early = VecDeque::new();
        let mut counter = Self { desk, line, live_code, early, events, tracker, stop, folder };
        counter.early = counter.online().await;
        counter
    }

    /// Waits until the till is online. Doubts may be settled before: what came until then is kept for the test.
    async fn online(&mut self) -> VecDeque<TillEvent> {
        let mut early = VecDeque::new();
        loop {
            let event = self.until(|event| Some(event.clone())).await;
            let is_online = matches!(event, TillEvent::Link { state: LinkState::Online });
            early.push_back(event);
            if is_online {
                return early;
            }
        }
    }

    /// A code of the practice customer that was not used.
    pub(crate) async fn live_code(&self) -> String {
        ask(&self.live_code).await
    }

    /// The first event that `wanted` finds something in.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(&TillEvent) -> Option<T>) -> T {
        let found = async {
            loop {
                let event = match self.early.pop_front() {
                    Some(event) => event,
                    None => self.events.recv().await.expect("the till ended"),
                };
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("the event did not come")
    }

    pub(crate) async fn recorded(&mut self) -> Redemption {
        self.until(|event| match event {
            TillEvent::Result { result: Shown::Recorded { redemption } } => Some((**redemption).clone()),
            TillEvent::Result { result: Shown::Refused(refused) } => panic!("refused: {}", refused.code),
            _ => None,
        })
        .await
    }

    /// What a second server on the same data says.
    pub(crate) async fn open_twice(&self) -> String {
        match Embedded::bind(config(self.folder.path()), &Opening::Practice).await {
            Ok(_) => panic!("two servers on one data directory"),
            Err(error) => error.to_string(),
        }
    }

    /// Everything ends when it is told to.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.tracker.wait()).await.expect("something goes on for ever");
    }
}

/// A test that failed ends, too.
impl Drop for Counter {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn config(data: &Path) -> Config {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Config { data: data.to_owned(), listen, tls: Tls::Off, ..Config::default() }
}

/// The demo camera asks on a thread that is no task.
async fn ask(live_code: &LiveCode) -> String {
    let live_code = Arc::clone(live_code);
    let asked = tokio::task::spawn_blocking(move || live_code()).await.unwrap();
    asked.expect("the practice customer has a phone")
}
