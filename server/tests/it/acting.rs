//! Operators, managers and PINs in front of the ledger.

use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tillbeam_server::data::{DATABASE, Data};
use tillbeam_server::pin::Pin;

use crate::shop::{Shop, id};

const CASHIER: i64 = 1;
const MANAGER: i64 = 2;
const MANAGERS_PIN: &str = "2468";
const CUSTOMERS_PIN: &str = "1357";

async fn raw(shop: &Shop) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(shop.folder.path().join(DATABASE));
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn run(shop: &Shop, statement: &str) {
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut raw(shop).await).await.unwrap();
}

async fn hash(shop: &Shop, pin: &str) -> String {
    let data = Data::open(shop.folder.path()).await.unwrap();
    let key = data.master.pin_key(1).unwrap();
    data.store.close().await;
    Pin::parse(pin).unwrap().hash(&key, &[3; 16])
}

/// A cashier with an open session on the terminal, and a manager.
async fn staff(shop: &Shop) {
    let hash = hash(shop, MANAGERS_PIN).await;
    for (operator, role) in [(CASHIER, "cashier"), (MANAGER, "manager")] {
        run(
            shop,
            &format!(
                "insert into operator (operator_id, shop_id, name, role, pin_hash, pin_generation, created_at)
                 values ({operator}, {}, '{role}', '{role}', '{hash}', 1, 0)",
                shop.id
            ),
        )
        .await;
    }
    open_session(shop, CASHIER).await;
}

async fn open_session(shop: &Shop, operator: i64) {
    run(
        shop,
        &format!(
            "insert into operator_session (terminal_id, operator_id, opened_at, expires_at)
             select terminal_id, {operator}, 0, 9999999999999 from terminal where shop_id = {}",
            shop.id
        ),
    )
    .await;
}

fn approval(pin: &str) -> Value {
    json!({ "operator": MANAGER, "pin": pin })
}

/// A body by the cashier.
fn by(mut body: Value) -> Value {
    body["operator"] = json!(CASHIER);
    body
}

fn approved(mut body: Value, pin: &str) -> Value {
    body["approval"] = approval(pin);
    body
}

#[tokio::test]
async fn a_shop_with_operators_wants_one_with_an_open_session() {
    let shop = Shop::open().await;
    let code = shop.code(0, 0);
    let body = |operator: i64| json!({ "id": id(), "code": code, "amount": 1, "operator": operator });
    shop.redeem(&id(), &shop.code(0, -1), 1).await.expect(201);
    staff(&shop).await;
    shop.redeem(&id(), &code, 1).await.expect_code(403, "forbidden");
    shop.post("/redemptions", body(MANAGER)).await.expect_code(403, "forbidden");
    shop.post("/redemptions", body(99)).await.expect_code(403, "forbidden");
    let taken = body(CASHIER);
    shop.post("/redemptions", taken.clone()).await.expect(201);
    shop.post("/redemptions", taken.clone()).await.expect(200);
    let other = json!({ "id": taken["id"], "code": code, "amount": 1 });
    shop.post("/redemptions", other).await.expect_code(409, "id_mismatch");
    let named: Vec<(Option<i64>, Option<i64>)> =
        sqlx::query_as("select operator_id, approver_id from entry where kind = 'redemption' order by number")
            .fetch_all(&mut raw(&shop).await)
            .await
            .unwrap();
    assert_eq!(named, [(None, None), (Some(CASHIER), None)]);
    shop.close().await;
}

#[tokio::test]
async fn a_redemption_by_name_needs_a_manager_where_there_are_operators() {
    let shop = Shop::open().await;
    let body = || json!({ "id": id(), "customer": shop.customers[0].customer_id, "amount": 2 });
    let taken = shop.post("/redemptions", body()).await.expect(201);
    assert_eq!((taken["balance"].as_i64(), taken["lamp"].as_str()), (Some(8), Some("recorded")));
    staff(&shop).await;
    shop.post("/redemptions", body()).await.expect_code(403, "forbidden");
    shop.post("/redemptions", by(body())).await.expect_code(403, "approval_required");
    shop.post("/redemptions", approved(by(body()), "1111")).await.expect_code(403, "pin_wrong");
    let taken = approved(by(body()), MANAGERS_PIN);
    shop.post("/redemptions", taken.clone()).await.expect(201);
    shop.post("/redemptions", approved(taken, "9999")).await.expect(200);
    open_session(&shop, MANAGER).await;
    let mut own = body();
    own["operator"] = json!(MANAGER);
    shop.post("/redemptions", own).await.expect(201);
    let both = json!({ "id": id(), "customer": 1, "code": shop.code(0, 0), "amount": 2 });
    shop.post("/redemptions", both).await.expect_code(400, "malformed");
    shop.post("/redemptions", json!({ "id": id(), "amount": 2 })).await.expect_code(400, "malformed");
    let nobody = json!({ "id": id(), "customer": 999_999, "amount": 2, "operator": MANAGER });
    shop.post("/redemptions", nobody).await.expect_code(404, "not_found");
    let events = shop.phone(0, "/me/events?after=0").await;
    assert!(events["events"].as_array().unwrap().iter().all(|event| event["credential"].is_null()), "{events}");
    shop.close().await;
}

