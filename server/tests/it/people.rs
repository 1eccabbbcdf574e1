//! Operators, their sessions and roles.

use reqwest::Method;
use serde_json::{Value, json};

use crate::pushing::Socket;
use crate::shop::{Answer, Shop, id};

/// Makes an operator; `by` is an owner in a session, or nobody for the first.
pub async fn operator(shop: &Shop, name: &str, role: &str, pin: &str, by: Option<i64>) -> i64 {
    let body = json!({ "id": id(), "name": name, "role": role, "pin": pin, "operator": by });
    shop.post("/operators", body).await.expect(201)["id"].as_i64().unwrap()
}

/// Opens a session on the shop's terminal.
pub async fn session(shop: &Shop, operator: i64, pin: &str) -> Answer {
    shop.post("/sessions", json!({ "operator": operator, "pin": pin })).await
}

/// An owner with an open session.
pub async fn owner(shop: &Shop) -> i64 {
    let owner = operator(shop, "Owner", "owner", "1111", None).await;
    session(shop, owner, "1111").await.expect(201);
    owner
}

async fn patch(shop: &Shop, path: &str, body: Value) -> Answer {
    shop.send(Method::PATCH, &format!("/api/v1{path}"), Some(&shop.token), Some(body)).await
}

#[tokio::test]
async fn the_first_operator_is_an_owner_and_makes_the_others() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/operators").await.expect(200), json!({ "operators": [] }));
    let body = json!({ "name": "Li", "role": "cashier", "pin": "1234" });
    shop.post("/operators", body).await.expect_code(409, "stands");
    let first = json!({ "id": id(), "name": " Wang 王 ", "role": "owner", "pin": "1111" });
    let made = shop.post("/operators", first.clone()).await.expect(201);
    assert_eq!((&made["name"], &made["open"]), (&json!("Wang 王"), &json!(false)));
    assert_eq!(shop.post("/operators", first).await.expect(200), made, "a lost answer can be asked for again");
    let second = json!({ "name": "Li", "role": "cashier", "pin": "2222" });
    let refused = shop.post("/operators", second.clone()).await.expect_code(403, "forbidden");
    assert!(refused["detail"].as_str().unwrap().contains("session"));
    let owner = made["id"].as_i64().unwrap();
    session(&shop, owner, "1111").await.expect(201);
    let cashier = operator(&shop, "Li", "cashier", "2222", Some(owner)).await;
    let twice = json!({ "name": "Li", "role": "cashier", "pin": "3333", "operator": owner });
    shop.post("/operators", twice).await.expect_code(409, "stands");
    session(&shop, cashier, "2222").await.expect(201);
    let by_cashier = json!({ "name": "Zhao", "role": "owner", "pin": "3333", "operator": cashier });
    shop.post("/operators", by_cashier.clone()).await.expect_code(403, "approval_required");
    let with = |pin: &str| {
        let mut body = by_cashier.clone();
        body["approval"] = json!({ "operator": owner, "pin": pin });
        body
    };
    shop.post("/operators", with("9999")).await.expect_code(403, "pin_wrong");
    shop.post("/operators", with("1111")).await.expect(201);
    let listed = shop.get("/operators").await.expect(200);
    let names: Vec<_> = listed["operators"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["Li", "Wang 王", "Zhao"]);
    assert!(!listed.to_string().contains("pin"));
    shop.close().await;
}

#[tokio::test]
async fn other_terminals_are_told_of_an_operator_made_or_changed() {
    let shop = Shop::open().await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws", &shop.token).await;
    terminal.next_of("online").await;
    let owner = owner(&shop).await;
    assert_eq!(terminal.next_of("shop").await, json!({ "type": "shop" }));
    patch(&shop, &format!("/operators/{owner}"), json!({ "name": "Wang", "operator": owner })).await.expect(200);
    assert_eq!(terminal.next_of("shop").await, json!({ "type": "shop" }));
    shop.close().await;
}

