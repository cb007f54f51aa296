//! The store's stories, each told on both databases.

mod cluster;
mod common;
mod kernel;
mod ledger;
mod people;
mod work;
