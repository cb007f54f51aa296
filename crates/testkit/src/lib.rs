//! For tests only: a whole server in the process, over a real database of its own, with a clock the
//! test moves and one key per role.

mod app;
mod client;
mod database;
mod fixtures;

pub use app::{Builder, START, TestApp};
pub use client::{Client, Reply};
pub use database::on_postgres;
pub use fixtures::{by_hand, case, selective, tickets};
