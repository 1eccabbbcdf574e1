//! Shops are isolated: every call of the document, with another shop's tokens and this shop's ids.
//!
//! Nothing here names a call: a new one is walked by itself, and the test
//! fails if it does not know an id for a new path.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use reqwest::{Client, Method};
use serde_json::{Map, Value, json};

use crate::shop::{Shop, id};

/// What must never be told to anybody else.
const SECRET: &str = "Zanzibar";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    Terminal,
    Phone,
}

/// One call of the document.
struct Call {
    method: Method,
    template: String,
    /// With the first shop's ids.
    path: String,
    body: Option<Value>,
    /// Who may call it; nobody: everybody may.
    callers: Vec<Who>,
}

/// The first shop: everything that another shop could ask for.
struct First {
    shop: Shop,
    /// The token of its customer's phone.
    phone: String,
    /// The ids of its things, by the path segment or the field that names their kind.
    ids: BTreeMap<&'static str, Value>,
}

impl First {
    async fn open() -> Self {
        let shop = Shop::open_as(SECRET).await;
        let made = shop.post("/customers", json!({ "id": id(), "name": format!("{SECRET} Li") })).await.expect(201);
        let customer = made["customer"]["id"].clone();
        let link = made["join"]["url"].as_str().unwrap().split_once("#join=").unwrap().1;
        let body = json!({ "code": link, "device": "00112233445566778899aabbccddeeff" });
        let joined = shop.send(Method::POST, "/api/v1/join", None, Some(body)).await.expect(201);
        let phone = joined["token"].as_str().unwrap().to_owned();
        let (redemption, top_up, reversal) = (id(), id(), id());
        let code = shop.customers[0].card_code.clone();
        let body = json!({ "id": redemption, "code": code, "amount": 2, "note": SECRET });
        shop.post("/redemptions", body).await.expect(201);
        let body = json!({ "id": top_up, "unit": "wash", "amount": 3, "reason": SECRET });
        shop.post(&format!("/customers/{customer}/top-ups"), body).await.expect(201);
        let body = json!({ "id": reversal, "amount": 1 });
        shop.post(&format!("/redemptions/{redemption}/reversals"), body).await.expect(201);
        let z = id();
        shop.post("/reports/z", json!({ "id": z })).await.expect(201);
        let (refund, transfer, adjustment) = (id(), id(), id());
        let other = shop.customers[1].customer_id;
        for (noun, body) in [
            ("refunds", json!({ "id": refund, "unit": "wash", "amount": 1, "reason": SECRET })),
            ("transfers", json!({ "id": transfer, "to": other, "unit": "wash", "amount": 1, "reason": SECRET })),
            ("adjustments", json!({ "id": adjustment, "unit": "wash", "amount": 1, "reason": SECRET })),
        ] {
            shop.post(&format!("/customers/{customer}/{noun}"), body).await.expect(201);
        }
        let hook = json!({ "url": format!("https://{SECRET}.example/") });
        let webhook = shop.post("/webhooks", hook).await.expect(201)["webhook"]["id"].clone();
        // Who acts: an owner with a session, so that the other shop could name them too.
        let body = json!({ "name": format!("{SECRET} Wang"), "role": "owner", "pin": "2468" });
        let operator = shop.post("/operators", body).await.expect(201)["id"].clone();
        shop.post("/sessions", json!({ "operator": operator, "pin": "2468" })).await.expect(201);
        let terminals = shop.get("/terminals").await.expect(200);
        let ids = BTreeMap::from([
            ("terminals", terminals["terminals"][0]["id"].clone()),
            ("credential", joined["credential"].clone()),
            ("refunds", json!(refund)),
            ("transfers", json!(transfer)),
            ("adjustments", json!(adjustment)),
            ("to", json!(other)),
            ("operators", operator.clone()),
            ("operator", operator),
            ("redemptions", json!(redemption)),
            ("top-ups", json!(top_up)),
            ("reversals", json!(reversal)),
            ("z", json!(z)),
            ("webhooks", webhook),
            ("customers", customer.clone()),
            ("customer", customer),
            ("shop", json!(shop.id)),
            ("code", json!(code)),
        ]);
        Self { shop, phone, ids }
    }

