//! Closing the day: every entry in one Z report, every total from the ledger.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tillbeam_server::data::DATABASE;
use tillbeam_server::verify;

use crate::shop::{Shop, id};

const HOUR_MS: i64 = 3_600_000;

async fn raw(shop: &Shop) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(shop.folder.path().join(DATABASE));
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn close_day(shop: &Shop) -> Value {
    shop.post("/reports/z", json!({ "id": id() })).await.expect(201)
}

async fn top_up(shop: &Shop, customer: usize, unit: &str, amount: i64, bonus: i64) {
    let path = format!("/customers/{}/top-ups", shop.customers[customer].customer_id);
    shop.post(&path, json!({ "id": id(), "unit": unit, "amount": amount, "bonus": bonus })).await.expect(201);
}

/// Count, principal and bonus of a line, named by its words.
fn line(report: &Value, unit: &str, kind: &str, of: Option<&str>) -> Option<(i64, String, String)> {
    let of = of.map_or(Value::Null, Value::from);
    let lines = report["lines"].as_array().unwrap();
    let found = lines.iter().find(|line| line["unit"] == unit && line["kind"] == kind && line["of"] == of)?;
    let text = |field: &str| found[field].as_str().unwrap().to_owned();
    Some((found["count"].as_i64().unwrap(), text("principal"), text("bonus")))
}

/// Principal and bonus by unit.
fn held(list: &Value) -> BTreeMap<String, (i128, i128)> {
    let sum = |held: &Value, field: &str| held[field].as_str().unwrap().parse::<i128>().unwrap();
    let list = list.as_array().unwrap().iter();
    list.map(|held| (held["unit"].as_str().unwrap().into(), (sum(held, "principal"), sum(held, "bonus")))).collect()
}

#[track_caller]
fn assert_adds_up(report: &Value) {
    let mut reckoned = held(&report["opening"]);
    for line in report["lines"].as_array().unwrap() {
        let sign = if line["direction"] == "in" { 1 } else { -1 };
        let parts = reckoned.get_mut(line["unit"].as_str().unwrap()).unwrap();
        parts.0 += sign * line["principal"].as_str().unwrap().parse::<i128>().unwrap();
        parts.1 += sign * line["bonus"].as_str().unwrap().parse::<i128>().unwrap();
    }
    assert_eq!(reckoned, held(&report["closing"]));
}

fn counted(text: &str) -> (i64, String, String) {
    let parts: Vec<&str> = text.split(' ').collect();
    (parts[0].parse().unwrap(), parts[1].into(), parts[2].into())
}

