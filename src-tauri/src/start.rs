//! What is remembered of how this computer starts: which shop, and the address that phones use. No secret is in it.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use reqwest::Url;
use serde::{Deserialize, Serialize};
use tillbeam_server::founding::Answers;
use tillbeam_server::id::ShopId;
use tillbeam_server::name::Name;
use tillbeam_server::pin::Pin;
use tillbeam_server::tls;
use tillbeam_server::unit::Unit;

use crate::backups::Backups;
use crate::settings;
use crate::wire::{self, Address, Begin, Language, Way};

const FILE: &str = "start.json";
/// The longest address that a person types, in bytes.
const URL_LIMIT: usize = 200;

/// A shop to be opened.
pub enum Opening {
    /// The practice shop.
    Practice,
    /// One that is there.
    Shop(ShopId),
    /// One of one's own.
    New(Box<Answers>),
}

/// A shop that is opened at every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// The practice shop.
    Practice,
    /// One of one's own.
    Shop(ShopId),
    /// The one on another computer that this till is paired with.
    Remote,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Start {
    /// None: it is asked.
    #[serde(default)]
    pub opens: Option<Opens>,
    /// The address that was chosen.
    #[serde(default)]
    pub phone_url: Option<String>,
    /// The computer's own address when somebody last knew of it.
    #[serde(default)]
    pub known_url: Option<String>,
    /// How phones come.
    #[serde(default)]
    pub way: Way,
    /// Where and how often backups are made.
    #[serde(default)]
    pub backups: Backups,
}

impl Start {
    /// From the till's folder.
    pub fn load(dir: &Path) -> Self {
        settings::read(&dir.join(FILE))
    }

    /// Into the till's folder; never half of it.
    pub fn save(&self, dir: &Path) -> io::Result<()> {
        settings::write(&dir.join(FILE), self)
    }

    /// Where phones reach a server that says `now`, which is `here` on its network; `named`: the address was named where
    /// the program was started. An address that nobody knew of is known from then on.
    pub fn address(&mut self, now: &str, here: SocketAddr, named: bool) -> Address {
        let chosen = self.phone_url.clone().filter(|_| !named);
        // A public name is the same wherever this computer is.
        let own = !named && chosen.is_none() && !matches!(self.way, Way::Public { .. });
        let before = self.known_url.clone().filter(|known| own && known != now);
        if own && before.is_none() {
            self.known_url = Some(now.to_owned());
        }
        let by_own_name = || by_name(&format!("http://{here}"), tls::machine_name().as_deref());
        let offers = if named { Vec::new() } else { by_own_name() };
        let (now, way, here) = (now.to_owned(), self.way.clone(), here.to_string());
        Address { now, chosen, before, offers, fixed: named, way, here }
    }
}

/// The same address by the computer's name on its network.
fn by_name(now: &str, machine: Option<&str>) -> Vec<String> {
    let Some((machine, mut url)) = machine.zip(now.parse::<Url>().ok()) else { return Vec::new() };
    let named = url.set_host(Some(&format!("{machine}.local"))).is_ok();
    named.then(|| bare(&url)).into_iter().collect()
}

/// What the page asks for in this computer's own books, parsed; `None` where a part of it is none.
pub fn opening(begin: Begin) -> Option<Opening> {
    match begin {
        Begin::Practice => Some(Opening::Practice),
        Begin::Shop { id } => Some(Opening::Shop(ShopId(i64::try_from(id).ok()?))),
        Begin::New(answers) => Some(Opening::New(Box::new(told(answers)?))),
        Begin::Remote | Begin::Pair { .. } => None,
    }
}

fn told(answers: wire::Answers) -> Option<Answers> {
    let zone = jiff::tz::TimeZone::system();
    Some(Answers {
        name: Name::parse(&answers.name)?,
        language: match answers.language {
            Language::En => "en",
            Language::Zh => "zh",
        },
        currency: Unit::parse(&answers.currency)?,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        pass: match answers.pass {
            Some(text) => Some(Name::parse(&text)?),
            None => None,
        },
        money: answers.money,
        owner: match answers.owner {
            Some(wire::Owner { name, pin }) => Some((Name::parse(&name)?, Pin::parse(pin.as_str())?)),
            None => None,
        },
    })
}

