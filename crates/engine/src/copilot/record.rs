//! What was suggested is kept, with its event.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem_domain::event::Kind;
use tandem_domain::{CaseId, SuggestionId};
use tandem_ledger::event::commit;
use tandem_store::cases;
use tandem_store::suggestions::{self, Suggestion};

use super::{Offered, Wanted, conflict, may_write};
use crate::cases::in_space;
use crate::engine::Engine;
use crate::errors::Result;
use crate::principal::Principal;
use crate::record::{self, By, Place, RowNote};
use crate::runner::no_case;

/// Most suggestions of one case: together with their bound of length that of what a judgment is held
/// against.
const MOST: u64 = 300;

impl Engine {
    /// Writes down what was suggested, unless the asker lost the case meanwhile.
    pub(super) async fn keep_suggestions(
        &self,
        principal: &Principal,
        id: CaseId,
        wanted: &Wanted,
        offered: Offered,
    ) -> Result<Offered> {
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let (field, kind) = (wanted.field.clone(), wanted.kind.as_str());
        let written = self.inner.store.write(move |tx| {
            let case = cases::lock(tx, id)?
                .filter(|case| in_space(&asker, &case.core))
                .ok_or_else(|| no_case(id))?;
            let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
            may_write(&asker, &case, &handle)?;
            let had = suggestions::count(tx, id)?;
            if had + offered.suggestions.len() as u64 > MOST {
                let message =
                    format!("this case has {had} suggestions, at most {MOST}; write on unaided");
                return Err(conflict("too_many_suggestions", message));
            }
            let now = tx.now();
            let salt = record::salt_of(&case.core)?;
            let mut offered = offered.clone();
            let mut rows = Vec::with_capacity(offered.suggestions.len());
            for offer in &mut offered.suggestions {
                let suggestion = Suggestion {
                    id: SuggestionId(inner.ids.uuid(now)?),
                    space: case.core.space.clone(),
                    case_id: id,
                    field: field.clone(),
                    kind: kind.to_owned(),
                    link: offered.link.clone(),
                    model: offered.model.clone(),
                    asked_by: asker.id(),
                    body: offer.text.clone(),
                    added: json!(offer.added()).to_string(),
                    at: now,
                };
                suggestions::insert(tx, &suggestion)?;
                offer.id = Some(suggestion.id);
                let text = record::canonical_text(&record_of(&suggestion))?;
                rows.push(RowNote {
                    table: record::SUGGESTIONS,
                    id: suggestion.id.to_string(),
                    commitment: Some(commit(&salt, text.as_bytes())),
                });
            }
            let place = Place {
                space: &case.core.space,
                of_loop: Some((handle.id, &handle.name)),
                case: Some(id),
            };
            for row in rows {
                let data = json!({
                    "suggestion": row.id, "field": field, "kind": kind,
                    "link": offered.link, "model": offered.model,
                });
                let data = data.as_object().cloned().unwrap_or_default();
                let (event, by) = (record::single_event_id(&row.id), By::principal(&asker));
                let kind = Kind::Suggested.as_str();
                tx.append_event(record::event_record(
                    place,
                    &event,
                    kind,
                    &by,
                    now,
                    &data,
                    &[row],
                )?);
            }
            Ok(offered)
        });
        written.await
    }
}

/// The record that the ledger commits to.
pub(crate) fn record_of(suggestion: &Suggestion) -> Value {
    json!({
        "id": suggestion.id,
        "case": suggestion.case_id,
        "field": suggestion.field,
        "kind": suggestion.kind,
        "link": suggestion.link,
        "model": suggestion.model,
        "by": suggestion.asked_by,
        "body": suggestion.body,
        "added": suggestion.added,
        "at": suggestion.at,
    })
}
