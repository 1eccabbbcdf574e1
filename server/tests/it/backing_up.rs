//! Backups: made beside a running server, verified, restored; and what is no backup.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tillbeam_server::backup::seal::Passphrase;
use tillbeam_server::backup::{self, Error, Holds, restore, schedule};
use tillbeam_server::data::{DATABASE, Data, DataError};

use crate::shop::{START_MS, Shop, id};

fn order(shop: &Shop, file: &Path, passphrase: Option<&str>) -> backup::Order {
    let passphrase = passphrase.and_then(Passphrase::new);
    backup::Order { data: shop.folder.path().into(), file: file.into(), passphrase, now: START_MS }
}

fn back(data: &Path, file: &Path, replace: bool) -> restore::Order {
    restore::Order { data: data.into(), file: file.into(), passphrase: None, replace, now: START_MS }
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_beside_a_running_server_is_verified_and_says_what_it_holds() {
    let shop = Shop::open().await;
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("shop.backup");
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let before = names(shop.folder.path());
    let holds = backup::make(&order(&shop, &file, None)).await.unwrap();
    assert_eq!(holds.to_string(), "1 shop, 5 entries, the last of 2026-11-22T18:40:00.000Z");
    // Later entries are not in it.
    shop.redeem(&id(), &shop.code(0, 1), 1).await.expect(201);
    let (report, again) = backup::inspect(&file, None, out.path()).await.unwrap();
    assert_eq!((report.wrong, report.entries, &again), (vec![], 5, &holds));
    assert_eq!(names(out.path()), ["shop.backup"]);
    let after: Vec<String> = names(shop.folder.path()).into_iter().filter(|name| name != "backup.lock").collect();
    assert_eq!(after, before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    shop.close().await;
}

#[tokio::test]
async fn after_a_restore_a_used_code_is_refused_and_phones_and_terminals_go_on() {
    let mut shop = Shop::open().await;
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("shop.backup");
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    let old: Holds = backup::make(&order(&shop, &file, None)).await.unwrap();
    let used = shop.code(0, 1);
    shop.forward(5_000);
    let lost = id();
    let taken = shop.redeem(&lost, &used, 1).await.expect(201);
    assert_eq!((&taken["balance"], &taken["seq"]), (&json!(8), &json!(2)));
    shop.stop().await;

    shop.forward(5_000);
    let now = shop.now_s() * 1000;
    let order = restore::Order { now, ..back(shop.folder.path(), &file, true) };
    let restored = restore::restore(&order).await.unwrap();
    assert_ne!(restored.holds.epoch, old.epoch);
    let aside = restored.aside.unwrap();
    let kept = tillbeam_server::verify::file(&aside.join(DATABASE)).await.unwrap();
    assert_eq!((kept.wrong, kept.entries), (vec![], 6));

    shop.restart().await;
    // The terminal asks after what it had sent: the restored books do not know it.
    shop.get(&format!("/redemptions/{lost}")).await.expect_code(404, "not_found");
    let refused = shop.redeem(&id(), &used, 1).await.expect_code(410, "code_expired");
    assert_eq!(refused["clock_difference_s"], -5);
    assert_eq!(shop.balance(0, "wash").await, 9);
    let again = shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    // The refusal before it was told too.
    assert_eq!((&again["balance"], &again["seq"]), (&json!(8), &json!(3)));
    let reset = shop.phone(0, &format!("/me/events?after=2&epoch={}", old.epoch)).await;
    assert_eq!((&reset["reset"], &reset["epoch"]), (&json!(true), &json!(restored.holds.epoch)));
    shop.close().await;
}

#[tokio::test]
async fn a_restore_opens_nothing_that_was_used_or_closed_since() {
    let mut shop = Shop::open().await;
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("shop.backup");
    let (lost, _) = Shop::stock(shop.folder.path(), "Lotus", 0, 0).await;
    let (lost_id, lost) = (&lost["terminal"]["id"], lost["terminal"]["token"].as_str().unwrap());
    backup::make(&order(&shop, &file, None)).await.unwrap();
    // A phone whose clock is fast, another whose customer is frozen, and a till that is stolen.
    let ahead = shop.code(0, 12);
    shop.redeem(&id(), &ahead, 1).await.expect(201);
    let frozen = shop.customers[1].customer_id;
    assert_eq!(shop.post(&format!("/customers/{frozen}/freeze"), json!({})).await.status, 204);
    shop.post(&format!("/terminals/{lost_id}/revoke"), json!({})).await.expect(200);
    let get = async |shop: &Shop, token| shop.send(reqwest::Method::GET, "/api/v1/shop", Some(token), None).await;
    get(&shop, lost).await.expect_code(401, "token_invalid");
    shop.stop().await;

    shop.forward(5_000);
    let now = shop.now_s() * 1000;
    let order = restore::Order { now, ..back(shop.folder.path(), &file, true) };
    assert!(!restore::restore(&order).await.unwrap().unread);
    shop.restart().await;
    shop.redeem(&id(), &ahead, 1).await.expect_code(410, "code_expired");
    shop.redeem(&id(), &shop.code(0, 12), 1).await.expect(201);
    shop.redeem(&id(), &shop.code(1, 0), 1).await.expect_code(403, "frozen");
    get(&shop, lost).await.expect_code(401, "token_invalid");

    // Books that cannot be read may have taken every code that was fresh.
    shop.stop().await;
    fs::write(shop.folder.path().join(DATABASE), b"not a database any more, and long enough to be looked at").unwrap();
    let order = restore::Order { now, ..back(shop.folder.path(), &file, true) };
    assert!(restore::restore(&order).await.unwrap().unread);
    shop.restart().await;
    shop.redeem(&id(), &shop.code(0, 12), 1).await.expect_code(410, "code_expired");
    shop.forward(70_000);
    shop.redeem(&id(), &shop.code(0, 0), 1).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn a_restore_keeps_its_hands_off_books_that_it_was_not_told_to_replace() {
    let mut shop = Shop::open().await;
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("shop.backup");
    backup::make(&order(&shop, &file, None)).await.unwrap();
    let data = shop.folder.path().to_owned();
    let running = restore::restore(&back(&data, &file, true)).await.unwrap_err();
    assert!(matches!(running, Error::Data(DataError::Locked { .. })), "{running}");
    shop.stop().await;
    let occupied = restore::restore(&back(&data, &file, false)).await.unwrap_err();
    assert!(matches!(occupied, Error::Occupied { .. }), "{occupied}");
    let fresh = out.path().join("fresh");
    let restored = restore::restore(&back(&fresh, &file, false)).await.unwrap();
    assert!(restored.aside.is_none());
    let data = Data::open(&fresh).await.unwrap();
    assert_eq!(data.master.current(), 2);
    data.store.close().await;
    shop.close().await;
}

#[tokio::test]
async fn a_backup_never_covers_a_file_that_is_none() {
    let shop = Shop::open().await;
    let file = shop.folder.path().join(DATABASE);
    let error = backup::make(&order(&shop, &file, None)).await.unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    let nowhere = shop.folder.path().join("no/such/place");
    let error = backup::make(&order(&shop, &nowhere, None)).await.unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
    shop.close().await;
}

#[tokio::test]
async fn what_is_no_whole_backup_is_said_and_leaves_nothing() {
    let shop = Shop::open().await;
    let out = tempfile::tempdir().unwrap();
    let (plain, sealed) = (out.path().join("plain"), out.path().join("sealed"));
    backup::make(&order(&shop, &plain, None)).await.unwrap();
    backup::make(&order(&shop, &sealed, Some("lotus 洗车"))).await.unwrap();
    let (plain, sealed) = (fs::read(plain).unwrap(), fs::read(sealed).unwrap());
    assert!(!sealed.windows(8).any(|bytes| bytes == b"tillbeam"), "a sealed backup shows nothing");
    let changed = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let cases: [(&str, Vec<u8>, Option<&str>, &str); 11] = [
        ("sealed, right", sealed.clone(), Some("lotus 洗车\n"), ""),
        ("sealed, wrong", sealed.clone(), Some("Lotus"), "not the passphrase"),
        ("sealed, none", sealed.clone(), None, "needs its passphrase"),
        ("sealed, changed", changed(&sealed, sealed.len() / 2), Some("lotus 洗车"), "damaged"),
        ("plain, changed", changed(&plain, plain.len() / 2), None, "damaged"),
        ("plain, cut", plain[..plain.len() - 1].to_vec(), None, "cut short"),
        ("plain, half", plain[..plain.len() / 2].to_vec(), None, "cut short"),
        ("plain, head alone", plain[..30].to_vec(), None, "cut short"),
        ("empty", vec![], None, "no backup"),
        ("other", b"SQLite format 3\0".to_vec(), None, "no backup"),
        ("newer", b"TILLBEAM BACKUP 2 plain\nx".to_vec(), None, "newer"),
    ];
    for (name, bytes, passphrase, said) in cases {
        let (file, data) = (out.path().join("case"), out.path().join("data"));
        fs::write(&file, bytes).unwrap();
        let passphrase = passphrase.and_then(Passphrase::new);
        let result = restore::restore(&restore::Order { passphrase, ..back(&data, &file, false) }).await;
        match result {
            Ok(_) => assert_eq!(said, "", "{name}"),
            Err(error) => {
                assert!(!said.is_empty() && error.to_string().contains(said), "{name}: {error}");
                assert_eq!(names(&data), ["lock"], "{name}");
            }
        }
        fs::remove_dir_all(&data).unwrap();
    }
    shop.close().await;
}

/// The program with a data directory.
struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    fn with(customers: &str) -> Self {
        let program = Self { folder: tempfile::tempdir().unwrap() };
        let order = ["provision", "--shop", "Lotus", "--unit", "wash", "--balance", "10", "--customers", customers];
        program.expect(&order, "data");
        program
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str], data: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tillbeam-server"));
        command.args(args).env("TILLBEAM_DATA", self.path(data)).current_dir(self.folder.path());
        command
    }

    fn run(&self, args: &[&str], data: &str) -> Output {
        self.command(args, data).output().unwrap()
    }

    /// What it printed; it has to succeed.
    #[track_caller]
    fn expect(&self, args: &[&str], data: &str) -> String {
        let output = self.run(args, data);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts it, and kills it as soon as `at` is there; whether it was killed before its end.
    fn kill_at(&self, args: &[&str], data: &str, at: impl Fn() -> bool) -> bool {
        let mut child: Child = self.command(args, data).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !at() {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::yield_now();
        }
        let killed = child.kill().is_ok();
        child.wait().unwrap();
        killed
    }

    fn has(&self, folder: &str, prefix: &str) -> bool {
        fs::read_dir(self.path(folder))
            .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with(prefix)))
    }
}

