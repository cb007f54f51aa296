//! One page of an export: rows read in order of their key, written as lines.

use std::collections::HashSet;
use std::io::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tandem_domain::case::Judgment;
use tandem_domain::provenance::Tally;
use tandem_domain::{CaseId, DecisionId, JudgmentId, Timestamp};
use tandem_store::examples::{ExampleCursor, ExampleRow};
use tandem_store::judgments::JudgmentRow;
use tandem_store::{Tx, decisions, evaluations, examples, judgments};

use super::csv::Cells;
use super::shapes;
use super::{ExampleCounts, ExportFormat, ExportKind, ExportRequest};
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;

/// Rows read at once.
const PAGE: u32 = 2_000;

/// Where the next page begins.
#[derive(Debug, Clone, Default)]
pub(super) enum Cursor {
    #[default]
    Start,
    Example(ExampleCursor),
    Judgment(Timestamp, JudgmentId),
    Decision(Timestamp, DecisionId),
}

/// Lines of one page.
pub(super) struct Page {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: u64,
    /// Of examples: what they are.
    pub(super) counts: ExampleCounts,
    /// `None` at the end.
    pub(super) next: Option<Cursor>,
}

/// Columns of the CSV of a kind.
pub(super) fn columns(kind: ExportKind) -> &'static [&'static str] {
    match kind {
        ExportKind::Examples => &[
            "case", "kind", "origin", "held_out", "weight", "at", "model", "input", "answer",
            "more",
        ],
        ExportKind::Corrections => {
            &["case", "origin", "held_out", "at", "model", "input", "before", "after"]
        }
        ExportKind::Sft => &["case", "origin", "held_out", "at", "prompt", "completion"],
        ExportKind::Preferences => {
            &["case", "origin", "held_out", "at", "prompt", "chosen", "rejected"]
        }
        ExportKind::Ratings => {
            &["id", "case", "member", "rating", "comment", "model_proposal", "at"]
        }
        ExportKind::Judgments => &[
            "id",
            "case",
            "task",
            "purpose",
            "member",
            "verdict",
            "answer",
            "proposal",
            "agrees",
            "blind",
            "reasons",
            "failure_modes",
            "rating",
            "comment",
            "elapsed_ms",
            "state",
            "at",
            "ai_share",
            "provenance",
        ],
        ExportKind::Decisions => &[
            "id",
            "case",
            "outcome",
            "by",
            "rule",
            "output",
            "model",
            "loop_version",
            "decided_at",
            "effective_at",
            "state",
            "delivery",
            "judgments",
            "changes",
            "reason_codes",
            "digest",
        ],
    }
}

/// Reads and writes the page after `cursor`.
pub(super) fn page(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    request: &ExportRequest,
    until: Timestamp,
    cursor: &Cursor,
) -> Result<Page> {
    match request.kind {
        ExportKind::Decisions => decision_page(tx, handle, request.format, until, cursor),
        ExportKind::Judgments | ExportKind::Ratings => {
            judgment_page(tx, handle, request, until, cursor)
        }
        _ => example_page(tx, handle, request, until, cursor),
    }
}

fn line(out: &mut Vec<u8>, row: &impl serde::Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, row).map_err(EngineError::internal)?;
    out.push(b'\n');
    Ok(())
}

fn decision_page(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    format: ExportFormat,
    until: Timestamp,
    cursor: &Cursor,
) -> Result<Page> {
    let after = if let Cursor::Decision(at, id) = cursor { Some((*at, *id)) } else { None };
    let rows = decisions::page(tx, handle.id, after, PAGE)?;
    let mut bytes = Vec::with_capacity(rows.iter().map(|row| row.body.len() + 128).sum());
    let taken = rows.partition_point(|row| row.effective_at <= until);
    for row in &rows[..taken] {
        match format {
            ExportFormat::Jsonl => {
                // The stored document is copied, not read: its first brace is replaced.
                let rest = row.body.strip_prefix('{').ok_or_else(|| damaged(row.id))?;
                let _ = writeln!(
                    bytes,
                    "{{\"id\":\"{}\",\"case\":\"{}\",\"loop\":\"{}\",{rest}",
                    row.id, row.id.case, handle.name
                );
            }
            ExportFormat::Csv => decision_record(&mut bytes, row)?,
        }
    }
    let whole = taken == rows.len() && rows.len() == PAGE as usize;
    let next = rows.last().filter(|_| whole).map(|row| Cursor::Decision(row.effective_at, row.id));
    Ok(Page { bytes, rows: taken as u64, counts: ExampleCounts::default(), next })
}

