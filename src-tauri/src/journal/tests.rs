//! The journal on a real disk, and cut at every byte.

use proptest::prelude::*;

use super::*;
use crate::request::{About, By, Code, Request};
use crate::wire::RequestKind;

const CODE: &str = "100000000014212345678901237";

fn code() -> Code {
    let body = &CODE[..26];
    let digits = (0..10).map(|check| format!("{body}{check}"));
    digits.into_iter().find_map(|text| Code::parse(&text)).expect("one of ten check digits is right")
}

fn request(number: u128, at: Timestamp) -> Request {
    let about = if number.is_multiple_of(3) {
        About::TopUp { customer: 7, bonus: None }
    } else {
        About::Redemption { code: code() }
    };
    Request { id: uuid::Uuid::from_u128(number), about, unit: "wash".to_owned(), amount: 2, at, by: By::default() }
}

fn closed(number: u128, at: Timestamp) -> Closed {
    Closed {
        id: uuid::Uuid::from_u128(number),
        kind: RequestKind::Redemption,
        unit: "wash".to_owned(),
        amount: 2,
        at,
        outcome: Outcome::Recorded,
    }
}

fn now() -> Timestamp {
    "2026-11-22T14:03:22Z".parse().unwrap()
}

fn line() -> impl Strategy<Value = Line> {
    let at = (0_i64..90).prop_map(|days| now() - jiff::SignedDuration::from_hours(days * 24));
    (0_u8..4, 0_u128..12, at).prop_map(|(kind, number, at)| match kind {
        0 => Line::Open(request(number, at)),
        1 => Line::Cancelling { id: uuid::Uuid::from_u128(number) },
        2 => Line::Closed(closed(number, at)),
        _ => Line::Epoch { epoch: format!("e{number}") },
    })
}

proptest! {
    #[test]
    fn cut_at_any_byte_it_says_what_its_whole_lines_say(lines in prop::collection::vec(line(), 0..12)) {
        let parts: Vec<Vec<u8>> = lines.iter().map(Line::to_bytes).collect();
        let whole: Vec<u8> = parts.concat();
        for cut in 0..=whole.len() {
            let mut expected = Contents::default();
            let mut end = 0;
            for (line, bytes) in lines.iter().zip(&parts) {
                end += bytes.len();
                if end <= cut {
                    expected.apply(line.clone());
                }
            }
            prop_assert_eq!(Contents::read(&whole[..cut]), expected);
        }
    }

    #[test]
    fn rewriting_changes_nothing(lines in prop::collection::vec(line(), 0..40)) {
        let mut contents = Contents::default();
        for line in lines {
            contents.apply(line);
        }
        prop_assert_eq!(Contents::read(&contents.to_bytes()), contents);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Contents::read(&bytes);
    }
}

#[test]
fn what_was_opened_is_there_after_a_restart_and_only_for_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), now()).unwrap();
    journal.append(&Line::Open(request(1, now())), now()).unwrap();
    journal.append(&Line::Open(request(2, now())), now()).unwrap();
    journal.append(&Line::Cancelling { id: uuid::Uuid::from_u128(2) }, now()).unwrap();
    journal.append(&Line::Closed(closed(1, now())), now()).unwrap();
    drop(journal);
    let journal = Journal::open(dir.path(), now()).unwrap();
    assert_eq!(journal.contents().open, [Pending { request: request(2, now()), cancelling: true }]);
    assert_eq!(journal.contents().closed, [closed(1, now())]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_torn_tail_is_cut_off_and_the_next_line_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = Line::Open(request(1, now())).to_bytes();
    bytes.extend_from_slice(&Line::Open(request(2, now())).to_bytes()[..40]);
    fs::write(dir.path().join(FILE), &bytes).unwrap();
    let mut journal = Journal::open(dir.path(), now()).unwrap();
    journal.append(&Line::Open(request(4, now())), now()).unwrap();
    drop(journal);
    let contents = Contents::read(&fs::read(dir.path().join(FILE)).unwrap());
    let ids: Vec<u128> = contents.open.iter().map(|pending| pending.request.id.as_u128()).collect();
    assert_eq!((ids, contents.damaged_lines), (vec![1, 4], 0));
}

