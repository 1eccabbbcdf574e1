//! Which fault an HTTP client's error is, found in what caused it.

use std::error::Error;
use std::io;

use rustls::{CertificateError, Error as TlsError, InvalidMessage};

use crate::wire::local;

/// The code of [`local`] for an error.
pub(super) fn of(error: &reqwest::Error) -> &'static str {
    if let Some(tls) = tls_of(error) {
        return of_tls(tls);
    }
    if error.is_timeout() { local::UNREACHABLE } else { local::NOT_TILLBEAM }
}

fn of_tls(error: &TlsError) -> &'static str {
    match error {
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => local::CERTIFICATE_NAME,
        TlsError::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => local::CERTIFICATE_TIME,
        TlsError::InvalidCertificate(_) => local::CERTIFICATE_UNKNOWN,
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => local::PLAIN_HTTP,
        _ => local::NOT_TILLBEAM,
    }
}

/// The first error of TLS in the chain of causes; an I/O error keeps it inside, where `source` does not look.
fn tls_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TlsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<TlsError>() {
            return Some(tls);
        }
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
            && let Some(tls) = tls_of(inner)
        {
            return Some(tls);
        }
        next = error.source();
    }
    None
}