fn damaged(id: impl std::fmt::Display) -> EngineError {
    EngineError::internal(format!("the record of {id} is damaged"))
}

/// A decision as its CSV needs it.
#[derive(Deserialize)]
struct DecisionLine<'a> {
    #[serde(borrow)]
    output: Option<&'a RawValue>,
    outcome: &'a str,
    by: &'a str,
    rule: String,
    #[serde(borrow, default)]
    judgments: Option<&'a RawValue>,
    #[serde(borrow, default)]
    changes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    reason_codes: Option<&'a RawValue>,
    #[serde(default)]
    model: Option<String>,
    loop_version: u32,
    decided_at: &'a str,
    effective_at: &'a str,
    state: &'a str,
    delivery: Delivery<'a>,
    digest: &'a str,
}

#[derive(Deserialize)]
struct Delivery<'a> {
    state: &'a str,
}

fn decision_record(out: &mut Vec<u8>, row: &decisions::DecisionRow) -> Result<()> {
    let read: DecisionLine<'_> =
        serde_json::from_str(&row.body).map_err(|error| damaged(format!("{}: {error}", row.id)))?;
    let raw = |value: Option<&RawValue>| value.map(|v| v.get().to_owned()).unwrap_or_default();
    let mut cells = Cells::new(out);
    cells
        .plain(row.id)
        .plain(row.id.case)
        .plain(read.outcome)
        .plain(read.by)
        .text(&read.rule)
        .text(&raw(read.output.filter(|v| v.get() != "null")))
        .opt_text(read.model.as_deref())
        .plain(read.loop_version)
        .plain(read.decided_at)
        .plain(read.effective_at)
        .plain(read.state)
        .plain(read.delivery.state)
        .text(&raw(read.judgments))
        .text(&raw(read.changes))
        .text(&raw(read.reason_codes))
        .plain(read.digest)
        .end();
    Ok(())
}

fn judgment_page(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    request: &ExportRequest,
    until: Timestamp,
    cursor: &Cursor,
) -> Result<Page> {
    let after = if let Cursor::Judgment(at, id) = cursor { Some((*at, *id)) } else { None };
    let rows = judgments::page(tx, handle.id, after, PAGE)?;
    let taken = rows.partition_point(|row| row.judgment.at <= until);
    let ratings = request.kind == ExportKind::Ratings;
    let (mut bytes, mut written) = (Vec::new(), 0);
    let wanted = |row: &&JudgmentRow| {
        if ratings {
            row.judgment.rating.is_some()
        } else {
            is_wanted(request, ai_share(&row.judgment))
        }
    };
    for row in rows[..taken].iter().filter(wanted) {
        written += 1;
        match (request.format, ratings) {
            (ExportFormat::Jsonl, false) => judgment_line(&mut bytes, handle, row)?,
            (ExportFormat::Jsonl, true) => rating_line(&mut bytes, row)?,
            (ExportFormat::Csv, false) => judgment_record(&mut bytes, row)?,
            (ExportFormat::Csv, true) => rating_record(&mut bytes, row),
        }
    }
    let whole = taken == rows.len() && rows.len() == PAGE as usize;
    let next = rows.last().filter(|_| whole).map(|row| Cursor::Judgment(row.judgment.at, row.id));
    Ok(Page { bytes, rows: written, counts: ExampleCounts::default(), next })
}

/// The share of its texts by models; `None` where nothing is known of who wrote them.
fn ai_share(judgment: &Judgment) -> Option<f64> {
    Tally::of(&judgment.provenance).share()
}

/// Whether a row with this share is wanted.
fn is_wanted(request: &ExportRequest, share: Option<f64>) -> bool {
    request.max_ai_share.is_none_or(|most| share.is_none_or(|share| share <= most))
}

