//! The practice shop: made once, marked, and its demo camera shows the phone that joined last.

use reqwest::Method;
use serde_json::json;
use tillbeam_server::data::Data;
use tillbeam_server::practice;

use crate::shop::{START_MS, Shop, code_of, id};

#[tokio::test]
async fn the_practice_shop_is_made_once_and_the_token_before_is_void() {
    let shop = Shop::open().await;
    let data = Data::existing(shop.folder.path()).await.unwrap();
    let first = practice::open(&data, START_MS).await.unwrap();
    let second = practice::open(&data, START_MS).await.unwrap();
    assert_eq!((first.shop, first.customer), (second.shop, second.customer));
    let told = |token: String| {
        let shop = &shop;
        async move { shop.send(Method::GET, "/api/v1/shop", Some(&token), None).await }
    };
    told(first.terminal_token).await.expect_code(401, "token_invalid");
    let told = told(second.terminal_token).await.expect(200);
    assert_eq!((&told["shop"]["practice"], &told["units"][0]["unit"]), (&json!(true), &json!("wash")));
    data.store.close().await;
    shop.close().await;
}

#[tokio::test]
async fn the_demo_camera_shows_the_newest_phone_and_never_a_used_code() {
    let shop = Shop::open().await;
    let data = Data::existing(shop.folder.path()).await.unwrap();
    let practice = practice::open(&data, START_MS - 1).await.unwrap();
    let token = practice.terminal_token.clone();
    let redeem = |code: String| {
        let (shop, token) = (&shop, &token);
        let body = json!({ "id": id(), "code": code, "amount": 1 });
        async move { shop.send(Method::POST, "/api/v1/redemptions", Some(token), Some(body)).await }
    };
    let live = practice.live_code(shop.now_s()).await.unwrap().unwrap();
    redeem(live.clone()).await.expect(201);
    let next = practice.live_code(shop.now_s()).await.unwrap().unwrap();
    assert_ne!(live, next);
    redeem(next).await.expect(201);
    let path = format!("/api/v1/customers/{}/joins", practice.customer);
    let link = shop.send(Method::POST, &path, Some(&token), Some(json!({}))).await.expect(201);
    let code = link["url"].as_str().unwrap().split_once("#join=").unwrap().1;
    let body = json!({ "code": code, "device": "00112233445566778899aabbccddeeff" });
    let joined = shop.send(Method::POST, "/api/v1/join", None, Some(body)).await.expect(201);
    let mut phone = shop.customers[0].clone();
    phone.credential = joined["credential"].as_str().unwrap().into();
    phone.key = joined["key"].as_str().unwrap().into();
    let step = tillbeam_server::code::Step::at(shop.now_s()).0;
    assert_eq!(practice.live_code(shop.now_s()).await.unwrap().unwrap(), code_of(&phone, step));
    data.store.close().await;
    shop.close().await;
}
