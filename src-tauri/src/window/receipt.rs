//! Commands about receipts: what was chosen, and printing one.

use tauri::State;
use tauri::ipc::{InvokeBody, Request};

use super::Window;
use crate::printer::{self, Job};
use crate::receipts;
use crate::wire::{Failed, Receipts, TillEvent, local};

/// How this computer prints receipts from now on.
#[tauri::command]
pub(super) async fn set_receipts(window: State<'_, Window>, receipts: Receipts) -> Result<(), Failed> {
    if !receipts::is_named(&receipts.printer) {
        return Err(Failed::new("malformed"));
    }
    let folder = window.opened.folder()?;
    receipts::save(&receipts, &folder).map_err(|error| {
        tracing::warn!(%error, "how receipts are printed is not remembered");
        Failed::new(local::NOT_SAVED)
    })?;
    let told = TillEvent::Receipts { receipts, plugged_in: printer::plugged_in() };
    window.opened.get()?.app.screen.tell(&told);
    Ok(())
}

/// Prints what the page has drawn, on the printer that was chosen.
#[tauri::command]
pub(super) async fn print_receipt(window: State<'_, Window>, request: Request<'_>) -> Result<(), Failed> {
    let InvokeBody::Raw(bytes) = request.body() else { return Err(Failed::new("malformed")) };
    let job = Job::parse(bytes).ok_or(Failed::new("malformed"))?;
    let receipts = receipts::load(&window.opened.folder()?);
    printer::print(receipts.printer, job).await
}
