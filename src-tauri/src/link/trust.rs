//! Whom the line trusts: the server's own authority alone, or the well-known ones. TLS by rustls on ring.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::{LinkError, Trust};

/// A client that believes whom it is told to.
pub(crate) fn client_config(trust: &Trust) -> Result<Arc<ClientConfig>, LinkError> {
    let wrong = |error: &dyn std::fmt::Display| LinkError::Certificate(error.to_string());
    let mut roots = RootCertStore::empty();
    if let Trust::Also(pem) | Trust::Only(pem) = trust {
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        }
        if roots.is_empty() {
            return Err(LinkError::Certificate("it holds none".to_owned()));
        }
    }
    if let Trust::Pinned(der) = trust {
        roots.add(CertificateDer::from(der.as_slice())).map_err(|error| wrong(&error))?;
    }
    if let Trust::Also(_) | Trust::WellKnown = trust {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_is_no_authority() {
        for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            for trust in [Trust::Only(pem.to_owned()), Trust::Also(pem.to_owned())] {
                assert!(matches!(client_config(&trust), Err(LinkError::Certificate(_))), "{pem}");
            }
        }
        assert!(matches!(client_config(&Trust::Pinned(b"hello".to_vec())), Err(LinkError::Certificate(_))));
        assert!(client_config(&Trust::WellKnown).is_ok());
    }
}
