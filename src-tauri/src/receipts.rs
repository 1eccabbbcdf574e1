//! How this computer prints receipts, remembered in the till's folder. No secret is in it.

use std::io;
use std::path::Path;

use crate::settings;
use crate::wire::{Printer, Receipts};

const FILE: &str = "receipts.json";
/// The longest name of a printer, in bytes.
const NAME_LIMIT: usize = 200;

/// From the till's folder.
pub fn load(till: &Path) -> Receipts {
    settings::read(&till.join(FILE))
}

/// Into the till's folder; never half of it.
pub fn save(receipts: &Receipts, till: &Path) -> io::Result<()> {
    settings::write(&till.join(FILE), receipts)
}

/// Whether a printer can be called so.
pub fn is_named(printer: &Printer) -> bool {
    match printer {
        Printer::None => true,
        Printer::Network { address: name } | Printer::Usb { path: name } => {
            !name.trim().is_empty() && name.len() <= NAME_LIMIT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_there_at_the_next_start() {
        let till = tempfile::tempdir().unwrap();
        assert_eq!(load(till.path()), Receipts::default());
        let printer = Printer::Network { address: "192.168.1.9".to_owned() };
        let chosen = Receipts { printer, always: true, ..Receipts::default() };
        save(&chosen, till.path()).unwrap();
        assert_eq!(load(till.path()), chosen);
        assert!(is_named(&chosen.printer) && is_named(&Printer::None));
        assert!(!is_named(&Printer::Usb { path: " ".to_owned() }));
        assert!(!is_named(&Printer::Network { address: "x".repeat(201) }));
    }
}