#[tokio::test]
async fn a_bonus_that_the_shops_rules_do_not_give_needs_a_manager() {
    let shop = Shop::open().await;
    let path = format!("/customers/{}/top-ups", shop.customers[0].customer_id);
    let body = |bonus: Option<i64>| json!({ "id": id(), "unit": "wash", "amount": 10, "bonus": bonus });
    run(&shop, "insert into bonus_rule (shop_id, unit, from_amount, bonus) values (1, 'wash', 10, 2)").await;
    assert_eq!(shop.post(&path, body(Some(100))).await.expect(201)["bonus"], 100, "nobody is asked");
    staff(&shop).await;
    for by_rule in [None, Some(2)] {
        assert_eq!(shop.post(&path, by(body(by_rule))).await.expect(201)["bonus"], 2);
    }
    for other in [0, 1, 1_000_000] {
        shop.post(&path, by(body(Some(other)))).await.expect_code(403, "approval_required");
    }
    shop.post(&path, approved(by(body(Some(5))), "1111")).await.expect_code(403, "pin_wrong");
    let given = approved(by(body(Some(5))), MANAGERS_PIN);
    assert_eq!(shop.post(&path, given).await.expect(201)["bonus"], 5);
    open_session(&shop, MANAGER).await;
    let mut own = body(Some(0));
    own["operator"] = json!(MANAGER);
    assert_eq!(shop.post(&path, own).await.expect(201)["bonus"], 0);
    let approvers: Vec<Option<i64>> = sqlx::query_scalar(
        "select approver_id from entry where kind = 'top_up' and operator_id is not null order by number",
    )
    .fetch_all(&mut raw(&shop).await)
    .await
    .unwrap();
    assert_eq!(approvers, [None, None, Some(MANAGER), None]);
    shop.close().await;
}

