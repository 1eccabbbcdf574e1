//! Makes shops and customers in one go: for imports, demos and load tests.
//!
//! Works beside a running server. Opening balances are entries like any
//! other, against the shop's opening account, and are not told to anybody.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use crate::book::{Account, MAX_OWN};
use crate::code::{Code, CredentialNumber, Kind};
use crate::data::Data;
use crate::event::ShownEntry;
use crate::id::{AccountId, CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Entry, EntryKind, Millis, OwnAccount, Split, leg};
use crate::master::{Master, random};
use crate::store::raw::Raw;
use crate::store::shop::NewShop;
use crate::store::{self, Connection, batch, customer, keys, phone, shop, terminal};
use crate::token;
use crate::unit::{MAX_BALANCE, Unit, UnitKind};

/// Customers written in one commit.
const COMMIT: usize = 5_000;
/// Time between two commits: a running server that waits for the books looks every 100 ms at the latest.
const GAP: Duration = Duration::from_millis(110);
/// Draws until a credential number is found that was never given.
const MAX_DRAWS: usize = 64;

/// What to make.
#[derive(Debug, Clone)]
pub struct Order {
    /// The shop's name; made if it is new.
    pub shop: String,
    /// Its units; the first is the default of a new shop.
    pub units: Vec<Unit>,
    /// How many customers.
    pub customers: usize,
    /// What each holds in every unit.
    pub balance: i64,
}

/// One line of the answer.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Line {
    /// The first line.
    Terminal {
        /// The terminal that was paired.
        terminal: NewTerminal,
    },
    /// Then one for each customer.
    Customer(Box<NewCustomer>),
}

/// A terminal and its token.
#[derive(Debug, Clone, Serialize)]
pub struct NewTerminal {
    /// Its id.
    pub id: TerminalId,
    /// Its token, which nobody can read again.
    pub token: String,
    /// Its shop.
    pub shop_id: ShopId,
}

/// A customer with a phone and a card.
#[derive(Debug, Clone, Serialize)]
pub struct NewCustomer {
    /// Their id.
    pub customer_id: CustomerId,
    /// Their shop.
    pub shop_id: ShopId,
    /// The phone's token.
    pub token: String,
    /// The phone's credential, ten digits.
    pub credential: String,
    /// The phone's key, hexadecimal.
    pub key: String,
    /// The code on the card, of a credential of its own.
    pub card_code: String,
}

/// Makes what an order asks for; `print` gets each line once it is committed.
pub async fn provision(
    data: &Data,
    order: &Order,
    now: Millis,
    mut print: impl FnMut(&Line),
) -> Result<(), store::Error> {
    let mut write = data.store.begin_write().await?;
    let shop = shop_of(&mut write, order, now).await?;
    for unit in &order.units {
        shop::add_unit(&mut write, shop, unit, default_names(unit)).await?;
    }
    let (token, hash) = token::new();
    let id = terminal::create(&mut write, shop, "provisioned", &hash, now).await?;
    write.commit().await?;
    print(&Line::Terminal { terminal: NewTerminal { id, token, shop_id: shop } });
    let mut made = 0;
    while made < order.customers {
        let count = COMMIT.min(order.customers - made);
        let mut write = data.store.begin_write().await?;
        let lines = customers(&mut write, &data.master, shop, order, made..made + count, now).await?;
        write.commit().await?;
        lines.iter().for_each(&mut print);
        store::fold::now(&data.store).await?;
        made += count;
        if made < order.customers {
            tokio::time::sleep(GAP).await;
        }
    }
    Ok(())
}

async fn shop_of(conn: &mut Connection, order: &Order, now: Millis) -> Result<ShopId, store::Error> {
    if let Some(shop) = shop::find(conn, &order.shop, false).await? {
        return Ok(shop);
    }
    let default_unit = order.units.first().ok_or(store::Error::Inconsistent("an order without a unit"))?;
    let currency = order.units.iter().find(|unit| unit.kind() == UnitKind::Money).map_or("CNY", Unit::as_str);
    let new = NewShop {
        name: &order.shop,
        currency,
        time_zone: "Asia/Shanghai",
        language: "zh",
        default_unit,
        cards: true,
        practice: false,
    };
    shop::create(conn, &new, now).await
}

/// Names for a unit that nobody has named yet.
pub fn default_names(unit: &Unit) -> [&str; 2] {
    match unit.as_str() {
        "wash" => ["Wash", "洗车"],
        "wax" => ["Wax", "打蜡"],
        "CNY" => ["Yuan", "人民币"],
        other => [other, other],
    }
}

async fn customers(
    conn: &mut Connection,
    master: &Master,
    shop: ShopId,
    order: &Order,
    range: std::ops::Range<usize>,
    now: Millis,
) -> Result<Vec<Line>, store::Error> {
    let mut lines = Vec::with_capacity(range.len());
    let mut openings = Vec::new();
    let generation = keys::current(conn).await?;
    let key = |number| master.key(generation, number).ok_or(store::Error::Inconsistent("no current master key"));
    let mut handle = conn.lock_handle().await?;
    let mut raw = Raw::on(&mut handle);
    for index in range {
        let customer = customer::add(&mut raw, shop, &format!("Customer {}", index + 1), now)?;
        let phone = draw(&mut raw, (shop, customer), Kind::Phone, generation, now)?;
        let card = draw(&mut raw, (shop, customer), Kind::Card, generation, now)?;
        let (token, hash) = token::new();
        phone::add_token(&mut raw, phone, &hash)?;
        lines.push(Line::Customer(Box::new(NewCustomer {
            customer_id: customer,
            shop_id: shop,
            token,
            credential: phone.to_string(),
            key: key(phone)?.to_hex(),
            card_code: Code::card(card, &key(card)?).to_string(),
        })));
        if order.balance > 0 {
            openings.extend(order.units.iter().map(|unit| Opening::of(customer, unit, order.balance)));
        }
    }
    drop(raw);
    drop(handle);
    open_balances(conn, shop, &openings, By::default(), now).await?;
    Ok(lines)
}

