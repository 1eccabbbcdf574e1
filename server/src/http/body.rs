//! Request bodies, bounded in size and time; JSON with no unknown fields.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// The largest body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// The longest that a body may take to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A parsed body.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let bytes = whole(request, MAX_BODY, BODY_TIMEOUT).await?;
        parse(&bytes).map(Self).map_err(ApiError::Malformed)
    }
}

/// A whole body of at most `limit` bytes that arrives within a time.
pub async fn whole(request: Request, limit: usize, time: Duration) -> Result<Bytes, ApiError> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if declared.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > limit) {
        return Err(ApiError::TooLarge);
    }
    tokio::time::timeout(time, read(request.into_body(), limit))
        .await
        .map_err(|_| ApiError::Malformed("the body did not arrive in time".into()))?
}

/// Reads a body: one JSON object. serde would take a list of the fields' values for a struct, too.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err("the body is no JSON object".into());
    }
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

async fn read(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::TooLarge),
        Err(_) => Err(ApiError::Malformed("the body broke off".into())),
    }
}
