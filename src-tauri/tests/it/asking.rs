//! What the page may ask, and who stands at the till.

use serde_json::{Value, json};
use tillbeam::ask::Ask;
use tillbeam::wire::{Failed, Staff, TillEvent};

use crate::counter::Counter;

pub(crate) async fn ask(counter: &Counter, call: &str, id: &str, body: Value) -> Result<Value, Failed> {
    let ask: Ask = serde_json::from_value(json!({ "call": call, "path": { "id": id }, "body": body })).unwrap();
    let answer = counter.desk.ask(ask).await?;
    Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

async fn staff(counter: &mut Counter, wanted: impl Fn(&Staff) -> bool) -> Staff {
    counter
        .until(|event| match event {
            TillEvent::Staff(staff) if wanted(staff) => Some(staff.clone()),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_operator_locks_the_till_and_their_pin_opens_it() {
    let mut counter = Counter::open().await;
    assert!(!staff(&mut counter, |_| true).await.is_locked(), "a shop without operators asks nobody");
    let pin = serde_json::from_value(json!("2468")).unwrap();
    let wrong = serde_json::from_value(json!("1357")).unwrap();
    let ann = json!({ "name": "Ann", "role": "owner", "pin": "2468" });
    let made = ask(&counter, "POST /operators", "", ann).await.unwrap();
    staff(&mut counter, Staff::is_locked).await;
    let code = counter.live_code().await;
    assert_eq!(counter.desk.type_code(&code).await.unwrap_err().code, "locked");
    let id = made["id"].as_u64().unwrap();
    assert_eq!(counter.desk.unlock(id, &wrong).await.unwrap_err().code, "pin_wrong");
    counter.desk.unlock(id, &pin).await.unwrap();
    assert_eq!(staff(&mut counter, |staff| !staff.is_locked()).await.standing, Some(id));
    counter.desk.type_code(&code).await.unwrap();
    counter.recorded().await;
    counter.desk.lock().await.unwrap();
    let closed = |staff: &Staff| staff.is_locked() && staff.operators.iter().all(|operator| !operator.open);
    staff(&mut counter, closed).await;
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_hears_of_what_the_shop_changed() {
    let mut counter = Counter::open().await;
    ask(&counter, "PATCH /shop/settings", "", json!({ "name": "Lotus & Sons" })).await.unwrap();
    counter
        .until(|event| match event {
            TillEvent::Shop(shop) if shop.shop.name == "Lotus & Sons" => Some(()),
            _ => None,
        })
        .await;
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_beside_the_list_is_not_sent() {
    let counter = Counter::open().await;
    let answer = ask(&counter, "POST /customers/{id}/top-ups", "1", json!({})).await;
    assert_eq!(answer.unwrap_err().code, "malformed");
    let answer = ask(&counter, "GET /customers/{id}", "4000", json!({})).await;
    assert_eq!(answer.unwrap_err().code, "not_found");
    counter.close().await;
}