#[tokio::test]
async fn five_wrong_pins_block_the_right_one_for_a_quarter_of_an_hour() {
    let shop = Shop::open().await;
    let owner = operator(&shop, "Owner", "owner", "1111", None).await;
    for _ in 0..4 {
        session(&shop, owner, "0000").await.expect_code(403, "pin_wrong");
    }
    session(&shop, owner, "1111").await.expect(201);
    for _ in 0..5 {
        session(&shop, owner, "0000").await.expect_code(403, "pin_wrong");
    }
    let blocked = session(&shop, owner, "1111").await;
    assert!(blocked.headers.contains_key("retry-after"));
    blocked.expect_code(429, "too_many_attempts");
    shop.forward(15 * 60_000 + 1);
    session(&shop, owner, "1111").await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_five() {
    let shop = Shop::open().await;
    let owner = operator(&shop, "Owner", "owner", "1111", None).await;
    let guesses = (0..12).map(|guess| session(&shop, owner, if guess == 11 { "1111" } else { "0000" }));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status != 429).count();
    assert!(looked_at <= 6, "{looked_at} PINs were compared");
    shop.close().await;
}

#[tokio::test]
async fn a_session_is_of_one_terminal_and_ends_when_it_is_locked_or_old() {
    let shop = Shop::open().await;
    let owner = owner(&shop).await;
    let listed = |shop_answer: Value| shop_answer["operators"][0]["open"].clone();
    assert_eq!(listed(shop.get("/operators").await.expect(200)), true);
    let (other, _) = Shop::stock(shop.folder.path(), "Lotus", 0, 0).await;
    let other = other["terminal"]["token"].as_str().unwrap().to_owned();
    let there = shop.send(Method::GET, "/api/v1/operators", Some(&other), None).await.expect(200);
    assert_eq!(listed(there), false);
    let body = json!({ "name": "Li", "role": "cashier", "pin": "2222", "operator": owner });
    shop.send(Method::POST, "/api/v1/operators", Some(&other), Some(body.clone())).await.expect_code(403, "forbidden");
    let lock = format!("/api/v1/sessions/{owner}");
    for _ in 0..2 {
        assert_eq!(shop.send(Method::DELETE, &lock, Some(&shop.token), None).await.status, 204);
    }
    shop.post("/operators", body.clone()).await.expect_code(403, "forbidden");
    session(&shop, owner, "1111").await.expect(201);
    shop.forward(16 * 3_600_000 + 1);
    shop.post("/operators", body).await.expect_code(403, "forbidden");
    shop.close().await;
}

#[tokio::test]
async fn an_operator_is_changed_by_an_owner_and_loses_their_sessions() {
    let shop = Shop::open().await;
    let owner = owner(&shop).await;
    let li = operator(&shop, "Li", "cashier", "2222", Some(owner)).await;
    session(&shop, li, "2222").await.expect(201);
    let path = format!("/operators/{li}");
    patch(&shop, &path, json!({ "role": "owner", "operator": li })).await.expect_code(403, "approval_required");
    let changed = patch(&shop, &path, json!({ "name": "Li Na 👩", "role": "manager", "operator": owner })).await;
    let changed = changed.expect(200);
    assert_eq!(
        (&changed["name"], &changed["role"], &changed["open"]),
        (&json!("Li Na 👩"), &json!("manager"), &json!(true))
    );
    let changed = patch(&shop, &path, json!({ "pin": "3333", "operator": owner })).await.expect(200);
    assert_eq!(changed["open"], false);
    session(&shop, li, "2222").await.expect_code(403, "pin_wrong");
    session(&shop, li, "3333").await.expect(201);
    let changed = patch(&shop, &path, json!({ "disabled": true, "operator": owner })).await.expect(200);
    assert_eq!((&changed["open"], &changed["disabled"]), (&json!(false), &json!(true)));
    session(&shop, li, "3333").await.expect_code(404, "not_found");
    // The name is free again, until the other one comes back.
    operator(&shop, "Li Na 👩", "cashier", "4444", Some(owner)).await;
    patch(&shop, &path, json!({ "disabled": false, "operator": owner })).await.expect_code(409, "stands");
    patch(&shop, &path, json!({ "disabled": false, "name": "Li", "operator": owner })).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn the_last_owner_stays_even_when_two_terminals_disable_at_once() {
    let shop = Shop::open().await;
    let first = owner(&shop).await;
    let path = |operator: i64| format!("/operators/{operator}");
    for change in [json!({ "disabled": true, "operator": first }), json!({ "role": "manager", "operator": first })] {
        patch(&shop, &path(first), change).await.expect_code(409, "stands");
    }
    let second = operator(&shop, "Second", "owner", "2222", Some(first)).await;
    session(&shop, second, "2222").await.expect(201);
    let (of_first, of_second) = (path(first), path(second));
    let (one, two) = tokio::join!(
        patch(&shop, &of_first, json!({ "disabled": true, "operator": second })),
        patch(&shop, &of_second, json!({ "disabled": true, "operator": first })),
    );
    let done = [&one, &two].iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1, "{} {}", one.body, two.body);
    let listed = shop.get("/operators").await.expect(200);
    let left = listed["operators"].as_array().unwrap().iter().filter(|row| row["disabled"] == false).count();
    assert_eq!(left, 1);
    shop.close().await;
}

