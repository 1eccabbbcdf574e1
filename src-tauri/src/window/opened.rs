//! The till that the window shows, if one is open: another shop's may take its place while the window stays.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use tauri::AppHandle;
use tillbeam_server::data::Data;

use super::first::code_of;
use crate::app::{App, OpenError, till_dir};
use crate::options::TillOptions;
use crate::preview::Preview;
use crate::remote::Remote;
use crate::secret::Secrets;
use crate::start::{Opening, Opens, Start};
use crate::way_back::Named;
use crate::wire::{BackupHolds, BackupPlan, Failed, ShopNamed, local};

/// A till and its preview.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) app: Arc<App>,
    pub(super) pictures: Arc<Preview>,
}

/// The one that is open, and how to open another.
pub(super) struct Opened {
    options: TillOptions,
    now: RwLock<Option<Open>>,
    /// Why the till that the program starts with could not be opened, once that is known.
    started: tokio::sync::OnceCell<Option<&'static str>>,
    /// One change at a time.
    changing: tokio::sync::Mutex<()>,
    /// The same at each try to pair, so that a lost answer makes no second till.
    device: [u8; 16],
}

impl Open {
    /// The till, with a thread that sends its pictures.
    pub(super) fn new(app: App) -> std::io::Result<Self> {
        let pictures = Arc::<Preview>::default();
        Arc::clone(&pictures).run(app.frames.clone(), app.stop.clone())?;
        Ok(Self { app: Arc::new(app), pictures })
    }
}

impl Opened {
    pub(super) fn new(options: TillOptions) -> Self {
        let device = *uuid::Uuid::now_v7().as_bytes();
        let (started, changing) = (tokio::sync::OnceCell::new(), tokio::sync::Mutex::new(()));
        Self { options, now: RwLock::new(None), started, changing, device }
    }

