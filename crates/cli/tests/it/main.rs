//! Runs the real binary: servers, kills, backups, the ledger's verification and the demo.

mod backup;
mod client;
mod crash;
mod demo;
mod ledger;
mod rig;
mod serve;
