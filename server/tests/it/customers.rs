//! Customers: found, changed, frozen, given cards and PINs, replaced, erased, exported.

use reqwest::Method;
use serde_json::{Value, json};

use crate::people::{operator, owner, session};
use crate::pushing::Socket;
use crate::shop::{Answer, Shop, id};

async fn patch(shop: &Shop, path: &str, body: Value) -> Answer {
    shop.send(Method::PATCH, &format!("/api/v1{path}"), Some(&shop.token), Some(body)).await
}

async fn found(shop: &Shop, query: &str) -> Vec<String> {
    let found = shop.get(&format!("/customers?query={query}")).await.expect(200);
    let names = found["customers"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned());
    names.collect()
}

fn path(shop: &Shop, customer: usize, call: &str) -> String {
    format!("/customers/{}{call}", shop.customers[customer].customer_id)
}

#[tokio::test]
async fn a_customer_is_found_by_part_of_the_name_and_the_end_of_the_phone_number() {
    let shop = Shop::open().await;
    for (name, phone) in [("Zoë 王", "+86 138-0013-8000"), ("محمد", "0301 238 000"), ("Number 8000 👩", "999 111 777")]
    {
        shop.post("/customers", json!({ "id": id(), "name": name, "phone": phone })).await.expect(201);
    }
    assert_eq!(found(&shop, "8000").await, ["محمد", "Zoë 王"], "a number goes before a name");
    assert_eq!(found(&shop, "13-8000").await, ["Zoë 王"]);
    assert_eq!(found(&shop, "777").await, ["Number 8000 👩"]);
    assert_eq!(found(&shop, "77").await, Vec::<String>::new(), "two digits are part of a name");
    assert_eq!(found(&shop, "number").await, ["Number 8000 👩"]);
    assert_eq!(found(&shop, "%").await, Vec::<String>::new());
    for phone in ["12", "abc", &"1".repeat(21)] {
        let body = json!({ "id": id(), "name": "x", "phone": phone });
        shop.post("/customers", body).await.expect_code(400, "malformed");
    }
    for name in ["a\nb", "\u{202e}x", &"x".repeat(101)] {
        shop.post("/customers", json!({ "id": id(), "name": name })).await.expect_code(400, "malformed");
    }
    shop.close().await;
}

#[tokio::test]
async fn a_cashier_sees_the_end_of_a_phone_number_and_a_manager_the_whole() {
    let shop = Shop::open().await;
    let own = path(&shop, 0, "");
    patch(&shop, &own, json!({ "name": "Li 李", "phone": "138 0013 8000" })).await.expect(200);
    let owner = owner(&shop).await;
    let li = operator(&shop, "Li", "cashier", "2222", Some(owner)).await;
    session(&shop, li, "2222").await.expect(201);
    shop.get(&own).await.expect_code(403, "forbidden");
    let seen = shop.get(&format!("{own}?operator={li}")).await.expect(200);
    assert_eq!((&seen["phone"], &seen["phone_end"]), (&Value::Null, &json!("8000")));
    let seen = shop.get(&format!("{own}?operator={owner}")).await.expect(200);
    assert_eq!((&seen["phone"], &seen["name"]), (&json!("13800138000"), &json!("Li 李")));
    assert_eq!(seen["accounts"][0]["balance"], 10);
    assert_eq!(seen["credentials"].as_array().unwrap().len(), 2);
    patch(&shop, &own, json!({ "phone": "" })).await.expect_code(403, "forbidden");
    let seen = patch(&shop, &own, json!({ "phone": "", "operator": li })).await.expect(200);
    assert_eq!((&seen["phone_end"], &seen["name"]), (&Value::Null, &json!("Li 李")));
    shop.get(&format!("{own}/export?operator={li}")).await.expect_code(403, "approval_required");
    shop.close().await;
}

#[tokio::test]
async fn entries_come_in_pages_the_newest_first() {
    let shop = Shop::open().await;
    for step in 0..5 {
        shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
    }
    let own = path(&shop, 0, "/entries");
    let mut numbers = Vec::new();
    let mut before = i64::MAX;
    loop {
        let page = shop.get(&format!("{own}?limit=3&before={before}")).await.expect(200);
        let page = page["entries"].as_array().unwrap().clone();
        numbers.extend(page.iter().map(|entry| entry["number"].as_i64().unwrap()));
        match numbers.last() {
            Some(last) if !page.is_empty() => before = *last,
            _ => break,
        }
    }
    assert!(numbers.is_sorted_by(|a, b| a > b), "{numbers:?}");
    assert_eq!(numbers.len(), 7, "five redemptions and two opening balances");
    shop.get("/customers/999999/entries").await.expect_code(404, "not_found");
    shop.close().await;
}

