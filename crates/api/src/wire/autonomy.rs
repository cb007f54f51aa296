//! Earned autonomy: what is sent and taken.
//!
//! The engine's views leave as they are; the types of answers here only tell clients their shapes.
#![expect(dead_code, reason = "of the answers only the schemas are used")]

use serde::Deserialize;
use serde_json::Value;
use tandem_domain::Timestamp;
use utoipa::ToSchema;

use super::stats::ErrorInterval;

/// A proposal that is signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    /// The group; empty without groups.
    #[serde(default)]
    pub group: String,
    /// The epoch of the proposal.
    pub epoch: u32,
    /// Its level.
    pub level: usize,
    /// Why.
    pub reason: String,
}

/// Autonomy that is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lower {
    /// The group; empty without groups.
    #[serde(default)]
    pub group: String,
    /// A stricter level; full review where absent.
    #[serde(default)]
    pub level: Option<usize>,
    /// Why.
    pub reason: String,
}

/// A standing order that is asked for, or agreed to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderIn {
    /// Largest share of cases that may become automatic under it.
    pub max_coverage: f64,
    /// When it ends; at most 90 days ahead.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A standing order.
#[derive(ToSchema)]
#[schema(as = StandingOrder)]
pub struct Order {
    /// Largest share of cases that may become automatic under it.
    max_coverage: f64,
    /// When it ends.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Why.
    reason: String,
    /// Who asked for it.
    first: String,
    /// Who agreed; in force only then.
    second: Option<String>,
    /// When it was asked for.
    #[schema(format = DateTime)]
    asked_at: String,
}

/// What a loop's autonomy rests on.
#[derive(ToSchema)]
pub struct Autonomy {
    /// Share of automatic cases that may be wrong.
    target_error: f64,
    /// Probability that the certificate is right.
    certainty: f64,
    /// Share of automatic cases that people judge afterwards.
    audit_rate: f64,
    /// What makes the groups: `class`, the name of a slice, or `None`.
    by: Option<String>,
    /// Whether the certainty is that of all groups together; else each has it by itself.
    together: bool,
    /// Whether the policy is enforced. If not, what would have passed is recorded, and people's
    /// judgments are evidence all the same.
    enforced: bool,
    /// How often people miss errors; `None` where second looks are not asked for.
    people: Option<AutonomyPeople>,
    /// Each group, by name; one of the empty name without groups.
    groups: Vec<AutonomyGroup>,
    /// The realised bound over all automatic cases of the policy's epoch: the second claim.
    realised: Option<ErrorInterval>,
    /// The same about real errors, where it is known how often people miss them.
    realised_error: Option<AutonomyRealError>,
    /// The standing order, asked for or in force.
    order: Option<Order>,
    /// What happened, newest first.
    history: Vec<AutonomyEvent>,
}

/// What second looks say of how often people miss an error.
#[derive(ToSchema)]
pub struct AutonomyPeople {
    /// Share of judgments without an error that a second person judges again.
    share: f64,
    /// Cases looked at again.
    looks: u64,
    /// Cases that wait for somebody to look again.
    waiting: u64,
    /// Errors that two persons called so, of those that counted so far.
    errors: u64,
    /// Of these, errors that the first person had missed.
    missed: u64,
    /// Upper bound of the share of real errors that a person misses; 1 while nothing is known.
    miss_rate_at_most: f64,
    /// Upper bound of the share of real errors that do not count as wrong: the target is reduced by it.
    not_counted_at_most: f64,
    /// Probability that these bounds hold, at every moment.
    certainty: f64,
}

/// The realised bound about real errors.
#[derive(ToSchema)]
pub struct AutonomyRealError {
    /// Upper end of the share wrong.
    upper: f64,
    /// Probability that it holds, at every moment.
    certainty: f64,
}

/// Where one group stands.
#[derive(ToSchema)]
pub struct AutonomyGroup {
    /// Its name; empty without groups.
    group: String,
    /// `warming_up`, `earning`, `proposed`, `acting` or `demoted`.
    standing: String,
    /// The model that the evidence is about.
    model: String,
    /// Another model that began to propose; its cases are reviewed.
    next_model: Option<String>,
    /// The epoch; 0 before the first.
    epoch: u64,
    /// Scores gathered to choose thresholds from, while it is doing so.
    gathered: u64,
    /// How many are wanted.
    wanted: u64,
    /// Cases of the epoch.
    cases: u64,
    /// Of these, automatic ones.
    automatic: u64,
    /// Audits drawn.
    audits: u64,
    /// Errors that audits found.
    audit_errors: f64,
    /// The first claim.
    certificate: Option<AutonomyCertificate>,
    /// The third claim.
    detector: Option<AutonomyDetector>,
    /// A threshold that has earned to act and waits for a signature.
    #[schema(value_type = Option<Object>)]
    proposal: Option<Value>,
    /// How autonomy was lost last.
    #[schema(value_type = Option<Object>)]
    demotion: Option<Value>,
    /// When it changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// The certificate: what the next case may be trusted with, if cases stay as they are.
#[derive(ToSchema)]
pub struct AutonomyCertificate {
    /// `error`, or `disagreement` while it is not measured how often reviewers miss errors.
    claim: String,
    /// Share of cases at or above the loosest threshold for which a claim about real errors would hold
    /// now; `None` while it is not known how often people miss them.
    error_coverage: Option<f64>,
    /// The threshold in force.
    acting: Option<f64>,
    /// Share of cases at or above it.
    acting_coverage: f64,
    /// The loosest certified threshold.
    certified: Option<f64>,
    /// Share of cases at or above that.
    certified_coverage: f64,
    /// Share of cases that the estimates so far may lead to.
    achievable_coverage: f64,
    /// The threshold to be certified next.
    next: Option<AutonomyLevel>,
    /// All thresholds, strictest first.
    levels: Vec<AutonomyLevel>,
    /// Reviews and audits that wait for a judgment.
    waiting: u64,
    /// Cases counted as wrong for want of a judgment.
    overdue: u64,
    /// The same in one sentence.
    sentence: String,
}

/// One threshold.
#[derive(ToSchema)]
pub struct AutonomyLevel {
    /// Its level; 0 is the strictest.
    level: u64,
    /// The threshold.
    threshold: f64,
    /// Share of cases at or above it.
    coverage: f64,
    /// Evidence at or above it.
    cases: f64,
    /// Estimated error rate there.
    error: Option<f64>,
    /// Evidence against what is needed, 0..=1.
    progress: f64,
    /// Whether it is certified.
    certified: bool,
    /// Expected further cases. A projection, no promise.
    further_cases: Option<u64>,
}

/// The detector of decay: no bound, but an alarm that takes autonomy back at once.
#[derive(ToSchema)]
pub struct AutonomyDetector {
    /// Logarithm of the evidence that the error is above the target now.
    evidence: f64,
    /// Where the alarm goes off.
    bar: f64,
    /// Probability of an audit of the next automatic case.
    audit_probability: f64,
    /// Automatic cases left that are all audited, after an error was found.
    surge_left: u32,
}

/// Something that happened.
#[derive(ToSchema)]
pub struct AutonomyEvent {
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// The kind of the event, such as `autonomy.raised`.
    kind: String,
    /// Its data.
    #[schema(value_type = Object)]
    data: Value,
    /// Who did it.
    by: AutonomyActor,
}

/// Who did something.
#[derive(ToSchema)]
pub struct AutonomyActor {
    /// `member`, `key`, `machine` or `timer`; empty where it was not kept.
    kind: String,
    /// The id of the member or key.
    id: Option<String>,
    /// The name of the member or key now, where it is known.
    name: Option<String>,
}
