//! How much one peer may ask of the server: connections, requests a second, the time of a body.
//!
//! [`Limits`] are the settings, [`Meter`] counts. Rates are token buckets: so many at once, then so many a second.
//! What is counted for an address is what its strangers can do; a terminal and a phone have buckets of their own,
//! so nobody who shares an address with them can use up theirs. Memory is bounded: beyond [`MAX_KEPT`] peers the
//! rest share one bucket.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::code::CredentialNumber;
use crate::id::{CustomerId, TerminalId};
use crate::metrics::{Limit, Metrics};

/// Connections at the same time.
pub const MAX_CONNECTIONS: usize = 20_000;
/// Connections of one address at the same time.
pub const ADDRESS_CONNECTIONS: usize = 1_000;
/// New connections a second of one address.
pub const ADDRESS_RATE: u32 = 200;
/// Requests a second of one address, whoever sends them.
pub const ADDRESS_REQUESTS: u32 = 1_000;
/// Requests a second without a token that holds, of one address: the page and its files, joins, wrong tokens.
pub const STRANGER_REQUESTS: u32 = 50;
/// Requests a second of one terminal; a busy shop has one.
pub const TERMINAL_REQUESTS: u32 = 2_000;
/// Requests a second of one phone.
pub const PHONE_REQUESTS: u32 = 50;
/// The longest that a body may take to arrive.
pub const BODY_TIME: Duration = Duration::from_secs(10);
/// The longest that a request's head may take, and that an idle connection is kept.
pub const HEAD_TIME: Duration = Duration::from_secs(30);

/// Times that a customer's phones may take another credential at once; then one in [`REJOIN_TIME`]. Each stays in the
/// books.
pub const REJOINS: u32 = 3;
/// See [`REJOINS`].
pub const REJOIN_TIME: Duration = Duration::from_mins(20);

/// Peers whose buckets are kept apart.
pub const MAX_KEPT: usize = 16 * 1024;
/// The longest wait that a rate a second ever asks for, in seconds.
pub const MAX_RETRY_S: i64 = 5;
/// How many seconds' worth may come at once.
const BURST_S: u64 = 4;
const SECOND_US: u64 = 1_000_000;
/// Files that the books, the log and the pages need beside the connections.
const OTHER_FILES: usize = 128;

/// The settings.
#[derive(Debug, Clone)]
pub struct Limits {
    /// See [`MAX_CONNECTIONS`].
    pub connections: usize,
    /// See [`ADDRESS_CONNECTIONS`].
    pub address_connections: usize,
    /// See [`ADDRESS_RATE`].
    pub address_rate: u32,
    /// See [`ADDRESS_REQUESTS`].
    pub address_requests: u32,
    /// See [`STRANGER_REQUESTS`].
    pub stranger_requests: u32,
    /// See [`TERMINAL_REQUESTS`].
    pub terminal_requests: u32,
    /// See [`PHONE_REQUESTS`].
    pub phone_requests: u32,
    /// See [`BODY_TIME`].
    pub body_time: Duration,
    /// See [`HEAD_TIME`].
    pub head_time: Duration,
    /// Whether this machine's own addresses count; they do not by themselves, because a proxy, the window and
    /// load tests come from there.
    pub loopback: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<Network>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            address_connections: ADDRESS_CONNECTIONS,
            address_rate: ADDRESS_RATE,
            address_requests: ADDRESS_REQUESTS,
            stranger_requests: STRANGER_REQUESTS,
            terminal_requests: TERMINAL_REQUESTS,
            phone_requests: PHONE_REQUESTS,
            body_time: BODY_TIME,
            head_time: HEAD_TIME,
            loopback: false,
            proxies: Vec::new(),
        }
    }
}

impl Limits {
    /// Connections at the same time, as far as the system gives files for them.
    pub fn connections(&self) -> usize {
        let files = open_files().map(|files| files.saturating_sub(OTHER_FILES).max(1));
        files.map_or(self.connections, |files| files.min(self.connections))
    }

    /// Whether a peer's `X-Forwarded-For` is believed.
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.holds(peer))
    }
}

/// The system's limit on this process's open files, as Linux tells it.
fn open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Addresses with a common beginning, written like `10.0.0.0/8`; one address alone is its own network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: u128,
    mask: u128,
}

impl Network {
    /// Whether an address is in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.base
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self { base: bits(address), mask: u128::MAX }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is no network: write it like 10.0.0.0/8 or 192.168.1.2");
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most: u32 = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        let free = most.checked_sub(length).ok_or_else(wrong)?;
        let mask = u128::MAX.checked_shl(free).unwrap_or(0);
        Ok(Self { base: bits(address) & mask, mask })
    }
}

/// An address of either version as one of version 6.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Who is behind an address: of version 6 a whole /64 is one subscriber's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl Address {
    /// Of a peer.
    pub fn of(peer: IpAddr) -> Self {
        match peer.to_canonical() {
            IpAddr::V4(v4) => Self(v4.into()),
            IpAddr::V6(v6) => Self(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into()),
        }
    }
}

