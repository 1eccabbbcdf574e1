//! One customer, as a terminal sees them: who they are, what they hold, what they carry, what happened.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::customer::parse_phone;
use super::error::ApiError;
use super::me::{self, Account};
use super::operator::parse_name;
use super::parts::{Path, Query};
use super::request::customer_id;
use super::who::{ApprovalBody, Asking, Who, WhoProblems};
use crate::audit::Deed;
use crate::event::{Event, ShownEntry, Told};
use crate::id::{CustomerId, OperatorId, ShopId};
use crate::ledger::{Millis, rfc3339};
use crate::line;
use crate::name::{Name, PhoneNumber, phone_end};
use crate::operator::Role;
use crate::store::customer::{self, PersonRow};
use crate::store::phone::{self, CredentialRow};
use crate::store::{self, Connection, entry, shop, told};

/// Entries of one page, at most.
pub const MAX_ENTRIES: i64 = 100;
/// Entries of one page when none is asked for.
const ENTRIES: i64 = 20;
/// Events and entries of an export, at most each: a day of it would take a customer decades.
const MAX_EXPORTED: usize = 100_000;

/// A phone or a card.
#[derive(Serialize, ToSchema)]
pub struct ShownCredential {
    /// Ten digits.
    #[schema(pattern = "^[0-9]{10}$")]
    credential: String,
    /// `phone` or `card`.
    kind: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// Since when it is taken back; null: it is good.
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    /// Wrong PINs block the customer's PIN with it until then.
    #[schema(format = DateTime)]
    pin_blocked_until: Option<String>,
}

impl ShownCredential {
    fn of(row: &CredentialRow, now: Millis) -> Result<Self, store::Error> {
        Ok(Self {
            credential: row.number()?.to_string(),
            kind: row.kind.clone(),
            created_at: rfc3339(row.created_at),
            revoked_at: row.revoked_at.map(rfc3339),
            pin_blocked_until: row.pin_blocked_until.filter(|until| *until > now).map(rfc3339),
        })
    }
}

/// A customer.
#[derive(Serialize, ToSchema)]
pub struct Person {
    id: CustomerId,
    name: String,
    /// Their whole phone number, for a manager alone.
    phone: Option<String>,
    /// Its last digits, four at most.
    phone_end: Option<String>,
    /// The id in the system that they were imported from.
    external: Option<String>,
    /// Whether they have a PIN.
    pin: bool,
    /// Since when nothing is taken; null: they are not frozen.
    #[schema(format = DateTime)]
    frozen_at: Option<String>,
    /// Since when nothing personal is kept.
    #[schema(format = DateTime)]
    erased_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// The shop's default unit first.
    accounts: Vec<Account>,
    /// Their phones and cards, the newest first.
    credentials: Vec<ShownCredential>,
    /// Their last event.
    #[schema(minimum = 0)]
    seq: i64,
}

/// The body of `PATCH /customers/{id}`; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    #[schema(value_type = Option<Name>)]
    name: Option<String>,
    /// An empty one takes it away.
    #[schema(max_length = 40, pattern = r"^([-+ ().\/]*([0-9][-+ ().\/]*){3,20})?$", example = "+86 138 0013 8000")]
    phone: Option<String>,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The query of `GET /customers/{id}/entries`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// The last number of the page before; left out: from the newest.
    before: Option<i64>,
    /// How many; 20 if it is left out, more than 100 count as 100.
    limit: Option<i64>,
}

/// Entries.
#[derive(Serialize, ToSchema)]
pub struct EntryPage {
    /// The newest first, as the terminal's socket shows them.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<Value>,
}

/// All that is known of a customer.
#[derive(Serialize, ToSchema)]
pub struct Export {
    customer: Person,
    /// What they were told, in order.
    #[schema(value_type = Vec<Event>)]
    events: Vec<Value>,
    /// Their ledger entries, the newest first.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<Value>,
    /// Free text on their entries.
    notes: Vec<ExportedNote>,
}

/// Free text on an entry.
#[derive(Serialize, ToSchema)]
pub struct ExportedNote {
    /// The entry's number.
    number: i64,
    text: String,
}

/// A customer: what they hold and carry
#[utoipa::path(
    get, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "get_customer",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer."), Asking),
    responses((status = 200, description = "The customer.", body = Person), WhoProblems)
)]
pub async fn get(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Query(asking): Query<Asking>,
) -> Result<axum::Json<Person>, ApiError> {
    let id = customer_id(&id)?;
    let who = Who::needs(&app, &terminal, Role::Cashier, asking.operator, None).await?;
    let mut moment = app.store.begin_read().await?;
    Ok(axum::Json(person(&mut moment, terminal.shop_id, id, who.role, (app.clock)()).await?))
}

