//! A sheet of customers with what they hold: the bytes of a CSV file into a plan, or everything that is wrong.
//!
//! Pure; `import` calls it. All or nothing: one wrong cell and there is no plan. Columns are found by the names in
//! the first line: `name`, `external_id`, `phone`, then for each unit `wash`, `wash_bonus`, `wash_expires`; money in
//! decimals of the currency. What a cell says that looks like a formula is kept as text.

mod cell;
mod wrong;

use std::borrow::Cow;
use std::collections::HashMap;

use encoding_rs::{Encoding, GB18030, UTF_8};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::csv::{Fault, MAX_COLUMNS, MAX_FIELD, Reader};
use crate::ledger::{Millis, Split};
use crate::unit::{MAX_BALANCE, Unit};
pub use wrong::{MAX_WRONG, What, Wrong, Wrongs};

/// The largest file, in bytes.
pub const MAX_BYTES: usize = 32 << 20;
/// Customers of one file.
pub const MAX_ROWS: usize = 200_000;
/// What a file may bring of one unit in all, in minor units or visits: a shop's own account has room for nine such.
pub const MAX_TOTAL: i64 = 1_000_000_000_000_000_000;
/// As much of an unknown column's name as is told.
const MAX_SHOWN_CHARS: usize = 100;
/// Columns of our own export that say nothing new.
const IGNORED: [&str; 4] = ["customer_id", "created_at", "frozen_at", "erased_at"];

/// What the columns of a shop can be.
#[derive(Debug, Clone)]
pub struct Form {
    /// The shop's units.
    pub units: Vec<Unit>,
    /// Its zone, in which dates end.
    pub zone: TimeZone,
    /// When its day starts, minutes after midnight.
    pub day_start_min: i64,
}

/// How the bytes were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = FileEncoding)]
pub enum Read {
    /// With or without its mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Told by its mark.
    #[serde(rename = "utf-16")]
    Utf16,
    /// The Chinese encodings, GBK too: taken where it is no UTF-8.
    Gb18030,
}

/// What a sheet asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How the bytes were read.
    pub encoding: Read,
    /// Columns that are left aside, as the file names them.
    pub ignored: Vec<String>,
    /// One customer each.
    pub rows: Vec<Row>,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line on which they stand, from 1.
    pub line: u64,
    /// Trimmed.
    pub name: String,
    /// The id in the system that they come from.
    pub external: Option<String>,
    /// Digits alone.
    pub phone: Option<String>,
    /// What they hold; each more than nothing.
    pub holds: Vec<Holding>,
}

/// What a customer holds in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The unit.
    pub unit: Unit,
    /// Its parts.
    pub split: Split,
    /// When it expires: at the end of the business day that the sheet names.
    pub expires_at: Option<Millis>,
}

/// What a column is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Column {
    Name,
    External,
    Phone,
    Principal(usize),
    Bonus(usize),
    Expires(usize),
    Ignored,
}

/// Reads a whole file of at most [`MAX_BYTES`].
///
/// # Errors
/// Everything that is wrong, in the order of the lines.
pub fn plan(bytes: &[u8], form: &Form) -> Result<Plan, Wrongs> {
    let (text, encoding) = decode(bytes)
        .ok_or_else(|| Wrongs::only(What::Encoding, "the file is neither UTF-8 nor GB18030; save it as CSV UTF-8"))?;
    let mut records = Reader::new(&text);
    let mut sheet = Sheet {
        form,
        columns: Vec::new(),
        names: Vec::new(),
        seen: HashMap::new(),
        brought: vec![0; form.units.len()],
        wrongs: Wrongs::default(),
    };
    let header = records.next().map(|record| record.fields);
    let ignored = sheet.header(header)?;
    let mut rows = Vec::new();
    for record in records {
        match record.fields {
            Err(fault) => sheet.fault(record.line, fault),
            // A spreadsheet writes lines of separators alone below the last row.
            Ok(fields) if fields.iter().all(|field| field.trim().is_empty()) => {}
            Ok(_) if rows.len() == MAX_ROWS => {
                let detail = format!("at most {MAX_ROWS} customers are taken at once; split the file");
                sheet.wrongs.add(record.line, None, What::TooManyRows, detail);
                break;
            }
            Ok(fields) => rows.extend(sheet.row(record.line, &fields)),
        }
    }
    if sheet.wrongs.count > 0 {
        return Err(sheet.wrongs);
    }
    if rows.is_empty() {
        return Err(Wrongs::only(What::NoRows, "there is no customer below the first line"));
    }
    Ok(Plan { encoding, ignored, rows })
}

