//! What is wrong with a sheet: which cell, by what, and what to do.

use serde::Serialize;
use utoipa::ToSchema;

/// Wrong cells that are listed; more are only counted.
pub const MAX_WRONG: usize = 100;

/// What a cell can be wrong by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WhatIsWrong)]
pub enum What {
    /// The file is neither UTF-8 nor GB18030.
    Encoding,
    /// The first line names no `name` column, or there is no first line.
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
    /// A name with nothing in it, or with what no screen can show.
    Name,
    /// An external id with what no screen can show.
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
}

/// A wrong cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Wrong {
    /// The line in the file, from 1.
    pub line: u64,
    /// The column's name; null: the whole line.
    pub column: Option<String>,
    /// What is wrong, from a closed list that clients turn into a sentence.
    pub what: What,
    /// What to do, in English.
    pub detail: String,
}

/// Everything that is wrong: the first of it, and how much in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrongs {
    /// At most [`MAX_WRONG`].
    pub first: Vec<Wrong>,
    /// All of them.
    pub count: u64,
}

impl Wrongs {
    /// Adds one.
    pub fn add(&mut self, line: u64, column: Option<&str>, what: What, detail: impl Into<String>) {
        self.count += 1;
        if self.first.len() < MAX_WRONG {
            let column = column.map(str::to_owned);
            self.first.push(Wrong { line, column, what, detail: detail.into() });
        }
    }

    pub(super) fn only(what: What, detail: &str) -> Self {
        let mut wrongs = Self::default();
        wrongs.add(1, None, what, detail);
        wrongs
    }
}
