//! The history: events in order, their leaf hashes, and the roots that were signed over them.
//!
//! Two trees grow side by side while they differ: one over the events' bytes, one over the leaf hashes stored beside
//! them. If a signed root is that of the second, the events whose bytes disagree with their hash are those changed.

use super::witness::Witness;
use super::{Code, Report, report, rows::Rows};
use crate::Hash;
use crate::event::Envelope;
use crate::merkle::{Frontier, leaf_hash};
use crate::note::{Checkpoint, Note, NoteError, VerifierKey};
use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

/// An event whose bytes do not have the leaf hash stored beside them.
struct Disagreement {
    index: u64,
    id: Option<String>,
    line: u64,
}

pub(super) struct Chain {
    pinned: Option<VerifierKey>,
    /// Keys that checkpoints are accepted from; grows by rotations.
    keys: Vec<VerifierKey>,
    origin: Option<String>,
    witness: VecDeque<(Checkpoint, Note)>,
    malformed_witness: Vec<u64>,
    /// Tree over the bytes.
    tree: Frontier,
    /// Tree over the stored hashes, where it differs.
    stored: Option<Frontier>,
    disagreements: Vec<Disagreement>,
    /// Index the next event should have.
    next: u64,
    /// Indexes not seen yet: start to end (exclusive).
    gaps: BTreeMap<u64, u64>,
    /// Events are missing or out of order, so no further root can be computed.
    broken: bool,
    rotations: Vec<(u64, VerifierKey)>,
    /// Checkpoints read before the events they cover.
    early: BTreeMap<u64, (Checkpoint, u64)>,
    last_seen: Option<(u64, Hash)>,
    last_good: u64,
    root_was_good: bool,
    witness_was_good: bool,
}

impl Chain {
    pub(super) fn new(pinned: Option<VerifierKey>, witness: Option<Witness>) -> Self {
        let witness = witness.unwrap_or_default();
        Self {
            keys: pinned.iter().cloned().collect(),
            origin: pinned.as_ref().map(|key| key.name().to_owned()),
            pinned,
            witness: witness.entries.into(),
            malformed_witness: witness.malformed,
            tree: Frontier::new(),
            stored: None,
            disagreements: Vec::new(),
            next: 0,
            gaps: BTreeMap::new(),
            broken: false,
            rotations: Vec::new(),
            early: BTreeMap::new(),
            last_seen: None,
            last_good: 0,
            root_was_good: true,
            witness_was_good: true,
        }
    }

    /// Takes the key and origin of the bundle's header.
    pub(super) fn header(&mut self, origin: &str, vkey: &str, report: &mut Report) {
        match vkey.parse::<VerifierKey>() {
            Err(error) => return report.malformed(1, &format!("the header's key is {error}")),
            Ok(key) if self.pinned.as_ref().is_some_and(|pinned| *pinned != key) => {
                let detail = "The bundle names another key than the pinned one.".to_owned();
                report.add(Code::UnknownKey, None, None, Some(1), detail);
            }
            Ok(key) if self.pinned.is_none() => {
                self.origin = Some(key.name().to_owned());
                self.keys.push(key);
            }
            Ok(_) => {}
        }
        if self.origin.as_deref() != Some(origin) {
            let detail = format!("The bundle is of the log `{origin}`, the key is for another.");
            report.add(Code::WrongOrigin, None, None, Some(1), detail);
        }
    }

    /// Takes one event line.
    pub(super) fn event(
        &mut self,
        line: u64,
        index: u64,
        stored: Hash,
        text: &str,
        rows: &mut Rows,
        report: &mut Report,
    ) {
        self.advance(report);
        let late = index < self.next;
        if late && !self.fill_gap(index) {
            let detail = format!("Line {line} is a second event {index}.");
            return report.add(Code::EventRepeated, Some(index), None, Some(line), detail);
        }
        report.events += 1;
        let leaf = leaf_hash(text.as_bytes());
        let event = Envelope::parse(text);
        let id = event.as_ref().ok().map(|event| event.id.as_ref());
        if let (Err(error), true) = (&event, leaf == stored) {
            let detail = format!("Event {index} cannot be read: {error}.");
            report.add(Code::MalformedEvent, Some(index), None, Some(line), detail);
        }
        if late {
            let detail = format!("Event {index} stands after event {}.", self.next - 1);
            report.add(Code::EventReordered, Some(index), id, Some(line), detail);
            if leaf != stored {
                changed(index, id, line, report);
            }
        } else {
            self.append(line, index, leaf, stored, id);
        }
        if let Ok(event) = &event {
            rows.record(index, event);
            self.rotation(line, index, event, report);
        }
    }

