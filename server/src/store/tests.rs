//! One test for each query, on a database of its own.

use std::time::Instant;

use super::*;
use crate::code::{CredentialNumber, Kind};
use crate::id::{CustomerId, RequestId, ShopId};
use crate::ledger::OwnAccount;
use crate::store::past::Pasts;
use crate::store::phone::{Ack, Lamp};
use crate::store::raw::Raw;
use crate::store::shop::NewShop;
use crate::unit::Unit;

const NOW: i64 = 1_795_372_800_000;

struct Fixture {
    store: Store,
    shop: ShopId,
    _folder: tempfile::TempDir,
}

fn wash() -> Unit {
    Unit::parse("wash").unwrap()
}

fn credential(number: u64) -> CredentialNumber {
    CredentialNumber::new(number).unwrap()
}

async fn open() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("books.db"), true).await.unwrap();
    let mut write = store.begin_write().await.unwrap();
    let shop = new_shop(&mut write, "Lotus").await;
    write.commit().await.unwrap();
    Fixture { store, shop, _folder: folder }
}

async fn new_shop(conn: &mut Connection, name: &str) -> ShopId {
    let unit = wash();
    let new = NewShop {
        name,
        currency: "CNY",
        time_zone: "Asia/Shanghai",
        language: "zh",
        default_unit: &unit,
        cards: true,
        practice: false,
    };
    let shop = shop::create(conn, &new, NOW).await.unwrap();
    shop::add_unit(conn, shop, &unit, ["Wash", "洗车"]).await.unwrap();
    shop
}

impl Fixture {
    async fn customer(&self, conn: &mut Connection, name: &str) -> CustomerId {
        customer::create(conn, self.shop, (name, None), None, NOW).await.unwrap().customer_id
    }

    async fn phone(&self, conn: &mut Connection, customer: CustomerId, number: u64) -> CredentialNumber {
        let made = create_credential(conn, (self.shop, customer), credential(number), Kind::Phone).await;
        assert!(made);
        phone::set_token(conn, credential(number), &[u8::try_from(number).unwrap(); 32]).await.unwrap();
        credential(number)
    }
}

async fn create_credential(
    conn: &mut Connection,
    whose: (ShopId, CustomerId),
    number: CredentialNumber,
    kind: Kind,
) -> bool {
    let mut handle = conn.lock_handle().await.unwrap();
    phone::create_credential(&mut Raw::on(&mut handle), whose, number, kind, 1, NOW).unwrap()
}

#[tokio::test]
async fn the_epoch_is_drawn_once() {
    let fixture = open().await;
    let mut conn = fixture.store.read().await.unwrap();
    let epoch = shop::epoch(&mut conn).await.unwrap();
    shop::ensure_meta(&mut fixture.store.begin_write().await.unwrap()).await.unwrap();
    assert_eq!(shop::epoch(&mut conn).await.unwrap(), epoch);
}

#[tokio::test]
async fn a_shop_is_found_by_its_name_and_kind() {
    let fixture = open().await;
    let mut conn = fixture.store.read().await.unwrap();
    assert_eq!(shop::find(&mut conn, "Lotus", false).await.unwrap(), Some(fixture.shop));
    assert_eq!(shop::find(&mut conn, "Lotus", true).await.unwrap(), None);
    assert_eq!(shop::get(&mut conn, fixture.shop).await.unwrap().language, "zh");
}