fn judgment_line(out: &mut Vec<u8>, handle: &LoopHandle, row: &JudgmentRow) -> Result<()> {
    let mut body = match serde_json::to_value(&row.judgment).map_err(EngineError::internal)? {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    // The natural person behind an account is for four eyes, not for files that travel.
    body.remove("person");
    body.insert("id".to_owned(), json!(row.id));
    body.insert("case".to_owned(), json!(row.id.case));
    body.insert("loop".to_owned(), json!(handle.name));
    body.insert("purpose".to_owned(), json!(row.purpose));
    body.insert("agrees".to_owned(), json!(row.agrees));
    if let Some(share) = ai_share(&row.judgment) {
        body.insert("ai_share".to_owned(), json!(share));
    }
    line(out, &body)
}

fn rating_line(out: &mut Vec<u8>, row: &JudgmentRow) -> Result<()> {
    let judgment = &row.judgment;
    line(
        out,
        &json!({
            "id": row.id, "case": row.id.case, "member": judgment.member,
            "rating": judgment.rating, "comment": judgment.comment, "proposal": judgment.proposal,
            "state": judgment.state, "at": judgment.at,
        }),
    )
}

fn text_of(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(EngineError::internal)
}

/// A unit variant without its quotes.
fn word_of(value: &impl serde::Serialize) -> Result<String> {
    Ok(text_of(value)?.trim_matches('"').to_owned())
}

fn number(value: Option<impl std::fmt::Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn judgment_record(out: &mut Vec<u8>, row: &JudgmentRow) -> Result<()> {
    let judgment = &row.judgment;
    let answer = judgment.answer.as_ref().map(text_of).transpose()?;
    let (reasons, modes) = (text_of(&judgment.reasons)?, text_of(&judgment.failure_modes)?);
    let state = word_of(&judgment.state)?;
    let said = Some(&judgment.provenance).filter(|all| !all.is_empty());
    let provenance = said.map(text_of).transpose()?;
    Cells::new(out)
        .plain(row.id)
        .plain(row.id.case)
        .plain(judgment.task)
        .plain(&row.purpose)
        .plain(judgment.member)
        .plain(judgment.verdict.as_str())
        .opt_text(answer.as_deref())
        .plain(number(judgment.proposal))
        .plain(number(row.agrees))
        .plain(judgment.blind)
        .text(&reasons)
        .text(&modes)
        .plain(number(judgment.rating))
        .opt_text(judgment.comment.as_deref())
        .plain(judgment.elapsed_ms)
        .plain(state)
        .plain(judgment.at)
        .plain(number(ai_share(judgment)))
        .opt_text(provenance.as_deref())
        .end();
    Ok(())
}

fn rating_record(out: &mut Vec<u8>, row: &JudgmentRow) {
    let judgment = &row.judgment;
    Cells::new(out)
        .plain(row.id)
        .plain(row.id.case)
        .plain(judgment.member)
        .plain(number(judgment.rating))
        .opt_text(judgment.comment.as_deref())
        .plain(number(judgment.proposal))
        .plain(judgment.at)
        .end();
}

fn example_page(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    request: &ExportRequest,
    until: Timestamp,
    cursor: &Cursor,
) -> Result<Page> {
    let after = if let Cursor::Example(after) = cursor { Some(after) } else { None };
    let rows = examples::page(tx, handle.id, after, PAGE)?;
    let taken = rows.partition_point(|row| row.at <= until);
    let wanted: &[&str] = match request.kind {
        ExportKind::Examples => &["labelled", "failure"],
        ExportKind::Sft => &["labelled"],
        _ => &["correction"],
    };
    // Whoever trains on an export must not have seen what models are measured on.
    let frozen: HashSet<CaseId> = evaluations::frozen(tx, handle.id)?.into_iter().collect();
    let (mut bytes, mut written) = (Vec::new(), 0);
    let mut counts = ExampleCounts::default();
    for row in rows[..taken].iter().filter(|row| !frozen.contains(&row.case_id)) {
        match row.kind.as_str() {
            "labelled" => counts.labelled += 1,
            "correction" => counts.corrections += 1,
            _ => counts.failures += 1,
        }
        counts.held_out += u64::from(row.held_out && row.kind == "labelled");
        if !wanted.contains(&row.kind.as_str()) {
            continue;
        }
        if request.max_ai_share.is_some() && !is_wanted(request, share_of(row)?) {
            continue;
        }
        written += 1;
        let tuned = matches!(request.kind, ExportKind::Sft | ExportKind::Preferences);
        if request.format == ExportFormat::Jsonl && !tuned {
            example_line(&mut bytes, row)?;
            continue;
        }
        let shaped = shaped(handle, request, row)?;
        match request.format {
            ExportFormat::Jsonl => line(&mut bytes, &shaped)?,
            ExportFormat::Csv => example_record(&mut bytes, request.kind, row, &shaped),
        }
    }
    let whole = taken == rows.len() && rows.len() == PAGE as usize;
    let next = rows.last().filter(|_| whole).map(|row| Cursor::Example(row.cursor()));
    Ok(Page { bytes, rows: written, counts, next })
}

/// The share by models that an example says of itself.
fn share_of(row: &ExampleRow) -> Result<Option<f64>> {
    #[derive(Deserialize)]
    struct Share {
        ai_share: Option<f64>,
    }
    let share: Share = serde_json::from_str(&row.body)
        .map_err(|error| damaged(format!("an example of {}: {error}", row.case_id)))?;
    Ok(share.ai_share)
}

/// An example as a line: the stored document is copied, not read.
fn example_line(out: &mut Vec<u8>, row: &ExampleRow) -> Result<()> {
    let rest = row.body.strip_prefix('{').ok_or_else(|| damaged(row.case_id))?;
    let _ = writeln!(
        out,
        "{{\"case\":\"{}\",\"kind\":\"{}\",\"origin\":\"{}\",\"held_out\":{},\"weight\":{},\"at\":\"{}\",{rest}",
        row.case_id, row.kind, row.origin, row.held_out, row.weight, row.at
    );
    Ok(())
}

/// An example in the columns that were asked for.
fn shaped(
    handle: &LoopHandle,
    request: &ExportRequest,
    row: &ExampleRow,
) -> Result<Map<String, Value>> {
    let mut body: Map<String, Value> = serde_json::from_str(&row.body)
        .map_err(|error| damaged(format!("an example of {}: {error}", row.case_id)))?;
    let mut take = |name: &str| body.remove(name).unwrap_or(Value::Null);
    let tuning = match request.kind {
        ExportKind::Sft => Some((take("input"), take("answer"), Value::Null)),
        ExportKind::Preferences => Some((take("input"), take("after"), take("before"))),
        _ => None,
    };
    body.insert("case".to_owned(), json!(row.case_id));
    body.insert("origin".to_owned(), json!(row.origin));
    body.insert("held_out".to_owned(), json!(row.held_out));
    body.insert("at".to_owned(), json!(row.at));
    let (shape, spec) = (request.shape, handle.spec());
    Ok(match tuning {
        Some((input, answer, _)) if request.kind == ExportKind::Sft => {
            shapes::sft(shape, spec, &input, &answer, body)
        }
        Some((input, chosen, rejected)) => {
            shapes::preference(shape, spec, &input, (&chosen, &rejected), body)
        }
        None => {
            body.insert("kind".to_owned(), json!(row.kind));
            body.insert("weight".to_owned(), json!(row.weight));
            body
        }
    })
}

fn example_record(
    out: &mut Vec<u8>,
    kind: ExportKind,
    row: &ExampleRow,
    shaped: &Map<String, Value>,
) {
    let named = ["case", "kind", "origin", "held_out", "weight", "at", "model", "input", "answer"];
    let mut cells = Cells::new(out);
    for column in columns(kind) {
        match *column {
            "case" => cells.plain(row.case_id),
            "kind" => cells.plain(&row.kind),
            "held_out" => cells.plain(row.held_out),
            "weight" => cells.plain(row.weight),
            "at" => cells.plain(row.at),
            "origin" => cells.plain(&row.origin),
            "more" => {
                let rest = shaped.iter().filter(|(name, _)| !named.contains(&name.as_str()));
                let rest: Map<String, Value> =
                    rest.map(|(name, value)| (name.clone(), value.clone())).collect();
                cells.text(&Value::Object(rest).to_string())
            }
            column => match shaped.get(column) {
                None | Some(Value::Null) => cells.text(""),
                Some(Value::String(text)) => cells.text(text),
                Some(other) => cells.text(&other.to_string()),
            },
        };
    }
    cells.end();
}
