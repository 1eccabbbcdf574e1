//! What an import of customers does or would do, as the server tells it and the page draws it.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Imported {
    /// It would be done so; nothing was written.
    Would(Import),
    /// All of it is in the books.
    Done(Import),
    /// Nothing was written.
    Wrong(WrongCells),
}

/// What a file brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Import {
    /// How it was read.
    pub encoding: String,
    /// Columns that were left aside.
    pub ignored: Vec<String>,
    /// How many.
    pub customers: u64,
    /// What they hold.
    pub opened: Vec<ImportedUnit>,
}

/// Accounts of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct ImportedUnit {
    /// The unit.
    pub unit: String,
    /// How many.
    pub accounts: u64,
    /// What was paid for, in digits: a sum may be beyond 2^53.
    pub principal: String,
    /// What the shop gave on top, in digits.
    pub bonus: String,
}

/// Everything that is wrong with a file: the first of it, and how much in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct WrongCells {
    /// In the file's order.
    pub wrong: Vec<WrongCell>,
    /// All of them.
    pub wrong_count: u64,
}

/// A wrong cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct WrongCell {
    /// In the file, from 1.
    pub line: u64,
    /// The column's name; none: the whole line.
    pub column: Option<String>,
    /// See [`WrongWhat`].
    pub what: WrongWhat,
    /// What to do, in English, for what this till does not know yet.
    pub detail: String,
}

/// What is wrong with a cell, a line or the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum WrongWhat {
    /// The file is no text that can be read.
    Encoding,
    /// The first line names no `name` column.
    HeaderMissing,
    /// The first line names something else.
    HeaderUnknown,
    /// The first line names a column twice.
    HeaderTwice,
    /// Too many columns.
    TooManyColumns,
    /// Too many customers.
    TooManyRows,
    /// No customers.
    NoRows,
    /// More or fewer fields than the first line has.
    Fields,
    /// A quote that does not open or close a cell.
    Quote,
    /// Too long.
    TooLong,
    /// No name.
    Name,
    /// No id of another system.
    External,
    /// No phone number.
    Phone,
    /// No amount of this unit.
    Amount,
    /// More than an account may hold.
    TooMuch,
    /// No date.
    Date,
    /// The same value stands on another line.
    Twice,
    /// Another customer of the shop has it.
    Known,
    /// Something that this till does not know yet.
    #[serde(other)]
    Other,
}
