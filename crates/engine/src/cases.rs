//! Cases: what callers hand in, read, wait for, propose on, cancel, reopen, veto and consume.

mod appeals;
mod batch;
mod commands;
pub(crate) mod comments;
mod delivery;
mod media;
mod outcomes;
mod read;
mod submit;
mod timeline;
mod utterances;
mod wait;

use std::collections::BTreeMap;

use serde_json::Value;
use tandem_domain::Timestamp;
use tandem_domain::case::{Answer, Case, CaseCore, DecisionState, Handover, Status};
use tandem_domain::command::NewProposal;
use tandem_store::{Tx, idempotency};

pub(crate) use comments::{record_of as comment_record, write as comment};
pub(crate) use delivery::Deliveries;
pub(crate) use media::record_of as media_record;
pub(crate) use outcomes::record_of as outcome_record;
pub(crate) use submit::Once;
pub(crate) use utterances::{
    event_id as said_event_id, name_of as said_name, record_of as said_record,
};

pub use crate::gates::Grant;
pub use appeals::Lodged;
pub use batch::{LineError, LineResult};
pub use media::{Media, MediaInfo};
pub use outcomes::{NewOutcome, OutcomeSource};
pub use read::{CaseQuery, Page};
pub use tandem_store::comments::Comment;
pub use tandem_store::outcomes::Outcome;
pub use tandem_store::utterances::Said as Utterance;
pub use timeline::TimelineEvent;
pub use utterances::{Conversation, NewUtterance};

use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// What comes in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Submission {
    /// The submitter's key: idempotent within the loop for as long as the case is kept.
    pub key: Option<String>,
    /// Whose data this is.
    pub subject: Option<String>,
    /// An object of the loop's input fields.
    pub input: Value,
    /// What a machine suggests; without it the loop's chain proposes.
    pub proposal: Option<NewProposal>,
    /// Tags.
    pub tags: Vec<String>,
    /// Group attributes.
    pub group: BTreeMap<String, String>,
    /// 0..=9, 9 first.
    pub priority: u8,
    /// When it is overdue; the loop's default where absent.
    pub deadline: Option<Timestamp>,
    /// Whether the person concerned asked for a person.
    pub requested_human: bool,
    /// What travels along: the conversation so far, and what was tried.
    pub handover: Handover,
    /// What stands in for the answer while the case waits; the loop's where absent.
    pub interim: Option<Answer>,
    /// The run it belongs to.
    pub run: Option<String>,
    /// The newest control of the run that the submitter has obeyed; where absent, the newest that the
    /// run has acknowledged.
    pub run_epoch: Option<u64>,
    /// For imported history: how it was decided then.
    pub history: Option<History>,
}

/// How an imported case was decided elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The final output; `None` where it was rejected.
    pub output: Option<Answer>,
    /// When.
    pub at: Timestamp,
}

/// A case that was handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    /// The case as it is now.
    pub case: Case,
    /// False when the key or the idempotency key named a case that was there already.
    pub created: bool,
}

/// An idempotency key as it came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdemKey {
    /// The route, as in `POST /v1/claims`.
    pub route: String,
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the body.
    pub digest: [u8; 32],
}

/// Whether a waiter has what it waited for: an effective decision or a cancelled case.
pub fn is_finished(case: &Case) -> bool {
    let effective = case.state.decisions.iter().any(|d| d.state == DecisionState::Effective);
    effective || case.state.status == Status::Cancelled
}

/// Looks an idempotency key up: the resource it made, or a conflict when the body was another.
pub(crate) fn replayed(
    tx: &mut dyn Tx,
    principal: &Principal,
    idem: Option<&IdemKey>,
) -> Result<Option<String>> {
    let Some(idem) = idem else { return Ok(None) };
    let id = principal.id();
    match idempotency::get(tx, scope(principal, &id, idem))? {
        None => Ok(None),
        Some(used) if used.digest == idem.digest => Ok(Some(used.resource)),
        Some(used) => Err(EngineError::Conflict {
            code: "idempotency_conflict",
            message: format!("the idempotency key `{}` was used with another body", idem.key),
            resource: Some(used.resource),
        }),
    }
}

/// Remembers what an idempotency key made, in the command's own transaction.
pub(crate) fn remember(
    tx: &mut dyn Tx,
    principal: &Principal,
    idem: Option<&IdemKey>,
    resource: &str,
) -> Result<()> {
    let Some(idem) = idem else { return Ok(()) };
    let id = principal.id();
    Ok(idempotency::insert(tx, scope(principal, &id, idem), &idem.digest, resource)?)
}

fn scope<'a>(principal: &'a Principal, id: &'a str, idem: &'a IdemKey) -> idempotency::Scope<'a> {
    idempotency::Scope {
        space: &principal.space,
        principal: id,
        route: &idem.route,
        key: &idem.key,
    }
}

/// Whether a case belongs to the principal's space.
pub(crate) fn in_space(principal: &Principal, core: &CaseCore) -> bool {
    core.space == principal.space
}