#[tokio::test]
async fn five_wrong_pins_block_a_manager_for_a_quarter_of_an_hour() {
    let shop = Shop::open().await;
    staff(&shop).await;
    let body = || by(json!({ "id": id(), "customer": shop.customers[0].customer_id, "amount": 1 }));
    for _ in 0..4 {
        shop.post("/redemptions", approved(body(), "1111")).await.expect_code(403, "pin_wrong");
    }
    shop.post("/redemptions", approved(body(), MANAGERS_PIN)).await.expect(201);
    for _ in 0..5 {
        shop.post("/redemptions", approved(body(), "1111")).await.expect_code(403, "pin_wrong");
    }
    shop.post("/redemptions", approved(body(), MANAGERS_PIN)).await.expect_code(403, "pin_wrong");
    shop.forward(15 * 60 * 1000);
    shop.post("/redemptions", approved(body(), MANAGERS_PIN)).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_later_reversal_needs_a_reason_and_a_manager() {
    let shop = Shop::open().await;
    staff(&shop).await;
    let redeem = async |customer: usize, steps: i64| {
        let body = by(json!({ "id": id(), "code": shop.code(customer, steps), "amount": 2 }));
        shop.post("/redemptions", body).await.expect(201)["id"].as_str().unwrap().to_owned()
    };
    let reverse = async |of: &str, reason: Option<&str>, pin: Option<&str>| {
        let body = by(json!({ "id": id(), "amount": 1, "reason": reason }));
        let body = pin.map_or(body.clone(), |pin| approved(body, pin));
        shop.post(&format!("/redemptions/{of}/reversals"), body).await
    };
    let (first, last) = (redeem(0, 0).await, redeem(1, 0).await);
    reverse(&last, None, None).await.expect(201);
    reverse(&first, None, None).await.expect_code(400, "malformed");
    reverse(&first, Some("wrong car"), None).await.expect_code(403, "approval_required");
    reverse(&first, Some("wrong car"), Some(MANAGERS_PIN)).await.expect(201);
    shop.forward(5 * 60 * 1000 + 1);
    reverse(&last, Some("late"), None).await.expect_code(403, "approval_required");
    reverse(&last, Some("late"), Some(MANAGERS_PIN)).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_cancel_needs_a_manager_ten_minutes_after_the_record() {
    let shop = Shop::open().await;
    staff(&shop).await;
    let redeem = async |steps: i64| {
        let body = by(json!({ "id": id(), "code": shop.code(0, steps), "amount": 2 }));
        shop.post("/redemptions", body).await.expect(201)["id"].as_str().unwrap().to_owned()
    };
    let cancel = async |of: &str, body: Value| shop.post(&format!("/redemptions/{of}/cancel"), body).await;
    let (soon, late) = (redeem(0).await, redeem(1).await);
    assert_eq!(cancel(&soon, json!({})).await.expect(200)["was"], "recorded");
    shop.forward(10 * 60 * 1000 + 1);
    cancel(&late, by(json!({}))).await.expect_code(403, "approval_required");
    cancel(&late, approved(json!({}), "1111")).await.expect_code(403, "pin_wrong");
    cancel(&late, json!({ "operator": 99 })).await.expect_code(403, "forbidden");
    assert_eq!(shop.get(&format!("/redemptions/{late}")).await.expect(200)["status"], "recorded");
    cancel(&late, approved(json!({}), MANAGERS_PIN)).await.expect(200);
    assert_eq!(cancel(&id(), json!({})).await.expect(200)["was"], "unknown", "nothing moves, so nobody is asked");
    shop.close().await;
}

#[tokio::test]
async fn a_cancel_without_an_operator_settles_what_its_own_terminal_began() {
    let shop = Shop::open().await;
    staff(&shop).await;
    let redeem = async |steps: i64| {
        let body = by(json!({ "id": id(), "code": shop.code(0, steps), "amount": 2 }));
        shop.post("/redemptions", body).await.expect(201)["id"].as_str().unwrap().to_owned()
    };
    let (own, others) = (redeem(0).await, redeem(1).await);
    let (terminal, _) = Shop::stock(shop.folder.path(), "Lotus", 0, 0).await;
    let other = terminal["terminal"]["token"].as_str().unwrap();
    let path = format!("/api/v1/redemptions/{others}/cancel");
    let answer = shop.send(reqwest::Method::POST, &path, Some(other), Some(json!({}))).await;
    answer.expect_code(403, "forbidden");
    run(&shop, "delete from operator_session").await;
    shop.post(&format!("/redemptions/{own}/cancel"), json!({})).await.expect(200);
    let last = "select operator_id from entry where reverses is not null order by number desc limit 1";
    let operator: Option<i64> = sqlx::query_scalar(last).fetch_one(&mut raw(&shop).await).await.unwrap();
    assert_eq!(operator, Some(CASHIER), "the entry names whose redemption it settles");
    shop.close().await;
}

#[tokio::test]
async fn above_the_limit_the_customers_pin_is_asked_and_a_blocked_one_leaves_the_code_alone() {
    let shop = Shop::open_with(1, 100).await;
    run(&shop, "update unit set pin_above = 5 where unit = 'wash'").await;
    let mut code = 0;
    let mut redeem = async |amount: i64, pin: Option<&str>| {
        code += 1;
        let body = json!({ "id": id(), "code": shop.code(0, code - 6), "amount": amount, "pin": pin });
        shop.post("/redemptions", body).await
    };
    redeem(5, None).await.expect(201);
    redeem(6, None).await.expect_code(403, "pin_required");
    redeem(6, Some(CUSTOMERS_PIN)).await.expect_code(403, "pin_wrong");
    let hash = hash(&shop, CUSTOMERS_PIN).await;
    run(&shop, &format!("update customer set pin_hash = '{hash}', pin_generation = 1")).await;
    redeem(6, Some(CUSTOMERS_PIN)).await.expect(201);
    for _ in 0..5 {
        redeem(6, Some("0000")).await.expect_code(403, "pin_wrong");
    }
    redeem(6, Some(CUSTOMERS_PIN)).await.expect_code(403, "pin_wrong");
    redeem(5, None).await.expect(201);
    redeem(6, Some("12")).await.expect_code(400, "malformed");
    shop.forward(15 * 60 * 1000);
    redeem(6, Some(CUSTOMERS_PIN)).await.expect(201);
    shop.close().await;
}
