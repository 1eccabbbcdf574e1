//! The whole server on a free port, with real HTTP and WebSocket clients. No mocks, no sleeps.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod acting;
mod backing_up;
mod bad_input;
mod books;
#[cfg(target_os = "linux")]
mod certifying;
mod closing;
mod command_line;
mod customers;
mod describing;
mod exporting;
mod founding;
mod fuzzing;
mod hooking;
mod importing;
mod isolation;
mod joining;
mod limiting;
mod logging;
mod measuring;
mod own_phone;
mod parking;
#[cfg(target_os = "linux")]
mod pebble;
mod people;
mod practice;
mod program;
mod proxy;
mod pushing;
mod redeeming;
mod renewing;
mod rules;
mod seed_client;
mod settings;
mod shop;
mod stopping;
mod streaming;
mod terminals;
mod tls;