    /// Removes an index from the gaps; `false` if it is in none.
    fn fill_gap(&mut self, index: u64) -> bool {
        let Some((&start, &end)) =
            self.gaps.range(..=index).next_back().filter(|(_, end)| index < **end)
        else {
            return false;
        };
        self.gaps.remove(&start);
        if start < index {
            self.gaps.insert(start, index);
        }
        if index + 1 < end {
            self.gaps.insert(index + 1, end);
        }
        true
    }

    fn append(&mut self, line: u64, index: u64, leaf: Hash, stored: Hash, id: Option<&str>) {
        if index > self.next {
            self.gaps.insert(self.next, index);
            self.broken = true;
        }
        if leaf != stored {
            self.stored.get_or_insert_with(|| self.tree.clone());
            self.disagreements.push(Disagreement { index, id: id.map(str::to_owned), line });
        }
        if let Some(tree) = &mut self.stored {
            tree.append(stored);
        }
        self.tree.append(leaf);
        self.next = index + 1;
    }

    fn rotation(&mut self, line: u64, index: u64, event: &Envelope<'_>, report: &mut Report) {
        match event.vkey.as_ref().map(|vkey| vkey.parse::<VerifierKey>()) {
            Some(Ok(key)) => self.rotations.push((index, key)),
            Some(Err(error)) => {
                let detail = format!("Event {index} introduces what is {error}.");
                report.add(Code::MalformedEvent, Some(index), Some(&event.id), Some(line), detail);
            }
            None => {}
        }
    }

    /// Checks what waited for the tree to reach its present size: the witness first, then checkpoints read too early.
    fn advance(&mut self, report: &mut Report) {
        while self.witness.front().is_some_and(|(checkpoint, _)| checkpoint.size <= self.next) {
            if let Some((checkpoint, note)) = self.witness.pop_front() {
                self.check_witness(&checkpoint, &note, report);
            }
        }
        while self.early.first_key_value().is_some_and(|(size, _)| *size <= self.next) {
            if let Some((size, (checkpoint, line))) = self.early.pop_first() {
                let detail =
                    format!("The checkpoint of size {size} stands before the events it covers.");
                report.add(Code::CheckpointMisplaced, None, None, Some(line), detail);
                self.check_root(&checkpoint, line, report);
            }
        }
    }

    fn check_witness(&mut self, checkpoint: &Checkpoint, note: &Note, report: &mut Report) {
        if !self.accepts(checkpoint, note, None, report) {
            return;
        }
        let size = checkpoint.size;
        if self.fits(checkpoint, report) {
            report.anchored_size = Some(size);
            self.witness_was_good = true;
        } else if std::mem::replace(&mut self.witness_was_good, false) {
            let detail = format!(
                "The witness holds a signed checkpoint of size {size} that these events do not give: the history was rewritten after event {}.",
                self.last_good_event()
            );
            report.add(Code::Fork, Some(self.last_good), None, None, detail);
        }
    }

    /// Whether a checkpoint is of this log and signed by a trusted key. Entries of other logs in a witness are left out.
    fn accepts(
        &self,
        checkpoint: &Checkpoint,
        note: &Note,
        line: Option<u64>,
        report: &mut Report,
    ) -> bool {
        if self.origin.as_ref().is_some_and(|origin| *origin != checkpoint.origin)
            || self.origin.is_none() && line.is_none()
        {
            if line.is_some() {
                let detail = format!("The checkpoint is of the log `{}`.", checkpoint.origin);
                report.add(Code::WrongOrigin, None, None, line, detail);
            }
            return false;
        }
        let Err(error) = note.verify(&self.keys) else { return true };
        let code =
            if error == NoteError::BadSignature { Code::BadSignature } else { Code::UnknownKey };
        let place = if line.is_some() { "" } else { " of the witness" };
        report.add(
            code,
            None,
            None,
            line,
            format!("The checkpoint of size {}{place} has {error}.", checkpoint.size),
        );
        false
    }

    /// Whether the tree has this root; settles what the disagreements so far mean.
    fn fits(&mut self, checkpoint: &Checkpoint, report: &mut Report) -> bool {
        let whole = !self.broken && checkpoint.size == self.next;
        let by_bytes = whole && self.tree.root() == checkpoint.root;
        let stored =
            self.stored.take().filter(|tree| whole && !by_bytes && tree.root() == checkpoint.root);
        for at in self.disagreements.drain(..) {
            if by_bytes {
                let detail = format!(
                    "The leaf hash beside event {} was changed; its bytes are those that were signed.",
                    at.index
                );
                report.add(
                    Code::LeafHashChanged,
                    Some(at.index),
                    at.id.as_deref(),
                    Some(at.line),
                    detail,
                );
            } else {
                changed(at.index, at.id.as_deref(), at.line, report);
            }
        }
        let fits = by_bytes || stored.is_some();
        if let Some(tree) = stored {
            self.tree = tree;
        }
        if fits {
            self.last_good = checkpoint.size;
            let (settled, open) =
                self.rotations.drain(..).partition(|(index, _)| *index < checkpoint.size);
            self.rotations = open;
            self.keys.extend(
                Vec::from_iter(settled).into_iter().map(|(_, key): (u64, VerifierKey)| key),
            );
        }
        fits
    }

