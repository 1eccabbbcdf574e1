//! Commands about this computer: opening at login, the customers' window.

use tauri::{AppHandle, Manager as _, State};

use super::{Window, customers};
use crate::wire::{Computer, Failed};

/// How it is now.
#[tauri::command]
pub(super) async fn computer(window: State<'_, Window>, handle: AppHandle) -> Result<Computer, Failed> {
    Ok(now(&window, &handle))
}

fn now(window: &Window, handle: &AppHandle) -> Computer {
    let displays = handle.available_monitors().map_or(1, |displays| displays.len());
    Computer {
        autostart: window.autostart.as_ref().map(crate::autostart::Autostart::is_on),
        customers: handle.get_webview_window(customers::LABEL).is_some(),
        displays: u32::try_from(displays).unwrap_or(1),
        backups: window.opened.backups(),
    }
}

/// Opens the till at login, or not.
#[tauri::command]
pub(super) async fn set_autostart(window: State<'_, Window>, handle: AppHandle, on: bool) -> Result<Computer, Failed> {
    if let Some(autostart) = &window.autostart {
        autostart.set(on).map_err(|error| {
            tracing::warn!(%error, "opening at login cannot be set");
            Failed::new(crate::wire::local::NOT_SAVED)
        })?;
    }
    Ok(now(&window, &handle))
}

/// Opens or closes the customers' window, now and at the next start.
#[tauri::command]
pub(super) async fn set_customers(
    window: State<'_, Window>,
    handle: AppHandle,
    open: bool,
) -> Result<Computer, Failed> {
    window.places.set_customers(open);
    let done = match handle.get_webview_window(customers::LABEL) {
        Some(page) if !open => page.destroy(),
        None if open => customers::open(&handle, &window.places),
        Some(_) | None => Ok(()),
    };
    done.map_err(|error| {
        tracing::warn!(%error, "the customers' window cannot be opened or closed");
        Failed::new("internal")
    })?;
    let mut now = now(&window, &handle);
    // A window that is told to go is there for a moment more.
    now.customers = open;
    Ok(now)
}
