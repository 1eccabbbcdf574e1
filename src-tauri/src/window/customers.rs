//! The customers' window: a page of its own, on a second display if there is one, that is told what `display` lets
//! through. It may call `watch` and `fill_screen` and nothing else (`capabilities/customers.json`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tauri::ipc::Channel;
use tauri::{
    AppHandle, Manager as _, Monitor, PhysicalPosition, State, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
};

use super::place::{self, Places};
use super::{Window, guarded, webview};
use crate::display::ForCustomers;
use crate::screen::Screen;
use crate::wire::{Display, Failed, Join, TillEvent};

/// As `capabilities/customers.json` names it.
pub(super) const LABEL: &str = "customers";
const PAGE: &str = "display.html";
/// Where there is one display alone.
const SIZE: (f64, f64) = (960.0, 640.0);
const LEAST_SIZE: (f64, f64) = (480.0, 360.0);

/// What the window shows, whether it is open or not.
#[derive(Default)]
pub(super) struct Customers {
    state: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    display: ForCustomers,
    page: Option<Channel<Display>>,
    /// Which till is followed: what the one before still says is not about this one.
    follows: u64,
}

impl Customers {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on this till.
    pub(super) fn follow(self: &Arc<Self>, screen: &Screen) {
        let follows = self.leave();
        let this = Arc::clone(self);
        screen.listen(Box::new(move |event| this.take(follows, event)));
    }

    /// No till is open.
    pub(super) fn leave(&self) -> u64 {
        let mut told = self.told();
        told.follows += 1;
        told.display = ForCustomers::default();
        told.tell();
        told.follows
    }

    fn take(&self, follows: u64, event: &TillEvent) -> bool {
        let mut told = self.told();
        if told.follows != follows {
            return false;
        }
        if told.display.take(event) {
            told.tell();
        }
        true
    }

    fn join(&self, join: Option<Join>) {
        let mut told = self.told();
        if told.display.join(join) {
            told.tell();
        }
    }

    fn watch(&self, page: Channel<Display>) {
        let mut told = self.told();
        told.page = Some(page);
        told.tell();
    }
}

impl Told {
    /// A page that is gone takes nothing more.
    fn tell(&mut self) {
        let shown = self.display.shown().clone();
        self.page = self.page.take().filter(|page| page.send(shown).is_ok());
    }
}

/// Opens it where it was; the first time on a display that the till is not on, filling it.
pub(super) fn open(handle: &AppHandle, places: &Places) -> tauri::Result<()> {
    if let Some(window) = handle.get_webview_window(LABEL) {
        return window.set_focus();
    }
    let displays = handle.available_monitors()?;
    let known = places.of(LABEL, &displays);
    let other = other_display(handle, &displays);
    let builder = WebviewWindowBuilder::new(handle, LABEL, WebviewUrl::App(PAGE.into()))
        .title("Tillbeam · 顾客屏")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST_SIZE.0, LEAST_SIZE.1)
        .focused(false);
    let builder = match (known, other) {
        (None, Some(display)) => {
            let (left, top, ..) = place::area(display);
            builder.position(left, top)
        }
        _ => place::at(builder, known, LEAST_SIZE),
    };
    let window = guarded(builder).build()?;
    webview::reload_when_it_dies(&window)?;
    match (known, other) {
        (None, Some(display)) => fill(&window, display),
        (Some(place), _) if place.full => window.set_fullscreen(true),
        _ => Ok(()),
    }
}

fn fill(window: &WebviewWindow, display: &Monitor) -> tauri::Result<()> {
    let at = display.position();
    window.set_fullscreen_on_monitor(PhysicalPosition::new(f64::from(at.x), f64::from(at.y)))
}

fn other_display<'a>(handle: &AppHandle, displays: &'a [Monitor]) -> Option<&'a Monitor> {
    let till = handle.get_webview_window(super::LABEL)?.current_monitor().ok().flatten()?;
    displays.iter().find(|display| display.position() != till.position())
}

/// Tells the customers' page everything, then every change.
#[tauri::command]
pub(super) fn watch(window: State<'_, Window>, told: Channel<Display>) {
    window.customers.watch(told);
}

/// The whole display, or a window again.
#[tauri::command]
pub(super) fn fill_screen(page: WebviewWindow) -> Result<(), Failed> {
    let filled = page.is_fullscreen().and_then(|full| page.set_fullscreen(!full));
    filled.map_err(|error| {
        tracing::warn!(%error, "the customers' window does not fill its display");
        Failed::new("internal")
    })
}

/// What the merchant shows a customer's phone; none: nothing any more.
#[tauri::command]
pub(super) fn show_join(window: State<'_, Window>, join: Option<Join>) {
    window.customers.join(join);
}
