//! Commands that take a file's bytes from the page; what goes with them stands in the call's headers.

use tauri::State;
use tauri::ipc::{InvokeBody, Request};
use uuid::Uuid;

use super::Window;
use crate::wire::{Failed, Imported};

/// The server's own limit for a file of customers, in bytes.
const IMPORT_LIMIT: usize = 32 << 20;

/// Brings customers in from a CSV file, or says what that would do.
#[tauri::command]
pub(super) async fn import_customers(window: State<'_, Window>, request: Request<'_>) -> Result<Imported, Failed> {
    let InvokeBody::Raw(bytes) = request.body() else { return Err(Failed::new("malformed")) };
    if bytes.len() > IMPORT_LIMIT {
        return Err(Failed::new("too_large"));
    }
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let id: Uuid = header("import-id").and_then(|id| id.parse().ok()).ok_or(Failed::new("malformed"))?;
    let dry_run = header("import-dry-run") == Some("true");
    window.desk()?.import(id, bytes.clone(), dry_run).await
}
