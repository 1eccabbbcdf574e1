//! The books on their way out: whole, in order, harmless in a spreadsheet.

use serde_json::{Value, json};
use tillbeam_server::csv::{BOM, Reader};

use crate::shop::{Shop, id};

/// The records of a CSV file, by the names of its columns.
fn records(text: &str) -> Vec<Vec<(String, String)>> {
    let text = text.strip_prefix(BOM).unwrap();
    let mut rows = Reader::new(text).map(|record| record.fields.unwrap());
    let names = rows.next().unwrap();
    rows.map(|row| names.iter().zip(row).map(|(name, cell)| (name.to_string(), cell.to_string())).collect()).collect()
}

fn cell<'a>(record: &'a [(String, String)], column: &str) -> &'a str {
    &record.iter().find(|(name, _)| name == column).unwrap().1
}

#[tokio::test]
async fn entries_come_in_order_by_range_and_page_after_page() {
    let shop = Shop::open_with(301, 7).await;
    shop.redeem(&id(), &shop.code(0, 0), 3).await.expect(201);
    let all = shop.get("/entries").await.expect(200);
    let numbers = |file: &Value| -> Vec<i64> {
        file["entries"].as_array().unwrap().iter().map(|entry| entry["number"].as_i64().unwrap()).collect()
    };
    assert_eq!(numbers(&all), (1..=603).collect::<Vec<_>>());
    let last = &all["entries"][602];
    assert_eq!(
        (&last["kind"], &last["direction"], &last["principal"], &last["balance"]),
        (&json!("redemption"), &json!("out"), &json!(3), &json!(4))
    );
    assert_eq!(numbers(&shop.get("/entries?from=600&to=9999").await.expect(200)), [600, 601, 602, 603]);
    assert_eq!(numbers(&shop.get("/entries?from=5&to=4").await.expect(200)), [0; 0]);
    shop.get("/entries?format=xml").await.expect_code(400, "malformed");
    let csv = records(&shop.download("/entries?format=csv", &shop.token).await);
    assert_eq!(csv.len(), 603);
    shop.close().await;
}

#[tokio::test]
async fn a_spreadsheet_gets_decimals_local_times_and_no_formulas() {
    let shop = Shop::open().await;
    let redemption = json!({ "id": id(), "code": shop.code(0, 0), "amount": 4, "unit": "CNY", "note": "=1+1" });
    shop.post("/redemptions", redemption).await.expect(201);
    let csv = records(&shop.download("/entries?format=csv&from=5", &shop.token).await);
    let expected =
        [("number", "5"), ("kind", "redemption"), ("change", "-0.04"), ("balance", "0.06"), ("note", "'=1+1")];
    for (column, value) in expected {
        assert_eq!(cell(&csv[0], column), value, "{column}");
    }
    assert!(cell(&csv[0], "time").ends_with("+08:00") && cell(&csv[0], "utc").ends_with('Z'));
    shop.close().await;
}

#[tokio::test]
async fn exported_customers_can_be_imported_into_another_shop() {
    let shop = Shop::open().await;
    let file = "external_id,name,phone,wash,CNY,CNY_bonus,CNY_expires\n\
        A-1,=Li,8613800138000,10,200.50,20,2027-12-31\nA-2,\"Wu, \"\"Bo\"\"\",,,0.01,,\n";
    shop.upload(&format!("/imports?id={}", id()), &shop.token, file).await.expect(201);
    let exported = shop.download("/exports/customers?format=csv", &shop.token).await;
    let (other, _) = Shop::stock(shop.folder.path(), "Other", 0, 0).await;
    let token = other["terminal"]["token"].as_str().unwrap();
    let done = shop.upload(&format!("/imports?id={}", id()), token, exported.clone()).await.expect(201);
    assert_eq!(
        (&done["customers"], &done["ignored"]),
        (&json!(4), &json!(["customer_id", "created_at", "frozen_at", "erased_at"]))
    );
    let again = shop.download("/exports/customers?format=csv", token).await;
    let kept = ["external_id", "name", "phone", "wash", "wash_bonus", "CNY", "CNY_bonus", "CNY_expires"];
    let shown = |text: &str| -> Vec<Vec<String>> {
        records(text).iter().map(|record| kept.map(|column| cell(record, column).to_owned()).to_vec()).collect()
    };
    assert_eq!(shown(&again), shown(&exported));
    assert_eq!(shown(&again)[2][1], "'=Li");
    let listed: Value = serde_json::from_str(&shop.download("/exports/customers", token).await).unwrap();
    assert_eq!(
        (&listed["customers"][2]["name"], &listed["customers"][2]["accounts"][0]["principal"]),
        (&json!("=Li"), &json!(20_050))
    );
    shop.close().await;
}

#[tokio::test]
async fn a_whole_shop_is_one_document_without_secrets() {
    let shop = Shop::open().await;
    shop.post("/reports/z", json!({ "id": id() })).await.expect(201);
    let text = shop.download("/exports/shop", &shop.token).await;
    let whole: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&whole["shop"]["name"], &whole["shop"]["cards"], &whole["last_entry"]),
        (&json!("Lotus"), &json!(true), &json!(4))
    );
    let count = |field: &str| whole[field].as_array().unwrap().len();
    assert_eq!((count("customers"), count("entries"), count("z_reports")), (2, 4, 1));
    assert_eq!(whole["z_reports"][0]["totals"]["last_entry"], 4);
    assert!(!text.contains("hash\":\"$") && !text.contains("token") && !text.contains("pin_hash"));
    shop.close().await;
}
