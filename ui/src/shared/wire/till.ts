// Generated from src-tauri/src/wire.rs: do not edit. `TILLBEAM_BLESS=1 cargo test -p tillbeam wire` writes it anew.

/**
 * One message to the page; `open` sends the whole state as these, then each change.
 */
export type TillEvent = { "type": "shop" } & ShopShown | { "type": "staff" } & Staff | { "type": "link", 
/**
 * See [`LinkState`].
 */
state: LinkState, } | { "type": "address" } & Address | { "type": "server", 
/**
 * None: the books are on this computer.
 */
server: ServerAt | null, } | { "type": "certificate", 
/**
 * None: there is nothing to say of it.
 */
certificate: Certificate | null, } | { "type": "journal", 
/**
 * See [`Damage`].
 */
damage: Damage | null, } | { "type": "camera" } & Camera | { "type": "receipts", 
/**
 * See [`Receipts`].
 */
receipts: Receipts, 
/**
 * Printers that are plugged in by USB.
 */
plugged_in: Array<string>, } | { "type": "cameras", 
/**
 * All that are plugged in, in the system's order.
 */
cameras: Array<CameraListed>, 
/**
 * The id of the one in use.
 */
used: string | null, } | { "type": "hint", 
/**
 * See [`Hint`].
 */
hint: Hint, } | { "type": "found", 
/**
 * Four corners clockwise from the top left, or nothing in view.
 */
corners: [[number, number], [number, number], [number, number], [number, number]] | null, } | { "type": "result", 
/**
 * See [`Shown`].
 */
result: Shown, } | { "type": "doubts", 
/**
 * Oldest first.
 */
doubts: Array<Doubt>, } | { "type": "lamp", 
/**
 * The redemption's id.
 */
id: string, 
/**
 * See [`Lamp`].
 */
lamp: Lamp, } | { "type": "online", 
/**
 * How many.
 */
customers: number, } | { "type": "entries", 
/**
 * Ledger entries, and refusals of this terminal.
 */
entries: Array<Listed>, };

/**
 * The shop as the page shows it.
 */
export type ShopShown = { 
/**
 * The shop itself.
 */
shop: Shop, 
/**
 * Every unit that can be taken.
 */
units: Array<Unit>, 
/**
 * The till's buttons, in their order.
 */
products: Array<Product>, 
/**
 * The unit taken where none is chosen.
 */
default_unit: string, 
/**
 * The address that phones use.
 */
phone_url: string, 
/**
 * What the next scan takes.
 */
preset: Preset, 
/**
 * Which of the page's choices of it that was: what is told after one that is still on its way is not news.
 */
choice: number, 
/**
 * The page's language.
 */
language: Language, 
/**
 * What this till is used to.
 */
habits: Habits, };

/**
 * The tenant.
 */
export type Shop = { 
/**
 * Positive, below 2^53.
 */
id: number, 
/**
 * As on the sign.
 */
name: string, 
/**
 * ISO 4217.
 */
currency: string, 
/**
 * IANA name.
 */
time_zone: string, 
/**
 * The shop's own language.
 */
language: Language, 
/**
 * Fake customers, marked, never in the books.
 */
practice: boolean, };

/**
 * A unit: a pass or the shop's currency.
 */
export type Unit = { 
/**
 * `wash`, or `CNY`.
 */
unit: string, 
/**
 * A count or money.
 */
kind: UnitKind, 
/**
 * Digits after the point; 0 for a pass.
 */
decimals: number, 
/**
 * What screens call it.
 */
names: Names, };

/**
 * A count of visits, or minor units of money.
 */
export type UnitKind = "pass" | "money";

/**
 * A unit's names on screens.
 */
export type Names = { 
/**
 * English.
 */
en: string, 
/**
 * Chinese.
 */
zh: string, };

/**
 * The two languages of every screen.
 */
export type Language = "en" | "zh";

/**
 * What the next scan takes.
 */
export type Preset = { 
/**
 * One of the shop's units.
 */
unit: string, 
/**
 * 1 … 10^12.
 */
amount: number, };

