//! Commands about a server on another computer: a test of the way there, and pairing.

use tauri::State;
use tillbeam_server::pairing;

use super::opened::{Open, Opened};
use super::{Window, short};
use crate::reach;
use crate::wire::{Failed, ServerFound, local};

/// The server at an address, if all is well on the way there; without an address, the one that this till uses.
#[tauri::command]
pub(super) async fn test_server(
    window: State<'_, Window>,
    address: Option<String>,
    code: String,
) -> Result<ServerFound, Failed> {
    if let Some(address) = address {
        let code = if code.trim().is_empty() { None } else { Some(read(&code)?) };
        return reach::find(short(&address)?, code.as_ref()).await.map(|found| found.shown);
    }
    let Open { app, .. } = window.opened.get()?;
    let (remote, _) = window.opened.remote().ok_or(Failed::new("not_found"))?;
    app.desk.find_again(&remote).await
}

/// Pairs this till with a server, which it uses from the next opening on.
pub(super) async fn pair(opened: &Opened, address: &str, code: &str) -> Result<(), Failed> {
    let code = read(code)?;
    let found = reach::find(short(address)?, Some(&code)).await?;
    let (remote, token) = reach::pair(&found, &code, &opened.device()).await?;
    opened.pair(&remote, &token).await.map_err(|error| {
        tracing::error!(%error, "the pairing is not remembered");
        Failed::new(local::NOT_SAVED)
    })
}

fn read(code: &str) -> Result<pairing::Word, Failed> {
    pairing::Word::parse(code).ok_or(Failed::new(local::PAIRING_WRONG))
}
