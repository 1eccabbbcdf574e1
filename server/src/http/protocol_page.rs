//! Holds `docs/protocol.md`, which other clients are written from, to the server's own lists.

use std::collections::BTreeSet;

use serde_json::Value;

use super::problem::Code;
use super::{calls, me, socket};
use crate::hub::{self, Cut};
use crate::ledger::EntryKind;
use crate::park::lot::GOING_AWAY;
use crate::refusal;
use crate::session::{MAX_CLIENT_FRAME, PING_MS, SILENT_MS};
use crate::status::StatusKind;

const PAGE: &str = include_str!("../../../docs/protocol.md");
const VECTORS: &str = include_str!("../../tests/code-vectors.json");

/// The cells of the rows of the table under a header.
fn table(header: &str) -> Vec<Vec<&'static str>> {
    let (_, below) = PAGE.split_once(header).unwrap_or_else(|| panic!("the page has a table {header}"));
    let rows = below.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The words in backticks of a table's first column.
fn words(header: &str) -> BTreeSet<&'static str> {
    let cells = table(header).into_iter().map(|row| row[0]);
    cells.flat_map(|cell| cell.split(", ")).map(|word| word.trim_matches('`')).collect()
}

fn document() -> Value {
    serde_json::to_value(calls().into_document()).unwrap()
}

fn names(schema: &Value, of: &str) -> BTreeSet<String> {
    let list = &schema[of];
    let keys = list.as_object().map(|fields| fields.keys().cloned().collect());
    keys.unwrap_or_else(|| list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect())
}

/// The examples: every block of JSON.
fn examples() -> Vec<Value> {
    let blocks = PAGE.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.map(|block| serde_json::from_str(block).expect("an example is JSON")).collect()
}

#[test]
fn every_code_of_the_closed_list_has_its_row_and_no_other() {
    let rows = table("| code | status | event | what a customer is told |");
    let page: Vec<_> = rows.iter().map(|row| (row[0].trim_matches('`'), row[1].parse().unwrap())).collect();
    let server: BTreeSet<_> = Code::ALL.iter().map(|code| (code.as_str(), code.status().as_u16())).collect();
    assert_eq!(page.len(), server.len());
    assert_eq!(page.into_iter().collect::<BTreeSet<_>>(), server);
    let refusals: Vec<_> = refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    for row in rows.iter().filter(|row| row[2] == "yes") {
        assert!(refusals.contains(&row[0].trim_matches('`')), "{} is no refusal", row[0]);
    }
}

#[test]
fn every_type_of_event_and_every_status_has_its_row_and_no_other() {
    let types = EntryKind::ALL.iter().map(|kind| kind.as_str()).chain(["refusal", "status"]);
    assert_eq!(words("| type | what happened | value |"), types.collect());
    assert_eq!(words("| `status` | meaning |"), StatusKind::ALL.iter().map(|kind| kind.as_str()).collect());
    let told = table("| message | meaning |").into_iter().map(|row| type_of(row[0])).collect();
    assert_eq!(BTreeSet::<&str>::from(["hello", "entry", "lamps", "lamp", "online"]), told);
}

/// The type that a message written in short has.
fn type_of(message: &str) -> &str {
    message.split('"').nth(3).unwrap()
}

#[test]
fn every_close_code_has_its_row_and_no_other() {
    let codes = table("| close code | meaning | the client |").into_iter().filter_map(|row| row[0].parse().ok());
    let server = Cut::ALL.map(Cut::close_code).into_iter().chain([GOING_AWAY, socket::TOO_BIG]);
    assert_eq!(codes.collect::<BTreeSet<u16>>(), server.collect());
}

#[test]
fn every_field_of_an_event_has_its_row_and_no_other() {
    let page: BTreeSet<String> = words("| field | in | meaning |").into_iter().map(str::to_owned).collect();
    assert_eq!(page, names(&document()["components"]["schemas"]["Event"], "properties"));
}

#[test]
fn every_call_of_a_phone_is_on_the_page() {
    let document = document();
    let mut found = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values().filter(|operation| operation["tags"][0] == "me") {
            found += 1;
            assert!(PAGE.contains(path.as_str()), "{path}: {}", operation["summary"]);
        }
    }
    assert!(found > 10, "phones have more calls than {found}");
    for path in ["/ws?", "/api/v1/terminal/ws?", "/webSocket/{userId}/{carwashId}", "/poll/{userId}/{carwashId}"] {
        assert!(PAGE.contains(path), "{path}");
    }
}

#[test]
fn every_example_is_of_the_servers_own_form() {
    let schemas = &document()["components"]["schemas"];
    let examples = examples();
    for (schema, mark) in [("Joined", "token"), ("Event", "mark"), ("EventPage", "events"), ("MeAnswer", "accounts")] {
        let of: Vec<_> = examples.iter().filter(|example| example.get(mark).is_some()).collect();
        assert_eq!(of.len(), 1, "one example of {schema}");
        let fields: BTreeSet<String> = of[0].as_object().unwrap().keys().cloned().collect();
        assert!(fields.is_subset(&names(&schemas[schema], "properties")), "{schema} has no more fields");
        assert!(fields.is_superset(&names(&schemas[schema], "required")), "{schema} has no fewer fields");
    }
    let hello = examples.iter().find(|example| example["type"] == "hello").unwrap();
    let (_, sent) = crate::session::Session::open(&crate::session::Cursor::default(), "E", 1, 0);
    let sent: Value = serde_json::from_str(&sent).unwrap();
    assert_eq!(
        hello.as_object().unwrap().keys().collect::<Vec<_>>(),
        sent.as_object().unwrap().keys().collect::<Vec<_>>()
    );
}

#[test]
fn every_vector_is_on_the_page() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    let rows = table("| master key | credential | key | Unix time | phone's code | card's code |");
    assert_eq!(rows.len(), vectors.len());
    for (row, vector) in rows.iter().zip(&vectors) {
        for (cell, name) in row.iter().zip(["master", "credential", "key", "unix", "phone_code", "card_code"]) {
            let value = vector[name].as_str().map_or_else(|| vector[name].to_string(), str::to_owned);
            assert_eq!(cell.trim_matches('`'), value, "{name}");
        }
    }
}

#[test]
fn every_limit_is_the_servers() {
    for text in [
        format!("over {} sockets", hub::MAX_SOCKETS),
        format!("every {} s and drops a peer that was silent for {} s", PING_MS / 1000, SILENT_MS / 1000),
        format!("a frame over {} KB", MAX_CLIENT_FRAME / 1024),
        format!("({} at most)", me::MAX_WAIT_S),
        format!("More than {} requests a second of one phone", crate::meter::PHONE_REQUESTS),
        format!("within 12 of its own (a shop may set up to {})", crate::code::MAX_TOLERANCE),
    ] {
        assert!(PAGE.contains(&text), "the page says: {text}");
    }
}
