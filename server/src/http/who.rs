//! Who acts: the operator that a call names, who approves, and whether their roles are enough.
//!
//! For calls that do not go through the writer: `Who::needs` before the work, `Who::record` in its transaction. In
//! a shop without operators nobody is asked.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::error::ApiError;
use super::pins;
use super::problem::refuses;
use crate::audit::{Act, Deed};
use crate::id::{CustomerId, OperatorId, ShopId, TerminalId};
use crate::ledger::Millis;
use crate::operator::Role;
use crate::pin::{Pin, Tries};
use crate::status::{News, StatusKind};
use crate::store::terminal::TerminalRow;
use crate::store::{Connection, audit, operator};

/// A manager's or owner's consent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalBody {
    /// Who consents.
    pub operator: OperatorId,
    /// Their PIN.
    #[serde(deserialize_with = "pin_of")]
    #[schema(pattern = "^[0-9]{4,12}$", example = "2468")]
    pub pin: String,
}

/// A PIN's text: its form is looked at where nobody needs it, too.
fn pin_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if Pin::parse(&text).is_some() { Ok(text) } else { Err(D::Error::custom("a PIN has 4 to 12 digits")) }
}

/// The query of a call that needs a role.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asking {
    /// Who asks; in a shop without operators nobody is asked.
    pub operator: Option<OperatorId>,
}

refuses!(
    /// How a call that names an operator is refused.
    WhoProblems: Forbidden, ApprovalRequired, PinWrong, TooManyAttempts, Busy
);

/// Who acts on a terminal, with a role that is enough.
#[derive(Debug, Clone, Copy)]
pub struct Who {
    shop: ShopId,
    terminal: TerminalId,
    needed: Role,
    /// What the operator may do by themselves; in a shop without operators, everything.
    pub role: Role,
    /// None in a shop without operators.
    pub operator: Option<OperatorId>,
    /// Whose consent it took.
    pub approver: Option<OperatorId>,
}

impl Who {
    /// The operator of a call if they may do what needs `needed`, by themselves or with somebody's approval.
    ///
    /// # Errors
    /// `NoSession`, `ApprovalRequired`, `PinWrong`, `TooMany` while the approver's PIN is blocked.
    pub async fn needs(
        app: &App,
        terminal: &TerminalRow,
        needed: Role,
        operator: Option<OperatorId>,
        approval: Option<&ApprovalBody>,
    ) -> Result<Self, ApiError> {
        let mut who = Self {
            shop: terminal.shop_id,
            terminal: terminal.terminal_id,
            needed,
            role: Role::Owner,
            operator: None,
            approver: None,
        };
        let mut conn = app.store.read().await?;
        if !operator::any(&mut conn, who.shop).await? {
            return Ok(who);
        }
        who.operator = operator;
        who.role = who.role_now(&mut conn, (app.clock)()).await?;
        if who.role >= needed {
            return Ok(who);
        }
        drop(conn);
        let approval = approval.ok_or(ApiError::ApprovalRequired)?;
        let role = prove(app, terminal, approval.operator, pins::parse(&approval.pin)?).await?;
        if role < needed {
            return Err(ApiError::ApprovalRequired);
        }
        who.approver = Some(approval.operator);
        Ok(who)
    }

    async fn role_now(&self, conn: &mut Connection, now: Millis) -> Result<Role, ApiError> {
        let operator = self.operator.ok_or(ApiError::NoSession)?;
        let role = operator::role_in_session(conn, self.shop, self.terminal, operator, now).await?;
        role.ok_or(ApiError::NoSession)
    }

    /// Looks once more, in the transaction of the deed: a session may have been closed and a shop may have got its
    /// first operator since.
    pub async fn still(&self, conn: &mut Connection, now: Millis) -> Result<(), ApiError> {
        if self.operator.is_none() {
            return if operator::any(conn, self.shop).await? { Err(ApiError::NoSession) } else { Ok(()) };
        }
        let role = self.role_now(conn, now).await?;
        if role >= self.needed || self.approver.is_some() { Ok(()) } else { Err(ApiError::ApprovalRequired) }
    }

    /// Looks once more, and notes a deed that moves no value.
    pub async fn record(
        &self,
        conn: &mut Connection,
        now: Millis,
        deed: Deed,
        customer: Option<CustomerId>,
        detail: serde_json::Value,
    ) -> Result<(), ApiError> {
        self.still(conn, now).await?;
        self.note(conn, now, deed, customer, detail).await
    }

    /// News for a customer, with who did it and where.
    pub fn news(&self, customer: CustomerId, kind: StatusKind) -> News {
        News { terminal: Some(self.terminal), operator: self.operator, ..News::of(self.shop, customer, kind) }
    }

    /// Notes a deed of whom was looked at before, in the same transaction.
    pub async fn note(
        &self,
        conn: &mut Connection,
        now: Millis,
        deed: Deed,
        customer: Option<CustomerId>,
        detail: serde_json::Value,
    ) -> Result<(), ApiError> {
        let act = Act {
            shop: Some(self.shop),
            at: now,
            deed,
            terminal: Some(self.terminal),
            operator: self.operator,
            approver: self.approver,
            customer,
            detail,
        };
        Ok(audit::add(conn, &act).await?)
    }
}

/// An operator proves who they are: their role if the PIN is theirs.
///
/// A try is counted before the PIN is looked at, so that many at once are no more tries than one after another.
///
/// # Errors
/// `NotFound` for nobody of this shop, `PinWrong`, `TooMany` while the PIN is blocked.
pub async fn prove(app: &App, terminal: &TerminalRow, operator: OperatorId, pin: Pin) -> Result<Role, ApiError> {
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let secret = operator::secret(&mut write, terminal.shop_id, operator).await?.ok_or(ApiError::NotFound)?;
    if let Some(left) = secret.tries.blocked_ms(now) {
        return Err(ApiError::TooMany { retry_after_s: left.div_euclid(1000) + 1 });
    }
    let spent = secret.tries.after_wrong(now);
    operator::set_tries(&mut write, operator, spent).await?;
    write.commit().await?;
    let right = pins::is(app, terminal, pin, secret.kept).await?;
    let mut write = app.store.begin_write().await?;
    if right {
        operator::set_tries(&mut write, operator, Tries::default()).await?;
    } else if spent.blocked_until.is_some() {
        let act = Act {
            shop: Some(terminal.shop_id),
            at: now,
            deed: Deed::PinBlocked,
            terminal: Some(terminal.terminal_id),
            operator: Some(operator),
            approver: None,
            customer: None,
            detail: serde_json::json!({}),
        };
        audit::add(&mut write, &act).await?;
    }
    write.commit().await?;
    if right { Ok(secret.role) } else { Err(ApiError::PinWrong) }
}
