//! What the customers' window may know, out of what the till knows. Pure; `window` carries it there.

use uuid::Uuid;

use crate::wire::{Display, DisplayResult, DisplayShop, Join, LinkState, Listed, Redemption, Shown, TillEvent};

/// Follows the till's events.
#[derive(Default)]
pub struct ForCustomers {
    shown: Display,
    preset: Option<crate::wire::Preset>,
    online: bool,
    locked: bool,
    /// The redemption that is shown.
    last: Option<Uuid>,
}

impl ForCustomers {
    /// What is shown now.
    pub fn shown(&self) -> &Display {
        &self.shown
    }

    /// A join code that the merchant opened, or none any more.
    pub fn join(&mut self, join: Option<Join>) -> bool {
        self.change(|this| this.shown.join = join)
    }

    /// Takes an event in; whether what is shown changed.
    pub fn take(&mut self, event: &TillEvent) -> bool {
        self.change(|this| this.follow(event))
    }

    fn change(&mut self, change: impl FnOnce(&mut Self)) -> bool {
        let before = self.shown.clone();
        change(self);
        self.shown.takes = self.preset.clone().filter(|_| self.online && !self.locked);
        self.shown != before
    }

    fn follow(&mut self, event: &TillEvent) {
        match event {
            TillEvent::Shop(shown) => {
                self.preset = Some(shown.preset.clone()).filter(|preset| preset.amount > 0 && !preset.unit.is_empty());
                self.shown.shop = Some(DisplayShop {
                    name: shown.shop.name.clone(),
                    time_zone: shown.shop.time_zone.clone(),
                    language: shown.language,
                    practice: shown.shop.practice,
                    units: shown.units.clone(),
                });
            }
            TillEvent::Link { state } => self.online = *state == LinkState::Online,
            TillEvent::Staff(staff) => self.locked = staff.is_locked(),
            TillEvent::Result { result } => self.result(result),
            TillEvent::Entries { entries } => self.entries(entries),
            TillEvent::Address(_)
            | TillEvent::Certificate { .. }
            | TillEvent::Server { .. }
            | TillEvent::Journal { .. }
            | TillEvent::Receipts { .. }
            | TillEvent::Camera(_)
            | TillEvent::Cameras { .. }
            | TillEvent::Hint { .. }
            | TillEvent::Found { .. }
            | TillEvent::Doubts { .. }
            | TillEvent::Lamp { .. }
            | TillEvent::Online { .. } => {}
        }
    }

    fn result(&mut self, result: &Shown) {
        self.last = match result {
            Shown::Recorded { redemption } => Some(redemption.id),
            _ => None,
        };
        self.shown.result = match result {
            // A request just sent is normally answered before anybody could read of it.
            Shown::Idle | Shown::Sending(_) => DisplayResult::Idle,
            Shown::Checking(_) | Shown::InDoubt { .. } => DisplayResult::Checking,
            Shown::Recorded { redemption } => recorded(redemption),
            Shown::Refused(refused) => DisplayResult::Refused { code: refused.code.clone(), at: refused.at.clone() },
            Shown::Cancelled { at, .. } => DisplayResult::Cancelled { at: at.clone() },
        };
    }

    /// The last result may have been given back.
    fn entries(&mut self, entries: &[Listed]) {
        let undone = |listed: &Listed| match listed {
            Listed::Entry(entry) => entry.kind == "reversal" && entry.of.is_some() && entry.of == self.last,
            Listed::Refusal(_) => false,
        };
        if let Some(Listed::Entry(entry)) = entries.iter().find(|listed| undone(listed))
            && let DisplayResult::Recorded { amount, balance, given_back, .. } = &mut self.shown.result
            && entry.amount >= *amount
            && !*given_back
        {
            (*balance, *given_back) = (entry.balance, true);
        }
    }
}

