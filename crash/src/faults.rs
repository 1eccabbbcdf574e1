//! What can happen to a machine while the server runs: a full disk, one that can only be read, a locked database, a clock that is set.
//!
//! Each fault is made, seen to be answered as documented, and taken away; the same requests are then repeated
//! without a restart, and at the end the books hold.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::process::Command;
use tokio::time::sleep;
use uuid::Uuid;

use crate::cut::Disk;
use crate::request::Answer;
use crate::server::{self, Server};
use crate::shop::{OPENING, Shop};

/// Customers of each fault's shop.
const CUSTOMERS: usize = 30;
/// The longest that an answer may take: the server waits 5 s for a lock.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest until the server is well again.
const RECOVERY: Duration = Duration::from_secs(15);
/// The small disk, in bytes.
const SMALL_DISK: u64 = 4 << 20;
/// The other process holds its lock for longer than the server's own patience of 5 s.
const LOCKED: Duration = Duration::from_secs(7);
const HOUR_S: i64 = 3600;

/// Makes every fault.
pub async fn run(binary: &Path) -> anyhow::Result<()> {
    say("full disk");
    full_disk(binary).await.context("full disk")?;
    say("a disk that can only be read");
    read_only(binary).await.context("a disk that can only be read")?;
    say("locked database");
    locked(binary).await.context("locked database")?;
    say("a clock that is set by an hour");
    clock(binary).await.context("a clock that is set")?;
    say("a data directory of somebody else");
    foreign(binary).await.context("a data directory of somebody else")
}

#[expect(clippy::print_stdout, reason = "this program talks to the person who typed it")]
fn say(text: &str) {
    println!("fault: {text}");
}

/// A shop on a running server, and one till of it.
struct Till {
    shop: Shop,
    server: Server,
    data: PathBuf,
    client: reqwest::Client,
    /// What was taken, by customer.
    taken: Vec<i64>,
}

impl Till {
    async fn open(binary: &Path, data: &Path, command: Command) -> anyhow::Result<Self> {
        let shop = Shop::provision(binary, data, CUSTOMERS, None).await?;
        let server = Server::start_with(command, data).await?;
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { shop, server, data: data.to_owned(), client, taken: vec![0; CUSTOMERS] })
    }

    async fn post(&self, body: &Value) -> anyhow::Result<Answer> {
        let url = format!("{}/api/v1/redemptions", self.server.url);
        let response = self.client.post(url).bearer_auth(&self.shop.tills[0]).json(body).send().await?;
        let (status, after) = (response.status().as_u16(), response.headers().contains_key("retry-after"));
        ensure!(status != 503 || after, "503 without Retry-After");
        Ok(Answer { status, body: response.json().await? })
    }

    /// What is written without the writer's queue is refused in the same way.
    async fn post_customer(&self) -> anyhow::Result<u16> {
        let url = format!("{}/api/v1/customers", self.server.url);
        let body = json!({ "id": Uuid::now_v7(), "name": "Li" });
        let response = self.client.post(url).bearer_auth(&self.shop.tills[0]).json(&body).send().await?;
        let (status, after) = (response.status().as_u16(), response.headers().contains_key("retry-after"));
        ensure!(status != 503 || after, "503 without Retry-After");
        Ok(status)
    }

    /// The next redemption of a customer.
    fn next(&self, customer: usize) -> anyhow::Result<Value> {
        let code = self.shop.customers[customer].code().context("a code that holds")?;
        Ok(json!({ "id": Uuid::now_v7(), "code": code, "amount": 1 }))
    }

    /// Repeats a request until it is recorded; it is then counted.
    async fn insist(&mut self, customer: usize, body: &Value) -> anyhow::Result<()> {
        let deadline = Instant::now() + RECOVERY;
        loop {
            let answer = self.post(body).await?;
            match answer.status {
                200 | 201 => break,
                503 if Instant::now() < deadline => sleep(Duration::from_millis(200)).await,
                _ => bail!("the server did not recover: {} {}", answer.status, answer.body),
            }
        }
        self.taken[customer] += 1;
        Ok(())
    }

    async fn balance(&self, customer: usize) -> anyhow::Result<i64> {
        let url = format!("{}/api/v1/me", self.server.url);
        let response = self.client.get(url).bearer_auth(&self.shop.customers[customer].token).send().await?;
        ensure!(response.status() == 200, "a phone was answered {}", response.status());
        let me: Value = response.json().await?;
        let accounts = me["accounts"].as_array().context("accounts")?;
        let account = accounts.iter().find(|account| account["unit"] == "wash").context("an account")?;
        account["balance"].as_i64().context("a balance")
    }

    /// Every customer holds what the answers say, and the books hold.
    async fn close(self, binary: &Path) -> anyhow::Result<()> {
        for (customer, taken) in self.taken.iter().enumerate() {
            let holds = self.balance(customer).await?;
            ensure!(holds == OPENING - taken, "customer {customer} holds {holds} after {taken} redemptions");
        }
        self.server.stop().await?;
        server::run(binary, &["verify"], &self.data, None).await?;
        Ok(())
    }
}