    /// Every call of the document, filled with this shop's ids.
    async fn calls(&self) -> Vec<Call> {
        let document = self.shop.send(Method::GET, "/api/v1/openapi.json", None, None).await.expect(200);
        let mut calls = Vec::new();
        for (template, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                let schemes = operation["security"].as_array().unwrap();
                let may = |name: &str| schemes.iter().any(|scheme| scheme.get(name).is_some());
                let who = [(Who::Terminal, may("terminal")), (Who::Phone, may("phone"))];
                calls.push(Call {
                    method,
                    template: template.clone(),
                    path: self.fill(template) + &self.query(operation),
                    body: schema.is_object().then(|| self.sample(&document, schema, "the body")),
                    callers: who.into_iter().filter_map(|(who, may)| may.then_some(who)).collect(),
                });
            }
        }
        calls
    }

    /// A path with this shop's ids: `{customer}` by its own name, `{id}` by the segment before it.
    fn fill(&self, template: &str) -> String {
        let mut before = "";
        let filled = template.split('/').map(|segment| {
            let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            let key = if name == Some("id") { before } else { name.unwrap_or_default() };
            before = segment;
            if name.is_none() {
                return segment.to_owned();
            }
            let known = self.ids.get(key);
            let known = known.unwrap_or_else(|| panic!("{template}: make a `{key}` in First::open and name its id"));
            known.as_str().map_or_else(|| known.to_string(), str::to_owned)
        });
        filled.collect::<Vec<_>>().join("/")
    }

    /// The query of a call that says who acts.
    fn query(&self, operation: &Value) -> String {
        let mut parameters = operation["parameters"].as_array().into_iter().flatten();
        let named = parameters.any(|parameter| parameter["in"] == "query" && parameter["name"] == "operator");
        if named { format!("?operator={}", self.ids["operator"]) } else { String::new() }
    }

    /// A value of a schema: this shop's id where the field names one, else the example or the least.
    fn sample(&self, document: &Value, schema: &Value, field: &str) -> Value {
        if let Some(known) = self.ids.get(field) {
            return known.clone();
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let found = document.pointer(reference.trim_start_matches('#'));
            return self.sample(document, found.unwrap(), field);
        }
        let choice = ["allOf", "oneOf", "anyOf"].into_iter().find_map(|of| schema[of].as_array());
        if let Some(choice) = choice {
            let choice = choice.iter().find(|choice| choice["type"] != "null").unwrap();
            return self.sample(document, choice, field);
        }
        if schema["format"] == "uuid" {
            return json!(id());
        }
        if let Some(value) = [&schema["example"], &schema["enum"][0]].into_iter().find(|value| !value.is_null()) {
            return value.clone();
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
        match kind {
            "integer" | "number" => json!(schema["minimum"].as_i64().unwrap_or(1)),
            "boolean" => json!(true),
            "array" => json!([self.sample(document, &schema["items"], field)]),
            "string" if schema["pattern"].is_string() => panic!("{field}: its schema has a pattern and no example"),
            "string" => json!("x".repeat(usize::try_from(schema["minLength"].as_u64().unwrap_or(1)).unwrap())),
            _ => {
                let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let filled =
                    required.map(|name| (name.to_owned(), self.sample(document, &schema["properties"][name], name)));
                Value::Object(filled.collect::<Map<_, _>>())
            }
        }
    }

    /// Everything that the shop itself can read, without the time.
    async fn look(&self, calls: &[Call]) -> BTreeMap<String, Value> {
        let mut seen = BTreeMap::new();
        for call in calls.iter().filter(|call| call.method == Method::GET && !call.callers.is_empty()) {
            for who in &call.callers {
                let token = self.token(*who);
                let (status, text) = send(&self.shop, call, Some(&token)).await;
                assert!(status < 300, "{} does not answer its own shop: {status} {text}", call.template);
                let mut body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
                if let Some(object) = body.as_object_mut() {
                    object.remove("time");
                }
                seen.insert(format!("{} {who:?}", call.template), body);
            }
        }
        seen
    }

    fn token(&self, who: Who) -> String {
        if who == Who::Terminal { self.shop.token.clone() } else { self.phone.clone() }
    }
}

/// Status and text; of a stream its beginning.
async fn send(shop: &Shop, call: &Call, token: Option<&str>) -> (u16, String) {
    let mut request = Client::new().request(call.method.clone(), format!("{}{}", shop.url, call.path));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = &call.body {
        let mut body = body.clone();
        // A fresh id, so that nothing is answered as a repeat.
        if body["id"].is_string() {
            body["id"] = json!(id());
        }
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    if response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream") {
        let first = response.bytes_stream().next().await.unwrap().unwrap();
        return (status, String::from_utf8(first.to_vec()).unwrap());
    }
    (status, response.text().await.unwrap())
}

#[tokio::test]
async fn no_call_tells_or_does_anything_for_another_shop() {
    let first = First::open().await;
    let calls = first.calls().await;
    let before = first.look(&calls).await;
    assert!(json!(before).to_string().contains(SECRET), "the shop itself is told");
    let (other, customers) = Shop::stock(first.shop.folder.path(), "Other", 1, 5).await;
    let terminal = other["terminal"]["token"].as_str().unwrap();
    for call in &calls {
        for (who, token) in [(Who::Terminal, terminal), (Who::Phone, &customers[0].token)] {
            let (status, text) = send(&first.shop, call, Some(token)).await;
            let Call { method, path, callers, .. } = call;
            assert!(!text.contains(SECRET), "{method} {path} tells {who:?} of another shop: {text}");
            assert!(status < 500, "{method} {path}: {status} {text}");
            if !callers.is_empty() && !callers.contains(&who) {
                assert_eq!(status, 401, "{method} {path} takes a token of the wrong kind ({who:?}): {text}");
            } else if !callers.is_empty() && call.template.contains('{') {
                let body: Value = serde_json::from_str(&text).unwrap();
                // Ids of requests are each shop's own: to this one, the other's id never came.
                let tombstone = call.template.ends_with("/cancel") && body["was"] == "unknown";
                let hidden = status == 404 && body["code"] == "not_found" || status == 403;
                assert!(hidden || tombstone, "{method} {path} answers {who:?} of another shop: {status} {text}");
            }
        }
    }
    assert_eq!(first.look(&calls).await, before, "nothing of the first shop changed");
    first.shop.close().await;
}

#[tokio::test]
async fn no_call_but_the_open_ones_works_without_a_token_or_with_a_wrong_one() {
    let first = First::open().await;
    let calls = first.calls().await;
    let before = first.look(&calls).await;
    assert!(calls.iter().filter(|call| !call.callers.is_empty()).count() > 10);
    for call in calls.iter().filter(|call| !call.callers.is_empty()) {
        for who in [Who::Nobody, Who::Terminal, Who::Phone] {
            if call.callers.contains(&who) {
                continue;
            }
            let token = (who != Who::Nobody).then(|| first.token(who));
            for token in [token.as_deref(), Some("nonsense")] {
                let (status, text) = send(&first.shop, call, token).await;
                assert_eq!(status, 401, "{} {} for {who:?}: {text}", call.method, call.path);
                assert!(!text.contains(SECRET));
            }
        }
    }
    assert_eq!(first.look(&calls).await, before);
    first.shop.close().await;
}
