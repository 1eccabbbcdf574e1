//! What customers do by themselves: pausing their phone, coming back after its storage was wiped, the recovery word,
//! several shops in one browser.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tillbeam_server::meter::{REJOIN_TIME, REJOINS};
use tillbeam_server::provision::NewCustomer;

use crate::shop::{Answer, Shop, code_of, id};

const DEVICE: &str = "00112233445566778899aabbccddeeff";

async fn by_phone(shop: &Shop, token: &str, path: &str, body: Value) -> Answer {
    shop.send(Method::POST, &format!("/api/v1{path}"), Some(token), Some(body)).await
}

async fn by_nobody(shop: &Shop, path: &str, body: Value) -> Answer {
    shop.send(Method::POST, &format!("/api/v1{path}"), None, Some(body)).await
}

/// The phone that an answer of joining made.
fn joined(shop: &Shop, answer: &Value) -> NewCustomer {
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    NewCustomer { token: text("token"), credential: text("credential"), key: text("key"), ..shop.customers[0].clone() }
}

async fn statuses(shop: &Shop, token: &str) -> Vec<String> {
    let told = shop.send(Method::GET, "/api/v1/me/events?after=0", Some(token), None).await.expect(200);
    let events = told["events"].as_array().unwrap().clone();
    events.iter().filter_map(|event| event["status"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_paused_phone_shows_no_code_that_is_taken() {
    let shop = Shop::open().await;
    let phone = shop.customers[0].clone();
    by_phone(&shop, &phone.token, "/me/pause", json!({})).await.expect(204);
    by_phone(&shop, &phone.token, "/me/pause", json!({})).await.expect(204);
    assert_eq!(shop.phone(0, "/me").await["paused"], true);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect_code(403, "frozen");
    // Another phone and the card of the same customer are none of its business.
    shop.redeem(&id(), &phone.card_code, 1).await.expect(201);
    by_phone(&shop, &phone.token, "/me/resume", json!({})).await.expect(204);
    assert!(shop.phone(0, "/me").await["paused"].is_null());
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_phone_that_lost_its_key_gets_another_credential_as_often_as_it_asks() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let lost = by_phone(&shop, &token, "/me/rejoin", json!({})).await.expect(201);
    // The answer was lost.
    let again = by_phone(&shop, &token, "/me/rejoin", json!({})).await.expect(201);
    let (lost, phone) = (joined(&shop, &lost["phones"][0]), joined(&shop, &again["phones"][0]));
    assert_eq!(phone.token, token, "the cookie stays as it is");
    let step = shop.now_s() / 5;
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect_code(403, "credential_revoked");
    shop.redeem(&id(), &code_of(&lost, step + 1), 1).await.expect_code(403, "credential_revoked");
    shop.redeem(&id(), &code_of(&phone, step + 1), 1).await.expect(201);
    assert_eq!(shop.balance(0, "wash").await, 8);
    by_phone(&shop, "nonsense", "/me/rejoin", json!({})).await.expect_code(401, "token_invalid");
    shop.close().await;
}

#[tokio::test]
async fn a_phone_that_lost_its_key_stays_paused() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    by_phone(&shop, &token, "/me/pause", json!({})).await.expect(204);
    let again = by_phone(&shop, &token, "/me/rejoin", json!({})).await.expect(201);
    assert_eq!(shop.phone(0, "/me").await["paused"], true);
    let phone = joined(&shop, &again["phones"][0]);
    shop.redeem(&id(), &code_of(&phone, shop.now_s() / 5), 1).await.expect_code(403, "frozen");
    shop.close().await;
}

#[tokio::test]
async fn a_customers_phones_take_other_credentials_a_few_times_an_hour() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    for _ in 0..REJOINS {
        by_phone(&shop, &token, "/me/rejoin", json!({})).await.expect(201);
    }
    let refused = by_phone(&shop, &token, "/me/rejoin", json!({})).await;
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((60..=REJOIN_TIME.as_secs()).contains(&wait), "{wait}");
    refused.expect_code(429, "too_many_attempts");
    by_phone(&shop, &shop.customers[1].token, "/me/rejoin", json!({})).await.expect(201);
    let person = shop.get(&format!("/customers/{}", shop.customers[0].customer_id)).await.expect(200);
    let credentials = person["credentials"].as_array().unwrap().len();
    assert_eq!(credentials, 2 + usize::try_from(REJOINS).unwrap());
    shop.close().await;
}

#[tokio::test]
async fn a_recovery_word_connects_a_phone_however_it_is_typed_and_takes_the_others_back() {
    let shop = Shop::open().await;
    let old = shop.customers[0].token.clone();
    let first = by_phone(&shop, &old, "/me/recovery", json!({})).await.expect(201)["word"].as_str().unwrap().to_owned();
    let word = by_phone(&shop, &old, "/me/recovery", json!({})).await.expect(201)["word"].as_str().unwrap().to_owned();
    for unknown in [first.as_str(), "", "XXXX", "0000-0000-0000"] {
        let body = json!({ "word": unknown, "device": DEVICE });
        by_nobody(&shop, "/recover", body).await.expect_code(404, "not_found");
        by_nobody(&shop, "/freeze", json!({ "word": unknown })).await.expect_code(404, "not_found");
    }
    let body = json!({ "word": word.to_lowercase().replace('-', " "), "device": DEVICE });
    let fresh = joined(&shop, &by_nobody(&shop, "/recover", body.clone()).await.expect(201));
    // A lost answer can be asked for again; a later use makes another phone.
    let again = joined(&shop, &by_nobody(&shop, "/recover", body.clone()).await.expect(201));
    assert_eq!((&again.credential, &again.key), (&fresh.credential, &fresh.key));
    shop.forward(16 * 60_000);
    let other = joined(&shop, &by_nobody(&shop, "/recover", body).await.expect(201));
    assert_ne!(other.credential, fresh.credential);
    let step = shop.now_s() / 5;
    shop.redeem(&id(), &code_of(&fresh, step), 1).await.expect(201);
    let body = json!({ "word": word, "device": "ffeeddccbbaa99887766554433221100", "others": true });
    let only = joined(&shop, &by_nobody(&shop, "/recover", body).await.expect(201));
    for gone in [&fresh, &other, &shop.customers[0]] {
        shop.redeem(&id(), &code_of(gone, step + 1), 1).await.expect_code(403, "credential_revoked");
    }
    shop.redeem(&id(), &code_of(&only, step), 1).await.expect(201);
    shop.redeem(&id(), &shop.customers[0].card_code, 1).await.expect(201);
    assert_eq!(statuses(&shop, &only.token).await.iter().filter(|word| *word == "revoked").count(), 3);
    shop.close().await;
}

#[tokio::test]
async fn a_recovery_word_freezes_a_lost_phone_and_the_till_opens_the_account_again() {
    let shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    let word = by_phone(&shop, &token, "/me/recovery", json!({})).await.expect(201)["word"].clone();
    by_nobody(&shop, "/freeze", json!({ "word": word })).await.expect(204);
    by_nobody(&shop, "/freeze", json!({ "word": word })).await.expect(204);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect_code(403, "frozen");
    assert_eq!(shop.phone(0, "/me").await["frozen"], true);
    assert_eq!(statuses(&shop, &token).await, ["frozen"]);
    let customer = shop.customers[0].customer_id;
    shop.post(&format!("/customers/{customer}/unfreeze"), json!({})).await.expect(204);
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    // Erased, nobody comes back by it.
    shop.post(&format!("/customers/{customer}/erase"), json!({ "force": true })).await.expect(204);
    by_nobody(&shop, "/freeze", json!({ "word": word })).await.expect_code(404, "not_found");
    shop.close().await;
}

#[tokio::test]
async fn a_word_of_an_older_master_key_still_works() {
    let mut shop = Shop::open().await;
    let token = shop.customers[0].token.clone();
    let word = by_phone(&shop, &token, "/me/recovery", json!({})).await.expect(201)["word"].clone();
    let mut rotate = std::process::Command::new(env!("CARGO_BIN_EXE_tillbeam-server"));
    assert!(rotate.arg("rotate-key").env("TILLBEAM_DATA", shop.folder.path()).output().unwrap().status.success());
    shop.restart().await;
    by_nobody(&shop, "/freeze", json!({ "word": word })).await.expect(204);
    shop.close().await;
}

#[tokio::test]
async fn a_browser_that_is_several_phones_speaks_as_the_one_that_it_names() {
    let shop = Shop::open().await;
    let [one, other] = [0, 1].map(|customer| shop.customers[customer].clone());
    let cookies = [&one, &other].map(|phone| format!("tillbeam-{}={}", phone.credential, phone.token)).join("; ");
    let me = async |query: String| {
        let request = Client::new().get(format!("{}/api/v1/me{query}", shop.url)).header("cookie", &cookies);
        let response = request.send().await.unwrap();
        let kept = response.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), kept, response.json::<Value>().await.unwrap())
    };
    for phone in [&one, &other] {
        let (status, kept, answer) = me(format!("?as={}", phone.credential)).await;
        assert_eq!((status, &answer["customer"]["id"]), (200, &json!(phone.customer_id)));
        let kept = kept.expect("a visit keeps the cookie for another while");
        assert!(kept.starts_with(&format!("tillbeam-{}={};", phone.credential, phone.token)), "{kept}");
    }
    let (status, _, _) = me("?as=0000000000".into()).await;
    assert_eq!(status, 401);
    let request = Client::new().post(format!("{}/api/v1/me/rejoin", shop.url)).header("cookie", &cookies);
    let foreign = request.try_clone().unwrap().header("origin", "https://elsewhere.example").json(&json!({}));
    assert_eq!(foreign.send().await.unwrap().status().as_u16(), 403);
    let nobodys = request.try_clone().unwrap().json(&json!({}));
    assert_eq!(nobodys.send().await.unwrap().status().as_u16(), 403, "a cookie without an origin");
    let response = request.header("origin", &shop.url).json(&json!({})).send().await.unwrap();
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 4, "two are dropped, two are kept");
    let phones = response.json::<Value>().await.unwrap()["phones"].clone();
    assert_eq!(phones.as_array().unwrap().len(), 2);
    shop.close().await;
}

