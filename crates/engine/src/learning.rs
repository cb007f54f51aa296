//! Learning: examples from decisions, training jobs, the registry, proposals and explanations.
//!
//! What people decide becomes an example in the transaction of the decision ([`examples`]). Every
//! `learner.retrain.every` examples a job is queued; a worker thread of the lowest priority trains
//! on them (`train`, `fit`) and registers the model (`registry`), which takes over or waits in the
//! shadow, as the loop says. A model that takes over rescores the open cases (`rescore`). Whatever
//! happens to a worker, the job is a leased row: another one takes it over.
//!
//! Models from outside are registered beside ([`outside`](Outside)): their proposals come with cases,
//! in the open or in the shadow (`shadow`); what they may learn from is announced (`ready`); and
//! every version can be measured on a frozen set before it is promoted (`evaluation`).
//!
//! A fifth of the labelled cases, drawn by the loop's secret, is held out: no model is trained on
//! them and every model is measured on them. They are cases that people saw, so their accuracy says
//! how models compare on what was reviewed; the error among automatic cases is what audits tell
//! ([`crate::stats`]).

mod cache;
mod evaluation;
pub mod examples;
mod fit;
mod layout;
mod lease;
mod model;
mod outside;
mod ready;
mod registry;
mod rescore;
mod score;
pub(crate) mod shadow;
mod train;
mod use_cases;
mod views;
pub(crate) mod work;

pub use evaluation::{EvaluationCase, Prediction, SetView};
pub use fit::{Metrics, RandomSlice, Share};
pub(crate) use layout::Row;
pub use model::{Contribution, Explanation};
pub(crate) use outside::recheck as recheck_model;
pub use outside::{Artefact, Outside, OutsideKind, Prompt};
pub(crate) use ready::TOPIC as READY;
pub(crate) use registry::{TABLE as MODELS, model_record};
pub use score::Score;
pub use use_cases::JobView;
pub use views::{Compared, ModelView, NoteView, ShadowView};

use serde_json::Value;
use tandem_domain::case::Proposal;
use tandem_domain::command::NewProposal;
use tandem_store::Store;

use crate::loops::LoopHandle;
use cache::Cache;

/// Kind of the job that trains.
pub(crate) const TRAIN: &str = "train";
/// Kind of the job that rescores.
pub(crate) const RESCORE: &str = "rescore";

/// Live models, ready to propose and explain.
pub(crate) struct Learning {
    pub(crate) cache: Cache,
}

impl Learning {
    /// Nothing is loaded yet.
    pub(crate) fn new(store: Store) -> Self {
        Self { cache: Cache::new(store) }
    }

    /// What the live model proposes for an input; `None` where there is no model, or it does not fit
    /// the loop (any more). A model that cannot be read is no reason to refuse a case: people decide
    /// it.
    pub(crate) async fn propose(&self, handle: &LoopHandle, input: &Value) -> Option<NewProposal> {
        self.propose_many(handle, &[input]).await.pop().flatten()
    }

    /// [`Learning::propose`] for many inputs, in their order.
    pub(crate) async fn propose_many(
        &self,
        handle: &LoopHandle,
        inputs: &[&Value],
    ) -> Vec<Option<NewProposal>> {
        let nothing = || inputs.iter().map(|_| None).collect();
        if handle.spec().learned_field().is_none() {
            return nothing();
        }
        let live = match self.cache.get(handle.id).await {
            Ok(Some(live)) if live.model.fits(handle.spec()) => live,
            Ok(_) => return nothing(),
            Err(error) => {
                tracing::error!(of = handle.name, %error, "the live model cannot be used");
                return nothing();
            }
        };
        let rows: Vec<_> = inputs.iter().map(|i| live.model.header.layout.read(i)).collect();
        match live.model.predict(&rows) {
            Ok((_, probabilities)) => {
                let name = registry::name(&handle.name, live.version);
                (0..probabilities.rows())
                    .map(|i| live.model.proposal(probabilities.row(i), &name, live.trusted))
                    .collect()
            }
            Err(error) => {
                tracing::error!(of = handle.name, %error, "the live model cannot predict");
                nothing()
            }
        }
    }

    /// Why the loop's own model proposed this: what speaks for and against the proposed option, as
    /// the live model sees it. `None` for proposals from elsewhere.
    pub(crate) async fn explain(
        &self,
        handle: &LoopHandle,
        input: &Value,
        proposal: &Proposal,
    ) -> Option<Explanation> {
        let own = proposal.by == "machine"
            && proposal.model.as_deref()?.rsplit_once('@')?.0 == handle.name;
        if !own {
            return None;
        }
        let live = self.cache.get(handle.id).await.ok().flatten()?;
        let option = proposal.output.get(&live.model.header.field)?.as_str()?;
        live.model.explain(input, Some(option)).ok().flatten()
    }
}
