//! Statistics: their shapes for the OpenAPI document.
//!
//! The engine computes these once for many readers and they leave as they are, so the types here
//! are never built: they tell clients what to expect. A test compares them with what is sent.
#![expect(dead_code, reason = "only their schemas are used")]
#![expect(clippy::struct_field_names, reason = "the names are the wire's")]

use utoipa::ToSchema;

use super::jobs::Job;
use super::models::Model;

/// A share with its interval.
#[derive(ToSchema)]
pub struct Share {
    /// The share itself.
    estimate: f64,
    /// Lower end (Wilson, 95 %).
    lower: f64,
    /// Upper end (Wilson, 95 %).
    upper: f64,
    /// Rows it is of.
    n: u64,
}

/// The share wrong among automatic cases since the epoch began.
#[derive(ToSchema)]
pub struct ErrorInterval {
    /// The estimate; null before an audit is judged.
    estimate: Option<f64>,
    /// Lower end. Both ends hold together, at every moment, with the certainty.
    lower: f64,
    /// Upper end.
    upper: f64,
    /// The certainty.
    certainty: f64,
    /// How it is computed.
    method: String,
    /// Since when cases are counted.
    #[schema(format = DateTime)]
    holds_from: Option<String>,
    /// Automatic cases of the epoch.
    cases: u64,
    /// Of these, cases that no audit could have chosen.
    unauditable: u64,
    /// Kish's effective number of judged audits.
    effective_audits: f64,
    /// Horvitz and Thompson's estimate.
    horvitz_thompson: Option<f64>,
    /// Its standard error.
    standard_error: Option<f64>,
    /// The autonomy epoch.
    epoch: u64,
}

/// Appeals against decisions.
#[derive(ToSchema)]
pub struct Appeals {
    /// Lodged, withdrawn ones included.
    lodged: u64,
    /// Open.
    open: u64,
    /// Of these, past their deadline.
    overdue: u64,
    /// Decided: the outcome stayed.
    upheld: u64,
    /// Decided: the outcome changed.
    overturned: u64,
    /// Taken back.
    withdrawn: u64,
    /// Share of the decided appeals that changed the outcome; null before one is decided.
    overturned_share: Option<Share>,
    /// Median seconds from lodging to the decision in force, over the newest thousand.
    median_seconds: Option<f64>,
    /// The same, exceeded by one appeal in ten.
    p90_seconds: Option<f64>,
}

/// How far it is to a bound.
#[derive(ToSchema)]
#[schema(as = BoundProgress)]
pub struct BoundProgress {
    /// The upper end that is wanted.
    target: f64,
    /// Further automatic cases, if things go on as they did.
    further_cases: u64,
}

/// Errors among automatic cases, and how much is automatic.
#[derive(ToSchema)]
#[schema(as = ErrorStats)]
pub struct Errors {
    /// Cases that came in.
    cases: u64,
    /// Decided and not imported.
    decided: u64,
    /// Decided by the machine.
    automatic: u64,
    /// Share of the decided cases that the machine decided.
    automatic_share: Option<f64>,
    /// The same over the newest 200 decisions.
    automatic_share_recent: Option<f64>,
    /// Audits of the epoch that were judged.
    audited: u64,
    /// Audits that wait for a judgment.
    audits_pending: u64,
    /// Of the judged, how many found an error.
    audit_errors: f64,
    /// The interval; null before the first automatic case of the epoch.
    error: Option<ErrorInterval>,
    /// How far it is to an upper end of 5 %.
    progress: Option<BoundProgress>,
    /// Judgments that count.
    judgments: u64,
    /// Cases that people decided.
    reviewed: u64,
}

/// What waits.
#[derive(ToSchema)]
#[schema(as = QueueStats)]
pub struct Queue {
    /// Cases with a free seat.
    waiting: u64,
    /// Cases all of whose seats are taken.
    claimed: u64,
    /// Cases whose decision is not effective yet.
    held: u64,
    /// Cases that are decided.
    decided: u64,
    /// Open tasks, audits among them.
    open_tasks: u64,
    /// When the oldest task that can be claimed was made.
    #[schema(format = DateTime)]
    oldest_at: Option<String>,
    /// By queue.
    per_queue: Vec<QueueLine>,
}

