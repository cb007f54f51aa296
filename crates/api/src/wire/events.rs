//! Events of cases and of the ledger, comments.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::{CommentId, MemberId, Timestamp};
use tandem_engine::cases::TimelineEvent;
use utoipa::ToSchema;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// Its index in the ledger; null while it is unsealed.
    pub index: Option<u64>,
    /// Its id.
    pub id: String,
    /// What happened.
    #[schema(example = "decision.made")]
    pub kind: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who: `{kind: member|key|machine|timer, id?}`.
    #[schema(value_type = Object)]
    pub actor: Value,
    /// The loop.
    #[serde(rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_name: Option<String>,
    /// The case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Details; left out for those who may only know that something happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
}

impl Event {
    /// An event, with its details or without.
    pub fn new(event: TimelineEvent, data: bool) -> Self {
        Self {
            index: event.index,
            id: event.id,
            kind: event.kind,
            at: event.at,
            actor: event.actor,
            loop_name: event.loop_name,
            case: event.case,
            data: data.then_some(event.data),
        }
    }
}

/// Kinds that would tell a reviewer what an open case is for or what others said of it.
pub fn tells_reviewers_too_much(kind: &str) -> bool {
    ["audit.", "decision.", "judgment.", "look."].iter().any(|telling| kind.starts_with(telling))
}

/// A remark on a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comment {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CommentId,
    /// Who; null for a machine.
    #[schema(value_type = Option<String>)]
    pub member: Option<MemberId>,
    /// The text.
    pub body: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A remark to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewComment)]
pub struct CommentIn {
    /// The text.
    pub body: String,
}