#[test]
fn half_a_line_of_a_failed_append_does_not_spoil_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), now()).unwrap();
    journal.append(&Line::Open(request(1, now())), now()).unwrap();
    journal.file.write_all(br#"{"line":"open","id":"#).unwrap();
    journal.append(&Line::Open(request(2, now())), now()).unwrap();
    let contents = Contents::read(&fs::read(dir.path().join(FILE)).unwrap());
    assert_eq!((contents.open.len(), contents.damaged_lines), (2, 0));
}

#[test]
fn settled_ids_are_kept_for_thirty_days_and_open_ones_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let long_ago = now() - jiff::SignedDuration::from_hours(31 * 24);
    let mut journal = Journal::open(dir.path(), long_ago).unwrap();
    journal.append(&Line::Open(request(1, long_ago)), long_ago).unwrap();
    journal.append(&Line::Closed(closed(2, long_ago)), long_ago).unwrap();
    journal.append(&Line::Closed(closed(3, now())), now()).unwrap();
    drop(journal);
    let journal = Journal::open(dir.path(), now()).unwrap();
    assert_eq!(journal.contents().open.len(), 1);
    assert_eq!(journal.contents().closed, [closed(3, now())]);
}

#[test]
fn a_settled_line_no_longer_holds_its_code() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), now()).unwrap();
    journal.append(&Line::Open(request(1, now())), now()).unwrap();
    journal.append(&Line::Closed(closed(1, now())), now()).unwrap();
    drop(journal);
    drop(Journal::open(dir.path(), now()).unwrap());
    let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
    assert!(!text.contains(code().digits()));
}

#[test]
fn two_tills_on_one_data_directory_are_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Journal::open(dir.path(), now()).unwrap();
    let second = Journal::open(dir.path(), now()).unwrap_err();
    assert!(second.to_string().contains("already running"), "{second}");
}

#[test]
fn a_directory_that_is_not_there_is_said_so() {
    let dir = tempfile::tempdir().unwrap();
    let error = Journal::open(&dir.path().join("missing"), now()).unwrap_err();
    assert!(error.to_string().contains("check free space and rights"), "{error}");
}

#[test]
fn a_damaged_line_is_kept_aside_and_its_request_is_asked_after() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = Line::Open(request(1, now())).to_bytes();
    let spoilt = |line: &Line| String::from_utf8(line.to_bytes()).unwrap().replace("\"unit\":\"wash\"", "\"unit\":\"w");
    bytes.extend_from_slice(spoilt(&Line::Open(request(2, now()))).as_bytes());
    bytes.extend_from_slice(&Line::Closed(closed(4, now())).to_bytes());
    bytes.extend_from_slice(spoilt(&Line::Open(request(4, now()))).as_bytes());
    bytes.extend_from_slice(b"\0\0\0\0\n");
    fs::write(dir.path().join(FILE), &bytes).unwrap();
    let journal = Journal::open(dir.path(), now()).unwrap();
    let damage = journal.damage().unwrap().clone();
    assert_eq!((damage.lines, damage.asked), (3, 1), "the end of the other one is known");
    assert_eq!(damage.kept, dir.path().join("journal.damaged-2026-11-22T140322Z.jsonl"));
    assert_eq!(fs::read(&damage.kept).unwrap(), bytes);
    let ids =
        |journal: &Journal| journal.contents().open.iter().map(|open| open.request.id.as_u128()).collect::<Vec<_>>();
    assert_eq!(ids(&journal), [1, 2]);
    drop(journal);
    let journal = Journal::open(dir.path(), now()).unwrap();
    assert_eq!((ids(&journal), journal.damage()), (vec![1, 2], None), "it is asked after until its end is known");
}

#[test]
fn where_nothing_is_to_be_left_out_nothing_is_written_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), now()).unwrap();
    journal.append(&Line::Open(request(1, now())), now()).unwrap();
    drop(journal);
    // A place that nothing can be written to: what stands in the way of the new file stands for a full disk.
    fs::create_dir(dir.path().join(TEMPORARY)).unwrap();
    let mut journal = Journal::open(dir.path(), now()).unwrap();
    assert_eq!(journal.contents().open.len(), 1);
    journal.append(&Line::Closed(closed(1, now())), now()).unwrap();
    drop(journal);
    assert!(matches!(Journal::open(dir.path(), now()), Err(JournalError::Disk { .. })), "a code is to be left out");
    fs::remove_dir(dir.path().join(TEMPORARY)).unwrap();
    assert_eq!(Journal::open(dir.path(), now()).unwrap().contents().closed.len(), 1);
}
