//! The live conversation beside a case.

use serde::{Deserialize, Serialize};
use tandem_domain::case::{Speaker as Kept, TakeOver, Utterance as Before};
use tandem_domain::ids::UtteranceId;
use tandem_domain::{MemberId, Timestamp};
use tandem_engine::cases::{Conversation as Found, NewUtterance, Utterance as Said};
use utoipa::ToSchema;

/// Who speaks.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The agent that handed the case in.
    Agent,
    /// A reviewer.
    Person,
    /// The person affected, relayed by whoever handed the case in.
    Subject,
    /// What a reviewer leaves for the agent when giving the turn back; not for the person affected.
    Note,
}

impl From<Kept> for Speaker {
    fn from(speaker: Kept) -> Self {
        match speaker {
            Kept::Agent => Self::Agent,
            Kept::Person => Self::Person,
            Kept::Subject => Self::Subject,
            Kept::Note => Self::Note,
        }
    }
}

impl From<Speaker> for Kept {
    fn from(speaker: Speaker) -> Self {
        match speaker {
            Speaker::Agent => Self::Agent,
            Speaker::Person => Self::Person,
            Speaker::Subject => Self::Subject,
            Speaker::Note => Self::Note,
        }
    }
}

/// Something that was said before the case came in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Utterance {
    /// Who.
    pub from: Speaker,
    /// The words.
    pub text: String,
}

impl Utterance {
    /// As it is shown.
    pub fn new(said: &Before) -> Self {
        Self { from: said.from.into(), text: said.text.clone() }
    }

    /// As the engine takes it.
    pub fn into_domain(self) -> Before {
        Before { from: self.from.into(), text: self.text }
    }
}

/// Who has the turn.
#[derive(Debug, Serialize, ToSchema)]
pub struct Turn {
    /// `agent`, or `person` while one has taken over: the agent's messages are refused then.
    pub holder: &'static str,
    /// The member; hidden from whoever only hands cases in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub member: Option<MemberId>,
    /// Since when a person has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
}

impl Turn {
    /// As it is shown.
    pub fn new(taken: Option<TakeOver>, names: bool) -> Self {
        Self {
            holder: if taken.is_some() { "person" } else { "agent" },
            member: taken.filter(|_| names).map(|taken| taken.member),
            since: taken.map(|taken| taken.at),
        }
    }
}

/// Something that was said.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    #[schema(value_type = String)]
    pub id: UtteranceId,
    /// Its number in the case, from 1: pass the last one as `after`.
    pub n: u64,
    /// The sender's own id.
    pub client_id: String,
    /// Who speaks.
    pub from: Speaker,
    /// The member; hidden from whoever only hands cases in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub member: Option<MemberId>,
    /// The words.
    pub body: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl Message {
    /// As it is shown.
    pub fn new(said: Said, names: bool) -> Self {
        let n = u32::try_from(said.n).unwrap_or(u32::MAX);
        Self {
            id: UtteranceId { case: said.case_id, n },
            n: said.n,
            client_id: said.client_id,
            from: said.speaker.into(),
            member: said.member_id.filter(|_| names),
            body: said.body,
            at: said.at,
        }
    }
}

/// A part of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conversation {
    /// What was said after `after`, in order; 500 at most.
    pub items: Vec<Message>,
    /// Who has the turn.
    pub turn: Turn,
}

impl Conversation {
    /// As it is shown.
    pub fn new(found: Found) -> Self {
        let names = found.names_members;
        Self {
            items: found.said.into_iter().map(|said| Message::new(said, names)).collect(),
            turn: Turn::new(found.taken_over, names),
        }
    }
}

/// Something to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub struct MessageIn {
    /// An id of your own: sent twice, said once.
    #[serde(default)]
    pub id: Option<String>,
    /// `agent` or `subject` for whoever handed the case in, `person` for reviewers; by your role where
    /// absent.
    #[serde(default)]
    pub from: Option<Speaker>,
    /// The words, at most 16 KiB.
    pub body: String,
}

impl MessageIn {
    /// As the engine takes it.
    pub fn into_domain(self) -> NewUtterance {
        NewUtterance { client_id: self.id, speaker: self.from.map(Kept::from), body: self.body }
    }
}

/// Giving the turn back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandBack {
    /// What the agent should know; it reads it as a message `note`.
    pub note: String,
}
