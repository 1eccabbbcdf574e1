//! A phone that listens: it keeps what it was told, and comes back with its cursor whenever the server is gone.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::bail;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// Pause before another try to connect.
const PAUSE: Duration = Duration::from_millis(20);
/// A handshake of a server that is being killed may never come.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a phone has.
#[derive(Default)]
pub struct Told {
    /// The events, from 1, without gaps.
    pub events: Vec<Value>,
    /// The epoch in which it had them.
    pub epoch: Option<String>,
    /// What must not happen.
    pub wrong: Vec<String>,
    /// How often it came back.
    pub hellos: usize,
}

/// A phone that listens.
pub struct Phone {
    /// Whose it is.
    pub customer: usize,
    /// What it has.
    pub told: Arc<Mutex<Told>>,
}

impl Phone {
    /// Starts to listen at whatever address is current, until that is closed.
    pub fn listen(customer: usize, token: String, server: watch::Receiver<String>) -> Self {
        let told = Arc::<Mutex<Told>>::default();
        tokio::spawn(run(token, server, told.clone()));
        Self { customer, told }
    }
}

async fn run(token: String, server: watch::Receiver<String>, told: Arc<Mutex<Told>>) {
    while server.has_changed().is_ok() {
        let url = server.borrow().clone();
        if !url.is_empty() {
            // A broken connection is what these runs are about.
            let _ = session(&url, &token, &told).await;
        }
        sleep(PAUSE).await;
    }
}

async fn session(url: &str, token: &str, told: &Mutex<Told>) -> anyhow::Result<()> {
    let path = {
        let told = told.lock().expect("nobody panics while holding it");
        match &told.epoch {
            Some(epoch) => format!("{url}/ws?after={}&epoch={epoch}", told.events.len()),
            None => format!("{url}/ws?after=0"),
        }
    };
    let mut request = path.into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
    let (mut socket, _) = timeout(PATIENCE, connect_async(request)).await??;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let ack = hear(told, &serde_json::from_str(&text)?)?;
        if let Some(ack) = ack {
            socket.send(Message::text(ack)).await?;
        }
    }
    Ok(())
}

/// Takes one message in; what to answer.
fn hear(told: &Mutex<Told>, message: &Value) -> anyhow::Result<Option<String>> {
    let mut told = told.lock().expect("nobody panics while holding it");
    if message["type"] == "hello" {
        told.hellos += 1;
        if message["reset"] == true && told.wrong.len() < 3 {
            let has = told.events.len();
            told.wrong.push(format!("a phone that has {has} events was reset: the books have {}", message["seq"]));
        }
        told.epoch = message["epoch"].as_str().map(str::to_owned);
        return Ok(None);
    }
    let next = told.events.len() + 1;
    if message["seq"] != next {
        told.wrong.push(format!("a phone was told {} where {next} comes next", message["seq"]));
        bail!("out of order");
    }
    told.events.push(message.clone());
    let kind = if next.is_multiple_of(3) { "seen" } else { "received" };
    Ok(next.is_multiple_of(2).then(|| format!(r#"{{"{kind}":{next}}}"#)))
}

impl Phone {
    /// How many events it has.
    pub fn events(&self) -> usize {
        self.told().events.len()
    }

    /// How often it came back.
    pub fn hellos(&self) -> usize {
        self.told().hellos
    }

    /// What it was told against what the books have.
    pub fn differences(&self, books: &[Value]) -> Vec<String> {
        let told = self.told();
        let mut wrong = told.wrong.clone();
        if told.events.len() != books.len() {
            wrong.push(format!("a phone has {} events of {}", told.events.len(), books.len()));
        }
        let differ = told.events.iter().zip(books).find(|(told, kept)| told != kept);
        wrong.extend(differ.map(|(told, kept)| format!("a phone was told {told}, and the books have {kept}")));
        wrong
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().expect("nobody panics while holding it")
    }
}
