//! What statistics look like to pages and clients.

use serde::Serialize;
use tandem_domain::{MemberId, Timestamp};

use crate::learning::{JobView, ModelView, RandomSlice, Share};

/// The share wrong among automatic cases since the epoch began.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorInterval {
    /// Self-normalised inverse-propensity estimate; `None` before an audit is judged.
    pub estimate: Option<f64>,
    /// Lower end. Both ends hold together, at every moment, with the certainty.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The certainty.
    pub certainty: f64,
    /// How it is computed.
    pub method: &'static str,
    /// Since when cases are counted: the first automatic case of the epoch.
    pub holds_from: Option<Timestamp>,
    /// Automatic cases of the epoch.
    pub cases: u64,
    /// Of these, cases that no audit could have chosen: counted as wrong above, as right below.
    pub unauditable: u64,
    /// Kish's effective number of judged audits.
    pub effective_audits: f64,
    /// Horvitz and Thompson's estimate; unbiased once no audit is pending, and not clipped.
    pub horvitz_thompson: Option<f64>,
    /// Its standard error over the audit coins.
    pub standard_error: Option<f64>,
    /// The autonomy epoch.
    pub epoch: u64,
}

/// How far it is to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Progress {
    /// The upper end that is wanted.
    pub target: f64,
    /// Further automatic cases, if things go on as they did. A projection, no promise.
    pub further_cases: u64,
}

/// Errors among automatic cases, and how much is automatic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorsView {
    /// Cases that came in.
    pub cases: u64,
    /// Decided and not imported.
    pub decided: u64,
    /// Decided by the machine.
    pub automatic: u64,
    /// Share of the decided cases that the machine decided.
    pub automatic_share: Option<f64>,
    /// The same over the newest 200 decisions.
    pub automatic_share_recent: Option<f64>,
    /// Audits of the epoch that were judged.
    pub audited: u64,
    /// Audits that wait for a judgment.
    pub audits_pending: u64,
    /// Of the judged, how many found an error.
    pub audit_errors: f64,
    /// The interval; `None` before the first automatic case of the epoch.
    pub error: Option<ErrorInterval>,
    /// How far it is to an upper end of 5 %.
    pub progress: Option<Progress>,
    /// Judgments that count.
    pub judgments: u64,
    /// Cases that people decided.
    pub reviewed: u64,
}

/// Appeals against decisions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppealsView {
    /// Lodged, withdrawn ones included.
    pub lodged: u64,
    /// Open.
    pub open: u64,
    /// Of these, past their deadline.
    pub overdue: u64,
    /// Decided: the outcome stayed.
    pub upheld: u64,
    /// Decided: the outcome changed.
    pub overturned: u64,
    /// Taken back.
    pub withdrawn: u64,
    /// Share of the decided appeals that changed the outcome, with its interval.
    pub overturned_share: Option<Share>,
    /// Median seconds from lodging to the decision in force, over the newest thousand.
    pub median_seconds: Option<f64>,
    /// The same, exceeded by one appeal in ten.
    pub p90_seconds: Option<f64>,
}

impl AppealsView {
    pub(super) fn of(mut figures: tandem_store::appeals::AppealFigures) -> Self {
        figures.took.sort_unstable();
        let took = &figures.took;
        // The smallest that at least this share does not exceed.
        let quantile = |share: f64| {
            let rank = (share * took.len() as f64).ceil().max(1.0) as usize;
            took.get(rank - 1).map(|micros| *micros as f64 / 1e6)
        };
        let decided = figures.upheld + figures.overturned;
        Self {
            lodged: decided + figures.open + figures.withdrawn,
            open: figures.open,
            overdue: figures.overdue,
            upheld: figures.upheld,
            overturned: figures.overturned,
            withdrawn: figures.withdrawn,
            overturned_share: Share::of(figures.overturned, decided),
            median_seconds: quantile(0.5),
            p90_seconds: quantile(0.9),
        }
    }
}

/// What waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueView {
    /// Cases with a free seat.
    pub waiting: u64,
    /// Cases all of whose seats are taken.
    pub claimed: u64,
    /// Cases whose decision is not effective yet.
    pub held: u64,
    /// Cases that are decided.
    pub decided: u64,
    /// Open tasks, audits among them.
    pub open_tasks: u64,
    /// When the oldest task that can be claimed was made.
    pub oldest_at: Option<Timestamp>,
    /// By queue.
    pub per_queue: Vec<QueueLine>,
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueLine {
    /// Its name.
    pub queue: String,
    /// Its open tasks.
    pub open: u64,
    /// When the oldest that can be claimed was made.
    pub oldest_at: Option<Timestamp>,
}

/// A point of the learning curve: one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LearningPoint {
    /// Labelled rows there were.
    pub examples: u64,
    /// Judgments there were.
    pub judgments: u64,
    /// Rows trained on: those, without the held-out ones.
    pub trained_on: u64,
    /// Accuracy on the held-out rows.
    pub accuracy: Option<Share>,
    /// What the cases drawn at random taught by themselves, where the queue chose most of the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomSlice>,
    /// The model.
    pub model_version: u64,
    /// When it was registered.
    pub at: Timestamp,
}

/// A point of the agreement curve: a stretch of judgments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgreementPoint {
    /// Reviews up to its end.
    pub judgments: u64,
    /// How often the person said what the proposal said.
    pub agreement: Share,
    /// Its newest judgment.
    pub at: Timestamp,
}

/// How the loop learns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LearningView {
    /// One a model, oldest first.
    pub points: Vec<LearningPoint>,
    /// Agreement of people with proposals, oldest first.
    pub agreement: Vec<AgreementPoint>,
    /// Newest first.
    pub models: Vec<ModelView>,
}

/// Time per judgment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TimeView {
    /// Median of the newest thousand, in milliseconds.
    pub median_ms: Option<u64>,
    /// Their 90th percentile.
    pub p90_ms: Option<u64>,
    /// Judgments in all.
    pub n: u64,
}

/// Quality of the reviewers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QualityView {
    /// One a reviewer.
    pub members: Vec<MemberQuality>,
}

/// One reviewer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberQuality {
    /// The account.
    pub member: MemberId,
    /// Its name.
    pub name: String,
    /// Judgments given.
    pub judgments: u64,
    /// Median time of the newest two hundred.
    pub median_ms: Option<u64>,
    /// Same answer as somebody else on the same case; `None` where nobody else answered.
    pub agreement: Option<Share>,
    /// Same answer as the proposal: high for a good model, and for a reviewer who does not look.
    pub accepted: Option<Share>,
}

/// Everything the live page of a loop shows, in one call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveView {
    /// Errors and automatic share.
    #[serde(flatten)]
    pub errors: ErrorsView,
    /// What waits.
    pub queue: QueueView,
    /// The model that proposes.
    pub model: Option<ModelView>,
    /// The learning curve.
    pub points: Vec<LearningPoint>,
    /// Agreement of people with proposals.
    pub agreement: Vec<AgreementPoint>,
    /// Models trained so far.
    pub models_trained: u64,
    /// Time per judgment.
    pub time: TimeView,
    /// The newest training or rescoring.
    pub job: Option<JobView>,
    /// When this was true.
    pub at: Timestamp,
}
