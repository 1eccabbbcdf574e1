//! Webhooks, the pure part: the secret's signature, when to try again, and which addresses are a stranger's.
//!
//! `deliver` sends; `store::webhook` keeps. The signature is made as Stripe makes it
//! (<https://docs.stripe.com/webhooks#verify-manually>): `t=UNIX,v1=HEX`, where HEX is the HMAC-SHA256 of
//! `UNIX.BODY` under the secret's text. A receiver compares in constant time and refuses an old time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::ledger::Millis;

/// The header with the signature.
pub const SIGNATURE: &str = "tillbeam-signature";
/// The header with the webhook's id.
pub const ID: &str = "tillbeam-webhook";
/// The header with the books' epoch: after a restore entry numbers may be given again.
pub const EPOCH: &str = "tillbeam-epoch";

/// Webhooks of one shop.
pub const MAX_PER_SHOP: i64 = 10;
/// The longest address, in bytes.
pub const MAX_URL: usize = 2000;
/// The first wait after a failure; each next one is twice as long.
pub const FIRST_WAIT_MS: Millis = 5_000;
/// The longest wait between two tries.
pub const MAX_WAIT_MS: Millis = 6 * 3_600_000;
/// A webhook that fails for this long is disabled.
pub const DISABLE_AFTER_MS: Millis = 7 * 24 * 3_600_000;
/// Doublings after which a wait is at its longest in any case.
const MAX_DOUBLINGS: u32 = 16;

/// What begins every secret, so that a leaked one is recognised.
const SECRET_PREFIX: &str = "whsec_";

/// A webhook's secret. It does not show itself in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret of a derived key.
    pub fn of_key(key: &[u8; 32]) -> Self {
        Self(format!("{SECRET_PREFIX}{}", URL_SAFE_NO_PAD.encode(key)))
    }

    /// The text that the receiver keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of [`SIGNATURE`] for a body at a time.
    pub fn sign(&self, unix_s: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(format!("{unix_s}.").as_bytes());
        mac.update(body.as_bytes());
        format!("t={unix_s},v1={}", hex::encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// How long to wait after so many failures in a row, from 1. `luck` is random: the wait is between three quarters
/// and the whole of its length, so that many receivers of a host that comes back are not all served at once.
pub fn wait_ms(tries: i64, luck: u8) -> Millis {
    let doublings = u32::try_from(tries - 1).unwrap_or(MAX_DOUBLINGS).min(MAX_DOUBLINGS);
    let longest = (FIRST_WAIT_MS << doublings).min(MAX_WAIT_MS);
    longest - longest / 4 * Millis::from(luck) / Millis::from(u8::MAX)
}

/// Whether an address is on the open internet, and not this machine, its network, or a network's own devices.
/// The lists are the IANA's special-purpose registries (RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => embedded_v4(v6).map_or_else(|| is_public_v6(v6), is_public_v4),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        // Shared by carriers, protocol assignments, benchmarks, the old 6to4 relay.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 88 && c == 99))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    // Of all addresses only 2000::/3 is given out; documentation, Teredo and other assignments are in there too.
    let global = first & 0xe000 == 0x2000;
    global && first != 0x3fff && !(first == 0x2001 && (address.segments()[1] < 0x200 || address.segments()[1] == 0xdb8))
}

/// The address of version 4 that one of version 6 leads to: mapped, by NAT64, or by 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, _, _, _, _, _] => Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    }
}

/// The longest that one try may take, from the connection to the end of the answer.
pub const TRY_TIMEOUT: Duration = Duration::from_secs(10);

/// What is wrong with an address that the owner gives; none: nothing. Names are looked up when it is used.
pub fn wrong_with(url: &str, private: bool) -> Option<&'static str> {
    if url.len() > MAX_URL {
        return Some("the url is too long");
    }
    let Ok(parsed) = reqwest::Url::parse(url) else { return Some("the url cannot be read") };
    if !matches!(parsed.scheme(), "http" | "https") {
        return Some("the url begins with https:// or http://");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() || parsed.fragment().is_some() {
        return Some("the url has no user, no password and no fragment");
    }
    let Some(host) = parsed.host_str() else { return Some("the url names a host") };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(address) if !private && !is_public(address) => Some("the url leads to a private address"),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_published_one() {
        let secret = Secret("whsec_test".into());
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
        assert_eq!(
            secret.sign(1_700_000_000, r#"{"a":1}"#),
            "t=1700000000,v1=38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789"
        );
    }

    #[test]
    fn waits_double_up_to_hours_and_differ_by_luck() {
        assert_eq!(wait_ms(1, 0), FIRST_WAIT_MS);
        assert_eq!(wait_ms(2, 0), 2 * FIRST_WAIT_MS);
        assert_eq!(wait_ms(1, u8::MAX), FIRST_WAIT_MS * 3 / 4);
        for tries in [20, 1000, i64::MAX] {
            assert_eq!(wait_ms(tries, 0), MAX_WAIT_MS);
        }
    }

    #[test]
    fn only_addresses_of_the_open_internet_are_public() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "192.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "2001:db8::1",
            "2001::1",
            "::7f00:1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "172.32.0.1", "100.128.0.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn an_address_that_leads_astray_is_refused() {
        for wrong in [
            "",
            "ftp://example.org/",
            "https://",
            "https://u:p@example.org/",
            "https://example.org/#x",
            "file:///etc/passwd",
            "http://127.0.0.1/",
            "http://[::1]:80/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://127.1/",
            "http://169.254.169.254/latest/",
        ] {
            assert!(wrong_with(wrong, false).is_some(), "{wrong}");
        }
        assert_eq!(wrong_with("https://example.org/hook?shop=1", false), None);
        assert_eq!(wrong_with("http://127.0.0.1:9/", true), None);
    }
}
