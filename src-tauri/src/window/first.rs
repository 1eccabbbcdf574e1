//! Commands of the start: which shop, which address, what this till is used to.

use jiff::Timestamp;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use tillbeam_server::data::DataError;
use tillbeam_server::{StartError, founding};
use uuid::Uuid;

use super::opened::Open;
use super::{Window, server};
use crate::app::OpenError;
use crate::embedded::EmbedError;
use crate::journal::JournalError;
use crate::request::Pin;
use crate::start::{self, Start};
use crate::way::look_up;
use crate::wire::{Address, Begin, Failed, FirstStart, Habits, NewCustomer, Person, Preset, TillEvent, Way, local};

/// Tells the till's state and every change; or, where none is open, what there is to choose.
#[tauri::command]
pub(super) async fn open(
    window: State<'_, Window>,
    handle: AppHandle,
    events: Channel<TillEvent>,
) -> Result<Option<FirstStart>, Failed> {
    let failed = window.opened.start(&handle).await;
    let Ok(Open { app, .. }) = window.opened.get() else {
        window.customers.leave();
        let failed = failed.map(str::to_owned);
        let remote = window.opened.remote().map(|(remote, _)| remote.shown());
        return Ok(Some(FirstStart { shops: window.opened.shops().await, remote, failed }));
    };
    // Whatever an earlier page had open is gone with it.
    app.desk.type_amount(false).await;
    app.screen.listen(Box::new(move |event| events.send(event.clone()).is_ok()));
    window.customers.follow(&app.screen);
    Ok(None)
}

/// Opens a shop; a new one with a first customer, whose join code the owner's own phone scans.
#[tauri::command]
pub(super) async fn begin(
    window: State<'_, Window>,
    handle: AppHandle,
    how: Begin,
    all_the_same: bool,
) -> Result<Option<NewCustomer>, Failed> {
    window.opened.settled(all_the_same).await?;
    let first = match &how {
        Begin::New(answers) => Some((answers.customer.clone(), answers.owner.as_ref().map(|owner| owner.pin.clone()))),
        Begin::Pair { address, code } => {
            server::pair(&window.opened, address, code).await?;
            None
        }
        Begin::Practice | Begin::Shop { .. } | Begin::Remote => None,
    };
    if let Begin::Pair { .. } | Begin::Remote = how {
        window.opened.connect(&handle).await.map_err(|error| failed(&error))?;
        return Ok(None);
    }
    let opening = start::opening(how).ok_or(Failed::new("malformed"))?;
    let open = window.opened.change(&opening, &handle).await.map_err(|error| failed(&error))?;
    let Some((name, pin)) = first else { return Ok(None) };
    match try_out(&open, name, pin).await {
        Ok(made) => Ok(Some(made)),
        Err(failed) => {
            tracing::warn!(code = failed.code, "the shop has no first customer");
            Ok(None)
        }
    }
}

async fn try_out(open: &Open, name: String, pin: Option<Pin>) -> Result<NewCustomer, Failed> {
    let desk = &open.app.desk;
    let owner = open.app.owner.and_then(|owner| u64::try_from(owner.0).ok());
    if let Some((owner, pin)) = owner.zip(pin) {
        desk.unlock(owner, &pin).await?;
    }
    let nothing = Preset { unit: String::new(), amount: 0 };
    desk.new_customer(Uuid::now_v7(), &Person { name, phone: None }, nothing).await
}

/// It is logged here, once.
pub(super) fn failed(error: &OpenError) -> Failed {
    tracing::error!(%error, "the till cannot be opened");
    Failed::new(code_of(error))
}

/// What the page says of it.
pub(super) fn code_of(error: &OpenError) -> &'static str {
    match error {
        OpenError::Embedded(EmbedError::Founding(founding::Error::Known)) => local::NAME_TAKEN,
        OpenError::Embedded(EmbedError::Founding(founding::Error::SellsNothing)) => "malformed",
        OpenError::Embedded(EmbedError::Start(StartError::Data(DataError::Locked { .. })))
        | OpenError::Journal(JournalError::AlreadyRunning(_)) => local::ALREADY_OPEN,
        OpenError::Journal(JournalError::Disk { .. }) | OpenError::Folder { .. } => local::JOURNAL_FAILED,
        OpenError::Token(_) => local::TOKEN_UNREADABLE,
        _ => local::NOT_OPENED,
    }
}

/// Closes the till; the page asks which shop to open.
#[tauri::command]
pub(super) async fn leave(window: State<'_, Window>, all_the_same: bool) -> Result<(), Failed> {
    window.opened.settled(all_the_same).await?;
    window.opened.leave().await;
    Ok(())
}

/// How phones come, and the address that they use; none: the computer's own. The till opens anew with it, or as it was
/// before if it cannot.
#[tauri::command]
pub(super) async fn set_address(
    window: State<'_, Window>,
    handle: AppHandle,
    url: Option<String>,
    way: Way,
) -> Result<(), Failed> {
    let chosen = match url {
        Some(text) => Some(start::phone_url(&text).ok_or(Failed::new(local::ADDRESS_WRONG))?),
        None => None,
    };
    way.check(chosen.as_deref(), Timestamp::now()).map_err(Failed::new)?;
    look_up(&way.public_names(chosen.as_deref())).await.map_err(Failed::new)?;
    let change = |start: &mut Start| {
        start.phone_url = chosen;
        start.known_url = None;
        start.way = way;
    };
    window.opened.again(change, &handle).await.map_err(|error| failed(&error))
}

/// Somebody saw that the computer's address is another one.
#[tauri::command]
pub(super) async fn know_address(window: State<'_, Window>) -> Result<(), Failed> {
    let Open { app, .. } = window.opened.get()?;
    let Some(phones_at) = app.phones_at.clone() else { return Ok(()) };
    let seen = Address { before: None, ..phones_at };
    window.opened.remember(|start| start.known_url = Some(seen.now.clone()));
    app.screen.tell(&TillEvent::Address(seen));
    Ok(())
}

#[tauri::command]
pub(super) async fn set_habits(window: State<'_, Window>, habits: Habits) -> Result<(), Failed> {
    window.opened.get()?.app.desk.set_habits(habits).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_disk_that_takes_nothing_is_said_to_be_that() {
        let full = || Error::from(ErrorKind::StorageFull);
        let journal = JournalError::Disk { path: "till".into(), error: full() };
        assert_eq!(code_of(&OpenError::Journal(journal)), "journal_failed");
        assert_eq!(code_of(&OpenError::Folder { path: "till".into(), error: full() }), "journal_failed");
        assert_eq!(code_of(&OpenError::Journal(JournalError::AlreadyRunning("till".into()))), "already_open");
        assert_eq!(code_of(&OpenError::NoData), "not_opened");
    }
}
