//! Judgments: what a reviewer says, and taking it back.

use std::sync::Arc;
use std::time::Instant;

use tandem_domain::case::{Answer, Case, JudgmentState, Purpose};
use tandem_domain::command::{Command, NewJudgment, NewProposal};
use tandem_domain::loops::OnFail;
use tandem_domain::policy::Facts;
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, ClaimId, JudgmentId, Timestamp};
use tandem_store::cases;
use tandem_store::queues::{self, Pause};

use super::{reviewer_of, takeable, unpaused};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::gates::approvers::approves;
use crate::loops::LoopHandle;
use crate::passkeys::{self, RawAssertion};
use crate::principal::Principal;
use crate::record::By;
use crate::runner::{self, Order, no_case};

/// A judgment with the claim it answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The claim and its token; without it the server claims and judges in one step.
    pub claim: Option<(ClaimId, u64)>,
    /// What is said.
    pub judgment: NewJudgment,
    /// What the reviewer's passkey signed over it.
    pub assertion: Option<RawAssertion>,
}

/// A judgment that was received.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The case as it is now.
    pub case: Case,
    /// The judgment.
    pub id: JudgmentId,
    /// Until when its author may undo it; `None` where it took effect at once.
    pub undo_until: Option<Timestamp>,
}

impl Engine {
    /// Says what the answer is.
    pub async fn judge(
        &self,
        principal: &Principal,
        id: CaseId,
        said: Said,
        idem: Option<IdemKey>,
    ) -> Result<Judged> {
        let started = Instant::now();
        self.running()?;
        let claim = match said.claim {
            Some((claim, _)) if claim.case != id => {
                let message = format!("{claim} is a claim on another case");
                return Err(EngineError::invalid("invalid_input", "/claim", message));
            }
            claim => claim.map(|(claim, token)| (claim.n, token)),
        };
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let (by, said_judgment) = (By::principal(principal), said.judgment);
        let (assertion, copy) = (said.assertion.clone(), said.assertion);
        let judged = self.inner.store.write(move |tx| {
            if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                let known: JudgmentId = known.parse().map_err(EngineError::internal)?;
                let case = cases::get(tx, known.case)?.ok_or_else(|| no_case(known.case))?;
                let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
                return Ok::<_, EngineError>(judged(case, &handle, known.n));
            }
            // Who holds a seat of a paused queue may finish; nobody takes one.
            let pauses = match claim {
                None => queues::pauses(tx, &asker.space)?,
                Some(_) => Vec::new(),
            };
            let mut judgment = said_judgment.clone();
            if let Some(raw) = &assertion {
                let signed = passkeys::check(tx, &inner, &asker, id, &judgment, raw)?;
                judgment.signed = Some(Box::new(signed));
            }
            if holds_words(&judgment) {
                judgment.written.suggested = crate::copilot::suggested(tx, id)?;
            }
            let make = |case: &Case, handle: &LoopHandle| {
                allow(&asker, Action::Judge, Some(&handle.name))?;
                // Who names their claim has shown that they may when they took it.
                let tasks = match claim {
                    Some(_) => None,
                    None => Some(free_to_judge(&asker, case, handle, &pauses)?),
                };
                if let Some(answer) = &judgment.answer {
                    handle.compiled().check_answer(answer, "/answer")?;
                }
                check_gate(&asker, case, handle, &judgment)?;
                let reviewer = reviewer_of(&asker, handle)?;
                Ok(Command::Judge {
                    claim,
                    tasks,
                    reviewer,
                    judgment: Box::new(judgment.clone()),
                    void: Vec::new(),
                    edited: None,
                })
            };
            let order = Order {
                case: id,
                space: Some(&asker.space),
                decides: true,
                make: &make,
                facts: None,
                by: &by,
            };
            let ran = runner::run(tx, &inner, &order)?;
            let n = u32::try_from(ran.case.state.judgments.len()).unwrap_or(u32::MAX);
            let judgment = JudgmentId { case: id, n };
            remember(tx, &asker, idem.as_ref(), &judgment.to_string())?;
            Ok::<_, EngineError>(judged(ran.case, &ran.handle, n))
        });
        let judged = judged.await;
        if let (Some(raw), Err(EngineError::Conflict { code: "cloned_passkey", .. })) =
            (&copy, &judged)
        {
            self.note_cloned(principal, raw).await;
        }
        let judged = judged?;
        self.inner.metrics.judgments_made.add(1);
        self.inner.metrics.judge_seconds.record(started.elapsed());
        Ok(judged)
    }

    /// Undoes one's own judgment while its decision is held.
    pub async fn undo(
        &self,
        principal: &Principal,
        id: JudgmentId,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        let asker = principal.clone();
        self.perform(principal, id.case, true, idem, move |_, handle| {
            allow(&asker, Action::Judge, Some(&handle.name))?;
            Ok(Command::Undo { judgment: id.n, reviewer: asker.reviewer(Some(&handle.name))? })
        })
        .await
    }

    /// Takes a judgment back after it took effect: one's own, or any for an orchestrator. The
    /// decision stands until somebody opens the case again.
    pub async fn retract(
        &self,
        principal: &Principal,
        id: JudgmentId,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        let asker = principal.clone();
        self.perform(principal, id.case, false, idem, move |_, handle| {
            if allow(&asker, Action::RetractAny, Some(&handle.name)).is_ok() {
                return Ok(Command::Retract { judgment: id.n, by: None });
            }
            allow(&asker, Action::Judge, Some(&handle.name))?;
            let by = Some(asker.reviewer(Some(&handle.name))?);
            Ok(Command::Retract { judgment: id.n, by })
        })
        .await
    }
}

