//! Appeals: how a person affected contests a decision, and who decides it anew.

use serde::{Deserialize, Serialize};

use super::ApprovalsSpec;
use crate::roles::Role;
use crate::time::{Span, Timestamp};

/// How decisions of a loop are contested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppealsSpec {
    /// How long after it took effect a decision may be contested.
    pub window: Span,
    /// When an open appeal is overdue.
    pub deadline: Span,
    /// Who decides it, and how many.
    pub reviewers: AppealReviewers,
    /// What holds of the decision until then.
    pub meanwhile: Meanwhile,
    /// Whether proposal, earlier decision and earlier deciders are hidden from whoever decides.
    pub blind: bool,
    /// Words that go with the notice of a decision; `{until}` is filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// Who decides appeals: a role, of which one person is enough, or a role and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AppealReviewers {
    /// One person with this role.
    One(Role),
    /// Several distinct natural persons.
    Several(ApprovalsSpec),
}

/// What holds of a decision while an appeal against it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meanwhile {
    /// It stays in force.
    #[default]
    Stands,
    /// It is not in force: nothing can be consumed on it.
    Suspended,
}

impl Meanwhile {
    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Suspended => "suspended",
        }
    }
}

/// The words that go with a notice where the loop file has none of its own.
const WORDS: &str = "You can contest this decision until {until}. A person who took no part in it \
                     will then decide anew.";

impl Default for AppealsSpec {
    fn default() -> Self {
        let month = Span::seconds(30 * 86_400);
        Self {
            window: month,
            // GDPR, article 12(3): an answer within one month.
            deadline: month,
            reviewers: AppealReviewers::One(Role::Reviewer),
            meanwhile: Meanwhile::Stands,
            blind: true,
            notice: None,
        }
    }
}

impl AppealsSpec {
    /// The words for the person affected: that and until when they may contest.
    pub fn words(&self, until: Timestamp) -> String {
        let day = until.to_string().chars().take(10).collect::<String>();
        self.notice.as_deref().unwrap_or(WORDS).replace("{until}", &day)
    }
}

impl AppealReviewers {
    /// The role they hold; whoever may do more is welcome too.
    pub fn of(self) -> Role {
        match self {
            Self::One(role) => role,
            Self::Several(several) => several.of,
        }
    }

    /// How many distinct natural persons decide.
    pub fn count(self) -> u32 {
        match self {
            Self::One(_) => 1,
            Self::Several(several) => several.count.max(1),
        }
    }

    /// Whether somebody with `role` may decide.
    pub fn admits(self, role: Role) -> bool {
        let of = self.of();
        role == of || role == Role::Admin || (of == Role::Reviewer && role == Role::Arbiter)
    }
}
