//! How the end of what was in doubt is said, so that nobody misses it.

use super::*;
use crate::wire::{Listed, RequestKind};

fn top_up(number: u128) -> Request {
    let about = About::TopUp { customer: 7, bonus: None };
    Request { id: id(number), about, unit: "wash".to_owned(), amount: 5, at: at(0).at, by: By::default() }
}

/// A top-up whose answer does not come, and which the list therefore has.
fn in_doubt(number: u128) -> Till {
    let mut till = online(&Contents::default());
    till.move_value(top_up(number), at(0)).unwrap();
    till.actions(at(0));
    till.actions(at(3_000));
    till
}

fn refused(code: &str) -> Reply {
    Reply::Refused(Refusal { code: code.to_owned(), ..Refusal::default() })
}

fn listed(actions: &[Action]) -> Option<Vec<Listed>> {
    actions.iter().rev().find_map(|action| match action {
        Action::Tell(TillEvent::Entries { entries }) => Some(entries.clone()),
        _ => None,
    })
}

#[test]
fn what_the_list_holds_names_its_customer_and_what_it_undoes() {
    let mut till = in_doubt(1);
    let doubts = till.doubts(at(3_000));
    assert_eq!((doubts[0].customer, doubts[0].of), (Some(7), None));
    till.on_reply(id(1), Call::Get, recorded(1), at(3_100));
    let about = About::Reversal { of: id(9), of_kind: crate::request::Undone::TopUp, whole: true, reason: None };
    till.move_value(Request { id: id(2), about, ..top_up(2) }, at(3_200)).unwrap();
    till.actions(at(3_200));
    till.actions(at(6_200));
    let doubts = till.doubts(at(6_200));
    assert_eq!((doubts[1].customer, doubts[1].of), (None, Some(id(9))));
}

#[test]
fn the_same_id_again_is_not_begun_again() {
    let mut till = in_doubt(1);
    assert_eq!(till.move_value(top_up(1), at(3_100)), Ok(()));
    assert_eq!(till.unsettled(), 1);
    assert_eq!(till.move_value(top_up(2), at(3_100)), Err(Failed::new("busy")));
}

#[test]
fn the_end_of_something_in_doubt_outlives_the_next_scan_and_is_there_for_a_minute() {
    let mut till = in_doubt(1);
    assert_eq!(till.scan(code(1), id(2), at(3_100)), Err(Failed::new("busy")));
    till.on_reply(id(1), Call::Get, refused("limit_exceeded"), at(3_200));
    let actions = till.actions(at(3_200));
    assert_eq!(last_doubts(&actions), Some(vec![DoubtState::Refused]));
    assert_eq!(refusals(&listed(&actions).unwrap()), [(id(1), RequestKind::TopUp, "limit_exceeded")]);
    till.scan(code(1), id(2), at(3_216)).unwrap();
    till.on_reply(id(2), Call::Post, recorded(2), at(3_300));
    assert_eq!(last_doubts(&till.actions(at(3_300))), None);
    assert_eq!(last_doubts(&till.actions(at(63_100))), None);
    assert_eq!(last_doubts(&till.actions(at(63_200))), Some(vec![]));
}

#[test]
fn a_scan_in_doubt_is_listed_once_the_next_one_has_the_field() {
    let mut till = scanned(1);
    till.actions(at(3_000));
    till.on_reply(id(1), Call::Get, Reply::Cancelled { was: "unknown".to_owned() }, at(3_500));
    let actions = till.actions(at(3_500));
    assert!(matches!(last_result(&actions), Some(Shown::Cancelled { .. })));
    assert_eq!(last_doubts(&actions), None, "the field says it");
    assert_eq!(listed(&actions).map(|entries| entries.len()), Some(1));
    till.scan(code(2), id(2), at(3_516)).unwrap();
    assert_eq!(last_doubts(&till.actions(at(3_516))), Some(vec![DoubtState::Cancelled]));
    till.dismiss(&[id(1)]);
    assert_eq!(last_doubts(&till.actions(at(3_600))), Some(vec![]));
}

#[test]
fn what_its_own_sheet_says_at_once_is_not_listed() {
    let mut till = online(&Contents::default());
    till.move_value(top_up(1), at(0)).unwrap();
    till.actions(at(0));
    till.on_reply(id(1), Call::Post, refused("approval_required"), at(50));
    let actions = till.actions(at(50));
    assert_eq!((listed(&actions), last_doubts(&actions)), (None, None));
}

#[test]
fn what_a_damaged_line_asked_for_is_told_by_the_server() {
    let mut contents = Contents::default();
    contents.apply(Line::Open(Request { unit: String::new(), amount: 0, ..top_up(1) }));
    let mut till = online(&contents);
    till.actions(at(0));
    till.on_reply(id(1), Call::Get, recorded(1), at(20));
    let doubts = till.doubts(at(20));
    assert_eq!((doubts[0].unit.as_str(), doubts[0].amount), ("wash", 1));
}

fn refusals(entries: &[Listed]) -> Vec<(Uuid, RequestKind, &str)> {
    entries
        .iter()
        .filter_map(|listed| match listed {
            Listed::Refusal(one) => Some((one.id, one.of, one.code.as_str())),
            Listed::Entry(_) => None,
        })
        .collect()
}