/**
 * A button of the till: a name for what a scan takes.
 */
export type Product = { 
/**
 * What screens call it.
 */
names: Names, 
/**
 * One of the shop's units.
 */
unit: string, 
/**
 * 1 … 10^12.
 */
amount: number, };

/**
 * No till is open: the first start, or another shop is wanted.
 */
export type FirstStart = { 
/**
 * Shops that are in the books already, practice left out.
 */
shops: Array<ShopNamed>, 
/**
 * The server that this till was paired with, if it was.
 */
remote: ServerAt | null, 
/**
 * Why the one that was to be opened could not be: `already_open` or `not_opened`.
 */
failed: string | null, };

/**
 * A shop that can be opened.
 */
export type ShopNamed = { 
/**
 * Positive, below 2^53.
 */
id: number, 
/**
 * As on the sign.
 */
name: string, };

/**
 * Which till to open.
 */
export type Begin = { "kind": "practice" } | { "kind": "shop", 
/**
 * Which.
 */
id: number, } | { "kind": "new" } & Answers | { "kind": "remote" } | { "kind": "pair", 
/**
 * As somebody typed it.
 */
address: string, 
/**
 * From the settings of a till that is paired there.
 */
code: string, };

/**
 * What the owner answered at the first start.
 */
export type Answers = { 
/**
 * Of the shop's screens.
 */
language: Language, 
/**
 * As on the sign.
 */
name: string, 
/**
 * ISO 4217.
 */
currency: string, 
/**
 * What a visit is called, if visits are sold.
 */
pass: string | null, 
/**
 * Whether money is kept on account.
 */
money: boolean, 
/**
 * Without one nobody is asked who they are.
 */
owner: Owner | null, 
/**
 * The name of the first customer: the owner's own phone, to try it with.
 */
customer: string, };

/**
 * The first operator.
 */
export type Owner = { 
/**
 * As the till shows it.
 */
name: string, 
/**
 * 4 to 12 digits.
 */
pin: Pin, };

/**
 * Where phones reach the till.
 */
export type Address = { 
/**
 * Now.
 */
now: string, 
/**
 * The one that was chosen; none: the computer's own, whatever it is.
 */
chosen: string | null, 
/**
 * What it was before, if it changed by itself and nobody has seen that yet.
 */
before: string | null, 
/**
 * What else there is to choose: the computer's name on its network.
 */
offers: Array<string>, 
/**
 * Named where the program was started, so that it is changed there.
 */
fixed: boolean, 
/**
 * How phones come.
 */
way: Way, 
/**
 * This computer on its network, with the port.
 */
here: string, };

/**
 * What this till is used to; another till of the shop has its own.
 */
export type Habits = { 
/**
 * Tones for recorded and refused.
 */
sounds: boolean, 
/**
 * Results said aloud, where the system has a voice.
 */
spoken: boolean, 
/**
 * Without a key, a touch or a scan for so many minutes, whoever comes next says who they are; 0: never.
 */
lock_after_min: number, };

/**
 * What a backup holds.
 */
export type BackupHolds = { 
/**
 * When it was begun.
 */
made_at: string, 
/**
 * The names of its shops.
 */
shops: Array<string>, 
/**
 * Entries of all of them.
 */
entries: number, 
/**
 * The last one's time.
 */
last_at: string | null, };

/**
 * Where and how often backups are made.
 */
export type BackupPlan = { 
/**
 * The folder that was chosen; none: the till's own.
 */
folder: string | null, 
/**
 * Hours from one to the next.
 */
every_h: number, };

/**
 * How phones reach the till.
 */
export type Way = { "kind": "plain" } | { "kind": "own_ca" } | { "kind": "public", 
/**
 * Like `pay.example.org`; several with commas between them.
 */
name: string, 
/**
 * The e-mail address that the authority may write to.
 */
contact: string | null, } | { "kind": "proxy" } | { "kind": "files", 
/**
 * The path of the chain, PEM.
 */
cert: string, 
/**
 * The path of its key, PEM.
 */
key: string, };

/**
 * How it stands with a certificate; `cause` is in the system's or the authority's words.
 */
