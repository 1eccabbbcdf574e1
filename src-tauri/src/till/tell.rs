//! What the page is told: only what changed since it was last told.

use super::{Action, Focus, Moment, Till};
use crate::wire::{Doubt, Hint, LinkState, ShopShown, Shown, Staff, TillEvent};

/// What the page was last told.
#[derive(Debug, Default)]
pub(super) struct Told {
    shop: Option<ShopShown>,
    staff: Option<Staff>,
    link: Option<LinkState>,
    result: Option<Shown>,
    doubts: Option<Vec<Doubt>>,
    hint: Option<Hint>,
    /// Set where the board changed; comparing ten entries each time would be a waste.
    pub(super) entries_changed: bool,
}

impl Till {
    /// Adds an event for everything that is not as the page was last told.
    pub(super) fn tell(&mut self, now: Moment) {
        let shop = self.shop_shown();
        if let Some(shop) = news(&mut self.told.shop, shop) {
            self.out.push(Action::Tell(TillEvent::Shop(Box::new(shop))));
        }
        if let Some(staff) = news(&mut self.told.staff, self.shop.is_some().then(|| self.staff.clone())) {
            self.out.push(Action::Tell(TillEvent::Staff(staff)));
        }
        if let Some(state) = news(&mut self.told.link, Some(self.link)) {
            self.out.push(Action::Tell(TillEvent::Link { state }));
        }
        let result = self.result(now);
        if let Some(result) = news(&mut self.told.result, Some(result)) {
            self.out.push(Action::Tell(TillEvent::Result { result }));
        }
        let doubts = self.doubts(now);
        if let Some(doubts) = news(&mut self.told.doubts, Some(doubts)) {
            self.out.push(Action::Tell(TillEvent::Doubts { doubts }));
        }
        let hint = self.hint();
        if let Some(hint) = news(&mut self.told.hint, Some(hint)) {
            self.out.push(Action::Tell(TillEvent::Hint { hint }));
        }
        if std::mem::take(&mut self.told.entries_changed) {
            self.out.push(Action::Tell(TillEvent::Entries { entries: self.board.listed() }));
        }
    }

    fn shop_shown(&self) -> Option<ShopShown> {
        let answer = self.shop.clone()?;
        Some(ShopShown {
            preset: self.preset()?,
            choice: self.choice,
            language: self.settings.language.unwrap_or(answer.shop.language),
            habits: self.settings.habits,
            shop: answer.shop,
            units: answer.units,
            products: answer.products,
            default_unit: answer.default_unit,
            phone_url: answer.phone_url,
        })
    }

    pub(super) fn result(&self, now: Moment) -> Shown {
        match &self.focus {
            Focus::Shows { shown, .. } => shown.clone(),
            Focus::Open(id) => {
                let open = self.open.iter().find(|open| open.request().id == *id);
                open.map_or(Shown::Idle, |open| open.shown(now.ms))
            }
        }
    }
}

/// The value, if it is another than the one that was told.
fn news<T: Clone + PartialEq>(told: &mut Option<T>, value: Option<T>) -> Option<T> {
    if *told == value {
        return None;
    }
    told.clone_from(&value);
    value
}
