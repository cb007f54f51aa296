//! Examples: what people's decisions and audits teach, written in the transaction of the change.
//!
//! A decision by people gives a labelled row; where it differs from the proposal also a correction
//! (before, after); and where people refused the proposal or named what the machine did wrong, a
//! failure label. An audit teaches the same, from the auditor's answer. A machine's own decisions
//! never teach. Pairs for supervised tuning are labelled rows in another shape, preference pairs are
//! corrections in another shape: exports make them, so that nothing is kept (or erased) twice.

use serde_json::{Map, Value, json};
use tandem_domain::case::{Answer, Case, Judgment, JudgmentState, Proposal};
use tandem_domain::command::Effect;
use tandem_domain::provenance::Tally;
use tandem_domain::{CaseId, DecisionId, JudgmentId, Timestamp};
use tandem_store::examples::{self, ExampleRow};
use tandem_store::{StoreError, Topic, Tx};

use crate::ids::DrawKey;

/// Share of labelled cases that are kept for evaluation and never trained on.
pub const HELD_OUT: f64 = 0.2;
/// Audits are numbered from here on, decisions from 1.
pub(super) const AUDITS: u64 = 1 << 32;
/// Running total of labelled rows.
pub(crate) const TOTAL: &str = "examples";

/// What an example is made of.
struct Lesson<'a> {
    case: &'a Case,
    n: u64,
    /// What people said the answer is; `None` where they only refused the proposal.
    answer: Option<&'a Answer>,
    proposal: Option<&'a Proposal>,
    judgments: Vec<&'a Judgment>,
    origin: &'static str,
    /// What it is linked to, by id.
    links: Map<String, Value>,
}

/// Whether a case is held out: a draw from the loop's secret, so that every example of the case, now
/// and later, has the same answer and nobody outside can foresee it.
pub fn is_held_out(key: &DrawKey, case: CaseId) -> bool {
    key.draw(case, b"held_out") < HELD_OUT
}

/// Carries out what an effect means for examples. `case` is the case after the command.
pub(crate) fn apply(
    tx: &mut dyn Tx,
    key: &DrawKey,
    case: &Case,
    effect: &Effect,
    now: Timestamp,
) -> Result<(), StoreError> {
    let lesson = match effect {
        Effect::Learn { decision } => of_decision(case, *decision),
        Effect::AuditResult { judgment, .. } => of_audit(case, *judgment),
        Effect::Unlearn { decision } => {
            let labelled = decision_labels(case, *decision);
            return forget(tx, case, u64::from(*decision), labelled);
        }
        Effect::AuditRetracted { judgment } => {
            let labelled = of_audit(case, *judgment).is_some_and(|l| l.answer.is_some());
            return forget(tx, case, AUDITS + u64::from(*judgment), labelled);
        }
        _ => return Ok(()),
    };
    let Some(lesson) = lesson else { return Ok(()) };
    let held_out = is_held_out(key, case.core.id);
    let rows: Vec<ExampleRow> = lesson
        .bodies()
        .into_iter()
        .map(|(kind, body)| ExampleRow {
            loop_id: case.core.loop_id,
            case_id: case.core.id,
            n: lesson.n,
            kind: kind.to_owned(),
            space: case.core.space.clone(),
            body: Value::Object(body).to_string(),
            origin: lesson.origin.to_owned(),
            weight: 1.0,
            held_out,
            at: now,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    examples::upsert(tx, &rows)?;
    if lesson.answer.is_some() {
        tx.count(case.core.loop_id, TOTAL, 1.0);
    }
    tx.wake(Topic::Jobs);
    Ok(())
}

fn decision_labels(case: &Case, n: u32) -> bool {
    decision(case, n).is_some_and(|decision| decision.output.is_some())
}

/// Removes what a decision or an audit taught.
fn forget(tx: &mut dyn Tx, case: &Case, n: u64, labelled: bool) -> Result<(), StoreError> {
    let loop_id = case.core.loop_id;
    let removed = examples::delete(tx, loop_id, case.core.id, Some(n))?;
    if removed > 0 && labelled {
        tx.count(loop_id, TOTAL, -1.0);
    }
    tx.wake(Topic::Jobs);
    Ok(())
}

fn decision(case: &Case, n: u32) -> Option<&tandem_domain::Decision> {
    case.state.decisions.get((n as usize).checked_sub(1)?)
}

fn of_decision(case: &Case, n: u32) -> Option<Lesson<'_>> {
    let decision = decision(case, n)?;
    let judgments: Vec<&Judgment> = decision
        .judgments
        .iter()
        .filter_map(|n| case.state.judgments.get((*n as usize).checked_sub(1)?))
        .collect();
    let proposal = proposal(case, decision.proposal);
    let origin = if judgments.is_empty() {
        "import"
    } else if proposal.is_none() || judgments.iter().all(|judgment| judgment.blind) {
        "human_only"
    } else {
        "model_suggested"
    };
    let id = DecisionId { case: case.core.id, n };
    let mut links = Map::new();
    links.insert("decision".to_owned(), json!(id));
    Some(Lesson {
        case,
        n: u64::from(n),
        answer: decision.output.as_ref(),
        proposal,
        judgments,
        origin,
        links,
    })
}

fn of_audit(case: &Case, n: u32) -> Option<Lesson<'_>> {
    let judgment = case.state.judgments.get((n as usize).checked_sub(1)?)?;
    Some(Lesson {
        case,
        n: AUDITS + u64::from(n),
        answer: judgment.answer.as_ref(),
        proposal: proposal(case, judgment.proposal),
        judgments: vec![judgment],
        origin: "audit",
        links: Map::new(),
    })
}

