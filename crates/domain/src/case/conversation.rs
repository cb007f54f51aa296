//! The live conversation beside a case: who speaks, and whose turn it is.

use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, PersonId};
use crate::time::Timestamp;

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The agent that handed the case in.
    Agent,
    /// A reviewer.
    Person,
    /// The person affected, relayed by whoever handed the case in.
    Subject,
    /// What a reviewer leaves for the agent when they give the turn back.
    Note,
}

impl Speaker {
    /// Every speaker.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Person, Self::Subject, Self::Note];

    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Person => "person",
            Self::Subject => "subject",
            Self::Note => "note",
        }
    }
}

impl std::str::FromStr for Speaker {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|speaker| speaker.as_str() == text)
            .ok_or_else(|| format!("`{text}` is nobody who speaks in a conversation"))
    }
}

/// What was said before the case came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Utterance {
    /// Who.
    pub from: Speaker,
    /// The words.
    pub text: String,
}

/// What travels along when a person is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Handover {
    /// The conversation so far, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<Utterance>,
    /// What the agent tried already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempted: Option<String>,
}

impl Handover {
    /// Whether nothing travels along.
    pub fn is_empty(&self) -> bool {
        self.transcript.is_empty() && self.attempted.is_none()
    }
}

/// A person has the turn: the agent's are refused until it is given back or the case is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOver {
    /// Who.
    pub member: MemberId,
    /// The natural person behind the account.
    pub person: PersonId,
    /// Since when.
    pub at: Timestamp,
}