#[tokio::test]
async fn only_one_of_two_first_owners_is_made_without_a_session() {
    let shop = Shop::open().await;
    let body = |name: &str| json!({ "name": name, "role": "owner", "pin": "1111" });
    let (one, two) = tokio::join!(shop.post("/operators", body("A")), shop.post("/operators", body("B")));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403]);
    shop.close().await;
}

#[tokio::test]
async fn names_and_pins_that_are_none_are_refused_and_strange_ones_are_not() {
    let shop = Shop::open().await;
    let owner = owner(&shop).await;
    let make = |name: &str, pin: &str| {
        shop.post("/operators", json!({ "name": name, "role": "cashier", "pin": pin, "operator": owner }))
    };
    for name in ["", " ", "a\nb", "\u{202e}evil", &"x".repeat(101)] {
        make(name, "1234").await.expect_code(400, "malformed");
    }
    for pin in ["", "123", "1234567890123", "12a4", "１２３４"] {
        make("Li", pin).await.expect_code(400, "malformed");
    }
    for name in ["محمد علي", "👩‍👩‍👧", "'; drop table operator; --", &"王".repeat(100)] {
        make(name, "1234").await.expect(201);
    }
    for operator in ["0", "-1", "x", "99999999999999999999"] {
        patch(&shop, &format!("/operators/{operator}"), json!({ "operator": owner }))
            .await
            .expect_code(404, "not_found");
    }
    shop.close().await;
}

#[tokio::test]
async fn what_moved_no_value_is_noted_with_who_did_it() {
    let shop = Shop::open().await;
    let owner = owner(&shop).await;
    let li = operator(&shop, "Li", "cashier", "2222", Some(owner)).await;
    session(&shop, li, "2222").await.expect(201);
    shop.get("/audit").await.expect_code(403, "forbidden");
    shop.get(&format!("/audit?operator={li}")).await.expect_code(403, "approval_required");
    let noted = shop.get(&format!("/audit?operator={owner}")).await.expect(200);
    let acts = noted["acts"].as_array().unwrap();
    let words: Vec<_> = acts.iter().map(|act| act["act"].as_str().unwrap()).collect();
    assert_eq!(words, ["session_opened", "operator_made", "session_opened", "operator_made"]);
    assert_eq!((&acts[1]["operator"], &acts[1]["detail"]["operator"]), (&json!(owner), &json!(li)));
    let before = acts[2]["number"].as_i64().unwrap();
    let older = shop.get(&format!("/audit?operator={owner}&before={before}")).await.expect(200);
    assert_eq!(older["acts"].as_array().unwrap().len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn deeds_are_found_by_who_did_them_and_on_which_day() {
    let shop = Shop::open().await;
    let owner = owner(&shop).await;
    let li = operator(&shop, "Li", "cashier", "2222", Some(owner)).await;
    session(&shop, li, "2222").await.expect(201);
    let made = shop.post("/customers", json!({ "id": id(), "name": "Zoë", "operator": li })).await.expect(201);
    let words = async |query: &str| {
        let noted = shop.get(&format!("/audit?operator={owner}&{query}")).await.expect(200);
        let acts = noted["acts"].as_array().unwrap().clone();
        acts.into_iter()
            .map(|act| (act["act"].as_str().unwrap().to_owned(), act["customer_name"].clone()))
            .collect::<Vec<_>>()
    };
    let all = words("").await;
    assert_eq!(all[0], ("customer_made".to_owned(), json!("Zoë")), "{made}");
    assert_eq!(words(&format!("by={li}")).await, [all[0].clone(), ("session_opened".to_owned(), json!(null))]);
    assert_eq!(words("by=0").await, [("operator_made".to_owned(), json!(null))], "by nobody: the first owner");
    let day =
        shop.get(&format!("/reports/day?operator={owner}")).await.expect(200)["date"].as_str().unwrap().to_owned();
    assert_eq!(words(&format!("date={day}")).await, all);
    assert!(words("date=2020-01-01").await.is_empty());
    for query in ["by=-1", "by=x", "date=today"] {
        shop.get(&format!("/audit?operator={owner}&{query}")).await.expect_code(400, "malformed");
    }
    shop.close().await;
}
