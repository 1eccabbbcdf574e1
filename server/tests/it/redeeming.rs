//! Requests end once: recorded, refused or cancelled.

use serde_json::json;
use tillbeam_server::code::Step;

use crate::shop::{Shop, code_of, id};

#[tokio::test]
async fn a_code_takes_one_visit_and_the_phone_knows() {
    let shop = Shop::open().await;
    let request = id();
    let answer = shop.redeem(&request.to_uppercase(), &shop.code(0, 0), 1).await.expect(201);
    assert_eq!(answer["id"], request, "ids are answered in lower case");
    assert_eq!(answer["status"], "recorded");
    assert_eq!((answer["balance"].as_i64(), answer["reversed"].as_i64()), (Some(9), Some(0)));
    assert_eq!((&answer["lamp"], &answer["repeated"]), (&json!("recorded"), &json!(false)));
    assert_eq!(shop.balance(0, "wash").await, 9);
    assert_eq!(shop.balance(1, "wash").await, 10);
    let events = shop.phone(0, "/me/events").await;
    assert_eq!(events["events"][0]["id"], request);
    assert_eq!(events["events"][0]["mark"], answer["mark"]);
    shop.close().await;
}

#[tokio::test]
async fn the_same_request_again_is_answered_and_takes_nothing() {
    let mut shop = Shop::open().await;
    let (request, code) = (id(), shop.code(0, 0));
    let first = shop.redeem(&request, &code, 2).await.expect(201);
    let again = shop.redeem(&request, &code, 2).await.expect(200);
    assert_eq!(first, again);
    shop.forward(3_600_000);
    shop.restart().await;
    let later = shop.redeem(&request, &code, 2).await.expect(200);
    assert_eq!(later, first, "a known id is answered from the books, however old its code");
    let with_default = json!({ "id": request, "code": code, "amount": 2, "unit": "wash" });
    shop.post("/redemptions", with_default).await.expect(200);
    for body in [
        json!({ "id": request, "code": code, "amount": 3 }),
        json!({ "id": request, "code": shop.code(0, 1), "amount": 2 }),
        json!({ "id": request, "code": code, "amount": 2, "unit": "CNY" }),
        json!({ "id": request, "code": code, "amount": 2, "note": "x" }),
    ] {
        shop.post("/redemptions", body).await.expect_code(409, "id_mismatch");
    }
    assert_eq!(shop.balance(0, "wash").await, 8);
    shop.close().await;
}

#[tokio::test]
async fn a_double_scan_shows_the_first_result() {
    let shop = Shop::open().await;
    let code = shop.code(0, 0);
    let (first, second) = (id(), id());
    shop.redeem(&first, &code, 1).await.expect(201);
    shop.forward(30_000);
    let repeated = shop.redeem(&second, &code, 5).await.expect(200);
    assert_eq!((&repeated["id"], &repeated["amount"]), (&json!(first), &json!(1)));
    assert_eq!(repeated["repeated"], true);
    let got = shop.get(&format!("/redemptions/{second}")).await.expect(200);
    assert_eq!((&got["id"], &got["repeated"]), (&json!(first), &json!(true)));
    let cancelled = shop.post(&format!("/redemptions/{second}/cancel"), json!({})).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(shop.get(&format!("/redemptions/{first}")).await.expect(200)["status"], "recorded");
    shop.forward(31_000);
    shop.redeem(&id(), &code, 1).await.expect_code(409, "code_used");
    shop.forward(5_000);
    shop.redeem(&id(), &code, 1).await.expect_code(410, "code_expired");
    assert_eq!(shop.balance(0, "wash").await, 9);
    shop.close().await;
}

#[tokio::test]
async fn a_code_that_grows_old_on_the_counter_still_shows_the_first_result() {
    let shop = Shop::open().await;
    let (first, code) = (id(), shop.code(0, -9));
    shop.redeem(&first, &code, 1).await.expect(201);
    shop.forward(25_000);
    let repeated = shop.redeem(&id(), &code, 1).await.expect(200);
    assert_eq!((&repeated["id"], &repeated["repeated"]), (&json!(first), &json!(true)));
    shop.forward(36_000);
    shop.redeem(&id(), &code, 1).await.expect_code(410, "code_expired");
    assert_eq!(shop.balance(0, "wash").await, 9);
    shop.close().await;
}

