//! A customer joins by a link, once.

use reqwest::Method;
use serde_json::{Value, json};
use tillbeam_server::code::Step;
use tillbeam_server::provision::NewCustomer;

use crate::shop::{Answer, Shop, code_of, id};

const DEVICE: &str = "00112233445566778899aabbccddeeff";

async fn join(shop: &Shop, url: &Value, device: &str) -> Answer {
    let code = url.as_str().unwrap().split_once("#join=").unwrap().1;
    let body = json!({ "code": code, "device": device });
    shop.send(Method::POST, "/api/v1/join", None, Some(body)).await
}

#[tokio::test]
async fn a_new_customer_joins_tops_up_and_redeems() {
    let shop = Shop::open().await;
    let request = id();
    let made = shop.post("/customers", json!({ "id": request, "name": " Zoë 王 " })).await.expect(201);
    assert_eq!(made["customer"]["name"], "Zoë 王");
    let again = shop.post("/customers", json!({ "id": request, "name": "Zoë 王" })).await.expect(200);
    assert_eq!(again["customer"], made["customer"], "a repeated call makes no second customer");
    let customer = made["customer"]["id"].as_i64().unwrap();
    let joined = join(&shop, &made["join"]["url"], DEVICE).await;
    let cookie = joined.headers["set-cookie"].to_str().unwrap().to_owned();
    for part in ["tillbeam-", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let joined = joined.expect(201);
    let body = json!({ "id": id(), "unit": "wash", "amount": 3 });
    shop.post(&format!("/customers/{customer}/top-ups"), body).await.expect(201);
    let phone = NewCustomer {
        customer_id: serde_json::from_value(made["customer"]["id"].clone()).unwrap(),
        shop_id: serde_json::from_value(joined["shop"]["id"].clone()).unwrap(),
        token: joined["token"].as_str().unwrap().into(),
        credential: joined["credential"].as_str().unwrap().into(),
        key: joined["key"].as_str().unwrap().into(),
        card_code: String::new(),
    };
    let code = code_of(&phone, Step::at(shop.now_s()).0);
    let redeemed = shop.redeem(&id(), &code, 1).await.expect(201);
    assert_eq!((&redeemed["balance"], &redeemed["customer"]["name"]), (&json!(2), &json!("Zoë 王")));
    shop.close().await;
}

#[tokio::test]
async fn a_link_works_for_one_device_also_when_its_answer_was_lost() {
    let shop = Shop::open().await;
    let made = shop.post("/customers", json!({ "id": id(), "name": "Li" })).await.expect(201);
    let url = &made["join"]["url"];
    let first = join(&shop, url, DEVICE).await.expect(201);
    let again = join(&shop, url, DEVICE).await.expect(201);
    assert_eq!((&first["credential"], &first["key"]), (&again["credential"], &again["key"]));
    shop.forward(60_000);
    let later = join(&shop, url, DEVICE).await.expect(201);
    assert_eq!(first["credential"], later["credential"]);
    assert_ne!(first["token"], later["token"]);
    let me = async |token: &Value| shop.send(Method::GET, "/api/v1/me", token.as_str(), None).await;
    me(&first["token"]).await.expect_code(401, "token_invalid");
    me(&later["token"]).await.expect(200);
    join(&shop, url, "ffeeddccbbaa99887766554433221100").await.expect_code(410, "invite_expired");
    shop.forward(15 * 60_000 + 1);
    join(&shop, url, DEVICE).await.expect_code(410, "invite_expired");
    join(&shop, url, "zz").await.expect_code(400, "malformed");
    shop.close().await;
}

#[tokio::test]
async fn two_tabs_that_open_a_link_at_once_get_one_cookie() {
    let shop = Shop::open().await;
    let made = shop.post("/customers", json!({ "id": id(), "name": "Li" })).await.expect(201);
    let url = &made["join"]["url"];
    let (one, other) = tokio::join!(join(&shop, url, DEVICE), join(&shop, url, DEVICE));
    // A browser keeps that of the answer which comes last.
    assert_eq!(one.headers["set-cookie"], other.headers["set-cookie"]);
    let (one, other) = (one.expect(201), other.expect(201));
    assert_eq!((&one["token"], &one["key"]), (&other["token"], &other["key"]));
    shop.send(Method::GET, "/api/v1/me", one["token"].as_str(), None).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn a_used_link_is_over_when_its_phone_was_taken_back() {
    let shop = Shop::open().await;
    let made = shop.post("/customers", json!({ "id": id(), "name": "Li" })).await.expect(201);
    let url = &made["join"]["url"];
    let token = join(&shop, url, DEVICE).await.expect(201)["token"].as_str().unwrap().to_owned();
    shop.send(Method::POST, "/api/v1/me/rejoin", Some(&token), Some(json!({}))).await.expect(201);
    join(&shop, url, DEVICE).await.expect_code(410, "invite_expired");
    shop.close().await;
}

#[tokio::test]
async fn a_link_is_given_only_for_a_customer_of_the_shop() {
    let shop = Shop::open().await;
    let (_, others) = Shop::stock(shop.folder.path(), "Other", 1, 10).await;
    for customer in [others[0].customer_id.to_string(), "999999".into(), "0".into(), "x".into()] {
        shop.post(&format!("/customers/{customer}/joins"), json!({})).await.expect_code(404, "not_found");
    }
    for name in ["", "  ", &"x".repeat(101)] {
        shop.post("/customers", json!({ "id": id(), "name": name })).await.expect_code(400, "malformed");
    }
    let found = shop.get("/customers?query=CUSTOMER%201").await.expect(200);
    assert_eq!(found["customers"].as_array().unwrap().len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn the_shop_is_told_to_its_terminal() {
    let shop = Shop::open().await;
    let told = shop.get("/shop").await.expect(200);
    assert_eq!(told["shop"]["name"], "Lotus");
    assert_eq!(told["default_unit"], "wash");
    let units: Vec<_> = told["units"].as_array().unwrap().iter().map(|u| u["unit"].as_str().unwrap()).collect();
    assert_eq!(units, ["wash", "CNY"]);
    assert_eq!(told["units"][0]["names"], json!({ "en": "Wash", "zh": "洗车" }));
    assert_eq!(told["phone_url"], shop.url);
    shop.close().await;
}
