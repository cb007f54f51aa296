//! What a transaction collects until its end: events, wakes and counter changes.

use std::collections::{HashMap, HashSet};

use crate::types::{LoopId, Timestamp};
use crate::{NewEvent, Result, Topic, Tx};

/// Collected by one closure, merged into its group when it succeeds.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) events: Vec<(Timestamp, NewEvent)>,
    pub(crate) wakes: HashSet<Topic>,
    counts: HashMap<LoopId, Vec<(String, f64)>>,
}

impl Pending {
    pub(crate) fn count(&mut self, loop_id: LoopId, name: &str, delta: f64) {
        let names = self.counts.entry(loop_id).or_default();
        match names.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) => *value += delta,
            None => names.push((name.to_owned(), delta)),
        }
    }

    /// Moves everything from `from` into `self`, leaving `from` empty.
    pub(crate) fn absorb(&mut self, from: &mut Self) {
        self.events.append(&mut from.events);
        self.wakes.extend(from.wakes.drain());
        for (loop_id, names) in from.counts.drain() {
            for (name, delta) in names {
                self.count(loop_id, &name, delta);
            }
        }
    }

    /// Forgets everything: the closure failed.
    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.wakes.clear();
        self.counts.clear();
    }

    /// Writes the counter changes, in one order everywhere so that writers cannot deadlock.
    pub(crate) fn write_counts(&mut self, tx: &mut dyn Tx, shard: i64) -> Result<()> {
        let mut changes: Vec<_> = self
            .counts
            .drain()
            .flat_map(|(loop_id, names)| {
                names.into_iter().map(move |(name, delta)| (loop_id, name, delta))
            })
            .filter(|(_, _, delta)| *delta != 0.0)
            .collect();
        changes.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        for (loop_id, name, delta) in &changes {
            tx.exec(
                "INSERT INTO counters (loop_id, name, shard, value) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (loop_id, name, shard) DO UPDATE SET value = counters.value + excluded.value",
                crate::params![loop_id, name, shard, *delta],
            )?;
        }
        Ok(())
    }
}
