//! Value that is moved without a scan: each kind is recorded once, also when its answer is lost.

use serde_json::json;
use tillbeam::request::{About, Pin, Undone};
use tillbeam::wire::{Preset, Redemption};
use uuid::Uuid;

use crate::asking::ask;
use crate::counter::Counter;
use crate::person;

fn wash(amount: u64) -> Preset {
    Preset { unit: "wash".to_owned(), amount }
}

async fn moved(counter: &Counter, about: About, amount: u64) -> Redemption {
    counter.desk.move_value(Uuid::now_v7(), about, wash(amount), None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_manager_does_to_an_account_is_recorded() {
    let counter = Counter::open().await;
    let customer = counter.desk.new_customer(Uuid::now_v7(), &person("Wei"), wash(10)).await.unwrap().customer.id;
    let other = counter.desk.new_customer(Uuid::now_v7(), &person("Mei"), wash(1)).await.unwrap().customer.id;
    let reason = || "asked for it".to_owned();
    let top_up = moved(&counter, About::TopUp { customer, bonus: Some(2) }, 5).await;
    assert_eq!(top_up.balance, 17);
    let undo = About::Reversal { of: top_up.id, of_kind: Undone::TopUp, whole: true, reason: Some(reason()) };
    assert_eq!(moved(&counter, undo, 5).await.balance, 10);
    let transfer = About::Transfer { customer, to: other, reason: reason() };
    assert_eq!(moved(&counter, transfer, 3).await.balance, 7);
    let fewer = About::Adjustment { customer, take: true, of_bonus: false, reason: reason() };
    let adjusted = moved(&counter, fewer, 2).await;
    assert_eq!((adjusted.amount, adjusted.balance), (2, 5));
    assert_eq!(moved(&counter, About::Named { customer }, 1).await.balance, 4);
    let refund = About::Refund { customer, forfeit_bonus: true, reason: reason() };
    assert_eq!(moved(&counter, refund, 4).await.balance, 0);
    let too_much = counter.desk.move_value(Uuid::now_v7(), About::Named { customer }, wash(1), None).await;
    assert_eq!(too_much.unwrap_err().code, "insufficient_balance");
    let seen = ask(&counter, "GET /customers/{id}", &other.to_string(), json!({})).await.unwrap();
    assert_eq!(seen["accounts"][0]["balance"], 4);
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_without_a_code_and_whose_answer_is_lost_is_taken_once() {
    let counter = Counter::open().await;
    let customer = counter.desk.new_customer(Uuid::now_v7(), &person("Wei"), wash(10)).await.unwrap().customer.id;
    counter.line.lose_the_next_answer();
    assert_eq!(moved(&counter, About::Named { customer }, 3).await.balance, 7);
    assert_eq!(counter.line.answers_lost(), 1);
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_under_one_id_is_moved_once() {
    let counter = Counter::open().await;
    let (person_id, id) = (Uuid::now_v7(), Uuid::now_v7());
    let customer = counter.desk.new_customer(person_id, &person("Wei"), wash(10)).await.unwrap().customer.id;
    let again = counter.desk.new_customer(person_id, &person("Wei"), wash(0)).await.unwrap();
    assert_eq!(again.customer.id, customer, "one opening of the dialog is one customer");
    let about = || About::TopUp { customer, bonus: None };
    let both = tokio::join!(
        counter.desk.move_value(id, about(), wash(5), None),
        counter.desk.move_value(id, about(), wash(5), None)
    );
    // The one that is overtaken may not know; neither moves anything a second time.
    assert!(both.0.is_ok() || both.1.is_ok(), "{both:?}");
    assert_eq!(counter.desk.move_value(id, about(), wash(5), None).await.unwrap().balance, 15);
    let seen = ask(&counter, "GET /customers/{id}", &customer.to_string(), json!({})).await.unwrap();
    assert_eq!(seen["accounts"][0]["balance"], 15);
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_wants_a_pin_is_taken_with_it_under_a_new_id() {
    let mut counter = Counter::open().await;
    let limits = json!({ "unit": "wash", "limits": { "pin_above": 0 } });
    ask(&counter, "POST /units", "", limits).await.unwrap();
    let found = counter.desk.find_customers("Li Wei").await.unwrap();
    let id = found[0].id.to_string();
    ask(&counter, "POST /customers/{id}/pin", &id, json!({ "pin": "1357" })).await.unwrap();
    let code = counter.live_code().await;
    counter.desk.type_code(&code).await.unwrap();
    let refused: Uuid = counter
        .until(|event| {
            let event = serde_json::to_value(event).unwrap();
            let asked = event["result"]["code"] == "pin_required";
            asked.then(|| serde_json::from_value(event["result"]["id"].clone()).unwrap())
        })
        .await;
    let pin: Pin = serde_json::from_value(json!("1357")).unwrap();
    let other = counter.desk.again(Uuid::now_v7(), Some(pin.clone()), None).await;
    assert_eq!(other.unwrap_err().code, "scan_over", "a PIN is for one scan");
    counter.desk.again(refused, Some(pin), None).await.unwrap();
    let taken = counter
        .until(|event| {
            let event = serde_json::to_value(event).unwrap();
            (event["result"]["status"] == "recorded").then_some(event)
        })
        .await;
    assert_eq!(taken["result"]["redemption"]["amount"], 1);
    counter.close().await;
}
