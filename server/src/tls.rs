//! TLS of the server's own: a CA made on demand, the owner's certificate, or one of a public authority.
//!
//! The CA lies in the data directory and lasts; [`own`] makes the server's certificate from it, [`given`]
//! looks at the owner's, [`acme`] orders those of an authority and renews them.

pub mod acme;
pub mod given;
mod machine;
mod own;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::{fs, io};

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};

use self::acme::{Acme, Authority, Orders};
use self::given::Given;
pub use self::machine::{lan_address, machine_name, machine_names};
pub use self::own::Names;
use self::own::OwnCa;

/// The CA's certificate in the data directory; to be trusted by the shop's devices.
pub const CA_FILE: &str = "ca.pem";
/// The CA's key in the data directory.
pub const CA_KEY_FILE: &str = "ca.key";

/// The name by which the window asks for the own CA's certificate, whatever else the server shows: it leads nowhere.
pub const LOCAL_NAME: &str = "till.localhost";

/// How phones and terminals reach the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tls {
    /// Plain HTTP: on the shop's own network, or behind a proxy.
    #[default]
    Off,
    /// The server's own CA.
    OwnCa,
    /// The owner's certificate chain and key, as PEM files.
    Files {
        /// The chain, the server's certificate first.
        cert: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// A public authority's certificate for a public name, and the server's own CA for everything else.
    Acme(Acme),
}

impl Tls {
    /// The same with an authority that was named beside it.
    #[must_use]
    pub fn by(self, authority: Authority) -> Self {
        match self {
            Self::Acme(Acme { names, authority: named }) => Self::Acme(Acme { names, authority: named.or(authority) }),
            Self::Off | Self::OwnCa | Self::Files { .. } => self,
        }
    }

    /// The names that an authority certifies.
    pub fn public_names(&self) -> &[String] {
        match self {
            Self::Acme(acme) => &acme.names,
            Self::Off | Self::OwnCa | Self::Files { .. } => &[],
        }
    }
}

impl FromStr for Tls {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "own-ca" => Ok(Self::OwnCa),
            other => match (other.strip_prefix("acme:"), other.split_once(',')) {
                (Some(names), _) => Acme::of_names(names).map(Self::Acme),
                (None, Some((cert, key))) => Ok(Self::Files { cert: cert.into(), key: key.into() }),
                (None, None) => {
                    Err("say `off`, `own-ca`, `acme:NAME`, or the certificate's files as `CERT,KEY`".to_owned())
                }
            },
        }
    }
}

/// Why TLS cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("the file {path} cannot be used for TLS: {cause}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// A file is there but has no certificate or key in it.
    #[error("the file {path} has no {what} in PEM form in it")]
    NotPem {
        /// The file.
        path: String,
        /// What was expected.
        what: &'static str,
    },
    /// A certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    /// Certificate and key do not go together, or are of a kind that is not taken.
    #[error("certificate and key cannot be used: {0}")]
    Use(#[from] rustls::Error),
}

/// What a server with TLS works with.
pub struct Ready {
    /// TLS 1.2 and 1.3, HTTP/1.1.
    pub config: Arc<ServerConfig>,
    /// What orders certificates, to be run beside the server.
    pub orders: Option<Orders>,
}

/// Opens certificates and keys; none with TLS off. `names` are what the own CA certifies.
pub fn config(tls: &Tls, data: &Path, names: Names) -> Result<Option<Ready>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth();
    let (mut config, orders) = match tls {
        Tls::Off => return Ok(None),
        Tls::OwnCa => (builder.with_cert_resolver(Arc::new(OwnCa::open(data, names, provider)?)), None),
        Tls::Files { cert, key } => {
            let given = Given::open(cert, key, OwnCa::open(data, names, provider.clone())?, &provider)?;
            (builder.with_cert_resolver(Arc::new(given)), None)
        }
        Tls::Acme(acme) => {
            let own = OwnCa::open(data, names, provider.clone())?;
            let orders = Orders::new(acme.clone(), data, own, provider)?;
            (builder.with_cert_resolver(orders.resolver()), Some(orders))
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if orders.is_some() {
        config.alpn_protocols.push(acme::CHALLENGE.to_vec());
    }
    Ok(Some(Ready { config: Arc::new(config), orders }))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = fs::read(path).map_err(|cause| TlsError::Io { path: path.display().to_string(), cause })?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or(TlsError::NotPem { path: path.display().to_string(), what: "certificate" })
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let bytes = fs::read(path).map_err(|cause| TlsError::Io { path: path.display().to_string(), cause })?;
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| TlsError::NotPem { path: path.display().to_string(), what: "private key" })
}

/// A certificate's bytes; `None` for what is no PEM.
pub fn der(pem: &str) -> Option<Vec<u8>> {
    Some(CertificateDer::from_pem_slice(pem.as_bytes()).ok()?.to_vec())
}

/// SHA-256 of a certificate, hexadecimal; `None` for what is no PEM.
pub fn fingerprint(pem: &str) -> Option<String> {
    Some(hex::encode(Sha256::digest(der(pem)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ca_is_made_once_and_signs_at_every_start() {
        let folder = tempfile::tempdir().unwrap();
        let names: Names = Arc::new(|| vec!["localhost".to_owned(), "127.0.0.1".to_owned()]);
        assert!(config(&Tls::OwnCa, folder.path(), names.clone()).unwrap().is_some());
        let first = fs::read(folder.path().join(CA_FILE)).unwrap();
        assert!(config(&Tls::OwnCa, folder.path(), names).unwrap().is_some());
        assert_eq!(fs::read(folder.path().join(CA_FILE)).unwrap(), first);
    }

    #[test]
    fn files_that_are_no_certificate_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let cert = folder.path().join("cert.pem");
        fs::write(&cert, "nothing").unwrap();
        let tls = Tls::Files { cert: cert.clone(), key: folder.path().join("none.pem") };
        let error = config(&tls, folder.path(), Arc::new(Vec::new)).err().unwrap().to_string();
        assert!(error.contains("cert.pem") && error.contains("certificate"), "{error}");
    }

    #[test]
    fn the_setting_is_off_own_ca_two_files_or_a_public_name() {
        assert_eq!("off".parse(), Ok(Tls::Off));
        assert_eq!("own-ca".parse(), Ok(Tls::OwnCa));
        assert_eq!("a.pem,b.pem".parse(), Ok(Tls::Files { cert: "a.pem".into(), key: "b.pem".into() }));
        let Ok(Tls::Acme(acme)) = "acme:Pay.example.org,www.pay.example.org".parse() else { panic!("no names") };
        assert_eq!(acme.names, ["pay.example.org", "www.pay.example.org"]);
        assert!("on".parse::<Tls>().is_err());
    }
}
