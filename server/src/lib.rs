//! Tillbeam's server: the ledger, the HTTP interface, and the push to phones.
//!
//! A scan flows through the modules in this order:
//! [`http`] reads the request → [`writer`] takes all that wait → [`store::batch`] reads what they may touch
//! → [`book`] settles them by the rules of [`redeem`], [`top_up`], [`reverse`], [`refund`], [`transfer`] and [`adjust`] with [`code`], [`unit`] and
//! [`ledger`] → [`store::batch`] writes them in one commit → [`event`] renders them → [`hub`] hands them to
//! every listening [`session`], most of them in the [`park`], for which a [`reader`] looks into the books → a phone
//! shows them and acks → [`lamps`] tell the terminal. Before all that a [`meter`] turns away who asks too much; beside
//! it [`metrics`] count, and [`deliver`] sends the entries to webhooks.
//!
//! Pure modules (no async, SQL, HTTP or clock): `code`, `unit`, `day`, `ledger`, `request`, `refusal`, `outcome`,
//! `operator`, `approve`, `audit`, `name`, `book`, `redeem`, `top_up`, `reverse`, `refund`, `transfer`,
//! `adjust`, `limits`, `throttle`, `mark`, `event`, `status`, `line`, `session`, `frame`, `report`, `figure`, `csv`,
//! `sheet`, `export`, `webhook`, `pairing`.
//!
//! [`Server`] is what a program embeds: `bind`, then `run` until told to stop.

pub mod adjust;
pub mod app;
pub mod approve;
pub mod audit;
pub mod backup;
pub mod book;
pub mod clock;
pub mod closing;
pub mod code;
pub mod csv;
pub mod data;
pub mod day;
pub mod deliver;
pub mod event;
pub mod expiry;
pub mod export;
pub mod figure;
pub mod founding;
pub mod frame;
pub mod health;
pub mod http;
pub mod hub;
pub mod id;
pub mod import;
pub mod lamps;
pub mod ledger;
pub mod limits;
pub mod line;
pub mod mark;
pub mod master;
pub mod meter;
pub mod metrics;
pub mod name;
pub mod operator;
pub mod outcome;
pub mod owner;
pub mod pairing;
pub mod park;
pub mod pin;
pub mod practice;
pub mod private;
pub mod provision;
pub mod reader;
pub mod redeem;
pub mod refund;
pub mod refusal;
pub mod report;
pub mod request;
pub mod reverse;
pub mod rotation;
pub mod serve;
pub mod session;
pub mod sheet;
pub mod status;
pub mod store;
pub mod throttle;
pub mod tls;
pub mod token;
pub mod top_up;
pub mod transfer;
pub mod unit;
pub mod verify;
pub mod webhook;
pub mod writer;

pub use app::{Config, DEFAULT_DATA, DEFAULT_LISTEN, Server, StartError};
pub use meter::{Limits, Network};
pub use metrics::MetricsAt;
pub use tls::Tls;
