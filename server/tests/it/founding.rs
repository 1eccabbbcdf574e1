//! A first start: a shop of one's own from a few answers, and the window's terminal in it.

use reqwest::Method;
use serde_json::json;
use tillbeam_server::data::Data;
use tillbeam_server::founding::{self, Answers, Error};
use tillbeam_server::id::ShopId;
use tillbeam_server::name::Name;
use tillbeam_server::pin::Pin;
use tillbeam_server::practice;
use tillbeam_server::unit::Unit;

use crate::shop::{START_MS, Shop};

fn answers(name: &str) -> Answers {
    Answers {
        name: Name::parse(name).unwrap(),
        language: "zh",
        currency: Unit::parse("CNY").unwrap(),
        time_zone: "Asia/Shanghai".to_owned(),
        pass: Name::parse("洗车"),
        money: true,
        owner: Some((Name::parse("店主").unwrap(), Pin::parse("2468").unwrap())),
    }
}

#[tokio::test]
async fn a_shop_is_made_from_the_answers_and_opened_beside_the_others() {
    let shop = Shop::open().await;
    let data = Data::existing(shop.folder.path()).await.unwrap();
    practice::open(&data, START_MS).await.unwrap();
    let made = founding::found(&data, &answers("莲花洗车"), START_MS).await.unwrap();
    let names: Vec<_> = founding::shops(&data).await.unwrap().into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["Lotus", "莲花洗车"], "practice is none of them");
    let first = founding::open(&data, made.shop, START_MS).await.unwrap().unwrap();
    let second = founding::open(&data, made.shop, START_MS).await.unwrap().unwrap();
    let told = |method: Method, path: &'static str, token: &str, body| {
        let (shop, token) = (&shop, token.to_owned());
        async move { shop.send(method, path, Some(&token), body).await }
    };
    told(Method::GET, "/api/v1/shop", &first, None).await.expect_code(401, "token_invalid");
    let shown = told(Method::GET, "/api/v1/shop", &second, None).await.expect(200);
    assert_eq!((&shown["shop"]["name"], &shown["shop"]["practice"]), (&json!("莲花洗车"), &json!(false)));
    let units: Vec<_> = shown["units"].as_array().unwrap().iter().map(|unit| &unit["unit"]).collect();
    assert_eq!(units, ["visit", "CNY"]);
    assert_eq!(shown["default_unit"], "visit");
    let names = json!({ "en": "洗车", "zh": "洗车" });
    assert_eq!(shown["products"], json!([{ "names": names, "unit": "visit", "amount": 1 }]));
    let session = json!({ "operator": made.owner, "pin": "2468" });
    let open = told(Method::POST, "/api/v1/sessions", &second, Some(session)).await.expect(201);
    assert_eq!(open["operator"]["role"], "owner");
    data.store.close().await;
    shop.close().await;
}

#[tokio::test]
async fn what_makes_no_shop_is_refused_and_nothing_is_made() {
    let shop = Shop::open().await;
    let data = Data::existing(shop.folder.path()).await.unwrap();
    let nothing = Answers { pass: None, money: false, ..answers("Nothing") };
    assert!(matches!(founding::found(&data, &nothing, START_MS).await, Err(Error::SellsNothing)));
    let no_money = Answers { currency: Unit::parse("wash").unwrap(), ..answers("No money") };
    assert!(matches!(founding::found(&data, &no_money, START_MS).await, Err(Error::SellsNothing)));
    assert!(matches!(founding::found(&data, &answers("Lotus"), START_MS).await, Err(Error::Known)));
    let practice = practice::open(&data, START_MS).await.unwrap();
    for none in [practice.shop, ShopId(99)] {
        assert_eq!(founding::open(&data, none, START_MS).await.unwrap(), None);
    }
    assert_eq!(founding::shops(&data).await.unwrap().len(), 1);
    let pinless = Answers { owner: None, time_zone: "Mars/Olympus".into(), ..answers("Pinless") };
    assert_eq!(founding::found(&data, &pinless, START_MS).await.unwrap().owner, None);
    data.store.close().await;
    shop.close().await;
}