fn recorded(redemption: &Redemption) -> DisplayResult {
    DisplayResult::Recorded {
        unit: redemption.unit.clone(),
        amount: redemption.amount,
        balance: redemption.balance,
        mark: redemption.mark.clone(),
        at: redemption.at.clone(),
        repeated: redemption.repeated,
        given_back: redemption.reversed >= redemption.amount,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        Address, Certificate, Customer, Doubt, DoubtState, Entry, Habits, Lamp, Language, Operator, Preset,
        RequestKind, Role, Shop, ShopShown, Staff, Way,
    };

    /// In everything that no customer may see.
    const SECRET: &str = "Zhang San";

    fn redemption() -> Redemption {
        Redemption {
            id: Uuid::from_u128(7),
            customer: Customer { id: 7777, name: SECRET.to_owned() },
            unit: "wash".to_owned(),
            amount: 2,
            balance: 9,
            reversed: 0,
            at: "2026-11-22T14:03:22.000Z".to_owned(),
            seq: Some(41),
            mark: "47 🐳".to_owned(),
            lamp: Lamp::Recorded,
            repeated: false,
        }
    }

    fn shop() -> TillEvent {
        TillEvent::Shop(Box::new(ShopShown {
            shop: Shop {
                id: 1,
                name: "Lotus".to_owned(),
                currency: "CNY".to_owned(),
                time_zone: "Asia/Shanghai".to_owned(),
                language: Language::Zh,
                practice: false,
            },
            units: Vec::new(),
            products: Vec::new(),
            default_unit: "wash".to_owned(),
            phone_url: format!("http://{SECRET}"),
            preset: Preset { unit: "wash".to_owned(), amount: 2 },
            choice: 0,
            language: Language::En,
            habits: Habits::default(),
        }))
    }

    fn operator(standing: Option<u64>) -> TillEvent {
        let operator = Operator { id: 3, name: SECRET.to_owned(), role: Role::Owner, open: true, disabled: false };
        TillEvent::Staff(Staff { operators: vec![operator], standing })
    }

    fn back(amount: u64) -> TillEvent {
        let entry = Entry {
            number: 2,
            kind: "reversal".to_owned(),
            id: Uuid::from_u128(8),
            customer: Customer { id: 7777, name: SECRET.to_owned() },
            unit: "wash".to_owned(),
            amount,
            balance: 11,
            at: "2026-11-22T14:04:00.000Z".to_owned(),
            mark: String::new(),
            lamp: None,
            of: Some(Uuid::from_u128(7)),
            of_kind: Some("redemption".to_owned()),
            gain: None,
            terminal: None,
        };
        TillEvent::Entries { entries: vec![Listed::Entry(Box::new(entry))] }
    }

    #[test]
    fn nothing_of_anybody_reaches_it() {
        let mut for_customers = ForCustomers::default();
        let doubt = Doubt {
            id: Uuid::from_u128(9),
            kind: RequestKind::TopUp,
            customer: None,
            of: None,
            unit: SECRET.to_owned(),
            amount: 1,
            since: String::new(),
            state: DoubtState::Asking,
        };
        let address = Address {
            now: SECRET.to_owned(),
            chosen: None,
            before: None,
            offers: Vec::new(),
            fixed: false,
            way: Way::Plain,
            here: SECRET.to_owned(),
        };
        let certificate = Some(Certificate::Refused { cause: SECRET.to_owned() });
        for event in [
            shop(),
            operator(Some(3)),
            TillEvent::Address(address),
            TillEvent::Certificate { certificate },
            TillEvent::Link { state: LinkState::Online },
            TillEvent::Online { customers: 7777 },
            TillEvent::Result { result: Shown::Recorded { redemption: Box::new(redemption()) } },
            TillEvent::Doubts { doubts: vec![doubt] },
            back(1),
        ] {
            for_customers.take(&event);
            let told = serde_json::to_string(for_customers.shown()).unwrap();
            assert!(!told.contains(SECRET) && !told.contains("7777"), "{told}");
            assert!(!told.contains(&Uuid::from_u128(7).to_string()), "{told}");
        }
        let DisplayResult::Recorded { amount: 2, balance: 9, mark, given_back: false, .. } =
            &for_customers.shown().result
        else {
            panic!("{:?}", for_customers.shown());
        };
        assert_eq!(mark, "47 🐳");
    }

    #[test]
    fn an_amount_is_shown_only_while_it_would_be_taken() {
        let mut for_customers = ForCustomers::default();
        for_customers.take(&shop());
        assert_eq!(for_customers.shown().takes, None, "the server was not heard yet");
        for_customers.take(&TillEvent::Link { state: LinkState::Online });
        assert_eq!(for_customers.shown().takes, Some(Preset { unit: "wash".to_owned(), amount: 2 }));
        assert!(for_customers.take(&operator(None)), "locked");
        assert_eq!(for_customers.shown().takes, None);
        assert!(for_customers.take(&operator(Some(3))));
        assert!(!for_customers.take(&operator(Some(3))), "nothing new is not told again");
        for_customers.take(&TillEvent::Link { state: LinkState::Offline });
        assert_eq!(for_customers.shown().takes, None);
    }

    #[test]
    fn what_was_given_back_is_no_payment_any_more() {
        let mut for_customers = ForCustomers::default();
        for_customers.take(&TillEvent::Result { result: Shown::Recorded { redemption: Box::new(redemption()) } });
        assert!(!for_customers.take(&back(1)), "a part of it still was paid");
        assert!(for_customers.take(&back(2)));
        let DisplayResult::Recorded { given_back: true, balance: 11, .. } = for_customers.shown().result else {
            panic!("{:?}", for_customers.shown());
        };
    }
}
