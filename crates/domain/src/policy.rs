//! Facts and routes: what the policy found out about a case, and where that sends it.
//!
//! The crate `policy` computes [`Facts`] (CEL, schemas, guardrails); this module turns facts into a
//! [`Route`] and is pure, so the same recorded facts and draws give the same route again.

use serde::{Deserialize, Serialize};

use crate::loops::{Coverage, DEFAULT_QUEUE, LoopSpec, Mode, OnFail, OnHit, RouteTo};

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
    /// What earned autonomy says of the case, where the policy asks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autonomy: Option<AutonomyFact>,
    /// The conformal prediction set, where the policy asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conformal: Option<ConformalFact>,
    /// How many of the ordinary cases are at least as unlike what the model knows, as a share
    /// (conformal p-value), where the policy asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub novelty: Option<f64>,
    /// Where the model that proposed stands, in loops where only a promoted one may act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelFact>,
    /// What models outside said that check proposals, where the loop asks any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckFact>,
    /// How much of each limit is used, where the loop has limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitFact>,
    /// The standing permission that the call fits, where there is one with room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<StandingFact>,
}

/// What a model that checks said of a proposal. One that found something, or could not be asked, is
/// among the guardrails that failed as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckFact {
    /// Name of the guardrail.
    pub name: String,
    /// Its score; `None` where it could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// Whether a proposal must not be routed before models outside have answered that check it. One that
/// is blocked anyway is shown to nobody.
pub fn awaits_checks(spec: &LoopSpec, facts: &Facts) -> bool {
    let blocked = facts.failed.iter().any(|failed| failed.on_fail == OnFail::Block);
    let asked = |name: &str| facts.checks.iter().any(|check| check.name == name);
    facts.has_proposal && !blocked && spec.policy.checks().any(|check| !asked(&check.name))
}

/// Takes every model that has not been asked yet for one that cannot be.
pub fn unchecked(spec: &LoopSpec, facts: &mut Facts, why: &str) {
    for check in spec.policy.checks() {
        if facts.checks.iter().any(|fact| fact.name == check.name) {
            continue;
        }
        facts.checks.push(CheckFact { name: check.name.clone(), score: None });
        facts.failed.push(GuardrailFact {
            name: check.name.clone(),
            on_fail: check.on_error(),
            why: why.to_owned(),
        });
    }
}

/// Where a model stood in the loop's registry when it proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFact {
    /// As the proposal names it; none where it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its stage.
    pub stage: ModelStage,
}

/// Stages of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelStage {
    /// It acts as far as the policy lets it.
    Live,
    /// Everything it proposes is reviewed; earned autonomy alone may vouch for it.
    Canary,
    /// It is only compared.
    Shadow,
    /// It had its time.
    Retired,
    /// The registry does not know it.
    Unregistered,
}

impl ModelStage {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Canary => "canary",
            Self::Shadow => "shadow",
            Self::Retired => "retired",
            Self::Unregistered => "unregistered",
        }
    }
}

impl Facts {
    /// Whether the model that proposed must not act: it is not live. A canary may where
    /// `certified`: what lets it pass is then its own certificate.
    fn barred(&self, certified: bool) -> Option<ModelStage> {
        let stage = self.model.as_ref()?.stage;
        match stage {
            ModelStage::Live => None,
            ModelStage::Canary if certified => None,
            _ => Some(stage),
        }
    }
}

/// How much of a limit is used, and what the case would add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitFact {
    /// The limit's name.
    pub name: String,
    /// What other cases of the window hold.
    pub used: f64,
    /// What this case adds; `None` where the number or the key is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// The most that may pass.
    pub max: f64,
    /// What happens then.
    pub on_hit: OnHit,
}

/// A standing permission that a call fits: what was used of it before, and what the call adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandingFact {
    /// Its id.
    pub grant: String,
    /// Digest of what was signed.
    pub digest: String,
    /// Members who signed it.
    pub signers: Vec<String>,
    /// Calls it covered before.
    pub used: u64,
    /// Most calls it covers.
    pub max_count: u64,
    /// What the call adds to the sum, where one is bounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// The only consumer that may take the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
}

impl Route {
    /// The standing permission that decided, where one did.
    pub fn standing(&self) -> Option<&StandingFact> {
        let decided = self.to == RouteTo::Auto
            && self.reasons.first().is_some_and(|reason| reason.code == "standing_grant");
        self.facts.standing.as_ref().filter(|_| decided)
    }
}

impl LimitFact {
    /// Whether the case would exceed it.
    pub fn is_hit(&self) -> bool {
        // Sums of decimals are a little off; a bound is met, not missed, by rounding.
        self.amount.is_none_or(|amount| self.used + amount > self.max + self.max.abs() * 1e-12)
    }
}

