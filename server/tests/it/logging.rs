//! The log tells everything about the server and nothing that opens it.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tillbeam_server::clock;
use tillbeam_server::code::Step;
use tillbeam_server::provision::NewCustomer;

use crate::program::Program;
use crate::pushing::Socket;
use crate::shop::{Shop, code_of, id};

/// One call, as a terminal, a phone or nobody.
async fn call(url: &str, method: Method, path: &str, token: &str, body: Option<Value>) -> Value {
    let mut request = Client::new().request(method, format!("{url}{path}")).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.send().await.unwrap().json().await.unwrap_or_default()
}

/// A terminal's day: what it sent and got that must not be told.
async fn day_of_a_terminal(url: &str, terminal: &str, customer: &NewCustomer) -> Vec<String> {
    let post = |path: &'static str, body: Value| call(url, Method::POST, path, terminal, Some(body));
    let step = Step::at(clock::system()().div_euclid(1000)).0;
    let (code, other) = (code_of(customer, step), code_of(customer, step + 1));
    let body = json!({ "id": id(), "code": code, "amount": 1, "note": "Madagascar" });
    assert_eq!(post("/api/v1/redemptions", body).await["status"], "recorded");
    let refused = post("/api/v1/redemptions", json!({ "id": id(), "code": other, "amount": 99 })).await;
    assert_eq!(refused["status"], 402);
    let wrong_code = format!("1{}", "7".repeat(26));
    post("/api/v1/redemptions", json!({ "id": id(), "code": wrong_code, "amount": 1 })).await;
    post("/api/v1/redemptions", json!({ "id": id(), "code": code, "ammount": "Mauritius" })).await;
    let card = customer.card_code.clone();
    post("/api/v1/redemptions", json!({ "id": id(), "code": card, "amount": 1 })).await;
    let operator = post("/api/v1/operators", json!({ "name": "Seychelles", "role": "owner", "pin": "739184" })).await;
    post("/api/v1/sessions", json!({ "operator": operator["id"], "pin": "739184" })).await;
    post("/api/v1/sessions", json!({ "operator": operator["id"], "pin": "739185" })).await;
    call(url, Method::GET, "/api/v1/customers?q=Comoros", terminal, None).await;
    call(url, Method::GET, "/api/v1/me", "wrong-token-of-a-stranger", None).await;
    vec![code, other, wrong_code, card]
}

/// A phone joins, listens and polls.
async fn day_of_a_phone(url: &str, terminal: &str, customer: &NewCustomer) -> Vec<String> {
    let made = json!({ "id": id(), "name": "Comoros Li" });
    let made = call(url, Method::POST, "/api/v1/customers", terminal, Some(made)).await;
    let link = made["join"]["url"].as_str().unwrap().split_once("#join=").unwrap().1.to_owned();
    let body = json!({ "code": link, "device": "00112233445566778899aabbccddeeff" });
    let joined = call(url, Method::POST, "/api/v1/join", terminal, Some(body)).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (token, key) = (text(&joined["token"]), text(&joined["key"]));
    let phone = &customer.token;
    let poll = format!("{url}/poll/{}/{}?token={phone}", customer.customer_id, customer.shop_id);
    Client::new().get(poll).send().await.unwrap();
    Client::new().get(format!("{url}/api/v1/me")).header("cookie", format!("tillbeam={phone}")).send().await.unwrap();
    let mut socket = Socket::open_at(url, "/ws?after=0", ("authorization", &format!("Bearer {phone}"))).await;
    socket.json().await;
    let offered = format!("tillbeam.v1, bearer.{token}");
    drop(Socket::open_at(url, "/ws", ("sec-websocket-protocol", &offered)).await);
    vec![link, token, key, phone.clone(), customer.key.clone()]
}

#[tokio::test]
async fn no_secret_of_a_whole_day_is_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (made, customers) = Shop::stock(folder.path(), "Zanzibar", 1, 10).await;
    let terminal = made["terminal"]["token"].as_str().unwrap().to_owned();
    let program = Program::serve(folder.path(), &[], "info,tillbeam_server=trace");
    let url = program.url.clone();
    let mut secrets = day_of_a_phone(&url, &terminal, &customers[0]).await;
    secrets.extend(day_of_a_terminal(&url, &terminal, &customers[0]).await);
    secrets.push(terminal);
    program.terminate();
    let (status, log) = tokio::task::spawn_blocking(move || program.wait()).await.unwrap();
    assert!(status.success());
    let names = ["Zanzibar", "Comoros", "Madagascar", "Mauritius", "Seychelles", "73918", "wrong-token-of-a-stranger"];
    let ways = ["token=", "Bearer", "q=", "#join="];
    for secret in secrets.iter().map(String::as_str).chain(names).chain(ways) {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let recorded = |line: &&Value| line["span"]["route"] == "/api/v1/redemptions" && line["fields"]["status"] == 201;
    let line = lines.iter().find(recorded).unwrap();
    assert_eq!((&line["span"]["method"], &line["span"]["shop"]), (&json!("POST"), &json!(1)));
    assert!(line["span"]["terminal"].is_i64() && line["fields"]["ms"].is_u64());
    assert!(lines.iter().any(|line| line["span"]["route"] == "/poll/{customer}/{shop}"));
}
