//! A ledger entry as terminals are shown it.

use serde::Serialize;

use crate::event::{ShownEntry, json};
use crate::id::{CustomerId, OperatorId, RequestId, TerminalId};
use crate::ledger::{EntryKind, rfc3339};
use crate::mark;

#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    number: i64,
    kind: EntryKind,
    id: RequestId,
    customer: CustomerName<'a>,
    unit: &'a str,
    amount: i64,
    principal: i64,
    bonus: i64,
    /// Whether the customer gained, where the kind alone does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    gain: Option<bool>,
    balance: i64,
    at: String,
    mark: String,
    terminal: Option<TerminalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<OperatorId>,
    /// The other customer of a transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<CustomerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of_kind: Option<EntryKind>,
}

/// A customer as screens name them.
#[derive(Debug, Serialize)]
pub struct CustomerName<'a> {
    /// Their id.
    pub id: CustomerId,
    /// Their name.
    pub name: &'a str,
}

/// The message of a terminal's socket.
pub fn of_entry(shown: &ShownEntry) -> String {
    let entry = &shown.entry;
    json(&Line {
        r#type: "entry",
        number: entry.number,
        kind: entry.kind,
        id: entry.request,
        customer: CustomerName { id: entry.customer, name: &shown.customer_name },
        unit: shown.unit.as_str(),
        amount: entry.split.total(),
        principal: entry.split.principal,
        bonus: entry.split.bonus,
        gain: entry.kind.goes_either_way().then_some(shown.gain),
        balance: entry.balance,
        at: rfc3339(entry.at),
        mark: mark::of(&entry.hash),
        terminal: entry.terminal,
        operator: entry.operator,
        peer: entry.peer,
        of: shown.of.map(|(id, _)| id),
        of_kind: shown.of.map(|(_, kind)| kind),
    })
}
