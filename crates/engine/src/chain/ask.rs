//! One link is asked, and what it says is looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use indexmap::IndexMap;
use tandem_connect::http::Target;
use tandem_connect::models::{self, Asker, Failure, Question, Revision, Said};
use tandem_domain::case::{LinkTry, TryOutcome};
use tandem_domain::command::NewProposal;
use tandem_domain::loops::{LinkKind, LinkSpec, OnFail};
use tandem_policy::CompiledLoop;

use super::Asking;
use super::endpoint::Endpoint;
use crate::engine::Engine;
use crate::loops::LoopHandle;

/// What a worker tells of proposals that nobody handed in.
const MACHINE: &str = "machine";

/// Whoever is asked outside, and how.
pub(super) struct Outside<'a> {
    pub(super) url: &'a str,
    pub(super) timeout: Duration,
    pub(super) headers_from: &'a IndexMap<String, String>,
    /// The secret that goes as a bearer token.
    pub(super) bearer: Option<&'a str>,
}

impl Engine {
    /// Asks link `at` of the loop's chain: what came of it, and the proposal, if it is one. A link that
    /// can be told what is wrong is asked again where a guardrail says `revise`, up to
    /// `review.max_attempts` times. The last try is the one that counts; there is always one.
    pub(super) async fn ask_link(
        &self,
        handle: &Arc<LoopHandle>,
        asking: Asking<'_>,
        at: usize,
    ) -> (Vec<LinkTry>, Option<NewProposal>) {
        let (mut tried, mut weighed) = self.ask_once(handle, asking, at).await;
        let mut tries = Vec::new();
        let mut attempt = 0;
        while let Err(Some(note)) = &weighed
            && let Some(output) = tried.output.clone()
            && attempt < handle.spec().review.max_attempts
            && asking.until > Instant::now()
        {
            attempt += 1;
            let note = note.clone();
            let revision = Some(Revision { attempt, output: &output, note: &note });
            tries.push(tried);
            (tried, weighed) = self.ask_once(handle, Asking { revision, ..asking }, at).await;
        }
        tries.push(tried);
        (tries, weighed.ok())
    }

    /// Asks once. What is no proposal may come with what is to be told to the link.
    async fn ask_once(
        &self,
        handle: &Arc<LoopHandle>,
        asking: Asking<'_>,
        at: usize,
    ) -> (LinkTry, Result<NewProposal, Option<String>>) {
        let link = &handle.spec().chain[at];
        let mut tried = LinkTry {
            link: link.label(at),
            kind: link.kind().as_str().to_owned(),
            at: self.now(),
            took_ms: 0,
            outcome: TryOutcome::NoAnswer,
            why: None,
            output: None,
            confidence: None,
            model: None,
            usage: None,
        };
        let begun = Instant::now();
        let said = self.said(handle, asking, at, link).await;
        tried.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let proposal = match said {
            Ok(None) => Err(None),
            Ok(Some((proposal, usage))) => {
                tried.usage = usage;
                weigh(handle.compiled(), asking, link, proposal, &mut tried)
            }
            Err(failure) => {
                tried.outcome = failure.outcome;
                tried.why = Some(failure.why);
                Err(None)
            }
        };
        self.count_try(handle, &tried);
        if proposal.is_ok() {
            self.inner.metrics.chain_proposed.add(1);
        }
        (tried, proposal)
    }

    /// Counts what a link said in the figures of the loop and of the server.
    pub(crate) fn count_try(&self, handle: &LoopHandle, tried: &LinkTry) {
        self.inner.chains.count(handle.id, tried);
        self.inner.metrics.chain_asked.add(1);
        if !tried.outcome.answered() {
            self.inner.metrics.chain_failed.add(1);
        }
    }

