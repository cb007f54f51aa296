//! Laws of the state machine, over random histories of commands.

mod appeals;
mod fixtures;
mod gates;
mod histories;
mod looks;
mod provenance;
mod routes;
mod runs;
mod scenarios;
