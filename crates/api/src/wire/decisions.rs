//! Decisions as they are read.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::case::{Answer, Decision, DecisionState};
use tandem_domain::ids::{DecisionId, JudgmentId};
use tandem_domain::{CaseId, Timestamp};
use utoipa::ToSchema;

/// A decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionView<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub id: DecisionId,
    /// The final output; null for rejected and blocked.
    #[schema(value_type = Option<Object>)]
    pub output: Option<&'a Answer>,
    /// `approved`, `modified`, `rejected`, `labelled` or `blocked`.
    pub outcome: &'static str,
    /// `machine`, `people`, `deadline` or `import`.
    pub by: &'static str,
    /// The rule that made it.
    pub rule: &'a str,
    /// Judgments it rests on.
    #[schema(value_type = Vec<String>)]
    pub judgments: Vec<JudgmentId>,
    /// What people changed.
    pub changes: Vec<ChangeView<'a>>,
    /// Reason codes.
    pub reason_codes: &'a [String],
    /// Model and version of the proposal.
    pub model: Option<&'a str>,
    /// Version of the loop.
    pub loop_version: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Timestamp,
    /// When it takes effect.
    #[schema(value_type = String, format = DateTime)]
    pub effective_at: Timestamp,
    /// `held`, `effective`, `withdrawn` or `superseded`.
    pub state: &'static str,
    /// `pending`, `delivered` or `consumed`.
    pub delivery: &'static str,
    /// SHA-256 over what was decided, in hexadecimal.
    pub digest: &'a str,
}

/// A change people made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub struct ChangeView<'a> {
    /// JSON pointer.
    pub path: &'a str,
    /// What the proposal said.
    #[schema(value_type = Value)]
    pub before: &'a Value,
    /// What people said.
    #[schema(value_type = Value)]
    pub after: &'a Value,
}

impl<'a> DecisionView<'a> {
    /// A decision of a case.
    pub fn new(case: CaseId, decision: &'a Decision) -> Self {
        let change = |change: &'a tandem_domain::case::Change| ChangeView {
            path: &change.path,
            before: &change.before,
            after: &change.after,
        };
        Self {
            id: DecisionId { case, n: decision.n },
            output: decision.output.as_ref(),
            outcome: decision.outcome.as_str(),
            by: decision.by.as_str(),
            rule: &decision.rule,
            judgments: decision.judgments.iter().map(|&n| JudgmentId { case, n }).collect(),
            changes: decision.changes.iter().map(change).collect(),
            reason_codes: &decision.reason_codes,
            model: decision.model.as_deref(),
            loop_version: decision.loop_version,
            decided_at: decision.decided_at,
            effective_at: decision.effective_at,
            state: match decision.state {
                DecisionState::Held => "held",
                DecisionState::Effective => "effective",
                DecisionState::Withdrawn => "withdrawn",
                DecisionState::Superseded => "superseded",
            },
            delivery: decision.delivery.as_str(),
            digest: &decision.digest,
        }
    }
}

/// Taking the grant of a decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consume {
    /// Digest of the decision, as whoever executes knows it.
    pub digest: String,
    /// Who executes.
    pub consumer: String,
}

/// A grant: the point of no return.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantView {
    /// Its id; whoever executes drops repeats by it.
    pub grant: String,
    /// Exactly what was decided.
    #[schema(value_type = Object)]
    pub arguments: Answer,
    /// Not after this time.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}