    async fn said(
        &self,
        handle: &Arc<LoopHandle>,
        asking: Asking<'_>,
        at: usize,
        link: &LinkSpec,
    ) -> Result<Option<(NewProposal, Option<tandem_domain::case::Usage>)>, Failure> {
        let said = match link.kind() {
            LinkKind::Human => return Ok(None),
            LinkKind::Model(_) => {
                let own = self.propose_in_process(handle, asking.view.input).await;
                return Ok(own.map(|proposal| (proposal, None)));
            }
            LinkKind::Rule(rule) => {
                if !handle.compiled().link_matches(at, &asking.view) {
                    return Ok(None);
                }
                let confidence = rule.confidence.map(|sure| (String::new(), sure));
                Said {
                    output: rule.output.clone(),
                    confidence: confidence.into_iter().collect(),
                    ..Said::default()
                }
            }
            LinkKind::Http(_) | LinkKind::OpenAi(_) | LinkKind::LabelStudio(_) => {
                self.said_outside(handle, asking, link).await?
            }
        };
        let proposal = NewProposal {
            output: said.output,
            confidence: said.confidence,
            probabilities: said.probabilities,
            model: said.model.filter(|name| named(name)).or_else(|| Some(link.label(at))),
            evidence: said.evidence,
            by: MACHINE.to_owned(),
        };
        Ok(Some((proposal, said.usage)))
    }

    async fn said_outside(
        &self,
        handle: &Arc<LoopHandle>,
        asking: Asking<'_>,
        link: &LinkSpec,
    ) -> Result<Said, Failure> {
        let kind = link.kind();
        let outside = reached(link);
        let question = Question {
            spec: handle.spec(),
            case: asking.id,
            input: asking.view.input,
            tags: asking.view.tags,
            revision: asking.revision,
        };
        self.outside(&outside, asking.until, |asker, endpoint| async move {
            match kind {
                LinkKind::Http(url) => models::http::propose(&asker, url, &question).await,
                LinkKind::OpenAi(spec) => models::openai::propose(&asker, spec, &question).await,
                LinkKind::LabelStudio(backend) => {
                    if !endpoint.was_told(&backend.config) {
                        models::label_studio::set_up(&asker, backend, &question).await?;
                        endpoint.tell(&backend.config);
                    }
                    models::label_studio::propose(&asker, backend, &question).await
                }
                _ => Ok(Said::default()),
            }
        })
        .await
    }

    /// Asks a link for something else than a proposal, within the bounds of its endpoint.
    pub(crate) async fn ask_outside<'s, T, F, Work>(
        &'s self,
        link: &LinkSpec,
        until: Instant,
        work: F,
    ) -> Result<T, Failure>
    where
        F: FnOnce(Asker<'s>) -> Work,
        Work: Future<Output = Result<T, Failure>>,
    {
        self.outside(&reached(link), until, |asker, _| work(asker)).await
    }

    /// Asks somebody outside, within the bounds of the endpoint.
    pub(super) async fn outside<'s, T, F, Work>(
        &'s self,
        outside: &Outside<'_>,
        until: Instant,
        work: F,
    ) -> Result<T, Failure>
    where
        F: FnOnce(Asker<'s>, Arc<Endpoint>) -> Work,
        Work: Future<Output = Result<T, Failure>>,
    {
        let failed = |outcome, why: String| Failure { outcome, why, status: None };
        let target: Target = outside
            .url
            .parse()
            .map_err(|error| failed(TryOutcome::Forbidden, format!("{error}")))?;
        let headers = self.headers(outside, &target)?;
        let endpoint = self.inner.chains.endpoint(&target.origin());
        let left = until.saturating_duration_since(Instant::now());
        let slot = tokio::time::timeout(left, endpoint.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else {
            let why = "there was no free place among the requests under way".to_owned();
            return Err(failed(TryOutcome::Timeout, why));
        };
        if !endpoint.admit() {
            let why = "it failed too often lately and is left alone for a while".to_owned();
            return Err(failed(TryOutcome::BreakerOpen, why));
        }
        let left = until.saturating_duration_since(Instant::now());
        let timeout = outside.timeout.min(left);
        let asker = Asker { client: &self.inner.chains.client, headers, timeout };
        let asked = tokio::time::timeout(timeout, work(asker, Arc::clone(&endpoint))).await;
        let said = asked.unwrap_or_else(|_| {
            let why = format!("no answer within {} ms", timeout.as_millis());
            Err(failed(TryOutcome::Timeout, why))
        });
        let good = said.as_ref().err().is_none_or(|failure| !ails(failure));
        endpoint.settle(good, self.drawn());
        said
    }

    /// A uniform number.
    fn drawn(&self) -> f64 {
        let bytes = self.inner.ids.bytes::<4>().unwrap_or_default();
        f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX)
    }

    fn headers(&self, outside: &Outside<'_>, target: &Target) -> Result<HeaderMap, Failure> {
        let missing = |why: String| Failure { outcome: TryOutcome::NoSecret, why, status: None };
        let secret = |name: &str| {
            let secret = self.inner.chains.secrets.get(name);
            let secret =
                secret.ok_or_else(|| missing(format!("the server has no secret `{name}`")))?;
            if secret.only.as_ref().is_some_and(|only| *only != target.origin()) {
                return Err(missing(format!("the secret `{name}` is for another address")));
            }
            Ok(secret.value.clone())
        };
        let value = |name: &str, text: String| {
            let mut value = HeaderValue::from_str(&text)
                .map_err(|_| missing(format!("the secret `{name}` cannot be sent in a header")))?;
            value.set_sensitive(true);
            Ok::<_, Failure>(value)
        };
        let mut headers = HeaderMap::new();
        for (header, name) in outside.headers_from {
            let key: HeaderName = header
                .parse()
                .map_err(|_| missing(format!("`{header}` is no name of a header")))?;
            headers.insert(key, value(name, secret(name)?)?);
        }
        if let Some(name) = outside.bearer {
            let bearer = value(name, format!("Bearer {}", secret(name)?))?;
            headers.insert(header::AUTHORIZATION, bearer);
        }
        Ok(headers)
    }
}

