//! The database's own calls, for statements that run for every redemption.
//!
//! sqlx opens the connection and keeps it; here its handle is borrowed, so that a statement is prepared
//! once and run without a hop to another thread. The only unsafe code of this program: every pointer comes
//! from the borrowed connection or from a statement of it, and lives no longer than [`Raw`].

#![expect(unsafe_code, reason = "SQLite's interface is C")]

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use libsqlite3_sys as ffi;
use sqlx::sqlite::LockedSqliteHandle;

use super::Error;

/// A value to be bound.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// An integer.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Int)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(value: Option<&'a str>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Blob(value)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Blob(value)
    }
}

/// A borrowed connection with the statements that were prepared on it.
pub struct Raw<'c> {
    db: NonNull<ffi::sqlite3>,
    /// By the address of their text, which is a constant of this program.
    statements: Vec<(&'static str, NonNull<ffi::sqlite3_stmt>)>,
    connection: PhantomData<&'c mut ()>,
}

/// The row at which a statement stands.
pub struct Row<'r> {
    statement: NonNull<ffi::sqlite3_stmt>,
    step: PhantomData<&'r ()>,
}

impl<'c> Raw<'c> {
    /// Borrows a connection.
    pub fn on(handle: &'c mut LockedSqliteHandle<'_>) -> Self {
        Self { db: handle.as_raw_handle(), statements: Vec::new(), connection: PhantomData }
    }

    /// Runs a statement that answers nothing.
    pub fn run(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), Error> {
        self.each(sql, values, |_| Ok(()))
    }

    /// The first row of a query, if there is one.
    pub fn one<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let mut first = None;
        self.each(sql, values, |row| {
            if first.is_none() {
                first = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }

    /// Runs a query, row by row.
    pub fn each(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut row: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let statement = self.statement(sql)?;
        let result = self.steps(statement, values, &mut row);
        // SAFETY: the statement is ours and alive; what was bound is let go before its owners are.
        unsafe {
            ffi::sqlite3_reset(statement.as_ptr());
            ffi::sqlite3_clear_bindings(statement.as_ptr());
        }
        result
    }

    fn steps(
        &self,
        statement: NonNull<ffi::sqlite3_stmt>,
        values: &[Value<'_>],
        row: &mut impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (index, value) in (1..).zip(values) {
            bind(statement, index, *value).map_err(|_| self.error())?;
        }
        loop {
            // SAFETY: the statement is ours and alive, and its values outlive this loop.
            match unsafe { ffi::sqlite3_step(statement.as_ptr()) } {
                ffi::SQLITE_ROW => row(&Row { statement, step: PhantomData })?,
                ffi::SQLITE_DONE => return Ok(()),
                _ => return Err(self.error()),
            }
        }
    }

    /// Pages that this connection has put into the log so far.
    pub fn pages_written(&self) -> u64 {
        let (mut pages, mut highest) = (0, 0);
        // SAFETY: the connection is borrowed, and both numbers are ours.
        unsafe {
            ffi::sqlite3_db_status(
                self.db.as_ptr(),
                ffi::SQLITE_DBSTATUS_CACHE_WRITE,
                &raw mut pages,
                &raw mut highest,
                0,
            );
        }
        u64::from(pages.cast_unsigned())
    }

    fn statement(&mut self, sql: &'static str) -> Result<NonNull<ffi::sqlite3_stmt>, Error> {
        let known = self.statements.iter().find(|(text, _)| ptr::eq(*text, sql));
        if let Some((_, statement)) = known {
            return Ok(*statement);
        }
        let length = c_int::try_from(sql.len()).map_err(|_| Error::Inconsistent("a statement that is too long"))?;
        let mut statement = ptr::null_mut();
        // SAFETY: the connection is borrowed for as long as we live; text and length belong together.
        unsafe {
            ffi::sqlite3_prepare_v3(
                self.db.as_ptr(),
                sql.as_ptr().cast(),
                length,
                ffi::SQLITE_PREPARE_PERSISTENT,
                &raw mut statement,
                ptr::null_mut(),
            );
        }
        let statement = NonNull::new(statement).ok_or_else(|| self.error())?;
        self.statements.push((sql, statement));
        Ok(statement)
    }

    fn error(&self) -> Error {
        // SAFETY: the connection is alive; the text is copied before the next call.
        let (code, text) = unsafe {
            let text = CStr::from_ptr(ffi::sqlite3_errmsg(self.db.as_ptr()));
            (ffi::sqlite3_extended_errcode(self.db.as_ptr()), text.to_string_lossy().into_owned())
        };
        Error::Sqlite { code, text }
    }
}

impl Drop for Raw<'_> {
    fn drop(&mut self) {
        for (_, statement) in &self.statements {
            // SAFETY: prepared by us on a connection that is still borrowed, and finalized once.
            unsafe { ffi::sqlite3_finalize(statement.as_ptr()) };
        }
    }
}

/// Binds a value without copying it: the caller resets the statement before the value goes.
fn bind(statement: NonNull<ffi::sqlite3_stmt>, index: c_int, value: Value<'_>) -> Result<(), c_int> {
    let statement = statement.as_ptr();
    // SAFETY: the statement is alive, and pointers and lengths belong together.
    let result = unsafe {
        match value {
            Value::Null => ffi::sqlite3_bind_null(statement, index),
            Value::Int(value) => ffi::sqlite3_bind_int64(statement, index, value),
            Value::Text(text) => {
                let length = c_int::try_from(text.len()).map_err(|_| ffi::SQLITE_TOOBIG)?;
                ffi::sqlite3_bind_text(statement, index, text.as_ptr().cast(), length, ffi::SQLITE_STATIC())
            }
            Value::Blob(bytes) => {
                let length = c_int::try_from(bytes.len()).map_err(|_| ffi::SQLITE_TOOBIG)?;
                ffi::sqlite3_bind_blob(statement, index, bytes.as_ptr().cast(), length, ffi::SQLITE_STATIC())
            }
        }
    };
    if result == ffi::SQLITE_OK { Ok(()) } else { Err(result) }
}

impl Row<'_> {
    /// An integer column.
    pub fn int(&self, column: c_int) -> i64 {
        // SAFETY: the statement stands at a row.
        unsafe { ffi::sqlite3_column_int64(self.statement.as_ptr(), column) }
    }

    /// An integer column that may be null.
    pub fn opt_int(&self, column: c_int) -> Option<i64> {
        // SAFETY: the statement stands at a row.
        let kind = unsafe { ffi::sqlite3_column_type(self.statement.as_ptr(), column) };
        (kind != ffi::SQLITE_NULL).then(|| self.int(column))
    }

    /// A column of truth.
    pub fn is(&self, column: c_int) -> bool {
        self.int(column) != 0
    }

    /// The bytes of a column; none if it is null.
    pub fn bytes(&self, column: c_int) -> &[u8] {
        // SAFETY: the statement stands at a row, whose bytes stay until the next step; the row is borrowed that long.
        unsafe {
            let bytes: *const u8 = ffi::sqlite3_column_blob(self.statement.as_ptr(), column).cast();
            let length = usize::try_from(ffi::sqlite3_column_bytes(self.statement.as_ptr(), column)).unwrap_or(0);
            if bytes.is_null() { &[] } else { std::slice::from_raw_parts(bytes, length) }
        }
    }

    /// The text of a column; empty if it is null.
    pub fn text(&self, column: c_int) -> Result<&str, Error> {
        std::str::from_utf8(self.bytes(column)).map_err(|_| Error::Inconsistent("text that is not UTF-8"))
    }
}
