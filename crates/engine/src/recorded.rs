//! Recorded cases as evidence: what was proposed, what people found, and with which probability they
//! looked.

use tandem_domain::LoopId;
use tandem_domain::case::{Answer, Case, DecidedBy, DecisionState, Proposal, Purpose};
use tandem_domain::loops::RouteTo;
use tandem_store::Tx;
use tandem_store::cases::{self, CaseFilter};

use crate::errors::Result;

/// Cases read at once.
const PAGE: u32 = 500;

/// A case with the proposal that its route is about: the last one.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The case.
    pub(crate) case: Case,
    /// Index of the proposal that it was routed by.
    routed: usize,
    /// What people found, if they looked by chance or by rule, never because somebody complained.
    pub(crate) found: Option<Found>,
}

/// What people found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// The right answer; `None` where there is none (rejected).
    pub(crate) answer: Option<Answer>,
    /// Probability with which they looked, above 0.
    pub(crate) propensity: f64,
}

impl Recorded {
    /// The proposal that it was routed by.
    pub(crate) fn proposal(&self) -> &Proposal {
        &self.case.state.proposals[self.routed]
    }

    fn of(case: Case) -> Option<Self> {
        let routed = case.state.proposals.iter().rposition(|proposal| !proposal.shadow)?;
        let found = found(&case);
        Some(Self { case, routed, found })
    }
}

fn found(case: &Case) -> Option<Found> {
    let state = &case.state;
    let decided = |by: DecidedBy| {
        let effective = |state| !matches!(state, DecisionState::Held | DecisionState::Withdrawn);
        state.decisions.iter().rfind(|d| d.by == by && effective(d.state))
    };
    if case.core.imported {
        let answer = decided(DecidedBy::Import)?.output.clone();
        return Some(Found { answer, propensity: 1.0 });
    }
    let route = state.route.as_ref()?;
    if route.to == RouteTo::Review {
        let answer = decided(DecidedBy::People)?.output.clone();
        return Some(Found { answer, propensity: 1.0 });
    }
    if route.to != RouteTo::Auto || !route.audit || route.propensity <= 0.0 {
        return None;
    }
    let audit = state.tasks.iter().find(|task| task.purpose == Purpose::Audit && !task.open)?;
    let judgment = state.filled(audit.n).last()?;
    Some(Found { answer: judgment.answer.clone(), propensity: route.propensity })
}

/// The newest cases of a loop that somebody proposed on, newest first, at most `limit`.
pub(crate) fn newest(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<Recorded>> {
    let filter = CaseFilter { newest_first: true, ..CaseFilter::all(loop_id) };
    let mut out = Vec::new();
    let mut after = None;
    while (out.len() as u32) < limit {
        let page = cases::list(tx, &filter, after, PAGE.min(limit))?;
        out.extend(page.cases.into_iter().filter_map(Recorded::of));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    out.truncate(limit as usize);
    Ok(out)
}