/// What earned autonomy says of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AutonomyFact {
    /// The group that earns; empty without groups.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The epoch of its evidence; 0 before there is one.
    pub epoch: u32,
    /// Where the group stands.
    pub standing: Standing,
    /// The threshold in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Whether it may pass.
    pub automatic: bool,
    /// Probability that people judge it: 1 for a review.
    pub propensity: f64,
    /// The secret coin, 0..1: HMAC(secret of the epoch, content of the case).
    pub draw: f64,
    /// Whether it is evidence of its own: the first case of the epoch with this input.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts: bool,
    /// The coin of second looks, 0..1, where there are any: HMAC(secret of the epoch, `second_look`,
    /// content of the case).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_draw: Option<f64>,
}

impl AutonomyFact {
    /// Whether what people find in the case is evidence.
    pub fn is_evidence(&self) -> bool {
        matches!(self.standing, Standing::Earning | Standing::Acting)
    }
}

/// Where a group stands on the way to autonomy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Scores are gathered to choose thresholds from; no evidence yet.
    WarmingUp,
    /// Every case is reviewed, and every review is evidence.
    Earning,
    /// Cases above the threshold pass.
    Acting,
    /// Autonomy was lost; evidence begins anew.
    Demoted,
    /// Another model proposed than the one that the evidence is about.
    OtherModel,
}

/// A conformal prediction set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConformalFact {
    /// The answers that cannot be excluded, most probable first.
    pub set: Vec<String>,
    /// The least probability of a member; none while there are too few labels to calibrate on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

/// A guardrail that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardrailFact {
    /// Its name.
    pub name: String,
    /// What its author wants then.
    pub on_fail: OnFail,
    /// What failed and where, without any of the content.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
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
    /// `out_of_the_loop`, `no_rule`; of earned autonomy `autonomy`, `below_threshold`, `warming_up`,
    /// `earning`, `demoted`, `other_model`, `no_evidence`; of prediction sets `singleton`,
    /// `ambiguous`, `novel`, `not_calibrated`; `novelty`; `model_not_live` with the stage of a model that
    /// may not act; of limits `limit`, `limit_error`; `standing_grant` of
    /// what persons permitted beforehand.
    pub code: String,
    /// Name of the rule or guardrail, the group that earns, or the members of a prediction set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number that was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// More of it in words, without any of the content: what failed and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Reason {
    pub(crate) fn code(code: &str) -> Self {
        Self { code: code.to_owned(), name: None, value: None, threshold: None, why: None }
    }

    fn named(code: &str, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::code(code) }
    }

    fn guardrail(failed: &GuardrailFact) -> Self {
        let why = Some(failed.why.clone()).filter(|why| !why.is_empty());
        Self { why, ..Self::named("guardrail", &failed.name) }
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
    /// Whether earned autonomy was asked.
    asked: bool,
}

/// Whether the policy leaves a case to earned autonomy: no guardrail, rule or mode decides it first.
/// What it then says goes into the facts before they are routed. A loop that does not enforce its
/// policy asks, too: what it would have done is recorded, and what people find is evidence.
pub fn asks_autonomy(spec: &LoopSpec, facts: &Facts) -> bool {
    spec.policy.autonomy.is_some() && verdict(spec, facts).asked
}

/// The probability with which a person judges a case that autonomy was asked about: 1 for a review,
/// that of an audit for a case that passes. Where the policy is not enforced, it is that of being
/// sampled for review, or else audited.
pub fn judged_with(spec: &LoopSpec, fact: &AutonomyFact) -> f64 {
    if spec.enforce {
        return if fact.automatic { fact.propensity } else { 1.0 };
    }
    let audit = if fact.automatic { fact.propensity } else { spec.policy.audit_rate() };
    UNENFORCED_SAMPLE + (1.0 - UNENFORCED_SAMPLE) * audit
}

/// Routes a case. Order: guardrails (block before review), a person was asked for, the first rule
/// that matches, novelty, the mode and coverage, then earned autonomy, the prediction set or the confidence
/// threshold; nothing matched: review.
pub fn route(spec: &LoopSpec, version: u32, epoch: u32, facts: Facts, draws: Draws) -> Route {
    let mut verdict = verdict(spec, &facts);
    apply_limits(&facts, &mut verdict);
    let (audit_rate, draw) = match &facts.autonomy {
        // What is not enforced lets cases pass that should be reviewed: no reason to audit all.
        Some(fact) if verdict.asked && (spec.enforce || fact.automatic) => {
            (fact.propensity, fact.draw)
        }
        _ => (spec.policy.audit_rate(), draws.audit),
    };
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
        audit = draw < audit_rate;
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
        draw,
        audit,
        // Whoever approves a call has seen it.
        blind: to == RouteTo::Review
            && draws.blind < spec.review.blind_rate
            && !spec.holds_action(),
        revise: verdict.revise && spec.enforce,
        would_be,
        facts,
    }
}