#[tokio::test]
async fn a_day_is_closed_from_the_ledger_and_the_next_one_begins_after_it() {
    let shop = Shop::open().await;
    let first = close_day(&shop).await;
    assert_eq!((&first["number"], &first["first_entry"], &first["last_entry"]), (&json!(1), &json!(1), &json!(4)));
    assert_eq!(line(&first, "wash", "adjustment", None), Some(counted("2 20 0")));
    assert_adds_up(&first);

    top_up(&shop, 0, "CNY", 10_000, 2_000).await;
    let redemption = id();
    shop.redeem(&redemption, &shop.code(0, 0), 3).await.expect(201);
    shop.redeem(&id(), &shop.code(1, 0), 2).await.expect(201);
    let undo = json!({ "id": id(), "amount": 1 });
    shop.post(&format!("/redemptions/{redemption}/reversals"), undo).await.expect(201);
    shop.redeem(&id(), &shop.code(1, 1), 99).await.expect(402);

    let x = shop.get("/reports/x").await.expect(200);
    assert_eq!((&x["first_entry"], &x["last_entry"], &x["practice"]), (&json!(5), &json!(9), &json!(false)));
    for (unit, kind, of, expected) in [
        ("CNY", "top_up", None, "1 10000 0"),
        ("CNY", "bonus", None, "1 0 2000"),
        ("wash", "redemption", None, "2 5 0"),
        ("wash", "reversal", Some("redemption"), "1 1 0"),
    ] {
        assert_eq!(line(&x, unit, kind, of), Some(counted(expected)), "{unit} {kind}");
    }
    assert_eq!(x["opening"], first["closing"]);
    assert_adds_up(&x);
    assert_eq!(x["operators"][0]["operator"], Value::Null);
    assert_eq!(x["terminals"][0]["lines"], x["lines"]);
    assert_eq!((x["hours"].as_array().unwrap().len(), x["days"].as_array().unwrap().len()), (1, 1));
    let mut again = shop.get("/reports/x").await.expect(200);
    assert_eq!(again, x, "an X report changes nothing");

    let second = close_day(&shop).await;
    for field in ["first_entry", "last_entry", "opening", "closing", "lines", "operators", "terminals", "hours", "days"]
    {
        assert_eq!(second[field], again[field].take(), "{field}");
    }
    let empty = shop.get("/reports/x").await.expect(200);
    assert_eq!((&empty["first_entry"], &empty["last_entry"], &empty["lines"]), (&json!(10), &json!(9), &json!([])));
    assert_eq!(empty["opening"], second["closing"]);
    let list = shop.get("/reports/z").await.expect(200);
    assert_eq!(list["reports"][0]["number"], 2);
    assert_eq!(list["reports"][1]["id"], first["id"]);
    let kept = shop.get(&format!("/reports/z/{}", first["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(kept, first);
    shop.close().await;
}

#[tokio::test]
async fn the_same_id_answers_the_same_z_report_and_another_requests_id_none() {
    let shop = Shop::open().await;
    let redemption = id();
    shop.redeem(&redemption, &shop.code(0, 0), 3).await.expect(201);
    let closing = id();
    let first = shop.post("/reports/z", json!({ "id": closing })).await.expect(201);
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    let again = shop.post("/reports/z", json!({ "id": closing.to_uppercase() })).await.expect(200);
    assert_eq!(again, first);
    shop.post("/reports/z", json!({ "id": redemption })).await.expect_code(409, "id_mismatch");
    shop.get(&format!("/reports/z/{redemption}")).await.expect_code(404, "not_found");
    shop.close().await;
}

#[tokio::test]
async fn two_terminals_closing_at_once_get_two_reports_and_one_is_empty() {
    let shop = Shop::open().await;
    shop.redeem(&id(), &shop.code(0, 0), 3).await.expect(201);
    let (one, two) = tokio::join!(close_day(&shop), close_day(&shop));
    let entries = |z: &Value| z["last_entry"].as_i64().unwrap() - z["first_entry"].as_i64().unwrap() + 1;
    let mut counts = [entries(&one), entries(&two)];
    counts.sort_unstable();
    assert_eq!(counts, [0, 5]);
    let mut numbers = [one["number"].as_i64(), two["number"].as_i64()];
    numbers.sort_unstable();
    assert_eq!(numbers, [Some(1), Some(2)]);
    shop.close().await;
}

#[tokio::test]
async fn closing_while_redemptions_run_leaves_no_entry_out_and_counts_none_twice() {
    let shop = Shop::open_with(24, 10).await;
    let redeeming = async {
        for step in 0..5 {
            let codes: Vec<String> = (0..24).map(|customer| shop.code(customer, step)).collect();
            let ids: Vec<String> = codes.iter().map(|_| id()).collect();
            let all = ids.iter().zip(&codes).map(|(id, code)| shop.redeem(id, code, 1));
            for answer in futures_util::future::join_all(all).await {
                answer.expect(201);
            }
        }
    };
    let closing = async {
        for _ in 0..12 {
            close_day(&shop).await;
        }
    };
    tokio::join!(redeeming, closing);
    close_day(&shop).await;
    let list = shop.get("/reports/z").await.expect(200);
    let (mut next, mut redeemed) = (1, 0);
    for head in list["reports"].as_array().unwrap().iter().rev() {
        let z = shop.get(&format!("/reports/z/{}", head["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(z["first_entry"], next);
        next = z["last_entry"].as_i64().unwrap() + 1;
        redeemed += line(&z, "wash", "redemption", None).map_or(0, |(count, _, _)| count);
        assert_adds_up(&z);
    }
    assert_eq!((next - 1, redeemed), (24 * 2 + 24 * 5, 24 * 5));
    shop.close().await;
}

#[tokio::test]
async fn what_was_owed_at_any_entry_is_what_was_said_then() {
    let shop = Shop::open().await;
    let mut said = Vec::new();
    let empty = shop.get("/reports/liability?entry=0").await.expect(200);
    assert!(held(&empty["units"]).values().all(|parts| *parts == (0, 0)));
    for step in 0..12 {
        match step % 4 {
            0 => top_up(&shop, 0, "CNY", 500, 100).await,
            1 => drop(shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201)),
            2 => top_up(&shop, 1, "wash", 2, 0).await,
            _ => drop(close_day(&shop).await),
        }
        let now = shop.get("/reports/liability").await.expect(200);
        assert!(now["units"][0]["expired"].is_string());
        said.push(now);
    }
    for then in said {
        let entry = &then["entry"];
        let again = shop.get(&format!("/reports/liability?entry={entry}")).await.expect(200);
        assert_eq!(held(&again["units"]), held(&then["units"]), "after entry {entry}");
    }
    for nowhere in [999, -1] {
        shop.get(&format!("/reports/liability?entry={nowhere}")).await.expect_code(404, "not_found");
    }
    shop.close().await;
}

#[tokio::test]
async fn what_is_past_its_date_is_a_part_of_what_is_owed() {
    let shop = Shop::open().await;
    let mut conn = raw(&shop).await;
    let now = shop.now_s() * 1000;
    for (customer, expires_at) in [(0, now), (1, now + 40 * 24 * HOUR_MS)] {
        let statement = "update account set expires_at = ?1 where unit = 'wash' and customer_id = ?2";
        let customer = shop.customers[customer].customer_id.0;
        sqlx::query(statement).bind(expires_at).bind(customer).execute(&mut conn).await.unwrap();
    }
    let owed = shop.get("/reports/liability").await.expect(200);
    let wash = owed["units"].as_array().unwrap().iter().find(|held| held["unit"] == "wash").unwrap();
    assert_eq!((&wash["principal"], &wash["expired"]), (&json!("20"), &json!("10")));
    let soon = json!([{ "within_days": 90, "unit": "wash", "principal": "10", "bonus": "0" }]);
    assert_eq!(owed["expiring"], soon);
    shop.close().await;
}

#[tokio::test]
async fn business_days_are_those_of_the_shops_zone_also_when_the_clock_is_moved() {
    let shop = Shop::open_with(1, 100).await;
    let mut conn = raw(&shop).await;
    let statement = "update shop set time_zone = 'Europe/Berlin', day_start_min = 240";
    sqlx::query(statement).execute(&mut conn).await.unwrap();
    // The night to 28 March 2027: clocks go from 02:00 to 03:00, so this business day has 23 hours.
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for (moment, times) in [
        ("2027-03-27T02:59:00Z", 1),
        ("2027-03-27T03:00:00Z", 2),
        ("2027-03-28T01:59:00Z", 3),
        ("2027-03-28T02:00:00Z", 4),
        ("2027-03-29T01:59:59Z", 5),
    ] {
        shop.forward(at(moment) - shop.now_s() * 1000);
        for step in 0..times {
            shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
        }
    }
    let days = shop.get("/reports/days?from=2027-03-26&to=2027-03-28").await.expect(200);
    let counts: Vec<(&str, i64)> = days["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| (day["date"].as_str().unwrap(), line(day, "wash", "redemption", None).unwrap().0))
        .collect();
    assert_eq!(counts, [("2027-03-26", 1), ("2027-03-27", 5), ("2027-03-28", 9)]);
    let one = shop.get("/reports/days?from=2027-03-27&to=2027-03-27").await.expect(200);
    assert_eq!(one["days"], json!([days["days"][1]]));
    let usual = shop.get("/reports/days").await.expect(200);
    assert_eq!(usual["days"], days["days"]);
    let backwards = shop.get("/reports/days?from=2027-03-28&to=2027-03-27").await.expect(200);
    assert_eq!(backwards["days"], json!([]));
    let long = shop.get("/reports/days?from=1970-01-01&to=2027-03-28").await.expect(200);
    assert_eq!(long["days"].as_array().unwrap().last(), days["days"].as_array().unwrap().last());
    shop.get("/reports/days?from=soon").await.expect_code(400, "malformed");
    let z = close_day(&shop).await;
    let hours: Vec<i64> = z["hours"].as_array().unwrap().iter().map(|hour| hour["hour"].as_i64().unwrap()).collect();
    assert!(!hours.contains(&2), "the hour that the clock skips: {hours:?}");
    shop.close().await;
}

#[tokio::test]
async fn each_business_day_has_its_own_report_and_what_was_owed_after_it() {
    let shop = Shop::open_with(1, 100).await;
    let mut conn = raw(&shop).await;
    let statement = "update shop set time_zone = 'Asia/Shanghai', day_start_min = 240";
    sqlx::query(statement).execute(&mut conn).await.unwrap();
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for (moment, times) in [("2027-05-01T02:00:00Z", 2), ("2027-05-01T19:59:00Z", 1), ("2027-05-03T02:00:00Z", 3)] {
        shop.forward(at(moment) - shop.now_s() * 1000);
        for step in 0..times {
            shop.redeem(&id(), &shop.code(0, step), 1).await.expect(201);
        }
    }
    let days = shop.get("/reports/days?from=2027-05-01&to=2027-05-03").await.expect(200);
    assert_eq!((&days["from"], &days["to"]), (&json!("2027-05-01"), &json!("2027-05-03")));
    assert_eq!(held(&days["opening"])["wash"], (100, 0));
    let [first, second] = &days["days"].as_array().unwrap()[..] else { panic!("{days}") };
    assert_eq!((&first["date"], &second["date"]), (&json!("2027-05-01"), &json!("2027-05-03")));
    assert_eq!((held(&first["closing"])["wash"], held(&second["closing"])["wash"]), ((97, 0), (94, 0)));
    assert_eq!(second["first_entry"].as_i64(), first["last_entry"].as_i64().map(|last| last + 1));

    for (day, opening) in [(first, 100), (second, 97)] {
        let report = shop.get(&format!("/reports/day?date={}", day["date"].as_str().unwrap())).await.expect(200);
        for field in ["date", "first_entry", "last_entry", "lines", "closing"] {
            assert_eq!(report[field], day[field], "{field}");
        }
        assert_eq!(held(&report["opening"])["wash"], (opening, 0));
        assert_adds_up(&report);
    }
    let hours = shop.get("/reports/day?date=2027-05-01").await.expect(200)["hours"].clone();
    let hours: Vec<i64> = hours.as_array().unwrap().iter().map(|hour| hour["hour"].as_i64().unwrap()).collect();
    assert_eq!(hours, [3, 10], "the hour before the next start of day belongs to this one");
    let between = shop.get("/reports/day?date=2027-05-02").await.expect(200);
    assert_eq!((&between["lines"], &between["opening"]), (&json!([]), &first["closing"]));
    let today = shop.get("/reports/day").await.expect(200);
    assert_eq!((&today["date"], &today["lines"]), (&second["date"], &second["lines"]));
    for (before, held_then) in [("1970-01-01", 0), ("2999-01-01", 94)] {
        let far = shop.get(&format!("/reports/day?date={before}")).await.expect(200);
        assert_eq!(held(&far["closing"]).get("wash").map_or(0, |held| held.0), held_then, "{before}");
    }
    shop.close().await;
}

#[tokio::test]
async fn a_figure_is_made_of_the_entries_that_are_shown_behind_it() {
    let shop = Shop::open().await;
    top_up(&shop, 0, "CNY", 10_000, 2_000).await;
    let redemption = id();
    shop.redeem(&redemption, &shop.code(0, 0), 3).await.expect(201);
    shop.redeem(&id(), &shop.code(1, 0), 2).await.expect(201);
    let undo = json!({ "id": id(), "amount": 1 });
    shop.post(&format!("/redemptions/{redemption}/reversals"), undo).await.expect(201);

    let x = shop.get("/reports/x").await.expect(200);
    for line in x["lines"].as_array().unwrap() {
        let text = |field: &str| line[field].as_str().unwrap();
        let of = line["of"].as_str().map(|of| format!("&of={of}")).unwrap_or_default();
        let query = format!("unit={}&kind={}&direction={}{of}", text("unit"), text("kind"), text("direction"));
        let behind = shop.get(&format!("/reports/entries?{query}")).await.expect(200);
        let behind = behind["entries"].as_array().unwrap();
        let sum = |part: &str| behind.iter().map(|entry| entry[part].as_i64().unwrap()).sum::<i64>().to_string();
        assert_eq!(json!(behind.len()), line["count"], "{query}");
        assert_eq!((sum("principal"), sum("bonus")), (text("principal").into(), text("bonus").into()), "{query}");
    }
    let numbers = |answer: Value| -> Vec<i64> {
        answer["entries"].as_array().unwrap().iter().map(|entry| entry["number"].as_i64().unwrap()).collect()
    };
    let hour = x["hours"][0]["hour"].as_i64().unwrap();
    for (query, expected) in [
        (String::new(), vec![9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ("unit=wash&kind=redemption".into(), vec![9, 8, 7]),
        ("kind=redemption&limit=2".into(), vec![9, 8]),
        ("kind=redemption&limit=2&before=8".into(), vec![7]),
        ("from=5&to=7".into(), vec![7, 6, 5]),
        ("at=0".into(), vec![4, 3, 2, 1]),
        ("by=0&from=9".into(), vec![9]),
        ("by=77".into(), vec![]),
        (format!("from=9&hour={hour}"), vec![9]),
        (format!("hour={}", (hour + 1) % 24), vec![]),
        ("from=9&to=1".into(), vec![]),
        ("before=-1".into(), vec![]),
    ] {
        let answer = shop.get(&format!("/reports/entries?{query}")).await.expect(200);
        assert_eq!(numbers(answer), expected, "{query}");
    }
    for wrong in
        ["unit=%20", "kind=theft", "hour=soon", "hour=999", "hour=24", "hour=-1", "by=-1", "at=-1", "direction=up"]
    {
        shop.get(&format!("/reports/entries?{wrong}")).await.expect_code(400, "malformed");
    }
    shop.close().await;
}

#[tokio::test]
async fn verify_finds_a_z_report_that_was_changed_by_force() {
    for (statement, finding) in [
        ("update z_report set at = at + 1 where number = 1", "the hash chain breaks here"),
        ("update z_report set totals = replace(totals, '\"20\"', '\"21\"')", "its totals are not those"),
        ("delete from z_report where number = 1", "does not begin where"),
        ("update z_report set entry_hash = zeroblob(32)", "another ledger"),
    ] {
        let mut shop = Shop::open().await;
        close_day(&shop).await;
        shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
        close_day(&shop).await;
        shop.stop().await;
        let mut conn = raw(&shop).await;
        assert!(sqlx::query(statement).execute(&mut conn).await.is_err(), "{statement}");
        sqlx::raw_sql("drop trigger z_report_update; drop trigger z_report_delete").execute(&mut conn).await.unwrap();
        sqlx::query(statement).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let report = verify::file(&shop.folder.path().join(DATABASE)).await.unwrap();
        assert!(report.wrong.iter().any(|wrong| wrong.contains(finding)), "{statement}: {:?}", report.wrong);
    }
}

#[tokio::test]
async fn a_practice_shops_reports_say_so() {
    let shop = Shop::open().await;
    let mut conn = raw(&shop).await;
    sqlx::query("update shop set practice = 1").execute(&mut conn).await.unwrap();
    let z = close_day(&shop).await;
    assert_eq!(z["practice"], true);
    for path in ["/reports/x", "/reports/liability", "/reports/days", "/reports/day"] {
        assert_eq!(shop.get(path).await.expect(200)["practice"], true, "{path}");
    }
    let phone = shop.customers[0].token.clone();
    shop.send(Method::GET, "/api/v1/reports/x", Some(&phone), None).await.expect_code(401, "token_invalid");
    shop.close().await;
}

#[tokio::test]
async fn a_cashier_looks_and_a_manager_closes() {
    let shop = Shop::open().await;
    let owner = json!({ "name": "Wang", "role": "owner", "pin": "2468" });
    let owner = shop.post("/operators", owner).await.expect(201)["id"].clone();
    shop.post("/sessions", json!({ "operator": owner, "pin": "2468" })).await.expect(201);
    let cashier = json!({ "name": "Li", "role": "cashier", "pin": "1357", "operator": owner });
    let cashier = shop.post("/operators", cashier).await.expect(201)["id"].clone();
    shop.get("/reports/x").await.expect_code(403, "forbidden");
    shop.get(&format!("/reports/x?operator={cashier}")).await.expect_code(403, "forbidden");
    shop.post("/sessions", json!({ "operator": cashier, "pin": "1357" })).await.expect(201);
    shop.get(&format!("/reports/x?operator={cashier}")).await.expect(200);
    let mut close = json!({ "id": id(), "operator": cashier });
    shop.post("/reports/z", close.clone()).await.expect_code(403, "approval_required");
    close["approval"] = json!({ "operator": owner, "pin": "2468" });
    let z = shop.post("/reports/z", close).await.expect(201);
    assert_eq!((&z["operator"], &z["approver"]), (&cashier, &owner));
    let closed = z["id"].as_str().unwrap();
    let reports = ["/reports/z", "/reports/liability", "/reports/days", "/reports/day", "/reports/entries"];
    let exports = ["/entries", "/exports/customers", "/exports/shop"];
    let closed = [format!("/reports/z/{closed}")];
    for path in reports.into_iter().chain(exports).map(str::to_owned).chain(closed) {
        shop.get(&format!("{path}?operator={cashier}")).await.expect_code(403, "approval_required");
        shop.get(&format!("{path}?operator={owner}")).await.expect(200);
    }
    let import = format!("/imports?id={}&operator=", id());
    let file = "name,wash\nZhou,3\n";
    shop.upload(&format!("{import}{cashier}"), &shop.token, file).await.expect_code(403, "approval_required");
    shop.upload(&format!("{import}{owner}"), &shop.token, file).await.expect(201);
    shop.close().await;
}
