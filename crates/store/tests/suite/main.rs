//! The store's stories, each told on both databases.

mod cases;
mod cluster;
mod common;
mod kernel;
mod ledger;
mod people;
mod sample;
mod work;
