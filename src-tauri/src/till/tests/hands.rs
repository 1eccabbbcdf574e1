//! What the merchant's hands are at while codes come: an amount, a PIN.

use super::*;

fn wash(amount: u64) -> Preset {
    Preset { unit: "wash".to_owned(), amount }
}

fn taken(actions: &[Action]) -> Vec<(Uuid, u64)> {
    let post = |action: &Action| match action {
        Action::Post(request) => Some((request.id, request.amount)),
        _ => None,
    };
    actions.iter().filter_map(post).collect()
}

/// A till with a camera's code held up while an amount is typed.
fn typing() -> Till {
    let mut till = online(&Contents::default());
    till.type_amount(true, at(0));
    assert_eq!(till.scan(code(1), id(1), at(100)), Err(Failed::new("busy")));
    let actions = till.actions(at(100));
    assert!(actions.contains(&Action::Tell(TillEvent::Hint { hint: Hint::Amount })));
    assert_eq!(taken(&actions), []);
    till
}

#[test]
fn while_an_amount_is_typed_a_code_in_view_waits_and_is_read_again_once_it_stands() {
    let mut till = typing();
    till.set_preset(wash(3), 1, at(5_000)).unwrap();
    let actions = till.actions(at(5_000));
    assert!(actions.contains(&Action::LookAgain(None)));
    assert!(actions.contains(&Action::Tell(TillEvent::Hint { hint: Hint::None })));
    till.scan(code(1), id(2), at(5_010)).unwrap();
    assert_eq!(taken(&till.actions(at(5_010))), [(id(2), 3)]);
}

#[test]
fn typing_that_is_given_up_leaves_the_amount_as_it_was() {
    let mut till = typing();
    till.type_amount(false, at(5_000));
    assert!(till.actions(at(5_000)).contains(&Action::LookAgain(None)));
    till.scan(code(1), id(2), at(5_010)).unwrap();
    assert_eq!(taken(&till.actions(at(5_010))), [(id(2), 1)]);
}

#[test]
fn a_code_that_came_by_hand_is_kept_and_taken_with_the_new_amount_alone() {
    let mut till = online(&Contents::default());
    till.type_amount(true, at(0));
    assert_eq!(till.scan_by_hand(code(1), id(1), at(100)), Ok(()));
    assert_eq!(taken(&till.actions(at(100))), []);
    till.set_preset(wash(4), 1, at(20_000)).unwrap();
    assert_eq!(taken(&till.actions(at(20_000))), [(id(1), 4)]);

    let mut till = online(&Contents::default());
    till.type_amount(true, at(0));
    till.scan_by_hand(code(1), id(1), at(100)).unwrap();
    till.set_preset(wash(4), 1, at(30_100)).unwrap();
    assert_eq!(taken(&till.actions(at(30_100))), [], "whoever showed it may have left");
}

#[test]
fn of_amounts_that_overtake_each_other_the_one_chosen_last_holds() {
    let mut till = online(&Contents::default());
    till.set_preset(wash(5), 4, at(0)).unwrap();
    till.set_preset(wash(4), 3, at(1)).unwrap();
    let actions = till.actions(at(1));
    let shown = actions.iter().find_map(|action| match action {
        Action::Tell(TillEvent::Shop(shown)) => Some((shown.preset.clone(), shown.choice)),
        _ => None,
    });
    assert_eq!(shown, Some((wash(5), 4)));
    till.scan(code(1), id(1), at(100)).unwrap();
    assert_eq!(taken(&till.actions(at(100))), [(id(1), 5)]);
}

#[test]
fn an_amount_that_is_none_takes_nothing() {
    let mut till = typing();
    till.scan_by_hand(code(2), id(2), at(200)).unwrap();
    assert_eq!(till.set_preset(wash(0), 1, at(1_000)), Err(Failed::new("amount_invalid")));
    till.type_amount(false, at(1_100));
    let actions = till.actions(at(1_100));
    assert_eq!(taken(&actions), []);
    assert!(!actions.iter().any(|action| matches!(action, Action::LookAgain(_))));
}

#[test]
fn what_ends_while_an_amount_is_typed_lets_nobody_else_in() {
    let mut till = scanned(1);
    till.type_amount(true, at(10));
    assert_eq!(till.scan(code(2), id(2), at(20)), Err(Failed::new("busy")));
    till.on_reply(id(1), Call::Post, recorded(1), at(40));
    assert!(!till.actions(at(40)).iter().any(|action| matches!(action, Action::LookAgain(_))));
    till.type_amount(false, at(50));
    assert!(till.actions(at(50)).contains(&Action::LookAgain(None)));
}

#[test]
fn a_pin_never_goes_with_a_scan_that_came_meanwhile() {
    let refused = |till: &mut Till, number: u128, ms| {
        let refusal = Refusal { code: "pin_required".to_owned(), ..Refusal::default() };
        till.on_reply(id(number), Call::Post, Reply::Refused(refusal), at(ms));
        till.actions(at(ms));
    };
    let mut till = scanned(1);
    refused(&mut till, 1, 40);
    till.scan(code(2), id(2), at(50)).unwrap();
    till.actions(at(50));
    refused(&mut till, 2, 90);
    let over = Err(Failed::new("scan_over"));
    assert_eq!(till.again(id(1), id(3), By::default(), at(100)), over);
    assert_eq!(taken(&till.actions(at(100))), []);
    till.again(id(2), id(3), By::default(), at(110)).unwrap();
    let actions = till.actions(at(110));
    assert!(matches!(&actions[1], Action::Post(request) if request.about.code() == Some(code(2))));
    assert_eq!(till.again(id(2), id(4), By::default(), at(120)), over, "once");
}
