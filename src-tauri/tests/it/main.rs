//! The till against a real server on a free port, over real sockets: what a pure test cannot show.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod asking;
mod counter;
mod elsewhere;
mod line;
mod moving;
mod opening;
mod remote;
mod rights;

use std::time::Duration;

use counter::Counter;
use tillbeam::request::{About, By, Code, Request};
use tillbeam::wire::{DoubtState, LinkState, Person, Preset, Shown, TillEvent};
use uuid::Uuid;

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), phone: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_taken_once_and_shown_again_as_repeated() {
    let mut counter = Counter::open().await;
    let code = counter.live_code().await;
    counter.desk.type_code(&code).await.unwrap();
    let first = counter.recorded().await;
    assert!(!first.repeated);
    counter.desk.type_code(&code).await.unwrap();
    let second = counter.recorded().await;
    assert!(second.repeated);
    assert_eq!((second.id, second.balance), (first.id, first.balance));
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entry_comes_over_the_socket() {
    let mut counter = Counter::open().await;
    let code = counter.live_code().await;
    counter.desk.type_code(&code).await.unwrap();
    // It may come before the answer.
    let newest = counter
        .until(|event| match event {
            TillEvent::Entries { entries } => {
                let newest = serde_json::to_value(entries.first()?).unwrap();
                (newest["kind"] == "redemption").then_some(newest)
            }
            _ => None,
        })
        .await;
    assert_eq!((newest["amount"].as_u64(), newest["lamp"].as_str()), (Some(1), Some("recorded")));
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_after_and_nothing_is_taken_twice() {
    let mut counter = Counter::open().await;
    let code = counter.live_code().await;
    counter.line.lose_the_next_answer();
    counter.desk.type_code(&code).await.unwrap();
    let taken = counter.recorded().await;
    assert!(!taken.repeated, "the same id, so the first result itself");
    assert_eq!(counter.line.answers_lost(), 1);
    let next = counter.live_code().await;
    counter.desk.type_code(&next).await.unwrap();
    assert_eq!(counter.recorded().await.balance, taken.balance - 1);
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_nothing_is_sent_and_when_it_is_back_the_till_goes_on() {
    let mut counter = Counter::open().await;
    let code = counter.live_code().await;
    counter.line.cut();
    counter.until(|event| matches!(event, TillEvent::Link { state: LinkState::Offline }).then_some(())).await;
    assert_eq!(counter.desk.type_code(&code).await.unwrap_err().code, "offline");
    counter.line.mend();
    counter.until(|event| matches!(event, TillEvent::Link { state: LinkState::Online }).then_some(())).await;
    counter.desk.type_code(&code).await.unwrap();
    assert!(!counter.recorded().await.repeated, "nothing was taken before");
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_cut_what_was_never_sent_is_cancelled_and_never_taken() {
    let at = jiff::Timestamp::now();
    let mut counter = Counter::open_with(|code| {
        let about = About::Redemption { code: Code::parse(code).unwrap() };
        vec![Request { id: Uuid::from_u128(7), about, unit: "wash".to_owned(), amount: 1, at, by: By::default() }]
    })
    .await;
    let settled = counter
        .until(|event| match event {
            TillEvent::Doubts { doubts } => {
                let doubt = doubts.first()?;
                (doubt.state == DoubtState::Cancelled).then_some(doubt.id)
            }
            _ => None,
        })
        .await;
    assert_eq!(settled, Uuid::from_u128(7));
    let code = counter.live_code().await;
    counter.desk.type_code(&code).await.unwrap();
    let taken = counter.recorded().await;
    assert!(!taken.repeated, "the code was not used up by the request that never came");
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_is_topped_up_and_gets_a_link() {
    let counter = Counter::open().await;
    let preset = Preset { unit: "wash".to_owned(), amount: 10 };
    let made = counter.desk.new_customer(Uuid::now_v7(), &person("Wei Chen"), preset).await.unwrap();
    assert_eq!(made.top_up_failed, None);
    let top_up = made.top_up.unwrap();
    assert_eq!((top_up.customer.id, top_up.amount, top_up.balance), (made.customer.id, 10, 10));
    assert!(made.join.url.contains("/#join="));
    let found = counter.desk.find_customers("Wei Ch").await.unwrap();
    assert_eq!(found, std::slice::from_ref(&made.customer));
    assert!(counter.desk.join(made.customer.id).await.unwrap().url.contains("/#join="));
    let bad = Preset { unit: "wash".to_owned(), amount: 2_000_000_000_000 };
    let made = counter.desk.new_customer(Uuid::now_v7(), &person("Too Rich"), bad).await.unwrap();
    assert_eq!(made.top_up_failed.as_deref(), Some("amount_invalid"));
    assert_eq!(made.top_up, None);
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_badly_is_said_and_nothing_is_sent() {
    let counter = Counter::open().await;
    for text in ["", "123", "https://example.org", &"3".repeat(27), &"9".repeat(5_000)] {
        assert_eq!(counter.desk.type_code(text).await.unwrap_err().code, "code_invalid", "{text:.40}");
    }
    assert_eq!(counter.desk.cancel(Uuid::nil()).await.unwrap_err().code, "not_found");
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_till_on_the_same_data_is_refused_with_a_sentence() {
    let counter = Counter::open().await;
    let error = counter.open_twice().await;
    assert!(error.contains("another Tillbeam is using") && error.contains("--data"), "{error}");
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_left_is_refused_with_what_there_is() {
    let mut counter = Counter::open().await;
    counter.desk.set_preset(Preset { unit: "wash".to_owned(), amount: 1_000 }, 1).await.unwrap();
    let code = counter.live_code().await;
    counter.desk.type_code(&code).await.unwrap();
    let refused = counter
        .until(|event| match event {
            TillEvent::Result { result: Shown::Refused(refused) } => Some(refused.clone()),
            _ => None,
        })
        .await;
    assert_eq!((refused.code.as_str(), refused.amount), ("insufficient_balance", Some(1_000)));
    assert!(refused.balance.is_some_and(|balance| balance < 1_000));
    counter.close().await;
}

/// The longest that any of these waits for one event.
const PATIENCE: Duration = Duration::from_mins(1);
