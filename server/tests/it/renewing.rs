//! A new master key beside a running server: phones renew by themselves, cards by a new print.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use tillbeam_server::provision::NewCustomer;

use crate::shop::{Shop, code_of, id};

fn server(shop: &Shop, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillbeam-server"));
    let output = command.args(args).env("TILLBEAM_DATA", shop.folder.path()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn renew(shop: &Shop, customer: usize) -> NewCustomer {
    let token = shop.customers[customer].token.clone();
    let renewed = shop.send(Method::POST, "/api/v1/me/renew", Some(&token), Some(json!({}))).await.expect(200);
    assert_eq!(
        (&renewed["credential"], &renewed["step"]),
        (&json!(shop.customers[customer].credential), &json!(step(shop)))
    );
    NewCustomer { key: renewed["key"].as_str().unwrap().to_owned(), ..shop.customers[customer].clone() }
}

fn step(shop: &Shop) -> i64 {
    shop.now_s() / 5
}

async fn is_to_renew(shop: &Shop, customer: usize) -> bool {
    let (me, page) = (shop.phone(customer, "/me").await, shop.phone(customer, "/me/events?after=0").await);
    assert_eq!(me["renew"], page["renew"]);
    me["renew"] == true
}

#[tokio::test]
async fn a_phone_renews_beside_a_running_server_and_a_lost_answer_costs_nothing() {
    let shop = Shop::open().await;
    assert!(!is_to_renew(&shop, 0).await);
    let said = server(&shop, &["rotate-key"]);
    assert!(said.contains("generation 2") && said.contains("2 phones") && said.contains("2 cards"), "{said}");
    assert!(is_to_renew(&shop, 0).await);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);

    // The answer is lost: the old key goes on, and asked again the new one is the same.
    let lost = renew(&shop, 0).await;
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    let phone = renew(&shop, 0).await;
    assert_eq!(phone.key, lost.key);
    assert_ne!(phone.key, shop.customers[0].key);
    assert!(is_to_renew(&shop, 0).await);

    // The first code of the new key ends the old one.
    let first = code_of(&phone, step(&shop) + 2);
    let taken = id();
    shop.redeem(&taken, &first, 1).await.expect(201);
    assert!(!is_to_renew(&shop, 0).await);
    shop.redeem(&id(), &shop.code(0, 3), 1).await.expect_code(422, "code_invalid");
    // A code that was used before is used by either key, and the same id is the same answer.
    shop.redeem(&id(), &code_of(&phone, step(&shop) + 1), 1).await.expect(200);
    shop.redeem(&taken, &first, 1).await.expect(200);
    // Who never asked goes on by the old key.
    shop.redeem(&id(), &shop.code(1, 0), 1).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_refused_code_of_the_new_key_renews_too() {
    let shop = Shop::open().await;
    server(&shop, &["rotate-key"]);
    let phone = renew(&shop, 0).await;
    shop.redeem(&id(), &code_of(&phone, step(&shop)), 1_000).await.expect_code(402, "insufficient_balance");
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect_code(422, "code_invalid");
    shop.close().await;
}

#[tokio::test]
async fn a_compromised_key_stops_at_once_and_tokens_renew() {
    let shop = Shop::open().await;
    shop.redeem(&id(), &shop.customers[0].card_code, 1).await.expect(201);
    server(&shop, &["rotate-key", "--compromised"]);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect_code(403, "credential_revoked");
    shop.redeem(&id(), &shop.customers[0].card_code, 1).await.expect_code(403, "credential_revoked");
    let phone = renew(&shop, 0).await;
    // Handed out is not shown: the old key stays stopped.
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect_code(403, "credential_revoked");
    shop.redeem(&id(), &code_of(&phone, step(&shop) + 2), 1).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_card_works_by_its_old_print_until_the_new_one_is_scanned() {
    let shop = Shop::open().await;
    server(&shop, &["rotate-key"]);
    let lines = server(&shop, &["reprint", "--shop", "Lotus"]);
    let prints: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(prints.len(), 2);
    let whose = shop.customers[0].customer_id.0;
    let print = prints.iter().find(|print| print["customer_id"] == whose).unwrap();
    let (old, new) = (shop.customers[0].card_code.clone(), print["card_code"].as_str().unwrap());
    assert_eq!(old[1..11], new[1..11]);
    shop.redeem(&id(), &old, 1).await.expect(201);
    shop.forward(120_000);
    shop.redeem(&id(), new, 1).await.expect(201);
    shop.forward(120_000);
    shop.redeem(&id(), &old, 1).await.expect_code(422, "code_invalid");
    // The other card was reprinted and not scanned: its old print ends with the old keys.
    server(&shop, &["rotate-key", "--stop-old"]);
    shop.redeem(&id(), &shop.customers[1].card_code, 1).await.expect_code(403, "credential_revoked");
    assert_eq!(server(&shop, &["reprint", "--shop", "Lotus"]).lines().count(), 1);
    shop.close().await;
}

#[tokio::test]
async fn who_joins_after_the_new_key_has_it() {
    let shop = Shop::open().await;
    server(&shop, &["rotate-key", "--compromised"]);
    let made = shop.post("/customers", json!({ "id": id(), "name": "Li" })).await.expect(201);
    let link = made["join"]["url"].as_str().unwrap().split_once("#join=").unwrap().1.to_owned();
    let body = json!({ "code": link, "device": "00112233445566778899aabbccddeeff" });
    let joined = shop.send(Method::POST, "/api/v1/join", None, Some(body)).await.expect(201);
    let token = joined["token"].as_str().unwrap();
    let me = shop.send(Method::GET, "/api/v1/me", Some(token), None).await.expect(200);
    assert!(me["renew"].is_null());
    let text = |name: &str| joined[name].as_str().unwrap().to_owned();
    let phone = NewCustomer { credential: text("credential"), key: text("key"), ..shop.customers[0].clone() };
    let code = code_of(&phone, step(&shop));
    shop.redeem(&id(), &code, 1).await.expect_code(402, "insufficient_balance");
    shop.close().await;
}
