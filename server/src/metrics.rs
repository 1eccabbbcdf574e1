//! What the server counts of itself, as Prometheus text.
//!
//! Atomics in fixed places: counting takes no lock and makes nothing. The writer counts once a batch where it
//! can. Labels are words of closed lists and shop ids; no name, token or code is ever among them. `http::metrics`
//! adds what is looked up when somebody asks: sizes, queues, who is online.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::event::Told;
use crate::hub::Cut;
use crate::outcome::Outcome;
use crate::refusal::{self, Refusal};
use crate::request::Noun;

/// Bounds of the histograms of time, in microseconds.
const TIMES_US: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];
/// Bounds of the histogram of requests in a commit.
const BATCHES: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// Microseconds in a second, for who reads in seconds.
const US: f64 = 1e6;

/// Statuses of HTTP begin here.
const FIRST_STATUS: u16 = 100;
/// And end before here.
const END_STATUS: u16 = 600;
const STATUSES: usize = (END_STATUS - FIRST_STATUS) as usize;

/// Where the text can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetricsAt {
    /// Nowhere.
    #[default]
    Off,
    /// At `/metrics` where phones come in, for everybody.
    Public,
    /// At `/metrics` of an address of its own.
    Own(SocketAddr),
}

impl FromStr for MetricsAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "public" => Ok(Self::Public),
            address => {
                let address = address.parse().map_err(|_| "say `off`, `public`, or an address like 127.0.0.1:9187")?;
                Ok(Self::Own(address))
            }
        }
    }
}

/// A number that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts some more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Counts one.
    pub fn one(&self) {
        self.add(1);
    }

    /// Where it stands.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many of something there were, by size.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    bounds: [u64; N],
    /// One for each bound; what is beyond the last is in `count` alone.
    buckets: [Counter; N],
    count: Counter,
    sum: Counter,
}

impl<const N: usize> Histogram<N> {
    fn new(bounds: [u64; N]) -> Self {
        Self {
            bounds,
            buckets: std::array::from_fn(|_| Counter::default()),
            count: Counter::default(),
            sum: Counter::default(),
        }
    }

    /// Counts one of this size.
    pub fn observe(&self, size: u64) {
        if let Some(bucket) = self.bounds.iter().position(|bound| size <= *bound) {
            self.buckets[bucket].one();
        }
        self.count.one();
        self.sum.add(size);
    }

    /// Counts one of this length.
    pub fn observe_time(&self, time: Duration) {
        self.observe(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }
}

/// Names the labels of a counter, in the order of its places.
macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($(#[$meaning:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$meaning])* $variant,)* }

        impl $name {
            const ALL: &'static [&'static str] = &[$($text,)*];
        }
    };
}

labels!(
    /// Why something of a stranger or a broken client was turned away.
    Limit {
        /// Connections of one address.
        AddressConnections = "address_connections",
        /// New connections a second of one address.
        AddressRate = "address_connection_rate",
        /// Requests a second of one address.
        AddressRequests = "address_requests",
        /// Requests without a token that holds, of one address.
        Strangers = "strangers",
        /// Requests a second of one terminal.
        Terminal = "terminal_requests",
        /// Requests a second of one phone.
        Phone = "phone_requests",
        /// Credentials in place of lost ones, of one customer.
        Rejoins = "rejoins",
        /// A body that was too large.
        BodySize = "body_bytes",
        /// A body that did not arrive in time.
        BodyTime = "body_time",
    }
);

labels!(
    /// What became of a webhook's delivery.
    Delivery {
        /// The receiver took it.
        Delivered = "delivered",
        /// It is tried again later.
        Failed = "failed",
    }
);

/// How requests end, beside the refusals: the first places of [`Metrics::requests`].
const ENDS: [&str; 8] =
    ["recorded", "known", "repeated", "made_cancelled", "id_mismatch", "too_many_attempts", "clock_wrong", "malformed"];