#[test]
fn the_commands_back_up_verify_and_restore() {
    let program = Program::with("3");
    fs::write(program.path("word"), "lotus\n").unwrap();
    let sealed = ["--passphrase-file", "word"];
    let made = program.expect(&[&["backup", "shop.backup"], sealed.as_slice()].concat(), "data");
    assert!(made.contains("1 shop, 3 entries") && made.contains("verified, sealed"), "{made}");
    let verified = program.expect(&[&["verify", "shop.backup"], sealed.as_slice()].concat(), "nothing here");
    assert!(verified.contains("the books hold: 3 entries"), "{verified}");
    let refused = program.run(&["verify", "shop.backup"], "data");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--passphrase-file"));

    let mut by_environment = program.command(&["restore", "shop.backup"], "other");
    let restored = by_environment.env("TILLBEAM_PASSPHRASE", "lotus").output().unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert!(program.expect(&["verify"], "other").contains("3 entries"));
    let occupied = program.run(&[&["restore", "shop.backup"], sealed.as_slice()].concat(), "other");
    assert!(!occupied.status.success() && String::from_utf8_lossy(&occupied.stderr).contains("--replace"));
    let replaced = program.expect(&[&["restore", "--replace", "shop.backup"], sealed.as_slice()].concat(), "other");
    assert!(replaced.contains("before-restore-"), "{replaced}");
}