#[tokio::test]
async fn the_page_comes_packed_and_is_not_sent_twice() {
    let shop = Shop::open().await;
    let get = async |path: &str, name: &'static str, value: String| {
        Client::new().get(format!("{}{path}", shop.url)).header(name, value).send().await.unwrap()
    };
    let plain = get("/", "accept-encoding", "identity".into()).await;
    assert!(plain.headers().get("content-encoding").is_none());
    let tag = plain.headers()["etag"].to_str().unwrap().to_owned();
    for (accepted, encoding) in [("gzip, deflate, br", Some("br")), ("gzip", Some("gzip")), ("br;q=0", None)] {
        let packed = get("/", "accept-encoding", accepted.into()).await;
        assert_eq!(packed.headers().get("content-encoding").map(|value| value.to_str().unwrap()), encoding);
    }
    let policy = plain.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let page = plain.text().await.unwrap();
    let again = get("/", "if-none-match", tag).await;
    // A browser takes the headers of this answer for the page that it kept.
    assert_eq!(again.headers()["content-security-policy"], policy);
    assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0));
    for (opening, end) in
        [("<script>", "</script>"), ("<script type=\"module\">", "</script>"), ("<style>", "</style>")]
    {
        let inside = page.split_once(opening).and_then(|(_, rest)| rest.split_once(end)).expect("it is in the page").0;
        let hash = BASE64_STANDARD.encode(Sha256::digest(inside));
        assert!(policy.contains(&format!("'sha256-{hash}'")), "{opening} may not run");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let kept = get("/kept.html", "accept", "*/*".into()).await;
    assert_eq!((kept.status().as_u16(), kept.headers()["content-security-policy"].to_str().unwrap()), (200, &*policy));
    let other = get("/trust", "accept", "*/*".into()).await;
    assert!(!other.headers()["content-security-policy"].to_str().unwrap().contains("sha256"));
    for hidden in ["/customer.csp", "/customer.html.br", "/merchant.html", "/customer.html.gz"] {
        assert_eq!(get(hidden, "accept", "*/*".into()).await.status().as_u16(), 404, "{hidden}");
    }
    shop.close().await;
}
