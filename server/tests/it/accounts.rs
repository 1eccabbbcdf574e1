//! What is done to accounts: parts, limits, bonus, dates, refunds, transfers, adjustments, and races between them.

use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tillbeam_server::data::DATABASE;

use crate::shop::{Answer, Shop, id};

async fn raw(shop: &Shop) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(shop.folder.path().join(DATABASE));
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn run(shop: &Shop, statement: &'static str) {
    sqlx::query(statement).execute(&mut raw(shop).await).await.unwrap();
}

async fn at(shop: &Shop, customer: usize, noun: &str, body: Value) -> Answer {
    let customer = shop.customers[customer].customer_id;
    let mut body = body;
    if body["id"].is_null() {
        body["id"] = json!(id());
    }
    shop.post(&format!("/customers/{customer}/{noun}"), body).await
}

/// Principal and bonus of a customer's washes.
async fn parts(shop: &Shop, customer: usize) -> (i64, i64) {
    let me = shop.phone(customer, "/me").await;
    let accounts = me["accounts"].as_array().unwrap().clone();
    let washes = accounts.iter().find(|account| account["unit"] == "wash");
    washes.map_or((0, 0), |account| (account["principal"].as_i64().unwrap(), account["bonus"].as_i64().unwrap()))
}

#[tokio::test]
async fn a_redemption_takes_its_parts_in_the_shops_order_and_a_reversal_gives_them_back() {
    let shop = Shop::open().await;
    at(&shop, 0, "top-ups", json!({ "unit": "wash", "amount": 20, "bonus": 10 })).await.expect(201);
    for (order, taken) in [("principal", (25, 10)), ("bonus", (30, 5)), ("proportion", (26, 9))] {
        sqlx::query("update shop set redeem_order = ?1").bind(order).execute(&mut raw(&shop).await).await.unwrap();
        let code = shop.code(0, 0);
        let first = shop.redeem(&id(), &code, 5).await.expect(201)["id"].as_str().unwrap().to_owned();
        assert_eq!(parts(&shop, 0).await, taken, "{order}");
        for amount in [1, 1, 3] {
            let body = json!({ "id": id(), "amount": amount });
            shop.post(&format!("/redemptions/{first}/reversals"), body).await.expect(201);
        }
        assert_eq!(parts(&shop, 0).await, (30, 10), "{order}");
        shop.forward(5_000);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_top_up_without_a_bonus_gets_what_the_rules_give_and_moves_the_date() {
    let shop = Shop::open().await;
    run(&shop, "insert into bonus_rule (shop_id, unit, from_amount, bonus) values (1, 'wash', 10, 2)").await;
    let top_up = async |amount: i64, bonus: Option<i64>| {
        at(&shop, 0, "top-ups", json!({ "unit": "wash", "amount": amount, "bonus": bonus })).await.expect(201)["bonus"]
            .as_i64()
    };
    assert_eq!(top_up(9, None).await, Some(0));
    assert_eq!(top_up(10, None).await, Some(2));
    assert_eq!(top_up(10, Some(0)).await, Some(0));
    assert_eq!(shop.phone(0, "/me").await["accounts"][0]["expires_at"], Value::Null);
    run(&shop, "update unit set expires_after_days = 30, max_balance = 100 where unit = 'wash'").await;
    run(&shop, "update account set expires_at = 1795372800000 where customer_id = 1 and unit = 'wash'").await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect_code(410, "pass_expired");
    top_up(1, None).await;
    // 2026-11-23 02:40 in Shanghai: the 23rd of December is the last day.
    assert_eq!(shop.phone(0, "/me").await["accounts"][0]["expires_at"], "2026-12-23T16:00:00.000Z");
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    at(&shop, 0, "top-ups", json!({ "unit": "wash", "amount": 99 })).await.expect_code(403, "limit_exceeded");
    run(&shop, "update unit set retired_at = 1 where unit = 'wash'").await;
    at(&shop, 0, "top-ups", json!({ "unit": "wash", "amount": 1 })).await.expect_code(422, "unit_unknown");
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_days_limit_counts_what_was_not_given_back_until_the_next_business_day() {
    let shop = Shop::open_with(1, 100).await;
    run(&shop, "update unit set max_per_use = 6, max_per_day = 10 where unit = 'wash'").await;
    // 02:40 in Shanghai; the day ends at 04:00.
    run(&shop, "update shop set day_start_min = 240").await;
    shop.redeem(&id(), &shop.code(0, -9), 7).await.expect_code(403, "limit_exceeded");
    let first = shop.redeem(&id(), &shop.code(0, -8), 6).await.expect(201)["id"].as_str().unwrap().to_owned();
    shop.redeem(&id(), &shop.code(0, -7), 5).await.expect_code(403, "limit_exceeded");
    shop.redeem(&id(), &shop.code(0, -6), 4).await.expect(201);
    shop.redeem(&id(), &shop.code(0, -5), 1).await.expect_code(403, "limit_exceeded");
    let body = json!({ "id": id(), "amount": 2 });
    shop.post(&format!("/redemptions/{first}/reversals"), body).await.expect(201);
    shop.redeem(&id(), &shop.code(0, -4), 2).await.expect(201);
    shop.redeem(&id(), &shop.code(0, -3), 1).await.expect_code(403, "limit_exceeded");
    shop.forward(80 * 60 * 1000);
    shop.redeem(&id(), &shop.code(0, 0), 6).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_card_takes_less_than_a_phone_without_the_pin() {
    let shop = Shop::open_with(1, 100).await;
    run(&shop, "update unit set card_max_per_use = 3, card_max_per_day = 4 where unit = 'wash'").await;
    let card = shop.customers[0].card_code.clone();
    let scan = async |amount: i64| {
        shop.forward(61_000);
        shop.redeem(&id(), &card, amount).await
    };
    let refused = scan(4).await.expect_code(403, "pin_required");
    let whose = shop.get("/customers").await.expect(200)["customers"][0].clone();
    let whose = json!({ "id": whose["id"], "name": whose["name"] });
    assert_eq!(refused["customer"], whose, "so that the merchant can ask by name");
    let again = shop.get(&format!("/redemptions/{}", refused["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(again["customer"], whose);
    scan(3).await.expect(201);
    scan(2).await.expect_code(403, "pin_required");
    scan(1).await.expect(201);
    shop.redeem(&id(), &shop.code(0, 0), 50).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_refund_pays_out_principal_and_may_give_up_the_bonus() {
    let shop = Shop::open().await;
    at(&shop, 0, "top-ups", json!({ "unit": "wash", "amount": 10, "bonus": 5 })).await.expect(201);
    at(&shop, 0, "refunds", json!({ "unit": "wash", "amount": 21, "reason": "moves" })).await.expect(402);
    at(&shop, 0, "refunds", json!({ "unit": "wash", "reason": "" })).await.expect_code(400, "malformed");
    let part = json!({ "id": id(), "unit": "wash", "amount": 8, "reason": "moves" });
    let paid = at(&shop, 0, "refunds", part.clone()).await.expect(201);
    assert_eq!((paid["amount"].as_i64(), paid["balance"].as_i64()), (Some(8), Some(17)));
    assert_eq!(at(&shop, 0, "refunds", part.clone()).await.expect(200)["balance"], 17);
    let rest = at(&shop, 0, "refunds", json!({ "unit": "wash", "forfeit_bonus": true, "reason": "moves" })).await;
    let rest = rest.expect(201);
    assert_eq!(
        (rest["amount"].as_i64(), rest["bonus"].as_i64(), rest["balance"].as_i64()),
        (Some(12), Some(5), Some(0))
    );
    at(&shop, 0, "refunds", json!({ "unit": "wash", "reason": "again" })).await.expect(402);
    let path = format!("/refunds/{}", rest["id"].as_str().unwrap());
    assert_eq!(shop.get(&path).await.expect(200), rest);
    shop.get(&path.replace("refunds", "transfers")).await.expect_code(404, "not_found");
    let gone = shop.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    assert_eq!((gone["status"].as_str(), gone["was"].as_str()), (Some("cancelled"), Some("recorded")));
    assert_eq!(parts(&shop, 0).await, (12, 5));
    at(&shop, 1, "refunds", part).await.expect_code(409, "id_mismatch");
    shop.close().await;
}

#[tokio::test]
async fn a_transfer_moves_both_parts_and_tells_both() {
    let shop = Shop::open().await;
    let to = shop.customers[1].customer_id;
    at(&shop, 0, "top-ups", json!({ "unit": "wash", "amount": 10, "bonus": 5 })).await.expect(201);
    let moved = at(&shop, 0, "transfers", json!({ "unit": "wash", "to": to, "amount": 22, "reason": "a gift" })).await;
    let moved = moved.expect(201);
    assert_eq!(
        (moved["amount"].as_i64(), moved["balance"].as_i64(), moved["to"].as_i64()),
        (Some(22), Some(3), Some(to.0))
    );
    assert_eq!((parts(&shop, 0).await, parts(&shop, 1).await), ((0, 3), (30, 2)));
    for (customer, gain, balance) in [(0, false, 3), (1, true, 32)] {
        let events = shop.phone(customer, "/me/events?after=0").await;
        let last = events["events"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (&last["type"], &last["gain"], &last["balance"]),
            (&json!("transfer"), &json!(gain), &json!(balance))
        );
    }
    let path = format!("/transfers/{}/cancel", moved["id"].as_str().unwrap());
    shop.redeem(&id(), &shop.code(1, 0), 31).await.expect(201);
    shop.post(&path, json!({})).await.expect_code(409, "stands");
    at(&shop, 1, "adjustments", json!({ "unit": "wash", "amount": 30, "bonus": 1, "reason": "wrong car" }))
        .await
        .expect(201);
    shop.post(&path, json!({})).await.expect(200);
    assert_eq!(parts(&shop, 0).await, (20, 5));
    let rest = at(&shop, 0, "transfers", json!({ "unit": "wash", "to": to, "reason": "all" })).await.expect(201);
    assert_eq!((rest["amount"].as_i64(), parts(&shop, 0).await), (Some(25), (0, 0)));
    at(&shop, 0, "transfers", json!({ "unit": "wash", "to": to, "reason": "all" })).await.expect(402);
    at(&shop, 1, "transfers", json!({ "unit": "wash", "to": to, "reason": "self" }))
        .await
        .expect_code(400, "malformed");
    at(&shop, 0, "transfers", json!({ "unit": "wash", "to": 9999, "reason": "?" })).await.expect_code(404, "not_found");
    run(&shop, "update account set expires_at = 5 where customer_id = 2").await;
    let back = json!({ "unit": "wash", "to": shop.customers[0].customer_id, "reason": "back" });
    at(&shop, 1, "transfers", back.clone()).await.expect_code(410, "pass_expired");
    run(&shop, "update customer set frozen_at = 5 where customer_id = 1").await;
    at(&shop, 1, "transfers", back).await.expect_code(403, "frozen");
    shop.close().await;
}

#[tokio::test]
async fn an_adjustment_goes_both_ways_and_never_below_zero() {
    let shop = Shop::open().await;
    let adjust = async |amount: i64, bonus: i64| {
        at(&shop, 0, "adjustments", json!({ "unit": "wash", "amount": amount, "bonus": bonus, "reason": "count" }))
            .await
    };
    adjust(0, 0).await.expect_code(422, "amount_invalid");
    adjust(-11, 0).await.expect(402);
    adjust(5, -1).await.expect(402);
    let both = adjust(-4, 3).await.expect(201);
    assert_eq!(
        (both["amount"].as_i64(), both["bonus"].as_i64(), both["balance"].as_i64()),
        (Some(-4), Some(3), Some(9))
    );
    assert_eq!(parts(&shop, 0).await, (6, 3));
    shop.post(&format!("/adjustments/{}/cancel", both["id"].as_str().unwrap()), json!({})).await.expect(200);
    assert_eq!(parts(&shop, 0).await, (10, 0));
    shop.close().await;
}

#[tokio::test]
async fn another_date_takes_an_expired_account_up_again_and_is_told() {
    let shop = Shop::open().await;
    let path = format!("/api/v1/customers/{}/expiry", shop.customers[0].customer_id);
    let set = async |date: Value| {
        let body = json!({ "unit": "wash", "expires_at": date });
        shop.send(reqwest::Method::PUT, &path, Some(&shop.token), Some(body)).await
    };
    set(json!("2026-11-22T18:00:00Z")).await.expect(204);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect_code(410, "pass_expired");
    set(json!("tomorrow")).await.expect_code(400, "malformed");
    for _ in 0..2 {
        set(json!("2026-12-22T18:00:00Z")).await.expect(204);
    }
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    set(Value::Null).await.expect(204);
    assert_eq!(shop.phone(0, "/me").await["accounts"][0]["expires_at"], Value::Null);
    let events = shop.phone(0, "/me/events?after=0").await;
    // The look at dates that every start takes may find the one that is past, or come too early for it.
    let told = events["events"].as_array().unwrap().iter().filter(|event| event["status"] != "expired");
    let told: Vec<&str> = told.map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(told, ["status", "refusal", "status", "redemption", "status"]);
    shop.close().await;
}

#[tokio::test]
async fn the_same_id_from_two_connections_at_once_is_recorded_once() {
    let shop = Shop::open_with(1, 100).await;
    for steps in 0..10 {
        let (same, code) = (id(), shop.code(0, steps));
        let (one, two) = tokio::join!(shop.redeem(&same, &code, 1), shop.redeem(&same, &code, 1));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201]);
        assert_eq!(
            (one.body["seq"].clone(), one.body["mark"].clone()),
            (two.body["seq"].clone(), two.body["mark"].clone())
        );
    }
    assert_eq!(shop.balance(0, "wash").await, 90);
    shop.close().await;
}

#[tokio::test]
async fn the_same_code_at_two_terminals_at_once_is_taken_once() {
    let shop = Shop::open_with(1, 100).await;
    let second = "insert into terminal (shop_id, name, token_hash, created_at) values (1, 'two', ?1, 0)";
    let (token, hash) = tillbeam_server::token::new();
    sqlx::query(second).bind(hash.to_vec()).execute(&mut raw(&shop).await).await.unwrap();
    for steps in 0..10 {
        let code = shop.code(0, steps);
        let body = json!({ "id": id(), "code": code, "amount": 1 });
        let other = shop.send(reqwest::Method::POST, "/api/v1/redemptions", Some(&token), Some(body));
        let (one, two) = tokio::join!(async { shop.redeem(&id(), &code, 1).await }, other);
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }
    assert_eq!(shop.balance(0, "wash").await, 90);
    shop.close().await;
}

#[tokio::test]
async fn a_cancel_that_races_its_redemption_leaves_nothing_taken() {
    let shop = Shop::open_with(1, 100).await;
    for steps in 0..10 {
        let (same, code) = (id(), shop.code(0, steps));
        let path = format!("/redemptions/{same}/cancel");
        let (taken, cancelled) = tokio::join!(shop.redeem(&same, &code, 1), shop.post(&path, json!({})));
        let cancelled = cancelled.expect(200);
        match taken.status.as_u16() {
            201 => assert_eq!(cancelled["was"], "recorded"),
            _ => assert_eq!(
                (taken.expect(409)["code"].clone(), cancelled["was"].clone()),
                (json!("cancelled"), json!("unknown"))
            ),
        }
        assert_eq!(shop.get(&format!("/redemptions/{same}")).await.expect(200)["status"], "cancelled");
    }
    assert_eq!(shop.balance(0, "wash").await, 100);
    shop.close().await;
}

#[tokio::test]
async fn a_transfer_that_races_a_redemption_moves_what_is_there_once() {
    let shop = Shop::open_with(2, 10).await;
    let to = shop.customers[1].customer_id;
    for steps in 0..8 {
        let code = shop.code(0, steps);
        let body = json!({ "unit": "wash", "to": to, "amount": 9, "reason": "race" });
        let (taken, moved) =
            tokio::join!(async { shop.redeem(&id(), &code, 5).await }, at(&shop, 0, "transfers", body));
        let statuses = (taken.status.as_u16(), moved.status.as_u16());
        assert!(matches!(statuses, (201, 402) | (402, 201)), "{statuses:?}");
        let gone = if statuses.0 == 201 { 5 } else { 9 };
        assert_eq!(shop.balance(0, "wash").await, 10 - gone);
        let back = json!({ "unit": "wash", "amount": gone, "reason": "again" });
        at(&shop, 0, "adjustments", back).await.expect(201);
    }
    shop.close().await;
}
