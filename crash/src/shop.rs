//! The shop of a run: two tills, customers with phones and cards, and the codes that they can still show.

use std::path::Path;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use serde_json::Value;
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};

use crate::cut::Disk;
use crate::server;

/// What every customer holds at first, in each unit.
pub const OPENING: i64 = 40;
/// The shop's units; the first is its default.
pub const UNITS: [&str; 2] = ["wash", "CNY"];
/// How early a code may be, in steps: less than the server's 12, because clocks differ.
const REACH: i64 = 10;

/// The shop.
pub struct Shop {
    /// Tokens of its two tills.
    pub tills: [String; 2],
    /// Its customers.
    pub customers: Vec<Customer>,
}

/// One customer.
pub struct Customer {
    /// Their id.
    pub id: i64,
    /// Their phone's token.
    pub token: String,
    /// Their card's code.
    pub card: String,
    number: CredentialNumber,
    key: Key,
    /// The last step shown.
    last: Mutex<i64>,
}

impl Shop {
    /// Makes it with the binary's own command.
    pub async fn provision(binary: &Path, data: &Path, customers: usize, disk: Option<&Disk>) -> anyhow::Result<Self> {
        let (count, balance) = (customers.to_string(), OPENING.to_string());
        let order = ["provision", "--shop", "Lotus", "--unit", UNITS[0], "--unit", UNITS[1]];
        let first = [&order[..], &["--customers", &count, "--balance", &balance]].concat();
        let made = server::run(binary, &first, data, disk).await?;
        let second = [&order[..], &["--customers", "0", "--balance", "0"]].concat();
        let second = server::run(binary, &second, data, disk).await?;
        let mut lines = made.lines().map(serde_json::from_str::<Value>);
        let till = |line: Value| line["terminal"]["token"].as_str().map(str::to_owned);
        let one = lines.next().transpose()?.and_then(till).context("no till was made")?;
        let two = serde_json::from_str(second.trim()).ok().and_then(till).context("no second till was made")?;
        let customers = lines.map(|line| Customer::of(&line?)).collect::<anyhow::Result<_>>()?;
        Ok(Self { tills: [one, two], customers })
    }
}

impl Customer {
    fn of(line: &Value) -> anyhow::Result<Self> {
        let text = |name: &str| line[name].as_str().context("a text of a provisioned customer");
        let key: [u8; 32] = hex::decode(text("key")?)?.try_into().ok().context("a key of 32 bytes")?;
        Ok(Self {
            id: line["customer_id"].as_i64().context("a customer's id")?,
            token: text("token")?.to_owned(),
            card: text("card_code")?.to_owned(),
            number: CredentialNumber::new(text("credential")?.parse()?).context("a credential's number")?,
            key: Key::from_bytes(key),
            last: Mutex::new(0),
        })
    }

    /// The next code that the phone shows; none for the moment if it has shown all that hold now.
    pub fn code(&self) -> Option<String> {
        let now = Step::at(unix_s()).0;
        let mut last = self.last.lock().expect("nobody panics while holding it");
        let step = now.max(*last + 1);
        if step > now + REACH {
            return None;
        }
        *last = step;
        Some(Code::phone(self.number, &self.key, Step(step)).to_string())
    }
}

impl Customer {
    /// A code of another time than now, some seconds from it.
    pub fn code_at(&self, seconds: i64) -> String {
        Code::phone(self.number, &self.key, Step::at(unix_s() + seconds)).to_string()
    }
}

/// Seconds since the Unix epoch.
fn unix_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
