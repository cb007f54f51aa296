//! Candidates in the shadow: what they proposed beside the live proposal is compared with people's
//! answer, in the transaction in which that takes effect.
//!
//! Only what was proposed before anybody had judged counts: later on a candidate could know the
//! answer. Audits of automatic cases count as reviews do. People who saw the live proposal lean
//! towards it, so a comparison on such cases favours the live model.

use std::collections::BTreeMap;

use tandem_domain::Timestamp;
use tandem_domain::answer::same_answer;
use tandem_domain::case::{Answer, Case, Judgment, Proposal};
use tandem_domain::command::Effect;
use tandem_domain::loops::LoopSpec;
use tandem_store::shadow::{self, ShadowRow};
use tandem_store::{StoreError, Tx};

use super::examples::AUDITS;

/// Carries out what an effect means for candidates. `case` is the case after the command.
pub(crate) fn apply(
    tx: &mut dyn Tx,
    spec: &LoopSpec,
    case: &Case,
    effect: &Effect,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !case.state.proposals.iter().any(|proposal| proposal.shadow) {
        return Ok(());
    }
    let nth = |n: u32| case.state.judgments.get((n as usize).checked_sub(1)?);
    match effect {
        Effect::Learn { decision } => {
            let at = (*decision as usize).checked_sub(1);
            let Some(decision) = at.and_then(|at| case.state.decisions.get(at)) else {
                return Ok(());
            };
            let judgments: Vec<_> = decision.judgments.iter().filter_map(|n| nth(*n)).collect();
            let Some(answer) = &decision.output else { return Ok(()) };
            let n = u64::from(decision.n);
            compare(tx, spec, case, (n, answer, decision.proposal), &judgments, now)
        }
        Effect::AuditResult { judgment, .. } => {
            let Some(judgment) = nth(*judgment) else { return Ok(()) };
            let Some(answer) = &judgment.answer else { return Ok(()) };
            let n = AUDITS + u64::from(judgment.n);
            compare(tx, spec, case, (n, answer, judgment.proposal), &[judgment], now)
        }
        Effect::Unlearn { decision } => {
            shadow::delete(tx, case.core.loop_id, case.core.id, u64::from(*decision))?;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn compare(
    tx: &mut dyn Tx,
    spec: &LoopSpec,
    case: &Case,
    (n, answer, about): (u64, &Answer, Option<u32>),
    judgments: &[&Judgment],
    now: Timestamp,
) -> Result<(), StoreError> {
    // Without judgments the answer was imported, and may have been known to everybody.
    let Some(first) = judgments.iter().map(|judgment| judgment.at).min() else { return Ok(()) };
    let proposals = &case.state.proposals;
    let about = about.and_then(|n| proposals.get((n as usize).checked_sub(1)?));
    let Some(shown) = about.or_else(|| case.state.current_proposal()) else { return Ok(()) };
    let mut newest: BTreeMap<&str, &Proposal> = BTreeMap::new();
    for proposal in proposals.iter().filter(|p| p.shadow && p.at <= first) {
        if let Some(model) = &proposal.model {
            newest.insert(model, proposal);
        }
    }
    for (model, proposal) in newest {
        let row = ShadowRow {
            loop_id: case.core.loop_id,
            model: model.to_owned(),
            case_id: case.core.id,
            n,
            at: now,
            against: shown.model.clone().unwrap_or_default(),
            candidate_right: same_answer(spec, &proposal.output, answer),
            current_right: same_answer(spec, &shown.output, answer),
        };
        shadow::upsert(tx, &row)?;
    }
    Ok(())
}
