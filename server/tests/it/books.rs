//! One commit for many, and books that cannot be changed behind their back.

use serde_json::json;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tillbeam_server::data::DATABASE;
use tillbeam_server::verify;

use crate::shop::{Shop, id};

async fn raw(shop: &Shop) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(shop.folder.path().join(DATABASE));
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[tokio::test]
async fn the_books_refuse_to_be_changed() {
    let mut shop = Shop::open().await;
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    shop.redeem(&id(), &shop.code(0, 1), 99).await.expect(402);
    shop.post(&format!("/redemptions/{}/cancel", id()), json!({})).await.expect(200);
    shop.stop().await;
    let mut conn = raw(&shop).await;
    for statement in [
        "update entry set principal = 2",
        "delete from entry",
        "update refusal set code = 'frozen'",
        "delete from refusal",
        "update cancellation set was = 'refused'",
        "delete from cancellation",
        "delete from account",
        "update account set unit = 'wax'",
        "update account set principal = -1 where kind = 'customer'",
    ] {
        assert!(sqlx::query(statement).execute(&mut conn).await.is_err(), "{statement}");
    }
    shop.verify().await;
}

#[tokio::test]
async fn verify_finds_what_somebody_changed_by_force() {
    for (statement, finding) in [
        ("update account set principal = principal + 1 where kind = 'customer'", "the account says"),
        ("update entry set at = at + 1 where number = 1", "hash chain"),
        ("delete from entry where number = 2", "comes after number"),
        ("update entry set hash = zeroblob(32) where number = 5", "hash chain"),
        ("update shop set last_number = 4", "its head says"),
        ("update entry set seq = 9 where seq is not null", "events"),
        (
            "update customer set request_id = (select max(request_id) from entry) where customer_id = 1",
            "of more than one",
        ),
    ] {
        let mut shop = Shop::open().await;
        shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
        shop.stop().await;
        let mut conn = raw(&shop).await;
        sqlx::query("pragma foreign_keys = off").execute(&mut conn).await.unwrap();
        for trigger in ["entry_update", "entry_delete"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("drop trigger {trigger}"))).execute(&mut conn).await.unwrap();
        }
        sqlx::query(statement).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let report = verify::file(&shop.folder.path().join(DATABASE)).await.unwrap();
        assert!(report.wrong.iter().any(|wrong| wrong.contains(finding)), "{statement}: {:?}", report.wrong);
    }
}
