//! Request bodies, bounded in size and time; JSON with no unknown fields.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::App;
use super::error::ApiError;
use crate::metrics::Limit;

/// The largest body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// How long a body may go on arriving while the server stops.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// A parsed body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let bytes = whole(app, request, MAX_BODY, app.meter.limits.body_time).await?;
        parse(&bytes).map(Self).map_err(ApiError::Malformed)
    }
}

/// Reads a body: one JSON object. serde would take a list of the fields' values for a struct, too.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err("the body is no JSON object".into());
    }
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// A body of at most `max` bytes, if it arrives in `time`.
pub async fn whole(app: &App, request: Request, max: usize, time: Duration) -> Result<Bytes, ApiError> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if declared.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > max) {
        app.metrics.limited(Limit::BodySize);
        return Err(ApiError::TooLarge);
    }
    let body = tokio::select! {
        body = read(request.into_body(), max) => body,
        () = tokio::time::sleep(time) => {
            app.metrics.limited(Limit::BodyTime);
            Err(ApiError::Malformed("the body did not arrive in time".into()))
        }
        () = stopping(app) => Err(ApiError::Busy),
    };
    if let Err(ApiError::TooLarge) = body {
        app.metrics.limited(Limit::BodySize);
    }
    body
}

/// A server that stops waits for a body only this long.
async fn stopping(app: &App) {
    app.shutdown.cancelled().await;
    tokio::time::sleep(STOP_GRACE).await;
}

async fn read(body: Body, max: usize) -> Result<Bytes, ApiError> {
    match Limited::new(body, max).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::TooLarge),
        Err(_) => Err(ApiError::Malformed("the body broke off".into())),
    }
}