/// A fresh phone for a customer: its credential and its token.
pub async fn pair(
    conn: &mut Connection,
    whose: (ShopId, CustomerId),
    now: Millis,
) -> Result<(CredentialNumber, String), store::Error> {
    let credential = credential_number(conn, whose, Kind::Phone, now).await?;
    let (token, hash) = token::new();
    phone::set_token(conn, credential, &hash).await?;
    Ok((credential, token))
}

/// A fresh credential number for a customer, of the current generation.
pub async fn credential_number(
    conn: &mut Connection,
    whose: (ShopId, CustomerId),
    kind: Kind,
    now: Millis,
) -> Result<CredentialNumber, store::Error> {
    let generation = keys::current(conn).await?;
    let mut handle = conn.lock_handle().await?;
    draw(&mut Raw::on(&mut handle), whose, kind, generation, now)
}

fn draw(
    raw: &mut Raw<'_>,
    whose: (ShopId, CustomerId),
    kind: Kind,
    generation: i64,
    now: Millis,
) -> Result<CredentialNumber, store::Error> {
    for _ in 0..MAX_DRAWS {
        // 2^64 is no multiple of 10^10; the bias is below 10^-9 and the number is no secret.
        let draw = u64::from_le_bytes(random()) % 10_000_000_000;
        let number = CredentialNumber::new(draw).ok_or(store::Error::Inconsistent("a draw of eleven digits"))?;
        if phone::create_credential(raw, whose, number, kind, generation, now)? {
            return Ok(number);
        }
    }
    Err(store::Error::Inconsistent("no credential number is left"))
}

/// What a customer holds when they come.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Who.
    pub customer: CustomerId,
    /// In which unit; they have no account in it yet.
    pub unit: Unit,
    /// How much; more than nothing.
    pub split: Split,
    /// When it expires.
    pub expires_at: Option<Millis>,
}

impl Opening {
    /// Something paid for that does not expire.
    pub fn of(customer: CustomerId, unit: &Unit, balance: i64) -> Self {
        let split = Split { principal: balance.clamp(1, MAX_BALANCE), bonus: 0 };
        Self { customer, unit: unit.clone(), split, expires_at: None }
    }
}

/// Who brings customers in; nobody in the books of a command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct By {
    /// Where.
    pub terminal: Option<TerminalId>,
    /// Who.
    pub operator: Option<OperatorId>,
}

/// What a shop owes after it opened one more balance; `None` beyond what its own account may hold.
fn owed(own: Split, opened: Split) -> Option<Split> {
    let less = |part: i64, opened| part.checked_sub(opened).filter(|part| *part >= -MAX_OWN);
    Some(Split { principal: less(own.principal, opened.principal)?, bonus: less(own.bonus, opened.bonus)? })
}

/// Writes opening balances: for each customer and unit one entry against the shop's opening account.
pub async fn open_balances(
    conn: &mut Connection,
    shop: ShopId,
    openings: &[Opening],
    by: By,
    now: Millis,
) -> Result<(), store::Error> {
    let mut head = batch::head(conn, shop).await?;
    let mut own: HashMap<Unit, Account> = batch::own_accounts(conn, shop, OwnAccount::Opening).await?;
    let mut shown = Vec::with_capacity(openings.len());
    let mut held = Vec::with_capacity(openings.len());
    let mut next = batch::next_account(conn).await?;
    for Opening { customer, unit, split, expires_at } in openings {
        let opening = own.get_mut(unit).ok_or(store::Error::Inconsistent("a unit without accounts"))?;
        let full = store::Error::Inconsistent("a shop that owes more than a row can hold");
        opening.split = owed(opening.split, *split).ok_or(full)?;
        let account = AccountId(next);
        next += 1;
        held.push((*customer, unit.clone(), Account { id: account, split: *split, expires_at: *expires_at }));
        let mut entry = Entry {
            shop,
            number: head.number + 1,
            kind: EntryKind::Adjustment,
            at: now.max(head.at),
            request: RequestId::now(),
            leg: leg::MAIN,
            fingerprint: [0; 16],
            terminal: by.terminal,
            operator: by.operator,
            approver: None,
            customer: *customer,
            seq: None,
            debit: opening.id,
            credit: account,
            split: *split,
            balance: split.total(),
            credential: None,
            step: None,
            reverses: None,
            peer: None,
            hash: [0; 32],
        };
        entry.hash = entry.hash_after(&head.hash);
        head = batch::Head { number: entry.number, hash: entry.hash, at: entry.at };
        let (customer_name, shop_name) = (String::new(), String::new());
        shown.push(ShownEntry { entry, gain: true, unit: unit.clone(), customer_name, shop_name, of: None });
    }
    let mut handle = conn.lock_handle().await.map_err(store::Error::from)?;
    batch::write_openings(&mut Raw::on(&mut handle), shop, head, &shown, &held, &own)
}