async fn person(
    conn: &mut Connection,
    shop: ShopId,
    id: CustomerId,
    role: Role,
    now: Millis,
) -> Result<Person, ApiError> {
    let row = customer::person(conn, shop, id).await?.ok_or(ApiError::NotFound)?;
    let units = shop::units(conn, shop).await?;
    let (accounts, seq) = me::accounts(conn, id, &units).await?;
    let credentials = phone::credentials(conn, id).await?;
    let credentials: Result<_, _> = credentials.iter().map(|row| ShownCredential::of(row, now)).collect();
    Ok(Person {
        id,
        name: row.name,
        phone_end: row.phone.as_deref().map(|phone| phone_end(phone).to_owned()),
        phone: row.phone.filter(|_| role >= Role::Manager),
        external: row.external,
        pin: row.pin,
        frozen_at: row.frozen_at.map(rfc3339),
        erased_at: row.erased_at.map(rfc3339),
        created_at: rfc3339(row.created_at),
        accounts,
        credentials: credentials?,
        seq,
    })
}

/// Change a customer's name or phone number
#[utoipa::path(
    patch, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "change_customer",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = PersonChange,
    responses((status = 200, description = "Changed.", body = Person), WhoProblems)
)]
pub async fn change(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<PersonChange>,
) -> Result<axum::Json<Person>, ApiError> {
    let id = customer_id(&id)?;
    let name: Option<Name> = body.name.as_deref().map(parse_name).transpose()?;
    let phone: Option<Option<PhoneNumber>> = match body.phone.as_deref() {
        Some("") => Some(None),
        Some(text) => Some(Some(parse_phone(text)?)),
        None => None,
    };
    known(&mut *app.store.read().await?, terminal.shop_id, id).await?;
    let who = Who::needs(&app, &terminal, Role::Cashier, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let detail = json!({ "name": name.is_some(), "phone": phone.is_some() });
    who.record(&mut write, now, Deed::CustomerChanged, Some(id), detail).await?;
    let mut row = known(&mut write, terminal.shop_id, id).await?;
    row.name = name.map_or(row.name, |name| name.to_string());
    row.phone = phone.map_or(row.phone, |phone| phone.map(|phone| phone.as_str().to_owned()));
    customer::change(&mut write, &row).await?;
    let person = person(&mut write, terminal.shop_id, id, who.role, now).await?;
    write.commit().await?;
    Ok(axum::Json(person))
}

/// A customer of the shop who was not erased.
pub async fn known(conn: &mut Connection, shop: ShopId, id: CustomerId) -> Result<PersonRow, ApiError> {
    let row = customer::person(conn, shop, id).await?;
    row.filter(|row| row.erased_at.is_none()).ok_or(ApiError::NotFound)
}

/// A customer's ledger entries, the newest first
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/entries", tag = "customers", operation_id = "list_customer_entries",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer."), Asking, Page),
    responses((status = 200, description = "One page.", body = EntryPage), WhoProblems)
)]
pub async fn entries(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Query(asking): Query<Asking>,
    Query(page): Query<Page>,
) -> Result<axum::Json<EntryPage>, ApiError> {
    let id = customer_id(&id)?;
    Who::needs(&app, &terminal, Role::Cashier, asking.operator, None).await?;
    let mut conn = app.store.read().await?;
    customer::person(&mut conn, terminal.shop_id, id).await?.ok_or(ApiError::NotFound)?;
    let limit = page.limit.unwrap_or(ENTRIES).clamp(1, MAX_ENTRIES);
    let shown = entry::of_customer(&mut conn, id, page.before.unwrap_or(i64::MAX), limit).await?;
    Ok(axum::Json(entry_page(&shown)))
}

/// Entries as terminals are shown them.
pub fn entry_page(shown: &[ShownEntry]) -> EntryPage {
    EntryPage { entries: shown.iter().map(|shown| value(&line::of_entry(shown))).collect() }
}

/// All that is known of a customer
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/export", tag = "customers", operation_id = "export_customer",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer."), Asking),
    responses((status = 200, description = "For the customer to take away.", body = Export), WhoProblems)
)]
pub async fn export(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Query(asking): Query<Asking>,
) -> Result<axum::Json<Export>, ApiError> {
    let id = customer_id(&id)?;
    Who::needs(&app, &terminal, Role::Manager, asking.operator, None).await?;
    let mut moment = app.store.begin_read().await?;
    let customer = person(&mut moment, terminal.shop_id, id, Role::Owner, (app.clock)()).await?;
    let mut events: Vec<Told> = Vec::new();
    while events.len() < MAX_EXPORTED {
        let page = told::events(&mut moment, id, events.last().map_or(0, |told| told.seq)).await?;
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    let most = i64::try_from(MAX_EXPORTED).unwrap_or(i64::MAX);
    let entries = entry::of_customer(&mut moment, id, i64::MAX, most).await?;
    let notes = entry::notes_of_customer(&mut moment, id).await?;
    Ok(axum::Json(Export {
        customer,
        events: events.iter().map(|told| value(&told.json)).collect(),
        entries: entries.iter().map(|shown| value(&line::of_entry(shown))).collect(),
        notes: notes.into_iter().map(|(number, text)| ExportedNote { number, text }).collect(),
    }))
}

/// JSON text of our own as a value.
fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("our own JSON is read back")
}
