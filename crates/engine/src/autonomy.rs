//! Earned autonomy: what the machine may decide alone in a loop, by evidence, and how it loses that.
//!
//! The statistics are `tandem_learn::autonomy`; this module feeds them. Each group of a loop's cases
//! has one row, read, moved and written in the transaction that routes a case or records a judgment,
//! with the loop's autonomy locked: the order of these transactions is the order of the evidence.
//!
//! - `session`: a case comes in: what does its group say, and the case becomes evidence to come;
//! - `settle`: a judgment took effect, was overruled or taken back, or never will come: the evidence
//!   follows;
//! - `looks`: what second looks say of how often people miss an error;
//! - `verdicts`: what the evidence leads to: proposals, surges, demotions, each an event;
//! - `orders`: what people sign: raising, lowering, standing orders;
//! - `views`: the three claims, never merged, as people read them.
//!
//! An epoch begins when enough scores of the model have been seen to choose thresholds from; its
//! cases come later, so no label has had a say in the thresholds. Another model, other terms or a
//! demotion end it. The coins of an epoch are HMAC(secret, input): the ledger has a commitment to the
//! secret when the epoch begins, and the secret when it ends.

mod coins;
mod looks;
mod orders;
mod session;
mod settle;
mod verdicts;
mod views;

use tandem_domain::loops::AutonomySpec;
use tandem_learn::autonomy::{Controller, Terms};
use tandem_store::autonomy::AutonomyRow;

use crate::errors::{EngineError, Result};

pub use orders::{OrderSpec, StandingOrder};
pub(crate) use session::Session;
pub(crate) use settle::settle;
pub use views::{
    ActorView, AutonomyView, CertificateView, DetectorView, GroupView, HistoryView, LevelView,
    PeopleView, RealErrorView,
};

/// Scores gathered before thresholds are chosen.
pub const WARM_UP: usize = 200;
/// Scores kept at most where thresholds cannot be chosen from them yet.
const MOST_SCORES: usize = 2_000;

/// What was agreed in the loop file, as the statistics take it.
fn terms(spec: &AutonomySpec) -> Terms {
    let mut terms = Terms::new(spec.target_error, 1.0 - spec.certainty);
    terms.audit_rate = spec.audit_rate;
    terms.miss_delta = looks::miss_delta(spec);
    terms
}

/// The number by which a group's epoch spends certainty, `6 delta / (pi^2 k^2)` for the k-th. Numbers
/// of the loop are never used twice, so all epochs of all groups hold together; a group's own are
/// smaller, and hold for that group.
fn spent_by(spec: &AutonomySpec, row: &AutonomyRow) -> u32 {
    let number = if spec.together { row.epoch } else { row.own_epochs };
    u32::try_from(number.max(1)).unwrap_or(u32::MAX)
}

/// A group's row with its state of evidence.
#[derive(Debug, Clone)]
struct Held {
    row: AutonomyRow,
    controller: Option<Controller>,
    changed: bool,
}

impl Held {
    fn read(row: AutonomyRow) -> Result<Self> {
        let controller = row.controller.as_deref().map(Controller::from_bytes).transpose();
        let controller = controller.map_err(EngineError::internal)?;
        Ok(Self { row, controller, changed: false })
    }

    fn scores(&self) -> Vec<f64> {
        let (eights, _) = self.row.scores.as_chunks::<8>();
        eights.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
    }

    fn push_score(&mut self, score: f64) -> usize {
        let over = (self.row.scores.len() / 8 + 1).saturating_sub(MOST_SCORES);
        self.row.scores.drain(..over * 8);
        self.row.scores.extend(score.to_le_bytes());
        self.changed = true;
        self.row.scores.len() / 8
    }
}