const PLACES: usize = ENDS.len() + refusal::ALL.len();

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    /// By noun and by how they ended.
    requests: [[Counter; PLACES]; Noun::ALL.len()],
    /// Requests in one commit.
    pub commit_batch: Histogram<9>,
    /// From the beginning of a batch's transaction to the end of its commit.
    pub commit_time: Histogram<16>,
    /// Batches that could not be written.
    pub commit_failures: Counter,
    /// Acks that were written.
    pub acks: Counter,
    /// From the commit until the event is handed to a phone's socket.
    push_time: Histogram<16>,
    cuts: [Counter; Cut::ALL.len()],
    limited: [Counter; Limit::ALL.len()],
    deliveries: [Counter; Delivery::ALL.len()],
    /// By their status.
    responses: Box<[Counter]>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: std::array::from_fn(|_| std::array::from_fn(|_| Counter::default())),
            commit_batch: Histogram::new(BATCHES),
            commit_time: Histogram::new(TIMES_US),
            commit_failures: Counter::default(),
            acks: Counter::default(),
            push_time: Histogram::new(TIMES_US),
            cuts: std::array::from_fn(|_| Counter::default()),
            limited: std::array::from_fn(|_| Counter::default()),
            deliveries: std::array::from_fn(|_| Counter::default()),
            responses: (0..STATUSES).map(|_| Counter::default()).collect(),
        }
    }
}

impl Metrics {
    /// A request was settled.
    pub fn settled(&self, noun: Noun, outcome: &Outcome) {
        let row = Noun::ALL.iter().position(|known| *known == noun).expect("every noun is in the list");
        self.requests[row][place(outcome)].one();
    }

    /// A listener was cut off.
    pub fn cut(&self, cut: Cut) {
        let place = Cut::ALL.iter().position(|known| *known == cut).expect("every reason is in the list");
        self.cuts[place].one();
    }

    /// An event was handed to a socket; counted if it comes from its commit.
    pub fn pushed(&self, told: &Told) {
        if let Some(committed) = told.committed {
            self.push_time.observe_time(committed.elapsed());
        }
    }

    /// Something was turned away.
    pub fn limited(&self, limit: Limit) {
        self.limited[limit as usize].one();
    }

    /// A webhook's delivery was tried.
    pub fn delivery(&self, delivery: Delivery) {
        self.deliveries[delivery as usize].one();
    }

    /// A call was answered.
    pub fn answered(&self, status: u16) {
        let place = status.checked_sub(FIRST_STATUS).map(usize::from);
        if let Some(counter) = place.and_then(|place| self.responses.get(place)) {
            counter.one();
        }
    }

    /// All of it as text.
    pub fn write(&self, text: &mut Text) {
        text.family("tillbeam_requests_total", "counter", "Requests of terminals, by how they ended.");
        for (noun, row) in Noun::ALL.iter().zip(&self.requests) {
            let ends = ENDS.into_iter().chain(refusal::ALL.iter().map(|refusal| refusal.code()));
            for (end, counter) in ends.zip(row) {
                text.value(&[("noun", noun.as_str()), ("outcome", end)], counter.get());
            }
        }
        text.family("tillbeam_commit_batch_requests", "histogram", "Requests in one commit.");
        text.histogram(&self.commit_batch, 1.0);
        text.family("tillbeam_commit_seconds", "histogram", "Time of one batch: read, settle, write, commit.");
        text.histogram(&self.commit_time, US);
        let failures = self.commit_failures.get();
        text.single("tillbeam_commit_failures_total", "counter", "Batches that could not be written.", failures);
        text.single("tillbeam_acks_total", "counter", "Acks of phones that were written.", self.acks.get());
        text.family("tillbeam_push_seconds", "histogram", "From the commit until the phone's socket has the event.");
        text.histogram(&self.push_time, US);
        text.family("tillbeam_queue_cuts_total", "counter", "Listeners that were cut off, by the reason.");
        for (cut, counter) in Cut::ALL.iter().zip(&self.cuts) {
            text.value(&[("reason", cut.as_str())], counter.get());
        }
        text.family("tillbeam_limited_total", "counter", "What was turned away, by the limit that it met.");
        for (limit, counter) in Limit::ALL.iter().zip(&self.limited) {
            text.value(&[("limit", limit)], counter.get());
        }
        text.family("tillbeam_webhook_deliveries_total", "counter", "Tries to deliver to webhooks.");
        for (result, counter) in Delivery::ALL.iter().zip(&self.deliveries) {
            text.value(&[("result", result)], counter.get());
        }
        text.family("tillbeam_http_responses_total", "counter", "Answers to calls, by their status.");
        for (status, counter) in
            (FIRST_STATUS..END_STATUS).zip(&self.responses).filter(|(_, counter)| counter.get() > 0)
        {
            text.value(&[("status", &status.to_string())], counter.get());
        }
    }
}

