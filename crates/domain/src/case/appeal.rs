//! Appeals: a person affected contests a decision, and others decide anew.

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::loops::Meanwhile;
use crate::time::Timestamp;

/// An appeal against a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appeal {
    /// Its number in the case.
    pub n: u32,
    /// The decision that is contested.
    pub decision: u32,
    /// Who contests it, in the words of whoever handed the appeal in.
    pub by: String,
    /// Why it is wrong.
    pub statement: String,
    /// What speaks for that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<AppealEvidence>,
    /// Who handed it in: member or key, as text.
    pub lodged_by: String,
    /// The natural person behind that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lodged_by_person: Option<PersonId>,
    /// Persons besides the lodger's, earlier judges and the requester's side who do not decide it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<PersonId>,
    /// What holds of the decision while the appeal is open.
    pub meanwhile: Meanwhile,
    /// Whether whoever decides it sees neither proposal nor earlier decision.
    pub blind: bool,
    /// How far the case was: nothing up to here is shown where the appeal is blind.
    pub before: Before,
    /// Its tasks, by number; more than one where an edit asked anew.
    pub tasks: Vec<u32>,
    /// When it was handed in.
    pub at: Timestamp,
    /// When it is overdue.
    pub deadline: Timestamp,
    /// Whether that passed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// What became of it.
    pub state: AppealState,
    /// The further decision, once it is made and in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<u32>,
    /// When it was decided or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// How much a case held when an appeal came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Proposals.
    pub proposals: u32,
    /// Judgments.
    pub judgments: u32,
    /// Decisions.
    pub decisions: u32,
}

/// A piece of evidence: words, or an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppealEvidence {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Id of an uploaded file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<crate::ids::MediaId>,
}

/// What became of an appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealState {
    /// Nobody has decided it in force yet.
    Open,
    /// Decided: the outcome is the same.
    Upheld,
    /// Decided: the outcome is another.
    Overturned,
    /// Taken back by whoever handed it in.
    Withdrawn,
}

impl AppealState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Upheld, Self::Overturned, Self::Withdrawn];

    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upheld => "upheld",
            Self::Overturned => "overturned",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl std::str::FromStr for AppealState {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| {
            format!(
                "`{text}` is no state of an appeal; there are open, upheld, overturned, withdrawn"
            )
        })
    }
}

/// What a decision on an appeal says of the decision that was contested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The appeal, by number.
    pub appeal: u32,
    /// The contested decision, by number.
    pub decision: u32,
    /// Whether the outcome is another.
    pub overturned: bool,
}

impl super::CaseState {
    /// The appeal that nobody has decided in force yet: at most one.
    pub fn open_appeal(&self) -> Option<&Appeal> {
        self.appeals.iter().find(|appeal| appeal.state == AppealState::Open)
    }

    /// The open task of the open appeal.
    pub fn appeal_task(&self) -> Option<&super::Task> {
        let appeal = self.open_appeal()?;
        self.tasks.iter().find(|task| task.open && appeal.tasks.contains(&task.n))
    }

    /// The open appeal that `person`, whose role decides appeals, may decide without seeing what was there
    /// before it.
    pub fn blind_appeal(&self, core: &super::CaseCore, person: PersonId) -> Option<&Appeal> {
        let appeal = self.open_appeal().filter(|appeal| appeal.blind)?;
        (!self.took_part(core, appeal, person)).then_some(appeal)
    }

    /// Whether `person` judged, vetoed, edited or asked for what an appeal is about, handed the appeal
    /// in, or gave the permission that decided: nobody of them decides it.
    pub fn took_part(&self, core: &super::CaseCore, appeal: &Appeal, person: PersonId) -> bool {
        let judged = |judgment: &super::Judgment| {
            !appeal.tasks.contains(&judgment.task)
                && (judgment.person == person || judgment.stood_in_for.contains(&person))
        };
        core.submitted_by_person == Some(person)
            || appeal.lodged_by_person == Some(person)
            || self.requesters.contains(&person)
            || self.involved.contains(&person)
            || appeal.excluded.contains(&person)
            || self.judgments.iter().any(judged)
    }
}
