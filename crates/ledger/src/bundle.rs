//! Bundles: a ledger and the rows of state it speaks of in one file, one canonical JSON object per line.
//!
//! Order: the header; events by index, each checkpoint right after the last event it covers; rows; the end line.

mod read;

pub(crate) use read::{BundleLine, MAX_LINE, RowLine, parse_line};

use crate::Hash;
use crate::canonical::{self, CanonicalError};
use serde_json::{Value, json};

/// Makes the lines of a bundle, each with its newline, and counts them for the last one.
#[derive(Debug, Clone, Default)]
pub struct BundleLines {
    events: u64,
    checkpoints: u64,
    rows: u64,
}

impl BundleLines {
    /// Starts a bundle: the lines, and the header. `vkey` is the first key of the log, whose name is `origin`.
    pub fn start(origin: &str, vkey: &str) -> (Self, String) {
        (
            Self::default(),
            flat_line(&json!({"t": "bundle", "v": 1, "origin": origin, "vkey": vkey})),
        )
    }

    /// An event: its index, its canonical text, and the leaf hash that is stored beside it.
    pub fn event(&mut self, index: u64, text: &str, leaf: &Hash) -> String {
        self.events += 1;
        let mut line = String::with_capacity(text.len() + text.len() / 4 + 128);
        line.push_str("{\"e\":");
        canonical::write_str(text, &mut line);
        line.push_str(",\"h\":\"");
        line.push_str(&leaf.to_hex());
        line.push_str("\",\"i\":");
        line.push_str(&index.to_string());
        line.push_str(",\"t\":\"event\"}\n");
        line
    }

    /// A signed checkpoint; it belongs right after event `size - 1`. Write each size once.
    pub fn checkpoint(&mut self, note: &str) -> String {
        self.checkpoints += 1;
        flat_line(&json!({"t": "checkpoint", "note": note}))
    }

    /// A row of state with the id of the last event that wrote it, and its salt.
    pub fn row(
        &mut self,
        table: &str,
        id: &str,
        event: &str,
        salt: &[u8; 16],
        record: &Value,
    ) -> Result<String, CanonicalError> {
        let row = json!({"t": "row", "table": table, "id": id, "event": event, "salt": hex::encode(salt), "record": record});
        let line = canonical::to_string(&row)? + "\n";
        self.rows += 1;
        Ok(line)
    }

    /// A row whose content was destroyed by the event (of kind `erased`) with this id.
    pub fn erased_row(&mut self, table: &str, id: &str, event: &str) -> String {
        self.rows += 1;
        flat_line(
            &json!({"t": "row", "table": table, "id": id, "event": event, "salt": null, "erased": true}),
        )
    }

    /// The last line.
    pub fn end(self) -> String {
        let Self { events, checkpoints, rows } = self;
        format!(
            "{{\"checkpoints\":{checkpoints},\"events\":{events},\"rows\":{rows},\"t\":\"end\"}}\n"
        )
    }
}

/// A line of an object that does not nest, which always has a canonical text.
fn flat_line(object: &Value) -> String {
    let mut line = canonical::to_string(object).unwrap_or_default();
    line.push('\n');
    line
}