/// Token buckets of one kind.
#[derive(Debug)]
struct Buckets<K> {
    /// The time of one token, in microseconds.
    token_us: u64,
    burst: u64,
    /// The longest wait that is asked for, in seconds.
    max_retry_s: i64,
    /// When each is full again; those in the past are forgotten when room is needed.
    full_at: HashMap<K, u64>,
    /// Of all for whom there is no room.
    rest: u64,
}

impl<K: Eq + Hash> Buckets<K> {
    fn new(per_s: u32) -> Self {
        let per_s = u64::from(per_s.max(1));
        Self {
            token_us: (SECOND_US / per_s).max(1),
            burst: per_s * BURST_S,
            max_retry_s: MAX_RETRY_S,
            full_at: HashMap::new(),
            rest: 0,
        }
    }

    /// So many at once, then one each time.
    fn slow(burst: u32, each: Duration) -> Self {
        let token_us = u64::try_from(each.as_micros()).unwrap_or(u64::MAX / 1024);
        let max_retry_s = i64::try_from(each.as_secs()).unwrap_or(i64::MAX);
        Self { token_us, burst: u64::from(burst), max_retry_s, full_at: HashMap::new(), rest: 0 }
    }

    /// Takes one token; if there is none, the seconds until there is.
    fn take(&mut self, key: K, now_us: u64) -> Result<(), i64> {
        if self.full_at.len() >= MAX_KEPT && !self.full_at.contains_key(&key) {
            self.full_at.retain(|_, full_at| *full_at > now_us);
        }
        let full = self.full_at.len() >= MAX_KEPT && !self.full_at.contains_key(&key);
        let full_at = if full { &mut self.rest } else { self.full_at.entry(key).or_default() };
        let next = (*full_at).max(now_us) + self.token_us;
        let over_us = (next - now_us).saturating_sub(self.burst * self.token_us);
        if over_us > 0 {
            let wait_s = i64::try_from(over_us.div_ceil(SECOND_US)).unwrap_or(i64::MAX);
            return Err(wait_s.min(self.max_retry_s));
        }
        *full_at = next;
        Ok(())
    }
}

/// Counts what peers do.
#[derive(Debug)]
pub struct Meter {
    /// The settings.
    pub limits: Limits,
    metrics: Arc<Metrics>,
    began: Instant,
    open: Arc<Mutex<HashMap<Address, usize>>>,
    arrivals: Mutex<Buckets<Address>>,
    requests: Mutex<Buckets<Address>>,
    strangers: Mutex<Buckets<Address>>,
    terminals: Mutex<Buckets<TerminalId>>,
    phones: Mutex<Buckets<CredentialNumber>>,
    rejoins: Mutex<Buckets<CustomerId>>,
}

/// One connection among its address's; dropping it gives the place back.
#[derive(Debug)]
pub struct Arrived {
    open: Arc<Mutex<HashMap<Address, usize>>>,
    address: Address,
}

impl Drop for Arrived {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while counting")
}

impl Meter {
    /// Nobody has come yet.
    pub fn new(limits: Limits, metrics: Arc<Metrics>) -> Self {
        Self {
            metrics,
            began: Instant::now(),
            open: Arc::default(),
            arrivals: Mutex::new(Buckets::new(limits.address_rate)),
            requests: Mutex::new(Buckets::new(limits.address_requests)),
            strangers: Mutex::new(Buckets::new(limits.stranger_requests)),
            terminals: Mutex::new(Buckets::new(limits.terminal_requests)),
            phones: Mutex::new(Buckets::new(limits.phone_requests)),
            rejoins: Mutex::new(Buckets::slow(REJOINS, REJOIN_TIME)),
            limits,
        }
    }

    fn counts(&self, peer: IpAddr) -> bool {
        self.limits.loopback || !peer.to_canonical().is_loopback()
    }

    /// A connection comes; none if its address has too many, or too many new ones. A proxy's are not counted, nor
    /// this machine's own: then there is no place to give back.
    pub fn arrive(&self, peer: IpAddr) -> Option<Option<Arrived>> {
        if !self.counts(peer) || self.limits.is_proxy(peer) {
            return Some(None);
        }
        let address = Address::of(peer);
        if self.take(&self.arrivals, address, Limit::AddressRate).is_err() {
            return None;
        }
        let mut open = lock(&self.open);
        let count = open.entry(address).or_default();
        if *count >= self.limits.address_connections {
            self.metrics.limited(Limit::AddressConnections);
            return None;
        }
        *count += 1;
        Some(Some(Arrived { open: self.open.clone(), address }))
    }

    /// A request comes from an address; if it is one too many, the seconds to wait.
    pub fn request(&self, peer: IpAddr) -> Result<(), i64> {
        if self.counts(peer) { self.take(&self.requests, Address::of(peer), Limit::AddressRequests) } else { Ok(()) }
    }

