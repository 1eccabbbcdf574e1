//! Which shop a till opens: one's own, the same again, practice; each with books and a journal of its own.

use std::path::Path;

use tillbeam::app::App;
use tillbeam::options::TillOptions;
use tillbeam::scan::Wanted;
use tillbeam::start::{Opening, Opens, Start, opening};
use tillbeam::wire::{Begin, Preset, Way};
use uuid::Uuid;

use crate::person;

pub(crate) fn options(folder: &Path) -> TillOptions {
    let pictures = folder.join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    TillOptions {
        data: Some(folder.join("data")),
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: None,
        authority: tillbeam_server::tls::acme::Authority::default(),
        public_url: None,
        source: Some(Wanted::Pictures { path: pictures, fps: 1.0 }),
        practice: false,
        text: true,
    }
}

fn own_shop() -> Opening {
    let answers = serde_json::json!({
        "kind": "new", "language": "zh", "name": "莲花", "currency": "CNY", "pass": "洗车", "money": true,
        "owner": { "name": "店主", "pin": "2468" }, "customer": "我的手机",
    });
    opening(serde_json::from_value::<Begin>(answers).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_of_ones_own_is_there_again_and_practice_stays_apart() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let made = App::open(&options, &own_shop()).await.unwrap();
    let Opens::Shop(shop) = made.opened else { panic!("practice was opened") };
    assert_eq!(made.practice_customer, None);
    let owner = u64::try_from(made.owner.unwrap().0).unwrap();
    made.desk.unlock(owner, &serde_json::from_value(serde_json::json!("2468")).unwrap()).await.unwrap();
    let nothing = Preset { unit: String::new(), amount: 0 };
    made.desk.new_customer(Uuid::now_v7(), &person("我的手机"), nothing).await.unwrap();
    made.close().await;
    drop(made);

    let again = App::open(&options, &Opening::Shop(shop)).await.unwrap();
    assert_eq!((again.opened, again.owner), (Opens::Shop(shop), None));
    let found = again.desk.find_customers("").await.unwrap();
    assert_eq!(found.iter().map(|customer| customer.name.as_str()).collect::<Vec<_>>(), ["我的手机"]);
    let twice = App::open(&options, &Opening::Shop(shop)).await.err().unwrap().to_string();
    assert!(twice.contains("another Tillbeam"), "{twice}");
    again.close().await;
    drop(again);

    let practice = App::open(&options, &Opening::Practice).await.unwrap();
    assert!(practice.practice_customer.is_some());
    let found = practice.desk.find_customers("").await.unwrap();
    assert!(found.iter().all(|customer| customer.name != "我的手机") && !found.is_empty());
    practice.close().await;

    let till = folder.path().join("data/till");
    assert!(till.join("shop-1").is_dir() && till.join("start.json").is_file());
    assert_eq!(Start::load(&till).opens, None, "what is opened at the next start is the window's to say");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_shop_is_refused_and_leaves_the_books_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let nobody = tillbeam_server::id::ShopId(99);
    let refused = App::open(&options, &Opening::Shop(nobody)).await.err().unwrap().to_string();
    assert!(refused.contains("start.json"), "{refused}");
    App::open(&options, &own_shop()).await.unwrap().close().await;
    let known = App::open(&options, &own_shop()).await.err().unwrap().to_string();
    assert!(known.contains("a shop of this name"), "{known}");
}

/// Whatever phones are shown, and whether it is there: the till itself goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_till_works_by_every_way_that_phones_may_come() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path());
    let made = App::open(&options, &own_shop()).await.unwrap();
    let Opens::Shop(shop) = made.opened else { panic!("practice was opened") };
    made.close().await;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let signed = rcgen::generate_simple_self_signed(vec!["pay.example.org".to_owned()]).unwrap();
    std::fs::write(path("cert.pem"), signed.cert.pem()).unwrap();
    std::fs::write(path("cert.key"), signed.signing_key.serialize_pem()).unwrap();
    let files = |cert: &str| Way::Files { cert: path(cert), key: path("cert.key") };
    let works = async |options: &TillOptions, way: Way, scheme: &str| {
        let till = folder.path().join("data/till");
        let phone_url = matches!(way, Way::Files { .. }).then(|| "https://pay.example.org".to_owned());
        Start { way: way.clone(), phone_url, ..Start::load(&till) }.save(&till).unwrap();
        let app = App::open(options, &Opening::Shop(shop)).await.unwrap();
        let at = app.phones_at.as_ref().unwrap().now.clone();
        assert!(at.starts_with(scheme), "{way:?}: {at}");
        assert!(app.desk.find_customers("").await.unwrap().is_empty(), "{way:?}");
        app.close().await;
    };
    works(&options, Way::OwnCa, "https://").await;
    works(&options, files("cert.pem"), "https://").await;
    works(&options, files("gone.pem"), "https://").await;
    works(&options, Way::Plain, "http://").await;
    // An authority that does not answer.
    options.tls = Some("acme:pay.example.org".parse().unwrap());
    options.authority.directory = Some("https://127.0.0.1:1/dir".to_owned());
    works(&options, Way::Plain, "https://pay.example.org").await;
}
