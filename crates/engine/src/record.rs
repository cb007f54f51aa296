//! How a change is written down for the ledger: canonical texts, commitments and event envelopes.
//!
//! The id of an event of a case is the case's id and its revision, so that the last event that
//! wrote a row is known from the row alone: `evt_<case>-<revision>` carries the state of that
//! revision; events of the same change that come before it end in `.1`, `.2`, ….

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tandem_domain::case::{Case, CaseCore};
use tandem_domain::event::Event;
use tandem_domain::{CaseId, LoopId, PersonId, Timestamp};
use tandem_ledger::{canonical, event::commit};
use tandem_store::NewEvent;
use tandem_store::halts::Halt;
use tandem_store::loops::LoopVersion;

use crate::errors::{EngineError, Result};
use crate::principal::{Actor, Principal};

/// Table of the immutable content of cases.
pub(crate) const CORES: &str = "case_cores";
/// Table of the states of cases.
pub(crate) const CASES: &str = "cases";

/// Table of comments.
pub(crate) const COMMENTS: &str = "comments";
/// Table of what was said beside cases.
pub(crate) const UTTERANCES: &str = "utterances";
/// Table of what models suggested.
pub(crate) const SUGGESTIONS: &str = "suggestions";
/// Table of outcomes.
pub(crate) const OUTCOMES: &str = "outcomes";
/// Table of uploaded files.
pub(crate) const MEDIA: &str = "media";
/// Table of versions of loops.
pub(crate) const LOOP_VERSIONS: &str = "loop_versions";

/// Table of halts.
pub(crate) const HALTS: &str = "halts";

/// Who caused an event, as canonical JSON. Names are left out: the ledger keeps no personal content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct By(String, Option<PersonId>);

impl By {
    /// A member, a key or the system.
    pub(crate) fn principal(principal: &Principal) -> Self {
        let kind = match principal.actor {
            Actor::Member { .. } => "member",
            Actor::Key { .. } => "key",
            Actor::Channel { .. } => "channel",
            Actor::System => return Self::machine(),
        };
        let text = format!("{{\"id\":\"{}\",\"kind\":\"{kind}\"}}", principal.id());
        Self(text, principal.requester())
    }

    /// The natural person on whose side this is done, where there is one; not part of the event.
    pub(crate) fn person(&self) -> Option<PersonId> {
        self.1
    }

    /// The server itself.
    pub(crate) fn machine() -> Self {
        Self("{\"kind\":\"machine\"}".to_owned(), None)
    }

    /// Whoever asked before, as the event said it.
    pub(crate) fn of_json(text: String) -> Self {
        Self(text, None)
    }

    /// As the event says it.
    pub(crate) fn as_json(&self) -> &str {
        &self.0
    }

    /// A timer.
    pub(crate) fn timer() -> Self {
        Self("{\"kind\":\"timer\"}".to_owned(), None)
    }
}

/// Where an event belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The space.
    pub(crate) space: &'a str,
    /// Id and name of the loop, where there is one.
    pub(crate) of_loop: Option<(LoopId, &'a str)>,
    /// The case, where there is one.
    pub(crate) case: Option<CaseId>,
}

/// A row of state as an event names it.
#[derive(Debug, Clone)]
pub(crate) struct RowNote<'a> {
    /// The table.
    pub(crate) table: &'a str,
    /// The row's id.
    pub(crate) id: String,
    /// Commitment to its new content; `None` for a deleted one.
    pub(crate) commitment: Option<String>,
}

/// The canonical text of anything that serialises to JSON.
pub(crate) use crate::canon::to_string as canonical_text;

/// What is stored of a case, as canonical texts: the ledger commits to exactly these bytes.
#[derive(Debug)]
pub(crate) struct Texts {
    /// The state.
    pub(crate) state: String,
    /// The content, at submission.
    pub(crate) core: Option<String>,
}

impl Texts {
    /// Writes the state of a case, and in its first state the content, too.
    pub(crate) fn of(case: &Case) -> Result<Self> {
        let first = case.state.revision == 1;
        let core = if first { Some(canonical_text(&case.core)?) } else { None };
        Ok(Self { state: canonical_text(&case.state)?, core })
    }
}

/// SHA-256 over the canonical text, in hexadecimal.
pub(crate) fn digest_hex(value: &Value) -> Result<String> {
    Ok(hex::encode(Sha256::digest(canonical::to_string(value)?)))
}

/// The salt of a case.
pub(crate) fn salt_of(core: &CaseCore) -> Result<[u8; 16]> {
    let mut salt = [0; 16];
    hex::decode_to_slice(&core.salt, &mut salt)
        .map_err(|error| EngineError::internal(format!("the salt of {}: {error}", core.id)))?;
    Ok(salt)
}

