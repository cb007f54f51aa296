//! A judgment took effect, was overruled, was taken back, or never will come: the evidence follows.

use std::sync::Arc;

use tandem_domain::answer::same_answer;
use tandem_domain::case::{Case, DecidedBy, Decision, Proposal, Status};
use tandem_domain::command::Effect;
use tandem_domain::loops::{AutonomySpec, RouteTo};
use tandem_domain::policy::{AutonomyFact, judged_with};
use tandem_learn::autonomy::{Claim, Event};
use tandem_store::{Tx, autonomy};

use super::Held;
use super::looks::People;
use super::session::save;
use super::verdicts::Scribe;
use crate::engine::Inner;
use crate::errors::Result;
use crate::loops::LoopHandle;

/// Tells the evidence what a change of a case says about the proposal it was routed by.
pub(crate) fn settle(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &Arc<LoopHandle>,
    before: &Case,
    after: &Case,
    effects: &[Effect],
) -> Result<()> {
    let Some(spec) = &handle.spec().policy.autonomy else { return Ok(()) };
    // The first proposal is the one whose score was looked at.
    let Some(first) = after.state.proposals.iter().find(|proposal| !proposal.shadow) else {
        return Ok(());
    };
    let event = event(handle, before, after, first, effects);
    let looks = spec.second_looks > 0.0 && before.state.finding != after.state.finding;
    if event.is_none() && !looks {
        return Ok(());
    }
    autonomy::lock(tx, handle.id, &handle.space)?;
    let scribe = Scribe::machine(inner, handle);
    let people = People::read(tx, handle.id)?.filter(|people| people.measures(spec));
    let bound = match people {
        Some(mut people) => {
            let (old, new) = (people.lost(spec), people.learn(before, after));
            let now = people.lost(spec);
            if new {
                people.save(tx)?;
            }
            Some((now, now.to_bits() != old.to_bits()))
        }
        None => None,
    };
    if let Some(event) = event {
        tell(tx, &scribe, spec, (after, first), &event, bound.map(|(bound, _)| bound))?;
    }
    match bound {
        Some((bound, true)) => tell_all(tx, &scribe, bound),
        _ => Ok(()),
    }
}

/// Tells the group of a case.
fn tell(
    tx: &mut dyn Tx,
    scribe: &Scribe<'_>,
    spec: &AutonomySpec,
    (case, first): (&Case, &Proposal),
    event: &Event,
    bound: Option<f64>,
) -> Result<()> {
    let by = spec.by.as_ref();
    let group = scribe.handle.spec().autonomy_group(by, &case.core.group, &first.output);
    let Some(group) = group else { return Ok(()) };
    let Some(row) = autonomy::get(tx, scribe.handle.id, group)? else { return Ok(()) };
    if row.controller.is_none() || first.model.as_deref().unwrap_or("unversioned") != row.model {
        return Ok(());
    }
    // What is described as it was told must be of the evidence that it was told to.
    let described = matches!(event, Event::Corrected { .. } | Event::Retracted { .. });
    if described && fact(case).map(|fact| u64::from(fact.epoch)) != Some(row.epoch) {
        return Ok(());
    }
    let mut held = Held::read(row)?;
    scribe.apply(tx, &mut held, event)?;
    let disagrees = |held: &Held| {
        held.controller.as_ref().is_some_and(|c| c.certificate().claim() == Claim::Disagreement)
    };
    // New evidence may be enough for a claim about errors.
    if let Some(bound) = bound.filter(|bound| *bound < 1.0 && disagrees(&held)) {
        scribe.apply(tx, &mut held, &Event::MissRate { bound })?;
    }
    if held.changed { save(tx, held) } else { Ok(()) }
}

/// People miss more, or fewer, errors than was known: that concerns every group.
fn tell_all(tx: &mut dyn Tx, scribe: &Scribe<'_>, bound: f64) -> Result<()> {
    for row in autonomy::list(tx, scribe.handle.id)? {
        if row.controller.is_none() {
            continue;
        }
        let mut held = Held::read(row)?;
        scribe.apply(tx, &mut held, &Event::MissRate { bound })?;
        if held.changed {
            save(tx, held)?;
        }
    }
    Ok(())
}

fn fact(case: &Case) -> Option<&AutonomyFact> {
    let fact = case.state.route.as_ref()?.facts.autonomy.as_ref()?;
    fact.is_evidence().then_some(fact)
}

fn event(
    handle: &LoopHandle,
    before: &Case,
    after: &Case,
    first: &Proposal,
    effects: &[Effect],
) -> Option<Event> {
    let number = uuid::Uuid::from_bytes(*after.core.id.as_bytes()).as_u128();
    let error = |wrong: bool| f64::from(u8::from(wrong));
    let (old, new) = (before.state.finding.as_ref(), after.state.finding.as_ref());
    match (old.map(|f| error(f.wrong())), new.map(|f| error(f.wrong()))) {
        (None, None) => by_effects(handle, before, after, first, effects),
        (None, Some(error)) => Some(Event::Judged { case: number, error }),
        (Some(old), Some(new)) if old.to_bits() == new.to_bits() => None,
        (Some(old), new) => {
            let route = after.state.route.as_ref()?;
            let fact = fact(after)?;
            let (case, before, score) = (number, old, route.facts.confidence?);
            let propensity = judged_with(handle.spec(), fact);
            let weight = error(fact.counts);
            let automatic = fact.automatic && route.to == RouteTo::Auto;
            Some(match new {
                Some(after) => {
                    Event::Corrected { case, score, propensity, weight, before, after, automatic }
                }
                None => Event::Retracted { case, score, propensity, weight, before, automatic },
            })
        }
    }
}

/// Where the case keeps no finding (it was routed more than once, or it never will be judged).
fn by_effects(
    handle: &LoopHandle,
    before: &Case,
    after: &Case,
    first: &Proposal,
    effects: &[Effect],
) -> Option<Event> {
    let case = uuid::Uuid::from_bytes(*after.core.id.as_bytes()).as_u128();
    let error = |wrong: bool| f64::from(u8::from(wrong));
    for effect in effects {
        match effect {
            Effect::AuditResult { error: wrong, .. } => {
                return Some(Event::Judged { case, error: error(*wrong) });
            }
            Effect::Learn { decision } => {
                let n = *decision;
                let decision: &Decision = after.state.decisions.iter().find(|d| d.n == n)?;
                // Whoever contests a decision was not drawn: that is no sample of the cases.
                if decision.ruling.is_some() {
                    return None;
                }
                let same = decision
                    .output
                    .as_ref()
                    .is_some_and(|output| same_answer(handle.spec(), output, &first.output));
                return Some(Event::Judged { case, error: error(!same) });
            }
            _ => {}
        }
    }
    let decided_by_deadline = |case: &Case| {
        case.state.live_decision().is_some_and(|decision| decision.by == DecidedBy::Deadline)
    };
    let lapsed = |case: &Case| case.state.status == Status::Cancelled || decided_by_deadline(case);
    (lapsed(after) && !lapsed(before)).then_some(Event::Lapsed { case })
}
