//! Refusals that the till makes by itself: nothing was sent, so nothing was taken.

/// The server cannot be reached.
pub const OFFLINE: &str = "offline";
/// The journal could not be written: no request leaves without its line on disk.
pub const JOURNAL_FAILED: &str = "journal_failed";
/// What was dropped or pasted is no picture.
pub const NO_PICTURE: &str = "no_picture";
/// A picture without a code.
pub const NO_CODE: &str = "no_code";
/// A picture with a code that is not a customer's.
pub const NOT_OURS: &str = "not_ours";
/// A picture with a customer's code that is damaged.
pub const MISREAD: &str = "misread";
/// A picture with two customers' codes.
pub const TWO_CODES: &str = "two_codes";
/// An earlier request is still open; the same word as the server's.
pub const BUSY: &str = "busy";
/// Nobody stands at the till: an operator gives their PIN first.
pub const LOCKED: &str = "locked";
/// The scan that somebody gave a PIN or a consent for is no longer the last one.
pub const SCAN_OVER: &str = "scan_over";
/// No answer in time: the list of those in doubt has it, and goes on asking.
pub const IN_DOUBT: &str = "in_doubt";
/// The file could not be written.
pub const NOT_SAVED: &str = "not_saved";
/// The till could not be opened; the log says why.
pub const NOT_OPENED: &str = "not_opened";
/// Another Tillbeam has the data directory.
pub const ALREADY_OPEN: &str = "already_open";
/// This till's token at its server cannot be read: the keyring that has it does not open, or it is gone.
pub const TOKEN_UNREADABLE: &str = "token_unreadable";
/// There is a shop of this name.
pub const NAME_TAKEN: &str = "name_taken";
/// What became of a request is not known yet: the till is not left without saying so.
pub const UNSETTLED: &str = "unsettled";
/// What was typed is no address of a server.
pub const ADDRESS_WRONG: &str = "address_wrong";
/// No computer of that name.
pub const NAME_UNKNOWN: &str = "name_unknown";
/// The computer is there, and nothing listens.
pub const CONNECTION_REFUSED: &str = "connection_refused";
/// No answer in time.
pub const UNREACHABLE: &str = "unreachable";
/// Something answers that is no server of ours.
pub const NOT_TILLBEAM: &str = "not_tillbeam";
/// Plain http where https was asked for.
pub const PLAIN_HTTP: &str = "plain_http";
/// https where plain http was asked for.
pub const HTTPS_ONLY: &str = "https_only";
/// A certificate that nobody known has signed.
pub const CERTIFICATE_UNKNOWN: &str = "certificate_unknown";
/// Not the server that the pairing code is of.
pub const SERVER_OTHER: &str = "server_other";
/// The certificate is for other names.
pub const CERTIFICATE_NAME: &str = "certificate_name";
/// The certificate's time is over, or one of the clocks is wrong.
pub const CERTIFICATE_TIME: &str = "certificate_time";
/// Another version, which speaks another language.
pub const VERSION_DIFFERS: &str = "version_differs";
/// The server answers that it cannot write its books.
pub const SERVER_UNWELL: &str = "server_unwell";
/// What was typed is no pairing code.
pub const PAIRING_WRONG: &str = "pairing_wrong";
/// A pairing code that is wrong, used or too old.
pub const PAIRING_EXPIRED: &str = "pairing_expired";
/// No receipt printer was chosen.
pub const PRINTER_NONE: &str = "printer_none";
/// It does not answer, or stopped in the middle.
pub const PRINTER_OFF: &str = "printer_off";
/// No printer of that name.
pub const PRINTER_UNKNOWN: &str = "printer_unknown";
/// The system does not let this program print there.
pub const PRINTER_DENIED: &str = "printer_denied";
/// It is not plugged in.
pub const PRINTER_GONE: &str = "printer_gone";
/// It has not taken the last receipt yet.
pub const PRINTER_BUSY: &str = "printer_busy";
/// A backup that is not there or cannot be read.
pub const BACKUP_UNREAD: &str = "backup_unread";
/// A file that is no backup.
pub const BACKUP_OTHER: &str = "backup_other";
/// A backup of a later version.
pub const BACKUP_NEWER: &str = "backup_newer";
/// A backup that is cut short, damaged, or whose books do not hold.
pub const BACKUP_DAMAGED: &str = "backup_damaged";
/// A backup that is sealed.
pub const PASSPHRASE_NEEDED: &str = "passphrase_needed";
/// A backup that is sealed with another one.
pub const PASSPHRASE_WRONG: &str = "passphrase_wrong";
/// A folder for backups that is not there.
pub const FOLDER_MISSING: &str = "folder_missing";
/// One that cannot be written to.
pub const FOLDER_DENIED: &str = "folder_denied";
/// What was typed is no name on the internet.
pub const NO_PUBLIC_NAME: &str = "no_public_name";
/// No computer has this name.
pub const NAME_NOWHERE: &str = "name_nowhere";
/// A file is not there, or no certificate or key.
pub const NO_CERTIFICATE: &str = "no_certificate";
/// The key is another certificate's.
pub const KEY_OTHER: &str = "key_other";
/// A certificate that has ended.
pub const CERTIFICATE_ENDED: &str = "certificate_ended";
/// A certificate that does not count yet.
pub const CERTIFICATE_EARLY: &str = "certificate_early";
/// A certificate for other names than the address.
pub const CERTIFICATE_OTHER: &str = "certificate_other";
/// What was typed is no e-mail address.
pub const CONTACT_WRONG: &str = "contact_wrong";
/// An address of http where phones come by https.
pub const NOT_HTTPS: &str = "not_https";
