//! The merchant's window: thin commands, no rights but these, no other origin.
//!
//! A page talks to Rust alone. It may call what `build.rs` declares and its file in `capabilities/` lists; it is given
//! no camera, no file, no network (the camera is `scan`'s, the network is `link`'s). A release build that nobody asked
//! for tests refuses to be driven by another program.
#![expect(clippy::needless_pass_by_value, reason = "a Tauri command takes its arguments by value")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tauri::ipc::{Channel, Invoke, InvokeBody, InvokeResponseBody, Request};
use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::{
    AppHandle, Manager as _, RunEvent, State, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent, Wry,
};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::app::till_dir;
use crate::ask::Ask;
use crate::autostart::Autostart;
use crate::desk::Desk;
use crate::instance::Instance;
use crate::options::TillOptions;
use crate::request::{About, Approval, Pin};
use crate::save;
use crate::scan::picture;
use crate::terminal::stop_signal;
use crate::wire::{Customer, Failed, Join, Language, NewCustomer, Person, Preset, Redemption, Saved, local};

use customers::Customers;
use opened::{Open, Opened};
use place::Places;

mod computer;
mod customers;
mod files;
mod first;
mod opened;
mod place;
mod receipt;
mod restore;
mod server;
mod webview;

/// As `capabilities/till.json` names it.
const LABEL: &str = "till";
const PAGE: &str = "merchant.html";
/// At start, and at least.
const SIZE: (f64, f64) = (1280.0, 800.0);
const LEAST_SIZE: (f64, f64) = (900.0, 600.0);
/// The page asks for the till once it is painted, so that the two do not slow each other down. A page that does not come gets it
/// after so long all the same: phones need its server.
const PAGE_WAIT: Duration = Duration::from_secs(1);
/// What Tauri looks for.
const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";
/// The longest texts that a person types.
const TEXT_LIMIT: usize = 200;

/// What the commands reach.
struct Window {
    opened: Arc<Opened>,
    begun: Instant,
    /// What customers see.
    customers: Arc<Customers>,
    places: Arc<Places>,
    autostart: Option<Autostart>,
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

/// Tauri lets another program drive the window when the environment asks for it, also in a release build. Ours lets nobody
/// who did not ask when it was built: an attacker of the till's own account would still have to bring a program along.
pub fn refuse_automation() -> anyhow::Result<()> {
    let wished = std::env::var_os(AUTOMATION).is_some();
    if wished && !cfg!(any(debug_assertions, feature = "automation")) {
        anyhow::bail!(
            "this build is not driven by other programs: unset {AUTOMATION}, or build it with --features automation"
        );
    }
    Ok(())
}

/// Opens the window and, once it is painted, the till; runs until the window is closed, SIGTERM, or the server's end; then stops
/// everything. Without a till the page asks which shop to open, and says why none could be.
/// `instance` is the only one on its data directory; its window comes to the front when it is started again.
pub fn run(options: TillOptions, instance: &Instance, runtime: Runtime) -> anyhow::Result<()> {
    let begun = Instant::now();
    tauri::async_runtime::set(runtime.handle().clone());
    let places = Places::load(till_dir(&options).ok().as_deref());
    let autostart = Autostart::new(&options);
    let opened = Arc::new(Opened::new(options));
    let closing = (Arc::clone(&opened), Arc::clone(&places));
    let (customers, kept) = (Arc::default(), Arc::clone(&places));
    let window = Window { opened: Arc::clone(&opened), begun, customers, places, autostart };
    let built = tauri::Builder::default()
        .manage(window)
        .invoke_handler(commands())
        .on_window_event(move |window, event| on_window_event(window, event, &kept))
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .setup(move |app| {
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(PAGE_WAIT).await;
                opened.start(&handle).await
            });
            show(app.handle(), &app.state::<Window>().places)?;
            tauri::async_runtime::spawn(close_when_told(app.handle().clone()));
            Ok(())
        })
        .build(tauri::generate_context!())?;
    let handle = built.handle().clone();
    instance.on_another_start(move || to_front(&handle).is_ok());
    built.run(move |_, event| {
        if let RunEvent::Exit = event {
            let (opened, places) = &closing;
            places.save();
            runtime.block_on(opened.close());
        }
    });
    Ok(())
}

