//! Customers with their balances out of a CSV file: all of them or none, once.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{Shop, id};

const FILE: &str = "external_id,name,phone,wash,CNY,CNY_bonus,CNY_expires\n\
    A-1,Li Wei 李伟,+86 138 0013 8000,10,200.50,20,2027-12-31\n\
    A-2,\"=HYPERLINK(\"\"x\"\"), Ltd\",,,0.01,,\n\
    ,Wu,,,,,\n";

async fn import(shop: &Shop, query: &str, file: impl Into<reqwest::Body>) -> crate::shop::Answer {
    shop.upload(&format!("/imports?{query}"), &shop.token, file).await
}

async fn last_entry(shop: &Shop) -> Value {
    shop.get("/reports/liability").await.expect(200)["entry"].clone()
}

#[tokio::test]
async fn a_file_is_tried_and_then_imported_once() {
    let shop = Shop::open().await;
    let request = id();
    let tried = import(&shop, &format!("id={request}&dry_run=true"), FILE).await.expect(200);
    assert_eq!(last_entry(&shop).await, 4, "a dry run writes nothing");
    let opened = json!([
        { "unit": "CNY", "accounts": 2, "principal": "20051", "bonus": "2000" },
        { "unit": "wash", "accounts": 1, "principal": "10", "bonus": "0" },
    ]);
    assert_eq!((&tried["dry_run"], &tried["customers"], &tried["opened"]), (&json!(true), &json!(3), &opened));
    assert_eq!(tried["encoding"], "utf-8");

    let done = import(&shop, &format!("id={request}"), FILE).await.expect(201);
    assert_eq!((&done["opened"], &done["first_entry"], &done["last_entry"]), (&opened, &json!(5), &json!(7)));
    let again = import(&shop, &format!("id={request}"), FILE).await.expect(200);
    assert_eq!(again, done, "the same id and file again");
    import(&shop, &format!("id={request}"), "name\nZhou\n").await.expect_code(409, "id_mismatch");
    let redemption = id();
    shop.redeem(&redemption, &shop.code(0, 0), 1).await.expect(201);
    import(&shop, &format!("id={redemption}"), "name\nZhou\n").await.expect_code(409, "id_mismatch");

    let found = shop.get("/customers?query=Li%20Wei").await.expect(200);
    assert_eq!(found["customers"].as_array().unwrap().len(), 1);
    let x = shop.get("/reports/x").await.expect(200);
    let opening: Vec<&Value> =
        x["lines"].as_array().unwrap().iter().filter(|line| line["against"] == "opening").collect();
    assert_eq!(opening.iter().map(|line| line["count"].as_i64().unwrap()).sum::<i64>(), 7);
    shop.close().await;
}

#[tokio::test]
async fn a_file_with_wrong_cells_is_refused_as_a_whole_with_each_of_them() {
    let shop = Shop::open().await;
    import(&shop, &format!("id={}", id()), FILE).await.expect(201);
    let before = last_entry(&shop).await;
    let file = "name,phone,external_id,wash\nGood,,,5\n,1,,x\nKnown,8613800138000,A-1,1\n";
    for dry_run in [true, false] {
        let refused =
            import(&shop, &format!("id={}&dry_run={dry_run}", id()), file).await.expect_code(400, "malformed");
        let cells: Vec<(i64, &str, &str)> = refused["wrong"]
            .as_array()
            .unwrap()
            .iter()
            .map(|wrong| {
                let text = |field: &str| wrong[field].as_str().unwrap();
                (wrong["line"].as_i64().unwrap(), text("column"), text("what"))
            })
            .collect();
        assert_eq!(cells, [(3, "name", "name"), (3, "phone", "phone"), (3, "wash", "amount")]);
        assert_eq!(refused["wrong_count"], 3);
        // What the shop knows already is looked up once the file is right in itself.
        let known = file.replace(",1,,x\n", "New,,,\n");
        let refused =
            import(&shop, &format!("id={}&dry_run={dry_run}", id()), known).await.expect_code(400, "malformed");
        let wrong = refused["wrong"].as_array().unwrap();
        assert_eq!((wrong[0]["line"].as_i64(), wrong.len()), (Some(4), 2));
        assert!(wrong.iter().all(|wrong| wrong["what"] == "known"));
    }
    assert_eq!(last_entry(&shop).await, before);
    assert_eq!(shop.get("/customers?query=Good").await.expect(200)["customers"], json!([]));
    for (query, file) in [("dry_run=true", "name\nA\n"), ("id=1", "name\nA\n")] {
        import(&shop, query, file).await.expect_code(400, "malformed");
    }
    let phone = shop.customers[0].token.clone();
    shop.upload(&format!("/imports?id={}", id()), &phone, FILE).await.expect_code(401, "token_invalid");
    shop.close().await;
}

#[tokio::test]
async fn the_same_import_from_two_terminals_at_once_is_done_once() {
    let shop = Shop::open().await;
    let query = format!("id={}", id());
    let (one, two) = tokio::join!(import(&shop, &query, FILE), import(&shop, &query, FILE));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201]);
    assert_eq!(one.body, two.body);
    shop.close().await;
}

#[tokio::test]
async fn the_command_line_imports_beside_a_running_server() {
    let shop = Shop::open().await;
    let file = shop.folder.path().join("customers.csv");
    let run = |text: &str, more: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let data = shop.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tillbeam-server"));
        command.arg("import").arg(&file).args(["--shop", "Lotus"]).args(more).arg("--data").arg(data);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr))
    };
    let (ok, said) = run(FILE, &["--dry-run"]);
    assert!(ok && said.contains("\"customers\":3"), "{said}");
    assert_eq!(last_entry(&shop).await, 4);
    let request = id();
    let (ok, said) = run(FILE, &["--id", &request]);
    assert!(ok && said.contains("\"principal\":\"20051\""), "{said}");
    assert_eq!(last_entry(&shop).await, 7, "the running server knows at once");
    assert!(run(FILE, &["--id", &request]).0, "once more under the same id");
    assert_eq!(last_entry(&shop).await, 7);
    let (ok, said) = run("name,wash\nLi,x\n", &[]);
    assert!(!ok && said.contains("line 2, wash: "), "{said}");
    // The command line writes by the machine's clock; the test's own has to come after it.
    let system = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    shop.forward(i64::try_from(system.as_millis()).unwrap() - shop.now_s() * 1000);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let stranger = shop.send(Method::POST, "/api/v1/imports", None, None).await;
    stranger.expect_code(401, "token_invalid");
    shop.close().await;
}
