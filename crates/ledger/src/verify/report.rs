//! What the verifier found.

use crate::Hash;

/// At most this many problems are kept; further ones are counted.
const MAX_PROBLEMS: usize = 1_000;

/// Stable code of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The line is not a line of a bundle, or stands where it does not belong.
    MalformedLine,
    /// The bytes match their leaf hash but are no event.
    MalformedEvent,
    /// The note of a checkpoint line cannot be read.
    MalformedCheckpoint,
    /// An entry of the witness cannot be read.
    MalformedWitness,
    /// The event's bytes are not those that were recorded.
    EventChanged,
    /// The leaf hash beside an event is not that of its bytes, which are those that were signed.
    LeafHashChanged,
    /// No line has this index.
    EventMissing,
    /// The event stands after a later one.
    EventReordered,
    /// A second line with this index.
    EventRepeated,
    /// The events do not give the root that was signed.
    RootMismatch,
    /// A signature names a trusted key and does not verify.
    BadSignature,
    /// No signature by a trusted key.
    UnknownKey,
    /// Another log than the one the key is for.
    WrongOrigin,
    /// Two signed histories of one size.
    Fork,
    /// The checkpoint was already there, or a larger one was.
    CheckpointReplayed,
    /// The checkpoint does not stand right after the last event it covers.
    CheckpointMisplaced,
    /// A signed checkpoint covers more events than there are.
    TruncatedBelowCheckpoint,
    /// A witnessed checkpoint covers more events than there are.
    BelowWitness,
    /// The row is not what the last event naming it committed to.
    RowMismatch,
    /// No event names the row, or the last one deleted it.
    RowUnrecorded,
    /// An event wrote the row and it is not there.
    RowMissing,
    /// A second line for the row.
    RowRepeated,
    /// The end line counts other numbers of lines.
    CountMismatch,
    /// No end line.
    BundleCut,
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        serde::Serialize::serialize(self, f)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Stable code.
    pub code: Code,
    /// Index of the event concerned.
    pub index: Option<u64>,
    /// Id of the event concerned, as far as it can be read.
    pub id: Option<String>,
    /// Line of the bundle, from 1.
    pub line: Option<u64>,
    /// What is wrong, in a sentence.
    pub detail: String,
}

/// The outcome of verifying one bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Event lines that are part of the history (not repeated or malformed).
    pub events: u64,
    /// Number of leaves of the tree: the highest index and one.
    pub size: u64,
    /// Root over the events, in hexadecimal, unless events are missing or out of order.
    pub root: Option<String>,
    /// Rows checked.
    pub rows: u64,
    /// Checkpoints of the bundle that are signed by a trusted key and fit the events.
    pub checkpoints_ok: u64,
    /// Size of the largest such checkpoint.
    pub signed_size: Option<u64>,
    /// Size of the largest checkpoint of the witness that fits the events: up to there a rewrite would be seen.
    pub anchored_size: Option<u64>,
    /// Whether the key was pinned from outside the bundle.
    pub pinned: bool,
    /// Number of problems.
    pub problem_count: u64,
    /// The first 1,000 of them.
    pub problems: Vec<Problem>,
}

impl Report {
    /// 0: verified, and anchored to the last event. 1: there are problems. 2: verified, but with a tail (or all of it)
    /// that no witness holds.
    pub fn exit_code(&self) -> u8 {
        match self.anchored_size {
            _ if self.problem_count > 0 => 1,
            Some(size) if size == self.size => 0,
            _ => 2,
        }
    }

    pub(super) fn add(
        &mut self,
        code: Code,
        index: Option<u64>,
        id: Option<&str>,
        line: Option<u64>,
        detail: String,
    ) {
        self.problem_count += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { code, index, id: id.map(str::to_owned), line, detail });
        }
    }

    pub(super) fn malformed(&mut self, line: u64, why: &str) {
        self.add(
            Code::MalformedLine,
            None,
            None,
            Some(line),
            format!("Line {line} cannot be used: {why}."),
        );
    }
}

/// Root as the report shows it.
pub(super) fn shown(root: Hash) -> Option<String> {
    Some(root.to_hex())
}
