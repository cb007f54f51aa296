//! One sign-off over many waiting calls of a tool.
//!
//! Each case is judged by itself, under the same rules as alone, and points at the batch. What changed
//! since it was listed, or cannot be approved by this person, is left out and named.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tandem_domain::answer::calls;
use tandem_domain::case::{Assertion, Case, Verdict};
use tandem_domain::command::{Command, NewJudgment};
use tandem_domain::{BatchId, CaseId, LoopId, MemberId, Timestamp};
use tandem_store::queues::{self, Pause};
use tandem_store::{Tx, batches, cases, halts, loops};

use super::judge::{check_gate, free_to_judge};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::gates::standing::SumCap;
use crate::loops::{LoopHandle, no_loop};
use crate::passkeys::{self, Challenge, RawAssertion};
use crate::principal::Principal;
use crate::record::{By, Place, digest_hex, event_record};
use crate::runner::{self, Order};

/// Most cases of a batch.
pub const MOST_CASES: usize = 100;

/// Calls to approve together.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBatch {
    /// The tool that all of them call.
    pub tool: String,
    /// The cases, each with the digest of the proposal that was shown.
    pub cases: Vec<(CaseId, String)>,
    /// Most cases that may be approved.
    pub max_count: Option<usize>,
    /// The most that an argument may add up to.
    pub sum: Option<SumCap>,
    /// Ticked items of the checklist.
    pub checklist: Vec<String>,
    /// A remark on all of them.
    pub comment: Option<String>,
    /// Time spent in milliseconds.
    pub elapsed_ms: u64,
    /// What the signer's passkey signed over all of it, where calls take one.
    pub assertion: Option<RawAssertion>,
}

/// A sign-off over many cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// Name of the loop.
    pub loop_name: String,
    /// The tool.
    pub tool: String,
    /// Who signed.
    pub member: MemberId,
    /// When.
    pub at: Timestamp,
    /// SHA-256, hex, over loop, tool and the cases with their digests.
    pub digest: String,
    /// What was approved.
    pub approved: Vec<Approved>,
    /// What was not, and why.
    pub left_out: Vec<LeftOut>,
    /// The sum over what was approved, where one was bounded.
    pub sum: Option<f64>,
}

/// A case that was approved with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// The case.
    pub case: CaseId,
    /// Digest of the proposal that was approved.
    pub digest: String,
    /// Whether that decided it; otherwise it waits for others.
    pub decided: bool,
}

/// A case that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The case.
    pub case: CaseId,
    /// Stable code of why.
    pub code: String,
    /// Why.
    pub why: String,
}

impl Engine {
    /// Approves waiting calls of one tool together.
    pub async fn sign_batch(
        &self,
        principal: &Principal,
        loop_name: &str,
        batch: NewBatch,
        idem: Option<IdemKey>,
    ) -> Result<Batch> {
        self.running()?;
        allow(principal, Action::Judge, Some(loop_name))?;
        let batch = checked(batch)?;
        let (inner, asker, name) =
            (Arc::clone(&self.inner), principal.clone(), loop_name.to_owned());
        let signed = self.inner.store.write(move |tx| {
            if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                let id = known.parse().map_err(EngineError::internal)?;
                return read(batches::get(tx, &asker.space, id)?, id);
            }
            let done = sign(tx, &inner, &asker, &name, &batch)?;
            remember(tx, &asker, idem.as_ref(), &done.id.to_string())?;
            Ok(done)
        });
        let signed = signed.await?;
        self.inner.metrics.judgments_made.add(signed.approved.len() as u64);
        Ok(signed)
    }

    /// What the signer's passkey signs over a batch: the digest of loop, tool and the cases with their
    /// digests.
    pub async fn batch_challenge(
        &self,
        principal: &Principal,
        loop_name: &str,
        batch: NewBatch,
    ) -> Result<Challenge> {
        allow(principal, Action::Judge, Some(loop_name))?;
        let batch = checked(batch)?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let digest = digest_of(handle.id, &batch)?;
        let member = principal.member().map(|(member, _)| member);
        let member = member.ok_or_else(|| EngineError::forbidden("only people sign"))?;
        self.challenge_over(principal, "batch", move |nonce| subject(&digest, member, nonce)).await
    }

    /// A sign-off over many cases.
    pub async fn batch(&self, principal: &Principal, id: BatchId) -> Result<Batch> {
        crate::access::allow_somewhere(principal, Action::StandingRead)?;
        let asker = principal.clone();
        let found = self.inner.store.read(move |tx| {
            let batch = read(batches::get(tx, &asker.space, id)?, id)?;
            allow(&asker, Action::StandingRead, Some(&batch.loop_name))
                .map_err(|_| EngineError::not_found(format!("batch {id}")))?;
            Ok::<_, EngineError>(batch)
        });
        found.await
    }

    /// The newest sign-offs over many cases of a loop.
    pub async fn batches(
        &self,
        principal: &Principal,
        loop_name: &str,
        limit: u32,
    ) -> Result<Vec<Batch>> {
        allow(principal, Action::StandingRead, Some(loop_name))?;
        let (space, name) = (principal.space.clone(), loop_name.to_owned());
        let found = self.inner.store.read(move |tx| {
            let row = loops::by_name(tx, &space, &name)?.ok_or_else(|| no_loop(&name))?;
            let found = batches::list(tx, row.id, limit)?;
            let parse = |text: String| serde_json::from_str(&text).map_err(EngineError::internal);
            found.into_iter().map(parse).collect::<Result<Vec<Batch>>>()
        });
        found.await
    }
}

