//! PINs on their way in: made and compared on threads for blocking work, a few at once.
//!
//! One comparison takes 19 MiB and some tens of milliseconds, on purpose; without a limit a flood of them would
//! take the machine. Each terminal, and then each shop, stands in the row with one at a time, so that a flood of one
//! makes the others wait for one of its PINs at most.

use std::time::Duration;

use tokio::time::timeout;

use super::App;
use super::error::ApiError;
use crate::master::random;
use crate::pin::{Kept, Pin};
use crate::store;
use crate::store::terminal::TerminalRow;

/// PINs that are made or compared at the same time.
pub const AT_ONCE: usize = 2;
/// The longest that one waits for its turn.
pub const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// A PIN of a body.
pub fn parse(text: &str) -> Result<Pin, ApiError> {
    Pin::parse(text).ok_or_else(|| ApiError::Malformed("a PIN has 4 to 12 digits".into()))
}

/// What is kept of a new PIN.
pub async fn keep(app: &App, by: &TerminalRow, pin: Pin) -> Result<Kept, ApiError> {
    let generation = app.master.current();
    let key = app.master.pin_key(generation).ok_or(store::Error::Inconsistent("no current master key"))?;
    let hash = slowly(app, by, move || pin.hash(&key, &random())).await?;
    Ok(Kept { hash, generation })
}

/// Whether a PIN is the one that was kept.
pub async fn is(app: &App, by: &TerminalRow, pin: Pin, kept: Kept) -> Result<bool, ApiError> {
    let key = app.master.pin_key(kept.generation);
    let key = key.ok_or(store::Error::Inconsistent("a PIN of a lost master key"))?;
    slowly(app, by, move || pin.is(&key, &kept.hash)).await
}

async fn slowly<T: Send + 'static>(
    app: &App,
    by: &TerminalRow,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let turn = async {
        let own = app.costly.pin_terminals.take(by.terminal_id).await?;
        Some((app.costly.pins.take(by.shop_id).await?, own))
    };
    let turn = timeout(TURN_TIMEOUT, turn).await.ok().flatten().ok_or(ApiError::Busy)?;
    // The turn ends with the work, also when the caller hung up meanwhile.
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(|_| ApiError::Busy)
}
