//! What the tills asked for and what they were answered: everything that the model knows.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::plan::{Act, Step};
use crate::shop::{Shop, UNITS};

/// Undone are the newest requests, so many of them.
const NEWEST: usize = 200;

/// What a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Of a code.
    Redemption {
        /// The code.
        code: String,
    },
    /// With so much bonus.
    TopUp {
        /// What the shop adds.
        bonus: i64,
    },
    /// Of another request.
    Reversal {
        /// Its id.
        of: String,
    },
    /// A refund, a transfer or an adjustment, told in so many events.
    ByHand {
        /// Two for a transfer, one to each customer.
        events: usize,
    },
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// Which till sends it.
    pub till: usize,
    /// The word in the path under which its outcome is found.
    pub noun: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Where it is sent.
    pub path: String,
    /// What is sent.
    pub body: Value,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Value,
}

impl Answer {
    /// Whether the request is settled by it; else it is sent again.
    pub fn is_final(&self) -> bool {
        !matches!(self.status, 429 | 503)
    }
}

/// A request and everything that was said about it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The request.
    pub request: Request,
    /// Answers to it.
    pub answers: Vec<Answer>,
    /// Answers to cancels of it.
    pub cancels: Vec<Answer>,
}

/// One call.
#[derive(Debug, Clone)]
pub enum Call {
    /// Of a request.
    Send(String),
    /// Of its cancel.
    Cancel(String),
}

/// Everything that was asked.
#[derive(Default)]
pub struct Asked {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    records: HashMap<String, Record>,
    /// Ids of recorded redemptions and top-ups, the newest last.
    recorded: Vec<String>,
    /// Calls without a final answer.
    open: VecDeque<Call>,
}

