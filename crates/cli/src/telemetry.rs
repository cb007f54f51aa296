//! Logs: to standard error, readable on a terminal, JSON lines otherwise.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::env;

/// Starts logging at `default` unless the environment says otherwise. Called once.
pub(crate) fn start(default: &str) {
    let wanted = env::get(env::LOG).unwrap_or_else(|| default.to_owned());
    let filter = EnvFilter::try_new(&wanted).unwrap_or_else(|error| {
        crate::output::note(&format!("{}: {error}; logging `{default}`", env::LOG));
        EnvFilter::new(default)
    });
    let terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(terminal && env::get("NO_COLOR").is_none());
    let started = if terminal { builder.compact().try_init() } else { builder.json().try_init() };
    // A second start in one process changes nothing.
    drop(started);
}
