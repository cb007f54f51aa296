//! Appeals as they come in and are read.

use serde::{Deserialize, Serialize};
use tandem_domain::case::{Appeal, AppealEvidence, AppealState, Case, Decision, DecisionState};
use tandem_domain::ids::DecisionId;
use tandem_domain::{MediaId, Timestamp};
use tandem_engine::cases::Lodged;
use utoipa::ToSchema;

use super::lens::Lens;

/// An appeal to lodge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAppeal)]
pub struct AppealIn {
    /// Who contests the decision, in 1 to 256 bytes: a name or a number of yours.
    pub by: String,
    /// Why it is wrong, in 1 to 16,384 bytes.
    pub statement: String,
    /// What speaks for that: at most twenty pieces.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// A piece of evidence: a text or an uploaded file.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AppealEvidence)]
pub struct Evidence {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Words, 1 to 16,384 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Id of an uploaded file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub media: Option<MediaId>,
}

impl AppealIn {
    /// The appeal as the engine takes it.
    pub fn into_domain(self) -> Lodged {
        let piece = |piece: Evidence| AppealEvidence {
            title: piece.title,
            text: piece.text,
            media: piece.media,
        };
        let evidence = self.evidence.into_iter().map(piece).collect();
        Lodged { by: self.by, statement: self.statement, evidence }
    }
}

/// An appeal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Appeal)]
pub struct AppealView<'a> {
    /// Its number in the case.
    pub n: u32,
    /// `open`, `upheld`, `overturned` or `withdrawn`.
    pub state: &'static str,
    /// Who contests the decision.
    pub by: &'a str,
    /// Why it is wrong.
    pub statement: &'a str,
    /// What speaks for that.
    pub evidence: Vec<Evidence>,
    /// The decision that is contested; hidden from whoever decides a blind appeal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub contested: Option<DecisionId>,
    /// The decision that was made on it, once that is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub decision: Option<DecisionId>,
    /// `stands`, or `suspended`: the contested decision is not in force while the appeal is open.
    pub meanwhile: &'static str,
    /// Whether whoever decides it sees neither the proposal nor the earlier decision.
    pub blind: bool,
    /// When it was lodged.
    #[schema(value_type = String, format = DateTime)]
    pub lodged_at: Timestamp,
    /// When it is overdue. It then comes first, and stays open.
    #[schema(value_type = String, format = DateTime)]
    pub deadline: Timestamp,
    /// Whether that passed while it was open.
    pub overdue: bool,
    /// When it was decided or withdrawn.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// Whether the caller handed it in, and so may take it back.
    pub own: bool,
}

impl<'a> AppealView<'a> {
    /// An appeal on a case as `lens` shows it.
    pub fn new(case: &'a Case, appeal: &'a Appeal, lens: Lens) -> Self {
        let id = case.core.id;
        let hidden = lens.blind_appeal(case).is_some();
        Self {
            n: appeal.n,
            state: appeal.state.as_str(),
            by: &appeal.by,
            statement: &appeal.statement,
            evidence: appeal.evidence.iter().map(shown).collect(),
            contested: (!hidden).then_some(DecisionId { case: id, n: appeal.decision }),
            decision: appeal.ruling.map(|n| DecisionId { case: id, n }),
            meanwhile: appeal.meanwhile.as_str(),
            blind: appeal.blind,
            lodged_at: appeal.at,
            deadline: appeal.deadline,
            overdue: appeal.overdue,
            closed_at: appeal.closed_at,
            own: lens.person().is_some() && lens.person() == appeal.lodged_by_person,
        }
    }
}

fn shown(piece: &AppealEvidence) -> Evidence {
    Evidence { title: piece.title.clone(), text: piece.text.clone(), media: piece.media }
}

/// Whether and until when a decision can be contested.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AppealRight)]
pub struct RightView {
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Whether an appeal would be taken now.
    pub open: bool,
    /// What became of the newest appeal against it: `open`, `upheld`, `overturned` or `withdrawn`.
    pub state: Option<&'static str>,
}

impl RightView {
    /// What one can do against a decision of a case at `now`.
    pub fn new(case: &Case, decision: &Decision, now: Timestamp) -> Option<Self> {
        let until = decision.contestable_until?;
        let in_force = decision.state == DecisionState::Effective;
        let open = in_force && now < until && case.state.open_appeal().is_none();
        let mut against = case.state.appeals.iter().rev();
        let newest = against.find(|appeal| appeal.decision == decision.n);
        Some(Self { until, open, state: newest.map(|appeal| appeal.state.as_str()) })
    }
}

/// What a decision on an appeal says of the contested one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ruling)]
pub struct RulingView {
    /// The appeal, by number.
    pub appeal: u32,
    /// The contested decision.
    #[schema(value_type = String)]
    pub contested: DecisionId,
    /// `upheld` or `overturned`.
    pub outcome: &'static str,
}

impl RulingView {
    /// Where a decision was made on an appeal.
    pub fn new(case: &Case, decision: &Decision) -> Option<Self> {
        let ruling = decision.ruling?;
        let state = if ruling.overturned { AppealState::Overturned } else { AppealState::Upheld };
        let contested = DecisionId { case: case.core.id, n: ruling.decision };
        Some(Self { appeal: ruling.appeal, contested, outcome: state.as_str() })
    }
}