/// A case that would exceed a limit does not pass without a person, or not at all.
fn apply_limits(facts: &Facts, verdict: &mut Verdict) {
    if verdict.to == RouteTo::Block {
        return;
    }
    for limit in facts.limits.iter().filter(|limit| limit.is_hit()) {
        let reason = match limit.amount {
            Some(amount) => Reason {
                name: Some(limit.name.clone()),
                ..Reason::compared("limit", limit.used + amount, limit.max)
            },
            None => Reason::named("limit_error", &limit.name),
        };
        verdict.reasons.insert(0, reason);
        verdict.to = match (limit.on_hit, limit.amount) {
            (OnHit::Block, Some(_)) => RouteTo::Block,
            _ if verdict.to == RouteTo::Auto => RouteTo::Review,
            _ => verdict.to,
        };
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
        asked: false,
    };
    if let Some(failed) = facts.failed.iter().find(|f| f.on_fail == OnFail::Block) {
        verdict.to = RouteTo::Block;
        verdict.reasons.push(Reason::guardrail(failed));
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
        verdict.reasons.push(Reason::guardrail(failed));
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
            if verdict.to == RouteTo::Auto
                && let Some(stage) = facts.barred(false)
            {
                verdict.to = RouteTo::Review;
                verdict.reasons.push(Reason::named("model_not_live", stage.as_str()));
            }
            return verdict;
        }
        None => {}
    }
    if let (Some(spec), Some(p)) = (spec.policy.novelty, facts.novelty)
        && p <= spec.alpha
    {
        verdict.reasons.push(Reason::compared("novelty", p, spec.alpha));
        return verdict;
    }
    let certifies = verdict.mode == Mode::InTheLoop && spec.policy.autonomy.is_some();
    if let Some(stage) = facts.barred(certifies) {
        verdict.reasons.push(Reason::named("model_not_live", stage.as_str()));
        return verdict;
    }
    match verdict.mode {
        Mode::InTheLoop if facts.standing.is_some() => by_standing(facts, &mut verdict),
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
        Mode::InTheLoop if spec.policy.autonomy.is_some() => by_autonomy(facts, &mut verdict),
        Mode::InTheLoop if spec.policy.conformal.is_some() => by_set(facts, &mut verdict),
        Mode::InTheLoop => by_confidence(spec, facts, &mut verdict),
    }
    verdict
}

/// Persons signed beforehand that calls like this one may run.
fn by_standing(facts: &Facts, verdict: &mut Verdict) {
    let Some(fact) = &facts.standing else { return };
    verdict.to = RouteTo::Auto;
    let (value, threshold) = (Some(fact.used as f64 + 1.0), Some(fact.max_count as f64));
    let name = Some(fact.grant.clone());
    verdict.reasons.push(Reason { name, value, threshold, ..Reason::code("standing_grant") });
}

fn by_autonomy(facts: &Facts, verdict: &mut Verdict) {
    let Some(score) = facts.confidence else {
        verdict.reasons.push(Reason::code("no_confidence"));
        return;
    };
    verdict.asked = true;
    let Some(fact) = &facts.autonomy else {
        verdict.reasons.push(Reason::code("no_evidence"));
        return;
    };
    let code = match fact.standing {
        Standing::WarmingUp => "warming_up",
        Standing::Earning => "earning",
        Standing::Demoted => "demoted",
        Standing::OtherModel => "other_model",
        Standing::Acting if fact.automatic => "autonomy",
        Standing::Acting => "below_threshold",
    };
    if fact.standing == Standing::Acting && fact.automatic {
        verdict.to = RouteTo::Auto;
    }
    let name = Some(fact.group.clone()).filter(|group| !group.is_empty());
    let value = Some(score);
    verdict.reasons.push(Reason { name, value, threshold: fact.threshold, ..Reason::code(code) });
}

fn by_set(facts: &Facts, verdict: &mut Verdict) {
    let set = facts.conformal.as_ref().filter(|fact| fact.at_least.is_some());
    let (code, to) = match set.map(|fact| fact.set.len()) {
        None => ("not_calibrated", RouteTo::Review),
        Some(0) => ("novel", RouteTo::Review),
        Some(1) => ("singleton", RouteTo::Auto),
        Some(_) => ("ambiguous", RouteTo::Review),
    };
    verdict.to = to;
    let value = set.map(|fact| fact.set.len() as f64);
    let threshold = set.and_then(|fact| fact.at_least);
    // The set is what the person is shown.
    let name = set.map(|fact| set_in_words(&fact.set)).filter(|words| !words.is_empty());
    verdict.reasons.push(Reason { name, value, threshold, ..Reason::code(code) });
}

/// The first members of a set.
fn set_in_words(set: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut words = set.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if set.len() > SHOWN {
        words.push_str(", …");
    }
    words
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
