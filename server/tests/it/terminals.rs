//! Terminals: paired by a code, revoked at once.

use reqwest::Method;
use serde_json::{Value, json};

use crate::people::{owner, session};
use crate::pushing::Socket;
use crate::shop::{Answer, Shop, id};

const DEVICE: &str = "00112233445566778899aabbccddeeff";
const OTHER_DEVICE: &str = "ffeeddccbbaa99887766554433221100";

async fn code(shop: &Shop, name: &str) -> String {
    let made = shop.post("/terminals/pairings", json!({ "name": name })).await.expect(201);
    assert_eq!((&made["url"], &made["ca_sha256"]), (&json!(shop.url), &Value::Null));
    made["code"].as_str().unwrap().to_owned()
}

async fn pair(shop: &Shop, code: &str, device: &str) -> Answer {
    let body = json!({ "code": code, "device": device });
    shop.send(Method::POST, "/api/v1/pair", None, Some(body)).await
}

async fn get_shop(shop: &Shop, token: &str) -> Answer {
    shop.send(Method::GET, "/api/v1/shop", Some(token), None).await
}

#[tokio::test]
async fn a_terminal_is_paired_by_a_code_that_works_for_one_device_and_ten_minutes() {
    let shop = Shop::open().await;
    let typed = code(&shop, "Front 前台").await;
    let first = pair(&shop, &typed.to_lowercase().replace('-', " "), DEVICE).await.expect(201);
    assert_eq!((&first["terminal"]["name"], &first["shop"]["name"]), (&json!("Front 前台"), &json!("Lotus")));
    let again = pair(&shop, &typed, DEVICE).await.expect(201);
    assert_eq!(first["terminal"]["id"], again["terminal"]["id"], "a lost answer makes no second terminal");
    let (old, new) = (first["token"].as_str().unwrap(), again["token"].as_str().unwrap());
    get_shop(&shop, old).await.expect_code(401, "token_invalid");
    assert_eq!(get_shop(&shop, new).await.expect(200)["terminal"]["name"], "Front 前台");
    pair(&shop, &typed, OTHER_DEVICE).await.expect_code(410, "invite_expired");
    for none in ["", "7KQ2-M9XD-4RTB", "x", &"7".repeat(1000)] {
        pair(&shop, none, DEVICE).await.expect_code(410, "invite_expired");
    }
    pair(&shop, &typed, "zz").await.expect_code(400, "malformed");
    let late = code(&shop, "Late").await;
    shop.forward(10 * 60_000 + 1);
    pair(&shop, &late, DEVICE).await.expect_code(410, "invite_expired");
    let listed = shop.get("/terminals").await.expect(200);
    let names: Vec<_> = listed["terminals"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["provisioned", "Front 前台"]);
    shop.close().await;
}

#[tokio::test]
async fn two_devices_that_take_one_code_at_once_are_one_terminal() {
    let shop = Shop::open().await;
    let typed = code(&shop, "Front").await;
    let (one, two) = tokio::join!(pair(&shop, &typed, DEVICE), pair(&shop, &typed, OTHER_DEVICE));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 410]);
    shop.close().await;
}

#[tokio::test]
async fn a_revoked_terminal_is_cut_off_at_once() {
    let shop = Shop::open().await;
    let typed = code(&shop, "Front").await;
    let paired = pair(&shop, &typed, DEVICE).await.expect(201);
    let token = paired["token"].as_str().unwrap().to_owned();
    let mut socket = Socket::open(&shop, "/api/v1/terminal/ws", &token).await;
    socket.next_of("hello").await;
    let path = format!("/terminals/{}/revoke", paired["terminal"]["id"]);
    let revoked = shop.post(&path, json!({})).await.expect(200);
    assert!(revoked["revoked_at"].is_string());
    let closed = loop {
        if let Err(code) = socket.text().await {
            break code;
        }
    };
    assert_eq!(closed, 4001);
    get_shop(&shop, &token).await.expect_code(401, "token_invalid");
    let body = json!({ "id": id(), "code": shop.code(0, 0), "amount": 1 });
    let refused = shop.send(Method::POST, "/api/v1/redemptions", Some(&token), Some(body)).await;
    refused.expect_code(401, "token_invalid");
    assert_eq!(Socket::open(&shop, "/api/v1/terminal/ws", &token).await.text().await, Err(4001));
    pair(&shop, &typed, DEVICE).await.expect_code(410, "invite_expired");
    assert_eq!(shop.post(&path, json!({})).await.expect(200), revoked, "again is no other answer");
    shop.close().await;
}

#[tokio::test]
async fn a_terminal_revokes_itself_only_on_purpose_and_an_owner_is_needed() {
    let shop = Shop::open().await;
    let owner = owner(&shop).await;
    let own = shop.get("/shop").await.expect(200)["terminal"]["id"].clone();
    let path = format!("/terminals/{own}/revoke");
    shop.post(&path, json!({ "itself": true })).await.expect_code(403, "forbidden");
    shop.post("/terminals/pairings", json!({ "name": "x" })).await.expect_code(403, "forbidden");
    shop.post(&path, json!({ "operator": owner })).await.expect_code(409, "stands");
    for nobody in ["0", "x", "999999"] {
        shop.post(&format!("/terminals/{nobody}/revoke"), json!({ "operator": owner }))
            .await
            .expect_code(404, "not_found");
    }
    shop.post(&path, json!({ "itself": true, "operator": owner })).await.expect(200);
    session(&shop, owner, "1111").await.expect_code(401, "token_invalid");
    shop.close().await;
}
