//! The old system's own client keeps working: its socket, its texts, its polling.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;

use crate::pushing::Socket;
use crate::shop::{Shop, id};

#[tokio::test]
async fn the_old_socket_gets_the_old_texts_live() {
    let shop = Shop::open().await;
    let customer = &shop.customers[0];
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let path = format!("/webSocket/{}/{}", customer.customer_id, shop.id);
    let mut phone = Socket::open(&shop, &path, &customer.token).await;
    phone.send("anything").await;
    // Texts are live only: wait until the server listens for this phone.
    phone.ping().await;
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    assert_eq!(phone.text().await.unwrap(), "0_扣费成功_剩余次数: 8");
    shop.redeem(&id(), &shop.code(0, 2), 99).await.expect(402);
    assert_eq!(phone.text().await.unwrap(), "1_扣费失败_余额不足");
    let body = json!({ "id": id(), "unit": "CNY", "amount": 1240 });
    shop.post(&format!("/customers/{}/top-ups", customer.customer_id), body).await.expect(201);
    assert_eq!(phone.text().await.unwrap(), "0_充值成功_剩余金额: 12.50");
    shop.close().await;
}

#[tokio::test]
async fn ids_in_the_path_give_no_access() {
    let shop = Shop::open().await;
    let ws = shop.url.replacen("http", "ws", 1);
    let (own, other) = (shop.customers[0].customer_id, shop.customers[1].customer_id);
    let token = &shop.customers[0].token;
    for (path, status) in [
        (format!("/webSocket/{own}/{}", shop.id), StatusCode::UNAUTHORIZED),
        (format!("/webSocket/{own}/{}?token=nonsense", shop.id), StatusCode::UNAUTHORIZED),
        (format!("/webSocket/{other}/{}?token={token}", shop.id), StatusCode::FORBIDDEN),
        (format!("/webSocket/{own}/999?token={token}"), StatusCode::FORBIDDEN),
    ] {
        let Err(Error::Http(response)) = connect_async(format!("{ws}{path}")).await else { panic!("{path}") };
        assert_eq!(response.status().as_u16(), status.as_u16(), "{path}");
    }
    assert!(connect_async(format!("{ws}/webSocket/{own}/{}?token={token}", shop.id)).await.is_ok());
    shop.close().await;
}

#[tokio::test]
async fn the_old_polling_hands_each_text_out_once_and_no_old_ones() {
    let mut shop = Shop::open().await;
    let path = format!("/poll/{}/{}?token={}", shop.customers[0].customer_id, shop.id, shop.customers[0].token);
    let poll = async |shop: &Shop| {
        let response = reqwest::get(format!("{}{path}", shop.url)).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(poll(&shop).await.0, 204);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    shop.forward(11 * 60_000);
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    shop.redeem(&id(), &shop.code(0, 2), 1).await.expect(201);
    assert_eq!(poll(&shop).await, (200, "0_扣费成功_剩余次数: 8".into()));
    shop.restart().await;
    assert_eq!(poll(&shop).await, (200, "0_扣费成功_剩余次数: 7".into()));
    assert_eq!(poll(&shop).await.0, 204);
    let other = format!("/poll/{}/{}", shop.customers[1].customer_id, shop.id);
    let token = shop.customers[0].token.clone();
    shop.send(Method::GET, &other, Some(&token), None).await.expect_code(403, "forbidden");
    shop.close().await;
}
