//! The merchant's window: thin commands, no rights but these, no other origin.
//!
//! The page talks to Rust alone. It may call what `build.rs` declares and `capabilities/till.json` lists; it is given
//! no camera, no file, no network (the camera is `scan`'s, the network is `link`'s).
#![expect(clippy::needless_pass_by_value, reason = "a Tauri command takes its arguments by value")]

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tauri::ipc::{Channel, InvokeBody, InvokeResponseBody, Request};
use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::{AppHandle, RunEvent, State, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::app::{App, OpenError};
use crate::ask::Ask;
use crate::desk::Desk;
use crate::options::TillOptions;
use crate::request::{About, Approval, Pin};
use crate::save;
use crate::scan::picture;
use crate::terminal::stop_signal;
use crate::wire::{Customer, Failed, Join, Language, NewCustomer, Person, Preset, Redemption, Saved, local};

use opened::{Open, Opened};

mod files;
mod first;
mod opened;
mod receipt;
mod server;

/// As `capabilities/till.json` names it.
const LABEL: &str = "till";
const PAGE: &str = "merchant.html";
/// At start, and at least.
const SIZE: (f64, f64) = (1280.0, 800.0);
const LEAST_SIZE: (f64, f64) = (900.0, 600.0);
/// The longest texts that a person types.
const TEXT_LIMIT: usize = 200;

/// What the commands reach.
struct Window {
    opened: Arc<Opened>,
    /// Why the till could not be opened when the program was started.
    failed: Option<&'static str>,
    begun: Instant,
}

impl Window {
    fn desk(&self) -> Result<Desk, Failed> {
        Ok(self.opened.get()?.app.desk.clone())
    }
}

/// Whether there is a display that a window can open on. Call it on the main thread.
pub fn has_display() -> bool {
    #[cfg(target_os = "linux")]
    return gtk::init().is_ok();
    #[cfg(not(target_os = "linux"))]
    true
}

/// Opens the window and runs until it is closed, SIGTERM, or the server's end; then stops everything. Without a till
/// the page asks which shop to open, and says why none could be.
pub fn run(app: Result<Option<App>, OpenError>, options: TillOptions, runtime: Runtime) -> anyhow::Result<()> {
    let begun = Instant::now();
    tauri::async_runtime::set(runtime.handle().clone());
    let opened = Arc::new(Opened::new(options));
    let failed = app.as_ref().err().map(first::code_of);
    let first = app.ok().flatten().map(Open::new).transpose()?;
    let (window, closing) = (Window { opened: Arc::clone(&opened), failed, begun }, Arc::clone(&opened));
    let built = tauri::Builder::default()
        .manage(window)
        .invoke_handler(tauri::generate_handler![
            first::open,
            first::begin,
            first::leave,
            first::set_address,
            first::know_address,
            first::set_habits,
            server::test_server,
            receipt::set_receipts,
            receipt::print_receipt,
            preview,
            preview_drawn,
            set_preset,
            type_code,
            cancel,
            new_customer,
            find_customers,
            join,
            ask,
            save,
            move_value,
            again,
            unlock,
            lock,
            print,
            set_language,
            choose_camera,
            read_picture,
            files::import_customers,
            first_paint,
        ])
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .setup(move |app| {
            if let Some(first) = first {
                opened.show(first, app.handle());
            }
            show(app.handle())?;
            tauri::async_runtime::spawn(close_when_told(app.handle().clone()));
            Ok(())
        })
        .build(tauri::generate_context!())?;
    built.run(move |_, event| {
        if let RunEvent::Exit = event {
            runtime.block_on(closing.end());
        }
    });
    Ok(())
}

fn show(handle: &AppHandle) -> tauri::Result<()> {
    let builder = WebviewWindowBuilder::new(handle, LABEL, WebviewUrl::App(PAGE.into()))
        .title("Tillbeam")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST_SIZE.0, LEAST_SIZE.1)
        .disable_drag_drop_handler()
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny);
    reload_when_it_dies(&builder.build()?)
}

/// The page's own origin, by the system's name for it; with hot reload also the development server's.
fn is_own(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) | ("http" | "https", Some("tauri.localhost")) => true,
        ("http", Some("localhost")) => tauri::is_dev(),
        _ => false,
    }
}

/// The web process is the part that dies (of memory, of a driver); the till behind it lives and tells its state anew.
#[cfg(target_os = "linux")]
fn reload_when_it_dies(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt as _;
    window.with_webview(|view| {
        view.inner().connect_web_process_terminated(|view, reason| {
            tracing::error!(?reason, "the page's process ended; it is loaded again");
            view.reload();
        });
    })
}

