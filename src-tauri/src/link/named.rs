//! Calls whose answers the program itself reads: the shop, its people, customers, and a file of them.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{ASK, BODY_LIMIT_BYTES, FILE_LIMIT, Link, body_of, offline};
use crate::request::{By, Pin, Refusal};
use crate::wire::{Customer, Failed, Imported, Join, NewCustomer, Operator, Person, ShopAnswer};

impl Link {
    /// The shop of this terminal.
    pub async fn shop(&self) -> Result<ShopAnswer, Failed> {
        self.ask("shop", &[], None).await
    }

    /// Who may stand at the till.
    pub async fn operators(&self) -> Result<Vec<Operator>, Failed> {
        #[derive(Deserialize)]
        struct Operators {
            operators: Vec<Operator>,
        }
        let Operators { operators } = self.ask("operators", &[], None).await?;
        Ok(operators)
    }

    /// Opens an operator's session on this till.
    pub async fn open_session(&self, operator: u64, pin: &Pin) -> Result<Operator, Failed> {
        #[derive(Deserialize)]
        struct Session {
            operator: Operator,
        }
        let body = json!({ "operator": operator, "pin": pin });
        let Session { operator } = self.ask("sessions", &[], Some(&body)).await?;
        Ok(operator)
    }

    /// Locks an operator's session on this till.
    pub async fn close_session(&self, operator: u64) -> Result<(), Failed> {
        self.answer(Method::DELETE, &format!("sessions/{operator}"), &[], None, ASK).await.map(drop)
    }

    /// A new customer with a join link; the same id again gives the same customer.
    pub async fn new_customer(&self, id: Uuid, person: &Person, by: &By) -> Result<NewCustomer, Failed> {
        let body = json!({ "id": id, "name": person.name, "phone": person.phone, "operator": by.operator });
        self.ask("customers", &[], Some(&body)).await
    }

    /// Customers by a part of the name.
    pub async fn find_customers(&self, query: &str) -> Result<Vec<Customer>, Failed> {
        #[derive(Deserialize)]
        struct Found {
            customers: Vec<Customer>,
        }
        let Found { customers } = self.ask("customers", &[("query", query)], None).await?;
        Ok(customers)
    }

    /// A new join link for a customer.
    pub async fn join(&self, customer: u64, by: &By) -> Result<Join, Failed> {
        self.ask(&format!("customers/{customer}/joins"), &[], Some(&json!({ "operator": by.operator }))).await
    }

    /// Brings customers in from a file, or says what that would do; the same id and file again are done once.
    pub async fn import(&self, id: Uuid, file: Vec<u8>, dry_run: bool, by: &By) -> Result<Imported, Failed> {
        let mut url = self.url("imports");
        url.query_pairs_mut().append_pair("id", &id.to_string()).append_pair("dry_run", &dry_run.to_string());
        if let Some(operator) = by.operator {
            url.query_pairs_mut().append_pair("operator", &operator.to_string());
        }
        let request = self.http.post(url).timeout(FILE_LIMIT).header(CONTENT_TYPE, "text/csv").body(file);
        let answered = async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>((response.status(), body_of(response, BODY_LIMIT_BYTES).await?))
        };
        let (status, body) = answered.await.map_err(offline)?;
        if status.is_success() {
            let import = serde_json::from_slice(&body).map_err(|_| Failed::new("internal"))?;
            return Ok(if dry_run { Imported::Would(import) } else { Imported::Done(import) });
        }
        if let Ok(wrong) = serde_json::from_slice(&body) {
            return Ok(Imported::Wrong(wrong));
        }
        let refusal: Refusal = serde_json::from_slice(&body).map_err(|_| Failed::new("internal"))?;
        Err(Failed::new(refusal.code))
    }
}