impl Asked {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }

    /// A call that is to be repeated.
    pub fn open(&self) -> Option<Call> {
        self.state().open.pop_front()
    }

    /// Whether every call has its final answer.
    pub fn is_settled(&self) -> bool {
        self.state().open.is_empty()
    }

    /// A call got no final answer.
    pub fn leave_open(&self, call: Call) {
        self.state().open.push_back(call);
    }

    /// The request of an id.
    pub fn request(&self, id: &str) -> Request {
        self.state().records[id].request.clone()
    }

    /// Every record.
    pub fn records(&self) -> Vec<Record> {
        self.state().records.values().cloned().collect()
    }

    /// Notes a final answer.
    pub fn answered(&self, call: &Call, answer: Answer) {
        let mut state = self.state();
        match call {
            Call::Send(id) => {
                let undoable = answer.status == 201 && !answer.body["customer"].is_null();
                let record = state.records.get_mut(id).expect("only what was asked is answered");
                let undoable = undoable && matches!(record.request.noun, "redemptions" | "top-ups");
                record.answers.push(answer);
                if undoable {
                    state.recorded.push(id.clone());
                }
            }
            Call::Cancel(id) => {
                state.records.get_mut(id).expect("only what was asked is cancelled").cancels.push(answer);
            }
        }
    }

    /// The calls of a step, to be made at once.
    pub fn calls(&self, step: &Step, shop: &Shop) -> Vec<Call> {
        match step.act {
            Act::Phone => self.redemptions(step, shop, false, &[0]),
            Act::Card => self.redemptions(step, shop, true, &[0]),
            Act::DoubleScan { apart } => self.redemptions(step, shop, false, &[0, usize::from(apart)]),
            Act::SameId => self.redemptions(step, shop, false, &[0]).into_iter().flat_map(twice).collect(),
            Act::CancelRace => self.redemptions(step, shop, false, &[0]).into_iter().flat_map(with_cancel).collect(),
            Act::CancelUnsent => {
                let calls = self.redemptions(step, shop, true, &[0]);
                calls.into_iter().flat_map(with_cancel).skip(1).collect()
            }
            Act::CancelRecorded => self.target(step).map(Call::Cancel).into_iter().collect(),
            Act::TopUp { bonus } => vec![self.top_up(step, shop, i64::from(bonus) * step.amount)],
            Act::Reverse { part } => self.reversal(step, part).into_iter().collect(),
            Act::Refund => vec![self.by_hand(step, shop, "refunds", 1, json!({ "amount": step.amount }))],
            Act::Transfer => {
                let all = shop.customers.len();
                let to = shop.customers[(step.pick[0] % all + 1 + step.pick[3] % (all - 1)) % all].id;
                vec![self.by_hand(step, shop, "transfers", 2, json!({ "to": to, "amount": step.amount }))]
            }
            Act::Adjust { up } => {
                let amount = if up { step.amount } else { -step.amount };
                vec![self.by_hand(step, shop, "adjustments", 1, json!({ "amount": amount }))]
            }
        }
    }

    /// The same code, once for each till that is named.
    fn redemptions(&self, step: &Step, shop: &Shop, card: bool, tills: &[usize]) -> Vec<Call> {
        let customer = &shop.customers[step.pick[0] % shop.customers.len()];
        let code = (!card).then(|| customer.code()).flatten().unwrap_or_else(|| customer.card.clone());
        let unit = UNITS.get(step.pick[2] % 3);
        let send = |till: &usize| {
            let id = Uuid::now_v7().to_string();
            let mut body = json!({ "id": id, "code": code, "amount": step.amount });
            if let Some(unit) = unit {
                body["unit"] = json!(unit);
            }
            let kind = Kind::Redemption { code: code.clone() };
            self.ask(Request {
                id,
                till: (step.pick[1] + till) % shop.tills.len(),
                noun: "redemptions",
                kind,
                path: "redemptions".into(),
                body,
            })
        };
        tills.iter().map(send).collect()
    }

    fn top_up(&self, step: &Step, shop: &Shop, bonus: i64) -> Call {
        let customer = &shop.customers[step.pick[0] % shop.customers.len()];
        let id = Uuid::now_v7().to_string();
        let unit = UNITS[step.pick[2] % UNITS.len()];
        let body = json!({ "id": id, "unit": unit, "amount": 4 * step.amount, "bonus": bonus });
        let till = step.pick[1] % shop.tills.len();
        let path = format!("customers/{}/top-ups", customer.id);
        self.ask(Request { id, till, noun: "top-ups", kind: Kind::TopUp { bonus }, path, body })
    }

    /// What takes a manager in a shop that has any.
    fn by_hand(&self, step: &Step, shop: &Shop, noun: &'static str, events: usize, mut body: Value) -> Call {
        let customer = &shop.customers[step.pick[0] % shop.customers.len()];
        let id = Uuid::now_v7().to_string();
        body["id"] = json!(id);
        body["unit"] = json!(UNITS[step.pick[2] % UNITS.len()]);
        body["reason"] = json!("by hand");
        let till = step.pick[1] % shop.tills.len();
        let path = format!("customers/{}/{noun}", customer.id);
        self.ask(Request { id, till, noun, kind: Kind::ByHand { events }, path, body })
    }

    fn reversal(&self, step: &Step, part: bool) -> Option<Call> {
        let of = self.target(step)?;
        let undone = self.request(&of);
        let id = Uuid::now_v7().to_string();
        let mut body = json!({ "id": id });
        if part {
            body["amount"] = json!(1);
        }
        let path = format!("{}/{of}/reversals", undone.noun);
        let kind = Kind::Reversal { of };
        Some(self.ask(Request { id, till: undone.till, noun: "reversals", kind, path, body }))
    }

    /// One of the newest recorded requests.
    fn target(&self, step: &Step) -> Option<String> {
        let state = self.state();
        let newest = state.recorded.len().min(NEWEST);
        let back = step.pick[3].checked_rem(newest)?;
        state.recorded.get(state.recorded.len() - 1 - back).cloned()
    }

    fn ask(&self, request: Request) -> Call {
        let id = request.id.clone();
        let record = Record { request, answers: Vec::new(), cancels: Vec::new() };
        self.state().records.insert(id.clone(), record);
        Call::Send(id)
    }
}

fn twice(call: Call) -> [Call; 2] {
    [call.clone(), call]
}

fn with_cancel(call: Call) -> [Call; 2] {
    let (Call::Send(id) | Call::Cancel(id)) = &call;
    let cancel = Call::Cancel(id.clone());
    [call, cancel]
}
