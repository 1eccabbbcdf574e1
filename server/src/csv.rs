//! Comma-separated values (RFC 4180): records out of a text, cells into one.
//!
//! Pure. Reading is strict, because a sheet that is read otherwise than it was meant moves value: a stray quote is
//! a fault and not a guess. It looks at one record at a time and never keeps more of it than the limits allow.
//! `sheet` reads with it, `export` writes.

use std::borrow::Cow;

/// Fields of one record.
pub const MAX_COLUMNS: usize = 200;
/// Bytes of one field.
pub const MAX_FIELD: usize = 1000;
/// What a text file in UTF-8 may begin with, and what spreadsheets want to see.
pub const BOM: &str = "\u{feff}";
/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// What is wrong with a record as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A quote that does not open or close a whole field, or is never closed.
    Quote,
    /// A field of more than [`MAX_FIELD`] bytes.
    FieldTooLong,
    /// More than [`MAX_COLUMNS`] fields.
    TooManyColumns,
}

/// One record and the line on which it begins, from 1.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its first line.
    pub line: u64,
    /// Its fields, or why it has none.
    pub fields: Result<Vec<Cow<'a, str>>, Fault>,
}

/// Reads a text record by record. Lines end with LF, CR LF or CR; an empty line is no record.
pub struct Reader<'a> {
    rest: &'a str,
    line: u64,
    delimiter: char,
}

impl<'a> Reader<'a> {
    /// Reads a text whose first line tells what separates its fields: the first comma, semicolon or tab.
    pub fn new(text: &'a str) -> Self {
        let first = text.split(['\r', '\n']).next().unwrap_or_default();
        let delimiter = first.chars().find(|c| [',', ';', '\t'].contains(c)).unwrap_or(',');
        Self { rest: text, line: 1, delimiter }
    }

    fn end_line(&mut self) -> bool {
        let length = if self.rest.starts_with("\r\n") { 2 } else { usize::from(self.rest.starts_with(['\r', '\n'])) };
        self.rest = &self.rest[length..];
        self.line += u64::from(length > 0);
        length > 0
    }

    /// The next field, up to what ends it.
    fn field(&mut self) -> Result<Cow<'a, str>, Fault> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            return self.quoted(quoted);
        }
        let ends = |c: char| c == self.delimiter || c == '\r' || c == '\n';
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        if field.len() > MAX_FIELD {
            return Err(Fault::FieldTooLong);
        }
        if field.contains('"') {
            return Err(Fault::Quote);
        }
        self.rest = rest;
        Ok(Cow::Borrowed(field))
    }

    fn quoted(&mut self, mut inside: &'a str) -> Result<Cow<'a, str>, Fault> {
        let mut field = Cow::Borrowed("");
        loop {
            // Bounded by the limit and not by the text, so that many open quotes do not cost its length each.
            let end = inside.bytes().take(MAX_FIELD + 1).position(|byte| byte == b'"');
            let end = end.ok_or(if inside.len() > MAX_FIELD { Fault::FieldTooLong } else { Fault::Quote })?;
            let (part, rest) = (&inside[..end], &inside[end + 1..]);
            if field.len() + part.len() > MAX_FIELD {
                return Err(Fault::FieldTooLong);
            }
            field = if field.is_empty() { Cow::Borrowed(part) } else { Cow::Owned(field.into_owned() + part) };
            let Some(more) = rest.strip_prefix('"') else {
                if !rest.is_empty() && !rest.starts_with([self.delimiter, '\r', '\n']) {
                    return Err(Fault::Quote);
                }
                let lines = field.replace("\r\n", "\n").matches(['\r', '\n']).count();
                self.line += u64::try_from(lines).unwrap_or(0);
                self.rest = rest;
                return Ok(field);
            };
            field = Cow::Owned(field.into_owned() + "\"");
            inside = more;
        }
    }

    fn fields(&mut self) -> Result<Vec<Cow<'a, str>>, Fault> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            if fields.len() > MAX_COLUMNS {
                return Err(Fault::TooManyColumns);
            }
            match self.rest.strip_prefix(self.delimiter) {
                Some(rest) => self.rest = rest,
                None => return Ok(fields),
            }
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        while self.end_line() {}
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let fields = self.fields();
        if fields.is_err() {
            // The rest of the line is lost; the next one is read by itself.
            let end = self.rest.find(['\r', '\n']).unwrap_or(self.rest.len());
            self.rest = &self.rest[end..];
        }
        self.end_line();
        Some(Record { line, fields })
    }
}

/// One cell to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Free text; what a spreadsheet would take for a formula is written with an apostrophe before it.
    Text(String),
    /// A number as it is, negative ones too.
    Number(String),
    /// Nothing.
    Empty,
}