fn read(found: Option<String>, id: BatchId) -> Result<Batch> {
    let text = found.ok_or_else(|| EngineError::not_found(format!("batch {id}")))?;
    serde_json::from_str(&text).map_err(EngineError::internal)
}

fn checked(mut batch: NewBatch) -> Result<NewBatch> {
    let bad =
        |path: &str, message: String| Err(EngineError::invalid("invalid_input", path, message));
    if batch.cases.is_empty() || batch.cases.len() > MOST_CASES {
        return bad("/cases", format!("a batch has 1 to {MOST_CASES} cases"));
    }
    if batch.max_count.is_some_and(|most| batch.cases.len() > most) {
        return bad("/cases", "there are more cases than `max_count` allows".to_owned());
    }
    if batch.sum.as_ref().is_some_and(|sum| !sum.of.starts_with('/') || !sum.max.is_finite()) {
        return bad("/sum", "give a JSON pointer into the arguments and a number".to_owned());
    }
    batch.cases.sort();
    if batch.cases.windows(2).any(|two| two[0].0 == two[1].0) {
        return bad("/cases", "a case is listed twice".to_owned());
    }
    Ok(batch)
}

fn sign(
    tx: &mut dyn Tx,
    inner: &Inner,
    asker: &Principal,
    name: &str,
    batch: &NewBatch,
) -> Result<Batch> {
    let (member, _) = asker.member().ok_or_else(|| {
        EngineError::forbidden("a person approves: sign in, or use a key that belongs to a member")
    })?;
    let row = loops::by_name(tx, &asker.space, name)?.ok_or_else(|| no_loop(name))?;
    let halt = halts::read_shared(tx, &asker.space, row.id)?;
    // Every case is locked, by id, before any of them changes what comes after cases in the order.
    let mut locked = Vec::with_capacity(batch.cases.len());
    let mut left_out = Vec::new();
    for (id, digest) in &batch.cases {
        let case = cases::lock(tx, *id)?.filter(|case| case.core.loop_id == row.id);
        match case.map(|case| listed(inner, tx, case, &batch.tool, digest)).transpose()? {
            Some(Ok(found)) => locked.push(found),
            Some(Err((code, why))) => left_out.push(out(*id, code, why)),
            None => left_out.push(out(*id, "not_found", "there is no such case in the loop")),
        }
    }
    let sum = total(batch.sum.as_ref(), &mut locked)?;
    let now = tx.now();
    let id = BatchId(inner.ids.uuid(now)?);
    let digest = digest_of(row.id, batch)?;
    let signed = signed(tx, inner, member, &digest, batch.assertion.as_ref())?;
    let mut done = Batch {
        id,
        loop_name: name.to_owned(),
        tool: batch.tool.clone(),
        member,
        at: now,
        digest,
        approved: Vec::new(),
        left_out,
        sum: None,
    };
    let mut approved_sum = 0.0;
    let pauses = queues::pauses(tx, &asker.space)?;
    for found in locked {
        let id = found.case.core.id;
        let judged =
            approve(tx, inner, asker, (batch, signed.clone()), &done, found.case, (halt, &pauses));
        match judged {
            Ok(case) => {
                approved_sum += found.amount;
                let decided = case.state.live_decision().is_some();
                done.approved.push(Approved { case: id, digest: found.digest, decided });
            }
            Err(error) if refused(&error) => {
                done.left_out.push(out(id, error.code(), &error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    done.sum = sum.map(|_| approved_sum);
    if done.approved.is_empty() {
        let why: Vec<_> =
            done.left_out.iter().map(|out| format!("{}: {}", out.case, out.why)).collect();
        return Err(EngineError::Conflict {
            code: "nothing_approved",
            message: format!("none of the cases can be approved ({})", why.join("; ")),
            resource: None,
        });
    }
    record(tx, inner, asker, (row.id, name), &done)?;
    Ok(done)
}

/// SHA-256, hex, over loop, tool and the cases with their digests, in the order of their ids.
fn digest_of(loop_id: LoopId, batch: &NewBatch) -> Result<String> {
    let listed: Vec<_> = batch.cases.iter().map(|(id, digest)| json!([id, digest])).collect();
    digest_hex(&json!({"cases": listed, "loop": loop_id, "tool": batch.tool}))
}

/// What a passkey signs: hexadecimal, and as bytes.
fn subject(digest: &str, member: MemberId, nonce: &str) -> Result<(String, Vec<u8>)> {
    let over = json!({"batch": digest, "member": member, "nonce": nonce, "verdict": "approve"});
    let digest = digest_hex(&over)?;
    let bytes = hex::decode(&digest).map_err(EngineError::internal)?;
    Ok((digest, bytes))
}

/// What the signer's passkey signed over the batch, where it did.
fn signed(
    tx: &mut dyn Tx,
    inner: &Inner,
    member: MemberId,
    digest: &str,
    assertion: Option<&RawAssertion>,
) -> Result<Option<Box<Assertion>>> {
    let Some(raw) = assertion else { return Ok(None) };
    let over = subject(digest, member, &raw.nonce)?;
    Ok(Some(Box::new(passkeys::verified(tx, inner, member, "batch", over, raw)?)))
}

struct Found {
    case: Case,
    digest: String,
    arguments: serde_json::Map<String, Value>,
    amount: f64,
}

/// Whether a case still is what was listed: a waiting call of the tool with these bytes.
fn listed(
    inner: &Inner,
    tx: &mut dyn Tx,
    case: Case,
    tool: &str,
    digest: &str,
) -> Result<std::result::Result<Found, (&'static str, &'static str)>> {
    let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
    if case.state.open_appeal().is_some() {
        return Ok(Err(("appeal_open", "an appeal is open: it is decided by itself")));
    }
    if case.state.open_deciding_task().is_none() {
        return Ok(Err(("invalid_transition", "it does not wait for people any more")));
    }
    let Some(proposal) = case.state.current_proposal() else {
        return Ok(Err(("seen_mismatch", "it has no proposal")));
    };
    if proposal.digest.as_deref() != Some(digest) {
        return Ok(Err(("seen_mismatch", "it changed since it was listed")));
    }
    let call = calls(handle.spec(), &proposal.output).next().filter(|call| call.tool == tool);
    let Some(call) = call else {
        return Ok(Err(("other_tool", "it calls another tool")));
    };
    let arguments = call.arguments.clone();
    Ok(Ok(Found { digest: digest.to_owned(), arguments, amount: 0.0, case }))
}

/// Adds up what is bounded; over the bound, nothing is approved.
fn total(cap: Option<&SumCap>, found: &mut [Found]) -> Result<Option<f64>> {
    let Some(cap) = cap else { return Ok(None) };
    let mut sum = 0.0;
    for found in found {
        let at = Value::Object(found.arguments.clone());
        let amount = at.pointer(&cap.of).and_then(Value::as_f64).filter(|n| *n >= 0.0);
        let Some(amount) = amount else {
            let message = format!("{} has no number at `{}`", found.case.core.id, cap.of);
            return Err(EngineError::invalid("invalid_input", "/sum/of", message));
        };
        found.amount = amount;
        sum += amount;
    }
    if sum > cap.max + cap.max.abs() * 1e-12 {
        let message =
            format!("the cases add up to {sum}, more than {}; nothing was approved", cap.max);
        return Err(EngineError::invalid("over_cap", "/sum/max", message));
    }
    Ok(Some(sum))
}

fn approve(
    tx: &mut dyn Tx,
    inner: &Inner,
    asker: &Principal,
    (batch, signed): (&NewBatch, Option<Box<Assertion>>),
    done: &Batch,
    case: Case,
    (halt, pauses): (halts::HaltState, &[Pause]),
) -> Result<Case> {
    let judgment = NewJudgment {
        verdict: Verdict::Approve,
        answer: None,
        proposal: None,
        reasons: Vec::new(),
        failure_modes: Vec::new(),
        rating: None,
        checklist: batch.checklist.clone(),
        comment: batch.comment.clone(),
        seen: case.state.current_proposal().and_then(|proposal| proposal.digest.clone()),
        batch: Some(done.id.to_string()),
        signed,
        written: tandem_domain::provenance::Written::default(),
        elapsed_ms: batch.elapsed_ms / batch.cases.len().max(1) as u64,
        rationale: None,
        notice: None,
    };
    let make = |case: &Case, handle: &LoopHandle| {
        allow(asker, Action::Judge, Some(&handle.name))?;
        check_gate(asker, case, handle, &judgment)?;
        let tasks = Some(free_to_judge(asker, case, handle, pauses)?);
        let reviewer = asker.reviewer(Some(&handle.name))?;
        let judgment = Box::new(judgment.clone());
        Ok(Command::Judge {
            claim: None,
            tasks,
            reviewer,
            judgment,
            void: Vec::new(),
            edited: None,
        })
    };
    let by = By::principal(asker);
    let order = Order {
        case: case.core.id,
        space: Some(&asker.space),
        decides: true,
        make: &make,
        facts: None,
        by: &by,
    };
    Ok(runner::run_on(tx, inner, &order, case, halt)?.case)
}

/// Whether an error says that this case cannot be approved by this person; it came before any change.
fn refused(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Refused(_)
            | EngineError::Forbidden { .. }
            | EngineError::Invalid { .. }
            | EngineError::Conflict { .. }
    )
}

fn out(case: CaseId, code: &str, why: &str) -> LeftOut {
    LeftOut { case, code: code.to_owned(), why: why.to_owned() }
}

fn record(
    tx: &mut dyn Tx,
    inner: &Inner,
    asker: &Principal,
    of_loop: (tandem_domain::LoopId, &str),
    done: &Batch,
) -> Result<()> {
    let body = serde_json::to_string(done).map_err(EngineError::internal)?;
    batches::insert(tx, done.id, &asker.space, of_loop.0, &body)?;
    let cases: Vec<_> =
        done.approved.iter().map(|one| json!({"case": one.case, "digest": one.digest})).collect();
    let left: Vec<_> =
        done.left_out.iter().map(|one| json!({"case": one.case, "code": one.code})).collect();
    let data = json!({
        "batch": done.id, "cases": cases, "digest": done.digest, "left_out": left,
        "sum": done.sum, "tool": done.tool,
    });
    let id = format!("evt_{}", inner.ids.uuid(done.at)?);
    let place = Place { space: &asker.space, of_loop: Some(of_loop), case: None };
    let data = data.as_object().cloned().unwrap_or_default();
    let by = By::principal(asker);
    tx.append_event(event_record(place, &id, "batch.signed", &by, done.at, &data, &[])?);
    Ok(())
}
