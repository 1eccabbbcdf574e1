//! The customer's page and its files, out of this program itself.

use axum::http::{HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::error::ApiError;

/// The built pages; a debug build reads them from the disk.
#[derive(RustEmbed)]
#[folder = "../ui/dist"]
struct Pages;

const START: &str = "customer.html";
/// Files whose names change with their content.
const HASHED: &str = "assets/";

/// Anything that is no call: the page at `/`, or one of its files.
pub async fn get(method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return ApiError::NotFound.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let name = if path.is_empty() { START } else { path };
    // The merchant's page belongs to the window, which has a copy of its own.
    let Some(file) = Pages::get(name).filter(|_| name != "merchant.html") else {
        return if name == START { missing() } else { ApiError::NotFound.into_response() };
    };
    let kind = HeaderValue::from_str(file.metadata.mimetype());
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let cache = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, HeaderValue::from_static(cache))], file.data)
        .into_response()
}

fn missing() -> Response {
    let text = "The customer's page is not built into this server. In the project's folder, run: cargo xtask build";
    (axum::http::StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}