/// Elsewhere the system's web view does so by itself or tells nobody.
#[cfg(not(target_os = "linux"))]
fn reload_when_it_dies(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

async fn close_when_told(handle: AppHandle) {
    stop_signal().await;
    handle.exit(0);
}

#[tauri::command]
fn preview(window: State<'_, Window>, frames: Channel<InvokeResponseBody>) -> Result<(), Failed> {
    let Open { pictures, .. } = window.opened.get()?;
    pictures.show(Box::new(move |bytes| frames.send(InvokeResponseBody::Raw(bytes)).is_ok()));
    Ok(())
}

#[tauri::command]
fn preview_drawn(window: State<'_, Window>, frame: u32) {
    if let Ok(Open { pictures, .. }) = window.opened.get() {
        pictures.drawn(frame);
    }
}

#[tauri::command]
async fn set_preset(window: State<'_, Window>, unit: String, amount: u64) -> Result<(), Failed> {
    window.desk()?.set_preset(Preset { unit, amount }).await
}

#[tauri::command]
async fn type_code(window: State<'_, Window>, code: String) -> Result<(), Failed> {
    window.desk()?.type_code(&code).await
}

#[tauri::command]
async fn cancel(window: State<'_, Window>, id: Uuid) -> Result<(), Failed> {
    window.desk()?.cancel(id).await
}

#[tauri::command]
async fn new_customer(
    window: State<'_, Window>,
    person: Person,
    unit: String,
    amount: u64,
) -> Result<NewCustomer, Failed> {
    short(&person.name)?;
    short(person.phone.as_deref().unwrap_or_default())?;
    window.desk()?.new_customer(&person, Preset { unit, amount }).await
}

#[tauri::command]
async fn ask(window: State<'_, Window>, ask: Ask) -> Result<Value, Failed> {
    let answer = window.desk()?.ask(ask).await?;
    if answer.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&answer).map_err(|_| Failed::new("internal"))
}

#[tauri::command]
async fn save(window: State<'_, Window>, ask: Ask, name: String) -> Result<Saved, Failed> {
    let answer = window.desk()?.file(ask).await?;
    save::write(&name, &answer)
        .inspect_err(|error| tracing::warn!(%error, "a file could not be saved"))
        .map_err(|_| Failed::new(local::NOT_SAVED))
}

#[tauri::command]
async fn move_value(
    window: State<'_, Window>,
    about: About,
    unit: String,
    amount: u64,
    approval: Option<Approval>,
) -> Result<Redemption, Failed> {
    window.desk()?.move_value(about, Preset { unit, amount }, approval).await
}

#[tauri::command]
async fn again(window: State<'_, Window>, pin: Option<Pin>, approval: Option<Approval>) -> Result<(), Failed> {
    window.desk()?.again(pin, approval).await
}

#[tauri::command]
async fn unlock(window: State<'_, Window>, operator: u64, pin: Pin) -> Result<(), Failed> {
    window.desk()?.unlock(operator, &pin).await
}

#[tauri::command]
async fn lock(window: State<'_, Window>) -> Result<(), Failed> {
    window.desk()?.lock().await
}

#[tauri::command]
fn print(page: WebviewWindow) -> Result<(), Failed> {
    page.print().map_err(|error| {
        tracing::warn!(%error, "the page cannot be printed");
        Failed::new("internal")
    })
}

#[tauri::command]
async fn find_customers(window: State<'_, Window>, query: String) -> Result<Vec<Customer>, Failed> {
    window.desk()?.find_customers(short(&query)?).await
}

#[tauri::command]
async fn join(window: State<'_, Window>, customer: u64) -> Result<Join, Failed> {
    window.desk()?.join(customer).await
}

#[tauri::command]
async fn set_language(window: State<'_, Window>, language: Language) -> Result<(), Failed> {
    window.desk()?.set_language(language).await;
    Ok(())
}

#[tauri::command]
async fn read_picture(window: State<'_, Window>, request: Request<'_>) -> Result<(), Failed> {
    let InvokeBody::Raw(bytes) = request.body() else { return Err(Failed::new("malformed")) };
    let bytes = bytes.clone();
    let looked = tokio::task::spawn_blocking(move || picture::code_in(&bytes)).await;
    window.desk()?.take(looked.map_err(|_| Failed::new("internal"))??).await
}

#[tauri::command]
fn choose_camera(window: State<'_, Window>, id: String) -> Result<(), Failed> {
    window.opened.get()?.app.choice.choose(short(&id)?);
    Ok(())
}

#[tauri::command]
fn first_paint(window: State<'_, Window>) {
    tracing::info!(ms = window.begun.elapsed().as_millis(), "the page is painted");
}

fn short(text: &str) -> Result<&str, Failed> {
    if text.len() <= TEXT_LIMIT { Ok(text.trim()) } else { Err(Failed::new("malformed")) }
}
