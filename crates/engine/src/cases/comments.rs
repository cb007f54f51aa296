//! What people say to each other beside a case.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem_domain::case::Case;
use tandem_domain::event::Kind;
use tandem_domain::{CaseId, CommentId};
use tandem_ledger::event::commit;
use tandem_store::comments::{self, Comment};
use tandem_store::{Tx, cases};

use super::{IdemKey, in_space, remember, replayed};
use crate::access::{Action, allow};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::{self, By, Place, RowNote};
use crate::runner::no_case;

/// Longest comment in bytes.
const LONGEST: usize = 16_384;
/// Most comments of one page.
const PAGE: u32 = 500;

impl Engine {
    /// Adds a comment to a case.
    pub async fn comment(
        &self,
        principal: &Principal,
        id: CaseId,
        body: String,
        idem: Option<IdemKey>,
    ) -> Result<Comment> {
        if body.trim().is_empty() || body.len() > LONGEST {
            let message = format!("a comment has 1 to {LONGEST} bytes");
            return Err(EngineError::invalid("invalid_input", "/body", message));
        }
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let written = self.inner.store.write(move |tx| {
            let case = cases::lock(tx, id)?
                .filter(|case| in_space(&asker, &case.core))
                .ok_or_else(|| no_case(id))?;
            let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
            allow(&asker, Action::CommentWrite, Some(&handle.name))?;
            if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                let known: CommentId = known.parse().map_err(EngineError::internal)?;
                let all = comments::of_case(tx, id, None, u32::MAX)?;
                let found = all.into_iter().find(|comment| comment.id == known);
                return found.ok_or_else(|| EngineError::not_found(format!("comment {known}")));
            }
            let comment = write(tx, &inner, &asker, &case, &handle, &body)?;
            remember(tx, &asker, idem.as_ref(), &comment.id.to_string())?;
            Ok(comment)
        });
        written.await
    }

    /// Comments of a case, oldest first, after `after`.
    pub async fn comments(
        &self,
        principal: &Principal,
        id: CaseId,
        after: Option<CommentId>,
    ) -> Result<Vec<Comment>> {
        let case = self.read_case(principal, id).await?;
        let handle = self.loop_of(&case).await?;
        allow(principal, Action::CommentRead, Some(&handle.name))?;
        Ok(self.inner.store.read(move |tx| comments::of_case(tx, id, after, PAGE)).await?)
    }
}

/// Writes a comment and its event. The case must be locked.
pub(crate) fn write(
    tx: &mut dyn Tx,
    inner: &Inner,
    principal: &Principal,
    case: &Case,
    handle: &LoopHandle,
    body: &str,
) -> Result<Comment> {
    let now = tx.now();
    let comment = Comment {
        id: CommentId(inner.ids.uuid(now)?),
        space: case.core.space.clone(),
        case_id: case.core.id,
        member_id: principal.member().map(|(member, _)| member),
        body: body.to_owned(),
        at: now,
    };
    comments::insert(tx, &comment)?;
    let text = record::canonical_text(&record_of(&comment))?;
    let row = RowNote {
        table: record::COMMENTS,
        id: comment.id.to_string(),
        commitment: Some(commit(&record::salt_of(&case.core)?, text.as_bytes())),
    };
    let place = Place {
        space: &case.core.space,
        of_loop: Some((handle.id, &handle.name)),
        case: Some(case.core.id),
    };
    let data = json!({"comment": comment.id}).as_object().cloned().unwrap_or_default();
    let id = record::single_event_id(&comment.id.to_string());
    let by = By::principal(principal);
    let kind = Kind::Commented.as_str();
    tx.append_event(record::event_record(place, &id, kind, &by, now, &data, &[row])?);
    Ok(comment)
}

/// The record that the ledger commits to.
pub(crate) fn record_of(comment: &Comment) -> Value {
    json!({
        "id": comment.id,
        "case": comment.case_id,
        "member": comment.member_id,
        "body": comment.body,
        "at": comment.at,
    })
}
