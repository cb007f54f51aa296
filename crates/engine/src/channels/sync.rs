//! What a help desk tells of a ticket becomes a comment on its case: never a judgment, for a desk is
//! no reviewer.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tandem_connect::desk::text_at;
use tandem_domain::{CaseId, ChannelId, CommentId};
use tandem_store::{cases, channels};

use super::{Config, SyncAt, config_of, no_channel};
use crate::access::{Action, allow, allow_somewhere};
use crate::cases::{comments, in_space};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::runner::no_case;

/// Longest text of the desk that is kept, in characters.
const LONGEST: usize = 8_000;

/// What became of what a desk told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// The case.
    pub case: CaseId,
    /// The ticket's state as the desk tells it.
    pub status: Option<String>,
    /// The comment; none where nothing is new.
    pub comment: Option<CommentId>,
}

impl Engine {
    /// Takes what a desk tells of a ticket: its new state, and what was said.
    ///
    /// # Errors
    /// When the channel has no `sync`, when the message lacks what its pointers name, and when no case
    /// has that ticket.
    pub async fn sync_ticket(
        &self,
        by: &Principal,
        id: ChannelId,
        message: Value,
    ) -> Result<Synced> {
        allow_somewhere(by, Action::TicketSync)?;
        let (inner, asker) = (self.inner.clone(), by.clone());
        let synced = self.inner.store.write(move |tx| {
            let channel = channels::get(tx, id)?
                .filter(|channel| channel.space == asker.space)
                .ok_or_else(|| no_channel(id))?;
            let Config::Desk(desk) = config_of(&channel)? else {
                return Err(no_sync());
            };
            let sync = desk.sync.ok_or_else(no_sync)?;
            let told = read(&sync, &message)?;
            let ticket = channels::by_ticket(tx, id, &told.ticket)?
                .ok_or_else(|| EngineError::not_found(format!("ticket {}", told.ticket)))?;
            let case = cases::lock(tx, ticket.case)?
                .filter(|case| in_space(&asker, &case.core))
                .ok_or_else(|| no_case(ticket.case))?;
            let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
            allow(&asker, Action::TicketSync, Some(&handle.name))?;
            // Another turn of the case's lock may have told the same meanwhile.
            let ticket = channels::ticket(tx, id, ticket.case)?.unwrap_or(ticket);
            let synced = Synced { case: ticket.case, status: told.status.clone(), comment: None };
            let digest = told.digest();
            if ticket.told.as_deref() == Some(&digest) {
                return Ok(synced);
            }
            let body = told.words(&channel.name, ticket.status.as_deref());
            let comment = comments::write(tx, &inner, &asker, &case, &handle, &body)?;
            channels::sync_ticket(tx, id, ticket.case, told.status.as_deref(), &digest)?;
            Ok(Synced { comment: Some(comment.id), ..synced })
        });
        synced.await
    }
}

fn no_sync() -> EngineError {
    EngineError::Conflict {
        code: "no_sync",
        message: "this channel takes nothing in; a help desk with `sync` does".to_owned(),
        resource: None,
    }
}

struct TicketTold {
    ticket: String,
    status: Option<String>,
    comment: Option<String>,
}

fn read(sync: &SyncAt, message: &Value) -> Result<TicketTold> {
    let ticket = text_at(message, &sync.ticket_at).ok_or_else(|| {
        EngineError::invalid(
            "invalid_input",
            sync.ticket_at.clone(),
            "the ticket's id is to stand here (`sync.ticket_at` of the channel)",
        )
    })?;
    let status = text_at(message, &sync.status_at);
    let comment = sync.comment_at.as_deref().and_then(|at| text_at(message, at));
    if status.is_none() && comment.is_none() {
        return Err(EngineError::invalid(
            "invalid_input",
            sync.status_at.clone(),
            "the ticket's state is to stand here (`sync.status_at` of the channel)",
        ));
    }
    Ok(TicketTold { ticket, status, comment })
}

impl TicketTold {
    fn digest(&self) -> String {
        let text = json!([self.status, self.comment]).to_string();
        hex::encode(Sha256::digest(text.as_bytes()))
    }

    fn words(&self, desk: &str, before: Option<&str>) -> String {
        let mut words = format!("Ticket {} at {desk}", self.ticket);
        match (&self.status, before) {
            (Some(now), Some(before)) if now != before => {
                words = format!("{words}: {before} → {now}");
            }
            (Some(now), _) => words = format!("{words}: {now}"),
            _ => {}
        }
        if let Some(comment) = &self.comment {
            let comment: String = comment.chars().take(LONGEST / 4).collect();
            words = format!("{words}\n\n{comment}");
        }
        words.chars().take(LONGEST).collect()
    }
}
