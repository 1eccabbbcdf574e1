//! The shop's settings, and what follows from them by itself.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use tillbeam_server::data::DATABASE;

use crate::people::{operator, owner, session};
use crate::pushing::Socket;
use crate::shop::{Answer, START_MS, Shop, id};

async fn send(shop: &Shop, method: Method, path: &str, body: Value) -> Answer {
    shop.send(method, &format!("/api/v1{path}"), Some(&shop.token), Some(body)).await
}

#[tokio::test]
async fn settings_change_at_once_and_the_terminals_are_told() {
    let shop = Shop::open().await;
    let mut terminal = Socket::open(&shop, "/api/v1/terminal/ws", &shop.token).await;
    terminal.next_of("online").await;
    let change = json!({
        "name": "Lotus 莲花", "language": "en", "time_zone": "Europe/Berlin", "day_start_min": 240,
        "cards": false, "redeem_order": "bonus", "default_unit": "CNY",
    });
    let changed = send(&shop, Method::PATCH, "/shop/settings", change).await.expect(200);
    assert_eq!(terminal.next_of("shop").await, json!({ "type": "shop" }));
    let mut read = shop.get("/shop").await.expect(200);
    read["time"] = changed["time"].clone();
    assert_eq!(read, changed);
    let told = &changed["shop"];
    assert_eq!((&told["name"], &told["language"]), (&json!("Lotus 莲花"), &json!("en")));
    assert_eq!((&told["time_zone"], &told["day_start_min"]), (&json!("Europe/Berlin"), &json!(240)));
    assert_eq!((&told["cards"], &told["redeem_order"]), (&json!(false), &json!("bonus")));
    assert_eq!(changed["default_unit"], "CNY");
    let card = shop.customers[0].card_code.clone();
    shop.redeem(&id(), &card, 1).await.expect_code(403, "forbidden");
    let made = shop.post(&format!("/customers/{}/cards", shop.customers[0].customer_id), json!({})).await;
    made.expect_code(403, "forbidden");
    assert_eq!(shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201)["unit"], "CNY");
    shop.close().await;
}

