//! The server's own CA: made once, and the server's certificate from it, anew long before it ends.
//!
//! Browsers take no certificate that lasts longer than a year, and a till is not restarted for years.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, io};

use jiff::ToSpan as _;
use jiff::civil::Date;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivateKeyDer;

use super::{CA_FILE, CA_KEY_FILE, TlsError};
use crate::private;

const CA_YEARS: i16 = 10;
/// How long a server's certificate lasts, and after how long the next one is made, in days.
const LASTS: i16 = 360;
const RENEWED: i16 = 30;
/// From when on one counts before it is made: a phone's clock may be behind.
const EARLIER: i16 = 2;

/// How often is looked whether this machine has another address, which a router may give it at any time.
const LOOKED_EVERY: Duration = Duration::from_secs(5);

/// Tells by what names and addresses the server is reached now.
pub type Names = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// The CA, and the server's certificate of now.
pub struct OwnCa {
    issuer: Issuer<'static, KeyPair>,
    names: Names,
    provider: Arc<CryptoProvider>,
    current: Mutex<Current>,
}

struct Current {
    made: Date,
    names: Vec<String>,
    looked: Instant,
    key: Arc<CertifiedKey>,
}

impl OwnCa {
    /// Opens the CA, or makes it, and signs for these names and addresses, and for others when there are others.
    pub fn open(data: &Path, names: Names, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let issuer = Issuer::new(ca_params()?, ca_key(data)?);
        let (made, named, looked) = (jiff::Zoned::now().date(), names(), Instant::now());
        let key = sign(&issuer, &named, &provider, made)?;
        Ok(Self { issuer, names, provider, current: Mutex::new(Current { made, names: named, looked, key }) })
    }

    /// The certificate for that day; a clock that was set back gets another one, too.
    fn at(&self, today: Date, now: Instant) -> Arc<CertifiedKey> {
        let mut current = self.current.lock().expect("nobody panics while signing");
        let is_old = !(current.made..current.made.saturating_add(RENEWED.days())).contains(&today);
        let looks = is_old || now.saturating_duration_since(current.looked) >= LOOKED_EVERY;
        if !looks {
            return current.key.clone();
        }
        let names = (self.names)();
        current.looked = now;
        if is_old || names != current.names {
            match sign(&self.issuer, &names, &self.provider, today) {
                Ok(key) => *current = Current { made: today, names, looked: now, key },
                Err(error) => tracing::error!(%error, "the next certificate could not be made; the last one is used"),
            }
        }
        current.key.clone()
    }
}

impl std::fmt::Debug for OwnCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnCa").finish_non_exhaustive()
    }
}

impl ResolvesServerCert for OwnCa {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.at(jiff::Zoned::now().date(), Instant::now()))
    }
}

fn sign(
    issuer: &Issuer<'_, KeyPair>,
    names: &[String],
    provider: &CryptoProvider,
    today: Date,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, "Tillbeam server");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = day(today.saturating_sub(EARLIER.days()));
    params.not_after = day(today.saturating_add(LASTS.days()));
    let certificate = params.signed_by(&key, issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|text| rustls::Error::General(text.into()))?;
    Ok(Arc::new(CertifiedKey::from_der(vec![certificate.der().clone()], key, provider)?))
}

fn day(date: Date) -> time::OffsetDateTime {
    rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
}

/// The same parameters each time: with the kept key they make the CA that devices trust.
fn ca_params() -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "Tillbeam shop CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// The CA's key; made with its certificate at the first start.
fn ca_key(data: &Path) -> Result<KeyPair, TlsError> {
    let (key_path, ca_path) = (data.join(CA_KEY_FILE), data.join(CA_FILE));
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |cause| TlsError::Io { path, cause }
    };
    match fs::read_to_string(&key_path) {
        Ok(pem) if ca_path.exists() => Ok(KeyPair::from_pem(&pem)?),
        Ok(pem) => {
            let key = KeyPair::from_pem(&pem)?;
            write_ca(&key, &ca_path)?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = KeyPair::generate()?;
            private::write(&key_path, key.serialize_pem().as_bytes()).map_err(failed(&key_path))?;
            write_ca(&key, &ca_path)?;
            Ok(key)
        }
        Err(cause) => Err(failed(&key_path)(cause)),
    }
}

fn write_ca(key: &KeyPair, path: &Path) -> Result<(), TlsError> {
    let mut params = ca_params()?;
    let now = jiff::Zoned::now().date();
    params.not_before = day(now.saturating_sub(EARLIER.days()));
    params.not_after = day(now.saturating_add(CA_YEARS.years()));
    let pem = params.self_signed(key)?.pem();
    private::write(path, pem.as_bytes()).map_err(|cause| TlsError::Io { path: path.display().to_string(), cause })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_server_that_runs_for_years_never_shows_an_old_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let own = OwnCa::open(folder.path(), Arc::new(|| vec!["localhost".to_owned()]), provider).unwrap();
        let (today, now) = (own.current.lock().unwrap().made, Instant::now());
        let first = own.at(today, now);
        assert!(Arc::ptr_eq(&first, &own.at(today.saturating_add(29.days()), now + LOOKED_EVERY)));
        let second = own.at(today.saturating_add(30.days()), now);
        assert_ne!(first.cert, second.cert);
        let back = own.at(today, now);
        assert_ne!(second.cert, back.cert, "one that counts in the future is of no use");
    }

    #[test]
    fn another_address_of_the_machine_is_certified_without_a_restart() {
        let (folder, moved) = (tempfile::tempdir().unwrap(), Arc::new(AtomicBool::new(false)));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let has_moved = Arc::clone(&moved);
        let names = move || vec![if has_moved.load(Ordering::Relaxed) { "10.0.0.9" } else { "10.0.0.5" }.to_owned()];
        let own = OwnCa::open(folder.path(), Arc::new(names), provider).unwrap();
        let (today, now) = (own.current.lock().unwrap().made, Instant::now());
        let first = own.at(today, now);
        moved.store(true, Ordering::Relaxed);
        assert!(Arc::ptr_eq(&first, &own.at(today, now)), "it is not looked at each handshake");
        let second = own.at(today, now + LOOKED_EVERY);
        let holds = |key: &CertifiedKey, address: &[u8]| key.cert[0].windows(4).any(|bytes| bytes == address);
        assert!(holds(&first, &[10, 0, 0, 5]) && !holds(&first, &[10, 0, 0, 9]));
        assert!(holds(&second, &[10, 0, 0, 9]) && !holds(&second, &[10, 0, 0, 5]));
    }
}