#[tokio::test]
async fn a_double_scan_of_what_was_cancelled_since_says_so() {
    let shop = Shop::open().await;
    let (first, second, code) = (id(), id(), shop.code(0, 0));
    shop.redeem(&first, &code, 2).await.expect(201);
    shop.redeem(&second, &code, 2).await.expect(200);
    shop.post(&format!("/redemptions/{first}/cancel"), json!({})).await.expect(200);
    let got = shop.get(&format!("/redemptions/{second}")).await.expect(200);
    let again = shop.redeem(&second, &code, 2).await.expect(200);
    for answer in [got, again] {
        let told = (&answer["id"], &answer["status"], &answer["was"], &answer["reversed"]);
        assert_eq!(told, (&json!(first), &json!("cancelled"), &json!("recorded"), &json!(2)));
        assert_eq!(answer["repeated"], true);
    }
    shop.close().await;
}

#[tokio::test]
async fn an_id_is_of_one_thing_whatever_it_is() {
    let shop = Shop::open().await;
    let redemption = async |id: &str| shop.redeem(id, &shop.code(0, 3), 1).await;
    let customer = async |id: &str, name: &str| shop.post("/customers", json!({ "id": id, "name": name })).await;
    let close = async |id: &str| shop.post("/reports/z", json!({ "id": id })).await;
    let (taken, made, closed) = (id(), id(), id());
    shop.redeem(&taken, &shop.code(0, 0), 1).await.expect(201);
    customer(&made, "Wu").await.expect(201);
    close(&closed).await.expect(201);

    for id in [&made, &closed] {
        redemption(id).await.expect_code(409, "id_mismatch");
        shop.post(&format!("/redemptions/{id}/cancel"), json!({})).await.expect_code(409, "id_mismatch");
        shop.get(&format!("/redemptions/{id}")).await.expect_code(404, "not_found");
    }
    for id in [&taken, &closed] {
        customer(id, "He").await.expect_code(409, "id_mismatch");
    }
    close(&made).await.expect_code(409, "id_mismatch");
    // The same request again is the same customer; another one under its id is not.
    customer(&made, "Wu").await.expect(200);
    customer(&made, "He").await.expect_code(409, "id_mismatch");
    assert_eq!(shop.balance(0, "wash").await, 9);
    shop.close().await;
}

#[tokio::test]
async fn a_shop_sets_how_far_off_a_code_may_be() {
    let shop = Shop::open().await;
    let set = async |steps: i64| {
        let body = json!({ "step_tolerance": steps });
        shop.send(reqwest::Method::PATCH, "/api/v1/shop/settings", Some(&shop.token), Some(body)).await
    };
    shop.redeem(&id(), &shop.code(0, 13), 1).await.expect_code(410, "code_expired");
    assert_eq!(set(49).await.expect(200)["shop"]["step_tolerance"], 49);
    shop.redeem(&id(), &shop.code(0, 49), 1).await.expect(201);
    shop.redeem(&id(), &shop.code(0, -50), 1).await.expect_code(410, "code_expired");
    for steps in [0, 50] {
        set(steps).await.expect_code(400, "malformed");
    }
    shop.close().await;
}

#[tokio::test]
async fn a_used_code_is_refused_to_another_terminal_and_after_a_reversal() {
    let shop = Shop::open().await;
    let (terminal, _) = Shop::stock(shop.folder.path(), "Lotus", 0, 0).await;
    let other = terminal["terminal"]["token"].as_str().unwrap();
    let (first, code) = (id(), shop.code(0, 0));
    shop.redeem(&first, &code, 1).await.expect(201);
    let body = json!({ "id": id(), "code": code, "amount": 1 });
    let answer = shop.send(reqwest::Method::POST, "/api/v1/redemptions", Some(other), Some(body)).await;
    answer.expect_code(409, "code_used");
    shop.post(&format!("/redemptions/{first}/reversals"), json!({ "id": id() })).await.expect(201);
    shop.redeem(&id(), &code, 1).await.expect_code(409, "code_used");
    shop.close().await;
}

