//! The customer's page and its files, out of this program itself.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::error::ApiError;
use super::policy;

/// The built pages; a debug build reads them from the disk.
#[derive(RustEmbed)]
#[folder = "../ui/dist"]
struct Pages;

const START: &str = "customer.html";
/// The same in parts, for the page's service worker.
const KEPT: &str = "kept.html";
/// Which scripts and styles may run in both, by their hashes: they are inside.
const START_POLICY: &str = "customer.csp";
/// Files whose names change with their content.
const HASHED: &str = "assets/";
/// Bytes of a file's SHA-256 that name its version.
const TAG_BYTES: usize = 16;

/// Files that the build packed beside the plain ones: the ending, and what it is called in HTTP. The smallest first.
const PACKED: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];

/// Anything that is no call: the page at `/`, or one of its files.
pub async fn get(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return ApiError::NotFound.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let name = match path {
        "" => START,
        "trust" => "trust.html",
        other => other,
    };
    // The window's own pages belong to it; it has a copy of them.
    let hidden = matches!(name, "merchant.html" | "display.html" | START_POLICY)
        || PACKED.iter().any(|(ending, _)| name.ends_with(ending));
    let Some(file) = Pages::get(name).filter(|_| !hidden) else {
        return if name == START { missing() } else { ApiError::NotFound.into_response() };
    };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..TAG_BYTES]));
    let cache = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [
        // Also where the browser has the page: it takes these headers for those it kept.
        (header::CONTENT_SECURITY_POLICY, if matches!(name, START | KEPT) { start_policy() } else { policy::plain() }),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ETAG, HeaderValue::try_from(&tag).expect("hexadecimal digits in quotes are ASCII")),
    ];
    if asks_for(&headers, header::IF_NONE_MATCH, &tag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = HeaderValue::from_str(mimetype(name, file.metadata.mimetype()));
    let kind = (header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    match packed(name, &headers) {
        Some((data, encoding)) => {
            let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            (common, [kind, encoding], data).into_response()
        }
        None => (common, [kind], file.data).into_response(),
    }
}

/// Lets run what is inside the page, and nothing else.
fn start_policy() -> HeaderValue {
    let within = Pages::get(START_POLICY).and_then(|file| policy::with(std::str::from_utf8(&file.data).ok()?));
    within.unwrap_or_else(policy::plain)
}

/// The file as the build packed it, if there is one that the browser unpacks.
fn packed(name: &str, headers: &HeaderMap) -> Option<(Cow<'static, [u8]>, &'static str)> {
    PACKED.into_iter().find_map(|(ending, encoding)| {
        let wanted = asks_for(headers, header::ACCEPT_ENCODING, encoding);
        Some((wanted.then(|| Pages::get(&format!("{name}{ending}")))??.data, encoding))
    })
}

/// Whether a header's list has an item; its weight is looked at only for what is refused.
fn asks_for(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|item| {
        let (item, weight) = item.split_once(';').unwrap_or((item, ""));
        item.trim() == wanted && weight.replace(' ', "") != "q=0"
    })
}

/// The list of the library lacks what browsers want to read of an app that is installed.
fn mimetype<'a>(name: &str, known: &'a str) -> &'a str {
    if name.ends_with(".webmanifest") { "application/manifest+json" } else { known }
}

fn missing() -> Response {
    let text = "The customer's page is not built into this server. In the project's folder, run: cargo xtask build";
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}