/// Writing ends when the disk is full: `busy`, reading goes on, and with room again it goes on by itself.
async fn full_disk(binary: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(disk) = Mount::small(&folder.path().join("disk")).await? else {
        say("no small disk could be mounted here (that takes root): left out");
        return Ok(());
    };
    let mut till = Till::open(binary, &disk.0.join("data"), Command::new(binary)).await?;
    let first = till.next(0)?;
    till.insist(0, &first).await?;
    let filler = disk.0.join("filler");
    fill(&filler)?;
    let mut refused = Vec::new();
    for round in 0..200 {
        let customer = round % CUSTOMERS;
        let body = till.next(customer)?;
        match till.post(&body).await?.status {
            201 => till.taken[customer] += 1,
            503 => refused.push((customer, body)),
            status => bail!("on a full disk a redemption was answered {status}"),
        }
        if refused.len() == 10 {
            break;
        }
    }
    ensure!(refused.len() == 10, "the disk did not get full");
    let status = till.post_customer().await?;
    ensure!(status == 503, "on a full disk a new customer was answered {status}");
    till.balance(1).await.context("reading on a full disk")?;
    fs::remove_file(&filler)?;
    for (customer, body) in &refused {
        till.insist(*customer, body).await?;
    }
    let status = till.post_customer().await?;
    ensure!(status == 201, "with room again a new customer was answered {status}");
    till.close(binary).await
}

/// The disk can only be read for a while, as a file system is after a fault: `busy`, reading goes on, and with writing
/// allowed again it goes on by itself.
async fn read_only(binary: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    fs::create_dir(&data)?;
    let disk = Disk::of(&data)?;
    let mut serve = Command::new(binary);
    disk.preload(&mut serve)?;
    let mut till = Till::open(binary, &data, serve).await?;
    let first = till.next(0)?;
    till.insist(0, &first).await?;

    disk.set_read_only(true)?;
    let mut refused = Vec::new();
    for customer in 1..6 {
        let body = till.next(customer)?;
        let status = till.post(&body).await?.status;
        ensure!(status == 503, "on a disk that can only be read a redemption was answered {status}");
        let status = till.post_customer().await?;
        ensure!(status == 503, "on a disk that can only be read a new customer was answered {status}");
        till.balance(customer).await.context("reading")?;
        refused.push((customer, body));
    }
    disk.set_read_only(false)?;
    for (customer, body) in &refused {
        till.insist(*customer, body).await?;
    }
    let status = till.post_customer().await?;
    ensure!(status == 201, "with writing allowed again a new customer was answered {status}");
    till.close(binary).await
}

/// Writes until there is no room left.
fn fill(path: &Path) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut file = fs::File::create(path)?;
    for size in [1 << 16, 1 << 12, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
    Ok(())
}

/// A small file system of memory, unmounted when it goes out of scope.
struct Mount(PathBuf);