export type Certificate = { "standing": "waiting" } | { "standing": "held" } | { "standing": "ending" } | { "standing": "ended" } | { "standing": "early" } | { "standing": "unvouched" } | { "standing": "unreached", 
/**
 * Why.
 */
cause: string, } | { "standing": "unseen", 
/**
 * Why.
 */
cause: string, } | { "standing": "refused", 
/**
 * Why.
 */
cause: string, } | { "standing": "unusable", 
/**
 * Why.
 */
cause: string, };

/**
 * The server that this till is paired with.
 */
export type ServerAt = { 
/**
 * Where it is.
 */
url: string, 
/**
 * The shop there, as it was called when the till was paired.
 */
shop: string, 
/**
 * What the shop calls this till.
 */
terminal: string, 
/**
 * Only the server's own CA is believed.
 */
pinned: boolean, };

/**
 * What a connection test found.
 */
export type ServerFound = { 
/**
 * The address as it is used.
 */
url: string, 
/**
 * Of the server.
 */
version: string, 
/**
 * By TLS.
 */
encrypted: boolean, 
/**
 * The pairing code's own CA was found there.
 */
pinned: boolean, 
/**
 * How far the server's clock is ahead, where that is more than a minute.
 */
clock_difference_s: number | null, };

/**
 * What became of a file.
 */
export type Imported = { "status": "would" } & Import | { "status": "done" } & Import | { "status": "wrong" } & WrongCells;

/**
 * What a file brings.
 */
export type Import = { 
/**
 * How it was read.
 */
encoding: string, 
/**
 * Columns that were left aside.
 */
ignored: Array<string>, 
/**
 * How many.
 */
customers: number, 
/**
 * What they hold.
 */
opened: Array<ImportedUnit>, };

/**
 * Accounts of one unit.
 */
export type ImportedUnit = { 
/**
 * The unit.
 */
unit: string, 
/**
 * How many.
 */
accounts: number, 
/**
 * What was paid for, in digits: a sum may be beyond 2^53.
 */
principal: string, 
/**
 * What the shop gave on top, in digits.
 */
bonus: string, };

/**
 * How this computer prints receipts.
 */
export type Receipts = { 
/**
 * Where they are printed.
 */
printer: Printer, 
/**
 * Without somebody asking for each.
 */
always: boolean, 
/**
 * The drawer opens for what is paid or paid back in cash: top-ups and refunds.
 */
drawer: boolean, 
/**
 * How wide the paper is.
 */
paper: Paper, };

/**
 * Where receipts are printed.
 */
export type Printer = { "kind": "none" } | { "kind": "network", 
/**
 * A name or a number, with or without a port; the usual one is 9100.
 */
address: string, } | { "kind": "usb", 
/**
 * As the system calls it: `/dev/usb/lp0`.
 */
path: string, };

/**
 * The usual two rolls.
 */
export type Paper = "wide" | "narrow";

/**
 * Everything that is wrong with a file: the first of it, and how much in all.
 */
export type WrongCells = { 
/**
 * In the file's order.
 */
wrong: Array<WrongCell>, 
/**
 * All of them.
 */
wrong_count: number, };

/**
 * A wrong cell.
 */
export type WrongCell = { 
/**
 * In the file, from 1.
 */
line: number, 
/**
 * The column's name; none: the whole line.
 */
column: string | null, 
/**
 * See [`WrongWhat`].
 */
what: WrongWhat, 
/**
 * What to do, in English, for what this till does not know yet.
 */
detail: string, };

/**
 * What is wrong with a cell, a line or the file.
 */
export type WrongWhat = "encoding" | "header_missing" | "header_unknown" | "header_twice" | "too_many_columns" | "too_many_rows" | "no_rows" | "fields" | "quote" | "too_long" | "name" | "external" | "phone" | "amount" | "too_much" | "date" | "twice" | "known" | "other";

/**
 * What of a till belongs to its computer.
 */