/// The events of one change of a case; the last one commits to the new state, and at submission to
/// the case's content as well.
pub(crate) fn case_events(
    case: &Case,
    texts: &Texts,
    loop_name: &str,
    events: &[Event],
    by: &By,
    at: Timestamp,
) -> Result<Vec<NewEvent>> {
    let (core, state) = (&case.core, &case.state);
    let salt = salt_of(core)?;
    let place =
        Place { space: &core.space, of_loop: Some((core.loop_id, loop_name)), case: Some(core.id) };
    let id = core.id.to_string();
    let mut rows = vec![RowNote {
        table: CASES,
        id: id.clone(),
        commitment: Some(commit(&salt, texts.state.as_bytes())),
    }];
    if let Some(core) = &texts.core {
        let commitment = Some(commit(&salt, core.as_bytes()));
        rows.push(RowNote { table: CORES, id, commitment });
    }
    let mut written = Vec::with_capacity(events.len());
    for (at_event, event) in events.iter().enumerate() {
        let last = at_event + 1 == events.len();
        let id = if last {
            case_event_id(core.id, state.revision)
        } else {
            format!("{}.{}", case_event_id(core.id, state.revision), at_event + 1)
        };
        let rows = if last { &rows[..] } else { &[] };
        written.push(event_record(place, &id, event.kind.as_str(), by, at, &event.data, rows)?);
    }
    Ok(written)
}

/// The id of the event that carries revision `revision` of a case.
pub(crate) fn case_event_id(case: CaseId, revision: u64) -> String {
    let case = case.to_string();
    format!("evt_{}-{revision}", case.trim_start_matches("case_"))
}

/// The id of the only event of a row that is written once: the row's own, under the prefix of
/// events.
pub(crate) fn single_event_id(row: &str) -> String {
    let bare = row.split_once('_').map_or(row, |(_, bare)| bare);
    format!("evt_{bare}")
}

/// The id of the last event of a version of a loop: drafted, proposed, or published.
pub(crate) fn loop_event_id(stored: &LoopVersion) -> String {
    let id = single_event_id(&stored.loop_id.to_string());
    let suffix = match stored.state.as_str() {
        "draft" => ".draft",
        "proposed" => ".proposed",
        _ => "",
    };
    format!("{id}-{}{suffix}", stored.version)
}

/// The id of the last event of a halt row.
pub(crate) fn halt_event_id(space: &str, halt: &Halt) -> String {
    format!("evt_halt-{space}-{}-{}", halt.scope, halt.epoch)
}

/// One event in the ledger's envelope.
pub(crate) fn event_record(
    place: Place<'_>,
    id: &str,
    kind: &str,
    by: &By,
    at: Timestamp,
    data: &Map<String, Value>,
    rows: &[RowNote<'_>],
) -> Result<NewEvent> {
    let mut body = String::with_capacity(768);
    body.push_str("{\"actor\":");
    body.push_str(&by.0);
    body.push_str(",\"at\":\"");
    body.push_str(&at.to_string());
    body.push('"');
    if let Some(case) = place.case {
        body.push_str(",\"case\":\"");
        body.push_str(&case.to_string());
        body.push('"');
    }
    body.push_str(",\"data\":");
    write_data(data, rows, &mut body)?;
    body.push_str(",\"id\":");
    canonical::write_str(id, &mut body);
    body.push_str(",\"kind\":");
    canonical::write_str(kind, &mut body);
    if let Some((_, name)) = place.of_loop {
        body.push_str(",\"loop\":");
        canonical::write_str(name, &mut body);
    }
    body.push_str(",\"space\":");
    canonical::write_str(place.space, &mut body);
    body.push_str(",\"v\":1}");
    Ok(NewEvent {
        space: place.space.to_owned(),
        loop_id: place.of_loop.map(|(id, _)| id),
        case_id: place.case,
        kind: kind.to_owned(),
        body,
    })
}

fn write_data(data: &Map<String, Value>, rows: &[RowNote<'_>], out: &mut String) -> Result<()> {
    let mut members: Vec<_> = data.iter().map(|(key, value)| (key.as_str(), Some(value))).collect();
    if !rows.is_empty() {
        members.push(("rows", None));
    }
    members.sort_unstable_by(|a, b| canonical::compare_keys(a.0, b.0));
    out.push('{');
    for (at, (key, value)) in members.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        canonical::write_str(key, out);
        out.push(':');
        match value {
            Some(value) => canonical::write(value, out)?,
            None => write_rows(rows, out),
        }
    }
    out.push('}');
    Ok(())
}

fn write_rows(rows: &[RowNote<'_>], out: &mut String) {
    out.push('[');
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str("{\"commitment\":");
        match &row.commitment {
            Some(commitment) => canonical::write_str(commitment, out),
            None => out.push_str("null"),
        }
        out.push_str(",\"id\":");
        canonical::write_str(&row.id, out);
        out.push_str(",\"table\":");
        canonical::write_str(row.table, out);
        out.push('}');
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tandem_ledger::event::Envelope;

    #[test]
    fn an_event_is_canonical_and_names_its_rows() {
        let data = json!({"zebra": 1, "apple": {"b": 1.5, "a": "x\n"}, "rowz": null});
        let Value::Object(data) = data else { unreachable!() };
        let case = CaseId(uuid::Uuid::from_u128(7));
        let place = Place {
            space: "default",
            of_loop: Some((LoopId(uuid::Uuid::from_u128(1)), "digits")),
            case: Some(case),
        };
        let rows = [RowNote {
            table: CASES,
            id: case.to_string(),
            commitment: Some(commit(&[0; 16], b"{}")),
        }];
        let id = case_event_id(case, 3);
        let event =
            event_record(place, &id, "case.x", &By::timer(), Timestamp(5), &data, &rows).unwrap();
        let read = Envelope::parse(&event.body).unwrap();
        assert_eq!((&*read.id, &*read.kind, read.rows.len()), (id.as_str(), "case.x", 1));
        assert_eq!(read.rows[0].id, case.to_string());
    }
}
