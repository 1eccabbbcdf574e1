//! TLS of the server's own: a CA made on demand, or the owner's certificate.
//!
//! The CA lies in the data directory and lasts; [`own`] makes the server's certificate from it.

mod own;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::{fs, io};

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};

use self::own::OwnCa;

/// The CA's certificate in the data directory; to be trusted by the shop's devices.
pub const CA_FILE: &str = "ca.pem";
/// The CA's key in the data directory.
pub const CA_KEY_FILE: &str = "ca.key";

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
}

impl FromStr for Tls {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "own-ca" => Ok(Self::OwnCa),
            files => {
                let (cert, key) =
                    files.split_once(',').ok_or("say `off`, `own-ca`, or the files as `CERT,KEY`".to_owned())?;
                Ok(Self::Files { cert: cert.into(), key: key.into() })
            }
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

/// The server's TLS settings, and the CA's certificate if it is its own. TLS 1.2 and 1.3, HTTP/1.1.
pub fn config(tls: &Tls, data: &Path, names: &[String]) -> Result<Option<Arc<ServerConfig>>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth();
    let mut config = match tls {
        Tls::Off => return Ok(None),
        Tls::OwnCa => builder.with_cert_resolver(Arc::new(OwnCa::open(data, names, provider)?)),
        Tls::Files { cert, key } => builder.with_single_cert(read_chain(cert)?, read_key(key)?)?,
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Arc::new(config)))
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

/// The names and addresses by which this machine is reached, for a certificate and for `Host`.
pub fn machine_names() -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string()];
    names.extend(lan_address().map(|address| address.to_string()));
    if let Some(host) = machine_name() {
        names.push(format!("{host}.local"));
        names.push(host);
    }
    names
}

/// The machine's own name, if it is a plain one.
pub fn machine_name() -> Option<String> {
    let name = fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok())?;
    let name = name.trim().to_ascii_lowercase();
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then_some(name)
}

/// The address that other devices on the network see. Nothing is sent: connecting a datagram socket only
/// asks the system which of its addresses it would use (the target is a documentation address, RFC 5737).
pub fn lan_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ca_is_made_once_and_signs_at_every_start() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        assert!(config(&Tls::OwnCa, folder.path(), &names).unwrap().is_some());
        let first = fs::read(folder.path().join(CA_FILE)).unwrap();
        assert!(config(&Tls::OwnCa, folder.path(), &names).unwrap().is_some());
        assert_eq!(fs::read(folder.path().join(CA_FILE)).unwrap(), first);
    }

    #[test]
    fn files_that_are_no_certificate_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let cert = folder.path().join("cert.pem");
        fs::write(&cert, "nothing").unwrap();
        let tls = Tls::Files { cert: cert.clone(), key: folder.path().join("none.pem") };
        let error = config(&tls, folder.path(), &[]).unwrap_err().to_string();
        assert!(error.contains("cert.pem") && error.contains("certificate"), "{error}");
    }

    #[test]
    fn the_setting_is_off_own_ca_or_two_files() {
        assert_eq!("off".parse(), Ok(Tls::Off));
        assert_eq!("own-ca".parse(), Ok(Tls::OwnCa));
        assert_eq!("a.pem,b.pem".parse(), Ok(Tls::Files { cert: "a.pem".into(), key: "b.pem".into() }));
        assert!("on".parse::<Tls>().is_err());
    }
}