#[tokio::test]
async fn refusals_name_their_reason_take_nothing_and_are_final() {
    let shop = Shop::open().await;
    let request = id();
    let body = shop.redeem(&request, &shop.code(0, 0), 11).await.expect_code(402, "insufficient_balance");
    assert_eq!((&body["balance"], &body["unit"]), (&json!(10), &json!("wash")));
    let top_up = json!({ "id": id(), "unit": "wash", "amount": 10 });
    shop.post(&format!("/customers/{}/top-ups", shop.customers[0].customer_id), top_up).await.expect(201);
    shop.redeem(&request, &shop.code(0, 0), 11).await.expect_code(402, "insufficient_balance");
    let got = shop.get(&format!("/redemptions/{request}")).await.expect(200);
    assert_eq!((&got["status"], &got["code"]), (&json!("refused"), &json!("insufficient_balance")));
    for amount in [0, -1, 1_000_000_000_001] {
        shop.redeem(&id(), &shop.code(0, 0), amount).await.expect_code(422, "amount_invalid");
    }
    let body = json!({ "id": id(), "code": shop.code(0, 0), "amount": 1, "unit": "wax" });
    shop.post("/redemptions", body).await.expect_code(422, "unit_unknown");
    let expired = shop.redeem(&id(), &shop.code(0, -20), 1).await.expect_code(410, "code_expired");
    assert_eq!(expired["clock_difference_s"], -100);
    shop.redeem(&id(), &shop.code(0, -20_000), 1).await.expect_code(422, "code_invalid");
    assert_eq!(shop.balance(0, "wash").await, 20);
    // Told once each, and only those whose tag held.
    let events = shop.phone(0, "/me/events").await;
    let types: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap_or("-")).collect();
    assert_eq!(types, ["insufficient_balance", "-", "amount_invalid", "unit_unknown", "code_expired"]);
    shop.close().await;
}

#[tokio::test]
async fn what_is_no_code_of_this_shop_says_nothing_about_anybody() {
    let shop = Shop::open().await;
    let (_, others) = Shop::stock(shop.folder.path(), "Other", 1, 10).await;
    let step = Step::at(shop.now_s()).0;
    let other = code_of(&others[0], step);
    let body = shop.redeem(&id(), &other, 1).await.expect_code(403, "wrong_shop");
    assert!(body.get("customer").is_none());
    let mut unknown_tag = shop.code(0, 0).into_bytes();
    unknown_tag[20] = if unknown_tag[20] == b'0' { b'1' } else { b'0' };
    let body = String::from_utf8(unknown_tag[..26].to_vec()).unwrap();
    let wrong_tag = format!("{body}{}", tillbeam_server::code::damm(body.as_bytes()));
    for code in ["", "123", "https://example.org/pay", "134567890123456789", &"1".repeat(27), &wrong_tag] {
        shop.redeem(&id(), code, 1).await.expect_code(422, "code_invalid");
    }
    assert_eq!(shop.balance(0, "wash").await, 10);
    shop.close().await;
}