impl Mount {
    async fn small(at: &Path) -> anyhow::Result<Option<Self>> {
        fs::create_dir(at)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o"]).arg(format!("size={SMALL_DISK}")).arg("tmpfs").arg(at);
        let mounted = mount.output().await.is_ok_and(|output| output.status.success());
        Ok(mounted.then(|| Self(at.to_owned())))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Another process writes for longer than the server waits: `busy`, and the same requests hold afterwards.
async fn locked(binary: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut till = Till::open(binary, &folder.path().join("data"), Command::new(binary)).await?;
    let options = SqliteConnectOptions::new().filename(till.data.join("tillbeam.db"));
    let mut other = options.connect().await?;
    sqlx::query("begin immediate").execute(&mut other).await?;
    let since = Instant::now();
    let mut refused = Vec::new();
    for customer in 0..2 {
        let body = till.next(customer)?;
        let answer = till.post(&body).await?;
        // The first waits for its patience, the second for what is left of it.
        if since.elapsed() < LOCKED {
            ensure!(answer.status == 503, "while another process writes a redemption was answered {}", answer.status);
        }
        if since.elapsed() < LOCKED {
            let status = till.post_customer().await?;
            ensure!(matches!(status, 201 | 503), "while another process writes a customer was answered {status}");
        }
        refused.push((customer, body));
        till.balance(2).await.context("reading while another process writes")?;
        sleep(LOCKED.saturating_sub(since.elapsed())).await;
    }
    sqlx::query("rollback").execute(&mut other).await?;
    other.close().await?;
    for (customer, body) in &refused {
        till.insist(*customer, body).await?;
    }
    till.close(binary).await
}

/// The clock is set forward and back by an hour under a running server, by libfaketime.
async fn clock(binary: &Path) -> anyhow::Result<()> {
    let Some(library) = libfaketime() else {
        say("libfaketime is not installed: left out");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let shift = folder.path().join("shift");
    let set = |seconds: i64| fs::write(&shift, format!("{seconds:+}"));
    set(0)?;
    let mut command = Command::new(binary);
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &shift);
    // Only the clock on the wall is set; time that is measured goes on.
    command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    let mut till = Till::open(binary, &folder.path().join("data"), command).await?;
    let first = till.next(0)?;
    till.insist(0, &first).await?;

    set(HOUR_S)?;
    let old = till.post(&till.next(1)?).await?;
    ensure!(old.status == 410, "a code of an hour ago was answered {} {}", old.status, old.body);
    let difference = old.body["clock_difference_s"].as_i64().unwrap_or(0);
    ensure!((difference + HOUR_S).abs() < 120, "a clock difference of {difference} s");
    let ahead = till.shop.customers[2].code_at(HOUR_S);
    let ahead = json!({ "id": Uuid::now_v7(), "code": ahead, "amount": 1 });
    till.insist(2, &ahead).await?;

    set(0)?;
    let waiting = till.next(3)?;
    let answer = till.post(&waiting).await?;
    let wrong = answer.status == 503 && answer.body["code"] == "clock_wrong";
    ensure!(wrong, "an hour behind the books a code was answered {} {}", answer.status, answer.body);
    let known = till.post(&ahead).await?;
    ensure!(known.status == 200, "what is in the books was answered {}", known.status);

    // The clock is right again: as far as the books, and a little more.
    set(HOUR_S)?;
    let fresh = json!({ "id": Uuid::now_v7(), "code": till.shop.customers[4].code_at(HOUR_S), "amount": 1 });
    till.insist(4, &fresh).await?;
    let late = till.post(&waiting).await?;
    ensure!(late.status == 410, "the code that waited an hour was answered {} {}", late.status, late.body);
    till.close(binary).await
}

fn libfaketime() -> Option<PathBuf> {
    let places = ["x86_64-linux-gnu", "aarch64-linux-gnu"];
    let found = places.iter().map(|place| Path::new("/usr/lib").join(place).join("faketime/libfaketimeMT.so.1"));
    found.into_iter().find(|path| path.is_file())
}

/// A user who may not write there is told so, and nothing is changed.
async fn foreign(binary: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    Shop::provision(binary, &data, 1, None).await?;
    open_to_all(folder.path())?;
    open_to_all(&data)?;
    let is_root = Command::new("id").arg("-u").output().await.is_ok_and(|output| output.stdout == b"0\n");
    if !is_root {
        say("only root can be somebody else: left out");
        return Ok(());
    }
    let mut serve = Command::new("setpriv");
    serve.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]).arg(binary);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data).kill_on_drop(true);
    let output =
        tokio::time::timeout(PATIENCE, serve.output()).await.context("it serves on what it cannot write")??;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success(), "it ended as if all were well: {said}");
    ensure!(said.contains("cannot be written"), "it does not say what is wrong: {said}");
    server::run(binary, &["verify"], &data, None).await?;
    Ok(())
}

/// Others may look, and not write.
fn open_to_all(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}