/// An address that somebody typed, as the server takes it; `None` for anything else.
pub fn phone_url(text: &str) -> Option<String> {
    let url: Url = text.trim().parse().ok().filter(|_| text.len() <= URL_LIMIT)?;
    let plain = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
    let bare_only = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let nobody = url.username().is_empty() && url.password().is_none();
    (plain && bare_only && nobody).then(|| bare(&url))
}

fn bare(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let start =
            Start { opens: Some(Opens::Shop(ShopId(3))), known_url: Some("http://a".into()), ..Start::default() };
        start.save(dir.path()).unwrap();
        assert_eq!(Start::load(dir.path()), start);
        assert_eq!(Start::load(&dir.path().join("none")), Start::default());
    }

    #[test]
    fn an_address_that_changed_by_itself_is_said_until_it_was_seen() {
        let (mut start, here) = (Start::default(), "10.0.0.5:8787".parse().unwrap());
        assert_eq!(start.address("http://10.0.0.5:8787", here, false).before, None);
        for _ in 0..2 {
            let changed = start.address("http://10.0.0.9:8787", here, false);
            assert_eq!(changed.before.as_deref(), Some("http://10.0.0.5:8787"));
        }
        start.known_url = Some("http://10.0.0.9:8787".to_owned());
        assert_eq!(start.address("http://10.0.0.9:8787", here, false).before, None);
        assert_eq!(start.address("https://till.example.org", here, true).before, None, "it was named");
        start.phone_url = Some("http://till.local:8787".to_owned());
        let chosen = start.address("http://till.local:8787", here, false);
        assert_eq!((chosen.before, chosen.chosen.as_deref()), (None, Some("http://till.local:8787")));
    }

    #[test]
    fn the_computers_name_is_offered_with_the_port() {
        assert_eq!(by_name("http://10.0.0.5:8787", Some("till")), ["http://till.local:8787"]);
        assert_eq!(by_name("https://10.0.0.5", Some("till")), ["https://till.local"]);
        assert!(by_name("http://10.0.0.5:8787", None).is_empty());
    }

    #[test]
    fn an_answer_that_is_none_opens_nothing() {
        let answers = wire::Answers {
            language: Language::Zh,
            name: "莲花".to_owned(),
            currency: "CNY".to_owned(),
            pass: Some("洗车".to_owned()),
            money: true,
            owner: None,
            customer: "我".to_owned(),
        };
        let opens = |change: &dyn Fn(&mut wire::Answers)| {
            let mut changed = answers.clone();
            change(&mut changed);
            opening(Begin::New(changed)).is_some()
        };
        assert!(opens(&|_| ()) && opens(&|answers| answers.pass = None));
        assert!(!opens(&|answers| answers.name = " ".to_owned()));
        assert!(!opens(&|answers| answers.currency = "Yuan!".to_owned()));
        assert!(!opens(&|answers| answers.pass = Some(String::new())));
        let owner = |pin: &str| serde_json::from_value(serde_json::json!({ "name": "Ann", "pin": pin })).unwrap();
        assert!(opens(&|answers| answers.owner = Some(owner("2468"))));
        assert!(!opens(&|answers| answers.owner = Some(owner("12"))), "and nothing is opened without its PIN");
        assert!(opening(Begin::Shop { id: u64::MAX }).is_none());
    }

    #[test]
    fn only_a_bare_address_is_one() {
        assert_eq!(phone_url(" https://till.example.org/ ").as_deref(), Some("https://till.example.org"));
        assert_eq!(phone_url("http://10.0.0.5:8787").as_deref(), Some("http://10.0.0.5:8787"));
        for none in ["", "till.local", "ftp://a", "http://", "http://a/b", "http://a?b", "http://u:p@a", "javascript:1"]
        {
            assert_eq!(phone_url(none), None, "{none}");
        }
        assert_eq!(phone_url(&format!("http://{}.org", "a".repeat(300))), None);
    }
}