#[tokio::test]
async fn wrong_codes_slow_down_their_terminal_and_nobody_else() {
    let shop = Shop::open().await;
    let (terminal, _) = Shop::stock(shop.folder.path(), "Lotus", 0, 0).await;
    let other = terminal["terminal"]["token"].as_str().unwrap();
    let stranger = tillbeam_server::code::Key::from_bytes([9; 32]);
    let number = tillbeam_server::code::CredentialNumber::new(1).unwrap();
    for step in 0..20 {
        let code = tillbeam_server::code::Code::phone(number, &stranger, Step(step)).to_string();
        shop.redeem(&id(), &code, 1).await.expect_code(422, "code_invalid");
    }
    let slowed = shop.redeem(&id(), &shop.code(0, 0), 1).await;
    assert!(slowed.headers.contains_key("retry-after"));
    slowed.expect_code(429, "too_many_attempts");
    let body = json!({ "id": id(), "code": shop.code(0, 0), "amount": 1 });
    shop.send(reqwest::Method::POST, "/api/v1/redemptions", Some(other), Some(body)).await.expect(201);
    shop.forward(2_000);
    shop.redeem(&id(), &shop.code(1, 0), 1).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_printed_card_works_again_after_it_left() {
    let shop = Shop::open().await;
    let card = shop.customers[0].card_code.clone();
    let first = id();
    shop.redeem(&first, &card, 1).await.expect(201);
    for _ in 0..3 {
        shop.forward(50_000);
        let repeated = shop.redeem(&id(), &card, 1).await.expect(200);
        assert_eq!((&repeated["id"], &repeated["repeated"]), (&json!(first), &json!(true)), "the window slides");
    }
    shop.forward(61_000);
    shop.redeem(&id(), &card, 1).await.expect(201);
    assert_eq!(shop.balance(0, "wash").await, 8);
    shop.close().await;
}

#[tokio::test]
async fn a_top_up_adds_principal_and_bonus_and_is_undone_as_a_whole() {
    let shop = Shop::open().await;
    let path = format!("/customers/{}/top-ups", shop.customers[0].customer_id);
    let request = id();
    let body = json!({ "id": request, "unit": "CNY", "amount": 10_000, "bonus": 2_000 });
    let made = shop.post(&path, body.clone()).await.expect(201);
    assert_eq!((&made["amount"], &made["bonus"], &made["balance"]), (&json!(10_000), &json!(2_000), &json!(12_010)));
    assert_eq!(shop.post(&path, body).await.expect(200), made);
    let me = shop.phone(0, "/me").await;
    let account = me["accounts"].as_array().unwrap().iter().find(|a| a["unit"] == "CNY").unwrap().clone();
    assert_eq!((&account["principal"], &account["bonus"]), (&json!(10_010), &json!(2_000)));
    let undo = json!({ "id": id() });
    let undone = shop.post(&format!("/top-ups/{request}/reversals"), undo.clone()).await.expect(201);
    assert_eq!(undone["amount"], 12_000);
    assert_eq!(shop.post(&format!("/top-ups/{request}/reversals"), undo).await.expect(200), undone);
    assert_eq!(shop.balance(0, "CNY").await, 10);
    let spent = id();
    shop.post(&path, json!({ "id": spent, "unit": "CNY", "amount": 100 })).await.expect(201);
    let body = json!({ "id": id(), "code": shop.code(0, 0), "amount": 60, "unit": "CNY" });
    shop.post("/redemptions", body).await.expect(201);
    shop.post(&format!("/top-ups/{spent}/reversals"), json!({ "id": id() })).await.expect_code(409, "stands");
    shop.post(&format!("/top-ups/{spent}/cancel"), json!({})).await.expect_code(409, "stands");
    shop.close().await;
}

#[tokio::test]
async fn a_redemption_is_given_back_in_parts_and_never_beyond() {
    let shop = Shop::open().await;
    let request = id();
    shop.redeem(&request, &shop.code(0, 0), 5).await.expect(201);
    let path = format!("/redemptions/{request}/reversals");
    shop.post(&path, json!({ "id": id(), "amount": 2 })).await.expect(201);
    shop.post(&path, json!({ "id": id(), "amount": 4 })).await.expect_code(409, "reversal_exceeds");
    shop.post(&path, json!({ "id": id(), "amount": 0 })).await.expect_code(422, "amount_invalid");
    let rest = id();
    shop.post(&path, json!({ "id": rest })).await.expect(201);
    shop.post(&path, json!({ "id": id() })).await.expect_code(409, "reversal_exceeds");
    let got = shop.get(&format!("/redemptions/{request}")).await.expect(200);
    assert_eq!((&got["status"], &got["reversed"]), (&json!("recorded"), &json!(5)));
    let got = shop.get(&format!("/reversals/{rest}")).await.expect(200);
    assert_eq!((&got["amount"], &got["of"]), (&json!(3), &json!(request)));
    shop.post(&format!("/reversals/{rest}/cancel"), json!({})).await.expect_code(409, "stands");
    assert_eq!(shop.balance(0, "wash").await, 10);
    shop.close().await;
}

#[tokio::test]
async fn cancel_is_final_whether_the_request_came_is_refused_or_never_comes() {
    let shop = Shop::open().await;
    let (never, refused, recorded) = (id(), id(), id());
    let cancel = |id: &str| format!("/redemptions/{id}/cancel");
    let tombstone = shop.post(&cancel(&never), json!({})).await.expect(200);
    assert_eq!(tombstone, json!({ "id": never, "status": "cancelled", "was": "unknown" }));
    assert_eq!(shop.post(&cancel(&never), json!({})).await.expect(200), tombstone);
    shop.redeem(&never, &shop.code(0, 0), 1).await.expect_code(409, "cancelled");
    shop.redeem(&refused, &shop.code(0, 0), 99).await.expect(402);
    assert_eq!(shop.post(&cancel(&refused), json!({})).await.expect(200)["was"], "refused");
    shop.redeem(&recorded, &shop.code(0, 0), 4).await.expect(201);
    let part = json!({ "id": id(), "amount": 1 });
    shop.post(&format!("/redemptions/{recorded}/reversals"), part).await.expect(201);
    let cancelled = shop.post(&cancel(&recorded), json!({})).await.expect(200);
    assert_eq!((&cancelled["was"], &cancelled["reversed"]), (&json!("recorded"), &json!(4)));
    assert_eq!(shop.get(&format!("/redemptions/{recorded}")).await.expect(200)["status"], "cancelled");
    let late = json!({ "id": id() });
    shop.post(&format!("/redemptions/{recorded}/reversals"), late).await.expect_code(409, "cancelled");
    shop.post(&format!("/top-ups/{never}/cancel"), json!({})).await.expect_code(409, "id_mismatch");
    assert_eq!(shop.balance(0, "wash").await, 10);
    shop.close().await;
}

#[tokio::test]
async fn one_namespace_of_ids_holds_over_all_nouns_and_ends_at_the_shop() {
    let shop = Shop::open().await;
    let (terminal, others) = Shop::stock(shop.folder.path(), "Other", 1, 10).await;
    let other = terminal["terminal"]["token"].as_str().unwrap();
    let request = id();
    shop.redeem(&request, &shop.code(0, 0), 1).await.expect(201);
    let path = format!("/customers/{}/top-ups", shop.customers[0].customer_id);
    let body = json!({ "id": request, "unit": "wash", "amount": 1 });
    shop.post(&path, body.clone()).await.expect_code(409, "id_mismatch");
    shop.get(&format!("/top-ups/{request}")).await.expect_code(404, "not_found");
    let foreign = format!("/api/v1/redemptions/{request}");
    let got = shop.send(reqwest::Method::GET, &foreign, Some(other), None).await;
    got.expect_code(404, "not_found");
    let theirs = json!({ "id": request, "code": code_of(&others[0], Step::at(shop.now_s()).0), "amount": 1 });
    shop.send(reqwest::Method::POST, "/api/v1/redemptions", Some(other), Some(theirs)).await.expect(201);
    let top_up = json!({ "id": id(), "unit": "wash", "amount": 1 });
    let path = format!("/customers/{}/top-ups", others[0].customer_id);
    shop.post(&path, top_up).await.expect_code(404, "not_found");
    shop.close().await;
}

#[tokio::test]
async fn the_same_id_and_the_same_code_at_once_take_once() {
    let shop = Shop::open().await;
    let (request, code) = (id(), shop.code(0, 0));
    let same_id = futures_util::future::join_all((0..16).map(|_| shop.redeem(&request, &code, 1))).await;
    let created = same_id.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1);
    assert!(same_id.iter().all(|answer| answer.body["balance"] == 9));
    let code = shop.code(1, 0);
    let same_code = futures_util::future::join_all((0..16).map(|_| {
        let (shop, code) = (&shop, code.clone());
        async move { shop.redeem(&id(), &code, 1).await }
    }))
    .await;
    assert_eq!(same_code.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(same_code.iter().filter(|answer| answer.body["repeated"] == true).count(), 15);
    assert_eq!((shop.balance(0, "wash").await, shop.balance(1, "wash").await), (9, 9));
    shop.close().await;
}

#[tokio::test]
async fn a_cancel_that_races_its_redemption_leaves_nothing_taken() {
    let shop = Shop::open().await;
    for round in 0..8 {
        let (request, code) = (id(), shop.code(0, round - 4));
        let path = format!("/redemptions/{request}/cancel");
        let (redeemed, cancelled) = tokio::join!(shop.redeem(&request, &code, 1), shop.post(&path, json!({})));
        assert!([200, 201, 409].contains(&redeemed.status.as_u16()));
        assert_eq!(cancelled.expect(200)["status"], "cancelled");
        assert_eq!(shop.balance(0, "wash").await, 10);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_clock_far_behind_the_books_takes_no_codes() {
    let shop = Shop::open().await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    shop.forward(-61_000);
    let answer = shop.redeem(&id(), &shop.code(0, 0), 1).await;
    assert!(answer.headers.contains_key("retry-after"));
    answer.expect_code(503, "clock_wrong");
    shop.forward(30_000);
    let later = shop.redeem(&id(), &shop.code(1, 0), 1).await.expect(201);
    assert_eq!(later["at"], "2026-11-22T18:40:00.000Z", "times never decrease along the ledger");
    shop.close().await;
}
