//! What a loop's own evidence adds to the facts of a case: the prediction set, where the model that
//! proposed stands, and how unlike anything seen the case is, a conformal p-value.
//!
//! For that, the live model compares a case with those it was trained on and with held-out ones (see
//! [`tandem_learn::novelty::NoveltyDetector`]); a model that was trained before the policy asked
//! cannot tell. Among cases like those that people looked at, a share of at most `alpha` has a
//! p-value up to `alpha`; what share of the unlike ones has is not promised. The p-value is in the
//! facts, so a route replays without the model.

use std::sync::Arc;

use serde_json::Value;
use tandem_domain::command::NewProposal;
use tandem_domain::policy::{ConformalFact, Facts, ModelFact};

use crate::engine::Engine;
use crate::errors::Result;
use crate::learning::Row;
use crate::loops::LoopHandle;

/// Facts that the loop's own evidence tells, beside what the policy computes from the case alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Learned {
    /// The prediction set, where the policy asks for one.
    pub(crate) conformal: Option<ConformalFact>,
    /// The p-value of the case among ordinary ones, where the policy asks for it.
    pub(crate) novelty: Option<f64>,
    /// Where the model that proposed stands, in loops where only a promoted one may act.
    pub(crate) model: Option<ModelFact>,
}

impl Learned {
    /// The facts of the policy together with these.
    pub(crate) fn with(self, facts: Facts) -> Facts {
        Facts { conformal: self.conformal, novelty: self.novelty, model: self.model, ..facts }
    }
}

impl Engine {
    /// What the loop's evidence says of a case and its proposal.
    pub(crate) async fn learned(
        &self,
        handle: &Arc<LoopHandle>,
        input: &Value,
        proposal: Option<&NewProposal>,
    ) -> Result<Learned> {
        let conformal = self.prediction_set(handle, proposal).await?;
        let asked = handle.spec().policy.novelty.is_some();
        let mut found = if asked { self.p_values(handle, &[input]).await } else { Vec::new() };
        let model = self.model_fact(handle, proposal).await?;
        Ok(Learned { conformal, novelty: found.pop().flatten(), model })
    }

    /// The p-value of each input; `None` while no model is there, or none that knows ordinary cases.
    pub(crate) async fn p_values(
        &self,
        handle: &LoopHandle,
        inputs: &[&Value],
    ) -> Vec<Option<f64>> {
        let live = match self.inner.learning.cache.get(handle.id).await {
            Ok(live) => live.filter(|live| live.model.fits(handle.spec())),
            Err(error) => {
                tracing::error!(of = handle.name, %error, "the live model cannot be used");
                None
            }
        };
        let nothing = || vec![None; inputs.len()];
        let Some(live) = live.filter(|live| live.model.novelty.is_some()) else { return nothing() };
        let rows: Vec<_> = inputs.iter().map(|i| live.model.header.layout.read(i)).collect();
        let inputs: Vec<_> = rows.iter().map(Row::input).collect();
        let matrix = live.model.classifier.features.transform(&inputs);
        match matrix.and_then(|matrix| live.model.p_values(&matrix)) {
            Ok(Some(found)) => found.into_iter().map(Some).collect(),
            Ok(None) => nothing(),
            Err(error) => {
                tracing::error!(of = handle.name, %error, "the live model cannot tell novel cases");
                nothing()
            }
        }
    }
}
