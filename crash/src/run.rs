//! A run: lives of a server, each ended by SIGKILL or by a power cut, and comparisons between them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::books::Model;
use crate::cut::{Disk, Loss};
use crate::phone::Phone;
use crate::plan::{Death, Plan};
use crate::request::{Answer, Asked, Call, Record};
use crate::server::{self, Server};
use crate::shop::Shop;

/// Requests under way at the same time.
const WORKERS: usize = 12;
/// Customers of the shop.
const CUSTOMERS: usize = 80;
/// Phones that listen by a socket of their own.
const PHONES: usize = 30;
/// Lives between two comparisons of everything.
const COMPARE_EVERY: usize = 25;
/// A request that is not answered by then is repeated.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pause after a call that was not answered.
const BREATH: Duration = Duration::from_millis(5);
/// A life ends by then at the latest.
const LIFE: Duration = Duration::from_secs(4);
/// The longest that phones may take to catch up.
const CATCH_UP: Duration = Duration::from_secs(20);
/// Differences that are printed.
const SHOWN: usize = 12;

/// What to run.
pub struct Order {
    /// Lives.
    pub lives: usize,
    /// Where everything follows from.
    pub seed: u64,
    /// Whether the power is cut, too; and whether syncs are forgotten.
    pub power: Option<bool>,
    /// The server's binary.
    pub binary: PathBuf,
}

/// A run under way.
pub struct Run {
    order: Order,
    folder: tempfile::TempDir,
    disk: Option<Disk>,
    shop: Arc<Shop>,
    asked: Arc<Asked>,
    plan: Arc<Mutex<Plan>>,
    phones: Vec<Phone>,
    address: watch::Sender<String>,
    client: reqwest::Client,
    in_danger: usize,
}