/// The text of a file: by its mark, else UTF-8, else GB18030.
fn decode(bytes: &[u8]) -> Option<(Cow<'_, str>, Read)> {
    let strict =
        |encoding: &'static Encoding, bytes| encoding.decode_without_bom_handling_and_without_replacement(bytes);
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let read = if encoding == UTF_8 { Read::Utf8 } else { Read::Utf16 };
        return strict(encoding, &bytes[mark..]).map(|text| (text, read));
    }
    strict(UTF_8, bytes)
        .map(|text| (text, Read::Utf8))
        .or_else(|| strict(GB18030, bytes).map(|text| (text, Read::Gb18030)))
}

struct Sheet<'f> {
    form: &'f Form,
    columns: Vec<Column>,
    /// As the file names them.
    names: Vec<String>,
    /// External ids and phones, and the lines on which they stand.
    seen: HashMap<(Column, String), u64>,
    /// What was brought of each unit so far.
    brought: Vec<i64>,
    wrongs: Wrongs,
}

impl Sheet<'_> {
    fn header(&mut self, fields: Option<Result<Vec<Cow<'_, str>>, Fault>>) -> Result<Vec<String>, Wrongs> {
        match fields {
            None => {
                self.wrongs.add(1, None, What::HeaderMissing, "the file is empty; its first line names the columns");
            }
            Some(Err(fault)) => self.fault(1, fault),
            Some(Ok(fields)) => {
                for field in &fields {
                    self.column(field.trim());
                }
            }
        }
        if self.wrongs.count == 0 && !self.columns.contains(&Column::Name) {
            self.wrongs.add(
                1,
                None,
                What::HeaderMissing,
                "no column is called `name`; the first line names the columns",
            );
        }
        if self.wrongs.count > 0 {
            return Err(std::mem::take(&mut self.wrongs));
        }
        let ignored = self.columns.iter().zip(&self.names).filter(|(column, _)| **column == Column::Ignored);
        Ok(ignored.map(|(_, name)| name.clone()).collect())
    }

    fn column(&mut self, name: &str) {
        let shown: String = name.chars().take(MAX_SHOWN_CHARS).collect();
        let column = self.column_of(name);
        if column.is_none() {
            let units: Vec<&str> = self.form.units.iter().map(Unit::as_str).collect();
            let units = units.join("`, `");
            let detail = format!(
                "columns are `name`, `external_id`, `phone`, and the shop's units `{units}`, each also with `_bonus` \
                 and `_expires`; rename this one or take it out"
            );
            self.wrongs.add(1, Some(&shown), What::HeaderUnknown, detail);
        }
        let column = column.unwrap_or(Column::Ignored);
        if column != Column::Ignored && self.columns.contains(&column) {
            self.wrongs.add(1, Some(&shown), What::HeaderTwice, "there are two columns of this name; take one out");
        }
        self.columns.push(column);
        self.names.push(shown);
    }

    fn column_of(&self, name: &str) -> Option<Column> {
        let unit = |name: &str| self.form.units.iter().position(|unit| unit.as_str() == name);
        match name.to_lowercase().as_str() {
            "name" | "姓名" => return Some(Column::Name),
            "external_id" | "external id" | "会员号" => return Some(Column::External),
            "phone" | "手机号" | "手机" => return Some(Column::Phone),
            "" => return Some(Column::Ignored),
            other if IGNORED.contains(&other) => return Some(Column::Ignored),
            _ => {}
        }
        let part = |suffix: &str| name.strip_suffix(suffix).and_then(unit);
        unit(name)
            .map(Column::Principal)
            .or_else(|| part("_bonus").map(Column::Bonus))
            .or_else(|| part("_expires").map(Column::Expires))
    }

    fn fault(&mut self, line: u64, fault: Fault) {
        let (what, detail) = match fault {
            Fault::Quote => (
                What::Quote,
                "a quote is open or stands inside a cell; put the whole cell in quotes and double those inside".into(),
            ),
            Fault::FieldTooLong => (What::TooLong, format!("a cell has at most {MAX_FIELD} bytes; shorten it")),
            Fault::TooManyColumns => (What::TooManyColumns, format!("a line has at most {MAX_COLUMNS} cells")),
        };
        self.wrongs.add(line, None, what, detail);
    }

    /// One customer; `None` if something is wrong with them.
    fn row(&mut self, line: u64, fields: &[Cow<'_, str>]) -> Option<Row> {
        if fields.len() != self.columns.len() {
            let detail = format!("the line has {} cells, the first one {}", fields.len(), self.columns.len());
            self.wrongs.add(line, None, What::Fields, detail);
            return None;
        }
        let before = self.wrongs.count;
        let mut row = Row { line, name: String::new(), external: None, phone: None, holds: Vec::new() };
        let mut held = vec![(Split::default(), None); self.form.units.len()];
        for (index, field) in fields.iter().enumerate() {
            let (column, cell) = (self.columns[index].clone(), field.trim());
            if let Err((what, detail)) = self.cell(line, &column, cell, &mut row, &mut held) {
                let name = self.names[index].clone();
                self.wrongs.add(line, Some(&name), what, detail);
            }
        }
        for ((unit, brought), (split, expires_at)) in self.form.units.iter().zip(&mut self.brought).zip(held) {
            if split.total() > MAX_BALANCE {
                let detail = format!("an account holds at most {}", unit.decimal(MAX_BALANCE));
                self.wrongs.add(line, Some(unit.as_str()), What::TooMuch, detail);
                continue;
            }
            *brought = brought.saturating_add(split.total());
            if *brought > MAX_TOTAL {
                let detail = format!("a file brings at most {} in all", unit.decimal(MAX_TOTAL));
                self.wrongs.add(line, Some(unit.as_str()), What::TooMuch, detail);
            } else if split.total() > 0 {
                row.holds.push(Holding { unit: unit.clone(), split, expires_at });
            }
        }
        (self.wrongs.count == before).then_some(row)
    }

    fn cell(
        &mut self,
        line: u64,
        column: &Column,
        cell: &str,
        row: &mut Row,
        held: &mut [(Split, Option<Millis>)],
    ) -> Result<(), (What, String)> {
        match *column {
            Column::Ignored => {}
            Column::Name => row.name = cell::name(cell)?,
            // An empty cell says nothing, but in the column of names.
            _ if cell.is_empty() => {}
            Column::External => {
                let external = cell::external(cell)?;
                self.once(line, column, &external)?;
                row.external = Some(external);
            }
            Column::Phone => {
                let phone = cell::phone(cell)?;
                self.once(line, column, &phone)?;
                row.phone = Some(phone);
            }
            Column::Principal(unit) => held[unit].0.principal = cell::amount(&self.form.units[unit], cell)?,
            Column::Bonus(unit) => held[unit].0.bonus = cell::amount(&self.form.units[unit], cell)?,
            Column::Expires(unit) => held[unit].1 = Some(cell::expiry(self.form, cell)?),
        }
        Ok(())
    }

    fn once(&mut self, line: u64, column: &Column, value: &str) -> Result<(), (What, String)> {
        match self.seen.insert((column.clone(), value.to_owned()), line) {
            None => Ok(()),
            Some(first) => Err((What::Twice, format!("the same stands on line {first}; each customer has their own"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::day;

    fn form() -> Form {
        let units = ["wash", "CNY"].map(|unit| Unit::parse(unit).unwrap()).to_vec();
        Form { units, zone: day::zone("Asia/Shanghai").unwrap(), day_start_min: 0 }
    }

    fn rows(text: &str) -> Vec<Row> {
        plan(text.as_bytes(), &form()).unwrap().rows
    }

    /// Line, column and kind of everything that is wrong.
    fn wrong(bytes: &[u8]) -> Vec<(u64, Option<String>, What)> {
        let wrongs = plan(bytes, &form()).unwrap_err();
        assert!(wrongs.first.iter().all(|wrong| !wrong.detail.is_empty()));
        wrongs.first.into_iter().map(|wrong| (wrong.line, wrong.column, wrong.what)).collect()
    }

    #[test]
    fn a_sheet_says_who_there_is_and_what_they_hold() {
        let text = "external_id,name,phone,wash,CNY,CNY_bonus,CNY_expires,created_at,\r\n\
            A-1, Li Wei 李伟 ,+86 138-0013 8000,10,200.5,20,2027-12-31,x,\r\n\
            ,\"=SUM(A1), \"\"x\"\"\",,,0.00,,2027/1/2,,\r\n,,,,,,,,\r\n";
        let unit = |text| Unit::parse(text).unwrap();
        let rows = rows(text);
        assert_eq!((rows.len(), rows[0].line, rows[1].line), (2, 2, 3));
        assert_eq!((rows[0].name.as_str(), rows[1].name.as_str()), ("Li Wei 李伟", "=SUM(A1), \"x\""));
        assert_eq!((rows[0].external.as_deref(), rows[0].phone.as_deref()), (Some("A-1"), Some("8613800138000")));
        let expires_at = Some("2027-12-31T16:00:00Z".parse::<Timestamp>().unwrap().as_millisecond());
        let money = Split { principal: 20_050, bonus: 2_000 };
        assert_eq!(
            rows[0].holds,
            [
                Holding { unit: unit("wash"), split: Split { principal: 10, bonus: 0 }, expires_at: None },
                Holding { unit: unit("CNY"), split: money, expires_at },
            ]
        );
        assert_eq!(rows[1].holds, []);
        let plan = plan(text.as_bytes(), &form()).unwrap();
        assert_eq!((plan.encoding, plan.ignored), (Read::Utf8, vec!["created_at".to_owned(), String::new()]));
    }

    #[test]
    fn every_wrong_cell_is_told_with_its_line_and_column() {
        let at = |line, column: &str, what| (line, (!column.is_empty()).then(|| column.to_owned()), what);
        for (text, expected) in [
            ("", vec![at(1, "", What::HeaderMissing)]),
            ("phone\n1", vec![at(1, "", What::HeaderMissing)]),
            ("name,gold,name", vec![at(1, "gold", What::HeaderUnknown), at(1, "name", What::HeaderTwice)]),
            ("name\n", vec![at(1, "", What::NoRows)]),
            ("name,wash\n ,1", vec![at(2, "name", What::Name)]),
            ("name,wash\nLi", vec![at(2, "", What::Fields)]),
            ("name,wash\nLi,1\n\"Wu,2\nHe,x", vec![at(3, "", What::Quote), at(4, "wash", What::Amount)]),
            ("name\n\"a\nb\"\nc\0d\ne", vec![at(2, "name", What::Name), at(4, "name", What::Name)]),
            (
                "name,wash,CNY\na,-1,1\nb,1.5,1.234\nc,1000000000000001,1.\nd,1e3,\"1,5\"",
                vec![
                    at(2, "wash", What::Amount),
                    at(3, "wash", What::Amount),
                    at(3, "CNY", What::Amount),
                    at(4, "wash", What::TooMuch),
                    at(4, "CNY", What::Amount),
                    at(5, "wash", What::Amount),
                    at(5, "CNY", What::Amount),
                ],
            ),
            ("name,wash,wash_bonus\na,1000000000000000,1", vec![at(2, "wash", What::TooMuch)]),
            (
                "name,wash_expires\na,soon\nb,2027-02-30",
                vec![at(2, "wash_expires", What::Date), at(3, "wash_expires", What::Date)],
            ),
            ("name,phone\na,1.38E+10\nb,12", vec![at(2, "phone", What::Phone), at(3, "phone", What::Phone)]),
            (
                "name,phone,external_id\na,138 0,x\nb,1380,x\nc,,\nd,,",
                vec![at(3, "phone", What::Twice), at(3, "external_id", What::Twice)],
            ),
        ] {
            assert_eq!(wrong(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn limits_are_told_and_the_rest_is_counted() {
        assert_eq!(wrong(&vec![b','; 1_000_000])[0].2, What::TooManyColumns);
        assert_eq!(wrong(format!("name\n{}", "x".repeat(101)).as_bytes())[0].2, What::TooLong);
        let rich = format!("name,wash{}", "\nLi,1000000000000000".repeat(1_001));
        assert_eq!(wrong(rich.as_bytes()), vec![(1_002, Some("wash".to_owned()), What::TooMuch)]);
        assert_eq!(wrong(format!("name\n{}", "x".repeat(2_000)).as_bytes())[0].2, What::TooLong);
        let many = format!("name,wash\n{}", "Li,x\n".repeat(250));
        let wrongs = plan(many.as_bytes(), &form()).unwrap_err();
        assert_eq!((wrongs.first.len(), wrongs.count), (MAX_WRONG, 250));
        let rows = format!("name\n{}", "Li\n".repeat(MAX_ROWS + 5));
        assert_eq!(wrong(rows.as_bytes()).len(), 1);
    }

    #[test]
    fn the_encodings_of_spreadsheets_are_read() {
        let text = "姓名,wash\n李伟,3\n";
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let gbk = GB18030.encode(text).0.into_owned();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Read::Utf8),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Read::Utf8),
            (utf16, Read::Utf16),
            (gbk, Read::Gb18030),
        ] {
            let plan = plan(&bytes, &form()).unwrap();
            assert_eq!((plan.rows[0].name.as_str(), plan.encoding), ("李伟", encoding));
        }
        assert_eq!(wrong(b"name\n\xff\xff")[0].2, What::Encoding);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_plan_or_told_to_be_wrong(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Err(wrongs) = plan(&bytes, &form()) {
                prop_assert!(wrongs.count > 0 && !wrongs.first.is_empty());
            }
        }

        #[test]
        fn any_cells_are_a_plan_or_told_to_be_wrong(text in "([a=1.,\"\n李-]{0,8}\n){0,8}") {
            let text = format!("name,wash,phone\n{text}");
            match plan(text.as_bytes(), &form()) {
                Ok(plan) => prop_assert!(plan.rows.iter().all(|row| !row.name.is_empty())),
                Err(wrongs) => prop_assert!(wrongs.count > 0),
            }
        }

        #[test]
        fn an_amount_is_read_as_it_is_written(minor in 0..=MAX_BALANCE) {
            for unit in form().units {
                prop_assert_eq!(cell::amount(&unit, &unit.decimal(minor)), Ok(minor));
            }
        }
    }
}