export type Computer = { 
/**
 * Whether the till opens at login; none where that is not offered.
 */
autostart: boolean | null, 
/**
 * Whether the customers' window is open.
 */
customers: boolean, 
/**
 * How many displays there are.
 */
displays: number, 
/**
 * How this computer's own server makes backups.
 */
backups: BackupPlan, };

/**
 * All of it, told anew with every change.
 */
export type Display = { 
/**
 * None while no shop is open.
 */
shop: DisplayShop | null, 
/**
 * What the next scan takes; none while no code is taken (locked, or without the server).
 */
takes: Preset | null, 
/**
 * For the phone of whoever stands there.
 */
join: Join | null, 
/**
 * What became of the last code.
 */
result: DisplayResult, };

/**
 * Of the shop, what is on its sign.
 */
export type DisplayShop = { 
/**
 * As on the sign.
 */
name: string, 
/**
 * IANA name.
 */
time_zone: string, 
/**
 * The till's.
 */
language: Language, 
/**
 * Not in the books.
 */
practice: boolean, 
/**
 * Every unit that can be taken.
 */
units: Array<Unit>, };

/**
 * What became of the last code, as far as the person who showed it is concerned.
 */
export type DisplayResult = { "status": "idle" } | { "status": "checking" } | { "status": "recorded", 
/**
 * One of the shop's units.
 */
unit: string, 
/**
 * What was taken.
 */
amount: number, 
/**
 * What is left.
 */
balance: number, 
/**
 * The same as on the phone.
 */
mark: string, 
/**
 * When.
 */
at: string, 
/**
 * The same code was shown again: nothing more was taken.
 */
repeated: boolean, 
/**
 * All of it was given back since.
 */
given_back: boolean, } | { "status": "refused", 
/**
 * The reason.
 */
code: string, 
/**
 * When the till learnt it.
 */
at: string, } | { "status": "cancelled", 
/**
 * When the till learnt it.
 */
at: string, };

/**
 * Whether the server can be reached.
 */
export type LinkState = "connecting" | "online" | "offline" | "revoked";

/**
 * What the pictures come from.
 */
export type Camera = { 
/**
 * See [`CameraState`].
 */
state: CameraState, 
/**
 * As the system calls it; empty where there is none, also where the demo camera stands in for it.
 */
name: string, 
/**
 * Why there is no picture.
 */
problem: CameraProblem | null, };

/**
 * The camera's states.
 */
export type CameraState = "opening" | "live" | "demo" | "pictures" | "none" | "failed";

/**
 * Why a camera cannot be used.
 */
export type CameraProblem = "busy" | "denied" | "gone" | "no_frames" | "frozen" | "unsupported" | "other";

/**
 * A camera that can be chosen.
 */
export type CameraListed = { 
/**
 * The same after replugging, where the system allows.
 */
id: string, 
/**
 * As the system calls it.
 */
name: string, };

/**
 * Lines of the journal could not be read.
 */
export type Damage = { 
/**
 * So many.
 */
lines: number, 
/**
 * Requests in them that could still be made out, and are asked after.
 */
asked: number, 
/**
 * Where the file is kept as it was found.
 */
kept: string, };

/**
 * Why nothing is taken although something is in view.
 */
export type Hint = "none" | "not_ours" | "misread" | "two_codes" | "wait" | "amount" | "dark" | "far" | "blurred" | "glare";

/**
 * The result field.
 */
export type Shown = { "status": "idle" } | { "status": "sending" } & Asked | { "status": "checking" } & Asked | { "status": "recorded", 
/**
 * The server's object.
 */
redemption: Redemption, } | { "status": "refused" } & Refused | { "status": "in_doubt", 
/**
 * The server answers, but does not know it: it can be made final.
 */
can_cancel: boolean, 
/**
 * Why the server would not settle it, where it said so.
 */
code?: string, 
/**
 * The request's id.
 */
id: string, 
/**
 * One of the shop's units.
 */
unit: string, 
/**
 * What it would take.
 */
amount: number, 
/**
 * When it was scanned.
 */
since: string, } | { "status": "cancelled", 
/**
 * The request's id.
 */
id: string, 
/**
 * What it was before: `unknown`, `refused` or `recorded`.
 */
was: string, 
/**
 * When the till learnt it.
 */
at: string, };

