//! Decisions as they are read.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::Timestamp;
use tandem_domain::case::{Alarm, Answer, Case, Decision, DecisionState, Gate};
use tandem_domain::ids::{DecisionId, JudgmentId};
use utoipa::ToSchema;

use super::appeals::{RightView, RulingView};

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
    /// Why, for the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rationale: Option<&'a str>,
    /// Plain words for the person affected; there once the decision took effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<&'a str>,
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
    /// `held`, `effective`, `withdrawn`, `superseded`, or `suspended` while an appeal is open.
    pub state: &'static str,
    /// `pending`, `delivered`, `consumed` or `expired`.
    pub delivery: &'static str,
    /// The standing permission that it was made under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing_grant: Option<&'a str>,
    /// The sign-offs over many cases that it is part of.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    pub batches: &'a [String],
    /// Whether and until when it can be contested; left out where the loop allows no appeals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal: Option<RightView>,
    /// Where it was made on an appeal: what it says of the contested decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<RulingView>,
    /// For calls of tools: what it is bound to, and what became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<GateView<'a>>)]
    pub gate: Option<GateView<'a>>,
    /// SHA-256 over what was decided, in hexadecimal.
    pub digest: &'a str,
}

/// What a decision over a call is bound to, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gate)]
pub struct GateView<'a> {
    /// The tool that may run.
    pub tool: Option<&'a str>,
    /// The only consumer that may take the grant.
    pub executor: Option<&'a str>,
    /// Where it acts.
    pub target: Option<&'a str>,
    /// No grant is handed out from then on.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// `unconsumed` or `execution_unknown`: somebody should look.
    pub alarm: Option<&'static str>,
    /// `succeeded` or `failed`, once whoever executed said so.
    pub execution: Option<&'static str>,
}

impl<'a> GateView<'a> {
    fn new(gate: &'a Gate) -> Self {
        let call = gate.calls.first();
        Self {
            tool: call.map(|call| call.tool.as_str()),
            executor: call.and_then(|call| call.executor.as_deref()),
            target: call.and_then(|call| call.target.as_deref()),
            expires_at: gate.expires_at,
            alarm: gate.alarm.map(Alarm::as_str),
            execution: gate
                .execution
                .map(|known| if known.succeeded { "succeeded" } else { "failed" }),
        }
    }
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
    /// A decision of a case, at `now`.
    pub fn new(of: &Case, decision: &'a Decision, now: Timestamp) -> Self {
        let case = of.core.id;
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
            rationale: decision.rationale.as_deref(),
            // What is held or was withdrawn is told to nobody.
            notice: decision.notice.as_deref().filter(|_| {
                !matches!(decision.state, DecisionState::Held | DecisionState::Withdrawn)
            }),
            model: decision.model.as_deref(),
            loop_version: decision.loop_version,
            decided_at: decision.decided_at,
            effective_at: decision.effective_at,
            state: decision.state.as_str(),
            delivery: decision.delivery.as_str(),
            standing_grant: decision.standing_grant.as_deref(),
            batches: &decision.batches,
            appeal: RightView::new(of, decision, now),
            ruling: RulingView::new(of, decision),
            gate: decision.gate.as_ref().map(GateView::new),
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
    /// The tool that may run; null where the answer holds no call.
    pub tool: Option<String>,
    /// Exactly what was decided: the arguments of the call, or the whole answer.
    #[schema(value_type = Object)]
    pub arguments: Answer,
    /// Digest of the decision.
    pub digest: String,
    /// The grant as a note signed with the grant key (`GET /v1/grants/key`), for whoever checks it
    /// without the server; null where the server has no such key.
    pub note: Option<String>,
    /// Not after this time.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}
