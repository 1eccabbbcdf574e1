//! The owner's certificate: two files, shown to everybody but the window, and looked at before they are.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::{ServerName, UnixTime};

use super::own::OwnCa;
use super::{LOCAL_NAME, TlsError, read_chain, read_key};

/// How long before its end a certificate should be renewed.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The owner's certificate, and the own CA's for the window.
#[derive(Debug)]
pub(super) struct Given {
    given: SingleCertAndKey,
    own: OwnCa,
}

impl Given {
    pub(super) fn open(cert: &Path, key: &Path, own: OwnCa, provider: &CryptoProvider) -> Result<Self, TlsError> {
        let given = CertifiedKey::from_der(read_chain(cert)?, read_key(key)?, provider)?.into();
        Ok(Self { given, own })
    }
}

impl ResolvesServerCert for Given {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.server_name() == Some(LOCAL_NAME) { self.own.resolve(hello) } else { self.given.resolve(hello) }
    }
}

/// What phones find in a certificate that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Nothing to complain about.
    Good,
    /// It ends within two weeks.
    EndsSoon,
    /// No public authority vouches for it: a CA of the owner's, or the file lacks the rest of the chain.
    NotVouched,
}

/// Why phones would refuse a certificate.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// The files are no certificate and key.
    #[error(transparent)]
    Files(#[from] TlsError),
    /// The key is another certificate's.
    #[error("the key is not the one of the certificate")]
    OtherKey,
    /// It has ended.
    #[error("the certificate has ended")]
    Ended,
    /// It does not count yet; a clock may be wrong.
    #[error("the certificate does not count yet")]
    NotYet,
    /// It is for other names.
    #[error("the certificate is not for {host}")]
    OtherName {
        /// The one that phones use.
        host: String,
    },
}

/// Looks at two files as a phone would that comes to `host` at `now`.
///
/// # Errors
/// [`Unfit`], in the order in which an owner mends it.
pub fn look(cert: &Path, key: &Path, host: &str, now: Timestamp) -> Result<Worth, Unfit> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = read_chain(cert)?;
    match CertifiedKey::from_der(chain.clone(), read_key(key)?, &provider) {
        Ok(_) => {}
        Err(Error::InconsistentKeys(_)) => return Err(Unfit::OtherKey),
        Err(error) => return Err(TlsError::from(error).into()),
    }
    let (first, rest) = chain.split_first().expect("a chain that was read has a certificate");
    let name = ServerName::try_from(host).map_err(|_| Unfit::OtherName { host: host.to_owned() })?;
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .expect("the roots are not empty");
    let verdict = |at: Timestamp| verifier.verify_server_cert(first, rest, &name, &[], unix(at));
    let now_found = verdict(now).err();
    if let Some(Error::InvalidCertificate(error)) = &now_found {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => return Err(Unfit::Ended),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => return Err(Unfit::NotYet),
            _ => {}
        }
    }
    // Of a chain that leads nowhere the verifier does not say whether the name is right.
    let parsed = ParsedCertificate::try_from(first).map_err(TlsError::from)?;
    rustls::client::verify_server_name(&parsed, &name).map_err(|_| Unfit::OtherName { host: host.to_owned() })?;
    let soon = verdict(now + SOON).err();
    Ok(match (now_found, soon) {
        (_, Some(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }))) => {
            Worth::EndsSoon
        }
        (Some(_), _) => Worth::NotVouched,
        (None, _) => Worth::Good,
    })
}

fn unix(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const HOST: &str = "pay.example.org";

    /// A certificate of its own from 2026 on, for a year.
    fn written(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let (cert_file, key_file) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        std::fs::write(&cert_file, params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        (cert_file, key_file)
    }

    #[test]
    fn a_certificate_is_seen_as_a_phone_would_see_it() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = written(folder.path(), "one");
        let (_, other_key) = written(folder.path(), "two");
        let at = |day: &str| format!("{day}T12:00:00Z").parse().unwrap();
        let seen = |host: &str, day: &str| look(&cert, &key, host, at(day));
        assert!(matches!(seen(HOST, "2026-06-01"), Ok(Worth::NotVouched)));
        assert!(matches!(seen(HOST, "2026-12-25"), Ok(Worth::EndsSoon)));
        assert!(matches!(seen(HOST, "2027-01-02"), Err(Unfit::Ended)));
        assert!(matches!(seen(HOST, "2025-12-31"), Err(Unfit::NotYet)));
        for host in ["example.org", "www.pay.example.org", "10.0.0.5", "till local"] {
            assert!(matches!(seen(host, "2026-06-01"), Err(Unfit::OtherName { .. })), "{host}");
        }
        let june = at("2026-06-01");
        assert!(matches!(look(&cert, &other_key, HOST, june), Err(Unfit::OtherKey)));
        assert!(matches!(look(&key, &cert, HOST, june), Err(Unfit::Files(_))));
        assert!(matches!(look(&folder.path().join("none.pem"), &key, HOST, june), Err(Unfit::Files(_))));
        std::fs::write(&cert, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(look(&cert, &key, HOST, june), Err(Unfit::Files(_))));
    }
}