/**
 * A request whose outcome the field is waiting for.
 */
export type Asked = { 
/**
 * The request's id.
 */
id: string, 
/**
 * One of the shop's units.
 */
unit: string, 
/**
 * What it would take.
 */
amount: number, 
/**
 * When it was scanned.
 */
since: string, };

/**
 * A refusal: nothing was taken.
 */
export type Refused = { 
/**
 * The request's id.
 */
id: string, 
/**
 * The reason.
 */
code: string, 
/**
 * Whose code it was, where the server knows them.
 */
customer?: Customer, 
/**
 * The unit that was asked for.
 */
unit?: string, 
/**
 * What was asked for.
 */
amount?: number, 
/**
 * What there is, with `insufficient_balance`.
 */
balance?: number, 
/**
 * By how much the phone's clock is off, with `code_expired`.
 */
clock_difference_s?: number, 
/**
 * When the till learnt it.
 */
at: string, };

/**
 * A line of the list of those in doubt.
 */
export type Doubt = { 
/**
 * The request's id.
 */
id: string, 
/**
 * What it is.
 */
kind: RequestKind, 
/**
 * Whose account it is about, where the request names them: a scan does not, nor what undoes something.
 */
customer: number | null, 
/**
 * What it undoes.
 */
of: string | null, 
/**
 * One of the shop's units.
 */
unit: string, 
/**
 * What it would move.
 */
amount: number, 
/**
 * When it was made.
 */
since: string, 
/**
 * See [`DoubtState`].
 */
state: DoubtState, };

/**
 * The kinds of request that are kept in the journal.
 */
export type RequestKind = "redemption" | "top_up" | "refund" | "transfer" | "adjustment" | "reversal";

/**
 * How a doubt stands. The first four are open, the others settled.
 */
export type DoubtState = "asking" | "unreachable" | "can_cancel" | "cancelling" | "recorded" | "refused" | "cancelled" | "gone";

/**
 * How far a redemption got on the customer's phone.
 */
export type Lamp = "recorded" | "received" | "seen";

/**
 * Who may stand at the till, and who does.
 */
export type Staff = { 
/**
 * None at all: nobody is asked who they are.
 */
operators: Array<Operator>, 
/**
 * Whose session this till uses; none while it is locked.
 */
standing: number | null, };

/**
 * An operator, as the server lists them.
 */
export type Operator = { 
/**
 * Positive, below 2^53.
 */
id: number, 
/**
 * As the owner wrote it.
 */
name: string, 
/**
 * What they may do.
 */
role: Role, 
/**
 * Whether their session is open on this till.
 */
open: boolean, 
/**
 * They may do nothing any more.
 */
disabled: boolean, };

/**
 * What an operator may do.
 */
export type Role = "cashier" | "manager" | "owner";

/**
 * A new customer.
 */
export type Person = { 
/**
 * As the shop knows them.
 */
name: string, 
/**
 * To find them by its end.
 */
phone: string | null, };

/**
 * A file that was written.
 */
export type Saved = { 
/**
 * Where.
 */
path: string, };

/**
 * What a request is about.
 */
export type About = { "kind": "redemption", 
/**
 * What was scanned.
 */
code: string, } | { "kind": "named", 
/**
 * Their id.
 */
customer: number, } | { "kind": "top_up", 
/**
 * Their id.
 */
customer: number, 
/**
 * What the shop gives on top; without it, what its rules say.
 */
bonus: number | null, } | { "kind": "refund", 
/**
 * Whose.
 */
customer: number, 
/**
 * Whether the bonus that is left is given up with it.
 */
forfeit_bonus: boolean, 
/**
 * Why, for the books; not for the journal.
 */
reason?: string, } | { "kind": "transfer", 
/**
 * Who gives.
 */
customer: number, 
/**
 * Who gets.
 */
to: number, 
/**
 * Why.
 */
reason?: string, } | { "kind": "adjustment", 
/**
 * Whose.
 */
customer: number, 
/**
 * Whether it is taken.
 */
take: boolean, 
/**
 * Of the bonus, and not of what was paid for.
 */
of_bonus: boolean, 
/**
 * Why.
 */
reason?: string, } | { "kind": "reversal", 
/**
 * The id of what is undone.
 */
of: string, 
/**
 * What it was.
 */
of_kind: Undone, 
/**
 * All that is left of it, with its bonus; else the request's amount.
 */
whole: boolean, 
/**
 * Why; needed where a manager is.
 */
reason?: string | null, };