#[tokio::test]
async fn a_frozen_customer_is_told_and_nothing_is_taken_until_they_are_unfrozen() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    let mut phone = Socket::open(&shop, "/ws?after=0", &token).await;
    phone.next_of("hello").await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    for _ in 0..2 {
        assert_eq!(shop.post(&path(&shop, 0, "/freeze"), json!({})).await.status, 204);
    }
    let told = phone.next_of("status").await;
    assert_eq!((&told["status"], &told["seq"]), (&json!("frozen"), &json!(2)));
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect_code(403, "frozen");
    assert_eq!(phone.next_of("refusal").await["seq"], 3, "the writer counts statuses in the same series");
    assert_eq!(shop.post(&path(&shop, 0, "/unfreeze"), json!({})).await.status, 204);
    assert_eq!(phone.next_of("status").await["status"], "unfrozen");
    shop.redeem(&id(), &shop.code(0, 2), 1).await.expect(201);
    let mut again = Socket::open(&shop, "/ws?after=0", &token).await;
    again.next_of("hello").await;
    let mut replayed = Vec::new();
    for _ in 0..5 {
        let event = again.json().await;
        replayed.push((event["seq"].as_i64().unwrap(), event["type"].as_str().unwrap().to_owned()));
    }
    let types: Vec<_> = replayed.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(types, ["redemption", "status", "refusal", "status", "redemption"]);
    assert_eq!(replayed.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let poll = format!("/poll/{}/{}", shop.customers[0].customer_id, shop.id);
    let texts = [
        shop.send(Method::GET, &poll, Some(&token), None).await.status,
        shop.send(Method::GET, &poll, Some(&token), None).await.status,
    ];
    assert_eq!(texts, [200, 200]);
    shop.close().await;
}

#[tokio::test]
async fn a_lost_phone_is_taken_back_at_once_and_another_takes_its_place() {
    let shop = Shop::open().await;
    let lost = shop.customers[0].clone();
    let mut socket = Socket::open(&shop, "/ws?after=0", &lost.token).await;
    socket.next_of("hello").await;
    let call = path(&shop, 0, &format!("/credentials/{}/replace", lost.credential));
    let replaced = shop.post(&call, json!({})).await.expect(201);
    assert_eq!(socket.text().await, Err(4001));
    assert_eq!(Socket::open(&shop, "/ws", &lost.token).await.text().await, Err(4001));
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect_code(403, "credential_revoked");
    let link = replaced["join"]["url"].as_str().unwrap().split_once("#join=").unwrap().1.to_owned();
    let body = json!({ "code": link, "device": "00112233445566778899aabbccddeeff" });
    let joined = shop.send(Method::POST, "/api/v1/join", None, Some(body)).await.expect(201);
    let token = joined["token"].as_str().unwrap();
    let me = shop.send(Method::GET, "/api/v1/me", Some(token), None).await.expect(200);
    assert_eq!(me["accounts"][0]["balance"], 10, "the balance stays");
    let events = shop.send(Method::GET, "/api/v1/me/events?after=0", Some(token), None).await.expect(200);
    let kinds: Vec<_> = events["events"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["status", "refusal"]);
    let mut other = Socket::open(&shop, "/ws", token).await;
    other.next_of("hello").await;
    let card = path(&shop, 0, &format!("/credentials/{}/revoke", joined["credential"].as_str().unwrap()));
    let wrong = path(&shop, 1, &format!("/credentials/{}/revoke", joined["credential"].as_str().unwrap()));
    shop.post(&wrong, json!({})).await.expect_code(404, "not_found");
    for _ in 0..2 {
        assert_eq!(shop.post(&card, json!({})).await.status, 204);
    }
    assert_eq!(other.text().await, Err(4001));
    shop.close().await;
}

#[tokio::test]
async fn a_card_is_made_taken_and_replaced() {
    let shop = Shop::open().await;
    let card = shop.post(&path(&shop, 1, "/cards"), json!({})).await.expect(201);
    let code = card["code"].as_str().unwrap();
    shop.redeem(&id(), code, 1).await.expect(201);
    let call = path(&shop, 1, &format!("/credentials/{}/replace", card["credential"].as_str().unwrap()));
    let replaced = shop.post(&call, json!({})).await.expect(201);
    shop.redeem(&id(), code, 1).await.expect_code(403, "credential_revoked");
    let fresh = replaced["card"]["code"].as_str().unwrap();
    assert_eq!(shop.redeem(&id(), fresh, 1).await.expect(201)["balance"], 8);
    shop.close().await;
}