#[test]
fn a_backup_that_is_killed_leaves_the_old_file_and_the_next_one_sweeps() {
    let program = Program::with("2000");
    program.expect(&["backup", "shop.backup"], "data");
    let old = fs::read(program.path("shop.backup")).unwrap();
    program.expect(&["provision", "--shop", "Lotus", "--unit", "wash", "--balance", "1", "--customers", "1"], "data");
    let order = ["backup", "shop.backup"];
    let stages: [&dyn Fn() -> bool; 3] =
        [&|| program.has("data", ".backup-"), &|| program.path("shop.backup.new").exists(), &|| {
            fs::metadata(program.path("shop.backup.new")).is_ok_and(|new| new.len() > old.len() as u64 / 2)
        }];
    for at in stages {
        assert!(program.kill_at(&order, "data", at));
        assert_eq!(fs::read(program.path("shop.backup")).unwrap(), old);
        let _ = fs::remove_file(program.path("shop.backup.new"));
    }
    program.expect(&order, "data");
    assert!(program.expect(&["verify", "shop.backup"], "data").contains("2001 entries"));
    assert!(!program.has("data", ".backup-") && !program.path("shop.backup.new").exists());
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_books_or_the_new_ones() {
    let program = Program::with("2000");
    program.expect(&["backup", "shop.backup"], "data");
    program.expect(&["provision", "--shop", "Lotus", "--unit", "wash", "--balance", "1", "--customers", "1"], "data");
    let order = ["restore", "--replace", "shop.backup"];
    let stages: [&dyn Fn() -> bool; 4] = [
        &|| program.has("data", ".restoring-"),
        &|| program.has("data", ".restored-"),
        &|| program.has("data", "before-restore-"),
        &|| program.has("data", ".moving-in-"),
    ];
    let mut entries = "2001 entries";
    for at in stages {
        let killed = program.kill_at(&order, "data", at);
        // Taking the directory is what brings a decided restore to its end.
        drop(Data::lock(&program.path("data")).unwrap());
        if !killed || program.has("data", "before-restore-") {
            entries = "2000 entries";
        }
        let said = program.expect(&["verify"], "data");
        assert!(said.contains(entries), "{said}");
    }
    program.expect(&order, "data");
    assert!(!program.has("data", ".re") && !program.has("data", ".moving"));
}

/// The server with backups by the clock; asked again and again until they stand as wanted.
struct Scheduled {
    shop: Shop,
    dir: tempfile::TempDir,
}

impl Scheduled {
    async fn open(passphrase: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let passphrase_file = passphrase.map(|text| {
            fs::write(dir.path().join("word"), text).unwrap();
            dir.path().join("word")
        });
        let every = std::time::Duration::from_hours(24);
        let plan = schedule::Plan { dir: dir.path().join("backups"), every, keep: 2, passphrase_file };
        let mut shop = Shop::open().await;
        shop.restart_with_backups(plan).await;
        Self { shop, dir }
    }

    fn files(&self) -> Vec<String> {
        fs::read_dir(self.dir.path().join("backups"))
            .map_or_else(|_| Vec::new(), |_| names(&self.dir.path().join("backups")))
    }

    async fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let state = self.shop.get("/backups").await.expect(200)["backups"].clone();
            if wanted(&state) {
                return state;
            }
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn backups_are_made_by_the_clock_and_the_newest_are_kept() {
    let scheduled = Scheduled::open(None).await;
    let state = scheduled.until(|_| true).await;
    assert_eq!((&state["last"], &state["keep"], &state["sealed"]), (&Value::Null, &json!(2), &json!(false)));
    assert_eq!(state["next_at"], "2026-11-22T18:40:30.000Z");
    let mut seen = Value::Null;
    for _ in 0..3 {
        scheduled.shop.forward(24 * 3_600_000);
        let state = scheduled.until(|state| state["last"] != seen && state["running"] == false).await;
        seen = state["last"].clone();
        assert!(state["failed"].is_null(), "{state}");
    }
    assert_eq!(scheduled.files(), ["tillbeam-20261124T184000000Z.backup", "tillbeam-20261125T184000000Z.backup"]);
    scheduled.shop.close().await;
}

#[tokio::test]
async fn an_owner_makes_a_sealed_backup_now_and_a_failure_is_shown_until_one_is_made() {
    let scheduled = Scheduled::open(Some("lotus")).await;
    let blocked = scheduled.dir.path().join("backups");
    fs::write(&blocked, "in the way").unwrap();
    scheduled.shop.post("/backups", json!({})).await.expect(202);
    let state = scheduled.until(|state| !state["failed"].is_null()).await;
    assert!(state["failed"]["why"].as_str().unwrap().contains("cannot be written"), "{state}");
    fs::remove_file(&blocked).unwrap();
    scheduled.shop.post("/backups", json!({})).await.expect(202);
    let state = scheduled.until(|state| !state["last"].is_null()).await;
    assert_eq!((&state["failed"], &state["sealed"]), (&Value::Null, &json!(true)));
    let file = blocked.join(state["last"]["file"].as_str().unwrap());
    let word = Passphrase::new("lotus");
    let (report, _) = backup::inspect(&file, word.as_ref(), scheduled.dir.path()).await.unwrap();
    assert_eq!(report.wrong, Vec::<String>::new());
    scheduled.shop.close().await;
}

#[tokio::test]
async fn where_backups_lie_is_shown_to_the_only_shop_of_a_server() {
    let scheduled = Scheduled::open(None).await;
    assert!(scheduled.until(|_| true).await["dir"].is_string());
    Shop::stock(scheduled.shop.folder.path(), "Other", 1, 5).await;
    assert!(scheduled.until(|_| true).await["dir"].is_null());
    scheduled.shop.close().await;
}

#[tokio::test]
async fn without_a_directory_for_them_there_are_no_backups_to_see() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/backups").await.expect(200), json!({ "backups": null }));
    shop.post("/backups", json!({})).await.expect_code(404, "not_found");
    shop.close().await;
}

#[tokio::test]
async fn a_forgotten_pin_is_set_anew_on_the_machine_and_stands_in_the_record() {
    let shop = Shop::open().await;
    let reset = |args: &[&str], pin: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tillbeam-server"));
        command.arg("reset-owner").args(args).env("TILLBEAM_DATA", shop.folder.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(pin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let expect = |args: &[&str], pin: &str, done: bool, said: &str| {
        let (success, text) = reset(args, pin);
        assert!(success == done && text.contains(said), "{args:?}: {text}");
    };
    expect(&["--shop", "Lotus"], "24", false, "4 to 12 digits");
    expect(&["--shop", "Nowhere"], "2468", false, "no shop called Nowhere");
    expect(&["--shop", "Lotus"], "2468\n", true, "Owner is a new owner");
    let owner = shop.get("/operators").await.expect(200)["operators"][0]["id"].clone();
    shop.post("/sessions", json!({ "operator": owner, "pin": "2468" })).await.expect(201);
    expect(&["--shop", "Lotus"], "1357\n", true, "signed out everywhere");
    // The session ended, the old PIN is wrong, the new one is right.
    let path = format!("/backups?operator={owner}");
    shop.get(&path).await.expect_code(403, "forbidden");
    shop.post("/sessions", json!({ "operator": owner, "pin": "2468" })).await.expect_code(403, "pin_wrong");
    shop.post("/sessions", json!({ "operator": owner, "pin": "1357" })).await.expect(201);
    shop.get(&path).await.expect(200);
    let acts = shop.get(&format!("/audit?operator={owner}")).await.expect(200)["acts"].clone();
    let resets = acts.as_array().unwrap().iter().filter(|act| act["act"] == "owner_reset").count();
    assert_eq!(resets, 2);
    expect(&["--shop", "Lotus", "--operator", "Second"], "1111", true, "Second is a new owner");
    expect(&["--shop", "Lotus"], "1111", false, "Owner, Second");
    shop.close().await;
}
