//! The server's own CA for devices that are to trust it: its certificate, and the same as a profile for iPhones and iPads.
//!
//! Also by plain http on a port that speaks TLS otherwise (see [`is_plain`]): a device that does not trust the CA yet
//! has no other way to it. Both are public by nature; what is trusted is the fingerprint that the owner compares.

use std::path::Path;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::App;
use super::error::ApiError;
use crate::tls::{self, CA_FILE};

/// The page with the steps and the check.
pub const PAGE: &str = "/trust";
/// The certificate, as DER.
pub const CERTIFICATE: &str = "/ca.crt";
/// The profile.
pub const PROFILE: &str = "/ca.mobileconfig";

/// Whether a path is answered by plain http, too.
pub fn is_plain(path: &str) -> bool {
    [PAGE, CERTIFICATE, PROFILE, "/icon-192.png"].contains(&path) || path.starts_with("/assets/")
}

/// `GET /ca.crt`; its tag is the certificate's SHA-256, which the page shows.
pub async fn certificate(State(app): State<App>) -> Result<Response, ApiError> {
    let der = der(&app).await?;
    let tag = format!("\"{}\"", app.ca_sha256.as_deref().unwrap_or_default());
    Ok(([(header::CONTENT_TYPE, "application/x-x509-ca-cert"), (header::ETAG, tag.as_str())], der).into_response())
}

/// `GET /ca.mobileconfig`
pub async fn profile(State(app): State<App>) -> Result<Response, ApiError> {
    let profile = profile_of(&der(&app).await?);
    Ok(([(header::CONTENT_TYPE, "application/x-apple-aspen-config")], profile).into_response())
}

async fn der(app: &App) -> Result<Vec<u8>, ApiError> {
    if app.ca_sha256.is_none() {
        return Err(ApiError::NotFound);
    }
    let path: &Path = &app.data.join(CA_FILE);
    let pem = tokio::fs::read_to_string(path).await.ok();
    pem.and_then(|pem| tls::der(&pem)).ok_or(ApiError::NotFound)
}

/// Apple's configuration profile with one root certificate; the same certificate makes the same profile, so that a
/// second one takes the place of the first.
fn profile_of(der: &[u8]) -> String {
    let hash = Sha256::digest(der);
    let uuid = |from: usize| {
        let bytes: [u8; 16] = hash[from..from + 16].try_into().expect("a SHA-256 has 32 bytes");
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    };
    let (whole, root): (Uuid, Uuid) = (uuid(0), uuid(16));
    let data = STANDARD.encode(der);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadCertificateFileName</key><string>tillbeam-ca.cer</string>
      <key>PayloadContent</key><data>{data}</data>
      <key>PayloadDisplayName</key><string>Tillbeam shop CA</string>
      <key>PayloadIdentifier</key><string>tillbeam.ca.{root}</string>
      <key>PayloadType</key><string>com.apple.security.root</string>
      <key>PayloadUUID</key><string>{root}</string>
      <key>PayloadVersion</key><integer>1</integer>
    </dict>
  </array>
  <key>PayloadDescription</key><string>Lets this device reach the shop's Tillbeam server by https.</string>
  <key>PayloadDisplayName</key><string>Tillbeam shop CA</string>
  <key>PayloadIdentifier</key><string>tillbeam.{root}</string>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadUUID</key><string>{whole}</string>
  <key>PayloadVersion</key><integer>1</integer>
</dict>
</plist>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_the_certificate_and_is_always_the_same() {
        let profile = profile_of(b"certificate");
        assert_eq!(profile, profile_of(b"certificate"));
        let identifiers = |profile: &str| -> Vec<String> {
            let of = profile.split("<key>PayloadIdentifier</key>").skip(1);
            of.map(|rest| rest.lines().next().unwrap_or_default().to_owned()).collect()
        };
        // An iPhone replaces a profile by another with its identifier: one shop's must not push out another's.
        let (ours, theirs) = (identifiers(&profile), identifiers(&profile_of(b"another")));
        assert_eq!(ours.len(), 2);
        assert!(ours.iter().all(|identifier| !theirs.contains(identifier)));
        let data = profile.split("<data>").nth(1).unwrap().split("</data>").next().unwrap();
        assert_eq!(STANDARD.decode(data).unwrap(), b"certificate");
    }

    #[test]
    fn only_what_it_takes_to_trust_comes_by_plain_http() {
        for path in ["/trust", "/ca.crt", "/ca.mobileconfig", "/assets/trust-1.js"] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["/", "/ws", "/api/v1/me", "/trust/x", "/assets", "/customer.html", "/healthz"] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
