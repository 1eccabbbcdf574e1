//! The practice shop: marked as such, with customers to try everything on.
//!
//! The embedded server makes it at the first start. The demo camera shows the
//! code of the shop's newest phone, so that a phone that joins by the link in
//! the window is the one whose code is scanned.

use std::time::Instant;

use crate::code::{Code, Step};
use crate::data::Data;
use crate::founding::TERMINAL;
use crate::id::{CustomerId, ShopId};
use crate::ledger::Millis;
use crate::provision::{By, Opening, default_names, open_balances, pair};
use crate::store::product::{self, ProductRow};
use crate::store::shop::NewShop;
use crate::store::{self, Store, customer, phone, shop, terminal};
use crate::token;
use crate::unit::Unit;

/// The practice shop's name.
pub const SHOP: &str = "Lotus Car Wash";
/// Its units and what the practice customers hold of each.
const UNITS: [(&str, i64); 3] = [("wash", 200), ("wax", 40), ("CNY", 50_000)];
/// The buttons of its till.
const PRODUCTS: [(&str, &str, &str, i64); 4] = [
    ("Wash", "洗车", "wash", 1),
    ("Wash and wax", "洗车打蜡", "wash", 2),
    ("Wax", "打蜡", "wax", 1),
    ("Interior", "内饰清洁", "CNY", 6_000),
];
/// Its customers. The last is the newest: the one that the window offers to join, and whose code the demo
/// camera shows until another phone joins.
const CUSTOMERS: [&str; 4] = ["Noor Haddad", "Ana García", "Zhang Min 张敏", "Li Wei 李伟"];

/// The practice shop, opened for one terminal.
#[derive(Clone)]
pub struct Practice {
    /// Its id.
    pub shop: ShopId,
    /// The customer to try it with.
    pub customer: CustomerId,
    /// A fresh token for the terminal; the one before is revoked.
    pub terminal_token: String,
    store: Store,
    master: crate::master::Master,
}

/// Opens the practice shop, making it if it is not there.
pub async fn open(data: &Data, now: Millis) -> Result<Practice, store::Error> {
    let mut write = data.store.begin_write().await?;
    let shop = match shop::find(&mut write, SHOP, true).await? {
        Some(shop) => shop,
        None => create(&mut write, now).await?,
    };
    let found =
        customer::find(&mut write, shop, CUSTOMERS[CUSTOMERS.len() - 1], Instant::now()).await?.unwrap_or_default();
    let first = found.last().ok_or(store::Error::Inconsistent("a practice shop without its customers"))?;
    let (terminal_token, hash) = token::new();
    terminal::replace(&mut write, shop, TERMINAL, &hash, now).await?;
    write.commit().await?;
    Ok(Practice {
        shop,
        customer: first.customer_id,
        terminal_token,
        store: data.store.clone(),
        master: data.master.clone(),
    })
}

async fn create(conn: &mut store::Connection, now: Millis) -> Result<ShopId, store::Error> {
    let unit = |text| Unit::parse(text).ok_or(store::Error::Inconsistent("a practice unit that is none"));
    let new = NewShop {
        name: SHOP,
        currency: "CNY",
        time_zone: "Asia/Shanghai",
        language: "en",
        default_unit: &unit(UNITS[0].0)?,
        cards: true,
        practice: true,
    };
    let id = shop::create(conn, &new, now).await?;
    for (text, _) in UNITS {
        let unit = unit(text)?;
        shop::add_unit(conn, id, &unit, default_names(&unit)).await?;
    }
    let products = PRODUCTS.map(|(en, zh, unit, amount)| ProductRow {
        name_en: en.to_owned(),
        name_zh: zh.to_owned(),
        unit: unit.to_owned(),
        amount,
    });
    product::set(conn, id, &products).await?;
    let mut openings = Vec::new();
    for name in CUSTOMERS {
        let row = customer::create(conn, id, (name, None), None, now).await?;
        pair(conn, (id, row.customer_id), now).await?;
        for (text, balance) in UNITS {
            openings.push(Opening::of(row.customer_id, &unit(text)?, balance));
        }
    }
    open_balances(conn, id, &openings, By::default(), now).await?;
    Ok(id)
}

impl Practice {
    /// The code that the shop's newest phone shows at a Unix time in seconds: never one that was used.
    /// `None` while no customer has a phone.
    pub async fn live_code(&self, now_s: i64) -> Result<Option<String>, store::Error> {
        let newest = phone::newest(&mut *self.store.read().await?, self.shop).await?;
        let Some((number, generation, used)) = newest else { return Ok(None) };
        let key = self.master.key(generation, number);
        let key = key.ok_or(store::Error::Inconsistent("a credential of a lost master key"))?;
        let now = Step::at(now_s);
        let step = used.map_or(now, |used| Step(now.0.max(used.0 + 1)));
        Ok(Some(Code::phone(number, &key, step).to_string()))
    }
}