impl Run {
    /// Makes the shop.
    pub async fn new(order: Order) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        let mut disk = order.power.map(|_| Disk::of(&data)).transpose()?;
        let shop = Shop::provision(&order.binary, &data, CUSTOMERS, disk.as_ref()).await?;
        if let (Some(disk), Some(forgets)) = (&mut disk, order.power) {
            // What was provisioned is there after a cut, because its lines were printed after their commits.
            disk.cut(Loss::Everything, &mut crate::plan::Dice::new(order.seed))?;
            disk.forgets = forgets;
        }
        let (address, current) = watch::channel(String::new());
        let listen = |(at, customer): (usize, &crate::shop::Customer)| {
            Phone::listen(at, customer.token.clone(), current.clone())
        };
        let phones = shop.customers.iter().enumerate().take(PHONES).map(listen).collect();
        let plan = Arc::new(Mutex::new(Plan::new(order.seed)));
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let (shop, asked) = (Arc::new(shop), Arc::default());
        Ok(Self { order, folder, disk, shop, asked, plan, phones, address, client, in_danger: 0 })
    }

    /// Runs it; the differences, which are none if all is well.
    pub async fn run(mut self) -> anyhow::Result<Vec<String>> {
        let begun = Instant::now();
        for life in 1..=self.order.lives {
            self.live(life).await.with_context(|| format!("life {life}"))?;
            if life % COMPARE_EVERY == 0 || life == self.order.lives {
                let wrong = self.compare().await.with_context(|| format!("after life {life}"))?;
                if !wrong.is_empty() {
                    return Ok(wrong);
                }
                self.say(life, begun);
            }
        }
        Ok(Vec::new())
    }

    async fn start(&self) -> anyhow::Result<Server> {
        let server = Server::start(&self.order.binary, &self.folder.path().join("data"), self.disk.as_ref()).await?;
        self.address.send_replace(server.socket_url.clone());
        Ok(server)
    }

    /// One server, from its start to its death.
    async fn live(&mut self, life: usize) -> anyhow::Result<()> {
        let death = self.plan.lock().expect("nobody panics while holding it").death();
        let server = self.start().await?;
        let work = self.work(&server.url, false);
        let stop = work.stop.clone();
        let answers = work.answers.clone();
        let workers = tokio::spawn(work.run());
        wait_for(&answers, death).await;
        if death.asked {
            // The tills go on asking all the while.
            server.stop().await?;
            stop.store(true, Ordering::SeqCst);
        } else {
            stop.store(true, Ordering::SeqCst);
            server.kill().await?;
        }
        self.address.send_replace(String::new());
        workers.await??;
        if let Some(disk) = &self.disk {
            let mut dice = self.plan.lock().expect("nobody panics while holding it").dice();
            let loss = if life.is_multiple_of(2) { Loss::SomeSectors } else { Loss::Everything };
            self.in_danger += disk.cut(loss, &mut dice)?;
        }
        Ok(())
    }

    fn work(&self, url: &str, only_open: bool) -> Work {
        Work {
            url: format!("{url}/api/v1"),
            client: self.client.clone(),
            shop: self.shop.clone(),
            asked: self.asked.clone(),
            plan: (!only_open).then(|| self.plan.clone()),
            stop: Arc::default(),
            answers: Arc::default(),
        }
    }

    /// Repeats what is open, then holds the books against the model.
    async fn compare(&self) -> anyhow::Result<Vec<String>> {
        let server = self.start().await?;
        timeout(LIFE * 10, self.work(&server.url, true).run()).await.context("open requests did not end")??;
        let wrong = timeout(LIFE * 30, self.differences(&server)).await.context("the books were not read in time")?;
        self.address.send_replace(String::new());
        server.stop().await?;
        let verified = server::run(&self.order.binary, &["verify"], &self.folder.path().join("data"), None).await;
        let mut wrong = wrong?;
        wrong.extend(verified.err().map(|error| error.to_string()));
        wrong.truncate(SHOWN);
        Ok(wrong)
    }

    async fn differences(&self, server: &Server) -> anyhow::Result<Vec<String>> {
        let mut model = Model::default();
        for (at, customer) in self.shop.customers.iter().enumerate() {
            let events = self.events(&server.url, &customer.token).await?;
            let held = model.add(customer.id, &events);
            let me = self.get(&server.url, "me", &customer.token).await?.body;
            for (unit, held) in held {
                let accounts = me["accounts"].as_array().context("accounts")?;
                let account = accounts.iter().find(|account| account["unit"] == *unit).context("an account")?;
                if account["principal"] != held.principal || account["bonus"] != held.bonus {
                    model.wrong.push(format!("customer {}: holds {account}, by its events {held:?}", customer.id));
                }
            }
            if let Some(phone) = self.phones.iter().find(|phone| phone.customer == at) {
                model.wrong.extend(told(phone, &events).await);
            }
        }
        let records: HashMap<String, Record> =
            self.asked.records().into_iter().map(|record| (record.request.id.clone(), record)).collect();
        let (this, url) = (self, &server.url);
        let asking = records.values().map(|record| async move {
            let request = &record.request;
            let path = format!("{}/{}", request.noun, request.id);
            Ok::<_, anyhow::Error>((record, this.get(url, &path, &this.shop.tills[request.till]).await?))
        });
        let mut answers = stream::iter(asking).buffer_unordered(WORKERS);
        while let Some(answer) = answers.next().await {
            let (record, got) = answer?;
            model.check(record, &records, &got);
        }
        Ok(model.wrong)
    }

    async fn events(&self, url: &str, token: &str) -> anyhow::Result<Vec<Value>> {
        let mut events: Vec<Value> = Vec::new();
        let mut epoch = String::new();
        loop {
            let path = format!("me/events?after={}&wait=0{epoch}", events.len());
            let page = self.get(url, &path, token).await?.body;
            let new = page["events"].as_array().context("a page of events")?;
            if new.is_empty() {
                return Ok(events);
            }
            events.extend(new.iter().cloned());
            epoch = format!("&epoch={}", page["epoch"].as_str().unwrap_or_default());
        }
    }

    async fn get(&self, url: &str, path: &str, token: &str) -> anyhow::Result<Answer> {
        let response = self.client.get(format!("{url}/api/v1/{path}")).bearer_auth(token).send().await?;
        Ok(Answer { status: response.status().as_u16(), body: response.json().await? })
    }

    #[expect(clippy::print_stdout, reason = "this program talks to the person who typed it")]
    fn say(&self, life: usize, begun: Instant) {
        let records = self.asked.records();
        let of = |status: u16| records.iter().flat_map(|r| &r.answers).filter(|a| a.status == status).count();
        let repeated = records.iter().flat_map(|record| &record.answers).filter(|a| a.body["repeated"] == true);
        let cancels = records.iter().filter(|record| !record.cancels.is_empty()).count();
        let told: usize = self.phones.iter().map(Phone::events).sum();
        let hellos: usize = self.phones.iter().map(Phone::hellos).sum();
        println!(
            "{life} lives in {} s: {} requests, {} recorded, {} double scans, {cancels} cancels, {told} pushes to \
             phones that connected {hellos} times, {} unsynced changes cut; the books hold",
            begun.elapsed().as_secs(),
            records.len(),
            of(201),
            repeated.count(),
            self.in_danger,
        );
    }
}