fn place(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Recorded { repeated: true, .. } => 2,
        Outcome::Recorded { fresh: true, .. } => 0,
        Outcome::Recorded { .. } => 1,
        Outcome::Cancelled { .. } => 3,
        Outcome::IdMismatch => 4,
        Outcome::TooMany { .. } => 5,
        Outcome::ClockWrong => 6,
        Outcome::AlreadyCancelled => place_of(Refusal::Cancelled),
        Outcome::NoReason => 7,
        Outcome::NotCancelled(refusal) => place_of(*refusal),
        Outcome::Refused(refused) => place_of(refused.refusal),
    }
}

fn place_of(refusal: Refusal) -> usize {
    let same = |known: &Refusal| std::mem::discriminant(known) == std::mem::discriminant(&refusal);
    ENDS.len() + refusal::ALL.iter().position(same).expect("every refusal is in the list")
}

/// Text in the exposition format of Prometheus, version 0.0.4.
#[derive(Debug, Default)]
pub struct Text {
    text: String,
    name: &'static str,
}

impl Text {
    /// Begins a family of values.
    pub fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One value of the family. Labels need no escaping: they are our own words and numbers.
    pub fn value(&mut self, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.line("", labels, value);
    }

    /// A family of one value.
    pub fn single(&mut self, name: &'static str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.value(&[], value);
    }

    /// The values of a histogram, whose sizes are divided by `scale`.
    #[expect(clippy::cast_precision_loss, reason = "a sum of microseconds is exact to 2^53: 285 years")]
    fn histogram<const N: usize>(&mut self, histogram: &Histogram<N>, scale: f64) {
        let mut below = 0;
        for (bound, bucket) in histogram.bounds.iter().zip(&histogram.buckets) {
            below += bucket.get();
            self.line("_bucket", &[("le", &(*bound as f64 / scale).to_string())], below);
        }
        // A size may have been counted in its bucket and not yet in the sum: never less than the buckets.
        let count = histogram.count.get().max(below);
        self.line("_bucket", &[("le", "+Inf")], count);
        self.line("_sum", &[], histogram.sum.get() as f64 / scale);
        self.line("_count", &[], count);
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.text, "{}{suffix}{labels} {value}", self.name);
    }

    /// The whole text.
    pub fn into_string(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_is_told_cumulatively_and_in_seconds() {
        let metrics = Metrics::default();
        for us in [50, 100, 101, 20_000_000] {
            metrics.commit_time.observe(us);
        }
        let mut text = Text::default();
        metrics.write(&mut text);
        let text = text.into_string();
        for line in [
            "tillbeam_commit_seconds_bucket{le=\"0.0001\"} 2",
            "tillbeam_commit_seconds_bucket{le=\"0.00025\"} 3",
            "tillbeam_commit_seconds_bucket{le=\"10\"} 3",
            "tillbeam_commit_seconds_bucket{le=\"+Inf\"} 4",
            "tillbeam_commit_seconds_sum 20.000251",
            "tillbeam_commit_seconds_count 4",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not in {text}");
        }
    }

    #[test]
    fn every_end_of_a_request_has_a_place_of_its_own() {
        let metrics = Metrics::default();
        metrics.settled(Noun::Redemption, &Outcome::ClockWrong);
        metrics.settled(Noun::Reversal, &Outcome::NotCancelled(Refusal::Stands));
        let mut text = Text::default();
        metrics.write(&mut text);
        let text = text.into_string();
        let moved: Vec<&str> =
            text.lines().filter(|line| line.starts_with("tillbeam_requests_total") && !line.ends_with(" 0")).collect();
        assert_eq!(
            moved,
            [
                "tillbeam_requests_total{noun=\"redemption\",outcome=\"clock_wrong\"} 1",
                "tillbeam_requests_total{noun=\"reversal\",outcome=\"stands\"} 1",
            ]
        );
    }
}
