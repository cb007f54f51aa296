//! The chain: links outside are asked, models check, and people take over where nobody is sure.

use serde_json::{Value, json};

use super::{Outcome, Step};
use crate::case::{CaseCore, ChainState, LinkTry, Made, Status, TryOutcome};
use crate::command::{Context, Effect, NewProposal, Then, Timer};
use crate::event::Kind;
use crate::loops::LoopSpec;
use crate::policy::{Facts, awaits_checks, unchecked};
use crate::refusal::Refusal;

/// What links said before the case came in, and the one that is asked next.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// What was tried.
    pub tries: Vec<LinkTry>,
    /// The link outside that is asked next, where nobody has proposed yet.
    pub next: Option<u32>,
}

/// A case comes in of which the chain has something to say; as [`super::submit`].
///
/// # Errors
/// As [`super::submit`].
pub fn submit_asked(
    spec: &LoopSpec,
    core: &CaseCore,
    proposal: Option<NewProposal>,
    asked: Asked,
    facts: Facts,
    ctx: &Context,
) -> Result<Outcome, Refusal> {
    let mut step = Step::new(spec, core, ctx, super::first_state(spec, core, ctx));
    let next = asked.next.filter(|_| proposal.is_none());
    if next.is_some() || !asked.tries.is_empty() {
        let tries = asked.tries;
        step.state.chain =
            Some(ChainState { next, since: ctx.now, tries, ..ChainState::default() });
    }
    if next.is_some() {
        step.wait(Kind::Submitted, None, None);
        step.set_deadline();
    } else {
        step.submit(proposal, facts)?;
    }
    Ok(step.finish())
}

