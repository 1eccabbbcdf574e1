//! Commands of backups: where and how often they are made, and the way back from one.

use jiff::Timestamp;
use tauri::{AppHandle, State};

use super::Window;
use super::first::failed;
use crate::backups::Backups;
use crate::way_back::Named;
use crate::wire::{BackupHolds, BackupPlan, Failed};

/// What a backup holds; nothing is changed.
#[tauri::command]
pub(super) async fn look_at_backup(
    window: State<'_, Window>,
    file: String,
    passphrase: String,
) -> Result<BackupHolds, Failed> {
    let named = Named::parse(&file, &passphrase).map_err(Failed::new)?;
    named.look(&window.opened.folder()?).await.map_err(Failed::new)
}

/// Its books in the place of those that are there, which are put aside. No shop is open afterwards, and the page asks which;
/// where nothing came of it, the one that was open is opened anew.
#[tauri::command]
pub(super) async fn restore(
    window: State<'_, Window>,
    handle: AppHandle,
    file: String,
    passphrase: String,
    all_the_same: bool,
) -> Result<BackupHolds, Failed> {
    let named = Named::parse(&file, &passphrase).map_err(Failed::new)?;
    window.opened.settled(all_the_same).await?;
    window.opened.restore(&named, Timestamp::now(), &handle).await
}

/// Where and how often they are made from now on; the till opens anew.
#[tauri::command]
pub(super) async fn set_backups(window: State<'_, Window>, handle: AppHandle, plan: BackupPlan) -> Result<(), Failed> {
    let chosen = tauri::async_runtime::spawn_blocking(move || Backups::chosen(plan)).await;
    let chosen = chosen.map_err(|_| Failed::new("internal"))?.map_err(Failed::new)?;
    window.opened.again(|start| start.backups = chosen, &handle).await.map_err(|error| failed(&error))
}
