//! Every row of state against the last event that names it, and the reverse.

use super::{Code, Report};
use crate::Hash;
use crate::bundle::RowLine;
use crate::event::{ERASED, Envelope, commitment_hash};
use std::collections::HashMap;

/// What the last event naming a row says of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Latest {
    Written(Hash),
    Deleted,
    Erased,
}

struct Entry {
    index: u64,
    event: Box<str>,
    latest: Latest,
    seen: bool,
}

/// The latest commitment per row: the one thing the verifier keeps for a whole bundle.
#[derive(Default)]
pub(super) struct Rows {
    tables: HashMap<Box<str>, HashMap<Box<str>, Entry>>,
}

impl Rows {
    /// Takes note of the rows an event wrote.
    pub(super) fn record(&mut self, index: u64, event: &Envelope<'_>) {
        for row in &event.rows {
            let latest = match row.commitment {
                Some(hash) => Latest::Written(hash),
                None if event.kind == ERASED => Latest::Erased,
                None => Latest::Deleted,
            };
            if !self.tables.contains_key(&*row.table) {
                self.tables.insert(row.table.as_ref().into(), HashMap::new());
            }
            let Some(table) = self.tables.get_mut(&*row.table) else { continue };
            let entry = Entry { index, event: event.id.as_ref().into(), latest, seen: false };
            match table.get_mut(&*row.id) {
                Some(old) if old.index > index => {}
                Some(old) => *old = entry,
                None => drop(table.insert(row.id.as_ref().into(), entry)),
            }
        }
    }

    /// Checks one row line.
    pub(super) fn check(&mut self, line: u64, row: &RowLine<'_>, report: &mut Report) {
        report.rows += 1;
        let name = format!("The row {} of {}", row.id, row.table);
        let Some(entry) =
            self.tables.get_mut(&*row.table).and_then(|table| table.get_mut(&*row.id))
        else {
            let detail = format!("{name} is named by no event.");
            return report.add(Code::RowUnrecorded, None, None, Some(line), detail);
        };
        let mut add = |code, what: &str| {
            let detail = format!("{name} {what} (event {}).", entry.index);
            report.add(code, Some(entry.index), Some(&entry.event), Some(line), detail);
        };
        if entry.seen {
            return add(Code::RowRepeated, "is there twice");
        }
        entry.seen = true;
        match (entry.latest, &row.content) {
            (Latest::Deleted, _) => {
                add(Code::RowUnrecorded, "was deleted by the last event that names it");
            }
            _ if *row.event != *entry.event => {
                add(Code::RowMismatch, "names another event than the last one that wrote it");
            }
            (Latest::Erased, Some(_)) => add(Code::RowMismatch, "was erased and still has content"),
            (Latest::Written(_), None) => {
                add(Code::RowMismatch, "is marked erased, but no event erased it");
            }
            (Latest::Written(hash), Some((salt, record)))
                if commitment_hash(salt, record.as_bytes()) != hash =>
            {
                add(Code::RowMismatch, "is not what the last event that wrote it committed to");
            }
            _ => {}
        }
    }

    /// Reports the rows that are not there.
    pub(super) fn finish(self, report: &mut Report) {
        let mut missing = Vec::new();
        for (table, rows) in &self.tables {
            let rows =
                rows.iter().filter(|(_, entry)| !entry.seen && entry.latest != Latest::Deleted);
            missing.extend(rows.map(|(id, entry)| (entry.index, &**table, &**id, &*entry.event)));
        }
        missing.sort_unstable();
        for (index, table, id, event) in missing {
            let detail = format!("The row {id} of {table}, written by event {index}, is missing.");
            report.add(Code::RowMissing, Some(index), Some(event), None, detail);
        }
    }
}