    /// The same for one without a token that holds.
    pub fn stranger(&self, peer: IpAddr) -> Result<(), i64> {
        if self.counts(peer) { self.take(&self.strangers, Address::of(peer), Limit::Strangers) } else { Ok(()) }
    }

    /// The same for one of a terminal.
    pub fn terminal(&self, terminal: TerminalId) -> Result<(), i64> {
        self.take(&self.terminals, terminal, Limit::Terminal)
    }

    /// The same for one of a phone.
    pub fn phone(&self, phone: CredentialNumber) -> Result<(), i64> {
        self.take(&self.phones, phone, Limit::Phone)
    }

    /// A phone of a customer takes another credential. By the customer, because a credential that is given back is
    /// followed by a new one with a full bucket.
    pub fn rejoin(&self, customer: CustomerId) -> Result<(), i64> {
        self.take(&self.rejoins, customer, Limit::Rejoins)
    }

    fn take<K: Eq + Hash>(&self, buckets: &Mutex<Buckets<K>>, key: K, limit: Limit) -> Result<(), i64> {
        let now_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX / 2);
        let taken = lock(buckets).take(key, now_us);
        if taken.is_err() {
            self.metrics.limited(limit);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_passes_and_then_so_many_a_second() {
        let mut buckets = Buckets::new(10);
        let burst = 10 * BURST_S;
        for _ in 0..burst {
            assert_eq!(buckets.take(1, 0), Ok(()));
        }
        assert_eq!(buckets.take(1, 0), Err(1));
        assert_eq!(buckets.take(2, 0), Ok(()), "another has its own");
        assert_eq!(buckets.take(1, 100_000), Ok(()));
        assert_eq!(buckets.take(1, 100_000), Err(1));
        for _ in 0..burst {
            assert_eq!(buckets.take(1, 60 * SECOND_US), Ok(()));
        }
        assert!(buckets.take(1, 60 * SECOND_US).is_err(), "what was not used is not saved up");
    }

    #[test]
    fn what_is_slow_says_for_how_long() {
        let mut buckets = Buckets::slow(2, Duration::from_mins(20));
        assert_eq!((buckets.take(1, 0), buckets.take(1, 0)), (Ok(()), Ok(())));
        assert_eq!(buckets.take(1, 0), Err(1200));
        assert_eq!(buckets.take(1, 1199 * SECOND_US), Err(1));
        assert_eq!(buckets.take(1, 1200 * SECOND_US), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_the_rest_share_one_bucket() {
        let mut buckets = Buckets::new(10);
        for key in 0..2 * MAX_KEPT {
            let _ = buckets.take(key, 0);
        }
        assert_eq!(buckets.full_at.len(), MAX_KEPT);
        assert!(buckets.take(3 * MAX_KEPT, 0).is_err());
        assert_eq!(buckets.take(0, 0), Ok(()), "who was there first goes on");
        assert_eq!(buckets.take(3 * MAX_KEPT, SECOND_US), Ok(()), "full ones are forgotten");
        assert!(buckets.full_at.len() <= 2);
    }

    #[test]
    fn an_address_has_so_many_connections_and_gets_them_back() {
        let limits = Limits { address_connections: 2, ..Limits::default() };
        let meter = Meter::new(Limits { proxies: vec!["10.0.0.0/8".parse().unwrap()], ..limits }, Arc::default());
        let first = meter.arrive(ip("192.0.2.1")).unwrap();
        let second = meter.arrive(ip("::ffff:192.0.2.1")).unwrap();
        assert!(first.is_some() && second.is_some());
        assert!(meter.arrive(ip("192.0.2.1")).is_none());
        assert!(meter.arrive(ip("192.0.2.2")).is_some());
        drop(first);
        assert!(meter.arrive(ip("192.0.2.1")).is_some());
        for free in ["127.0.0.1", "::1", "10.1.2.3"] {
            assert!((0..10).all(|_| matches!(meter.arrive(ip(free)), Some(None))), "{free}");
        }
        drop(second);
        assert!(lock(&meter.open).is_empty());
    }

    #[test]
    fn a_subscriber_of_version_6_is_one_address() {
        assert_eq!(Address::of(ip("2001:db8::1")), Address::of(ip("2001:db8::ffff:1")));
        assert_ne!(Address::of(ip("2001:db8::1")), Address::of(ip("2001:db8:0:1::1")));
        assert_ne!(Address::of(ip("192.0.2.1")), Address::of(ip("192.0.2.2")));
    }

    #[test]
    fn a_network_holds_what_begins_like_it() {
        for (network, address, held) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("::/0", "192.0.2.1", true),
        ] {
            assert_eq!(network.parse::<Network>().unwrap().holds(ip(address)), held, "{network} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "x", "10.0.0.0/", "10.0.0.0/-1", "::/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
