//! What happened to a case, event by event, as the ledger keeps it.

use serde_json::Value;
use tandem_domain::CaseId;
use tandem_store::events;

use crate::access::{Action, allow};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// Most events of one timeline.
const MOST: u32 = 2_000;

/// One event of a case, or of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEvent {
    /// Its index in the ledger; `None` while it is unsealed.
    pub index: Option<u64>,
    /// Its id.
    pub id: String,
    /// What happened, as in `case.submitted`.
    pub kind: String,
    /// When, in RFC 3339.
    pub at: String,
    /// Who: `{kind: member|key|machine|timer, id?}`.
    pub actor: Value,
    /// The loop's name.
    pub loop_name: Option<String>,
    /// The case.
    pub case: Option<String>,
    /// Details.
    pub data: Value,
}

impl TimelineEvent {
    /// Reads a stored event.
    pub(crate) fn read(row: &events::EventRow) -> Result<Self> {
        let mut body: Value = serde_json::from_str(&row.body).map_err(EngineError::internal)?;
        let mut text = |name: &str| match body[name].take() {
            Value::String(text) => Some(text),
            _ => None,
        };
        let (id, at) = (text("id").unwrap_or_default(), text("at").unwrap_or_default());
        let (loop_name, case) = (text("loop"), text("case"));
        let (actor, data) = (body["actor"].take(), body["data"].take());
        Ok(Self { index: row.idx, id, kind: row.kind.clone(), at, actor, loop_name, case, data })
    }
}

impl Engine {
    /// The events of a case, oldest first.
    pub async fn timeline(&self, principal: &Principal, id: CaseId) -> Result<Vec<TimelineEvent>> {
        let case = self.read_case(principal, id).await?;
        let handle = self.loop_of(&case).await?;
        allow(principal, Action::TimelineRead, Some(&handle.name))?;
        let rows = self.inner.store.read(move |tx| events::of_case(tx, id, MOST)).await?;
        rows.iter().map(TimelineEvent::read).collect()
    }
}
