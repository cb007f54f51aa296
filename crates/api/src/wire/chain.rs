//! Chains: what links said of a case, and how they fare.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::Timestamp;
use tandem_domain::case::{Answer, LinkTry, Usage};
use tandem_engine::chain::{ChainView, LinkView};
use utoipa::ToSchema;

/// What one link of the chain, or one model that checks, said of a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkTry)]
pub struct TryView<'a> {
    /// Its name.
    #[schema(example = "http-2")]
    pub link: &'a str,
    /// `model`, `http`, `openai`, `label_studio`, `rule`, `check`, or `deadline` for the end of all patience.
    pub kind: &'a str,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// `proposed`, `no_answer`, `low_confidence`, `guardrail`, `timeout`, `unreachable`, `forbidden`,
    /// `status`, `too_large`, `bad_answer`, `misfit`, `breaker_open` or `no_secret`.
    #[schema(example = "low_confidence")]
    pub outcome: &'static str,
    /// What went wrong and where; for those who see everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'a str>,
    /// What it said, where that was not proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub output: Option<&'a Answer>,
    /// How sure it was; of a check, its score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Model and version as it named itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<&'a str>,
    /// What it used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageView>,
}

/// Tokens, and what they cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenUsage)]
pub struct UsageView {
    /// Tokens of what was asked.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// Cost in the unit of the link's price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        let Usage { input_tokens, output_tokens, cost } = usage;
        Self { input_tokens, output_tokens, cost }
    }
}

impl<'a> TryView<'a> {
    /// A try; with what went wrong only where all is shown.
    pub fn new(tried: &'a LinkTry, whole: bool) -> Self {
        Self {
            link: &tried.link,
            kind: &tried.kind,
            started: tried.at,
            took_ms: tried.took_ms,
            outcome: tried.outcome.as_str(),
            why: tried.why.as_deref().filter(|_| whole),
            output: tried.output.as_ref(),
            confidence: tried.confidence,
            model: tried.model.as_deref(),
            usage: tried.usage.map(UsageView::from),
        }
    }
}

/// How the chain of a loop fares, since this server started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Chain)]
pub struct ChainOut {
    /// Cases that wait for a link or a check.
    pub waiting: u64,
    /// The links in their order, then the models that check.
    pub links: Vec<LinkOut>,
}

/// How one link fares.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChainLink)]
pub struct LinkOut {
    /// Its name.
    #[schema(example = "http-2")]
    pub link: String,
    /// `model`, `http`, `openai`, `label_studio`, `rule`, `human` or `check`.
    pub kind: String,
    /// Host and port of links outside.
    pub place: Option<String>,
    /// The least confidence with which what it says is proposed.
    pub min_confidence: Option<f64>,
    /// How often it was asked.
    pub calls: u64,
    /// How often each outcome was met.
    pub outcomes: BTreeMap<String, u64>,
    /// Share of calls that were answered as agreed.
    pub answered: Option<f64>,
    /// Median of the newest 512 durations, in milliseconds.
    pub p50_ms: Option<u64>,
    /// Their 95th percentile.
    pub p95_ms: Option<u64>,
    /// `closed`, `open` or `half_open`; of links outside.
    pub breaker: Option<String>,
    /// Requests under way at its endpoint.
    pub in_flight: u64,
    /// What failed last.
    pub last_failure: Option<FailureOut>,
    /// Tokens and cost so far.
    pub usage: UsageView,
}

/// What failed last.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChainFailure)]
pub struct FailureOut {
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What kind.
    pub outcome: &'static str,
    /// What and where.
    pub why: String,
}

impl From<ChainView> for ChainOut {
    fn from(view: ChainView) -> Self {
        Self { waiting: view.waiting, links: view.links.into_iter().map(LinkOut::from).collect() }
    }
}

impl From<LinkView> for LinkOut {
    fn from(view: LinkView) -> Self {
        Self {
            link: view.link,
            kind: view.kind,
            place: view.place,
            min_confidence: view.min_confidence,
            calls: view.calls,
            outcomes: view.outcomes,
            answered: view.answered,
            p50_ms: view.p50_ms,
            p95_ms: view.p95_ms,
            breaker: view.breaker,
            in_flight: view.in_flight,
            last_failure: view.last_failure.map(|failure| FailureOut {
                at: failure.at,
                outcome: failure.outcome.as_str(),
                why: failure.why,
            }),
            usage: UsageView {
                input_tokens: view.input_tokens,
                output_tokens: view.output_tokens,
                cost: (view.cost > 0.0).then_some(view.cost),
            },
        }
    }
}

/// An input to try a chain with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainTestIn {
    /// The input of a case.
    #[schema(value_type = Object)]
    pub input: Value,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What every link would say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChainTest)]
pub struct ChainTestOut<'a> {
    /// Each link in its order, and the models that check what it says.
    pub tries: Vec<TryView<'a>>,
}