/**
 * What a reversal undoes.
 */
export type Undone = "redemption" | "top_up";

/**
 * A PIN on its way to the server. Its `Debug` hides it, and it is never written down.
 */
export type Pin = string;

/**
 * A manager's or owner's consent.
 */
export type Approval = { 
/**
 * Who consents.
 */
operator: number, 
/**
 * Their PIN.
 */
pin: Pin, };

/**
 * A customer as the shop knows them.
 */
export type Customer = { 
/**
 * Positive, below 2^53.
 */
id: number, 
/**
 * As the shop wrote it.
 */
name: string, };

/**
 * A recorded redemption (or top-up), as the server answers it.
 */
export type Redemption = { 
/**
 * Of the first request, where `repeated`.
 */
id: string, 
/**
 * Whose.
 */
customer: Customer, 
/**
 * One of the shop's units.
 */
unit: string, 
/**
 * What was taken, or moved: never below zero, whichever way it went.
 */
amount: number, 
/**
 * What was left right after it.
 */
balance: number, 
/**
 * What was given back since.
 */
reversed: number, 
/**
 * When it was recorded.
 */
at: string, 
/**
 * The customer's event number; none where the customer is not told.
 */
seq: number | null, 
/**
 * Two digits and an emoji, the same on the phone.
 */
mark: string, 
/**
 * How far it got on the phone.
 */
lamp: Lamp, 
/**
 * The same code was scanned again: this is the first result, and nothing more was taken.
 */
repeated: boolean, };

/**
 * A line of the last ten.
 */
export type Listed = Entry | RefusalListed;

/**
 * A ledger entry, as the terminal's socket tells it.
 */
export type Entry = { 
/**
 * 1, 2, 3 … per shop.
 */
number: number, 
/**
 * `redemption`, `top_up`, `reversal`, …; new ones may come.
 */
kind: string, 
/**
 * Of the request that caused it.
 */
id: string, 
/**
 * Whose.
 */
customer: Customer, 
/**
 * One of the shop's units.
 */
unit: string, 
/**
 * Always positive.
 */
amount: number, 
/**
 * What was left right after it.
 */
balance: number, 
/**
 * When.
 */
at: string, 
/**
 * Two digits and an emoji.
 */
mark: string, 
/**
 * Of a redemption.
 */
lamp: Lamp | null, 
/**
 * What a reversal reverses.
 */
of: string | null, 
/**
 * The kind of it.
 */
of_kind: string | null, 
/**
 * Whether the customer gained, where the kind alone does not say it.
 */
gain: boolean | null, };

/**
 * A request that moved nothing, in the list.
 */
export type RefusalListed = { 
/**
 * Always `refusal`.
 */
kind: "refusal", 
/**
 * The request's id.
 */
id: string, 
/**
 * What it was.
 */
of: RequestKind, 
/**
 * The reason.
 */
code: string, 
/**
 * When.
 */
at: string, };

/**
 * A join link: one phone, 15 minutes.
 */
export type Join = { 
/**
 * To be shown as a QR code.
 */
url: string, 
/**
 * When it ends.
 */
expires_at: string, };

/**
 * The answer to `new_customer`.
 */
export type NewCustomer = { 
/**
 * Who was made.
 */
customer: Customer, 
/**
 * For their phone.
 */
join: Join, 
/**
 * The first top-up, if it was recorded.
 */
top_up: Redemption | null, 
/**
 * Why the top-up was not recorded, or not yet; the customer stands.
 */
top_up_failed: string | null, };

/**
 * Why a command did nothing.
 */
export type Failed = { 
/**
 * The reason.
 */
code: string, };
