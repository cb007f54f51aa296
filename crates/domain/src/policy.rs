//! Facts and routes: what the policy found out about a case, and where that sends it.
//!
//! The crate `policy` computes [`Facts`] (CEL, schemas, guardrails); this module turns facts into a
//! [`Route`] and is pure, so the same recorded facts and draws give the same route again.

use serde::{Deserialize, Serialize};

use crate::loops::{Coverage, DEFAULT_QUEUE, LoopSpec, Mode, OnFail, RouteTo};

/// What the policy found out about one proposal of one case. Recorded with the route.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Guardrails that failed, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<GuardrailFact>,
    /// The first rule that matched, or that broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleFact>,
    /// Smallest confidence over the answer's fields, 0..=1; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Whether there is a proposal at all.
    pub has_proposal: bool,
    /// Whether the person concerned asked for a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub requested_human: bool,
}

/// A guardrail that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardrailFact {
    /// Its name.
    pub name: String,
    /// What its author wants then.
    pub on_fail: OnFail,
}

/// A rule that matched or broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFact {
    /// Its name.
    pub name: String,
    /// Where it sends the case; `None` when it failed at run time.
    pub to: Option<RouteTo>,
    /// Its queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Its seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewers: Option<u32>,
    /// Its oversight mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

/// Uniform numbers in 0..1, each HMAC(loop secret, case id, purpose); the shell computes them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Draws {
    /// Decides whether an automatic case is audited.
    pub audit: f64,
    /// Decides whether a review hides the proposal.
    pub blind: f64,
    /// Decides whether a case of a loop that does not enforce is reviewed all the same.
    pub sample: f64,
}

/// The policy's verdict on a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// Where it goes.
    pub to: RouteTo,
    /// For reviews: the queue.
    pub queue: String,
    /// For reviews: the seats.
    pub reviewers: u32,
    /// Why, most important first.
    pub reasons: Vec<Reason>,
    /// The mode that applied.
    pub mode: Mode,
    /// Version of the loop.
    pub loop_version: u32,
    /// Epoch of the loop's autonomy.
    pub epoch: u32,
    /// What was known.
    pub facts: Facts,
    /// Probability with which this route was taken where chance had a say: the probability that an
    /// automatic case is audited, 1 for reviews.
    pub propensity: f64,
    /// The draw that was compared with it, 0..1.
    pub draw: f64,
    /// Whether an automatic case is audited.
    pub audit: bool,
    /// Whether reviewers answer before they see the proposal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
    /// Whether the policy wants the proposer to try again before a person looks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revise: bool,
    /// With `enforce: false`: what the policy would have done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_be: Option<RouteTo>,
}

/// A machine-readable reason of a route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// `guardrail`, `rule`, `rule_error`, `confidence`, `low_confidence`, `no_confidence`,
    /// `no_proposal`, `full_review`, `requested_human`, `audit`, `not_enforced`, `on_the_loop`,
    /// `out_of_the_loop`, `no_rule`.
    pub code: String,
    /// Name of the rule or guardrail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number that was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

impl Reason {
    fn code(code: &str) -> Self {
        Self { code: code.to_owned(), name: None, value: None, threshold: None }
    }

    fn named(code: &str, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::code(code) }
    }

    fn compared(code: &str, value: f64, threshold: f64) -> Self {
        Self { value: Some(value), threshold: Some(threshold), ..Self::code(code) }
    }
}

/// Share of cases that people see for comparison when the loop does not enforce its policy.
pub const UNENFORCED_SAMPLE: f64 = 0.1;

struct Verdict {
    to: RouteTo,
    queue: Option<String>,
    reviewers: Option<u32>,
    mode: Mode,
    revise: bool,
    reasons: Vec<Reason>,
}