#[tokio::test]
async fn a_customers_pin_is_set_and_taken_away_and_is_never_told() {
    let shop = Shop::open().await;
    let (own, call) = (path(&shop, 0, ""), path(&shop, 0, "/pin"));
    assert_eq!(shop.get(&own).await.expect(200)["pin"], false);
    shop.post(&call, json!({ "pin": "12" })).await.expect_code(400, "malformed");
    assert_eq!(shop.post(&call, json!({ "pin": "864213" })).await.status, 204);
    let seen = shop.get(&own).await.expect(200);
    assert_eq!(seen["pin"], true);
    let audit = shop.get("/audit").await.expect(200);
    assert_eq!(audit["acts"][0]["act"], "pin_set");
    let export = shop.get(&format!("{own}/export")).await.expect(200);
    for told in [seen, audit, export] {
        assert!(!told.to_string().contains("864213") && !told.to_string().contains("argon2"));
    }
    assert_eq!(shop.post(&call, json!({})).await.status, 204);
    assert_eq!(shop.get(&own).await.expect(200)["pin"], false);
    shop.close().await;
}

#[tokio::test]
async fn erasing_takes_all_that_is_personal_and_leaves_the_books_whole() {
    let shop = Shop::open().await;
    let own = path(&shop, 0, "");
    patch(&shop, &own, json!({ "name": "Secret Person", "phone": "13800138000" })).await.expect(200);
    let body = json!({ "id": id(), "code": shop.code(0, 0), "amount": 1, "note": "Secret note" });
    let redemption = shop.post("/redemptions", body).await.expect(201);
    let exported = shop.get(&format!("{own}/export")).await.expect(200);
    assert_eq!(
        (&exported["customer"]["phone"], &exported["notes"][0]["text"]),
        (&json!("13800138000"), &json!("Secret note"))
    );
    assert_eq!(exported["entries"].as_array().unwrap().len(), 3);
    assert_eq!(exported["events"].as_array().unwrap().len(), 1);
    let mut socket = Socket::open(&shop, "/ws", &shop.customers[0].token).await;
    socket.next_of("hello").await;
    let call = format!("{own}/erase");
    shop.post(&call, json!({})).await.expect_code(409, "stands");
    assert_eq!(shop.post(&call, json!({ "force": true })).await.status, 204);
    assert_eq!(socket.text().await, Err(4001));
    shop.post(&call, json!({ "force": true })).await.expect_code(404, "not_found");
    assert_eq!(found(&shop, "secret").await, Vec::<String>::new());
    assert_eq!(found(&shop, "8000").await, Vec::<String>::new());
    let left = [
        shop.get(&own).await.expect(200),
        shop.get(&format!("{own}/export")).await.expect(200),
        shop.get(&format!("/redemptions/{}", redemption["id"].as_str().unwrap())).await.expect(200),
        shop.get("/audit").await.expect(200),
    ];
    for told in &left {
        let text = told.to_string();
        assert!(!text.contains("Secret") && !text.contains("13800138000"), "{text}");
    }
    assert_eq!(left[0]["accounts"][0]["balance"], 9, "what the shop owes stays in the books");
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect_code(403, "credential_revoked");
    shop.post(&format!("{own}/joins"), json!({})).await.expect_code(404, "not_found");
    shop.post(&format!("{own}/cards"), json!({})).await.expect_code(404, "not_found");
    patch(&shop, &own, json!({ "name": "x" })).await.expect_code(404, "not_found");
    // What comes in could never be paid out again.
    let body = json!({ "id": id(), "unit": "wash", "amount": 1, "reason": "Secret again" });
    for noun in ["top-ups", "adjustments"] {
        let mut body = body.clone();
        body["id"] = json!(id());
        shop.post(&format!("{own}/{noun}"), body).await.expect_code(404, "not_found");
    }
    // What they did can be undone.
    let redemption = redemption["id"].as_str().unwrap();
    shop.post(&format!("/redemptions/{redemption}/reversals"), json!({ "id": id() })).await.expect(201);
    let folder = shop.folder.path().to_owned();
    shop.verify().await;
    let mut shop = shop;
    shop.stop().await;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        for secret in ["Secret", "13800138000"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is left in {}", path.display());
        }
    }
}
