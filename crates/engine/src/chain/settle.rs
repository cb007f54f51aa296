//! What links and checks said is written down: one transaction, fenced by the lease and by the step.

use std::sync::Arc;

use tandem_domain::case::{Case, LinkTry, Proposal};
use tandem_domain::command::{Command, NewProposal, Then};
use tandem_store::chain::{self, ChainJob};

use super::check::Checked;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::record::By;
use crate::runner::{self, Order};

/// How often facts are computed again because the loop changed meanwhile.
const TRIES: usize = 5;

/// What one turn of the worker came to.
pub(super) struct Turn {
    pub(super) step: u32,
    pub(super) tries: Vec<LinkTry>,
    pub(super) then: Then,
    pub(super) checked: Checked,
}

/// The proposal as it came in.
pub(crate) fn as_new(proposal: &Proposal) -> NewProposal {
    NewProposal {
        output: proposal.output.clone(),
        confidence: proposal.confidence.clone(),
        probabilities: proposal.probabilities.clone(),
        model: proposal.model.clone(),
        evidence: proposal.evidence.clone(),
        by: proposal.by.clone(),
    }
}

impl Engine {
    /// Writes a turn down. False when somebody else has the case now, or it moved on.
    pub(super) async fn settle_turn(&self, job: ChainJob, case: &Case, turn: Turn) -> Result<bool> {
        let turn = Arc::new(turn);
        for _ in 0..TRIES {
            match self.settle_once(job, case, Arc::clone(&turn)).await {
                Err(EngineError::Stale) => self.inner.loops.forget(case.core.loop_id),
                done => return done,
            }
        }
        Err(EngineError::Busy { retry_after_s: 1 })
    }

    async fn settle_once(&self, job: ChainJob, case: &Case, turn: Arc<Turn>) -> Result<bool> {
        let handle = self.loop_of(case).await?;
        let core = &case.core;
        let goes_on = matches!(turn.then, Then::Ask(_));
        let proposal = match &turn.then {
            Then::Propose(proposal) => Some(proposal.clone()),
            Then::Checked => case.state.current_proposal().map(as_new),
            Then::Ask(_) | Then::GiveUp => None,
        };
        let facts = if goes_on {
            None
        } else {
            let learned = self.learned(&handle, &core.input, proposal.as_ref()).await?;
            let facts = learned.with(handle.facts(core, proposal.as_ref()));
            Some(turn.checked.with(&handle, facts))
        };
        let (inner, epoch) = (Arc::clone(&self.inner), handle.epoch);
        let written = self.inner.store.write(move |tx| {
            let make = || Command::Tried {
                step: turn.step,
                tries: turn.tries.clone(),
                then: turn.then.clone(),
            };
            let order = Order {
                case: job.case,
                space: None,
                decides: true,
                make: &|_, _| Ok(make()),
                facts: facts.as_ref().map(|facts| (facts, epoch)),
                by: &By::machine(),
            };
            // The case is locked before its job, as by whoever lets it wait again.
            let ran = runner::run(tx, &inner, &order)?;
            if !chain::holds(tx, job)? {
                return Err(EngineError::Conflict {
                    code: "lease_lost",
                    message: "another worker asks the chain of this case now".to_owned(),
                    resource: None,
                });
            }
            if !goes_on || !ran.changed {
                chain::finish(tx, job)?;
            }
            Ok(ran.changed)
        });
        match written.await {
            Err(EngineError::Conflict { code: "lease_lost", .. }) => Ok(false),
            written => written,
        }
    }

    /// Ends the wait of a case whose chain took too long; as its timer does.
    pub(super) async fn settle_late(&self, job: ChainJob, round: u32) -> Result<()> {
        let inner = Arc::clone(&self.inner);
        let written = self.inner.store.write(move |tx| {
            let order = Order {
                case: job.case,
                space: None,
                decides: true,
                make: &|_, _| Ok(Command::ChainTimeout { round }),
                facts: None,
                by: &By::machine(),
            };
            runner::run(tx, &inner, &order)?;
            chain::finish(tx, job)?;
            Ok::<_, EngineError>(())
        });
        written.await
    }
}