/// One queue.
#[derive(ToSchema)]
pub struct QueueLine {
    /// Its name.
    queue: String,
    /// Its open tasks.
    open: u64,
    /// When the oldest that can be claimed was made.
    #[schema(format = DateTime)]
    oldest_at: Option<String>,
}

/// A point of the learning curve: one model.
#[derive(ToSchema)]
pub struct LearningPoint {
    /// Labelled rows there were.
    examples: u64,
    /// Judgments there were.
    judgments: u64,
    /// Rows trained on: those, without the held-out ones.
    trained_on: u64,
    /// Accuracy on the held-out rows.
    accuracy: Option<Share>,
    /// What the cases drawn at random taught by themselves, where the queue chose most of the rest.
    random: Option<RandomSlice>,
    /// The model.
    model_version: u64,
    /// When it was registered.
    #[schema(format = DateTime)]
    at: String,
}

/// A model trained on a random part of the labelled rows, to compare the queue's choice with.
#[derive(ToSchema)]
pub struct RandomSlice {
    /// Rows trained on.
    trained_on: u64,
    /// Accuracy on the held-out rows.
    accuracy: Share,
}

/// A point of the agreement curve: a stretch of judgments.
#[derive(ToSchema)]
pub struct AgreementPoint {
    /// Reviews up to its end.
    judgments: u64,
    /// How often the person said what the proposal said.
    agreement: Share,
    /// Its newest judgment.
    #[schema(format = DateTime)]
    at: String,
}

/// How the loop learns.
#[derive(ToSchema)]
#[schema(as = LearningStats)]
pub struct Learning {
    /// One a model, oldest first.
    points: Vec<LearningPoint>,
    /// Agreement of people with proposals, oldest first.
    agreement: Vec<AgreementPoint>,
    /// Newest first.
    models: Vec<Model>,
}

/// Time per judgment.
#[derive(ToSchema)]
#[schema(as = TimeStats)]
pub struct Time {
    /// Median of the newest thousand, in milliseconds.
    median_ms: Option<u64>,
    /// Their 90th percentile.
    p90_ms: Option<u64>,
    /// Judgments in all.
    n: u64,
}

/// Quality of the reviewers.
#[derive(ToSchema)]
#[schema(as = QualityStats)]
pub struct Quality {
    /// One a reviewer.
    members: Vec<MemberQuality>,
}

/// One reviewer.
#[derive(ToSchema)]
pub struct MemberQuality {
    /// The account.
    member: String,
    /// Its name.
    name: String,
    /// Judgments given.
    judgments: u64,
    /// Median time of the newest two hundred.
    median_ms: Option<u64>,
    /// Same answer as somebody else on the same case.
    agreement: Option<Share>,
    /// Same answer as the proposal.
    accepted: Option<Share>,
}

/// Everything the live page of a loop shows: the figures of `errors`, and these.
#[derive(ToSchema)]
#[schema(as = LiveStats)]
pub struct Live {
    /// Cases that came in.
    cases: u64,
    /// Decided and not imported.
    decided: u64,
    /// Decided by the machine.
    automatic: u64,
    /// Share of the decided cases that the machine decided.
    automatic_share: Option<f64>,
    /// The same over the newest 200 decisions.
    automatic_share_recent: Option<f64>,
    /// Audits of the epoch that were judged.
    audited: u64,
    /// Audits that wait for a judgment.
    audits_pending: u64,
    /// Of the judged, how many found an error.
    audit_errors: f64,
    /// The interval; null before the first automatic case of the epoch.
    error: Option<ErrorInterval>,
    /// How far it is to an upper end of 5 %.
    progress: Option<BoundProgress>,
    /// Judgments that count.
    judgments: u64,
    /// Cases that people decided.
    reviewed: u64,
    /// What waits.
    queue: Queue,
    /// The model that proposes.
    model: Option<Model>,
    /// The learning curve.
    points: Vec<LearningPoint>,
    /// Agreement of people with proposals.
    agreement: Vec<AgreementPoint>,
    /// Models trained so far.
    models_trained: u64,
    /// Time per judgment.
    time: Time,
    /// The newest training or rescoring.
    job: Option<Job>,
    /// When this was true.
    #[schema(format = DateTime)]
    at: String,
}
