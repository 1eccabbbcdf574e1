//! The customers of a run: their tokens, and the codes that their phones show.
//!
//! A code works once. As a phone does, each customer moves on to the next step after a scan, within what the
//! shop tolerates; a customer whose steps are used up has to wait, so customers take turns.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};

/// Steps that a code may be off: 12 are tolerated, and the clock may tick on the way.
const TOLERANCE: i64 = 11;

/// A customer with a phone.
pub struct Customer {
    /// The phone's token.
    pub token: String,
    number: CredentialNumber,
    key: Key,
    last: i64,
}

/// Everybody that `provision` made.
pub struct Stock {
    /// The terminal's token.
    pub terminal: String,
    /// The customers.
    pub customers: Vec<Customer>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Terminal { terminal: Terminal },
    Customer { token: String, credential: String, key: String },
}

#[derive(Deserialize)]
struct Terminal {
    token: String,
}

impl Stock {
    /// Runs `provision`, and how long that took.
    pub fn make(mut provision: Command) -> anyhow::Result<(Self, Duration)> {
        let start = Instant::now();
        let mut child = provision.stdout(Stdio::piped()).spawn().context("provision could not be started")?;
        let out = child.stdout.take().context("provision has no output")?;
        let (mut terminal, mut customers) = (None, Vec::new());
        for line in BufReader::new(out).lines() {
            match serde_json::from_str(&line?)? {
                Line::Terminal { terminal: made } => terminal = Some(made.token),
                Line::Customer { token, credential, key } => {
                    let number = CredentialNumber::new(credential.parse()?).context("a number of eleven digits")?;
                    let key: [u8; 32] = hex::decode(key)?.try_into().ok().context("a key of another length")?;
                    customers.push(Customer { token, number, key: Key::from_bytes(key), last: 0 });
                }
            }
        }
        ensure!(child.wait()?.success(), "provision failed");
        let took = start.elapsed();
        Ok((Self { terminal: terminal.context("provision made no terminal")?, customers }, took))
    }

    /// The tokens of some customers' phones.
    pub fn tokens(&self, customers: &[u32]) -> Vec<(u32, String)> {
        customers.iter().map(|customer| (*customer, self.customers[*customer as usize].token.clone())).collect()
    }

    /// The code that a customer's phone shows next; none while its steps are used up.
    pub fn code(&mut self, customer: u32) -> Option<Code> {
        let customer = self.customers.get_mut(usize::try_from(customer).ok()?)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let now = Step::at(i64::try_from(now).ok()?).0;
        // A phone starts at the present step; ours start at the oldest that is taken, to have more of them.
        let step = (now - TOLERANCE).max(customer.last + 1);
        if step > now + TOLERANCE {
            return None;
        }
        customer.last = step;
        Some(Code::phone(customer.number, &customer.key, Step(step)))
    }
}

/// Customers that take turns.
pub struct Turns {
    order: VecDeque<u32>,
}

impl Turns {
    /// Some customers, in an order that has nothing to do with where they lie in the file.
    pub fn of(customers: &[u32]) -> Self {
        let mut order: Vec<u32> = customers.to_vec();
        // Knuth's multiplicative hash: the same order in every run.
        order.sort_by_key(|customer| customer.wrapping_mul(2_654_435_761));
        Self { order: order.into() }
    }

    /// The next one with a code.
    pub fn next(&mut self, stock: &mut Stock) -> anyhow::Result<(u32, Code)> {
        for _ in 0..self.order.len() {
            let customer = self.order.pop_front().context("nobody takes turns")?;
            self.order.push_back(customer);
            if let Some(code) = stock.code(customer) {
                return Ok((customer, code));
            }
        }
        anyhow::bail!("every customer has used every code that is taken now; the run is too long for them")
    }
}
