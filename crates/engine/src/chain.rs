//! The chain: who proposes when the submitter did not, and models that check proposals.
//!
//! Links in this process (the loop's own model, rules) propose before the submission is written. From the
//! first link outside on, the case waits: a row that a worker leases with a fencing token (`work`). The
//! worker asks one link after the other (`ask`) and writes what each said in a transaction of its own
//! (`settle`); a link passes on at a failure, a timeout, a guardrail and low confidence, and people take
//! over at the end, and after `review.propose_within`. What comes too late meets another step of the
//! chain, or another token, and changes nothing.
//!
//! Every endpoint outside has a bound of requests under way and a circuit breaker (`endpoint`): after
//! five failures in a row it is left alone for a drawn time of half to the whole of 5 s · 2^n, 5 min at
//! most, then asked once. While it is left alone links pass on at once.

mod ask;
mod check;
mod endpoint;
mod publish;
mod settle;
mod views;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tandem_connect::http::{Client, Guard};
use tandem_connect::models::Revision;
use tandem_domain::LoopId;
use tandem_domain::case::LinkTry;
use tandem_domain::command::NewProposal;
use tandem_domain::loops::LinkKind;
use tandem_domain::machine::Asked;
use tandem_domain::policy::Facts;
use tandem_policy::CaseView;

use crate::cases::Submission;
use crate::engine::Engine;
use crate::loops::LoopHandle;
use endpoint::{Endpoint, Figures};

pub(crate) use ask::named;
pub(crate) use publish::outside;
pub(crate) use settle::as_new;
pub use views::{ChainView, LastFailure, LinkView};
pub(crate) use work::work;

/// The least time between opening a breaker and the first probe, at first.
const PAUSE: Duration = Duration::from_secs(5);
/// Requests under way at one endpoint.
const IN_FLIGHT: usize = 64;

/// A secret that links may send.
#[derive(Clone)]
pub struct Secret {
    /// What is sent.
    pub value: String,
    /// The only place it may be sent to, as in `https://api.example`; anywhere where absent.
    pub only: Option<String>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("only", &self.only).finish_non_exhaustive()
    }
}

/// What the chain runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which addresses may be reached.
    pub guard: Guard,
    /// Certificates (DER) trusted besides those of the system.
    pub extra_roots: Vec<Vec<u8>>,
    /// Secrets by name. They are known to this process alone and never shown.
    pub secrets: BTreeMap<String, Secret>,
    /// Requests under way at one endpoint, at least one.
    pub in_flight: usize,
    /// The first pause of a breaker; later ones are longer.
    pub pause: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            guard: Guard { option: "--model-allow-private", ..Guard::default() },
            extra_roots: Vec::new(),
            secrets: BTreeMap::new(),
            in_flight: IN_FLIGHT,
            pause: PAUSE,
        }
    }
}

/// What all chains share in this process.
pub(crate) struct Chains {
    client: Client,
    pub(crate) secrets: BTreeMap<String, Secret>,
    in_flight: usize,
    pause: Duration,
    endpoints: Mutex<HashMap<String, Arc<Endpoint>>>,
    figures: Mutex<HashMap<(LoopId, String), Figures>>,
}

impl Chains {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            client: Client::with_roots(settings.guard, settings.extra_roots),
            secrets: settings.secrets,
            in_flight: settings.in_flight.max(1),
            pause: settings.pause,
            endpoints: Mutex::default(),
            figures: Mutex::default(),
        }
    }

    /// The endpoint of an address: the same for all addresses of one host and port.
    fn endpoint(&self, origin: &str) -> Arc<Endpoint> {
        let mut all = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || Arc::new(Endpoint::new(self.in_flight, self.pause));
        Arc::clone(all.entry(origin.to_owned()).or_insert_with(made))
    }

    fn known(&self, origin: &str) -> Option<Arc<Endpoint>> {
        let all = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(origin).map(Arc::clone)
    }

    /// Counts what a link said.
    fn count(&self, of: LoopId, tried: &LinkTry) {
        let mut all = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((of, tried.link.clone())).or_default().add(tried);
    }

    fn figures(&self, of: LoopId, link: &str) -> Figures {
        let all = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(of, link.to_owned())).cloned().unwrap_or_default()
    }
}

/// A case as links are asked of it.
#[derive(Clone, Copy)]
struct Asking<'a> {
    view: CaseView<'a>,
    /// The case's id; `test` where there is none.
    id: &'a str,
    /// When nobody waits any more.
    until: Instant,
    /// What was sent back, where another proposal is wanted.
    revision: Option<Revision<'a>>,
}

impl Engine {
    /// Asks the links in this process, in their order, up to the first that goes outside.
    pub(crate) async fn first_links(
        &self,
        handle: &Arc<LoopHandle>,
        submission: &Submission,
    ) -> (Option<NewProposal>, Asked) {
        let spec = handle.spec();
        let mut asked = Asked::default();
        if spec.chain.is_empty() {
            return (self.propose_in_process(handle, &submission.input).await, asked);
        }
        let view = CaseView {
            input: &submission.input,
            tags: &submission.tags,
            group: &submission.group,
            run: submission.run.as_deref(),
            requested_human: submission.requested_human,
        };
        let facts = handle.compiled().facts(&view, None::<&NewProposal>);
        // Whoever asked for a person gets one now, and what is blocked is shown to nobody outside.
        let outside = !submission.requested_human && !is_blocked(&facts);
        let checked = spec.policy.checks().next().is_some();
        for (at, link) in spec.chain.iter().enumerate() {
            if matches!(link.kind(), LinkKind::Human) {
                break;
            }
            // Where models check what is proposed, all that is proposed comes after the submission.
            if link.kind().does_io() || checked {
                if outside {
                    asked.next = u32::try_from(at).ok();
                    break;
                }
                continue;
            }
            let asking = Asking { view, id: "", until: Instant::now(), revision: None };
            let (tried, proposal) = self.ask_link(handle, asking, at).await;
            asked.tries.extend(tried);
            if proposal.is_some() {
                return (proposal, asked);
            }
        }
        (None, asked)
    }
}

pub(crate) fn is_blocked(facts: &Facts) -> bool {
    facts.failed.iter().any(|failed| failed.on_fail == tandem_domain::loops::OnFail::Block)
}
