//! What commands print: one JSON document with `--json`, sentences and tables without. Results go to standard output,
//! progress and errors to standard error.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{Table, presets};
use serde::Serialize;
use serde_json::{Value, json};

use crate::http::ClientError;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    json: bool,
}

impl Out {
    /// With `json`, only JSON documents are printed.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether `--json` was given.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// The result of the command: `value` with `--json`, `text` without.
    pub(crate) fn result(self, value: &impl Serialize, text: &str) {
        if self.json { line(&to_json(value)) } else { line(text.trim_end()) }
    }

    /// A sentence for people; nothing with `--json`.
    pub(crate) fn say(self, text: &str) {
        if !self.json {
            line(text);
        }
    }

    /// Reports the error a command ended with.
    pub(crate) fn error(self, error: &anyhow::Error) {
        let mut stderr = std::io::stderr().lock();
        let written = if self.json {
            writeln!(stderr, "{}", to_json(&error_json(error)))
        } else {
            writeln!(stderr, "error: {error:#}")
        };
        drop(written);
    }
}

/// Prints one line to standard output at once. A closed pipe is no error: whoever read has enough.
pub(crate) fn line(text: &str) {
    let mut stdout = std::io::stdout().lock();
    drop(writeln!(stdout, "{text}").and_then(|()| stdout.flush()));
}

/// Prints one line to standard error.
pub(crate) fn note(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Whether progress bars make sense.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// A table for the terminal.
pub(crate) fn table<S: ToString>(head: &[&str], rows: impl IntoIterator<Item = Vec<S>>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(head.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>());
    for row in rows {
        table.add_row(row.iter().map(ToString::to_string).collect::<Vec<String>>());
    }
    table
}

/// One line of JSON.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

fn error_json(error: &anyhow::Error) -> Value {
    let code = error.chain().find_map(|cause| match cause.downcast_ref::<ClientError>() {
        Some(ClientError::Problem { code, .. }) => Some(code.clone()),
        _ => None,
    });
    json!({"error": {
        "message": format!("{error:#}"),
        "code": code,
        "exit_code": crate::exit::code_of(error),
    }})
}