    /// Opens what the program starts with, which the window does not wait for; the code of why it could not.
    pub(super) async fn start(self: &Arc<Self>, handle: &AppHandle) -> Option<&'static str> {
        let start = async || {
            let _alone = self.changing.lock().await;
            let remembered = till_dir(&self.options).ok().and_then(|till| Start::load(&till).opens);
            let opens = remembered.or(self.options.practice.then_some(Opens::Practice))?;
            match self.reopened(opens).await {
                Ok(open) => {
                    self.show(open, handle);
                    None
                }
                Err(error) => {
                    let _ = writeln!(std::io::stderr(), "{error}");
                    Some(code_of(&error))
                }
            }
        };
        *self.started.get_or_init(start).await
    }

    async fn reopened(&self, opens: Opens) -> Result<Open, OpenError> {
        Ok(Open::new(App::reopen(&self.options, opens).await?)?)
    }

    /// How this till names itself when it pairs.
    pub(super) fn device(&self) -> [u8; 16] {
        self.device
    }

    /// What commands work with.
    ///
    /// # Errors
    /// `not_opened` before the first start is over.
    pub(super) fn get(&self) -> Result<Open, Failed> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Failed::new(local::NOT_OPENED))
    }

    fn set(&self, open: Option<Open>) -> Option<Open> {
        std::mem::replace(&mut *self.now.write().unwrap_or_else(PoisonError::into_inner), open)
    }

    /// This till from now on; the program ends when its server does.
    pub(super) fn show(self: &Arc<Self>, open: Open, handle: &AppHandle) {
        let (this, handle, app) = (Arc::clone(self), handle.clone(), Arc::clone(&open.app));
        self.set(Some(open));
        tauri::async_runtime::spawn(async move {
            app.stop.cancelled().await;
            if this.get().is_ok_and(|open| Arc::ptr_eq(&open.app, &app)) {
                handle.exit(1);
            }
        });
    }

    /// Closes the till that is open, opens this one, and remembers it.
    pub(super) async fn change(self: &Arc<Self>, opening: &Opening, handle: &AppHandle) -> Result<Open, OpenError> {
        let _alone = self.changing.lock().await;
        self.end().await;
        let app = App::open(&self.options, opening).await?;
        self.take_over(app, handle)
    }

    /// The same for the server that this till is paired with; it need not answer.
    pub(super) async fn connect(self: &Arc<Self>, handle: &AppHandle) -> Result<Open, OpenError> {
        let _alone = self.changing.lock().await;
        self.end().await;
        let app = App::reopen(&self.options, Opens::Remote).await?;
        self.take_over(app, handle)
    }

    fn take_over(self: &Arc<Self>, app: App, handle: &AppHandle) -> Result<Open, OpenError> {
        let opened = app.opened;
        let open = Open::new(app)?;
        self.show(open.clone(), handle);
        self.remember(|start| start.opens = Some(opened));
        Ok(open)
    }

    /// The same shop once more, with a change of what is remembered; as it was before if that cannot be opened.
    pub(super) async fn again(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Start),
        handle: &AppHandle,
    ) -> Result<(), OpenError> {
        let Ok(Open { app, .. }) = self.get() else { return Ok(()) };
        let _alone = self.changing.lock().await;
        self.end().await;
        let mut before = Start::default();
        self.remember(|start| {
            before = start.clone();
            change(start);
        });
        let (next, result) = match self.reopened(app.opened).await {
            Ok(next) => (next, Ok(())),
            Err(error) => {
                self.remember(|start| *start = before);
                (self.reopened(app.opened).await?, Err(error))
            }
        };
        self.show(next, handle);
        result
    }

    /// A backup's books in the place of those that are there: no till is open afterwards, and the page asks which; where
    /// nothing comes of it, the one that was open is opened anew.
    pub(super) async fn restore(
        self: &Arc<Self>,
        named: &Named,
        now: Timestamp,
        handle: &AppHandle,
    ) -> Result<BackupHolds, Failed> {
        let data = self.options.data_dir().ok_or(Failed::new(local::NOT_SAVED))?;
        let _alone = self.changing.lock().await;
        let before = self.get().ok().map(|open| open.app.opened);
        self.end().await;
        let restored = named.restore(&data, now).await;
        match (&restored, before) {
            (Ok(_), _) => self.remember(|start| start.opens = None),
            (Err(_), None) => {}
            (Err(_), Some(opens)) => match self.reopened(opens).await {
                Ok(open) => self.show(open, handle),
                Err(error) => tracing::error!(%error, "the till cannot be opened again"),
            },
        }
        restored.map_err(Failed::new)
    }

    /// No till is open from now on, and none at the next start.
    pub(super) async fn leave(&self) {
        let _alone = self.changing.lock().await;
        self.end().await;
        self.remember(|start| start.opens = None);
    }

    /// Before a till is left: what is in doubt is settled first, unless it is left all the same. Nothing is lost then
    /// either: its journal is asked after when that shop is opened again.
    ///
    /// # Errors
    /// `unsettled`
    pub(super) async fn settled(&self, all_the_same: bool) -> Result<(), Failed> {
        let Ok(Open { app, .. }) = self.get() else { return Ok(()) };
        let left = all_the_same || app.desk.unsettled().await == 0;
        if left { Ok(()) } else { Err(Failed::new(local::UNSETTLED)) }
    }

    /// The server that this till was paired with, and the till's folder.
    pub(super) fn remote(&self) -> Option<(Remote, PathBuf)> {
        let till = till_dir(&self.options).ok()?;
        Some((Remote::load(&till)?, till))
    }

    /// The till's folder.
    pub(super) fn folder(&self) -> Result<PathBuf, Failed> {
        till_dir(&self.options).map_err(|error| {
            tracing::error!(%error, "there is no folder for the till");
            Failed::new(local::NOT_SAVED)
        })
    }

    /// Where and how often this computer's own server makes backups.
    pub(super) fn backups(&self) -> BackupPlan {
        till_dir(&self.options).map(|till| Start::load(&till)).unwrap_or_default().backups.shown()
    }

    /// Remembers the server that this till is paired with from now on.
    pub(super) async fn pair(&self, remote: &Remote, token: &str) -> Result<(), OpenError> {
        let till = till_dir(&self.options)?;
        let saved = remote.save(&till, &Secrets::new(&till), token).await;
        saved.map_err(|error| OpenError::Folder { path: till, error })
    }

    /// Stops the till, also one that is being opened.
    pub(super) async fn close(&self) {
        let _alone = self.changing.lock().await;
        self.end().await;
    }

    /// Stops the till, its server gracefully.
    async fn end(&self) {
        if let Some(open) = self.set(None) {
            open.app.close().await;
        }
    }

    /// Changes what is remembered of the start.
    pub(super) fn remember(&self, change: impl FnOnce(&mut Start)) {
        let changed = till_dir(&self.options).map_err(|error| error.to_string()).and_then(|till| {
            let mut start = Start::load(&till);
            change(&mut start);
            start.save(&till).map_err(|error| error.to_string())
        });
        if let Err(error) = changed {
            tracing::warn!(%error, "how the till starts is not remembered");
        }
    }

    /// The shops in the books, while no till is open.
    pub(super) async fn shops(&self) -> Vec<ShopNamed> {
        let Some(dir) = self.options.data_dir() else { return Vec::new() };
        let Ok(data) = Data::existing(&dir).await else { return Vec::new() };
        let shops = tillbeam_server::founding::shops(&data).await.unwrap_or_default();
        data.store.close().await;
        let named =
            |(id, name): (tillbeam_server::id::ShopId, String)| Some(ShopNamed { id: u64::try_from(id.0).ok()?, name });
        shops.into_iter().filter_map(named).collect()
    }
}
