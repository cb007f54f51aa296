//! How the links of a loop fare, and a try of all of them without a case.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use tandem_connect::http::Target;
use tandem_domain::Timestamp;
use tandem_domain::case::{LinkTry, TryOutcome};
use tandem_domain::loops::LinkKind;
use tandem_policy::CaseView;
use tandem_store::chain;

use super::Asking;
use crate::access::{Action, allow};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// The longest that a try may take.
const TEST_TIME: Duration = Duration::from_mins(2);

/// How the chain of a loop fares, since this process started.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainView {
    /// Cases that wait for a link or a check.
    pub waiting: u64,
    /// The links in their order, then the models that check.
    pub links: Vec<LinkView>,
}

/// How one link fares.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkView {
    /// Its name.
    pub link: String,
    /// Its kind; `check` for models that check.
    pub kind: String,
    /// Host and port of links outside; the whole address may hold a secret.
    pub place: Option<String>,
    /// The least confidence with which what it says is proposed.
    pub min_confidence: Option<f64>,
    /// How often it was asked.
    pub calls: u64,
    /// How often each outcome was met.
    pub outcomes: BTreeMap<String, u64>,
    /// Share of calls that were answered as agreed.
    pub answered: Option<f64>,
    /// Median of the newest durations, in milliseconds.
    pub p50_ms: Option<u64>,
    /// Their 95th percentile.
    pub p95_ms: Option<u64>,
    /// `closed`, `open` or `half_open`; of links outside.
    pub breaker: Option<String>,
    /// Requests under way at its endpoint.
    pub in_flight: u64,
    /// What failed last.
    pub last_failure: Option<LastFailure>,
    /// Tokens asked with.
    pub input_tokens: u64,
    /// Tokens answered with.
    pub output_tokens: u64,
    /// What they cost, where the link has a price.
    pub cost: f64,
}

/// What failed last.
#[derive(Debug, Clone, PartialEq)]
pub struct LastFailure {
    /// When it was asked.
    pub at: Timestamp,
    /// What kind.
    pub outcome: TryOutcome,
    /// What and where.
    pub why: String,
}

impl Engine {
    /// How the links of a loop fare.
    pub async fn chain(&self, principal: &Principal, loop_name: &str) -> Result<ChainView> {
        allow(principal, Action::StatsRead, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let id = handle.id;
        let waiting =
            self.inner.store.read(move |tx| Ok::<_, EngineError>(chain::waiting(tx, id)?)).await?;
        let spec = handle.spec();
        let links = spec.chain.iter().enumerate().map(|(at, link)| {
            let kind = link.kind();
            let view = self.link_view(id, link.label(at), kind.as_str(), kind.url());
            LinkView { min_confidence: link.min_confidence, ..view }
        });
        let checks = spec
            .policy
            .checks()
            .map(|check| self.link_view(id, check.name.clone(), "check", check.url()));
        Ok(ChainView { waiting, links: links.chain(checks).collect() })
    }

    fn link_view(
        &self,
        of: tandem_domain::LoopId,
        link: String,
        kind: &str,
        url: Option<&str>,
    ) -> LinkView {
        let figures = self.inner.chains.figures(of, &link);
        let target = url.and_then(|url| url.parse::<Target>().ok());
        let endpoint = target.as_ref().and_then(|t| self.inner.chains.known(&t.origin()));
        LinkView {
            kind: kind.to_owned(),
            place: target.as_ref().map(|target| target.place().to_owned()),
            min_confidence: None,
            calls: figures.calls,
            outcomes: figures.outcomes.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect(),
            answered: figures.answered(),
            p50_ms: figures.quantile(0.5),
            p95_ms: figures.quantile(0.95),
            breaker: target.as_ref().map(|_| {
                let standing = endpoint.as_ref().map(|endpoint| endpoint.standing());
                standing.map_or("closed", super::endpoint::Standing::as_str).to_owned()
            }),
            in_flight: endpoint.map_or(0, |endpoint| endpoint.flying() as u64),
            last_failure: figures.last_failure.clone().map(|(at, outcome, why)| LastFailure {
                at,
                outcome,
                why,
            }),
            input_tokens: figures.input_tokens,
            output_tokens: figures.output_tokens,
            cost: figures.cost,
            link,
        }
    }

    /// Asks every link what it would say of an input, one after the other, without making a case; also
    /// what would be proposed is told.
    pub async fn try_chain(
        &self,
        principal: &Principal,
        loop_name: &str,
        input: Value,
        tags: Vec<String>,
    ) -> Result<Vec<LinkTry>> {
        self.running()?;
        allow(principal, Action::LoopWrite, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        handle.compiled().check_input(&input).map_err(|refusal| refusal.under("/input"))?;
        let group = BTreeMap::new();
        let view = CaseView {
            input: &input,
            tags: &tags,
            group: &group,
            run: None,
            requested_human: false,
        };
        let asking = Asking { view, id: "test", until: Instant::now() + TEST_TIME, revision: None };
        let mut tries = Vec::new();
        for (at, link) in handle.spec().chain.iter().enumerate() {
            if matches!(link.kind(), LinkKind::Human) {
                break;
            }
            let (asked, proposal) = self.ask_link(&handle, asking, at).await;
            tries.extend(asked);
            let Some(proposal) = proposal else { continue };
            let checked = self.check_proposal(&handle, asking, &proposal).await;
            if let Some(tried) = tries.last_mut() {
                tried.output = Some(proposal.output);
                if checked.found {
                    tried.outcome = TryOutcome::Guardrail;
                }
            }
            tries.extend(checked.tries);
        }
        Ok(tries)
    }
}