#[tokio::test]
async fn a_unit_is_added_once_with_all_accounts_of_the_shop() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let money = Unit::parse("CNY").unwrap();
    shop::add_unit(&mut write, fixture.shop, &money, ["Yuan", "人民币"]).await.unwrap();
    shop::add_unit(&mut write, fixture.shop, &wash(), ["Other", "别的"]).await.unwrap();
    let units = shop::units(&mut write, fixture.shop).await.unwrap();
    let names: Vec<_> = units.iter().map(|row| (row.unit.as_str(), row.name_en.as_str())).collect();
    assert_eq!(names, [("wash", "Wash"), ("CNY", "Yuan")], "passes first, names as they were");
    for kind in OwnAccount::ALL {
        assert_eq!(batch::own_accounts(&mut write, fixture.shop, kind).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_terminals_token_holds_until_it_is_replaced_or_revoked() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let made = terminal::create(&mut write, fixture.shop, "till", &[1; 32], NOW).await.unwrap();
    let known = async |conn: &mut Connection, hash: [u8; 32]| {
        terminal::by_token(conn, &hash).await.unwrap().map(|row| row.terminal_id)
    };
    assert_eq!(known(&mut write, [1; 32]).await, Some(made));
    assert_eq!(terminal::replace(&mut write, fixture.shop, "till", &[2; 32], NOW).await.unwrap(), made);
    assert_eq!((known(&mut write, [1; 32]).await, known(&mut write, [2; 32]).await), (None, Some(made)));
    terminal::revoke(&mut write, made, NOW).await.unwrap();
    assert_eq!(known(&mut write, [2; 32]).await, None);
    assert_ne!(terminal::replace(&mut write, fixture.shop, "till", &[3; 32], NOW).await.unwrap(), made);
}

#[tokio::test]
async fn a_customer_is_made_once_by_a_request_and_found_by_part_of_the_name() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let (request, print) = (RequestId::from_bytes([7; 16]), [8; 16]);
    let (once, name) = (Some((request, print)), ("Li Wei 李伟 Élodie", Some("13800138000")));
    let first = customer::create(&mut write, fixture.shop, name, once, NOW).await.unwrap();
    customer::create(&mut write, fixture.shop, ("other", None), once, NOW).await.unwrap_err();
    let (again, kept) = customer::by_request(&mut write, fixture.shop, request).await.unwrap().unwrap();
    assert_eq!((first.customer_id, Some(print.to_vec())), (again.customer_id, kept));
    let until = Instant::now() + Duration::from_mins(1);
    for part in ["wei", "李", "", "élodie", "ÉLO"] {
        let found = customer::find(&mut write, fixture.shop, part, until).await.unwrap().unwrap();
        let [found] = &found[..] else { panic!("{part}: {found:?}") };
        assert_eq!((found.customer_id, found.phone.as_deref(), found.frozen), (first.customer_id, name.1, false));
    }
    assert!(customer::find(&mut write, fixture.shop, "%", until).await.unwrap().unwrap().is_empty());
    let other = new_shop(&mut write, "Other").await;
    assert!(customer::find(&mut write, other, "", until).await.unwrap().unwrap().is_empty());
    assert!(customer::get(&mut write, other, first.customer_id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_search_goes_through_every_customer_and_ends_in_time_with_what_it_found() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let mut ids = Vec::new();
    for n in 0..2500 {
        let name = if n % 1200 == 0 { "Wei" } else { "Li" };
        ids.push(customer::create(&mut write, fixture.shop, (name, None), None, NOW).await.unwrap().customer_id);
    }
    customer::erase(&mut write, ids[1200], NOW).await.unwrap();
    let (past, until) = (Instant::now(), Instant::now() + Duration::from_mins(1));
    let mut find = async |part: &str, until| {
        let found = customer::find(&mut write, fixture.shop, part, until).await.unwrap();
        found.map(|found| found.iter().map(|row| row.customer_id).collect::<Vec<_>>())
    };
    assert_eq!(find("wei", until).await, Some(vec![ids[2400], ids[0]]));
    assert_eq!(find("li", until).await.map(|found| found.len()), Some(20));
    assert_eq!(find("wei", past).await, Some(vec![ids[2400]]), "what was found by then");
    assert_eq!(find("nobody", past).await, None);
    assert_eq!(find("nobody", until).await, Some(vec![]));
}

#[tokio::test]
async fn books_that_were_made_read_only_are_busy_for_as_long() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    sqlx::query("pragma query_only = 1").execute(&mut *write).await.unwrap();
    let refused = customer::create(&mut write, fixture.shop, ("Li", None), None, NOW).await.unwrap_err();
    assert!(refused.may_pass(), "{refused}");
    sqlx::query("pragma query_only = 0").execute(&mut *write).await.unwrap();
    customer::create(&mut write, fixture.shop, ("Li", None), None, NOW).await.unwrap();
}

#[tokio::test]
async fn a_link_ends_with_its_time_and_remembers_who_used_it() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let who = fixture.customer(&mut write, "Li").await;
    let phone = fixture.phone(&mut write, who, 5).await;
    customer::invite(&mut write, fixture.shop, who, &[9; 32], NOW, NOW + 10).await.unwrap();
    assert!(customer::invited(&mut write, &[9; 32], NOW + 10).await.unwrap().unwrap().used.is_none());
    assert!(customer::invited(&mut write, &[9; 32], NOW + 11).await.unwrap().is_none());
    customer::use_invite(&mut write, &[9; 32], &[1; 16], phone).await.unwrap();
    let used = customer::invited(&mut write, &[9; 32], NOW).await.unwrap().unwrap().used;
    assert_eq!(used, Some((vec![1; 16], phone)));
    customer::invite(&mut write, fixture.shop, who, &[8; 32], NOW + 11, NOW + 20).await.unwrap();
    assert!(customer::invited(&mut write, &[9; 32], NOW).await.unwrap().is_none(), "ended links are swept");
}

