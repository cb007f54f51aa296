//! What a command found: one JSON document, and the same in words and tables.

use std::fmt::Write as _;

use comfy_table::{Table, presets};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The result of a command. It serialises as its document for programs: `json` with `rows`.
#[derive(Debug, Clone)]
pub struct Report {
    /// Everything but `rows`, for programs.
    pub json: Value,
    /// A long list of the document with its name, written already: as values, the millions of rows
    /// it may have would take ten times the room.
    pub rows: Option<(&'static str, Box<RawValue>)>,
    /// Tables and sentences, for people.
    pub text: String,
}

impl Report {
    /// A report of `json`, whose text is still empty.
    pub fn new(json: Value) -> Self {
        Self { json, rows: None, text: String::new() }
    }

    /// Sets the long list, row by row.
    ///
    /// # Errors
    /// When a row cannot be written as JSON.
    pub fn set_rows<T: Serialize>(
        &mut self,
        name: &'static str,
        rows: impl Iterator<Item = T>,
    ) -> serde_json::Result<()> {
        let mut text = String::from("[");
        for (n, row) in rows.enumerate() {
            if n > 0 {
                text.push(',');
            }
            text.push_str(&serde_json::to_string(&row)?);
        }
        text.push(']');
        self.rows = Some((name, RawValue::from_string(text)?));
        Ok(())
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

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Some((name, rows)), Some(head)) = (&self.rows, self.json.as_object()) else {
            return self.json.serialize(serializer);
        };
        let mut map = serializer.serialize_map(Some(head.len() + 1))?;
        for (key, value) in head {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry(name, rows)?;
        map.end()
    }
}
