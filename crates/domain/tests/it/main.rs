//! Laws of the state machine, over random histories of commands.

mod fixtures;
mod histories;
mod routes;
mod runs;
mod scenarios;
