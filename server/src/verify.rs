//! Recomputes the books from their entries and says what is wrong.
//!
//! Every balance, every unit's sum, every number and seq without gaps, no
//! phone code twice, no request ended twice, the hash chain of each shop, its Z reports.

use std::collections::HashMap;
use std::path::Path;

use futures_util::StreamExt as _;

use crate::closing;
use crate::event::ShownEntry;
use crate::id::{AccountId, ShopId};
use crate::import;
use crate::ledger::{Hash, OwnAccount, Split};
use crate::store::{self, Connection, Store, verify as query};

/// Findings that are listed; more are only counted.
pub const MAX_FINDINGS: usize = 100;

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    /// Entries walked.
    pub entries: u64,
    /// Accounts recomputed.
    pub accounts: u64,
    /// What is wrong, in plain words; empty: the books hold.
    pub wrong: Vec<String>,
}

impl Report {
    fn find(&mut self, wrong: String) {
        if self.wrong.len() < MAX_FINDINGS {
            self.wrong.push(wrong);
        }
    }
}

#[derive(Default)]
struct Walk {
    held: HashMap<AccountId, Split>,
    heads: HashMap<ShopId, (i64, Hash, i64)>,
}

/// Checks a database file, also beside a running server.
pub async fn file(path: &Path) -> Result<Report, store::Error> {
    let store = Store::open_read_only(path).await?;
    let mut conn = store.read().await?;
    let mut moment = sqlx::Connection::begin(&mut *conn).await?;
    let report = check(&mut moment).await;
    drop(moment);
    drop(conn);
    store.close().await;
    report
}

/// Checks everything; run it in a read transaction, so that it sees one moment.
pub async fn check(conn: &mut Connection) -> Result<Report, store::Error> {
    let mut report = Report::default();
    for finding in query::integrity(conn).await? {
        if finding != "ok" {
            report.find(format!("the database file is damaged: {finding}"));
        }
    }
    for (table, row, parent, _) in query::dangling(conn).await? {
        let row = row.map_or_else(String::new, |row| format!(" {row}"));
        report.find(format!("{table}{row} refers to a {parent} that is not there"));
    }
    let mut walk = Walk::default();
    {
        let mut entries = std::pin::pin!(query::entries(conn));
        while let Some(shown) = entries.next().await {
            walk.entry(&shown?, &mut report);
        }
    }
    let rows = query::entry_count(conn).await?;
    if u64::try_from(rows) != Ok(report.entries) {
        report.find(format!("{rows} entries, of which {} belong to their customer's account", report.entries));
    }
    walk.accounts(conn, &mut report).await?;
    walk.heads(conn, &mut report).await?;
    for (customer, count, highest) in query::broken_seqs(conn).await? {
        report.find(format!("customer {customer}: {count} events, the highest number is {highest}"));
    }
    for (credential, step) in query::reused_codes(conn).await? {
        report.find(format!("credential {credential:010}: the code of step {step} was used more than once"));
    }
    for finding in [closing::verify(conn).await?, import::verify(conn).await?].concat() {
        report.find(finding);
    }
    let twice = query::ended_twice(conn).await?;
    if twice > 0 {
        report.find(format!("{twice} request ids are of more than one thing"));
    }
    Ok(report)
}

impl Walk {
    fn entry(&mut self, shown: &ShownEntry, report: &mut Report) {
        report.entries += 1;
        let entry = &shown.entry;
        let name = format!("shop {} entry {}", entry.shop, entry.number);
        let (last, hash, at) = self.heads.entry(entry.shop).or_insert((0, [0; 32], i64::MIN));
        if entry.number != *last + 1 {
            report.find(format!("{name}: comes after number {last}"));
        }
        if entry.at < *at {
            report.find(format!("{name}: its time is before the one of the entry before it"));
        }
        if entry.hash != entry.hash_after(hash) {
            report.find(format!("{name}: the hash chain breaks here"));
        }
        (*last, *hash, *at) = (entry.number, entry.hash, entry.at);
        let debit = self.held.entry(entry.debit).or_default();
        *debit = Split { principal: debit.principal - entry.split.principal, bonus: debit.bonus - entry.split.bonus };
        let credit = self.held.entry(entry.credit).or_default();
        *credit = credit.plus(entry.split);
    }

    async fn accounts(&self, conn: &mut Connection, report: &mut Report) -> Result<(), store::Error> {
        let mut sums: HashMap<(ShopId, String), i128> = HashMap::new();
        for kept in query::accounts(conn).await? {
            report.accounts += 1;
            let held = self.held.get(&kept.account_id).copied().unwrap_or_default();
            let said = Split { principal: kept.principal, bonus: kept.bonus };
            if held != said {
                report.find(format!(
                    "account {}: the entries give {}+{}, the account says {}+{}",
                    kept.account_id, held.principal, held.bonus, said.principal, said.bonus
                ));
            }
            if kept.customer_id.is_some() && (held.principal < 0 || held.bonus < 0) {
                report.find(format!("account {}: a customer is below zero", kept.account_id));
            }
            if kept.kind == OwnAccount::Transit.as_str() && held != Split::default() {
                report.find(format!("shop {}: {} is on its way from one customer to another", kept.shop_id, kept.unit));
            }
            *sums.entry((kept.shop_id, kept.unit)).or_default() += i128::from(said.principal) + i128::from(said.bonus);
        }
        for ((shop, unit), sum) in sums {
            if sum != 0 {
                report.find(format!("shop {shop}: {unit} sums to {sum}, not to zero"));
            }
        }
        Ok(())
    }

    async fn heads(&self, conn: &mut Connection, report: &mut Report) -> Result<(), store::Error> {
        for (shop, number, hash, _) in query::heads(conn).await? {
            let (last, walked) = self.heads.get(&shop).map_or((0, [0; 32]), |(last, hash, _)| (*last, *hash));
            if number != last || hash != walked {
                report.find(format!("shop {shop}: its last entry is {last}, its head says {number}"));
            }
        }
        Ok(())
    }
}
