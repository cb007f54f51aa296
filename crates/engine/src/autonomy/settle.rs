//! A judgment took effect, or never will: the evidence counts.

use std::sync::Arc;

use tandem_domain::answer::same_answer;
use tandem_domain::case::{Case, DecidedBy, Decision, Proposal, Status};
use tandem_domain::command::Effect;
use tandem_learn::autonomy::Event;
use tandem_store::{Tx, autonomy};

use super::Held;
use super::session::save;
use super::verdicts::Scribe;
use crate::engine::Inner;
use crate::errors::Result;
use crate::loops::LoopHandle;

/// Tells the evidence what a change of a case says about the proposal it was routed by.
pub(crate) fn settle(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &Arc<LoopHandle>,
    before: &Case,
    after: &Case,
    effects: &[Effect],
) -> Result<()> {
    let Some(spec) = &handle.spec().policy.autonomy else { return Ok(()) };
    // The first proposal is the one whose score was looked at.
    let Some(first) = after.state.proposals.iter().find(|proposal| !proposal.shadow) else {
        return Ok(());
    };
    let Some(event) = event(handle, before, after, first, effects) else { return Ok(()) };
    let by = spec.by.as_ref();
    let group = handle.spec().autonomy_group(by, &after.core.group, &first.output);
    let Some(group) = group else { return Ok(()) };
    autonomy::lock(tx, handle.id, &handle.space)?;
    let Some(row) = autonomy::get(tx, handle.id, group)? else { return Ok(()) };
    if row.controller.is_none() || first.model.as_deref().unwrap_or("unversioned") != row.model {
        return Ok(());
    }
    let mut held = Held::read(row)?;
    Scribe::machine(inner, handle).apply(tx, &mut held, &event)?;
    if held.changed { save(tx, held) } else { Ok(()) }
}

fn event(
    handle: &LoopHandle,
    before: &Case,
    after: &Case,
    first: &Proposal,
    effects: &[Effect],
) -> Option<Event> {
    let case = uuid::Uuid::from_bytes(*after.core.id.as_bytes()).as_u128();
    let error = |wrong: bool| f64::from(u8::from(wrong));
    for effect in effects {
        match effect {
            Effect::AuditResult { error: wrong, .. } => {
                return Some(Event::Judged { case, error: error(*wrong) });
            }
            Effect::Learn { decision } => {
                let n = *decision;
                let decision: &Decision = after.state.decisions.iter().find(|d| d.n == n)?;
                let same = decision
                    .output
                    .as_ref()
                    .is_some_and(|output| same_answer(handle.spec(), output, &first.output));
                return Some(Event::Judged { case, error: error(!same) });
            }
            _ => {}
        }
    }
    let decided_by_deadline = |case: &Case| {
        case.state.live_decision().is_some_and(|decision| decision.by == DecidedBy::Deadline)
    };
    let lapsed = |case: &Case| case.state.status == Status::Cancelled || decided_by_deadline(case);
    (lapsed(after) && !lapsed(before)).then_some(Event::Lapsed { case })
}
