//! Models that check a proposal before it is routed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tandem_connect::models::{self, Failure, Question, Scored};
use tandem_domain::case::{LinkTry, TryOutcome};
use tandem_domain::command::NewProposal;
use tandem_domain::loops::{GuardrailSpec, LINK_TIMEOUT, OnFail};
use tandem_domain::policy::{CheckFact, Facts, GuardrailFact};

use super::Asking;
use super::ask::Outside;
use crate::engine::Engine;
use crate::loops::LoopHandle;

/// What the models that check said of one proposal.
#[derive(Debug, Clone, Default)]
pub(super) struct Checked {
    pub(super) tries: Vec<LinkTry>,
    pub(super) facts: Vec<CheckFact>,
    pub(super) failed: Vec<GuardrailFact>,
    /// Whether one of them found something, which passes a link over.
    pub(super) found: bool,
}

impl Checked {
    /// Adds what they said to the facts of the proposal, in the order of the file.
    pub(super) fn with(&self, handle: &LoopHandle, mut facts: Facts) -> Facts {
        facts.checks.clone_from(&self.facts);
        facts.failed.extend(self.failed.iter().cloned());
        let order = &handle.spec().policy.guardrails;
        facts.failed.sort_by_key(|failed| order.iter().position(|spec| spec.name == failed.name));
        facts
    }
}

impl Engine {
    /// Asks every model that checks. A proposal that a guardrail of this process blocks is shown to none
    /// of them; the caller routes it without.
    pub(super) async fn check_proposal(
        &self,
        handle: &Arc<LoopHandle>,
        asking: Asking<'_>,
        proposal: &NewProposal,
    ) -> Checked {
        let mut checked = Checked::default();
        for spec in handle.spec().policy.checks() {
            let mut tried = LinkTry {
                link: spec.name.clone(),
                kind: "check".to_owned(),
                at: self.now(),
                took_ms: 0,
                outcome: TryOutcome::Proposed,
                why: None,
                output: None,
                confidence: None,
                model: None,
                usage: None,
            };
            let begun = Instant::now();
            let scored = self.scored(handle, asking, spec, proposal).await;
            tried.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let score = scored.as_ref().ok().map(|scored| scored.score);
            let failed = match scored {
                Ok(scored) => {
                    tried.confidence = score;
                    tried.model = scored.model;
                    tried.usage = scored.usage;
                    let fails = handle.compiled().check_fails(&spec.name, scored.score);
                    fails.then(|| {
                        tried.outcome = TryOutcome::Guardrail;
                        checked.found = true;
                        (spec.on_fail, format!("the score {:.3} is too much", scored.score))
                    })
                }
                Err(failure) => {
                    tried.outcome = failure.outcome;
                    tried.why = Some(failure.why);
                    let why = format!("the model could not be asked ({})", tried.outcome.as_str());
                    Some((spec.on_error(), why))
                }
            };
            self.inner.chains.count(handle.id, &tried);
            self.inner.metrics.checks_asked.add(1);
            let blocked = matches!(failed, Some((OnFail::Block, _)));
            if let Some((on_fail, why)) = failed {
                checked.failed.push(GuardrailFact { name: spec.name.clone(), on_fail, why });
            }
            checked.facts.push(CheckFact { name: spec.name.clone(), score });
            checked.tries.push(tried);
            if blocked {
                break;
            }
        }
        checked
    }

    async fn scored(
        &self,
        handle: &Arc<LoopHandle>,
        asking: Asking<'_>,
        spec: &GuardrailSpec,
        proposal: &NewProposal,
    ) -> Result<Scored, Failure> {
        let timeout = spec.timeout.unwrap_or(LINK_TIMEOUT);
        let outside = Outside {
            url: spec.url().unwrap_or_default(),
            timeout: Duration::from_micros(timeout.0.unsigned_abs()),
            headers_from: &spec.headers_from,
            bearer: spec.openai.as_ref().and_then(|openai| openai.key.as_deref()),
        };
        let question = Question {
            spec: handle.spec(),
            case: asking.id,
            input: asking.view.input,
            tags: asking.view.tags,
            revision: None,
        };
        let (name, output) = (spec.name.as_str(), &proposal.output);
        let scored = self
            .outside(&outside, asking.until, |asker, _| async move {
                match &spec.openai {
                    Some(openai) => models::openai::score(&asker, openai, &question, output).await,
                    None => models::http::score(&asker, outside.url, &question, name, output).await,
                }
            })
            .await?;
        if !scored.score.is_finite() {
            let why = "the score is no number".to_owned();
            return Err(Failure { outcome: TryOutcome::BadAnswer, why, status: None });
        }
        Ok(scored)
    }
}
