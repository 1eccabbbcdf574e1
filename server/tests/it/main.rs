//! The whole server on a free port, with real HTTP and WebSocket clients. No mocks, no sleeps.

mod bad_input;
mod books;
mod joining;
mod pushing;
mod redeeming;
mod seed_client;
mod shop;
mod tls;
