//! Properties of the rules: no sequence of requests makes or loses value.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use tillbeam_server::book::{Account, Book, Credential, Customer, Operator, Shop};
use tillbeam_server::code::{Code, CredentialNumber, Key, Kind, Step};
use tillbeam_server::id::{AccountId, CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use tillbeam_server::ledger::{EntryKind, Order, OwnAccount, Split};
use tillbeam_server::limits::{BonusRule, Day, Terms};
use tillbeam_server::operator::{Approval, Role};
use tillbeam_server::outcome::Outcome;
use tillbeam_server::pin::{BLOCK_MS, Check, MAX_TRIES, Tries};
use tillbeam_server::refusal::Refusal;
use tillbeam_server::request::{Noun, Request, Who, Wish};
use tillbeam_server::throttle::Bucket;
use tillbeam_server::unit::Unit;

const SHOP: ShopId = ShopId(1);
const START_MS: i64 = 1_795_372_800_000;
const UNITS: [&str; 2] = ["wash", "CNY"];
const CUSTOMERS: i64 = 2;

/// A cashier and a manager with open sessions on the terminal, nobody, and one who opened none.
const OPERATORS: [Option<OperatorId>; 4] = [Some(CASHIER), Some(MANAGER), None, Some(OWNER)];
const CASHIER: OperatorId = OperatorId(1);
const MANAGER: OperatorId = OperatorId(2);
/// Without a session on the terminal.
const OWNER: OperatorId = OperatorId(3);

/// What is asked for.
#[derive(Debug, Clone)]
enum Ask {
    Redeem { customer: i64, step: i64, card: bool, unit: usize, amount: i64 },
    RedeemByName { customer: i64, unit: usize, amount: i64 },
    TopUp { customer: i64, unit: usize, amount: i64, bonus: Option<i64> },
    Reverse { of: u8, noun: bool, amount: Option<i64>, reason: bool },
    Refund { customer: i64, unit: usize, amount: Option<i64>, forfeit_bonus: bool },
    Transfer { customer: i64, unit: usize, amount: Option<i64> },
    Adjust { customer: i64, unit: usize, amount: i64, bonus: i64 },
    Cancel { noun: usize },
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Op {
    Ask { id: u8, operator: usize, approver: Option<i64>, right: bool, ask: Ask },
    Wait { ms: i64 },
    Freeze { customer: i64, frozen: bool },
    Expire { customer: i64, unit: usize, in_ms: Option<i64> },
    Set { staffed: bool, order: usize },
    Limit { unit: usize, terms: Terms },
}

fn ask() -> impl Strategy<Value = Ask> {
    let (customer, unit, amount) = (0..=CUSTOMERS, 0..3usize, -1..9i64);
    let some = prop::option::of(amount.clone());
    prop_oneof![
        6 => (customer.clone(), -14..4i64, any::<bool>(), unit.clone(), amount.clone())
            .prop_map(|(customer, step, card, unit, amount)| Ask::Redeem { customer, step, card, unit, amount }),
        1 => (customer.clone(), unit.clone(), amount.clone())
            .prop_map(|(customer, unit, amount)| Ask::RedeemByName { customer, unit, amount }),
        5 => (customer.clone(), unit.clone(), amount.clone(), prop::option::of(-1..4i64))
            .prop_map(|(customer, unit, amount, bonus)| Ask::TopUp { customer, unit, amount, bonus }),
        3 => (0..12u8, any::<bool>(), prop::option::of(-1..6i64), any::<bool>())
            .prop_map(|(of, noun, amount, reason)| Ask::Reverse { of, noun, amount, reason }),
        1 => (customer.clone(), unit.clone(), some.clone(), any::<bool>())
            .prop_map(|(customer, unit, amount, forfeit_bonus)| Ask::Refund { customer, unit, amount, forfeit_bonus }),
        2 => (customer.clone(), unit.clone(), some)
            .prop_map(|(customer, unit, amount)| Ask::Transfer { customer, unit, amount }),
        2 => (customer, unit, -6..9i64, -4..5i64)
            .prop_map(|(customer, unit, amount, bonus)| Ask::Adjust { customer, unit, amount, bonus }),
        3 => (0..Noun::ALL.len()).prop_map(|noun| Ask::Cancel { noun }),
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    let max = || prop::option::of(3..20i64);
    let rest = (max(), max(), prop::option::of(0..3i64), any::<bool>());
    (max(), max(), max(), max(), rest).prop_map(|(max_balance, max_per_use, max_per_day, pin_above, rest)| Terms {
        max_balance: max_balance.map(|max| max * 4),
        max_per_use,
        max_per_day,
        pin_above,
        card_max_per_use: rest.0,
        card_max_per_day: rest.1,
        expires_after_days: rest.2,
        retired: rest.3,
    })
}

fn op() -> impl Strategy<Value = Op> {
    let (customer, unit) = (0..CUSTOMERS, 0..2usize);
    let by = (0..OPERATORS.len(), prop::option::of(0..4i64), any::<bool>());
    prop_oneof![
        20 => (0..12u8, by, ask()).prop_map(|(id, (operator, approver, right), ask)| {
            Op::Ask { id, operator, approver, right, ask }
        }),
        1 => (0..70_000i64).prop_map(|ms| Op::Wait { ms }),
        1 => (0..80_000_000i64).prop_map(|ms| Op::Wait { ms }),
        1 => (customer.clone(), any::<bool>()).prop_map(|(customer, frozen)| Op::Freeze { customer, frozen }),
        1 => (customer, unit.clone(), prop::option::of(-1000..100_000i64))
            .prop_map(|(customer, unit, in_ms)| Op::Expire { customer, unit, in_ms }),
        1 => (any::<bool>(), 0..3usize).prop_map(|(staffed, order)| Op::Set { staffed, order }),
        1 => (unit, terms()).prop_map(|(unit, terms)| Op::Limit { unit, terms }),
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
    for (operator, role) in [(CASHIER, Role::Cashier), (MANAGER, Role::Manager), (OWNER, Role::Owner)] {
        book.operators.insert(operator, Operator { shop: SHOP, role, tries: Tries::default() });
    }
    book.sessions.extend([(TerminalId(1), CASHIER), (TerminalId(1), MANAGER)]);
    for unit in UNITS {
        let rule = BonusRule { from_amount: 5, bonus: 2, per_mille: 0 };
        book.bonus_rules.insert((SHOP, Unit::parse(unit).unwrap()), vec![rule]);
    }
    for customer in 0..CUSTOMERS {
        let row = Customer { shop: SHOP, name: "Li".into(), frozen: false, erased: false, seq: 0 };
        book.customers.insert(CustomerId(customer), row);
        for (card, kind) in [(false, Kind::Phone), (true, Kind::Card)] {
            let credential = Credential {
                paused: false,
                shop: SHOP,
                customer: CustomerId(customer),
                kind,
                key: key(customer, card),
                stopped: false,
                next: None,
                revoked: false,
                codes_from: Step(0),
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

fn unit(index: usize) -> String {
    (*UNITS.get(index).unwrap_or(&"wax")).to_owned()
}

fn wish(ask: &Ask, pin: Check, now_s: i64) -> Wish {
    let reason = || "counted".to_owned();
    match *ask {
        Ask::Redeem { customer, step, card, unit: index, amount } => {
            let (number, key) = (number(customer, card), key(customer, card));
            let code =
                if card { Code::card(number, &key) } else { Code::phone(number, &key, Step(Step::at(now_s).0 + step)) };
            Wish::Redeem { who: Who::Code(code.to_string()), unit: Some(unit(index)), amount, pin, note: None }
        }
        Ask::RedeemByName { customer, unit: index, amount } => {
            let who = Who::Customer(CustomerId(customer));
            Wish::Redeem { who, unit: Some(unit(index)), amount, pin: Check::Absent, note: None }
        }
        Ask::TopUp { customer, unit: index, amount, bonus } => {
            Wish::TopUp { customer: CustomerId(customer), unit: unit(index), amount, bonus, reason: None }
        }
        Ask::Reverse { of, noun, amount, reason: has } => {
            let noun = if noun { Noun::Redemption } else { Noun::TopUp };
            Wish::Reverse { noun, of: request_id(of), amount, reason: has.then(reason) }
        }
        Ask::Refund { customer, unit: index, amount, forfeit_bonus } => {
            let customer = CustomerId(customer);
            Wish::Refund { customer, unit: unit(index), amount, forfeit_bonus, reason: reason() }
        }
        Ask::Transfer { customer, unit: index, amount } => {
            let (customer, to) = (CustomerId(customer), CustomerId((customer + 1) % CUSTOMERS));
            Wish::Transfer { customer, to, unit: unit(index), amount, reason: reason() }
        }
        Ask::Adjust { customer, unit: index, amount, bonus } => {
            Wish::Adjust { customer: CustomerId(customer), unit: unit(index), amount, bonus, reason: reason() }
        }
        Ask::Cancel { noun } => Wish::Cancel { noun: Noun::ALL[noun] },
    }
}

/// Does what is no request; of a request, makes it.
fn apply(book: &mut Book, op: &Op) -> Option<Request> {
    let shop = book.shops.get_mut(&SHOP).unwrap();
    match *op {
        Op::Ask { id, operator, approver, right, ref ask } => {
            let pin = if right { Check::Right } else { Check::Wrong };
            let approval = approver.map(|operator| Approval { operator: OperatorId(operator), pin });
            let (id, operator) = (request_id(id), OPERATORS[operator]);
            let wish = wish(ask, pin, book.now.div_euclid(1000));
            return Some(Request { shop: SHOP, terminal: TerminalId(1), id, operator, approval, wish });
        }
        Op::Wait { ms } => book.now += ms,
        Op::Freeze { customer, frozen } => book.customers.get_mut(&CustomerId(customer)).unwrap().frozen = frozen,
        Op::Expire { customer, unit: index, in_ms } => {
            let key = (CustomerId(customer), Unit::parse(&unit(index)).unwrap());
            if let Some(account) = book.accounts.get_mut(&key) {
                account.expires_at = in_ms.map(|ms| book.now + ms);
            }
        }
        Op::Set { staffed, order } => (shop.staffed, shop.redeem_order) = (staffed, Order::ALL[order]),
        Op::Limit { unit: index, terms } => {
            shop.terms.insert(Unit::parse(&unit(index)).unwrap(), terms);
        }
    }
    None
}

type Held = HashMap<(CustomerId, Unit), Split>;

fn held(book: &Book) -> Held {
    let filled = book.accounts.iter().filter(|(_, account)| account.split != Split::default());
    filled.map(|(key, account)| (key.clone(), account.split)).collect()
}

/// The model: what a redemption takes of each part.
fn taken(held: Split, amount: i64, order: Order) -> Split {
    let bonus = match order {
        Order::Principal => (amount - held.principal).max(0),
        Order::Bonus => held.bonus.min(amount),
        Order::Proportion => held.bonus * amount / held.total(),
    };
    Split { principal: amount - bonus, bonus }
}

/// The model: what a request moves if it is recorded; none: what undoes is looked at in the entries.
fn moves(book: &Book, before: &Held, wish: &Wish) -> Option<Vec<((CustomerId, Unit), Split)>> {
    let unit = Unit::parse(wish.unit()?)?;
    let holds = |customer: CustomerId| before.get(&(customer, unit.clone())).copied().unwrap_or_default();
    let minus = |split: Split| Split { principal: -split.principal, bonus: -split.bonus };
    let order = book.shops[&SHOP].redeem_order;
    let moved = match wish {
        Wish::Redeem { who, amount, .. } => {
            let customer = match who {
                Who::Code(code) => book.credentials[&Code::parse(code)?.number()].customer,
                Who::Customer(customer) => *customer,
            };
            vec![(customer, minus(taken(holds(customer), *amount, order)))]
        }
        Wish::TopUp { customer, amount, bonus, .. } => {
            let bonus = bonus.unwrap_or(if *amount >= 5 { 2 } else { 0 });
            vec![(*customer, Split { principal: *amount, bonus })]
        }
        Wish::Refund { customer, amount, forfeit_bonus, .. } => {
            let held = holds(*customer);
            let bonus = if *forfeit_bonus { held.bonus } else { 0 };
            vec![(*customer, minus(Split { principal: amount.unwrap_or(held.principal), bonus }))]
        }
        Wish::Transfer { customer, to, amount, .. } => {
            let held = holds(*customer);
            let split = taken(held, amount.unwrap_or(held.total()), order);
            vec![(*customer, minus(split)), (*to, split)]
        }
        Wish::Adjust { customer, amount, bonus, .. } => {
            vec![(*customer, Split { principal: *amount, bonus: *bonus })]
        }
        Wish::Reverse { .. } | Wish::Cancel { .. } => return None,
    };
    Some(moved.into_iter().map(|(customer, split)| ((customer, unit.clone()), split)).collect())
}

/// What an outcome must have done to the accounts, and on whose word.
fn check_effect(book: &Book, before: Held, request: &Request, outcome: &Outcome, may: bool) {
    let shop = &book.shops[&SHOP];
    let Outcome::Recorded { recorded, fresh: true, .. } = outcome else {
        if !matches!(outcome, Outcome::Cancelled { .. }) {
            assert_eq!(held(book), before, "{outcome:?} moved value");
        }
        return;
    };
    let acting = request.operator.filter(|operator| shop.staffed && *operator != OWNER);
    assert!(!shop.staffed || acting.is_some(), "nobody acted");
    let entry = &recorded.main().entry;
    assert_eq!(entry.operator, acting);
    let by_name = matches!(&request.wish, Wish::Redeem { who: Who::Customer(_), .. });
    let manages = matches!(request.wish, Wish::Refund { .. } | Wish::Transfer { .. } | Wish::Adjust { .. });
    if shop.staffed && (by_name || manages) {
        // Of the owner's tries the model keeps no count.
        let owner = request.approval.is_some_and(|by| by.operator == OWNER && by.pin == Check::Right);
        let approved = (entry.approver == Some(MANAGER) && may) || (entry.approver == Some(OWNER) && owner);
        assert!(acting == Some(MANAGER) || approved, "no manager stood behind it");
    }
    if let Wish::Redeem { amount, .. } = request.wish {
        let key = (entry.customer, recorded.unit.clone());
        let terms = shop.terms(&recorded.unit);
        assert!(terms.max_per_use.is_none_or(|max| amount <= max));
        assert!(terms.max_per_day.is_none_or(|max| book.days[&key].taken <= max));
        assert!(!book.customers[&entry.customer].frozen);
        assert!(!book.accounts[&key].is_expired(entry.at));
    }
    let Some(moves) = moves(book, &before, &request.wish) else { return };
    let mut expected = before;
    for (key, split) in moves {
        let after = expected.entry(key.clone()).or_default().plus(split);
        expected.insert(key, after);
    }
    expected.retain(|_, split| *split != Split::default());
    assert_eq!(held(book), expected, "{request:?}");
}

/// What the entries say that the day took; must be what the book counted, and is the start of a new day.
fn count_days(book: &mut Book) {
    let shop = &book.shops[&SHOP];
    let (start, _) = tillbeam_server::day::of(&shop.zone(), shop.day_start_min, book.at(SHOP));
    let mut undone: HashMap<i64, i64> = HashMap::new();
    for entry in book.fresh.entries.iter().map(|shown| &shown.entry) {
        *undone.entry(entry.reverses.unwrap_or(0)).or_default() += entry.split.total();
    }
    let mut days: HashMap<(CustomerId, Unit), Day> = HashMap::new();
    for customer in 0..CUSTOMERS {
        for unit in UNITS {
            days.insert((CustomerId(customer), Unit::parse(unit).unwrap()), Day { start, taken: 0, by_card: 0 });
        }
    }
    for shown in &book.fresh.entries {
        let entry = &shown.entry;
        if entry.kind == EntryKind::Redemption && entry.at >= start {
            let left = entry.split.total() - undone.get(&entry.number).copied().unwrap_or(0);
            let day = days.get_mut(&(entry.customer, shown.unit.clone())).unwrap();
            day.taken += left;
            day.by_card += if entry.credential.is_some() && entry.step.is_none() { left } else { 0 };
        }
    }
    for (key, day) in &book.days {
        if day.start == start {
            assert_eq!((day.taken, day.by_card), (days[key].taken, days[key].by_card), "the day of {key:?}");
        }
    }
    book.days = days;
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
    let mut undone: HashMap<i64, Split> = HashMap::new();
    let mut previous = [0; 32];
    for (entry, expected) in book.fresh.entries.iter().map(|shown| &shown.entry).zip(1..) {
        assert_eq!(entry.number, expected);
        assert_eq!(entry.hash, entry.hash_after(&previous));
        previous = entry.hash;
        if let (Some(credential), Some(step)) = (entry.credential, entry.step) {
            assert!(used.insert((credential, step)), "a code was used twice");
        }
        if let Some(number) = entry.reverses {
            let sum = undone.entry(number).or_default();
            *sum = sum.plus(entry.split);
        }
    }
    for entry in book.fresh.entries.iter().map(|shown| &shown.entry) {
        let undone = undone.get(&entry.number).copied().unwrap_or_default();
        assert!(entry.split.less(undone).is_some(), "more of a part was given back than taken");
        assert!(entry.kind != EntryKind::Reversal || undone == Split::default(), "a reversal was reversed");
    }
    for ((_, own), account) in &book.shops[&SHOP].own {
        assert!(*own != OwnAccount::Transit || account.split == Split::default(), "value stays on its way");
    }
    for customer in (0..CUSTOMERS).map(CustomerId) {
        let entries = book.fresh.entries.iter().map(|shown| &shown.entry).filter(|entry| entry.customer == customer);
        let refusals = book.fresh.refusals.iter().filter(|refused| refused.customer == Some(customer));
        let mut seqs: Vec<i64> =
            entries.filter_map(|entry| entry.seq).chain(refusals.filter_map(|refused| refused.seq)).collect();
        seqs.sort_unstable();
        assert!(seqs.iter().copied().eq(1..=book.customers[&customer].seq), "events with a gap: {seqs:?}");
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
    fn no_sequence_of_requests_makes_or_loses_value(ops in prop::collection::vec(op(), 1..80)) {
        let mut book = book();
        let mut bucket = Bucket::full(START_MS);
        // The model's count of the manager's wrong PINs, and until when it is blocked.
        let (mut wrong, mut blocked_until) = (0, 0);
        for op in &ops {
            let Some(request) = apply(&mut book, op) else { continue };
            count_days(&mut book);
            let before = held(&book);
            let may = book.now >= blocked_until && request.approval.is_some_and(|by| by.pin == Check::Right);
            let first = book.settle(&request, &mut bucket);
            check(&book);
            check_effect(&book, before, &request, &first, may);
            let fresh_refusal = book.fresh.refusals.last().is_some_and(|last| {
                matches!(&first, Outcome::Refused(refused) if refused.request == last.request && refused.at == last.at)
            });
            let tried = matches!(&first, Outcome::NotCancelled(Refusal::PinWrong))
                || (fresh_refusal && matches!(&first, Outcome::Refused(r) if r.refusal == Refusal::PinWrong));
            let tries = book.operators[&MANAGER].tries;
            if tries.wrong > wrong {
                prop_assert!(tried && !may, "only a wrong PIN is counted");
            }
            if tries.blocked_until > Some(blocked_until) {
                prop_assert_eq!((wrong + 1, tries.blocked_until), (MAX_TRIES, Some(book.now + BLOCK_MS)));
            }
            count_days(&mut book);
            let (entries, refusals) = (book.fresh.entries.len(), book.fresh.refusals.len());
            let replay = book.settle(&request, &mut bucket);
            prop_assert_eq!(book.fresh.entries.len(), entries, "a replay moved value");
            prop_assert_eq!(book.fresh.refusals.len(), refusals);
            let final_at_once = match first {
                Outcome::TooMany { .. } | Outcome::ClockWrong | Outcome::NotCancelled(_) | Outcome::NoReason => false,
                Outcome::Recorded { .. }
                | Outcome::Refused(_)
                | Outcome::Cancelled { .. }
                | Outcome::IdMismatch
                | Outcome::AlreadyCancelled => true,
            };
            if final_at_once {
                prop_assert_eq!(essence(&first), essence(&replay));
            }
            let tries = book.operators[&MANAGER].tries;
            (wrong, blocked_until) = (tries.wrong, tries.blocked_until.unwrap_or(0).max(blocked_until));
        }
    }
}
