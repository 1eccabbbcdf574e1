//! The model: what every customer was told, added up by rules of its own, and what every till was answered.
//!
//! Knows nothing of the server's code. A difference is a sentence.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::request::{Answer, Kind, Record};
use crate::shop::{OPENING, UNITS};

/// What an event of a redemption and the answer to it have in common.
const SAME: [&str; 6] = ["unit", "amount", "balance", "at", "seq", "mark"];

/// What a customer holds in one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Paid for.
    pub principal: i64,
    /// Given on top.
    pub bonus: i64,
}

impl Held {
    fn total(self) -> i64 {
        self.principal + self.bonus
    }

    fn plus(self, part: Self, sign: i64) -> Self {
        Self { principal: self.principal + sign * part.principal, bonus: self.bonus + sign * part.bonus }
    }
}

/// What the events of all customers say.
#[derive(Default)]
pub struct Model {
    /// Movements by the id of their request, all but reversals.
    moved: HashMap<String, Vec<Value>>,
    /// Reversals by their own id.
    reversals: HashMap<String, Vec<Value>>,
    /// What was given back of a request.
    given_back: HashMap<String, i64>,
    /// What is left to give back of a redemption: principal and bonus.
    left: HashMap<String, Held>,
    /// Used codes.
    used: HashSet<(String, i64)>,
    /// Differences.
    pub wrong: Vec<String>,
}

impl Model {
    /// Takes in all events of one customer; what they hold after them, by unit.
    pub fn add(&mut self, customer: i64, events: &[Value]) -> HashMap<String, Held> {
        let opening = Held { principal: OPENING, bonus: 0 };
        let mut held: HashMap<String, Held> = UNITS.iter().map(|unit| ((*unit).to_owned(), opening)).collect();
        for (event, seq) in events.iter().zip(1..) {
            if event["seq"] != seq {
                self.wrong.push(format!("customer {customer}: {} where event {seq} comes next", event["seq"]));
            }
            let unit = event["unit"].as_str().unwrap_or_default();
            let Some(before) = held.get(unit).copied() else {
                self.wrong.push(format!("customer {customer}: an event of a unit that is none: {event}"));
                continue;
            };
            match self.event(event, before) {
                Ok(after) => drop(held.insert(unit.to_owned(), after)),
                Err(why) => self.wrong.push(format!("customer {customer}: {why}: {event}")),
            }
        }
        held
    }

