//! Properties of the rules: no sequence of requests makes or loses value.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use tillbeam_server::book::{Account, Book, Credential, Customer, Shop};
use tillbeam_server::code::{Code, CredentialNumber, Key, Kind, Step};
use tillbeam_server::id::{AccountId, CustomerId, RequestId, ShopId, TerminalId};
use tillbeam_server::ledger::{EntryKind, Order, OwnAccount, Split};
use tillbeam_server::outcome::Outcome;
use tillbeam_server::pin::{self, Tries};
use tillbeam_server::request::{Noun, Request, Who, Wish};
use tillbeam_server::throttle::Bucket;
use tillbeam_server::unit::Unit;

const SHOP: ShopId = ShopId(1);
const START_MS: i64 = 1_795_372_800_000;
const UNITS: [&str; 2] = ["wash", "CNY"];
const CUSTOMERS: i64 = 2;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Op {
    Redeem { id: u8, customer: i64, step: i64, card: bool, unit: usize, amount: i64 },
    TopUp { id: u8, customer: i64, unit: usize, amount: i64, bonus: i64 },
    Reverse { id: u8, of: u8, noun: bool, amount: Option<i64> },
    Cancel { id: u8, noun: u8 },
    Wait { ms: i64 },
    Freeze { customer: i64, frozen: bool },
}

fn op() -> impl Strategy<Value = Op> {
    let (id, customer, unit) = (0..12u8, 0..=CUSTOMERS, 0..3usize);
    prop_oneof![
        4 => (id.clone(), customer.clone(), -14..4i64, any::<bool>(), unit.clone(), -1..9i64).prop_map(
            |(id, customer, step, card, unit, amount)| Op::Redeem { id, customer, step, card, unit, amount }
        ),
        3 => (id.clone(), customer.clone(), unit, -1..9i64, -1..4i64).prop_map(|(id, customer, unit, amount, bonus)| {
            Op::TopUp { id, customer, unit, amount, bonus }
        }),
        2 => (id.clone(), id.clone(), any::<bool>(), prop::option::of(-1..6i64))
            .prop_map(|(id, of, noun, amount)| Op::Reverse { id, of, noun, amount }),
        2 => (id, 0..3u8).prop_map(|(id, noun)| Op::Cancel { id, noun }),
        1 => (0..70_000i64).prop_map(|ms| Op::Wait { ms }),
        1 => (customer, any::<bool>()).prop_map(|(customer, frozen)| Op::Freeze { customer, frozen }),
    ]
}

fn number(customer: i64, card: bool) -> CredentialNumber {
    CredentialNumber::new(customer.unsigned_abs() * 2 + u64::from(card)).unwrap()
}

fn key(customer: i64, card: bool) -> Key {
    Key::derive(&[5; 32], number(customer, card))
}

/// Two customers with a phone and a card each; customer 2 of the operations does not exist.
fn book() -> Book {
    let mut own = HashMap::new();
    for (index, unit) in UNITS.iter().enumerate() {
        for (kind, offset) in OwnAccount::ALL.into_iter().zip(0..) {
            let id = AccountId(i64::try_from(index).unwrap() * 10 + offset + 1);
            own.insert((Unit::parse(unit).unwrap(), kind), Account { id, split: Split::default(), expires_at: None });
        }
    }
    let shop = Shop {
        name: "Lotus".into(),
        default_unit: Unit::parse("wash").unwrap(),
        cards: true,
        redeem_order: Order::Principal,
        time_zone: "Asia/Shanghai".into(),
        day_start_min: 0,
        terms: HashMap::new(),
        staffed: false,
        step_tolerance: 12,
        codes_from: Step(0),
        last_number: 0,
        last_hash: [0; 32],
        last_at: 0,
        own,
    };
    let mut book = Book { now: START_MS, fingerprint_keys: vec![[1; 32]], next_account: 100, ..Book::default() };
    book.shops.insert(SHOP, shop);
    for customer in 0..CUSTOMERS {
        let row = Customer { shop: SHOP, name: "Li".into(), frozen: false, seq: 0 };
        book.customers.insert(CustomerId(customer), row);
        for (card, kind) in [(false, Kind::Phone), (true, Kind::Card)] {
            let credential = Credential {
                shop: SHOP,
                customer: CustomerId(customer),
                kind,
                key: key(customer, card),
                stopped: false,
                next: None,
                revoked: false,
                tries: Tries::default(),
            };
            book.credentials.insert(number(customer, card), credential);
        }
    }
    book
}

fn request_id(id: u8) -> RequestId {
    RequestId::from_bytes([id; 16])
}