/// Whether somebody may have written something that a model suggested. Other judgments, which are most,
/// are not held against suggestions.
fn holds_words(judgment: &NewJudgment) -> bool {
    let answer = judgment.answer.iter().flat_map(|answer| answer.values());
    let mut texts = answer.filter_map(serde_json::Value::as_str);
    !judgment.written.claimed.is_empty() || texts.any(|text| text.contains(char::is_whitespace))
}

/// Tasks that somebody without a claim may judge now: their queues are open, or they hold a seat.
pub(super) fn free_to_judge(
    asker: &Principal,
    case: &Case,
    handle: &LoopHandle,
    pauses: &[Pause],
) -> Result<Vec<u32>> {
    let open = || case.state.tasks.iter().filter(|task| task.open);
    let tasks = match takeable(asker, case, handle) {
        // Who arbitrates and who decides appeals is the state machine's to say, and it says why not.
        Err(_)
            if open().all(|task| matches!(task.purpose, Purpose::Arbitrate | Purpose::Appeal)) =>
        {
            return Ok(open().map(|task| task.n).collect());
        }
        tasks => tasks?,
    };
    if holds_seat(case, asker) { Ok(tasks) } else { unpaused(pauses, case, handle, tasks) }
}

fn holds_seat(case: &Case, asker: &Principal) -> bool {
    let member = asker.member().map(|(member, _)| member);
    let claims = case.state.tasks.iter().flat_map(|task| &task.claims);
    claims.into_iter().any(|claim| Some(claim.member) == member && !claim.lapsed)
}

/// Over a call: whether the person's role approves, and whether an edit passes the guardrails that
/// would have blocked it.
pub(super) fn check_gate(
    asker: &Principal,
    case: &Case,
    handle: &LoopHandle,
    judgment: &NewJudgment,
) -> Result<()> {
    let spec = handle.spec();
    if !spec.holds_action() || !judgment.verdict.fills_seat() {
        return Ok(());
    }
    // Who decides an appeal is asked of the person, not of the role for calls.
    let contested = case.state.open_appeal().is_some() && super::decides_appeals(asker, handle);
    if let Some(approvals) = spec.review.approvals.filter(|_| !contested)
        && !Role::ALL
            .into_iter()
            .any(|role| approves(role, approvals.of) && asker.has(role, Some(&handle.name)))
    {
        let message = format!("calls of this loop are decided by a member who is {}", approvals.of);
        return Err(EngineError::forbidden(message));
    }
    let Some(answer) = &judgment.answer else { return Ok(()) };
    let facts = edited_facts(case, handle, answer, asker.id());
    match facts.failed.iter().find(|failed| failed.on_fail == OnFail::Block) {
        Some(failed) => {
            let message = format!("the guardrail `{}` blocks this; change it", failed.name);
            Err(EngineError::invalid("invalid_answer", "/answer", message))
        }
        None => Ok(()),
    }
}

/// What the policy finds out about what a person would have run in the place of what was proposed.
pub(crate) fn edited_facts(case: &Case, handle: &LoopHandle, answer: &Answer, by: String) -> Facts {
    let edited = NewProposal {
        output: answer.clone(),
        confidence: std::collections::BTreeMap::new(),
        probabilities: std::collections::BTreeMap::new(),
        model: None,
        evidence: Vec::new(),
        by,
    };
    handle.facts(&case.core, Some(&edited))
}

fn judged(case: Case, handle: &LoopHandle, n: u32) -> Judged {
    let undo = handle.spec().undo();
    let judgment = case.state.judgments.get((n as usize).saturating_sub(1));
    let undo_until = judgment
        .filter(|judgment| undo.0 > 0 && judgment.state == JudgmentState::Counted)
        .map(|judgment| judgment.at + undo);
    Judged { id: JudgmentId { case: case.core.id, n }, undo_until, case }
}
