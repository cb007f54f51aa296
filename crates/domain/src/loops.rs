//! The loop file: what comes in, what an answer looks like, who decides, who reviews, what learns.
//!
//! These types are the document as its author wrote it, with defaults filled in. `policy` parses,
//! checks and compiles it; a version that compiled is kept, and cases keep the version they came
//! in under. Each part of the file is a module; their types are re-exported here.

mod action;
mod alerts;
mod answers;
mod appeals;
mod calendar;
mod capacity;
mod chain;
mod copilot;
mod learner;
mod notice;
mod policy;
mod quiet;
mod review;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use action::*;
pub use alerts::*;
pub use answers::*;
pub use appeals::*;
pub use calendar::{Calendar, CalendarSpec, Counted, Fault, URGENT};
pub use capacity::*;
pub use chain::*;
pub use copilot::*;
pub use learner::*;
pub use notice::NoticeSpec;
pub use notice::Part as NoticePart;
pub use notice::parts as notice_parts;
pub use policy::*;
pub use quiet::{Quiet, QuietSpec};
pub use review::*;

/// One version of a loop, as written in its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopSpec {
    /// Name in URLs: lower case letters, digits and hyphens, 1 to 64 of them.
    #[serde(rename = "loop")]
    pub name: String,
    /// Title shown to people; the name where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Oversight mode.
    #[serde(default)]
    pub mode: Mode,
    /// Whether anything may pass without a person when `mode` is `in_the_loop`.
    #[serde(default)]
    pub coverage: Coverage,
    /// `false`: nothing is held; routes are recorded as what they would have been.
    #[serde(default = "yes")]
    pub enforce: bool,
    /// Fields of the input, by name.
    pub input: IndexMap<String, InputSpec>,
    /// Fields of the answer, by name.
    pub answer: IndexMap<String, FieldSpec>,
    /// Markdown shown beside the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidelines: Option<String>,
    /// Codes offered when a reviewer rejects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reject_reasons: Vec<String>,
    /// Codes for what a machine did wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failure_modes: Vec<String>,
    /// Things a reviewer must tick.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<ChecklistItem>,
    /// Queues besides `default`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub queues: IndexMap<String, QueueSpec>,
    /// Working time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarSpec>,
    /// What its owner wants to be told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertSpec>,
    /// How a case is routed.
    #[serde(default)]
    pub policy: PolicySpec,
    /// How people review.
    #[serde(default)]
    pub review: ReviewSpec,
    /// What the person affected is told of a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeSpec>,
    /// How decisions are contested; not at all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeals: Option<AppealsSpec>,
    /// What stands in for the answer while a case waits; never a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interim: Option<crate::case::Answer>,
    /// What learns from decisions.
    #[serde(default)]
    pub learner: LearnerSpec,
    /// What happens when a model is registered; by the learner where absent
    /// ([`LoopSpec::new_models`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_new_model: Option<OnNewModel>,
    /// Who proposes when the submitter did not. Empty: the live model, then a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<LinkSpec>,
    /// Who suggests words to a person at work on a text; nobody where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copilot: Option<CopilotSpec>,
    /// Whether reviewers, features and rules may see `group`.
    #[serde(default)]
    pub use_group: bool,
}

fn yes() -> bool {
    true
}

/// Oversight modes (DESIGN: in, on and out of the loop).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A person stands between the machine and the world.
    #[default]
    InTheLoop,
    /// The machine acts; people watch and may veto.
    OnTheLoop,
    /// The machine acts alone and is audited.
    OutOfTheLoop,
}

/// How much of the stream people see when they are in the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Nothing passes without a person.
    #[default]
    Full,
    /// What the policy cannot vouch for waits for a person.
    Selective,
}

/// A field of the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// What it is; drives how it is checked and shown.
    pub kind: InputKind,
    /// Label shown to people; the name where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether a case must carry it.
    #[serde(default = "yes")]
    pub required: bool,
}

/// Kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Plain text.
    Text,
    /// HTML, shown escaped unless sanitised.
    Html,
    /// `{"width", "height", "pixels": [0..1, row by row]}`, or `{"media": "med_…"}`, or a `data:` URL.
    Image,
    /// `{"media": "med_…"}` or a `data:` URL.
    Audio,
    /// `{"media": "med_…"}` or a `data:` URL.
    Pdf,
    /// A list of `{"role", "content"}`.
    Chat,
    /// Any JSON.
    Json,
    /// A list of rows, each an object.
    Table,
    /// A finite number.
    Number,
}

/// A thing to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// Name in judgments.
    pub id: String,
    /// Shown to people.
    pub text: String,
    /// Whether approval needs it.
    #[serde(default)]
    pub required: bool,
}

/// A queue of a loop.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSpec {
    /// Roles that may claim here; reviewers where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<crate::roles::Role>,
    /// Skills a reviewer needs, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Title shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Working time of who works here; the loop's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarSpec>,
}

/// The queue that every loop has.
pub const DEFAULT_QUEUE: &str = "default";
/// The queue where disagreements and escalations go.
pub const ARBITER_QUEUE: &str = "arbiters";
/// The queue where appeals wait.
pub const APPEAL_QUEUE: &str = "appeals";

impl LoopSpec {
    /// The title, or the name.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// The group of a case for earned autonomy: empty without groups, `None` where the case has no
    /// such group.
    pub fn autonomy_group<'a>(
        &self,
        by: Option<&GroupBy>,
        groups: &'a BTreeMap<String, String>,
        output: &'a crate::case::Answer,
    ) -> Option<&'a str> {
        match by {
            None => Some(""),
            Some(GroupBy::Slice(name)) => groups.get(name).map(String::as_str),
            Some(GroupBy::Class) => output.get(self.class_field()?)?.as_str(),
        }
    }

    /// What happens when a model is registered. Where the file is silent, a model from a trainer
    /// outside begins in the shadow: nobody here has seen it at work yet. A built-in learner trained
    /// on this loop's own reviews takes over.
    pub fn new_models(&self) -> OnNewModel {
        self.on_new_model.unwrap_or(match self.learner.kind {
            LearnerKind::External => OnNewModel::ShadowFirst,
            _ => OnNewModel::Promote,
        })
    }

    /// Whether only a model that was promoted may act: the facts then say where a model stands.
    pub fn trusts_promoted_only(&self) -> bool {
        self.new_models() != OnNewModel::Promote
    }

    /// The first single choice of the answer.
    pub fn class_field(&self) -> Option<&str> {
        self.answer.iter().find_map(|(name, field)| match field {
            FieldSpec::Choice(choice) if !choice.multi => Some(name.as_str()),
            _ => None,
        })
    }

    /// The answer's fields that hold calls of tools.
    pub fn actions(&self) -> impl Iterator<Item = (&str, &ActionSpec)> {
        self.answer.iter().filter_map(|(name, field)| match field {
            FieldSpec::Action(action) => Some((name.as_str(), action)),
            _ => None,
        })
    }

    /// Whether the answer holds a call of a tool: it is approved by count and run with a grant.
    pub fn holds_action(&self) -> bool {
        self.actions().next().is_some()
    }

    /// How long a people's decision may be undone: by default not at all where it lets something
    /// run.
    pub fn undo(&self) -> crate::time::Span {
        let default = if self.holds_action() { 0 } else { 10 };
        self.review.undo.unwrap_or(crate::time::Span::seconds(default))
    }

    /// What approving a call of a tool takes: what the tool says, or else the loop.
    pub fn sign_off(&self, tool: &ToolSpec) -> SignOff {
        tool.sign_off.unwrap_or(self.review.sign_off)
    }

    /// The answer field a built-in learner learns, if it learns one.
    pub fn learned_field(&self) -> Option<(&str, &ChoiceSpec)> {
        if matches!(self.learner.kind, LearnerKind::None | LearnerKind::External) {
            return None;
        }
        self.answer.iter().find_map(|(name, field)| match field {
            FieldSpec::Choice(choice)
                if !choice.multi
                    && self.learner.field.as_ref().is_none_or(|wanted| wanted == name) =>
            {
                Some((name.as_str(), choice))
            }
            _ => None,
        })
    }
}