    fn event(&mut self, event: &Value, before: Held) -> Result<Held, &'static str> {
        let (id, amount) = (text(event, "id"), number(event, "amount"));
        let part = Held { principal: number(event, "principal"), bonus: number(event, "bonus") };
        let after = match event["type"].as_str().unwrap_or_default() {
            "refusal" => {
                let poor = event["code"] == "insufficient_balance";
                let right = !poor || number(event, "balance") == before.total() && amount > before.total();
                return if right { Ok(before) } else { Err("a refusal for want of value that was there") };
            }
            "redemption" => {
                let principal = amount.min(before.principal);
                let takes = Held { principal, bonus: amount - principal };
                if part != takes {
                    return Err("principal goes first");
                }
                self.use_code(event)?;
                self.left.insert(id.clone(), takes);
                Held { principal: before.principal - takes.principal, bonus: before.bonus - takes.bonus }
            }
            "top_up" => Held { principal: before.principal + amount, ..before },
            "bonus" => Held { bonus: before.bonus + amount, ..before },
            "reversal" => self.reversal(event, before, amount)?,
            "refund" => before.plus(part, -1),
            "transfer" | "adjustment" => before.plus(part, if event["gain"] == true { 1 } else { -1 }),
            _ => return Err("an event that nobody caused"),
        };
        if event["type"] == "reversal" {
            *self.given_back.entry(text(event, "of")).or_default() += amount;
            self.reversals.entry(id).or_default().push(event.clone());
        } else {
            self.moved.entry(id).or_default().push(event.clone());
        }
        let right = after.principal >= 0 && after.bonus >= 0 && after.total() == number(event, "balance");
        if right { Ok(after) } else { Err("the balance does not follow from the events before it") }
    }

    fn reversal(&mut self, event: &Value, before: Held, amount: i64) -> Result<Held, &'static str> {
        match event["of_type"].as_str().unwrap_or_default() {
            "redemption" => {
                let left = self.left.get_mut(&text(event, "of")).ok_or("a reversal of nothing")?;
                let bonus = amount.min(left.bonus);
                let back = Held { principal: amount - bonus, bonus };
                left.principal -= back.principal;
                left.bonus -= back.bonus;
                if left.principal < 0 {
                    return Err("more was given back than was taken");
                }
                Ok(Held { principal: before.principal + back.principal, bonus: before.bonus + back.bonus })
            }
            "top_up" => Ok(Held { principal: before.principal - amount, ..before }),
            "bonus" => Ok(Held { bonus: before.bonus - amount, ..before }),
            _ => Err("a reversal of something unknown"),
        }
    }

    fn use_code(&mut self, event: &Value) -> Result<(), &'static str> {
        let Some(step) = event["step"].as_i64() else { return Ok(()) };
        let fresh = self.used.insert((text(event, "credential"), step));
        if fresh { Ok(()) } else { Err("a code was used twice") }
    }

    /// Holds a record against the books; `got` is how they say now that it ended.
    pub fn check(&mut self, record: &Record, records: &HashMap<String, Record>, got: &Answer) {
        if let Err(why) = self.record(record, records, got) {
            let Record { request, answers, cancels } = record;
            let events = (self.moved.get(&request.id), self.reversals.get(&request.id));
            self.wrong.push(format!(
                "{why}: {} {}; answers {answers:?}; cancels {cancels:?}; now {got:?}; events {events:?}",
                request.path, request.body
            ));
        }
    }

    fn record(&self, record: &Record, records: &HashMap<String, Record>, got: &Answer) -> Result<(), &'static str> {
        let id = &record.request.id;
        let was = was(record)?;
        let mut recorded = was == Some("recorded");
        for answer in &record.answers {
            match answer.status {
                200 | 201 if answer.body["repeated"] == true => self.repeat(record, records, answer)?,
                200 | 201 => {
                    recorded = true;
                    self.same(record, answer)?;
                }
                409 if answer.body["code"] == "cancelled" && !matches!(record.request.kind, Kind::Reversal { .. }) => {
                    was.ok_or("cancelled by nobody")?;
                }
                402 | 403 | 409 | 410 | 422 => {
                    if recorded || was == Some("recorded") {
                        return Err("recorded and refused");
                    }
                }
                _ => return Err("an answer that is none"),
            }
        }
        let moved = self.moved.get(id).map_or(0, Vec::len);
        let own = self.reversals.get(id).is_some_and(|all| all.iter().any(|event| event["of"] != **id));
        match (&record.request.kind, recorded) {
            (Kind::Redemption { .. }, true) if moved == 1 => {}
            (Kind::TopUp { bonus }, true) if moved == 1 + usize::from(*bonus > 0) => {}
            (Kind::ByHand { events }, true) if moved == *events => {}
            (Kind::Reversal { .. }, true) if own && moved == 0 => {}
            (_, false) if !own && moved == 0 => {}
            (_, true) => return Err("an answered request is not in the books, or twice"),
            (_, false) => return Err("in the books is what was never recorded"),
        }
        self.now(record, was, recorded, got)
    }

    /// How the books say that it ended is how it was answered.
    fn now(&self, record: &Record, was: Option<&str>, recorded: bool, got: &Answer) -> Result<(), &'static str> {
        let id = &record.request.id;
        if got.status != 200 {
            return Err("an id that ended is not known");
        }
        let back = self.given_back.get(id).copied().unwrap_or(0);
        if let Some(was) = was {
            let total: i64 = self.moved.get(id).into_iter().flatten().map(|event| number(event, "amount")).sum();
            let undone = got.body["was"] == was && back == total;
            return if got.body["status"] == "cancelled" && undone { Ok(()) } else { Err("cancelled, and not undone") };
        }
        if !recorded {
            let repeated = got.body["repeated"] == true;
            let refused = got.body["status"] == "refused";
            let code = record.answers.iter().all(|answer| repeated || answer.body["code"] == got.body["code"]);
            return if (repeated || refused) && code { Ok(()) } else { Err("refused, and not so in the books") };
        }
        if record.request.noun == "redemptions" && number(&got.body, "reversed") != back {
            return Err("what was given back does not add up");
        }
        let told = record.answers.iter().filter(|answer| answer.body["repeated"] != true && answer.status < 300);
        let same = told.into_iter().all(|answer| SAME.iter().all(|name| answer.body[name] == got.body[name]));
        if same && got.body["status"] == "recorded" {
            Ok(())
        } else {
            Err("answered otherwise than it is in the books")
        }
    }

    /// An answer is what the customer was told.
    fn same(&self, record: &Record, answer: &Answer) -> Result<(), &'static str> {
        let id = &record.request.id;
        let events = if record.request.noun == "reversals" { &self.reversals } else { &self.moved };
        let all = events.get(id).ok_or("an answered request is not in the books")?;
        // Of a transfer the answer is about whoever gives.
        let first = all.iter().find(|event| event["gain"] == false).unwrap_or(&all[0]);
        let asked = &record.request.body["amount"];
        let amount = match record.request.kind {
            Kind::Redemption { .. } | Kind::TopUp { .. } => answer.body["amount"] == *asked,
            Kind::ByHand { .. } => number(&answer.body, "amount").abs() == asked.as_i64().unwrap_or(0).abs(),
            Kind::Reversal { .. } => asked.is_null() || answer.body["amount"] == *asked,
        };
        let of_one = all.len() == 1 && record.cancels.is_empty();
        let same = ["at", "seq", "mark", "unit"].iter().all(|name| first[name] == answer.body[name]);
        let balance = !of_one || first["balance"] == answer.body["balance"];
        if answer.body["id"] == **id && amount && same && balance {
            Ok(())
        } else {
            Err("told otherwise than answered")
        }
    }

    fn repeat(&self, record: &Record, records: &HashMap<String, Record>, answer: &Answer) -> Result<(), &'static str> {
        let first = records.get(&text(&answer.body, "id")).ok_or("repeats what nobody asked for")?;
        let same = first.request.kind == record.request.kind && first.request.till == record.request.till;
        let taken = self.moved.get(&first.request.id).map_or(0, Vec::len) == 1;
        if same && taken { Ok(()) } else { Err("repeats another code") }
    }
}

/// What a cancel said that the request was; every cancel says the same.
fn was(record: &Record) -> Result<Option<&str>, &'static str> {
    let done = || record.cancels.iter().filter(|answer| answer.status == 200);
    if record.cancels.iter().any(|answer| answer.status != 200 && answer.body["code"] != "stands") {
        return Err("a cancel was answered with something else");
    }
    let first = done().next().and_then(|answer| answer.body["was"].as_str());
    let same = done().all(|answer| answer.body["was"].as_str() == first);
    if same { Ok(first) } else { Err("two cancels were answered differently") }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or(0)
}