impl Cell {
    /// A text, or nothing.
    pub fn text(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_string()))
    }

    /// A number, or nothing.
    pub fn number(number: Option<impl ToString>) -> Self {
        number.map_or(Self::Empty, |number| Self::Number(number.to_string()))
    }
}

/// Writes one record, ended by CR LF.
pub fn write(to: &mut String, cells: &[Cell]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            to.push(',');
        }
        match cell {
            Cell::Text(text) => quote(to, &defused(text)),
            Cell::Number(number) => to.push_str(number),
            Cell::Empty => {}
        }
    }
    to.push_str("\r\n");
}

fn quote(to: &mut String, text: &str) {
    if !text.contains(['"', ',', ';', '\t', '\r', '\n']) {
        return to.push_str(text);
    }
    to.push('"');
    to.push_str(&text.replace('"', "\"\""));
    to.push('"');
}

fn defused(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// A text as it was before it was written.
pub fn plain(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

/// Apostrophes before it do not count, so that each text has its own way there and back.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(u64, Result<Vec<String>, Fault>)> {
        let owned = |fields: Vec<Cow<'_, str>>| fields.into_iter().map(Cow::into_owned).collect();
        Reader::new(text).map(|record| (record.line, record.fields.map(owned))).collect()
    }

    #[test]
    fn records_are_read_with_their_lines() {
        let ok = |fields: &[&str]| Ok(fields.iter().map(|field| (*field).to_owned()).collect());
        for (text, expected) in [
            ("", vec![]),
            ("a,b\r\nc,d", vec![(1, ok(&["a", "b"])), (2, ok(&["c", "d"]))]),
            ("a;b,c\n\n;\n", vec![(1, ok(&["a", "b,c"])), (3, ok(&["", ""]))]),
            ("a\tb\rc\td", vec![(1, ok(&["a", "b"])), (2, ok(&["c", "d"]))]),
            ("\"a\nb\",\"c\"\"d\"\nx,", vec![(1, ok(&["a\nb", "c\"d"])), (3, ok(&["x", ""]))]),
            ("\"\",\"\"\"\"", vec![(1, ok(&["", "\""]))]),
            ("a\"b,c\nd,e", vec![(1, Err(Fault::Quote)), (2, ok(&["d", "e"]))]),
            ("\"a\"b,c\nd", vec![(1, Err(Fault::Quote)), (2, ok(&["d"]))]),
            ("x,\"a\nd,e", vec![(1, Err(Fault::Quote)), (2, ok(&["d", "e"]))]),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn fields_and_columns_have_limits() {
        let faults = |text: &str| read(text).into_iter().map(|(_, fields)| fields.err()).collect::<Vec<_>>();
        assert_eq!(faults(&format!("{}\nb", ",".repeat(1_000_000))), [Some(Fault::TooManyColumns), None]);
        assert_eq!(faults(&"x".repeat(MAX_FIELD)), [None]);
        assert_eq!(faults(&format!("{}\nb", "x".repeat(MAX_FIELD + 1))), [Some(Fault::FieldTooLong), None]);
        assert_eq!(faults(&format!("\"{}\"", "x".repeat(MAX_FIELD + 1))), [Some(Fault::FieldTooLong)]);
        assert_eq!(faults(&format!("\"{}", "\"\"".repeat(2 * MAX_FIELD))), [Some(Fault::FieldTooLong)]);
    }

    #[test]
    fn formulas_are_defused_and_numbers_stay_numbers() {
        let text = |text: &str| Cell::Text(text.into());
        let mut line = String::new();
        let cells = [
            text("=1+1"),
            text("@x"),
            text("-2"),
            text("a,\"b\""),
            Cell::Number("-12.50".into()),
            Cell::Empty,
            text("\t"),
        ];
        write(&mut line, &cells);
        assert_eq!(line, "'=1+1,'@x,'-2,\"a,\"\"b\"\"\",-12.50,,\"'\t\"\r\n");
        assert_eq!((plain("'=1+1"), plain("'tis"), plain("=x")), ("=1+1", "'tis", "=x"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(rows in prop::collection::vec(prop::collection::vec("[a=+\"',;\r\n\t 李-]{0,6}", 2..5), 1..6)) {
            let mut text = String::from("head,er\r\n");
            for row in &rows {
                write(&mut text, &row.iter().map(|cell| Cell::Text(cell.clone())).collect::<Vec<_>>());
            }
            let again: Vec<Vec<String>> = read(&text).into_iter().skip(1).map(|(_, fields)| {
                fields.unwrap().iter().map(|field| plain(field).to_owned()).collect()
            }).collect();
            prop_assert_eq!(again, rows);
        }

        #[test]
        fn reading_ends_whatever_the_text(text in "[ab\",;\r\n\t李]{0,80}") {
            prop_assert!(read(&text).len() <= text.len());
        }
    }
}
