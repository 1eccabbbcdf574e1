//! The document that describes the interface.

use reqwest::Method;

use crate::shop::Shop;

#[tokio::test]
async fn the_document_is_there_for_everybody_and_names_itself() {
    let shop = Shop::open().await;
    let document = shop.send(Method::GET, "/api/v1/openapi.json", None, None).await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v1/openapi.json"]["get"].is_object());
    let redeem = &document["paths"]["/api/v1/redemptions"]["post"];
    assert_eq!(redeem["security"][0]["terminal"], serde_json::json!([]));
    let body = &document["components"]["schemas"]["RedeemBody"];
    assert_eq!(body["additionalProperties"], false);
    let amount = &body["properties"]["amount"];
    assert_eq!((&amount["minimum"], &amount["maximum"]), (&1.into(), &1_000_000_000_000_i64.into()));
    shop.close().await;
}

#[tokio::test]
async fn a_path_or_query_that_cannot_be_read_is_refused_in_our_words() {
    let shop = Shop::open().await;
    shop.get("/redemptions/%ff").await.expect_code(404, "not_found");
    shop.post("/customers/one/top-ups", serde_json::json!({})).await.expect_code(400, "malformed");
    let token = shop.customers[0].token.clone();
    let polled = shop.send(Method::GET, "/api/v1/me/events?after=x", Some(&token), None).await;
    polled.expect_code(400, "malformed");
    shop.close().await;
}