/// How a link is reached.
fn reached(link: &LinkSpec) -> Outside<'_> {
    let kind = link.kind();
    let bearer = match kind {
        LinkKind::OpenAi(openai) => openai.key.as_deref(),
        _ => None,
    };
    let url = match kind {
        LinkKind::Http(url) => url,
        LinkKind::OpenAi(spec) => &spec.url,
        LinkKind::LabelStudio(spec) => &spec.url,
        _ => "",
    };
    let timeout = Duration::from_micros(link.patience().0.unsigned_abs());
    Outside { url, timeout, headers_from: &link.headers_from, bearer }
}

/// Whether a failure is the endpoint's own; an answer that is no good comes from one that works.
fn ails(failure: &Failure) -> bool {
    match failure.outcome {
        TryOutcome::Timeout | TryOutcome::Unreachable => true,
        TryOutcome::Status => failure.status.is_some_and(|s| s >= 500 || s == 429 || s == 408),
        _ => false,
    }
}

pub(crate) fn named(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && !name.chars().any(char::is_control)
}

/// Whether what a link said is proposed: it fits the loop, no guardrail fails because of it, and it is
/// sure enough. What a guardrail wants revised comes with what is wrong with it.
fn weigh(
    compiled: &CompiledLoop,
    asking: Asking<'_>,
    link: &LinkSpec,
    proposal: NewProposal,
    tried: &mut LinkTry,
) -> Result<NewProposal, Option<String>> {
    tried.model.clone_from(&proposal.model);
    if let Err(refusal) = compiled.check_proposal(&proposal, "") {
        tried.outcome = TryOutcome::Misfit;
        let at = refusal.path.unwrap_or_default();
        tried.why = Some(format!("{at}: {}", refusal.message));
        return Err(None);
    }
    let facts = compiled.facts(&asking.view, Some(&proposal));
    tried.confidence = facts.confidence;
    // What fails whoever proposes is no reason to ask the next one.
    let before = compiled.facts(&asking.view, None::<&NewProposal>);
    let failed = facts.failed.iter().find(|f| before.failed.iter().all(|b| b.name != f.name));
    let mut send_back = None;
    if let Some(failed) = failed {
        let why = format!("{}: {}", failed.name, failed.why);
        tried.outcome = TryOutcome::Guardrail;
        tried.why = Some(why.clone());
        let revise = failed.on_fail == OnFail::Revise && link.kind().takes_notes();
        send_back = Some(why).filter(|_| revise);
    } else if !link.is_sure(facts.confidence) {
        tried.outcome = TryOutcome::LowConfidence;
    } else {
        tried.outcome = TryOutcome::Proposed;
        return Ok(proposal);
    }
    tried.output = Some(proposal.output);
    Err(send_back)
}
