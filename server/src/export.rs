//! What leaves the books: entries and customers as JSON objects and as lines of a CSV file.
//!
//! Pure. JSON has amounts in minor units and times in UTC; CSV is for spreadsheets: amounts in decimals, times by
//! the shop's clock, and formulas defused. A sheet of customers can be imported again.

use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::csv::Cell;
use crate::day;
use crate::id::{CustomerId, OperatorId, RequestId, TerminalId};
use crate::ledger::{EntryKind, Millis, OwnAccount, Split, rfc3339};
use crate::report::{Direction, ZReport};
use crate::unit::Unit;

/// The columns of [`Entry::cells`].
pub const ENTRY_COLUMNS: [&str; 23] = [
    "number",
    "time",
    "kind",
    "reverses_kind",
    "reverses_number",
    "request_id",
    "unit",
    "change",
    "principal",
    "bonus",
    "balance",
    "against",
    "customer_id",
    "customer",
    "terminal_id",
    "terminal",
    "operator_id",
    "operator",
    "approver_id",
    "other_customer_id",
    "credential",
    "note",
    "utc",
];

/// A ledger entry with the names that belong to it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number in the shop.
    pub number: i64,
    /// When.
    pub at: Millis,
    /// What it is.
    pub kind: EntryKind,
    /// The kind of what it undoes.
    pub of: Option<EntryKind>,
    /// The number of what it undoes.
    pub reverses: Option<i64>,
    /// The request that caused it.
    pub id: RequestId,
    /// What was moved.
    pub unit: Unit,
    /// Into the customer's account or out of it.
    pub direction: Direction,
    /// The shop's account on the other side.
    pub against: OwnAccount,
    /// The amount in its parts.
    pub split: Split,
    /// The customer's account right after it.
    pub balance: i64,
    /// Whose account.
    pub customer: CustomerId,
    /// Their name now.
    pub customer_name: String,
    /// Where.
    pub terminal: Option<TerminalId>,
    /// What it is called.
    pub terminal_name: Option<String>,
    /// Who.
    pub operator: Option<OperatorId>,
    /// Their name.
    pub operator_name: Option<String>,
    /// Who approved.
    pub approver: Option<OperatorId>,
    /// The other customer of a transfer.
    pub peer: Option<CustomerId>,
    /// What was scanned, ten digits.
    pub credential: Option<String>,
    /// Free text.
    pub note: Option<String>,
}

/// A ledger entry as JSON. Amounts are in minor units or visits.
#[derive(Serialize, ToSchema)]
pub struct ExportedEntry<'a> {
    number: i64,
    #[schema(format = DateTime)]
    at: String,
    kind: EntryKind,
    /// The kind of what a reversal undoes.
    of: Option<EntryKind>,
    /// The number of what a reversal undoes.
    reverses: Option<i64>,
    /// The request that caused it; a request may have caused more than one.
    id: RequestId,
    unit: &'a Unit,
    direction: Direction,
    against: OwnAccount,
    principal: i64,
    bonus: i64,
    /// The customer's account right after it.
    balance: i64,
    customer: CustomerId,
    customer_name: &'a str,
    terminal: Option<TerminalId>,
    operator: Option<OperatorId>,
    approver: Option<OperatorId>,
    /// The other customer of a transfer.
    other_customer: Option<CustomerId>,
    credential: Option<&'a str>,
    note: Option<&'a str>,
}

impl Entry {
    /// As JSON.
    pub fn exported(&self) -> ExportedEntry<'_> {
        ExportedEntry {
            number: self.number,
            at: rfc3339(self.at),
            kind: self.kind,
            of: self.of,
            reverses: self.reverses,
            id: self.id,
            unit: &self.unit,
            direction: self.direction,
            against: self.against,
            principal: self.split.principal,
            bonus: self.split.bonus,
            balance: self.balance,
            customer: self.customer,
            customer_name: &self.customer_name,
            terminal: self.terminal,
            operator: self.operator,
            approver: self.approver,
            other_customer: self.peer,
            credential: self.credential.as_deref(),
            note: self.note.as_deref(),
        }
    }

    /// As a line of a CSV file; `change` is below zero where the customer lost.
    pub fn cells(&self, zone: &TimeZone) -> Vec<Cell> {
        let sign = match self.direction {
            Direction::In => 1,
            Direction::Out => -1,
        };
        let amount = |amount: i64| Cell::Number(self.unit.decimal(amount));
        vec![
            Cell::Number(self.number.to_string()),
            Cell::Text(day::local(zone, self.at)),
            Cell::Text(self.kind.as_str().into()),
            Cell::text(self.of.map(EntryKind::as_str)),
            Cell::number(self.reverses),
            Cell::Text(self.id.to_string()),
            Cell::Text(self.unit.to_string()),
            amount(sign * self.split.total()),
            amount(self.split.principal),
            amount(self.split.bonus),
            amount(self.balance),
            Cell::Text(self.against.as_str().into()),
            Cell::Number(self.customer.to_string()),
            Cell::Text(self.customer_name.clone()),
            Cell::number(self.terminal),
            Cell::text(self.terminal_name.as_deref()),
            Cell::number(self.operator),
            Cell::text(self.operator_name.as_deref()),
            Cell::number(self.approver),
            Cell::number(self.peer),
            Cell::text(self.credential.as_deref()),
            Cell::text(self.note.as_deref()),
            Cell::Text(rfc3339(self.at)),
        ]
    }
}