fn request(op: &Op, now_s: i64) -> Option<Request> {
    let unit = |index: usize| (*UNITS.get(index).unwrap_or(&"wax")).to_owned();
    let (id, wish) = match *op {
        Op::Redeem { id, customer, step, card, unit: index, amount } => {
            let (number, key) = (number(customer, card), key(customer, card));
            let code =
                if card { Code::card(number, &key) } else { Code::phone(number, &key, Step(Step::at(now_s).0 + step)) };
            let (who, pin) = (Who::Code(code.to_string()), pin::Check::Absent);
            (id, Wish::Redeem { who, unit: Some(unit(index)), amount, pin, note: None })
        }
        Op::TopUp { id, customer, unit: index, amount, bonus } => {
            let customer = CustomerId(customer);
            (id, Wish::TopUp { customer, unit: unit(index), amount, bonus: Some(bonus), reason: None })
        }
        Op::Reverse { id, of, noun, amount } => {
            let noun = if noun { Noun::Redemption } else { Noun::TopUp };
            (id, Wish::Reverse { noun, of: request_id(of), amount, reason: None })
        }
        Op::Cancel { id, noun } => {
            let noun = [Noun::Redemption, Noun::TopUp, Noun::Reversal][usize::from(noun)];
            (id, Wish::Cancel { noun })
        }
        Op::Wait { .. } | Op::Freeze { .. } => return None,
    };
    let id = request_id(id);
    Some(Request { shop: SHOP, terminal: TerminalId(1), id, operator: None, approval: None, wish })
}

/// What the entries alone say that every account holds.
fn recomputed(book: &Book) -> HashMap<AccountId, Split> {
    let mut held: HashMap<AccountId, Split> = HashMap::new();
    for entry in book.fresh.entries.iter().map(|shown| &shown.entry) {
        let debit = held.entry(entry.debit).or_default();
        debit.principal -= entry.split.principal;
        debit.bonus -= entry.split.bonus;
        let credit = held.entry(entry.credit).or_default();
        *credit = credit.plus(entry.split);
    }
    held
}

fn check(book: &Book) {
    let held = recomputed(book);
    let own = book.shops[&SHOP].own.iter().map(|((unit, _), account)| (unit.clone(), account));
    let theirs = book.accounts.iter().map(|((_, unit), account)| (unit.clone(), account));
    let mut sums: HashMap<Unit, i64> = HashMap::new();
    for (unit, account) in own.chain(theirs) {
        assert_eq!(account.split, held.get(&account.id).copied().unwrap_or_default());
        *sums.entry(unit).or_default() += account.split.total();
    }
    assert!(sums.values().all(|sum| *sum == 0), "money was made: {sums:?}");
    for account in book.accounts.values() {
        assert!(account.split.principal >= 0 && account.split.bonus >= 0, "below zero");
    }
    let mut used = HashSet::new();
    let mut undone: HashMap<i64, i64> = HashMap::new();
    let mut previous = [0; 32];
    for (entry, expected) in book.fresh.entries.iter().map(|shown| &shown.entry).zip(1..) {
        assert_eq!(entry.number, expected);
        assert_eq!(entry.hash, entry.hash_after(&previous));
        previous = entry.hash;
        if let (Some(credential), Some(step)) = (entry.credential, entry.step) {
            assert!(used.insert((credential, step)), "a code was used twice");
        }
        if let Some(number) = entry.reverses {
            *undone.entry(number).or_default() += entry.split.total();
        }
    }
    for entry in book.fresh.entries.iter().map(|shown| &shown.entry) {
        let undone = undone.get(&entry.number).copied().unwrap_or(0);
        assert!(undone <= entry.split.total(), "more was given back than taken");
        assert!(entry.kind != EntryKind::Reversal || undone == 0, "a reversal was reversed");
    }
}

/// Outcomes compared without the flag that tells the first time from later ones.
fn essence(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Recorded { recorded, repeated, .. } => format!("recorded {} {repeated}", recorded.main().entry.number),
        Outcome::Refused(refused) => format!("refused {}", refused.refusal.code()),
        other => format!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_requests_makes_or_loses_value(ops in prop::collection::vec(op(), 1..60)) {
        let mut book = book();
        let mut bucket = Bucket::full(START_MS);
        for op in &ops {
            match *op {
                Op::Wait { ms } => book.now += ms,
                Op::Freeze { customer, frozen } => {
                    if let Some(row) = book.customers.get_mut(&CustomerId(customer)) {
                        row.frozen = frozen;
                    }
                }
                _ => {}
            }
            let Some(request) = request(op, book.now.div_euclid(1000)) else { continue };
            let first = book.settle(&request, &mut bucket);
            check(&book);
            let (entries, refusals) = (book.fresh.entries.len(), book.fresh.refusals.len());
            let replay = book.settle(&request, &mut bucket);
            prop_assert_eq!(book.fresh.entries.len(), entries, "a replay moved value");
            prop_assert_eq!(book.fresh.refusals.len(), refusals);
            let final_at_once = !matches!(first, Outcome::TooMany { .. } | Outcome::ClockWrong);
            if final_at_once {
                prop_assert_eq!(essence(&first), essence(&replay));
            }
        }
    }
}
