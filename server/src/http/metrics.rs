//! `/metrics`: what is counted, and what is looked up when somebody asks.

use std::path::Path;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::App;
use super::error::ApiError;
use crate::data::DATABASE;
use crate::metrics::Text;
use crate::store::phone;
use crate::writer;

/// The media type of the text.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Milliseconds in a second.
const MS: f64 = 1e3;

/// The one call, beside the others.
pub fn route() -> Router<App> {
    Router::new().route("/metrics", get(show))
}

/// The one call, for an address of its own.
pub fn router(app: App) -> Router {
    route().with_state(app)
}

async fn show(State(app): State<App>) -> Result<impl IntoResponse, ApiError> {
    let mut text = Text::default();
    app.metrics.write(&mut text);
    text.family("tillbeam_build_info", "gauge", "The version of this server.");
    text.value(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    let healthy = u8::from(app.health.writing().wrong().is_none());
    text.single("tillbeam_store_writable", "gauge", "Whether the last commit was written.", healthy);
    queues(&app, &mut text);
    unseen(&app, &mut text).await?;
    files(&app.data, &mut text);
    process(&mut text);
    Ok(([(header::CONTENT_TYPE, TEXT)], text.into_string()))
}

fn queues(app: &App, text: &mut Text) {
    let waiting = app.writer.waiting();
    text.single("tillbeam_writer_queue_jobs", "gauge", "Requests and acks that wait for a commit.", waiting);
    let most = writer::QUEUE;
    text.single("tillbeam_writer_queue_limit_jobs", "gauge", "Beyond this many a terminal comes again.", most);
    let listening = app.hub.listening();
    text.family("tillbeam_sockets_open", "gauge", "Who listens: phones with a socket or stream, polls, terminals.");
    for (kind, open) in [("phone", listening.phones), ("poll", listening.polls), ("terminal", listening.terminals)] {
        text.value(&[("kind", kind)], open);
    }
    text.family("tillbeam_customers_online", "gauge", "Open sockets and streams of customers, by shop.");
    for (shop, online) in listening.online {
        text.value(&[("shop", &shop.to_string())], online);
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a life are exact")]
async fn unseen(app: &App, text: &mut Text) -> Result<(), ApiError> {
    let oldest = phone::oldest_unseen(&mut *app.store.read().await?).await?;
    let age_s = oldest.map_or(0.0, |at| ((app.clock)() - at).max(0) as f64 / MS);
    let help = "Age of the oldest event that no phone of its customer has shown, of each shop's last events.";
    text.single("tillbeam_oldest_unseen_seconds", "gauge", help, age_s);
    Ok(())
}

fn files(data: &Path, text: &mut Text) {
    let bytes = |suffix: &str| std::fs::metadata(data.join(format!("{DATABASE}{suffix}"))).map_or(0, |file| file.len());
    text.single("tillbeam_database_bytes", "gauge", "The database file.", bytes(""));
    text.single("tillbeam_wal_bytes", "gauge", "The log that is not yet folded into it.", bytes("-wal"));
}

/// What Linux says of this process, under the names that Prometheus' own libraries use.
fn process(text: &mut Text) {
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        text.single("process_open_fds", "gauge", "Open files and sockets.", files.count());
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    if let Some(kib) = kib.and_then(|kib| kib.trim().parse::<u64>().ok()) {
        text.single("process_resident_memory_bytes", "gauge", "Memory.", kib * 1024);
    }
}
