//! Laws of the state machine, over random histories of commands.

mod fixtures;
mod histories;
mod looks;
mod routes;
mod scenarios;
