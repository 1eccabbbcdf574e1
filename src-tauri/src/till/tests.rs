//! The table "when the outcome is unknown", line by line.

use super::*;
use crate::journal::Outcome;
use crate::wire::{Customer, Hint, Lamp, Names, Redemption, Shop, Unit, UnitKind};

mod doubts;
mod hands;
mod properties;

/// A code with a right check digit; another for each `number`.
fn code(number: u64) -> Code {
    let body = format!("1{number:010}{:015}", 42);
    (0..10).find_map(|check| Code::parse(&format!("{body}{check}"))).expect("one of ten check digits is right")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn at(ms: u64) -> Moment {
    let start: Timestamp = "2026-11-22T14:03:22Z".parse().unwrap();
    Moment { ms, at: start + jiff::SignedDuration::from_millis(i64::try_from(ms).unwrap()) }
}

fn shop() -> ShopAnswer {
    let names = Names { en: "wash".to_owned(), zh: "洗车".to_owned() };
    ShopAnswer {
        shop: Shop {
            id: 1,
            name: "Lotus".to_owned(),
            currency: "CNY".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            language: Language::Zh,
            practice: true,
        },
        units: vec![Unit { unit: "wash".to_owned(), kind: UnitKind::Pass, decimals: 0, names }],
        products: Vec::new(),
        default_unit: "wash".to_owned(),
        phone_url: "http://192.168.1.5:8787".to_owned(),
    }
}

fn recorded(number: u128) -> Reply {
    Reply::Recorded(Box::new(Redemption {
        id: id(number),
        customer: Customer { id: 7, name: "Li W.".to_owned() },
        unit: "wash".to_owned(),
        amount: 1,
        balance: 9,
        reversed: 0,
        at: "2026-11-22T14:03:22.000Z".to_owned(),
        seq: Some(1),
        mark: "47 🐳".to_owned(),
        lamp: Lamp::Recorded,
        repeated: false,
    }))
}

fn not_final(code: &str, repeatable: bool) -> Reply {
    Reply::NotFinal { code: code.to_owned(), repeatable, retry_after_s: None }
}

/// A till with a shop and a server that can be reached, told all there is to tell.
fn online(contents: &Contents) -> Till {
    let mut till = Till::start(contents, Settings::default(), at(0));
    till.on_shop(shop(), Vec::new());
    till.on_link(LinkState::Online);
    till
}

fn scanned(number: u128) -> Till {
    let mut till = online(&Contents::default());
    till.scan(code(1), id(number), at(0)).unwrap();
    till.actions(at(0));
    till
}

fn last_result(actions: &[Action]) -> Option<Shown> {
    actions.iter().rev().find_map(|action| match action {
        Action::Tell(TillEvent::Result { result }) => Some(result.clone()),
        _ => None,
    })
}

fn last_doubts(actions: &[Action]) -> Option<Vec<DoubtState>> {
    actions.iter().rev().find_map(|action| match action {
        Action::Tell(TillEvent::Doubts { doubts }) => Some(doubts.iter().map(|doubt| doubt.state).collect()),
        _ => None,
    })
}

fn calls(actions: &[Action]) -> Vec<Call> {
    let call = |action: &Action| match action {
        Action::Post(_) => Some(Call::Post),
        Action::Get(..) => Some(Call::Get),
        Action::Cancel(..) => Some(Call::Cancel),
        _ => None,
    };
    actions.iter().filter_map(call).collect()
}

fn closed_as(actions: &[Action]) -> Option<Outcome> {
    actions.iter().find_map(|action| match action {
        Action::Write(Line::Closed(closed)) => Some(closed.outcome),
        _ => None,
    })
}

#[test]
fn before_sending_the_request_is_written_to_the_journal() {
    let mut till = online(&Contents::default());
    till.scan(code(1), id(1), at(0)).unwrap();
    let actions = till.actions(at(0));
    let written = actions.iter().position(|action| matches!(action, Action::Write(Line::Open(_))));
    let sent = actions.iter().position(|action| matches!(action, Action::Post(_)));
    assert!(written.unwrap() < sent.unwrap());
    assert!(matches!(last_result(&actions), Some(Shown::Sending(_))));
}

#[test]
fn an_answer_in_time_is_shown_and_closes_the_line() {
    let mut till = scanned(1);
    till.on_reply(id(1), Call::Post, recorded(1), at(40));
    let actions = till.actions(at(40));
    assert_eq!(closed_as(&actions), Some(Outcome::Recorded));
    assert!(matches!(last_result(&actions), Some(Shown::Recorded { .. })));
}

#[test]
fn a_refusal_says_why_with_what_was_asked_for_and_is_listed() {
    let mut till = scanned(1);
    let refusal = Refusal { code: "insufficient_balance".to_owned(), balance: Some(0), ..Refusal::default() };
    till.on_reply(id(1), Call::Post, Reply::Refused(refusal), at(40));
    let actions = till.actions(at(40));
    let Some(Shown::Refused(refused)) = last_result(&actions) else { panic!("not refused") };
    assert_eq!((refused.balance, refused.amount, refused.unit.as_deref()), (Some(0), Some(1), Some("wash")));
    assert!(
        actions
            .iter()
            .any(|action| matches!(action, Action::Tell(TillEvent::Entries { entries }) if entries.len() == 1))
    );
}

#[test]
fn without_an_answer_for_3_s_it_is_checking_and_asks_every_half_second() {
    let mut till = scanned(1);
    assert!(till.actions(at(2_900)).is_empty());
    let actions = till.actions(at(3_000));
    assert!(matches!(last_result(&actions), Some(Shown::Checking(_))));
    assert_eq!(calls(&actions), [Call::Get]);
    till.on_reply(id(1), Call::Get, Reply::Unknown, at(3_010));
    assert_eq!(calls(&till.actions(at(3_400))), []);
    assert_eq!(calls(&till.actions(at(3_510))), [Call::Get]);
}

#[test]
fn a_lost_answer_is_asked_after_at_once_and_the_same_id_is_sent_again_once_unknown() {
    let mut till = scanned(1);
    till.on_reply(id(1), Call::Post, Reply::Lost, at(100));
    assert_eq!(calls(&till.actions(at(100))), [Call::Get]);
    till.on_reply(id(1), Call::Get, Reply::Unknown, at(120));
    assert_eq!(calls(&till.actions(at(900))), [Call::Get]);
    let actions = till.actions(at(1_000));
    assert!(matches!(&actions[0], Action::Post(request) if request.id == id(1)));
}

#[test]
fn unknown_for_10_s_to_a_server_that_answers_it_can_be_cancelled_for_sure() {
    let mut till = scanned(1);
    till.actions(at(3_000));
    assert_eq!(till.cancel(id(1), at(3_100)), Err(Failed::new("busy")));
    for ms in (3_000..=13_500).step_by(100) {
        till.on_reply(id(1), Call::Get, Reply::Unknown, at(ms));
        till.actions(at(ms));
    }
    assert!(matches!(till.result(at(13_500)), Shown::InDoubt { can_cancel: true, .. }));
    till.cancel(id(1), at(13_500)).unwrap();
    let actions = till.actions(at(13_500));
    assert!(actions.contains(&Action::Write(Line::Cancelling { id: id(1) })));
    assert!(calls(&actions).contains(&Call::Cancel));
    till.on_reply(id(1), Call::Cancel, Reply::Cancelled { was: "unknown".to_owned() }, at(13_600));
    let actions = till.actions(at(13_600));
    assert_eq!(closed_as(&actions), Some(Outcome::Cancelled));
    assert!(matches!(last_result(&actions), Some(Shown::Cancelled { .. })));
}

#[test]
fn a_server_that_cannot_be_reached_is_said_and_asked_on_and_on() {
    let mut till = scanned(1);
    let mut asked = 0;
    for ms in (0..60_000).step_by(100) {
        let now_calls = calls(&till.actions(at(ms)));
        asked += now_calls.len();
        for call in now_calls {
            till.on_reply(id(1), call, Reply::Lost, at(ms));
        }
        till.on_reply(id(1), Call::Post, Reply::Lost, at(ms.max(10)));
    }
    assert!(asked > 20, "{asked}");
    assert!(matches!(till.result(at(60_000)), Shown::InDoubt { can_cancel: false, .. }));
    assert_eq!(till.doubts(at(60_000))[0].state, DoubtState::Unreachable);
    till.on_reply(id(1), Call::Get, recorded(1), at(60_100));
    assert!(matches!(till.result(at(60_100)), Shown::Recorded { .. }));
}

#[test]
fn nothing_else_is_taken_while_one_is_open_and_what_was_held_up_is_read_again() {
    let mut till = scanned(1);
    assert_eq!(till.scan(code(1), id(2), at(50)), Ok(()), "the same code held on is one scan");
    assert_eq!(till.scan(code(2), id(3), at(60)), Err(Failed::new("busy")));
    let actions = till.actions(at(60));
    assert_eq!(calls(&actions), []);
    assert!(actions.contains(&Action::Tell(TillEvent::Hint { hint: Hint::Wait })));
    till.on_reply(id(1), Call::Post, recorded(1), at(70));
    assert!(till.actions(at(70)).contains(&Action::LookAgain(Some(code(1)))));
}

#[test]
fn without_a_server_nothing_is_sent_and_it_is_said_so() {
    let mut till = online(&Contents::default());
    till.on_link(LinkState::Offline);
    assert_eq!(till.scan(code(1), id(1), at(0)), Err(Failed::new("offline")));
    let actions = till.actions(at(0));
    assert!(matches!(last_result(&actions), Some(Shown::Refused(refused)) if refused.code == "offline"));
    assert!(!actions.iter().any(|action| matches!(action, Action::Write(_) | Action::Post(_))));
}

#[test]
fn a_journal_that_cannot_be_written_means_nothing_was_sent() {
    let mut till = scanned(1);
    let about = About::Redemption { code: code(1) };
    let request = Request { id: id(1), about, unit: "wash".to_owned(), amount: 1, at: at(0).at, by: By::default() };
    till.on_journal_failed(&Line::Open(request), at(1));
    let actions = till.actions(at(1));
    assert!(matches!(last_result(&actions), Some(Shown::Refused(refused)) if refused.code == "journal_failed"));
    assert!(till.scan(code(2), id(2), at(2)).is_ok());
}

#[test]
fn after_a_restart_what_is_recorded_is_shown_and_what_is_unknown_is_cancelled_before_the_first_scan() {
    let mut contents = Contents::default();
    for number in 1..=2 {
        let about = About::Redemption { code: code(1) };
        let request =
            Request { id: id(number), about, unit: "wash".to_owned(), amount: 1, at: at(0).at, by: By::default() };
        contents.apply(Line::Open(request));
    }
    let mut till = online(&contents);
    let actions = till.actions(at(0));
    assert_eq!(calls(&actions), [Call::Get, Call::Get]);
    assert_eq!(last_doubts(&actions), Some(vec![DoubtState::Asking, DoubtState::Asking]));
    assert_eq!(till.scan(code(3), id(3), at(10)), Err(Failed::new("busy")));
    till.on_reply(id(1), Call::Get, recorded(1), at(20));
    till.on_reply(id(2), Call::Get, Reply::Unknown, at(20));
    assert_eq!(calls(&till.actions(at(20))), [Call::Cancel]);
    till.on_reply(id(2), Call::Cancel, Reply::Cancelled { was: "unknown".to_owned() }, at(30));
    let actions = till.actions(at(30));
    assert_eq!(last_doubts(&actions), Some(vec![DoubtState::Recorded, DoubtState::Cancelled]));
    assert!(actions.iter().any(|action| matches!(action, Action::LookAgain(_))));
    till.scan(code(3), id(3), at(40)).unwrap();
    assert_eq!(last_doubts(&till.actions(at(40))), None, "still listed");
    till.on_reply(id(3), Call::Post, recorded(3), at(50));
    assert_eq!(last_doubts(&till.actions(at(3_600_000))), None, "until somebody has seen them");
    till.dismiss(&[id(1)]);
    assert_eq!(last_doubts(&till.actions(at(3_600_000))), Some(vec![DoubtState::Cancelled]));
    till.dismiss(&[id(2)]);
    assert_eq!(last_doubts(&till.actions(at(3_600_000))), Some(vec![]));
}

#[test]
fn an_answer_that_is_not_final_is_repeated_with_the_same_id_or_cancelled() {
    let mut till = scanned(1);
    till.on_reply(id(1), Call::Post, not_final("busy", true), at(100));
    let posts: Vec<Action> = (100..=1_200).step_by(100).flat_map(|ms| till.actions(at(ms))).collect();
    assert!(posts.iter().any(|action| matches!(action, Action::Post(request) if request.id == id(1))));

    let mut till = scanned(1);
    till.on_reply(id(1), Call::Post, not_final("malformed", false), at(100));
    assert_eq!(calls(&till.actions(at(100))), [Call::Cancel]);
    till.on_reply(id(1), Call::Cancel, Reply::Cancelled { was: "unknown".to_owned() }, at(120));
    let shown = last_result(&till.actions(at(120)));
    assert!(matches!(shown, Some(Shown::Refused(refused)) if refused.code == "malformed"));
}

#[test]
fn why_a_server_did_not_settle_it_is_said_for_as_long_as_it_is_not_known() {
    let mut till = scanned(1);
    till.on_reply(id(1), Call::Post, not_final("clock_wrong", true), at(100));
    let mut shown = None;
    for ms in (100..=12_000).step_by(100) {
        let actions = till.actions(at(ms));
        shown = last_result(&actions).or(shown);
        for call in calls(&actions) {
            let reply = if call == Call::Post { not_final("clock_wrong", true) } else { Reply::Unknown };
            till.on_reply(id(1), call, reply, at(ms));
        }
    }
    assert!(matches!(shown, Some(Shown::InDoubt { can_cancel: true, code: Some(code), .. }) if code == "clock_wrong"));
}

#[test]
fn a_server_that_never_settles_it_does_not_hold_up_the_queue_for_ever() {
    let mut till = scanned(1);
    for ms in (0..70_000).step_by(100) {
        for call in calls(&till.actions(at(ms))) {
            till.on_reply(id(1), call, not_final("internal", true), at(ms));
        }
    }
    till.scan(code(2), id(2), at(70_000)).unwrap();
    assert_eq!(till.doubts(at(70_000))[0].state, DoubtState::CanCancel);
}

#[test]
fn a_double_scan_shows_the_first_result_as_repeated() {
    let mut till = scanned(1);
    till.on_reply(id(1), Call::Post, recorded(1), at(40));
    till.actions(at(40));
    till.scan(code(1), id(2), at(2_000)).unwrap();
    till.actions(at(2_000));
    let Reply::Recorded(mut first) = recorded(1) else { return };
    first.repeated = true;
    till.on_reply(id(2), Call::Post, Reply::Recorded(first), at(2_040));
    let shown = last_result(&till.actions(at(2_040)));
    assert!(matches!(shown, Some(Shown::Recorded { redemption }) if redemption.repeated && redemption.id == id(1)));
}

#[test]
fn after_a_change_of_epoch_every_id_is_asked_and_the_gone_ones_are_listed() {
    let mut contents = Contents { epoch: Some("old".to_owned()), ..Contents::default() };
    for number in 1..=6 {
        let kind = RequestKind::Redemption;
        let unit = "wash".to_owned();
        let outcome = Outcome::Recorded;
        contents.closed.push_back(crate::journal::Closed {
            id: id(number),
            kind,
            unit,
            amount: 1,
            at: at(0).at,
            outcome,
        });
    }
    let mut till = online(&contents);
    till.on_message(Message::Hello { epoch: "new".to_owned(), seq: 3, reset: true }, &contents);
    let mut asked = Vec::new();
    let mut all = Vec::new();
    for ms in (0..3_000).step_by(100) {
        for action in till.actions(at(ms)) {
            if let Action::Get(asked_id, _) = action {
                asked.push(asked_id);
                let reply = if asked_id == id(5) { Reply::Unknown } else { recorded(asked_id.as_u128()) };
                till.on_reply(asked_id, Call::Get, reply, at(ms));
            }
            all.push(action);
        }
    }
    assert_eq!(asked.len(), 6);
    assert_eq!(last_doubts(&all), Some(vec![DoubtState::Gone]));
    let epoch = Action::Write(Line::Epoch { epoch: "new".to_owned() });
    assert!(!all.contains(&epoch), "a restart before anybody has seen the list lists them again");
    till.on_message(Message::Hello { epoch: "new".to_owned(), seq: 3, reset: false }, &contents);
    assert_eq!(calls(&till.actions(at(3_000))), [], "they are not asked again in this run");
    till.scan(code(1), id(9), at(3_000)).unwrap();
    till.actions(at(3_000));
    till.dismiss(&[id(5)]);
    assert!(till.actions(at(3_100)).contains(&epoch));
}

#[test]
fn a_lamp_that_came_before_its_answer_is_shown_with_it() {
    let mut till = scanned(1);
    let seen = LampOf { id: id(1), lamp: Lamp::Seen };
    till.on_message(Message::Lamp(seen), &Contents::default());
    till.on_reply(id(1), Call::Post, recorded(1), at(40));
    let shown = last_result(&till.actions(at(40)));
    assert!(matches!(shown, Some(Shown::Recorded { redemption }) if redemption.lamp == Lamp::Seen));
}

#[test]
fn a_preset_must_be_of_the_shop_and_within_limits() {
    let mut till = online(&Contents::default());
    let preset = |unit: &str, amount| Preset { unit: unit.to_owned(), amount };
    assert_eq!(till.set_preset(preset("wax", 1), 1, at(0)), Err(Failed::new("unit_unknown")));
    assert_eq!(till.set_preset(preset("wash", 0), 1, at(0)), Err(Failed::new("amount_invalid")));
    assert_eq!(till.set_preset(preset("wash", AMOUNT_LIMIT + 1), 1, at(0)), Err(Failed::new("amount_invalid")));
    till.set_preset(preset("wash", 2), 1, at(0)).unwrap();
    till.scan(code(1), id(1), at(0)).unwrap();
    assert!(till.actions(at(0)).iter().any(|action| matches!(action, Action::Post(request) if request.amount == 2)));
}