    /// Takes one checkpoint line.
    pub(super) fn checkpoint(&mut self, line: u64, note: &str, report: &mut Report) {
        let (checkpoint, note) = match Checkpoint::parse_note(note) {
            Ok(read) => read,
            Err(error) => {
                return report.add(
                    Code::MalformedCheckpoint,
                    None,
                    None,
                    Some(line),
                    format!("The checkpoint in line {line} is {error}."),
                );
            }
        };
        self.advance(report);
        if !self.accepts(&checkpoint, &note, Some(line), report) {
            return;
        }
        let (size, root) = (checkpoint.size, checkpoint.root);
        match self.last_seen {
            Some((last, other)) if last == size && other != root => {
                let detail = format!(
                    "Two signed checkpoints of size {size} have different roots: the log shows two histories."
                );
                return report.add(Code::Fork, None, None, Some(line), detail);
            }
            Some((last, _)) if size <= last => {
                let detail =
                    format!("The checkpoint of size {size} stands after one of size {last}.");
                return report.add(Code::CheckpointReplayed, None, None, Some(line), detail);
            }
            _ => self.last_seen = Some((size, root)),
        }
        match size.cmp(&self.next) {
            Ordering::Greater => drop(self.early.insert(size, (checkpoint, line))),
            Ordering::Equal => self.check_root(&checkpoint, line, report),
            Ordering::Less => {
                let detail = format!(
                    "The checkpoint of size {size} stands after event {}: it was moved, or events were added before it.",
                    self.next - 1
                );
                report.add(Code::CheckpointMisplaced, None, None, Some(line), detail);
            }
        }
    }

    fn check_root(&mut self, checkpoint: &Checkpoint, line: u64, report: &mut Report) {
        let size = checkpoint.size;
        if self.fits(checkpoint, report) {
            report.checkpoints_ok += 1;
            report.signed_size = Some(size);
            self.root_was_good = true;
        } else if std::mem::replace(&mut self.root_was_good, false) {
            let detail = format!(
                "The events do not give the root that was signed at size {size}: something was changed, added or removed after event {} and before event {size}.",
                self.last_good_event()
            );
            report.add(Code::RootMismatch, Some(self.last_good), None, Some(line), detail);
        }
    }

    /// The last event known to be as signed, for sentences.
    fn last_good_event(&self) -> String {
        self.last_good
            .checked_sub(1)
            .map_or_else(|| "-1 (from the start)".to_owned(), |last| last.to_string())
    }

    /// Reports what is left at the end of the bundle.
    pub(super) fn finish(mut self, report: &mut Report) {
        self.advance(report);
        for at in &self.disagreements {
            changed(at.index, at.id.as_deref(), at.line, report);
        }
        for (start, end) in &self.gaps {
            let detail = match end - start {
                1 => format!("Event {start} is missing."),
                _ => format!("The events {start} to {} are missing.", end - 1),
            };
            report.add(Code::EventMissing, Some(*start), None, None, detail);
        }
        for (size, (_, line)) in &self.early {
            let detail = format!(
                "A signed checkpoint covers {size} events; the bundle ends after {}.",
                self.next
            );
            report.add(Code::TruncatedBelowCheckpoint, Some(self.next), None, Some(*line), detail);
        }
        self.finish_witness(report);
        report.size = self.next;
        report.root = if self.broken { None } else { report::shown(self.tree.root()) };
    }

    fn finish_witness(&mut self, report: &mut Report) {
        let mut largest = None;
        for (checkpoint, note) in std::mem::take(&mut self.witness) {
            if self.accepts(&checkpoint, &note, None, report) {
                largest = Some(checkpoint.size);
            }
        }
        if let Some(size) = largest {
            let detail = format!(
                "The witness holds a signed checkpoint of {size} events; the bundle ends after {}.",
                self.next
            );
            report.add(Code::BelowWitness, Some(self.next), None, None, detail);
        }
        for number in &self.malformed_witness {
            let detail = format!("Entry {number} of the witness is not a signed checkpoint.");
            report.add(Code::MalformedWitness, None, None, None, detail);
        }
    }
}

fn changed(index: u64, id: Option<&str>, line: u64, report: &mut Report) {
    let detail = format!(
        "Event {index} was changed: its bytes do not have the leaf hash that was recorded."
    );
    report.add(Code::EventChanged, Some(index), id, Some(line), detail);
}