/// Routes a case. Order: guardrails (block before review), a person was asked for, the first rule
/// that matches, the mode and coverage, the confidence threshold; nothing matched: review.
pub fn route(spec: &LoopSpec, version: u32, epoch: u32, facts: Facts, draws: Draws) -> Route {
    let verdict = verdict(spec, &facts);
    let audit_rate = spec.policy.confidence.map_or(0.0, |c| c.audit_rate);
    let mut reasons = verdict.reasons;
    let (mut to, mut would_be) = (verdict.to, None);
    let mut propensity = 1.0;
    if !spec.enforce {
        would_be = Some(to);
        let sampled = draws.sample < UNENFORCED_SAMPLE;
        to = if sampled || !facts.has_proposal { RouteTo::Review } else { RouteTo::Auto };
        reasons.insert(0, Reason::compared("not_enforced", draws.sample, UNENFORCED_SAMPLE));
    }
    let mut audit = false;
    if to == RouteTo::Auto {
        propensity = audit_rate;
        audit = draws.audit < audit_rate;
    }
    Route {
        to,
        queue: verdict.queue.unwrap_or_else(|| DEFAULT_QUEUE.to_owned()),
        reviewers: verdict.reviewers.unwrap_or(spec.review.reviewers).max(1),
        reasons,
        mode: verdict.mode,
        loop_version: version,
        epoch,
        propensity,
        draw: draws.audit,
        audit,
        blind: to == RouteTo::Review && draws.blind < spec.review.blind_rate,
        revise: verdict.revise && spec.enforce,
        would_be,
        facts,
    }
}

fn verdict(spec: &LoopSpec, facts: &Facts) -> Verdict {
    let mut verdict = Verdict {
        to: RouteTo::Review,
        queue: None,
        reviewers: None,
        mode: spec.mode,
        revise: false,
        reasons: Vec::new(),
    };
    if let Some(failed) = facts.failed.iter().find(|f| f.on_fail == OnFail::Block) {
        verdict.to = RouteTo::Block;
        verdict.reasons.push(Reason::named("guardrail", &failed.name));
        return verdict;
    }
    if let Some(rule) = &facts.rule {
        verdict.queue.clone_from(&rule.queue);
        verdict.reviewers = rule.reviewers;
        verdict.mode = rule.mode.unwrap_or(spec.mode);
    }
    if facts.requested_human {
        verdict.reasons.push(Reason::code("requested_human"));
        return verdict;
    }
    if let Some(failed) = facts.failed.first() {
        verdict.revise = failed.on_fail == OnFail::Revise;
        verdict.reasons.push(Reason::named("guardrail", &failed.name));
        return verdict;
    }
    if !facts.has_proposal {
        verdict.reasons.push(Reason::code("no_proposal"));
        return verdict;
    }
    match &facts.rule {
        Some(rule) if rule.to.is_none() => {
            verdict.reasons.push(Reason::named("rule_error", &rule.name));
            return verdict;
        }
        Some(rule) => {
            verdict.reasons.push(Reason::named("rule", &rule.name));
            verdict.to = rule.to.unwrap_or(RouteTo::Review);
            // Full coverage means that no rule opens a way around people.
            if verdict.to == RouteTo::Auto && full_review(spec, verdict.mode) {
                verdict.to = RouteTo::Review;
                verdict.reasons.push(Reason::code("full_review"));
            }
            return verdict;
        }
        None => {}
    }
    match verdict.mode {
        Mode::OnTheLoop => {
            verdict.to = RouteTo::Auto;
            verdict.reasons.push(Reason::code("on_the_loop"));
        }
        Mode::OutOfTheLoop => {
            verdict.to = RouteTo::Auto;
            verdict.reasons.push(Reason::code("out_of_the_loop"));
        }
        Mode::InTheLoop if spec.coverage == Coverage::Full => {
            verdict.reasons.push(Reason::code("full_review"));
        }
        Mode::InTheLoop => by_confidence(spec, facts, &mut verdict),
    }
    verdict
}

fn full_review(spec: &LoopSpec, mode: Mode) -> bool {
    mode == Mode::InTheLoop && spec.coverage == Coverage::Full
}

fn by_confidence(spec: &LoopSpec, facts: &Facts, verdict: &mut Verdict) {
    let Some(threshold) = spec.policy.confidence else {
        verdict.reasons.push(Reason::code("no_rule"));
        return;
    };
    let Some(confidence) = facts.confidence else {
        verdict.reasons.push(Reason::code("no_confidence"));
        return;
    };
    if confidence >= threshold.auto_at {
        verdict.to = RouteTo::Auto;
        verdict.reasons.push(Reason::compared("confidence", confidence, threshold.auto_at));
    } else {
        verdict.reasons.push(Reason::compared("low_confidence", confidence, threshold.auto_at));
    }
}