fn proposal(case: &Case, n: Option<u32>) -> Option<&Proposal> {
    case.state.proposals.get((n? as usize).checked_sub(1)?)
}

impl Lesson<'_> {
    /// The examples by kind.
    fn bodies(&self) -> Vec<(&'static str, Map<String, Value>)> {
        let mut out = Vec::new();
        let input = &self.case.core.input;
        let proposed = self.proposal.map(|proposal| &proposal.output);
        if let Some(answer) = self.answer {
            let mut body = self.links();
            body.insert("input".to_owned(), input.clone());
            body.insert("answer".to_owned(), Value::Object(answer.clone()));
            out.push(("labelled", body));
            if let Some(before) = proposed.filter(|before| *before != answer) {
                let mut body = self.links();
                body.insert("input".to_owned(), input.clone());
                body.insert("before".to_owned(), Value::Object(before.clone()));
                body.insert("after".to_owned(), Value::Object(answer.clone()));
                out.push(("correction", body));
            }
        }
        if let Some(body) = self.failure(input, proposed) {
            out.push(("failure", body));
        }
        out
    }

    /// What the machine did wrong, in the words of the people who saw it.
    fn failure(&self, input: &Value, proposed: Option<&Answer>) -> Option<Map<String, Value>> {
        let proposed = proposed?;
        let counted = || self.judgments.iter().filter(|j| j.state == JudgmentState::Counted);
        let mut modes: Vec<&str> =
            counted().flat_map(|j| j.failure_modes.iter().map(String::as_str)).collect();
        let mut reasons: Vec<&str> =
            counted().flat_map(|j| j.reasons.iter().map(String::as_str)).collect();
        for list in [&mut modes, &mut reasons] {
            list.sort_unstable();
            list.dedup();
        }
        if modes.is_empty() && self.answer.is_some() {
            return None;
        }
        let mut body = self.links();
        body.insert("input".to_owned(), input.clone());
        body.insert("output".to_owned(), Value::Object(proposed.clone()));
        body.insert("failure_modes".to_owned(), json!(modes));
        body.insert("reasons".to_owned(), json!(reasons));
        Some(body)
    }

    /// The judgment whose texts are the answer's, where it is known who wrote them.
    fn author(&self) -> Option<&Judgment> {
        let known = |judgment: &&&Judgment| !judgment.provenance.is_empty();
        let said = self.judgments.iter().filter(known);
        said.copied()
            .find(|judgment| self.answer.is_some() && judgment.answer.as_ref() == self.answer)
    }

    /// Ids of what the example rests on.
    fn links(&self) -> Map<String, Value> {
        let case = self.case.core.id;
        let judgments: Vec<String> = self
            .judgments
            .iter()
            .map(|judgment| JudgmentId { case, n: judgment.n }.to_string())
            .collect();
        let mut links = self.links.clone();
        links.insert("judgments".to_owned(), json!(judgments));
        if let Some(model) = self.proposal.and_then(|proposal| proposal.model.as_ref()) {
            links.insert("model".to_owned(), json!(model));
        }
        if let Some(judgment) = self.author() {
            let share = Tally::of(&judgment.provenance).share();
            links.insert("ai_share".to_owned(), json!(share));
            links.insert("provenance".to_owned(), json!(judgment.provenance));
        }
        links.insert("loop_version".to_owned(), json!(self.case.core.loop_version));
        links
    }
}