/// Waits for the moment of a death.
async fn wait_for(answers: &AtomicUsize, death: Death) {
    let deadline = Instant::now() + LIFE;
    while answers.load(Ordering::SeqCst) < death.answers && Instant::now() < deadline {
        sleep(Duration::from_millis(1)).await;
    }
    sleep(death.after).await;
}

/// A phone has been told what the books have, in their order.
async fn told(phone: &Phone, events: &[Value]) -> Vec<String> {
    let deadline = Instant::now() + CATCH_UP;
    while phone.events() < events.len() && Instant::now() < deadline {
        sleep(Duration::from_millis(5)).await;
    }
    phone.differences(events)
}

/// Tills at work on one server.
struct Work {
    url: String,
    client: reqwest::Client,
    shop: Arc<Shop>,
    asked: Arc<Asked>,
    /// None: only what is open.
    plan: Option<Arc<Mutex<Plan>>>,
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
}

impl Work {
    async fn run(self) -> anyhow::Result<()> {
        join_all((0..WORKERS).map(|_| self.worker())).await.into_iter().collect()
    }

    async fn worker(&self) -> anyhow::Result<()> {
        while !self.stop.load(Ordering::SeqCst) {
            let calls = match (self.asked.open(), &self.plan) {
                (Some(call), _) => vec![call],
                (None, Some(plan)) => {
                    let step = plan.lock().expect("nobody panics while holding it").step();
                    self.asked.calls(&step, &self.shop)
                }
                (None, None) if self.asked.is_settled() => return Ok(()),
                // Somebody else is at the last of it.
                (None, None) => {
                    sleep(BREATH).await;
                    Vec::new()
                }
            };
            join_all(calls.into_iter().map(|call| self.call(call))).await.into_iter().collect::<Result<(), _>>()?;
        }
        Ok(())
    }

    async fn call(&self, call: Call) -> anyhow::Result<()> {
        let (Call::Send(id) | Call::Cancel(id)) = &call;
        let request = self.asked.request(id);
        let (path, body) = match &call {
            Call::Send(_) => (request.path.clone(), request.body.clone()),
            Call::Cancel(_) => (format!("{}/{id}/cancel", request.noun), json!({})),
        };
        let sent = self.client.post(format!("{}/{path}", self.url)).bearer_auth(&self.shop.tills[request.till]);
        let answer = async {
            let response = sent.json(&body).send().await?;
            Ok::<_, reqwest::Error>(Answer { status: response.status().as_u16(), body: response.json().await? })
        };
        match answer.await {
            Ok(answer) if matches!(answer.status, 400 | 401 | 404 | 405 | 413 | 500) => {
                bail!("{path} {body} was answered {} {}", answer.status, answer.body)
            }
            Ok(answer) if answer.is_final() => self.asked.answered(&call, answer),
            Ok(_) | Err(_) => {
                self.asked.leave_open(call);
                // A server that is gone refuses at once.
                sleep(BREATH).await;
            }
        }
        self.answers.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}
