//! The only wiring: opens the parts of a till, spawns its tasks, stops them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use jiff::Timestamp;
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::slot::Reader;
use tillbeam_server::id::{OperatorId, ShopId};
use tillbeam_server::tls::acme::Standing;
use tillbeam_server::{Config, Server, private};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::announce::Announced;
use crate::desk::{Desk, Parts};
use crate::embedded::{EmbedError, Embedded};
use crate::journal::{Journal, JournalError};
use crate::link::{Address, Link, LinkError};
use crate::options::TillOptions;
use crate::printer;
use crate::receipts;
use crate::remote::Remote;
use crate::scan::{self, Choice, LiveCode, NUDGES, Sight, Wanted};
use crate::screen::Screen;
use crate::secret::{Secrets, Unreadable};
use crate::start::{Opening, Opens, Start};
use crate::wire::{self, TillEvent};

/// The till's own folder in the data directory.
pub(crate) const TILL: &str = "till";
/// The server has 10 s to end; then we go anyway.
const STOP_LIMIT: Duration = Duration::from_secs(12);

/// Why the till cannot open. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system names no place for data.
    #[error("this system has no folder for data: name one with --data")]
    NoData,
    /// The folder cannot be made.
    #[error("the folder {path} cannot be made: {error}; name another with --data")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The server.
    #[error(transparent)]
    Embedded(#[from] EmbedError),
    /// The line.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// No server on another computer is known.
    #[error("this till is paired with no server: start it with its window, and pair it there")]
    NoRemote,
    /// Its token is not to be had.
    #[error(
        "this till's token cannot be read: {0}; open the system's keyring and start again, or pair this till again"
    )]
    Token(#[from] Unreadable),
    /// No thread.
    #[error("this system gives no more threads: {0}")]
    Threads(#[from] io::Error),
}

/// A till that runs.
pub struct App {
    /// For commands.
    pub desk: Desk,
    /// For who looks.
    pub screen: Arc<Screen>,
    /// For the preview.
    pub frames: Reader<Luma>,
    /// To another camera.
    pub choice: Choice,
    /// Ends everything.
    pub stop: CancellationToken,
    /// Where phones reach the server, if it is in this process.
    pub phones_at: Option<wire::Address>,
    /// Which shop is open.
    pub opened: Opens,
    /// Its owner, if the shop was made just now.
    pub owner: Option<OperatorId>,
    /// Whose phone the demo camera shows, in the practice shop.
    pub practice_customer: Option<u64>,
    tracker: TaskTracker,
    /// The name of the address for phones, on the network.
    announced: Option<Announced>,
}

/// Where the books are, and what is opened there.
struct Place {
    /// To be run, if it is in this process.
    server: Option<Server>,
    address: Address,
    /// Of the journal.
    folder: PathBuf,
    opened: Opens,
    owner: Option<OperatorId>,
    live_code: Option<LiveCode>,
    practice_customer: Option<u64>,
    phones_at: Option<wire::Address>,
    certificate: Option<wire::Certificate>,
    remote: Option<wire::ServerAt>,
}

impl Place {
    /// In this process.
    async fn here(options: &TillOptions, till: &Path, opening: &Opening) -> Result<Self, OpenError> {
        let data = options.data_dir().ok_or(OpenError::NoData)?;
        let mut start = Start::load(till);
        let named = options.tls.clone().map(|tls| (tls, None));
        let (tls, certificate) = named.unwrap_or_else(|| start.way.tls(start.phone_url.as_deref(), Timestamp::now()));
        // Whichever of both chose a public name.
        let tls = tls.by(options.authority.clone());
        let config = Config {
            data: data.clone(),
            listen: options.listen,
            tls,
            limits: start.way.limits(),
            public_url: options.public_url.clone().or_else(|| start.phone_url.clone()),
            backups: Some(start.backups.plan(&data)),
            ..Config::default()
        };
        let Embedded { server, address, shop, owner, live_code, practice_customer } =
            Embedded::bind(config, opening).await?;
        let named = options.public_url.is_some() || options.tls.is_some();
        let phones_at = Some(start.address(server.phone_url(), server.lan_addr(), named));
        start.save(till).unwrap_or_else(|error| tracing::warn!(%error, "the address is not remembered"));
        let opened = shop.map_or(Opens::Practice, Opens::Shop);
        let (folder, server) = (desk_dir(till, shop), Some(server));
        Ok(Self {
            server,
            address,
            folder,
            opened,
            owner,
            live_code,
            practice_customer,
            phones_at,
            certificate,
            remote: None,
        })
    }

    /// On another computer, as it was paired.
    async fn elsewhere(till: &Path) -> Result<Self, OpenError> {
        let remote = Remote::load(till).ok_or(OpenError::NoRemote)?;
        let token = Remote::token(&Secrets::new(till)).await?;
        Ok(Self {
            server: None,
            address: remote.address(&token)?,
            folder: remote.folder(till),
            opened: Opens::Remote,
            owner: None,
            live_code: None,
            practice_customer: None,
            phones_at: None,
            certificate: None,
            remote: Some(remote.shown()),
        })
    }
}

impl App {
    /// Opens a till in a shop, with its server. Call it within a Tokio runtime.
    pub async fn open(options: &TillOptions, opening: &Opening) -> Result<Self, OpenError> {
        let till = till_dir(options)?;
        let place = Place::here(options, &till, opening).await?;
        Self::at(options, till, place)
    }

    /// Opens what was opened before. Call it within a Tokio runtime.
    pub async fn reopen(options: &TillOptions, opens: Opens) -> Result<Self, OpenError> {
        match opens {
            Opens::Practice => Self::open(options, &Opening::Practice).await,
            Opens::Shop(shop) => Self::open(options, &Opening::Shop(shop)).await,
            Opens::Remote => {
                let till = till_dir(options)?;
                let place = Place::elsewhere(&till).await?;
                Self::at(options, till, place)
            }
        }
    }

    fn at(options: &TillOptions, till: PathBuf, place: Place) -> Result<Self, OpenError> {
        let Place {
            server,
            address,
            folder,
            opened,
            owner,
            live_code,
            practice_customer,
            phones_at,
            certificate,
            remote,
        } = place;
        let (tracker, stop, screen) = (TaskTracker::new(), CancellationToken::new(), Arc::<Screen>::default());
        let (nudges, to_reading) = mpsc::sync_channel(NUDGES);
        screen.tell(&TillEvent::Server { server: remote });
        screen.tell(&TillEvent::Receipts { receipts: receipts::load(&till), plugged_in: printer::plugged_in() });
        if let Some(address) = &phones_at {
            screen.tell(&TillEvent::Address(address.clone()));
        }
        screen.tell(&TillEvent::Certificate { certificate });
        let desk = open_desk(&folder, address, Some(nudges), &screen, &tracker, &stop)?;
        if let Some(server) = server {
            if let Some(standing) = server.standing() {
                tracker.spawn(stop.clone().run_until_cancelled_owned(tell_standing(standing, Arc::clone(&screen))));
            }
            let (serving, ended) = (server.run(stop.clone()), stop.clone());
            tracker.spawn(async move {
                if let Err(error) = serving.await {
                    tracing::error!(%error, "the server ended");
                }
                ended.cancel();
            });
        }
        let wanted = options.source.clone().unwrap_or(Wanted::Any);
        let sight = Sight { wanted, live_code, folder: till };
        let (frames, choice) = scan::start(sight, desk.clone(), Arc::clone(&screen), to_reading, &stop)?;
        tracker.close();
        let announced = phones_at.as_ref().and_then(|address| Announced::of(&address.now));
        Ok(Self { desk, screen, frames, choice, stop, phones_at, opened, owner, practice_customer, tracker, announced })
    }

    /// Stops everything, the server gracefully.
    pub async fn close(&self) {
        self.stop.cancel();
        if let Some(announced) = &self.announced {
            announced.stop();
        }
        if tokio::time::timeout(STOP_LIMIT, self.tracker.wait()).await.is_err() {
            tracing::warn!(tasks = self.tracker.len(), "not everything ended in time");
        }
    }
}

/// The till's own folder, for the owner alone.
pub fn till_dir(options: &TillOptions) -> Result<PathBuf, OpenError> {
    let data = options.data_dir().ok_or(OpenError::NoData)?;
    make_private(&data)?;
    let till = data.join(TILL);
    make_private(&till)?;
    Ok(till)
}

/// Tells how it stands with the certificate, and every change.
async fn tell_standing(mut standing: watch::Receiver<Standing>, screen: Arc<Screen>) {
    loop {
        let certificate = Some(wire::Certificate::from(&*standing.borrow_and_update()));
        screen.tell(&TillEvent::Certificate { certificate });
        if standing.changed().await.is_err() {
            return;
        }
    }
}

/// Each shop has a journal of its own: what is in doubt in one is not known to another. The practice shop's is the till's
/// folder itself.
fn desk_dir(till: &Path, shop: Option<ShopId>) -> PathBuf {
    shop.map_or_else(|| till.to_owned(), |shop| till.join(format!("shop-{shop}")))
}

/// A desk over the journal in a folder.
pub(crate) fn open_desk(
    folder: &Path,
    address: Address,
    nudges: Option<mpsc::SyncSender<scan::Nudge>>,
    screen: &Arc<Screen>,
    tracker: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Desk, OpenError> {
    make_private(folder)?;
    let journal = Journal::open(folder, Timestamp::now())?;
    let link = Link::new(address)?;
    let parts = Parts { journal, data: folder.to_owned(), link, nudges, screen: Arc::clone(screen) };
    Ok(Desk::open(parts, tracker, stop))
}

fn make_private(path: &Path) -> Result<(), OpenError> {
    private::folder(path).map_err(|error| OpenError::Folder { path: path.to_owned(), error })
}
