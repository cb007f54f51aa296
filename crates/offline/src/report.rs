//! What a command found: one JSON document, and the same in words and tables.

use std::fmt::Write as _;

use comfy_table::{Table, presets};
use serde_json::Value;

/// The result of a command.
#[derive(Debug, Clone)]
pub struct Report {
    /// Everything, for programs.
    pub json: Value,
    /// Tables and sentences, for people.
    pub text: String,
}

impl Report {
    /// A report of `json`, whose text is still empty.
    pub fn new(json: Value) -> Self {
        Self { json, text: String::new() }
    }

    /// Adds a line.
    pub fn say(&mut self, line: impl AsRef<str>) -> &mut Self {
        let _ = writeln!(self.text, "{}", line.as_ref());
        self
    }

    /// Adds a table.
    pub fn table<S: ToString>(
        &mut self,
        head: &[&str],
        rows: impl IntoIterator<Item = Vec<S>>,
    ) -> &mut Self {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY);
        table.set_header(head.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>());
        for row in rows {
            table.add_row(row.iter().map(ToString::to_string).collect::<Vec<String>>());
        }
        self.say(table.to_string())
    }
}
