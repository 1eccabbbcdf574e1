//! What pages of this server may load and run: the Content-Security-Policy.

use axum::http::HeaderValue;

/// Scripts and styles from files of this server alone.
const FILES: &str = "script-src 'self'; style-src 'self'";

/// For everything that is answered.
pub fn plain() -> HeaderValue {
    with(FILES).expect("a constant of visible ASCII")
}

/// For a page that has scripts and styles inside it; `within` are the directives with their hashes. `None` if these are no header.
pub fn with(within: &str) -> Option<HeaderValue> {
    let policy = format!(
        "default-src 'none'; {within}; img-src 'self' data: blob:; connect-src 'self' ws: wss:; manifest-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).ok()
}