impl Step<'_> {
    /// Waits for somebody outside: a link, or a model that checks a proposal.
    fn wait(&mut self, kind: Kind, proposal: Option<u32>, model: Option<String>) {
        let now = self.ctx.now;
        let chain = self.state.chain.get_or_insert_default();
        chain.checking = proposal;
        if proposal.is_some() {
            chain.next = None;
        }
        chain.since = now;
        chain.round += 1;
        let for_what = if proposal.is_some() { "checks" } else { "chain" };
        let tries = self.said(0);
        self.event(
            kind,
            [
                ("waiting_for", for_what.into()),
                ("proposal", json!(proposal)),
                ("model", json!(model)),
                ("tries", tries),
            ],
        );
        self.await_chain();
    }

    /// Somebody outside is asked from here on; `review.propose_within` bounds it.
    fn await_chain(&mut self) {
        let Some(chain) = &self.state.chain else { return };
        let timer = Timer::Chain(chain.round);
        self.state.status = Status::WaitingForProposal;
        self.effects.push(Effect::AskChain);
        let at = self.ctx.now + self.spec.review.propose_within;
        self.effects.push(Effect::SetTimer { timer, at });
    }

    /// Asks the link that made the proposal, once more, where it is one that can be told what is wrong
    /// with it. False where another proposal has to come from elsewhere.
    pub(super) fn ask_link_again(&mut self) -> bool {
        let current = self.state.current_proposal().map(|proposal| proposal.n);
        let Some(chain) = self.state.chain.as_mut() else { return false };
        let Some(made) = chain.made.filter(|made| Some(made.proposal) == current) else {
            return false;
        };
        let link = self.spec.chain.get(made.link as usize);
        if !link.is_some_and(|link| link.kind().takes_notes()) {
            return false;
        }
        chain.next = Some(made.link);
        chain.checking = None;
        chain.revises = true;
        chain.since = self.ctx.now;
        chain.round += 1;
        self.await_chain();
        true
    }

    /// Nobody made a better proposal: the person who sent it back gets it again.
    fn back_to_people(&mut self, tries: Value) {
        self.supersede_judgments();
        self.event(Kind::ChainEnded, [("reason", "not_revised".into()), ("tries", tries)]);
        self.open_review();
        self.settle_status();
    }

    /// Keeps a proposal back until the models have answered that check it. True when it does.
    pub(super) fn hold_for_checks(
        &mut self,
        n: u32,
        facts: &Facts,
        kind: Kind,
        model: Option<&String>,
    ) -> bool {
        if !awaits_checks(self.spec, facts) {
            return false;
        }
        self.close_chain();
        self.wait(kind, Some(n), model.cloned());
        true
    }

    /// What was tried from the `from`-th on, without any of the content.
    pub(super) fn said(&self, from: usize) -> Value {
        let tries = self.state.chain.iter().flat_map(|chain| chain.tries.iter().skip(from));
        tries
            .map(|one| {
                json!({"link": one.link, "outcome": one.outcome.as_str(), "took_ms": one.took_ms})
            })
            .collect()
    }

    /// Nobody outside is waited for any more.
    pub(super) fn close_chain(&mut self) {
        let Some(chain) = self.state.chain.as_mut().filter(|chain| chain.is_open()) else { return };
        chain.next = None;
        chain.checking = None;
        chain.revises = false;
        chain.step += 1;
        self.effects.push(Effect::ClearTimer { timer: Timer::Chain(chain.round) });
    }

    /// Links or checks answered. What comes too late changes nothing.
    pub(super) fn tried(
        &mut self,
        step: u32,
        tries: Vec<LinkTry>,
        then: Then,
        facts: Option<Facts>,
    ) {
        let waiting = self.state.status == Status::WaitingForProposal;
        let Some(chain) =
            self.state.chain.as_mut().filter(|c| waiting && c.step == step && c.is_open())
        else {
            return;
        };
        let from = chain.tries.len();
        let (checking, asked, revises) = (chain.checking, chain.next, chain.revises);
        chain.tries.extend(tries);
        let facts = facts.unwrap_or_default();
        match then {
            Then::Ask(next) if checking.is_none() => {
                chain.step += 1;
                chain.next = Some(next);
                let tries = self.said(from);
                self.event(Kind::ChainTried, [("next", next.into()), ("tries", tries)]);
            }
            Then::Propose(proposal) => {
                let model = proposal.model.clone();
                self.close_chain();
                if revises {
                    self.supersede_judgments();
                }
                let proposal = self.push_proposal(proposal, false);
                if let Some(chain) = &mut self.state.chain {
                    chain.made = asked.map(|link| Made { proposal, link });
                }
                self.route_with(facts, Kind::Proposed, model, Some(self.said(from)));
            }
            Then::Checked if checking.is_some() => {
                let model = self.state.current_proposal().and_then(|p| p.model.clone());
                self.close_chain();
                self.route_with(facts, Kind::Checked, model, Some(self.said(from)));
            }
            Then::Ask(_) | Then::Checked | Then::GiveUp if revises => {
                self.close_chain();
                self.back_to_people(self.said(from));
            }
            Then::Ask(_) | Then::Checked | Then::GiveUp => {
                self.close_chain();
                self.route_with(facts, Kind::ChainEnded, None, Some(self.said(from)));
            }
        }
    }

    /// The chain took too long: people take over.
    pub(super) fn chain_timeout(&mut self, round: u32) {
        let waiting = self.state.status == Status::WaitingForProposal;
        let now = self.ctx.now;
        let spec = self.spec;
        let requested_human = self.core.requested_human;
        let Some(chain) =
            self.state.chain.as_mut().filter(|c| waiting && c.is_open() && c.round == round)
        else {
            return;
        };
        let from = chain.tries.len();
        let (checking, revises) = (chain.checking, chain.revises);
        chain.step += 1;
        chain.revises = false;
        chain.tries.push(LinkTry {
            link: "chain".to_owned(),
            kind: "deadline".to_owned(),
            at: chain.since,
            took_ms: u64::try_from((now.0 - chain.since.0) / 1_000).unwrap_or(0),
            outcome: TryOutcome::Timeout,
            why: Some("nobody answered within `review.propose_within`".to_owned()),
            output: None,
            confidence: None,
            model: None,
            usage: None,
        });
        chain.next = None;
        chain.checking = None;
        if revises {
            self.back_to_people(self.said(from));
            return;
        }
        let mut facts = Facts { requested_human, ..Facts::default() };
        let mut model = None;
        if checking.is_some() {
            let proposal = self.state.current_proposal();
            facts.has_proposal = proposal.is_some();
            facts.confidence = proposal.and_then(crate::case::Proposal::weakest_confidence);
            model = proposal.and_then(|p| p.model.clone());
            unchecked(spec, &mut facts, "no answer in time");
        }
        self.route_with(facts, Kind::ChainEnded, model, Some(self.said(from)));
    }
}