/// A customer with what they hold.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Their id.
    pub id: CustomerId,
    /// Their id in the system that they came from.
    pub external: Option<String>,
    /// Their name.
    pub name: String,
    /// Digits alone.
    pub phone: Option<String>,
    /// Since when.
    pub created_at: Millis,
    /// Frozen since.
    pub frozen_at: Option<Millis>,
    /// Their data was erased.
    pub erased_at: Option<Millis>,
    /// Their accounts.
    pub holds: Vec<Holds>,
}

/// What a customer holds in one unit.
#[derive(Debug, Clone)]
pub struct Holds {
    /// The unit.
    pub unit: Unit,
    /// Its parts.
    pub split: Split,
    /// When it expires.
    pub expires_at: Option<Millis>,
}

/// A customer as JSON.
#[derive(Serialize, ToSchema)]
pub struct ExportedCustomer<'a> {
    id: CustomerId,
    external_id: Option<&'a str>,
    name: &'a str,
    phone: Option<&'a str>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    frozen_at: Option<String>,
    #[schema(format = DateTime)]
    erased_at: Option<String>,
    accounts: Vec<ExportedAccount<'a>>,
}

/// An account as JSON, in minor units or visits.
#[derive(Serialize, ToSchema)]
pub struct ExportedAccount<'a> {
    unit: &'a Unit,
    principal: i64,
    bonus: i64,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

impl Holds {
    fn exported(&self) -> ExportedAccount<'_> {
        ExportedAccount {
            unit: &self.unit,
            principal: self.split.principal,
            bonus: self.split.bonus,
            expires_at: self.expires_at.map(rfc3339),
        }
    }
}

impl Customer {
    /// As JSON.
    pub fn exported(&self) -> ExportedCustomer<'_> {
        ExportedCustomer {
            id: self.id,
            external_id: self.external.as_deref(),
            name: &self.name,
            phone: self.phone.as_deref(),
            created_at: rfc3339(self.created_at),
            frozen_at: self.frozen_at.map(rfc3339),
            erased_at: self.erased_at.map(rfc3339),
            accounts: self.holds.iter().map(Holds::exported).collect(),
        }
    }

    /// The columns of [`Customer::cells`], which `sheet` reads again.
    pub fn columns(units: &[Unit]) -> Vec<Cell> {
        let text = |text: &str| Cell::Text(text.to_owned());
        let mut columns = ["external_id", "name", "phone"].map(text).to_vec();
        for unit in units {
            columns.extend(["", "_bonus", "_expires"].map(|part| Cell::Text(format!("{unit}{part}"))));
        }
        columns.extend(["customer_id", "created_at", "frozen_at", "erased_at"].map(text));
        columns
    }

    /// As a line of a CSV file.
    pub fn cells(&self, units: &[Unit], zone: &TimeZone) -> Vec<Cell> {
        let time = |at: Option<Millis>| Cell::text(at.map(|at| day::local(zone, at)));
        let mut cells = vec![
            Cell::text(self.external.as_deref()),
            Cell::Text(self.name.clone()),
            Cell::text(self.phone.as_deref()),
        ];
        for unit in units {
            match self.holds.iter().find(|holds| holds.unit == *unit) {
                Some(Holds { split, expires_at, .. }) => cells.extend([
                    Cell::Number(unit.decimal(split.principal)),
                    Cell::Number(unit.decimal(split.bonus)),
                    time(*expires_at),
                ]),
                None => cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]),
            }
        }
        cells.extend([
            Cell::Number(self.id.to_string()),
            time(Some(self.created_at)),
            time(self.frozen_at),
            time(self.erased_at),
        ]);
        cells
    }
}

/// A Z report as JSON; its totals go out byte for byte as they were frozen.
pub fn z_report(z: &ZReport) -> String {
    let operator = z.operator.map_or_else(|| "null".into(), |operator| operator.to_string());
    format!(
        r#"{{"number":{},"id":"{}","at":"{}","terminal":{},"operator":{operator},"hash":"{}","totals":{}}}"#,
        z.number,
        z.request,
        rfc3339(z.at),
        z.terminal,
        hex::encode(z.hash),
        z.totals
    )
}
