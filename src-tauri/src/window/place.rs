//! Where the windows were, remembered for each arrangement of displays, so that a till that is unplugged from its second
//! display and plugged in again finds both places. In `windows.json` in the till's folder; nothing depends on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, Monitor, WebviewWindow, WebviewWindowBuilder, Wry};

use crate::settings;

const FILE: &str = "windows.json";
/// A window that is being moved is written down when it rests.
const REST: Duration = Duration::from_millis(500);
/// So much of a window must be on a display, in logical pixels, for a hand to find it.
const VISIBLE: f64 = 120.0;

/// In logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    #[serde(default)]
    pub(super) maximised: bool,
    #[serde(default)]
    pub(super) full: bool,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Remembered {
    /// Whether the customers' window is to be open.
    #[serde(default)]
    customers: bool,
    /// By arrangement of displays, then by window.
    #[serde(default)]
    places: BTreeMap<String, BTreeMap<String, Place>>,
}

/// All of them.
pub(super) struct Places {
    file: Option<PathBuf>,
    remembered: Mutex<Remembered>,
    changes: AtomicU64,
}

impl Places {
    /// As the till's folder remembers them; without one they are of this run alone.
    pub(super) fn load(till: Option<&Path>) -> Arc<Self> {
        let file = till.map(|till| till.join(FILE));
        let remembered = file.as_deref().map(settings::read).unwrap_or_default();
        Arc::new(Self { file, remembered: Mutex::new(remembered), changes: AtomicU64::new(0) })
    }

    fn state(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the customers' window is to be open.
    pub(super) fn customers(&self) -> bool {
        self.state().customers
    }

    /// From now on, and at the next start.
    pub(super) fn set_customers(&self, open: bool) {
        self.state().customers = open;
        self.save();
    }

    /// Where this window was with these displays, if it would be seen there.
    pub(super) fn of(&self, label: &str, displays: &[Monitor]) -> Option<Place> {
        let place = *self.state().places.get(&arrangement(displays))?.get(label)?;
        displays.iter().any(|display| is_seen(place, area(display))).then_some(place)
    }

    /// This window was moved, or its size changed.
    pub(super) fn moved(self: &Arc<Self>, handle: &AppHandle, label: &str) {
        let (Some(window), Ok(displays)) = (handle.get_webview_window(label), handle.available_monitors()) else {
            return;
        };
        let key = arrangement(&displays);
        let before = self.state().places.get(&key).and_then(|places| places.get(label)).copied();
        let Some(place) = now(&window, before) else { return };
        if before == Some(place) {
            return;
        }
        self.state().places.entry(key).or_default().insert(label.to_owned(), place);
        let change = self.changes.fetch_add(1, Ordering::SeqCst) + 1;
        let this = Arc::clone(self);
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(REST).await;
            if this.changes.load(Ordering::SeqCst) == change {
                this.save();
            }
        });
    }

    /// Writes them down.
    pub(super) fn save(&self) {
        let (Some(file), remembered) = (&self.file, self.state().clone()) else { return };
        if let Err(error) = settings::write(file, &remembered) {
            tracing::warn!(%error, "the windows' places are not remembered");
        }
    }
}

/// A window that fills its display keeps the size that it has when it does not.
fn now(window: &WebviewWindow, before: Option<Place>) -> Option<Place> {
    if window.is_minimized().ok()? {
        return None;
    }
    let scale = window.scale_factor().ok()?;
    let at = window.outer_position().ok()?.to_logical::<f64>(scale);
    let size = window.inner_size().ok()?.to_logical::<f64>(scale);
    let (maximised, full) = (window.is_maximized().ok()?, window.is_fullscreen().ok()?);
    let here = Place { x: at.x, y: at.y, width: size.width, height: size.height, maximised, full };
    let fills = maximised || full;
    Some(match before {
        Some(before) if fills => Place { x: at.x, y: at.y, maximised, full, ..before },
        _ => here,
    })
}

/// Gives a window its place.
pub(super) fn at(
    builder: WebviewWindowBuilder<'_, Wry, AppHandle>,
    place: Option<Place>,
    least: (f64, f64),
) -> WebviewWindowBuilder<'_, Wry, AppHandle> {
    let Some(place) = place else { return builder };
    builder
        .position(place.x, place.y)
        .inner_size(place.width.max(least.0), place.height.max(least.1))
        .maximized(place.maximised)
}

fn arrangement(displays: &[Monitor]) -> String {
    let mut each: Vec<String> = displays
        .iter()
        .map(|display| {
            let (at, size) = (display.position(), display.size());
            let name = display.name().map_or("", String::as_str);
            format!("{name} {}x{}+{}+{}", size.width, size.height, at.x, at.y)
        })
        .collect();
    each.sort();
    each.join(", ")
}

/// Left, top, right and bottom in logical pixels.
type Area = (f64, f64, f64, f64);

pub(super) fn area(display: &Monitor) -> Area {
    let at = display.position().to_logical::<f64>(display.scale_factor());
    let size = display.size().to_logical::<f64>(display.scale_factor());
    (at.x, at.y, at.x + size.width, at.y + size.height)
}

/// Its title bar, or enough of it, is on the display.
fn is_seen(place: Place, (left, top, right, bottom): Area) -> bool {
    let across = (place.x + place.width).min(right) - place.x.max(left);
    across >= VISIBLE && place.y >= top && place.y + VISIBLE <= bottom
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISPLAY: Area = (0.0, 0.0, 1280.0, 800.0);

    fn place(x: f64, y: f64) -> Place {
        Place { x, y, width: 900.0, height: 600.0, maximised: false, full: false }
    }

    #[test]
    fn a_place_that_nobody_would_find_is_none() {
        assert!(is_seen(place(0.0, 0.0), DISPLAY) && is_seen(place(-700.0, 600.0), DISPLAY));
        assert!(!is_seen(place(1281.0, 0.0), DISPLAY), "on a display that is gone");
        assert!(!is_seen(place(-850.0, 0.0), DISPLAY));
        assert!(!is_seen(place(0.0, -30.0), DISPLAY), "its title bar is above");
        assert!(!is_seen(place(0.0, 750.0), DISPLAY));
    }

    #[test]
    fn what_was_saved_is_loaded_and_rubbish_is_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::load(Some(dir.path()));
        places.state().places.entry("one".to_owned()).or_default().insert("till".to_owned(), place(3.0, 4.0));
        places.set_customers(true);
        let again = Places::load(Some(dir.path()));
        assert_eq!(*again.state(), *places.state());
        std::fs::write(dir.path().join(FILE), "[").unwrap();
        assert!(!Places::load(Some(dir.path())).customers());
    }
}