#[tokio::test]
async fn settings_that_are_none_are_refused_and_an_owner_is_needed() {
    let shop = Shop::open().await;
    let before = shop.get("/shop").await.expect(200)["shop"].clone();
    for wrong in [
        json!({ "time_zone": "Mars/Olympus" }),
        json!({ "time_zone": "" }),
        json!({ "day_start_min": 1440 }),
        json!({ "day_start_min": -1 }),
        json!({ "language": "fr" }),
        json!({ "redeem_order": "none" }),
        json!({ "name": "a\nb" }),
        json!({ "currency": "USD" }),
    ] {
        send(&shop, Method::PATCH, "/shop/settings", wrong.clone()).await.expect_code(400, "malformed");
    }
    let unknown = json!({ "default_unit": "wax" });
    send(&shop, Method::PATCH, "/shop/settings", unknown).await.expect_code(422, "unit_unknown");
    assert_eq!(shop.get("/shop").await.expect(200)["shop"], before);
    let owner = owner(&shop).await;
    let manager = operator(&shop, "Li", "manager", "2222", Some(owner)).await;
    session(&shop, manager, "2222").await.expect(201);
    for (method, path, body) in [
        (Method::PATCH, "/shop/settings", json!({ "cards": false, "operator": manager })),
        (Method::POST, "/units", json!({ "unit": "wax", "operator": manager })),
        (Method::PUT, "/bonus-rules", json!({ "unit": "wash", "rules": [], "operator": manager })),
        (Method::PUT, "/products", json!({ "products": [], "operator": manager })),
    ] {
        send(&shop, method, path, body).await.expect_code(403, "approval_required");
    }
    let approved = json!({ "cards": false, "operator": manager, "approval": { "operator": owner, "pin": "1111" } });
    send(&shop, Method::PATCH, "/shop/settings", approved).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn units_are_added_renamed_limited_and_retired() {
    let shop = Shop::open().await;
    let unit = |shop: Value, name: &str| {
        shop["units"].as_array().unwrap().iter().find(|unit| unit["unit"] == name).cloned().unwrap()
    };
    let made = shop.post("/units", json!({ "unit": "wax" })).await.expect(200);
    assert_eq!(unit(made, "wax")["names"], json!({ "en": "Wax", "zh": "打蜡" }));
    let limits = json!({ "max_balance": 100, "max_per_use": 5, "pin_above": 0 });
    let change = json!({
        "unit": "wax", "names": { "en": "Polish", "zh": "抛光" }, "limits": limits,
        "expiry": { "after_days": 365, "warn_days": 7 },
    });
    let changed = unit(shop.post("/units", change).await.expect(200), "wax");
    assert_eq!((&changed["names"]["en"], &changed["limits"]["max_per_use"]), (&json!("Polish"), &json!(5)));
    assert_eq!(changed["expiry"], json!({ "after_days": 365, "warn_days": 7 }));
    let kept = unit(shop.post("/units", json!({ "unit": "wax", "retired": true })).await.expect(200), "wax");
    assert_eq!((&kept["retired"], &kept["limits"]), (&json!(true), &changed["limits"]));
    let lifted = shop.post("/units", json!({ "unit": "wax", "limits": {} })).await.expect(200);
    assert_eq!(unit(lifted, "wax")["limits"]["max_per_use"], Value::Null);
    for none in ["", "Wax", "USD", "wash wax"] {
        shop.post("/units", json!({ "unit": none })).await.expect_code(422, "unit_unknown");
    }
    for wrong in [
        json!({ "unit": "wash", "limits": { "max_per_use": 0 } }),
        json!({ "unit": "wash", "limits": { "max_balance": 1_000_000_000_000_001_i64 } }),
        json!({ "unit": "wash", "expiry": { "after_days": 0, "warn_days": 1 } }),
        json!({ "unit": "wash", "expiry": { "warn_days": 366 } }),
        json!({ "unit": "wash", "names": { "en": "", "zh": "x" } }),
    ] {
        shop.post("/units", wrong).await.expect_code(400, "malformed");
    }
    shop.close().await;
}

#[tokio::test]
async fn bonus_rules_take_the_place_of_those_before() {
    let shop = Shop::open().await;
    let put = |rules: Value| send(&shop, Method::PUT, "/bonus-rules", json!({ "unit": "CNY", "rules": rules }));
    let of = |shop: Value| shop["units"][1]["bonus_rules"].clone();
    let rules = json!([
        { "from_amount": 10_000, "bonus": 1000, "per_mille": 0 },
        { "from_amount": 50_000, "bonus": 0, "per_mille": 150 },
    ]);
    assert_eq!(of(put(rules.clone()).await.expect(200)), rules);
    let one = json!([{ "from_amount": 1, "bonus": 5, "per_mille": 0 }]);
    assert_eq!(of(put(one.clone()).await.expect(200)), one);
    let many: Vec<_> = (1..=21).map(|amount| json!({ "from_amount": amount })).collect();
    for wrong in [
        json!([{ "from_amount": 0 }]),
        json!([{ "from_amount": 1, "bonus": -1 }]),
        json!([{ "from_amount": 1, "per_mille": 10_001 }]),
        json!(many),
    ] {
        put(wrong).await.expect_code(400, "malformed");
    }
    assert_eq!(of(shop.get("/shop").await.expect(200)), one);
    let none = json!({ "unit": "wax", "rules": [] });
    send(&shop, Method::PUT, "/bonus-rules", none).await.expect_code(422, "unit_unknown");
    shop.close().await;
}

#[tokio::test]
async fn products_take_the_place_of_those_before_in_their_order() {
    let shop = Shop::open().await;
    let put = |products: Value| send(&shop, Method::PUT, "/products", json!({ "products": products }));
    let product = |name: &str, unit: &str, amount: i64| json!({ "names": { "en": name, "zh": "洗" }, "unit": unit, "amount": amount });
    assert_eq!(shop.get("/shop").await.expect(200)["products"], json!([]));
    let two = json!([product("Wax", "CNY", 6_000), product("A wash", "wash", 1)]);
    assert_eq!(put(two.clone()).await.expect(200)["products"], two);
    let one = json!([product("A wash", "wash", 2)]);
    assert_eq!(put(one.clone()).await.expect(200)["products"], one);
    let many: Vec<_> = (1..=31).map(|amount| product("Wash", "wash", amount)).collect();
    for wrong in [
        json!([product("", "wash", 1)]),
        json!([product("Wash", "wash", 0)]),
        json!([product("Wash", "wash", 1_000_000_000_001)]),
        json!([{ "names": { "en": "Wash", "zh": "" }, "unit": "wash", "amount": 1 }]),
        json!(many),
    ] {
        put(wrong).await.expect_code(400, "malformed");
    }
    for none in ["wax", "USD", "wash wax"] {
        put(json!([product("Wax", none, 1)])).await.expect_code(422, "unit_unknown");
    }
    let shown = shop.get("/shop").await.expect(200);
    assert_eq!(shown["products"], one);
    let audit = shop.get("/audit").await.expect(200);
    let made = audit["acts"].as_array().unwrap().iter().filter(|deed| deed["act"] == "products_changed");
    assert_eq!(made.count(), 2, "{audit}");
    shop.close().await;
}

#[tokio::test]
async fn a_date_is_told_once_when_it_is_near_and_once_when_it_is_past() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let mut shop = Shop::open().await;
    shop.stop().await;
    let url = format!("sqlite://{}", shop.folder.path().join(DATABASE).display());
    let mut books = SqliteConnection::connect(&url).await.unwrap();
    let customer = shop.customers[0].customer_id;
    sqlx::query("update account set expires_at = ?1 where customer_id = ?2 and unit = 'wash'")
        .bind(START_MS + 20 * DAY_MS)
        .bind(customer)
        .execute(&mut books)
        .await
        .unwrap();
    books.close().await.unwrap();
    // A round of looking runs at each start; the second start after a date has nothing new to tell.
    for (days, events) in [(0, 0), (10, 1), (0, 1), (10, 2), (0, 2)] {
        shop.forward(days * DAY_MS);
        shop.restart().await;
        let epoch = shop.phone(0, "/me").await["epoch"].as_str().unwrap().to_owned();
        if events > 0 {
            let after = events - 1;
            let page = shop.phone(0, &format!("/me/events?after={after}&epoch={epoch}&wait=25")).await;
            assert_eq!(page["events"].as_array().unwrap().len(), 1, "{page}");
        }
    }
    let page = shop.phone(0, "/me/events?after=0").await;
    let told = page["events"].as_array().unwrap().iter().map(|event| (&event["status"], &event["unit"]));
    let wash = json!("wash");
    assert_eq!(told.collect::<Vec<_>>(), [(&json!("expires_soon"), &wash), (&json!("expired"), &wash)]);
    shop.close().await;
}