/// What a page may call, if its capability lists it, too.
fn commands() -> impl Fn(Invoke) -> bool {
    tauri::generate_handler![
        first::open,
        first::begin,
        first::leave,
        first::set_address,
        first::know_address,
        first::set_habits,
        server::test_server,
        restore::look_at_backup,
        restore::set_backups,
        restore::restore,
        receipt::set_receipts,
        receipt::print_receipt,
        preview,
        preview_drawn,
        set_preset,
        type_code,
        cancel,
        type_amount,
        dismiss,
        know_damage,
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
        computer::computer,
        computer::set_autostart,
        computer::set_customers,
        customers::show_join,
        customers::watch,
        customers::fill_screen,
    ]
}

fn show(handle: &AppHandle, places: &Places) -> tauri::Result<()> {
    let place = places.of(LABEL, &handle.available_monitors()?);
    let builder = WebviewWindowBuilder::new(handle, LABEL, WebviewUrl::App(PAGE.into()))
        .title("Tillbeam")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST_SIZE.0, LEAST_SIZE.1);
    let window = guarded(place::at(builder, place, LEAST_SIZE)).build()?;
    webview::draw_plainly(&window)?;
    webview::reload_when_it_dies(&window)
}

/// Its own pages, and no other window; what is dropped on it is the page's to read.
fn guarded(builder: WebviewWindowBuilder<'_, Wry, AppHandle>) -> WebviewWindowBuilder<'_, Wry, AppHandle> {
    builder.disable_drag_drop_handler().on_navigation(is_own).on_new_window(|_, _| NewWindowResponse::Deny)
}

/// The program was started once more.
fn to_front(handle: &AppHandle) -> tauri::Result<()> {
    let window = handle.get_webview_window(LABEL).ok_or(tauri::Error::WindowNotFound)?;
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

fn on_window_event(window: &tauri::Window, event: &WindowEvent, places: &Arc<Places>) {
    match event {
        WindowEvent::Moved(_) | WindowEvent::Resized(_) => places.moved(window.app_handle(), window.label()),
        // By hand; when the till closes it stays wanted.
        WindowEvent::CloseRequested { .. } if window.label() == customers::LABEL => places.set_customers(false),
        WindowEvent::Destroyed if window.label() == LABEL => window.app_handle().exit(0),
        _ => {}
    }
}

/// The page's own origin, by the system's name for it; with hot reload also the development server's.
fn is_own(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) | ("http" | "https", Some("tauri.localhost")) => true,
        ("http", Some("localhost")) => tauri::is_dev(),
        _ => false,
    }
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
async fn set_preset(window: State<'_, Window>, unit: String, amount: u64, choice: u64) -> Result<(), Failed> {
    window.desk()?.set_preset(Preset { unit, amount }, choice).await
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
async fn type_amount(window: State<'_, Window>, open: bool) -> Result<(), Failed> {
    window.desk()?.type_amount(open).await;
    Ok(())
}

#[tauri::command]
async fn dismiss(window: State<'_, Window>, ids: Vec<Uuid>) -> Result<(), Failed> {
    window.desk()?.dismiss(ids).await;
    Ok(())
}

#[tauri::command]
fn know_damage(window: State<'_, Window>) -> Result<(), Failed> {
    window.desk()?.know_damage();
    Ok(())
}

#[tauri::command]
async fn new_customer(
    window: State<'_, Window>,
    id: Uuid,
    person: Person,
    unit: String,
    amount: u64,
) -> Result<NewCustomer, Failed> {
    short(&person.name)?;
    short(person.phone.as_deref().unwrap_or_default())?;
    window.desk()?.new_customer(id, &person, Preset { unit, amount }).await
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
    id: Uuid,
    about: About,
    unit: String,
    amount: u64,
    approval: Option<Approval>,
) -> Result<Redemption, Failed> {
    window.desk()?.move_value(id, about, Preset { unit, amount }, approval).await
}

#[tauri::command]
async fn again(
    window: State<'_, Window>,
    of: Uuid,
    pin: Option<Pin>,
    approval: Option<Approval>,
) -> Result<(), Failed> {
    window.desk()?.again(of, pin, approval).await
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

/// What can wait until the till is seen comes now.
#[tauri::command]
async fn first_paint(window: State<'_, Window>, handle: AppHandle) -> Result<(), Failed> {
    tracing::info!(ms = window.begun.elapsed().as_millis(), "the page is painted");
    if window.places.customers() {
        customers::open(&handle, &window.places)
            .unwrap_or_else(|error| tracing::warn!(%error, "the customers' window cannot be opened"));
    }
    Ok(())
}

fn short(text: &str) -> Result<&str, Failed> {
    if text.len() <= TEXT_LIMIT { Ok(text.trim()) } else { Err(Failed::new("malformed")) }
}