#[tokio::test]
async fn a_credential_number_is_never_given_twice() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let who = fixture.customer(&mut write, "Li").await;
    fixture.phone(&mut write, who, 5).await;
    assert!(!create_credential(&mut write, (fixture.shop, who), credential(5), Kind::Card).await);
    assert_eq!(phone::generation(&mut write, credential(5)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_phones_token_holds_until_its_credential_is_revoked() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let who = fixture.customer(&mut write, "Li").await;
    let number = fixture.phone(&mut write, who, 5).await;
    let found = phone::by_token(&mut write, &[5; 32]).await.unwrap().unwrap();
    assert_eq!((found.credential, found.customer, found.shop_name.as_str()), (number, who, "Lotus"));
    assert!(phone::by_token(&mut write, &[6; 32]).await.unwrap().is_none());
    phone::revoke(&mut write, number, NOW).await.unwrap();
    assert!(phone::by_token(&mut write, &[5; 32]).await.unwrap().is_none());
    assert!(phone::newest(&mut write, fixture.shop).await.unwrap().is_none());
}

#[tokio::test]
async fn acks_only_rise() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let who = fixture.customer(&mut write, "Li").await;
    let number = fixture.phone(&mut write, who, 5).await;
    for (received, seen, expected) in [(3, 0, (3, 0)), (2, 1, (3, 1)), (0, 5, (5, 5)), (6, 2, (6, 5))] {
        let ack = Ack { credential: number, received, seen };
        batch::acks(&mut Raw::on(&mut write.lock_handle().await.unwrap()), &[ack]).unwrap();
        let row: (i64, i64) = sqlx::query_as("select received, seen from phone").fetch_one(&mut *write).await.unwrap();
        assert_eq!(row, expected);
    }
    assert!(phone::lamps_of_customer(&mut write, who, 0, 6).await.unwrap().is_empty());
    assert!(phone::lamps_of_shop(&mut write, fixture.shop).await.unwrap().is_empty());
    assert!(Lamp::Recorded < Lamp::Received && Lamp::Received < Lamp::Seen);
}

#[tokio::test]
async fn the_polling_cursor_is_kept_for_each_phone() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let who = fixture.customer(&mut write, "Li").await;
    let (first, second) = (fixture.phone(&mut write, who, 5).await, fixture.phone(&mut write, who, 6).await);
    phone::set_polled(&mut write, first, 3).await.unwrap();
    assert_eq!(phone::polled(&mut write, first).await.unwrap(), 3);
    assert_eq!(phone::polled(&mut write, second).await.unwrap(), 0);
}

#[tokio::test]
async fn a_new_shop_has_an_empty_ledger() {
    let fixture = open().await;
    let mut conn = fixture.store.read().await.unwrap();
    let head = batch::head(&mut conn, fixture.shop).await.unwrap();
    assert_eq!((head.number, head.hash, head.at), (0, [0; 32], 0));
    assert_eq!(entry::last_number(&mut conn, fixture.shop).await.unwrap(), 0);
    assert!(entry::entries(&mut conn, fixture.shop, 0).await.unwrap().is_empty());
    assert!(batch::next_account(&mut conn).await.unwrap() > 4);
    let id = RequestId::from_bytes([1; 16]);
    let mut pasts = Pasts::new();
    past::of(&mut Raw::on(&mut conn.lock_handle().await.unwrap()), fixture.shop, id, &mut pasts).unwrap();
    assert!(pasts[&(fixture.shop, id)].settled.is_none());
}

#[tokio::test]
async fn a_customer_without_anything_holds_nothing_and_was_told_nothing() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let who = fixture.customer(&mut write, "Li").await;
    let (held, seq) = customer::held(&mut write, who).await.unwrap();
    assert!(held.is_empty() && seq == 0);
    assert_eq!(customer::last_seq(&mut write, who).await.unwrap(), 0);
    assert!(told::events(&mut write, who, 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn products_are_kept_by_shop_in_their_order() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let other = new_shop(&mut write, "Other").await;
    let row = |name: &str, amount| {
        let name = name.to_owned();
        product::ProductRow { name_en: name.clone(), name_zh: name, unit: "wash".to_owned(), amount }
    };
    let products = [row("Two", 2), row("One", 1)];
    product::set(&mut write, fixture.shop, &products).await.unwrap();
    product::set(&mut write, other, &products[..1]).await.unwrap();
    assert_eq!(product::all(&mut write, fixture.shop).await.unwrap(), products);
    product::set(&mut write, fixture.shop, &[]).await.unwrap();
    assert!(product::all(&mut write, fixture.shop).await.unwrap().is_empty());
    assert_eq!(product::all(&mut write, other).await.unwrap(), products[..1]);
}

#[tokio::test]
async fn practice_is_none_of_the_real_shops() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    let other = new_shop(&mut write, "Other").await;
    sqlx::query("update shop set practice = 1 where shop_id = ?1").bind(other).execute(&mut *write).await.unwrap();
    assert_eq!(shop::real(&mut write).await.unwrap(), [(fixture.shop, "Lotus".to_owned())]);
}

#[tokio::test]
async fn after_a_disk_that_was_full_writing_goes_on() {
    let fixture = open().await;
    let mut write = fixture.store.begin_write().await.unwrap();
    // As full as a disk: no page more than there are.
    sqlx::query("pragma max_page_count = 1").execute(&mut *write).await.unwrap();
    let full = loop {
        let made = customer::create(&mut write, fixture.shop, (&"Li".repeat(90), None), None, NOW).await;
        if let Err(error) = made {
            break error;
        }
    };
    assert!(full.may_pass(), "{full}");
    drop(write);
    let mut write = fixture.store.begin_write().await.unwrap();
    fixture.customer(&mut write, "Li").await;
    write.commit().await.unwrap();
}
